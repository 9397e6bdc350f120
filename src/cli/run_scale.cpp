// `orrery run scale`: the same training on machines of several sizes.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "cli/command.hpp"
#include "cli/run_inputs.hpp"
#include "report/scale_document.hpp"
#include "step/layout.hpp"

namespace orrery {

RunCommand declare_run_scale(CLI::App& app);

namespace {

/// A scenario whose machine has `gpus` chips, its batch scaled, no layout of its own.
RunScenario at_size(const RunScenario& scenario, const ScaleInput& scale, long long gpus) {
  RunScenario sized = scenario;
  StepSpec& spec = sized.step->spec;
  const long long base = std::max(1LL, static_cast<long long>(spec.cluster.chips));
  spec.training.global_batch = scaled_batch(scale, spec.training.global_batch, base, gpus);
  spec.cluster.chips = gpus;
  sized.cluster.chips = gpus;
  std::erase_if(sized.provenance, [](const auto& entry) { return entry.first.starts_with("layout."); });
  return sized;
}

ScaleAnswer answer_size(const RunScenario& scenario, const ScaleInput& scale, long long gpus, const RunInputs& inputs,
                        ThreadPool& pool) {
  ScaleAnswer answer;
  ScalePoint& point = answer.point;
  point.gpus = gpus;
  RunScenario sized = at_size(scenario, scale, gpus);
  Document refused;
  const auto step = run_step(sized, inputs.input, refused);
  if (!step) {
    answer.refused = refused.answer.empty() ? "no layout fits" : refused.answer.front();
    return answer;
  }
  point.step_spec = step->spec;
  point.step = step->result;
  Diagnostics diagnostics;
  point.run_spec = run_spec(sized, &*step, diagnostics);
  if (diagnostics.has_errors()) {
    answer.refused = diagnostics.all().front().message;
    return answer;
  }
  const RunOptions options{.replications = sized.input.replications, .seed = inputs.input.seed};
  std::vector<RunPolicy> policies = usual_policies(point.run_spec, replica_nodes(point.run_spec, &*step));
  point.policies = compare_policies(point.run_spec, policies, options, pool);
  point.best = best_policy(point.policies);
  return answer;
}

}  // namespace

RunCommand declare_run_scale(CLI::App& app) {
  const auto inputs = std::make_shared<RunInputs>();
  const auto sizes = std::make_shared<std::string>();
  add_scenario_of_run_options(app, *inputs);
  app.add_option("--sizes", *sizes, "GPUs of each machine, as 16384,98304,1048576")->group("Input")->type_name("LIST");
  return [inputs, sizes](const OutputFlags& flags) {
    RunInputs with_sizes = *inputs;
    if (!sizes->empty()) with_sizes.input.sets.push_back(fmt::format("scale.gpus=[{}]", *sizes));
    const RunScenario scenario = load_run_scenario(with_sizes, flags);
    if (!scenario.step) throw InputError("a step time that is stated holds for one size only", {}, "name a model");
    ScaleInput scale = scenario.scale;
    std::sort(scale.gpus.begin(), scale.gpus.end());
    scale.gpus.erase(std::unique(scale.gpus.begin(), scale.gpus.end()), scale.gpus.end());
    if (scale.gpus.empty()) throw InputError("[scale] names no size", {}, "gpus = [16384, 98304, 1048576]");
    ThreadPool pool(static_cast<unsigned>(with_sizes.input.threads));
    Progress progress("sizes", scale.gpus.size(), progress_writer());
    std::vector<ScaleAnswer> answers;
    for (const long long gpus : scale.gpus) {
      answers.push_back(answer_size(scenario, scale, gpus, with_sizes, pool));
      progress.reached(answers.size());
    }
    std::vector<Layout> layouts;
    for (const ScaleAnswer& answer : answers) {
      if (answer.refused.empty()) layouts.push_back(answer.point.step_spec.layout);
    }
    answers = pool.parallel_map(answers.size(), [&](std::size_t i) {
      ScaleAnswer answer = answers[i];
      if (answer.refused.empty()) answer.gains = scale_gains(answer.point, layouts, with_sizes.input.seed);
      return answer;
    });
    std::vector<std::string> assumptions = scenario.assumptions;
    assumptions.insert(assumptions.end(), scenario.step->assumptions.begin(), scenario.step->assumptions.end());
    emit(scale_document(answers, assumptions), flags);
    return std::any_of(answers.begin(), answers.end(), [](const ScaleAnswer& a) { return a.refused.empty(); })
               ? kAnswer
               : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
