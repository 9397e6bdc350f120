#include "fleet/nation/nation_study.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "fleet/nation/test_nation.hpp"

namespace orrery {
namespace {

const NationOptions kNoReplay{.replay = false};

TEST_CASE("bands: hand-computed, and infinite where so many have no answer") {
  const NationBand band = band_of({5, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11});
  CHECK(band.p10 == 2);
  CHECK(band.p50 == 6);
  CHECK(band.p90 == 10);
  const double never = std::numeric_limits<double>::infinity();
  CHECK(std::isinf(band_of({1, 2, never, never}).p90));
  CHECK(band_of({1, 1, 1, never, 1, 1, 1, 1, 1, 1, 1, 1}).p50 == 1);
  CHECK(std::isnan(band_of({}).p50));
}

TEST_CASE("nation: law, the same answer on any number of threads") {
  const NationSpec spec = small_nation();
  ThreadPool one(1), three(3);
  const NationResult a = simulate_nation(spec, kNoReplay, one), b = simulate_nation(spec, kNoReplay, three);
  REQUIRE(a.fits());
  CHECK(a.need.p50 == b.need.p50);
  for (std::size_t p = 0; p < a.policies.size(); ++p) {
    CHECK(a.policies[p].short_share.p90 == b.policies[p].short_share.p90);
    CHECK(a.policies[p].gpus_for_target.p10 == b.policies[p].gpus_for_target.p10);
  }
  CHECK(a.quarters.back().after.p50 == b.quarters.back().after.p50);
}

TEST_CASE("nation: law, what the survey says is what its reference gives; supply helps, growth hurts") {
  const NationSpec spec = small_nation();
  ThreadPool pool(2);
  const NationResult result = simulate_nation(spec, kNoReplay, pool);
  REQUIRE(result.fits());
  const auto blocks = static_cast<std::size_t>(NationPolicy::Blocks);
  CHECK(result.policies[blocks].short_share.p50 == doctest::Approx(0.5).epsilon(0.01));
  CHECK(result.quarters.front().before.p50 == doctest::Approx(0.5).epsilon(0.01));
  NationSpec without = spec;
  without.supply.clear();
  const NationResult less = simulate_nation(without, kNoReplay, pool);
  for (std::size_t q = 0; q < result.quarters.size(); ++q) {
    CHECK(result.quarters[q].after.p90 <= less.quarters[q].after.p90 + 1e-9);
    CHECK(result.quarters[q].gpus.p50 >= less.quarters[q].gpus.p50);
  }
  NationSpec still = without;
  still.growth = Law::fixed(1);
  still.until = Date::of(2025, 12, 31);
  const NationResult flat = simulate_nation(still, kNoReplay, pool);
  CHECK(flat.quarters.back().before.p50 == doctest::Approx(0.5).epsilon(0.01));
  CHECK(less.quarters[8].before.p50 > flat.quarters.back().before.p50);
}

TEST_CASE("nation: law, at the growth that keeps the target the target is kept") {
  NationSpec spec = small_nation();
  ThreadPool pool(2);
  for (const NationDraw& draw : fitted_draws(spec, spec.reference, 0, pool)) {
    const double after = 2 * 365.25 * 86400;
    FirmNeeds needs(draw.law(spec), kFirmGroups);
    const auto most = median_for_shortage(needs, gpus_at(draw, after), spec.policy, draw.served_below,
                                          spec.target * spec.firms, spec.firms, gang_times(spec.jobs.trace));
    REQUIRE(most.has_value());
    NationDraw kept = draw;
    kept.growth_after = std::sqrt(*most / draw.median);
    const NationQuarter then = nation_at(spec, {kept}, spec.surveys.back().date + Seconds(after), false, pool);
    CHECK(then.after.p50 == doctest::Approx(spec.target).epsilon(0.02));
  }
}

TEST_CASE("nation: no fit is an answer, not an error") {
  NationSpec spec = small_nation();
  spec.reference = NationPolicy::Fifo;
  ThreadPool pool(1);
  const NationResult result = simulate_nation(spec, {}, pool);
  CHECK_FALSE(result.fits());
  CHECK(result.draws == spec.draws);
}

TEST_CASE("nation: law, classes of firms share what the policies give") {
  const NationSpec spec = small_nation();
  ThreadPool pool(2);
  const NationResult result = simulate_nation(spec, kNoReplay, pool);
  REQUIRE(result.central.has_value());
  double need = 0, firms = 0, fair = 0;
  for (const NationClassAnswer& its : result.classes) {
    need += its.need;
    firms += its.with_need;
    fair += its.gpus[static_cast<std::size_t>(NationPolicy::FairShare)];
  }
  const NeedLaw law = result.central->law(spec);
  CHECK(firms == doctest::Approx(law.firms_with_need()));
  CHECK(need == doctest::Approx(law.firms_with_need() * law.mean()));
  CHECK(fair <= result.central->gpus * (1 + 1e-9));
}

}  // namespace
}  // namespace orrery
