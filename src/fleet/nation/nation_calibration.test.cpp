#include "fleet/nation/nation_calibration.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "fleet/nation/test_nation.hpp"

namespace orrery {
namespace {

TEST_CASE("surveys: hand-computed, blocks of one GPU leave at least those short for whom there is none") {
  // 100 firms, needs far below a GPU, 40 GPUs: 60 have no block, whatever the needs. More needs, more short.
  FirmNeeds needs({100, 1, 1, 0.5, 2}, 100);
  const auto at = [&](double firms) {
    return median_for_shortage(needs, 40, NationPolicy::Blocks, 0.8, firms, 100, {});
  };
  CHECK(at(60).has_value());
  CHECK(at(80).has_value());
  CHECK_FALSE(at(50).has_value());
}

TEST_CASE("surveys: in one queue all wait alike, so that no share between none and all can be") {
  FirmNeeds needs({100, 0.9, 1, 1, 2}, 100);
  CHECK_FALSE(median_for_shortage(needs, 40, NationPolicy::Fifo, 0.8, 50, 100, {}).has_value());
  CHECK(median_for_shortage(needs, 40, NationPolicy::Fifo, 0.8, 90, 100, {}).has_value());
}

TEST_CASE("surveys: law, every set of values that fits gives what the surveys say") {
  const NationSpec spec = small_nation();
  ThreadPool pool(2);
  for (const NationPolicy reference : {NationPolicy::Blocks, NationPolicy::FairShare, NationPolicy::Credits}) {
    const auto draws = fitted_draws(spec, reference, 3, pool);
    CHECK_FALSE(draws.empty());
    for (const NationDraw& draw : draws) {
      const auto needs = firm_needs(draw.law(spec), kFirmGroups);
      const auto shares = fluid_shares(needs, draw.gpus, reference, gang_times(spec.jobs.trace));
      CHECK(firms_short(needs, shares, draw.served_below) / spec.firms ==
            doctest::Approx(spec.surveys.back().short_share).epsilon(0.01));
      // More GPUs and yet more firms that lack compute: needs grew.
      CHECK(draw.growth_between > 1);
    }
  }
}

TEST_CASE("sizes: law, the fewest GPUs that keep a share keep it, a percent fewer do not") {
  const auto needs = firm_needs({1000, 0.8, 1, 1.5, 2}, kFirmGroups);
  for (int p = 0; p < kNationPolicies; ++p) {
    const auto policy = static_cast<NationPolicy>(p);
    const GangTimes times{{1, 1, 1, 1, 1, 1}};
    const auto gpus = gpus_for_shortage(needs, policy, 0.8, 300, times);
    REQUIRE(gpus.has_value());
    CAPTURE(std::string(nation_policy_name(policy)));
    CHECK(firms_short(needs, fluid_shares(needs, *gpus, policy, times), 0.8) <= 300.001);
    CHECK(firms_short(needs, fluid_shares(needs, 0.99 * *gpus, policy, times), 0.8) > 300);
  }
}

TEST_CASE("supply: hand-computed, GPUs come, serve and go") {
  NationDraw draw;
  draw.gpus = 100;
  draw.life = 10;
  draw.arrivals = {{3, 50}, {8, 7}};
  CHECK(gpus_at(draw, 0) == 100);
  CHECK(gpus_at(draw, 3) == 150);
  CHECK(gpus_at(draw, 9.9) == 157);
  CHECK(gpus_at(draw, 10) == 57);
  CHECK(gpus_at(draw, 13) == 7);
  CHECK(gpus_at(draw, 18) == 0);
}

}  // namespace
}  // namespace orrery
