#include "fleet/nation/fluid_shares.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/random.hpp"

namespace orrery {
namespace {

constexpr double kEnough = 0.8;

/// Three firms that need 1, 2 and 9 GPUs, whose largest jobs have 1, 2 and 8.
std::vector<FirmNeed> three_firms() {
  std::vector<FirmNeed> needs;
  for (const double gpus : {1.0, 2.0, 9.0}) {
    FirmNeed need;
    need.gpus = gpus;
    set_gang(need, 1);
    needs.push_back(need);
  }
  return needs;
}

const GangTimes kEvenTimes{{1, 1, 1, 1}};

std::vector<double> means(const std::vector<FirmShare>& shares) {
  std::vector<double> all;
  for (const FirmShare& share : shares) all.push_back(share.mean());
  return all;
}

std::vector<NationPolicy> all_policies() {
  std::vector<NationPolicy> all;
  for (int p = 0; p < kNationPolicies; ++p) all.push_back(static_cast<NationPolicy>(p));
  return all;
}

TEST_CASE("fluid shares: hand-computed, three firms and six GPUs") {
  const auto needs = three_firms();
  const auto under = [&](NationPolicy policy) { return fluid_shares(needs, 6, policy, kEvenTimes); };
  const auto lacking = [&](NationPolicy policy) { return firms_short(needs, under(policy), kEnough); };
  SUBCASE("fifo: half of 12 is served, of everyone") {
    CHECK(means(under(NationPolicy::Fifo)) == std::vector<double>{0.5, 1, 4.5});
    CHECK(lacking(NationPolicy::Fifo) == 3);
    CHECK(firms_short(needs, under(NationPolicy::Fifo), 0.5) == 0);
  }
  SUBCASE("blocks of 1, 2 and 9: one in two has his") {
    CHECK(means(under(NationPolicy::Blocks)) == std::vector<double>{0.5, 1, 4.5});
    CHECK(lacking(NationPolicy::Blocks) == 1.5);
  }
  SUBCASE("quotas of 2: of the third's jobs of 1, 2, 4 and 8 half the GPU-time fits, 4.5 of 9, and 2 GPUs run it") {
    CHECK(means(under(NationPolicy::Quotas)) == std::vector<double>{1, 2, 2});
    CHECK(lacking(NationPolicy::Quotas) == 1);
  }
  SUBCASE("quotas of 7 / 3: one firm in three has 3") {
    const auto shares = fluid_shares(needs, 7, NationPolicy::Quotas, kEvenTimes);
    CHECK(shares[2].chance == doctest::Approx(1.0 / 3));
    CHECK(shares[2].lucky == 3);
    CHECK(shares[2].unlucky == 2);
  }
  SUBCASE("fair share: 1 and 2, and 3 are left") {
    CHECK(means(under(NationPolicy::FairShare)) == std::vector<double>{1, 2, 3});
    CHECK(lacking(NationPolicy::FairShare) == 1);
    CHECK(water_level(needs, 6) == 3);
    CHECK(std::isinf(water_level(needs, 12.1)));
    // Gini of 1, 2, 3: (-2 x 1 + 2 x 3) / (3 x 6).
    CHECK(lorenz_curve(needs, under(NationPolicy::FairShare)).gini == doctest::Approx(2.0 / 9));
  }
  SUBCASE("credits of 2: one GPU is left over, and the third asks for it") {
    const auto got = means(under(NationPolicy::Credits));
    CHECK(got[0] == 1);
    CHECK(got[1] == 2);
    CHECK(got[2] == doctest::Approx(3));
  }
  SUBCASE("small first: the third has what is left, a third of its need") {
    CHECK(means(under(NationPolicy::SmallFirst)) == std::vector<double>{1, 2, 3});
    CHECK(lacking(NationPolicy::SmallFirst) == doctest::Approx(2.0 / 3));
  }
  SUBCASE("no policy: 0.8 + 1.6 GPUs are enough for two, of 7.2 for the third half are left") {
    CHECK(least_firms_short(needs, 6, kEnough) == doctest::Approx(0.5));
    CHECK(least_firms_short(needs, 6, 0.5) == doctest::Approx(0));
  }
}

TEST_CASE("fluid shares: law, more GPUs give nobody less, nobody more than he needs, all no more than there are") {
  Rng rng = Rng::stream(2, "test/fluid");
  for (int i = 0; i < 200; ++i) {
    const auto needs = firm_needs(
        {rng.uniform(1, 2000), rng.uniform(0.1, 1), rng.uniform(0.01, 20), rng.uniform(0.1, 2.5), rng.uniform(0.5, 8)},
        60);
    const GangTimes times{{rng.uniform01() + 0.1, rng.uniform01(), rng.uniform01(), rng.uniform01(), rng.uniform01()}};
    const double enough = rng.uniform(0.1, 1), first = total_need(needs) * rng.uniform(0.01, 2);
    for (const NationPolicy policy : all_policies()) {
      CAPTURE(i);
      CAPTURE(std::string(nation_policy_name(policy)));
      double gpus = first, before = 1e300;
      std::vector<double> got(needs.size(), 0.0);
      for (int step = 0; step < 5; ++step, gpus *= rng.uniform(1, 2)) {
        const auto shares = fluid_shares(needs, gpus, policy, times);
        CHECK(gpus_used(needs, shares) <= gpus * (1 + 1e-9));
        const double lacking = firms_short(needs, shares, enough);
        CHECK(lacking <= before * (1 + 1e-9) + 1e-9);
        CHECK(lacking >= least_firms_short(needs, gpus, enough) - 1e-6 * (1 + lacking));
        before = lacking;
        for (std::size_t k = 0; k < needs.size(); ++k) {
          CHECK(shares[k].mean() <= needs[k].gpus * (1 + 1e-9));
          CHECK(shares[k].mean() >= got[k] * (1 - 1e-9) - 1e-12);
          got[k] = shares[k].mean();
        }
        const LorenzCurve curve = lorenz_curve(needs, shares);
        CHECK(curve.gini >= -1e-9);
        CHECK(curve.gini <= 1);
        CHECK(curve.firms.back() == doctest::Approx(1));
      }
    }
  }
}

TEST_CASE("fluid shares: oracle, fair share against the closed form of log-normal needs") {
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); };
  for (const double sigma : {0.5, 1.0, 2.0}) {
    // E[min(need, w)] = e^(sigma^2 / 2) Phi(ln w - sigma^2 over sigma) + w (1 - Phi(ln w over sigma)), median 1.
    const double w = 1.7, z = std::log(w) / sigma;
    const double given = std::exp(0.5 * sigma * sigma) * phi(z - sigma) + w * (1 - phi(z));
    const auto needs = firm_needs({1000, 1, 1, sigma, 2}, 1000);
    CHECK(water_level(needs, 1000 * given) == doctest::Approx(w).epsilon(0.002));
    const auto shares = fluid_shares(needs, 1000 * given, NationPolicy::FairShare, {});
    CHECK(firms_short(needs, shares, 0.8) ==
          doctest::Approx(1000 * (1 - phi(std::log(w / 0.8) / sigma))).epsilon(0.01));
  }
}

}  // namespace
}  // namespace orrery
