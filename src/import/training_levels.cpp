#include "import/training_levels.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "hardware/hardware_fields.hpp"
#include "import/run_scenario.hpp"
#include "import/step_scenario.hpp"
#include "validate/interval.hpp"

namespace orrery {
namespace {

bool drops_replicas(const RunPolicy& policy) {
  return policy.recovery == Recovery::ReplicaDrop || policy.recovery == Recovery::Redundant;
}

}  // namespace

TrainingLevels training_levels(const Value& root, std::vector<std::string>& assumptions, Diagnostics& diagnostics) {
  TrainingLevels levels;
  levels.upper_factor = [](const StepResult& step) {
    StepResult with_interval = step;
    apply_interval(with_interval, reference_intervals());
    return with_interval.high / with_interval.step_time;
  };
  // The machine, the step and its number are those of each delivery; what reads [run] asks for some.
  Value asked(Value::Table{}, root.span());
  Value run(Value::Table{}, root.span());
  if (const Value* written = root.find("run")) run = *written;
  if (run.table() != nullptr) {
    for (const char* key : {"tokens", "steps", "step_time"}) run.erase(key);
    run.set("step_time", Value(std::string("1 s"), Span{}), Span{});
    run.set("steps", Value(std::int64_t{1}, Span{}), Span{});
  }
  asked.set("run", std::move(run), root.span());
  asked.set("cluster", Value(std::string("h100-sxm"), Span{}), Span{});
  auto scenario = std::make_shared<RunScenario>(read_run_scenario(asked, diagnostics));
  scenario->input.step_time.reset();
  if (drops_replicas(scenario->input.policy))
    scenario->assumptions.emplace_back("a warm pool of spares where a layout has one replica alone");
  assumptions.insert(assumptions.end(), scenario->assumptions.begin(), scenario->assumptions.end());
  levels.run_of = [scenario](const StepSpec& step, const StepResult& result, double steps) {
    RunScenario here = *scenario;
    here.cluster = step.cluster;
    here.input.steps = steps;
    Diagnostics mistakes;
    const RunStep known{step, result};
    RunSpec spec = run_spec(here, &known, mistakes);
    if (!mistakes.has_errors() || !drops_replicas(here.input.policy)) return spec;
    here.input.policy.recovery = Recovery::WarmPool;
    Diagnostics unused;
    return run_spec(here, &known, unused);
  };
  return levels;
}

std::optional<StepSpec> training_step(const Value& written, const Cluster& cluster,
                                      std::vector<std::string>* assumptions, Diagnostics& diagnostics) {
  Value root(Value::Table{}, written.span());
  for (const char* key : {"model", "training", "software", "layout"})
    if (const Value* found = written.find(key)) root.set(key, *found, found->span());
  // One node: batches are fitted to the chips of each delivery.
  Cluster node = cluster;
  node.chips = std::max(1, node.node.chips);
  root.set("cluster", cluster_schema().write(node), Span{});
  Diagnostics own;
  StepScenario scenario = read_step_scenario(root, own);
  // A machine that no tier joins as a whole is said once, of the pool.
  for (const Diagnostic& each : own.all())
    if (each.severity == Severity::Error) diagnostics.error(each.message, each.span, each.hint);
  if (own.has_errors()) return std::nullopt;
  scenario.spec.cluster = cluster;
  if (assumptions != nullptr)
    assumptions->insert(assumptions->end(), scenario.assumptions.begin(), scenario.assumptions.end());
  return std::move(scenario.spec);
}

}  // namespace orrery
