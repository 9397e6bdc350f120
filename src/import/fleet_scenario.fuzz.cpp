// Any bytes as a scenario of the fleet level: what is not rejected is written out whole and read back as the same plan,
// and is played where it is small: chips and dollars are kept, and nothing is beyond what halls and power hold.
#include "import/fleet_scenario.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/thread_pool.hpp"
#include "fleet/capacity/problems.hpp"
#include "fleet/capacity/study.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace {

void must(bool holds) {
  if (!holds) std::abort();
}

void round_trip(const orrery::FleetScenario& scenario) {
  using namespace orrery;
  const Value table = fleet_scenario_table(scenario);
  Diagnostics diagnostics;
  const auto source =
      std::make_shared<SourceText>(SourceText{"written.toml", scenario_text(table, "fleet", "", scenario.assumptions)});
  const FleetScenario again = read_fleet_scenario(read_toml(source, diagnostics), diagnostics);
  must(!diagnostics.has_errors());
  must(write_toml(fleet_scenario_table(again)) == write_toml(table));
}

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
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const Value root = read_toml(source, diagnostics);
  const FleetScenario scenario = read_fleet_scenario(root, diagnostics);
  render_text(diagnostics.all(), false);
  if (diagnostics.has_errors()) return 0;
  must(fleet_problems(scenario.plan).empty());
  round_trip(scenario);
  if (scenario.plan.steps <= 40) play(scenario.plan);
  return 0;
}
