#include "import/history_runs.hpp"

#include <memory>
#include <string>
#include <utility>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "fleet/history/history_model.hpp"
#include "import/run_scenario.hpp"
#include "network/hierarchical.hpp"
#include "network/network_model.hpp"
#include "scenario/embedded.hpp"
#include "scenario/toml_reader.hpp"
#include "step/search.hpp"
#include "validate/interval.hpp"

namespace orrery {
namespace {

Value embedded_scenario(const std::string& name) {
  const std::string path = "scenarios/runs/" + name + ".toml";
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path != path) continue;
    Diagnostics diagnostics;
    Value root = read_toml(
        std::make_shared<SourceText>(SourceText{path, std::string(file.text), SourceText::Kind::Preset}), diagnostics);
    ORRERY_CHECK(!diagnostics.has_errors(), path + " reads");
    return root;
  }
  throw InternalError(path + " is compiled in");
}

RunStep step_of(const RunScenario& scenario, bool states_layout, const HistoryRunOptions& options) {
  RunStep step{scenario.step->spec, {}};
  const auto network = network_model(step.spec.cluster, options.seed);
  if (states_layout) {
    const auto result = simulate_step(step.spec, *network);
    ORRERY_CHECK(result.has_value(), "the layout of a published run is one");
    step.result = *result;
    apply_interval(step.result, reference_intervals());
    return step;
  }
  PlanOptions search = scenario.step->plan;
  search.threads = options.threads;
  search.finalists = network.get();
  search.upper_factor = [](const StepResult& result) {
    StepResult with_interval = result;
    apply_interval(with_interval, reference_intervals());
    return with_interval.high / with_interval.step_time;
  };
  const auto plan = plan_layouts(step.spec, HierarchicalModel(step.spec.cluster), search);
  ORRERY_CHECK(plan.has_value(), "a published run fits its machine");
  step.spec.layout = plan->best.front().layout;
  step.result = plan->best.front().result;
  apply_interval(step.result, reference_intervals());
  return step;
}

/// `as_published`: in the layout that the scenario states, if it does.
RunSpec spec_of(const std::string& name, bool as_published, const HistoryRunOptions& options) {
  Value root = embedded_scenario(name);
  if (!as_published) root.erase("layout");
  Diagnostics diagnostics;
  RunScenario scenario = read_run_scenario(root, diagnostics);
  diagnostics.throw_if_errors();
  const RunStep step = step_of(scenario, root.find("layout") != nullptr, options);
  RunSpec spec = run_spec(scenario, &step, diagnostics);
  diagnostics.throw_if_errors();
  return spec;
}

HistoryRun outcome(std::string id, const RunSpec& spec, const HistoryRunOptions& options, ThreadPool& pool) {
  const RunResult result = simulate_run(spec, {.replications = options.replications, .seed = options.seed}, pool);
  return {std::move(id), Seconds(result.wall.p10), Seconds(result.wall.p50), Seconds(result.wall.p90), spec.job.gpus};
}

}  // namespace

std::vector<HistoryRun> predict_history_runs(const HistoryRunOptions& options, ThreadPool& pool) {
  std::vector<HistoryRun> runs;
  const auto add = [&](std::string id, const RunSpec& spec) {
    runs.push_back(outcome(std::move(id), spec, options, pool));
    if (options.on_run) options.on_run(static_cast<int>(runs.size()));
  };
  for (const char* name : {"llama-3.1-405b", "deepseek-v3", "bloom-176b", "llama-65b"})
    add(name, spec_of(name, true, options));
  add(kDeepSeekBestLayout, spec_of("deepseek-v3", false, options));
  RunSpec spec = spec_of("deepseek-v3", true, options);
  const double hours = history_fact("deepseek_pretraining_hours").value;
  spec.job.step_time = Seconds(hours * kHour / static_cast<double>(spec.job.gpus) / spec.job.steps);
  spec.job.step_factor = Law::fixed(1);
  add(kDeepSeekAtItsStep, spec);
  return runs;
}

}  // namespace orrery
