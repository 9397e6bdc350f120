#include "cluster/effects/step_time.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/random.hpp"
#include "cluster/effects/interconnect_fit.hpp"

using namespace orrery;

namespace {

Interconnect simple() {
  Interconnect network;
  network.link = 10_GB_per_s;
  network.host = 20_GB_per_s;
  network.peer = 1_GB_per_s;
  network.nic = 4_GB_per_s;
  network.latency_inside = network.latency_between = 0_s;
  network.overlap = 1;
  return network;
}

}  // namespace

TEST_CASE("all-reduce over a placement: hand-computed") {
  Interconnect network = simple();
  // One GPU has nothing to reduce.
  CHECK(all_reduce_time(network, 1_GB, {1, 1, 1, 0}) == 0_s);
  // Two GPUs of a node: 2 x 1/2 x 1 GB over min(10, 20 / 2) GB/s.
  CHECK(all_reduce_time(network, 1_GB, {2, 1, 2, 0}).raw() == doctest::Approx(0.1));
  // Four share the host: 2 x 3/4 GB over 20 / 4 = 5 GB/s.
  CHECK(all_reduce_time(network, 1_GB, {4, 1, 4, 0}).raw() == doctest::Approx(0.3));
  // Two nodes have one pair: 1 GB over 1 GB/s; four have two neighbours each: 1.5 GB over 2 GB/s.
  CHECK(all_reduce_time(network, 1_GB, {2, 2, 1, 0}).raw() == doctest::Approx(1.0));
  CHECK(all_reduce_time(network, 1_GB, {4, 4, 1, 0}).raw() == doctest::Approx(0.75));
  // Across racks a node gets a quarter of its NICs: 1.5 GB over 1 GB/s.
  network.uplinks = {0.25};
  CHECK(all_reduce_time(network, 1_GB, {4, 4, 1, 0}).raw() == doctest::Approx(0.75));
  CHECK(all_reduce_time(network, 1_GB, {4, 4, 1, 1}).raw() == doctest::Approx(1.5));
  // There and back: 2 hops of a tree over 4 nodes, and 1 along the 2 GPUs of each.
  network.latency_between = 1_ms;
  network.latency_inside = 10_us;
  CHECK(all_reduce_time(network, 0_B, {4, 4, 1, 0}).raw() == doctest::Approx(0.004));
  CHECK(all_reduce_time(network, 0_B, {8, 4, 2, 0}).raw() == doctest::Approx(0.00402));
}

TEST_CASE("step over a placement: hand-computed overlap") {
  CHECK(overlapped(3_s, 4_s, 1).raw() == doctest::Approx(7));
  CHECK(overlapped(3_s, 4_s, 2).raw() == doctest::Approx(5));
  CHECK(overlapped(0_s, 0_s, 2) == 0_s);
  CHECK(overlapped(2_s, 0_s, 3).raw() == doctest::Approx(2));
  CHECK(computation_of(7_s, 4_s, 1).raw() == doctest::Approx(3));
  CHECK(computation_of(5_s, 4_s, 2).raw() == doctest::Approx(3));
  CHECK(computation_of(4_s, 5_s, 2).raw() == doctest::Approx(1));  // A quarter.
  // 1.5 s on two nodes, of which 1 s is the wire; on one node it is 0.1 s.
  CHECK(moved_step(simple(), 1_GB, 1.5_s, {2, 2, 1, 0}, {2, 1, 2, 0}).raw() == doctest::Approx(0.6));
  // 0.1 s + 8 x 0.05 s, and 1 GB over 1 GB/s.
  const DataParallelJob job{0.1_s, 0.05_s, 1_GB};
  CHECK(data_parallel_step(job, simple(), 8, {2, 2, 1, 0}).raw() == doctest::Approx(1.5));
  // Three neighbours on the node, 10 % each: 0.5 s x 1.3, and 1.5 GB over 5 GB/s.
  Interconnect crowded_node = simple();
  crowded_node.crowding = 0.1;
  CHECK(data_parallel_step(job, crowded_node, 8, {4, 1, 4, 0}).raw() == doctest::Approx(0.95));
}

TEST_CASE("step over a placement: laws") {
  Rng rng = Rng::stream(1, "test/step_time");
  for (int trial = 0; trial < 2000; ++trial) {
    CAPTURE(trial);
    Interconnect network;
    network.link = BytesPerSecond(rng.uniform(1e8, 1e11));
    network.host = BytesPerSecond(rng.uniform(1e8, 1e12));
    network.peer = BytesPerSecond(rng.uniform(1e8, 1e11));
    network.nic = BytesPerSecond(rng.uniform(1e8, 1e11));
    network.overlap = rng.uniform(1, 10);
    network.uplinks = {rng.uniform(0.1, 1.0), rng.uniform(0.1, 1.0)};
    const int fullest = 1 + static_cast<int>(rng.below(8)), nodes = 1 + static_cast<int>(rng.below(5));
    const PlacementSpread spread{fullest * nodes, nodes, fullest, 0};
    const DataParallelJob job{Seconds(rng.uniform(0, 1)), Seconds(rng.uniform(0, 0.1)), Bytes(rng.uniform(0, 1e9))};
    const Seconds compute = job.base + 4 * job.per_sample, sync = all_reduce_time(network, job.gradients, spread);
    const Seconds step = data_parallel_step(job, network, 4, spread);
    // Between the longer of the two and their sum.
    CHECK(step.raw() >= std::max(compute, sync).raw() * (1 - 1e-12));
    CHECK(step.raw() <= (compute + sync).raw() * (1 + 1e-12));
    // All bandwidths twice as high, latencies half: the reduction takes half as long.
    Interconnect fast = network;
    for (BytesPerSecond Interconnect::*each :
         {&Interconnect::link, &Interconnect::host, &Interconnect::peer, &Interconnect::nic})
      fast.*each *= 2;
    fast.latency_inside *= 0.5;
    fast.latency_between *= 0.5;
    CHECK(all_reduce_time(fast, job.gradients, spread).raw() == doctest::Approx(sync.raw() / 2));
    // Crossing more of the network never helps.
    if (nodes > 1) CHECK(all_reduce_time(network, job.gradients, {fullest * nodes, nodes, fullest, 2}) >= sync);
  }
}

TEST_CASE("fit of an interconnect: gives back the constants that made the samples") {
  Interconnect truth = simple();
  truth.latency_inside = 20_us;
  truth.latency_between = 50_us;
  truth.overlap = 1.6;
  std::vector<StepSample> samples;
  Rng rng = Rng::stream(2, "test/interconnect_fit");
  for (int i = 0; i < 400; ++i) {
    const int fullest = 1 + static_cast<int>(rng.below(8)), nodes = 1 + static_cast<int>(rng.below(4));
    const PlacementSpread spread{fullest * nodes, nodes, fullest, 0};
    StepSample sample;
    sample.gradients = Bytes(rng.lognormal(std::log(1e8), 1.5));
    sample.from_step = Seconds(rng.uniform(0.05, 0.5));
    sample.to = spread;
    sample.to_step = overlapped(sample.from_step, all_reduce_time(truth, sample.gradients, spread), truth.overlap);
    samples.push_back(sample);
  }
  const InterconnectFit fit = fit_interconnect(samples);
  CHECK(fit.error < 0.01);
  CHECK(fit.network.peer / truth.peer == doctest::Approx(1).epsilon(0.1));
  CHECK(fit.network.host / truth.host == doctest::Approx(1).epsilon(0.1));
  CHECK(fit.network.overlap == doctest::Approx(truth.overlap).epsilon(0.1));
}
