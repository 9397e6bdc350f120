// Levels step and run together on published runs (scenarios/runs/): days of training, and MFU of a step against that of
// the whole run. Misses stay in the table, with their reason (docs/runs.md).
#include <doctest/doctest.h>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/thread_pool.hpp"
#include "import/run_scenario.hpp"
#include "network/hierarchical.hpp"
#include "network/network_model.hpp"
#include "run/run.hpp"
#include "scenario/overrides.hpp"
#include "scenario/toml_reader.hpp"
#include "step/search.hpp"
#include "support/data_file.hpp"

namespace orrery {
namespace {

struct Delivered {
  double ideal_days = 0, days = 0, step_mfu = 0, run_mfu = 0;
};

/// Median days of a scenario; `sets`: as --set takes them.
Delivered delivered(const std::string& name, const std::vector<std::string>& sets = {}) {
  Diagnostics diagnostics;
  Value root =
      read_toml(read_text_file(std::string(ORRERY_SOURCE_DIR) + "/scenarios/runs/" + name + ".toml"), diagnostics);
  apply_overrides(root, sets, diagnostics);
  RunScenario scenario = read_run_scenario(root, diagnostics);
  diagnostics.throw_if_errors();
  std::unique_ptr<RunStep> step;
  if (scenario.needs_step()) {
    step = std::make_unique<RunStep>(RunStep{scenario.step->spec, {}});
    const auto network = network_model(step->spec.cluster);
    if (root.find("layout") != nullptr) {
      const auto result = simulate_step(step->spec, *network);
      REQUIRE(result);
      REQUIRE(result->fits());
      step->result = *result;
    } else {
      PlanOptions options = scenario.step->plan;
      options.finalists = network.get();
      const auto plan = plan_layouts(step->spec, HierarchicalModel(step->spec.cluster), options);
      REQUIRE(plan);
      step->spec.layout = plan->best.front().layout;
      step->result = plan->best.front().result;
    }
  }
  const RunSpec spec = run_spec(scenario, step.get(), diagnostics);
  diagnostics.throw_if_errors();
  ThreadPool pool(2);
  const RunResult result = simulate_run(spec, {.replications = 60}, pool);
  REQUIRE(result.finished > 30);
  Delivered answer{spec.job.work().raw() / 86400, result.wall.p50 / 86400, spec.job.mfu, 0};
  answer.run_mfu = spec.job.mfu * result.goodput.p50;
  return answer;
}

double off(double ours, double published) {
  return ours / published - 1;
}

}  // namespace

TEST_CASE("published: days of whole runs within 15 %, from model, machine and other clusters' faults") {
  CHECK(std::abs(off(delivered("llama-3.1-405b").days, 78.4)) < 0.15);
  CHECK(std::abs(off(delivered("llama-65b").days, 21)) < 0.15);
  CHECK(std::abs(off(delivered("nemotron-4-340b").days, 91.7)) < 0.15);
  // OPT-175B without its breaks; with them see below.
  CHECK(std::abs(off(delivered("opt-175b").ideal_days, 33)) < 0.15);
}

TEST_CASE("published: days of whole runs that miss, and why") {
  // Bounds on a miss say how large it is; a model that does better may move them.
  // The step is 15 % too fast (89 s where 105 s were measured); the hangs of 6 to 18 h that nobody saw are no input.
  const double bloom = off(delivered("bloom-176b").days, 117);
  CHECK(bloom < -0.15);
  CHECK(bloom > -0.25);
  CHECK(std::abs(off(delivered("bloom-176b", {"run.step_time=\"105 s\""}).days, 117)) < 0.15);
  // Two of 124 machines a day, and detection, repair and restart as guessed: 50 of about 60 days.
  const double opt = off(delivered("opt-175b").days, 60);
  CHECK(opt < 0);
  CHECK(opt > -0.25);
  // A batch that grew, and 336 h on half of the chips.
  const double palm = off(delivered("palm-540b").days, 57);
  CHECK(palm < -0.15);
  CHECK(palm > -0.30);
  // DualPipe, dispatch in FP8 and 12-bit activations are not modelled: the step is 72 % too slow.
  const double deepseek = off(delivered("deepseek-v3").days, 54.2);
  CHECK(deepseek > 0.5);
  // An arithmetic check, no proof: 19.9 s are the published GPU-hours a trillion tokens over the steps of one.
  CHECK(std::abs(off(delivered("deepseek-v3", {"run.step_time=\"19.9 s\""}).days, 54.2)) < 0.05);
}

TEST_CASE("published: MFU of a step and of the whole run") {
  // Llama 3.1 405B: 38 to 43 % of a step, 34.6 % over all GPU-hours (model card), more than 90 % of the time effective.
  const Delivered llama = delivered("llama-3.1-405b");
  CHECK(llama.step_mfu > 0.36);
  CHECK(llama.step_mfu < 0.43);
  CHECK(llama.run_mfu == doctest::Approx(0.346).epsilon(0.15));
  CHECK(llama.run_mfu / llama.step_mfu > 0.90);
  // Nemotron-4 340B: 41 to 42 %, 37.4 % over all.
  const Delivered nemotron = delivered("nemotron-4-340b");
  CHECK(nemotron.step_mfu == doctest::Approx(0.415).epsilon(0.10));
  CHECK(nemotron.run_mfu == doctest::Approx(0.374).epsilon(0.10));
}

}  // namespace orrery
