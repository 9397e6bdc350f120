#include "network/collective.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "base/check.hpp"

namespace orrery {
namespace {

CostCandidate candidate(const char* name, double believed_us, double believed_gbps, double us, double gbps) {
  CostCandidate c{name, Seconds(believed_us * 1e-6), 1 / (believed_gbps * 1e9), {}, 1};
  c.pieces[0] = {Bytes(0), Seconds(us * 1e-6), 1 / (gbps * 1e9)};
  return c;
}

TEST_CASE("cost curve: hand-computed, the one believed cheapest rules at its own cost") {
  CHECK(CostCurve().time(1_GB) == Seconds(0));
  CHECK(CostCurve().ruling(1_GB) == nullptr);
  const std::vector<CostCandidate> two = {candidate("slow start", 30, 100, 40, 80),
                                          candidate("quick start", 10, 10, 15, 10)};
  const CostCurve curve(two);
  // Believed: 10 us + x / 10 GB/s = 30 us + x / 100 GB/s at x = 222.2 kB.
  CHECK(std::string(curve.ruling(222_KB)->algorithm) == "quick start");
  CHECK(std::string(curve.ruling(223_KB)->algorithm) == "slow start");
  CHECK(curve.time(100_KB).raw() == doctest::Approx(25e-6));
  // The change comes early: 15 + 22.2 us before, 40 + 2.8 us behind it.
  CHECK(curve.time(222.2_KB).raw() == doctest::Approx(37.22e-6));
  CHECK(curve.time(222.3_KB).raw() == doctest::Approx(42.78e-6).epsilon(1e-4));
}

TEST_CASE("cost curve: hand-computed, where the change comes late time stays level") {
  const std::vector<CostCandidate> two = {candidate("slow start", 30, 100, 20, 100),
                                          candidate("quick start", 10, 10, 10, 10)};
  const CostCurve curve(two);
  // Before the change at 222.2 kB 10 + 22.2 us; the other would take 20 + 2.2 us, and takes 32.2 us at 1.22 MB.
  CHECK(curve.time(300_KB).raw() == doctest::Approx(32.22e-6).epsilon(1e-3));
  CHECK(curve.time(1.2_MB).raw() == doctest::Approx(32.22e-6).epsilon(1e-3));
  CHECK(curve.time(2_MB).raw() == doctest::Approx(40e-6).epsilon(1e-3));
}

TEST_CASE("cost curve: hand-computed, larger chunks from a payload on") {
  CostCandidate c{"tree", 10_us, 1e-11, {}, 2};
  c.pieces[0] = {Bytes(0), 10_us, 1 / 50e9};
  c.pieces[1] = {1_MB, 20_us, 1 / 100e9};
  const CostCurve curve({&c, 1});
  CHECK(curve.end() - curve.begin() == 2);
  CHECK(curve.time(500_KB).raw() == doctest::Approx(20e-6));
  CHECK(curve.time(2_MB).raw() == doctest::Approx(40e-6));
}

TEST_CASE("cost curve: law, a candidate without bandwidth is our bug") {
  CostCandidate c{"", 1_us, 1e-9, {}, 1};
  CHECK_THROWS_AS(CostCurve({&c, 1}), InternalError);  // its piece has none
  c.believed_per_byte = 0;
  CHECK_THROWS_AS(CostCurve({&c, 1}), InternalError);
}

TEST_CASE("cost curve: oracle, walking up the payloads and asking every candidate") {
  std::mt19937 random(7);
  const auto uniform = [&] { return random() / 4294967296.0; };
  for (int trial = 0; trial < 500; ++trial) {
    CAPTURE(trial);
    std::vector<CostCandidate> all;
    for (int i = 0; i < 6; ++i) {
      // Coarse beliefs, so that equal ones come up; costs of their own.
      all.push_back(
          candidate("", std::floor(uniform() * 8), 1 + std::floor(uniform() * 8), uniform() * 10, 0.5 + 9 * uniform()));
    }
    const CostCurve curve(all);
    Seconds level;
    for (double p = 1; p < 1e9; p *= 1.02) {
      const Bytes payload(p);
      Seconds least(1e9);
      for (const CostCandidate& c : all) least = min(least, c.believed_latency + Seconds(c.believed_per_byte * p));
      const CostLine* line = curve.ruling(payload);
      // The ruling line is the first piece of a candidate that none is believed to beat.
      const bool chosen = std::any_of(all.begin(), all.end(), [&](const CostCandidate& c) {
        const Seconds believed = c.believed_latency + Seconds(c.believed_per_byte * p);
        return believed.raw() <= least.raw() * (1 + 1e-9) && c.pieces[0].latency == line->latency &&
               c.pieces[0].per_byte == doctest::Approx(1 / line->bandwidth.raw()).epsilon(1e-12);
      });
      REQUIRE(chosen);
      const Seconds time = curve.time(payload), own = line->latency + payload / line->bandwidth;
      REQUIRE(time >= own);
      REQUIRE(time >= level);
      if (time > own) REQUIRE(time.raw() == doctest::Approx(line->floor.raw()));
      level = time;
    }
  }
}

}  // namespace
}  // namespace orrery
