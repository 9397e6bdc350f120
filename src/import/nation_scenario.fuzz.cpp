// Any bytes as a scenario of a nation: what is not rejected is written out whole and read back as the same question,
// and simulated with few draws: it fits its surveys or says that nothing does; shares stay shares.
#include <algorithm>
#include <cstdint>

#include "fleet/nation/nation_study.hpp"
#include "fuzz/check.hpp"
#include "import/nation_scenario.hpp"

using orrery::fuzz::must;

namespace {

void must_be_share(const orrery::NationBand& band) {
  for (const double share : {band.p10, band.p50, band.p90}) must(share >= -1e-9 && share <= 1 + 1e-9);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  auto accepted = fuzz::accepted(data, size, read_nation_scenario);
  if (!accepted) return 0;
  NationScenario& scenario = *accepted;
  fuzz::round_trip(nation_scenario_table(scenario), scenario.assumptions, read_nation_scenario, nation_scenario_table);
  NationSpec& spec = scenario.spec;
  spec.draws = 10;
  spec.until = std::min(spec.until, spec.surveys.back().date + Seconds(2 * 365 * 86400.0));
  if (spec.supply.size() > 3) spec.supply.resize(3);
  ThreadPool pool(1);
  const NationResult result = simulate_nation(spec, {.replay = false}, pool);
  if (!result.fits()) return 0;
  must(!result.quarters.empty());
  for (const NationPolicyAnswer& answer : result.policies) {
    must_be_share(answer.short_share);
    must_be_share(answer.use);
    must(answer.gpus_for_target.p10 <= answer.gpus_for_target.p90);
  }
  for (const NationQuarter& quarter : result.quarters) {
    must_be_share(quarter.before);
    must_be_share(quarter.after);
    must(quarter.gpus.p10 >= 0);
  }
  return 0;
}
