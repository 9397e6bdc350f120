// Any bytes as a scenario of a build-out plan: what is not rejected is sound, is written out whole and read back as the
// same problem, and is solved where it is small: a plan that is allowed, or the reason why there is none.
#include <cmath>
#include <cstdint>

#include "fleet/optimal/buildout_plan.hpp"
#include "fuzz/check.hpp"
#include "import/buildout_scenario.hpp"

using orrery::fuzz::must;

namespace {

void round_trip(const orrery::BuildoutScenario& scenario) {
  using namespace orrery;
  const BuildoutScenario again = fuzz::round_trip(buildout_scenario_table(scenario), scenario.assumptions,
                                                  read_buildout_scenario, buildout_scenario_table);
  must(again.problem.steps == scenario.problem.steps);
  must(again.problem.aim.by == scenario.problem.aim.by);
  must(again.problem.chips.size() == scenario.problem.chips.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto accepted = fuzz::accepted(data, size, read_buildout_scenario);
  if (!accepted) return 0;
  const BuildoutScenario& scenario = *accepted;
  must(buildout_problems(scenario.problem).empty());
  round_trip(scenario);
  const std::size_t places =
      scenario.problem.steps.size() * scenario.problem.chips.size() * scenario.problem.sites.size();
  constexpr std::size_t kSmall = 200;
  if (places > kSmall) return 0;
  const auto plan = optimal_buildout(scenario.problem, {.iterations = 20'000, .nodes = 20, .seconds = 10});
  if (!plan) return 0;
  must(std::isfinite(plan->value) && std::isfinite(plan->cost.raw()));
  for (const double h100e : plan->h100e) must(std::isfinite(h100e) && h100e >= 0);
  for (const BuildoutPlan::Order& order : plan->orders) must(order.count > 0 && order.delivered >= order.ordered);
  for (const BuildoutPlan::Start& start : plan->starts) must(start.share > 0 && start.stands >= start.begin);
  return 0;
}
