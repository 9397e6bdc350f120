#include "network/expect.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

namespace orrery {
namespace {

NetworkSpec servers(long long chips) {
  NetworkSpec spec;
  Cluster& cluster = spec.cluster;
  cluster.chip.vendor = "NVIDIA";
  cluster.chip.peak_fp8 = 1979_TFLOP_per_s;
  cluster.chips = chips;
  cluster.node.scale_up_bandwidth = 450_GB_per_s;
  cluster.node.scale_up_latency = 1.9_us;
  cluster.node.scale_out_bandwidth = 50_GB_per_s;
  cluster.fabric.latency = 4_us;
  cluster.fabric.efficiency = 0.96;
  return spec;
}

/// What a machine like `spec`, changed, would have logged.
std::vector<MeasuredPoint> logged(NetworkSpec spec, const std::function<void(NetworkSpec&)>& change) {
  change(spec);
  spec.payloads.clear();
  for (Bytes size = 64_KiB; size <= 8_GiB; size *= 2) spec.payloads.push_back(size);
  std::vector<MeasuredPoint> points;
  for (const NetworkRow& row : simulate_network(spec).rows) points.push_back({row.payload, row.time});
  return points;
}

TEST_CASE("expect: law, a log of the model itself is reached in full and needs no explanation") {
  const NetworkSpec spec = servers(256);
  const Comparison comparison = compare_with_measured(spec, logged(spec, [](NetworkSpec&) {}));
  CHECK(comparison.error == 0);
  CHECK(comparison.reached_large == doctest::Approx(1));
  CHECK(comparison.reached_small == doctest::Approx(1));
  CHECK_FALSE(comparison.explained);
}

TEST_CASE("expect: law, what was changed is what explains the log") {
  const NetworkSpec spec = servers(256);
  const auto best = [&](const std::function<void(NetworkSpec&)>& change) {
    const Comparison comparison = compare_with_measured(spec, logged(spec, change));
    CHECK(comparison.explained);
    CHECK(comparison.explanations.front().error == doctest::Approx(0).epsilon(1e-9));
    return comparison.explanations.front().what;
  };
  CHECK(best([](NetworkSpec& s) { s.cluster.node.scale_out_bandwidth *= 0.5; }) ==
        "half of the NICs are down, or run at half of their rate");
  CHECK(best([](NetworkSpec& s) { s.algorithm = "ring"; }) == "rings alone run: NVLS is off, or NCCL_ALGO=Ring");
  CHECK(best([](NetworkSpec& s) { s.cluster.fabric.latency *= 4; }) == "the fabric's latency is 4 times as long");
}

TEST_CASE("expect: hand-computed, everything twice as slow reaches a half and nothing else explains it") {
  const NetworkSpec spec = servers(64);
  std::vector<MeasuredPoint> points = logged(spec, [](NetworkSpec&) {});
  for (MeasuredPoint& point : points) point.time *= 2;
  const Comparison comparison = compare_with_measured(spec, points);
  CHECK(comparison.reached_large == doctest::Approx(0.5));
  CHECK(comparison.error == doctest::Approx(std::log(2)));
}

}  // namespace
}  // namespace orrery
