#include "network/collective.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "base/check.hpp"

namespace orrery {
namespace {

TEST_CASE("cost curve: hand-computed, the cheapest line rules") {
  CostCurve curve;
  CHECK(curve.time(1_GB) == Seconds(0));
  curve.add({30_us, 100_GB_per_s, "slow start"});
  curve.add({10_us, 10_GB_per_s, "quick start"});
  // 10 us + x / 10 GB/s = 30 us + x / 100 GB/s at x = 222.2 kB.
  CHECK(std::string(curve.ruling(222_KB)->algorithm) == "quick start");
  CHECK(std::string(curve.ruling(223_KB)->algorithm) == "slow start");
  CHECK(curve.time(100_KB).raw() == doctest::Approx(20e-6));
  CHECK(curve.time(1_MB).raw() == doctest::Approx(40e-6));
}

TEST_CASE("cost curve: hand-computed, lines that never rule are dropped") {
  CostCurve curve;
  curve.add({10_us, 10_GB_per_s, "first"});
  curve.add({30_us, 100_GB_per_s, "last"});
  curve.add({25_us, 20_GB_per_s, "middle"});  // the outer two meet at 222 kB and 32.2 us, where this takes 36.1 us
  curve.add({11_us, 10_GB_per_s, "as fast as the first, but later"});
  std::string names;
  for (const CostLine& line : curve) names += std::string(line.algorithm) + ";";
  CHECK(names == "first;last;");
  curve.add({11_us, 50_GB_per_s, "better middle"});
  CHECK(curve.end() - curve.begin() == 3);
}

TEST_CASE("cost curve: law, a line without bandwidth is our bug") {
  CostCurve curve;
  CHECK_THROWS_AS(curve.add({1_us, BytesPerSecond(0), ""}), InternalError);
}

TEST_CASE("cost curve: oracle, the minimum over all lines that were added") {
  std::mt19937 random(7);
  const auto uniform = [&] { return random() / 4294967296.0; };
  for (int trial = 0; trial < 3000; ++trial) {
    CAPTURE(trial);
    std::vector<CostLine> lines;
    CostCurve curve;
    for (int i = 0; i < 10; ++i) {
      // Coarse values, so that equal latencies and bandwidths come up.
      const CostLine line{Seconds(std::floor(uniform() * 8) * 1e-6),
                          BytesPerSecond((1 + std::floor(uniform() * 8)) * 1e9), ""};
      lines.push_back(line);
      curve.add(line);
      for (int p = 0; p < 20; ++p) {
        const Bytes payload(std::exp(uniform() * 16));
        Seconds least(1e9);
        for (const CostLine& each : lines) least = min(least, each.latency + payload / each.bandwidth);
        REQUIRE(curve.time(payload).raw() == doctest::Approx(least.raw()).epsilon(1e-12));
        const CostLine* ruling = curve.ruling(payload);
        REQUIRE((ruling->latency + payload / ruling->bandwidth) == curve.time(payload));
      }
    }
  }
}

}  // namespace
}  // namespace orrery
