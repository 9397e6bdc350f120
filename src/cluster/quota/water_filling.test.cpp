#include "cluster/quota/water_filling.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/random.hpp"

namespace orrery {
namespace {

double sum(const std::vector<double>& shares) {
  return std::accumulate(shares.begin(), shares.end(), 0.0);
}

TEST_CASE("water filling: hand-computed") {
  // Level 4: 2 is met, the others share 8 as 1:1.
  CHECK(water_fill(10, std::vector<WaterClaim>{{2, 1}, {9, 1}, {9, 1}}) == std::vector<double>{2, 4, 4});
  // 3 surplus GPUs, weights 2:1.
  CHECK(water_fill(3, std::vector<WaterClaim>{{9, 2}, {9, 1}}) == std::vector<double>{2, 1});
  // More than asked for: everybody has his most; without weight nobody gets anything.
  CHECK(water_fill(100, std::vector<WaterClaim>{{5, 1}, {7, 3}, {4, 0}}) == std::vector<double>{5, 7, 0});
  // Floors: 6 of 12 are promised to the first; weight 1 of 4 alone would be 3. The others share 6 as 1:2.
  CHECK(water_fill(12, std::vector<WaterClaim>{{20, 1, 6}, {20, 1}, {20, 2}}) == std::vector<double>{6, 2, 4});
  // Promises above what there is: 8 + 4 of 6, in proportion.
  CHECK(water_fill(6, std::vector<WaterClaim>{{9, 1, 8}, {9, 1, 4}, {9, 5}}) == std::vector<double>{4, 2, 0});
  CHECK(water_fill(5, {}).empty());
}

TEST_CASE("water filling: KAI's scheduling guide, two surplus queues above a third") {
  // 10 GPUs, of which quotas take 7; the 3 left go to the two queues of the highest priority as 2:1, the third gets
  // none.
  const std::vector<double> high = water_fill(3, std::vector<WaterClaim>{{10, 2}, {10, 1}});
  CHECK(high == std::vector<double>{2, 1});
  CHECK(3 - sum(high) == 0.0);
}

TEST_CASE("whole shares: hand-computed") {
  // 10 over three equal ones: 3.33 each; the unit that is left goes to the first.
  const std::vector<WaterClaim> claims(3, WaterClaim{100, 1});
  std::vector<double> shares = water_fill(10, claims);
  whole_shares(shares, claims);
  CHECK(shares == std::vector<double>{4, 3, 3});
  // 7 as 1:1:2 is 1.75, 1.75, 3.5: two units are left and go to the two that lost most.
  const std::vector<WaterClaim> weighted{{100, 1}, {100, 1}, {100, 2}};
  shares = water_fill(7, weighted);
  whole_shares(shares, weighted);
  CHECK(shares == std::vector<double>{2, 2, 3});
}

TEST_CASE("water filling: law, max-min by weight on random claims") {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/water");
    std::vector<WaterClaim> claims(1 + rng.below(8));
    for (WaterClaim& claim : claims) {
      claim.most = rng.bernoulli(0.2) ? 0 : rng.uniform(0, 100);
      claim.weight = rng.bernoulli(0.1) ? 0 : rng.uniform(0.1, 5);
      if (rng.bernoulli(0.3)) claim.floor = rng.uniform(0, 40);
    }
    const double amount = rng.uniform(0, 300);
    const std::vector<double> shares = water_fill(amount, claims);
    double floors = 0, most = 0;
    for (const WaterClaim& claim : claims) {
      floors += std::min(claim.floor, claim.most);
      most += claim.weight > 0 ? claim.most : std::min(claim.floor, claim.most);
    }
    CHECK(sum(shares) == doctest::Approx(std::min(amount, most)).epsilon(1e-9));
    for (std::size_t i = 0; i < claims.size(); ++i) {
      CHECK(shares[i] <= claims[i].most + 1e-9);
      if (floors > amount) continue;
      CHECK(shares[i] >= std::min(claims[i].floor, claims[i].most) - 1e-9);
      // Nobody who is short has less per weight than somebody who got more than his floor.
      if (claims[i].weight <= 0 || shares[i] >= claims[i].most - 1e-9) continue;
      for (std::size_t j = 0; j < claims.size(); ++j) {
        if (claims[j].weight > 0 && shares[j] > claims[j].floor + 1e-9)
          CHECK(shares[i] / claims[i].weight >= shares[j] / claims[j].weight - 1e-6);
      }
    }
  }
}

}  // namespace
}  // namespace orrery
