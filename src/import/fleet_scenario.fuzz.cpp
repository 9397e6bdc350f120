// Any bytes as a scenario of the fleet level: what is not rejected is written out whole and read back as the same plan,
// and is played where it is small: chips and dollars are kept, and nothing is beyond what halls and power hold.
#include "import/fleet_scenario.hpp"

#include <cmath>
#include <cstdint>

#include "base/thread_pool.hpp"
#include "fleet/capacity/problems.hpp"
#include "fleet/capacity/study.hpp"
#include "fuzz/check.hpp"

using orrery::fuzz::must;

namespace {

bool near(double a, double b) {
  return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b)) + 1;
}

void play(const orrery::FleetSpec& plan) {
  using namespace orrery;
  ThreadPool pool(1);
  const FleetResult r = simulate_fleet(plan, {.draws = 3}, pool);
  must(near(r.ledger.in().raw(), (r.ledger.out() + r.ledger.cash).raw()));
  for (std::size_t t = 0; t < r.ends.size(); ++t) {
    const auto mean = [&](FleetSeries s) { return r.of(s)[t].mean; };
    must(near(mean(FleetSeries::Ordered), mean(FleetSeries::InTransit) + mean(FleetSeries::Idle) +
                                              mean(FleetSeries::On) + mean(FleetSeries::Retired)));
    must(mean(FleetSeries::Energised) <= mean(FleetSeries::Facility) * (1 + 1e-9));
    must(mean(FleetSeries::Used) <= mean(FleetSeries::Energised) * (1 + 1e-9) + 1);
    must(mean(FleetSeries::Cash) >= 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto accepted = fuzz::accepted(data, size, read_fleet_scenario);
  if (!accepted) return 0;
  const FleetScenario& scenario = *accepted;
  must(fleet_problems(scenario.plan).empty());
  fuzz::round_trip(fleet_scenario_table(scenario), scenario.assumptions, read_fleet_scenario, fleet_scenario_table);
  if (scenario.plan.steps <= 40) play(scenario.plan);
  return 0;
}
