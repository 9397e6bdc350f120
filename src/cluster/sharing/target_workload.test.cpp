#include "cluster/sharing/target_workload.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "cluster/sharing/test_sharing.hpp"

namespace orrery {
namespace {

Pod pod(std::int32_t gpus, std::int32_t milli, std::int64_t cpu, std::int32_t type = -1) {
  return {gpus, milli, type, cpu, 0};
}

double cause(const Fragmentation& f, FragmentCause which) {
  return f.by_cause[static_cast<std::size_t>(which)];
}

/// What the definition says is usable, in thousandths times pods.
double usable(const TargetWorkload& target, const SharedNodes& nodes, std::int32_t place) {
  return target.fragmentation(nodes, place).usable * static_cast<double>(target.count());
}

}  // namespace

TEST_CASE("typical pods: the commonest up to a share of all, hand-computed") {
  Names types;
  const std::int32_t a = types.add("A"), b = types.add("B");
  std::vector<Pod> pods;
  const auto add = [&](int times, Pod one) {
    for (int i = 0; i < times; ++i) {
      one.memory_mib = i;
      pods.push_back(one);
    }
  };
  add(1, pod(1, 100, 9000));
  add(4, pod(1, 500, 1000));
  add(10, pod(0, 0, 2000));
  add(2, pod(1, 1000, 4000, b));
  add(2, pod(1, 1000, 4000, a));
  add(1, pod(2, 1000, 9000));
  // 20 pods. Memory does not tell them apart; of equal counts more CPUs come first, then larger shares, then more GPUs,
  // then the later type.
  const auto counts = [&](double share) {
    std::vector<std::int64_t> list;
    for (const TypicalPod& typical : typical_pods(pods, types, share)) list.push_back(typical.count);
    return list;
  };
  CHECK(counts(1) == std::vector<std::int64_t>{10, 4, 2, 2, 1, 1});
  CHECK(counts(0.95) == std::vector<std::int64_t>{10, 4, 2, 2, 1});
  CHECK(counts(0.5) == std::vector<std::int64_t>{10});
  CHECK(counts(0.51) == std::vector<std::int64_t>{10, 4});
  const std::vector<TypicalPod> all = typical_pods(pods, types, 1);
  CHECK(all[2].pod == pod(1, 1000, 4000, b));
  CHECK(all[3].pod == pod(1, 1000, 4000, a));
  CHECK(all[4].pod == pod(2, 1000, 9000));
}

TEST_CASE("fragmentation: by cause, hand-computed") {
  Names types;
  const std::int32_t t4 = types.add("T4"), g2 = types.add("G2");
  SharedNodes nodes({{{"n", "T4", "", 1, 4, 32000, 65536}}, {}}, types);
  nodes.take(pod(1, 600, 0), {0, {0}});
  nodes.take(pod(2, 1000, 24000), {0, {1, 2}});
  // 0.4 of GPU 0 and the whole GPU 3 are free, 8 CPUs.
  const TargetWorkload target({{pod(1, 300, 4000), 4},       // fits, and can use both: 1400 usable
                               {pod(1, 500, 8000, t4), 3},   // fits on GPU 3 alone: 1000 usable, 400 lacks GPU
                               {pod(2, 1000, 8000), 2},      // lacks GPU: 1400
                               {pod(2, 1000, 9000), 1},      // lacks both: 1400
                               {pod(1, 100, 10000), 5},      // lacks CPU: 1400
                               {pod(0, 0, 1000), 2},         // no GPU wanted
                               {pod(0, 0, 20000), 1},        // no GPU wanted, lacks CPU
                               {pod(1, 100, 1000, g2), 2}},  // other type
                              nodes);
  const Fragmentation f = target.fragmentation(nodes, 0);
  CHECK(target.count() == 20);
  CHECK(f.usable == doctest::Approx((4 * 1400 + 3 * 1000) / 20.0));
  CHECK(cause(f, FragmentCause::LacksGpu) == doctest::Approx((3 * 400 + 2 * 1400) / 20.0));
  CHECK(cause(f, FragmentCause::LacksBoth) == doctest::Approx(1400 / 20.0));
  CHECK(cause(f, FragmentCause::LacksCpu) == doctest::Approx(5 * 1400 / 20.0));
  CHECK(cause(f, FragmentCause::NoGpuWanted) == doctest::Approx(2 * 1400 / 20.0));
  CHECK(cause(f, FragmentCause::NoGpuWantedLacksCpu) == doctest::Approx(1400 / 20.0));
  CHECK(cause(f, FragmentCause::OtherType) == doctest::Approx(2 * 1400 / 20.0));
  CHECK(f.usable + f.fragmented() == doctest::Approx(1400));
}

TEST_CASE("fragmentation: law and oracle, tables agree with the definition on random nodes") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/target");
    const test::SharingCases cases;
    SharedNodes nodes(cases.machine, cases.types);
    std::vector<Pod> pods = cases.draw(300, rng);
    // Parts of several GPUs are rare, but must not be wrong.
    if (seed % 2 == 0) pods.insert(pods.end(), 20, pod(3, 400, 2000));
    const TargetWorkload target(typical_pods(pods, cases.types, 0.9), nodes);
    for (int i = 0; i < 60; ++i) {
      const Pod next = cases.draw(rng);
      const auto place = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(nodes.size())));
      if (!nodes.fits(place, next)) continue;
      const NodeView before = nodes.view(place);
      std::vector<std::int32_t> gpus;
      std::vector<std::int64_t> after_share(before.gpu_free.size());
      if (next.gpus == 1 && next.shares()) {
        target.usable_after_share(before, next.cpu_milli, next.gpu_milli, after_share);
      }
      const std::int64_t after = next.shares() ? 0 : target.usable_after(before, next.cpu_milli, next.gpus);
      for (std::size_t gpu = 0; gpu < before.gpu_free.size(); ++gpu) {
        const bool enough = before.gpu_free[gpu] >= next.gpu_milli;
        if (next.shares()) CHECK((after_share[gpu] >= 0) == enough);
        if (enough && static_cast<std::int32_t>(gpus.size()) < next.gpus)
          gpus.push_back(static_cast<std::int32_t>(gpu));
      }
      nodes.take(next, {place, gpus});
      const NodeView now = nodes.view(place);
      const double defined = usable(target, nodes, place);
      CHECK(static_cast<double>(target.usable(now.node.type, now.node.cpu_free, now.gpu_free, now.node.whole_free)) ==
            doctest::Approx(defined));
      CHECK(static_cast<double>(next.shares() ? after_share[static_cast<std::size_t>(gpus[0])] : after) ==
            doctest::Approx(defined));
      const Fragmentation f = target.fragmentation(nodes, place);
      CHECK(f.usable + f.fragmented() == doctest::Approx(now.node.milli_free));
    }
  }
}

}  // namespace orrery
