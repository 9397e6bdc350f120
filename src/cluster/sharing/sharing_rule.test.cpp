#include "cluster/sharing/sharing_rule.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "cluster/sharing/test_sharing.hpp"

namespace orrery {
namespace {

Pod pod(std::int32_t gpus, std::int32_t milli, std::int64_t cpu) {
  return {gpus, milli, -1, cpu, 0};
}

/// Node 0 of two GPUs with 104 CPUs, node 1 of eight with 128.
SharedNodes two_nodes() {
  return {{{{"t4", "T4", "", 1, 2, 104000, 0}, {"g3", "G3", "", 1, 8, 128000, 0}}, {}}, {}};
}

/// Both empty and used, without fragmentation to measure.
struct Scored {
  SharedNodes nodes = two_nodes();
  TargetWorkload target{{}, nodes};
  SharingScore score;
  explicit Scored(SharingRule rule) : score(rule, nodes, target) {}
  std::vector<std::int32_t> gpus(std::int32_t place, const Pod& p) const {
    Rng rng = Rng::stream(1, "test/rule");
    std::vector<std::int32_t> list;
    score.choose_gpus(place, p, rng, list);
    return list;
  }
};

}  // namespace

TEST_CASE("sharing rules: names") {
  for (const SharingRule rule : kSharingRules) {
    CHECK(sharing_rule(name_of(rule)) == rule);
    CHECK_FALSE(summary_of(rule).empty());
  }
  CHECK_FALSE(sharing_rule("worst-fit").has_value());
}

TEST_CASE("sharing rules: dot product, hand-computed") {
  Scored s(SharingRule::DotProduct);
  // 104/128 x 16/128 + 2/8 x 1/8 = 0.1328; half of it 0.0664: 93.36.
  CHECK(s.score.score(0, pod(1, 1000, 16000)) == 93);
  // 1 x 0.125 + 1 x 0.125 = 0.25; 87.5.
  CHECK(s.score.score(1, pod(1, 1000, 16000)) == 87);
}

TEST_CASE("sharing rules: best fit, hand-computed") {
  Scored s(SharingRule::BestFit);
  // 88/128 and 1/8 stay: their mean is 0.40625: 59.4. Of the other 112/128 and 7/8: 12.5.
  CHECK(s.score.score(0, pod(1, 1000, 16000)) == 59);
  CHECK(s.score.score(1, pod(1, 1000, 16000)) == 12);
  // Of GPUs that a share fits on, the one with the least free.
  s.nodes.take(pod(1, 300, 0), {1, {2}});
  s.nodes.take(pod(1, 800, 0), {1, {5}});
  CHECK(s.gpus(1, pod(1, 500, 0)) == std::vector<std::int32_t>{2});
  CHECK(s.gpus(1, pod(1, 200, 0)) == std::vector<std::int32_t>{5});
  CHECK(s.gpus(1, pod(3, 1000, 0)) == std::vector<std::int32_t>{0, 1, 3});
}

TEST_CASE("sharing rules: GPU clustering, hand-computed") {
  Scored s(SharingRule::GpuClustering);
  // Empty: 25 + 25 x (8 - 2) / 8 = 25 + 18, and 25 + 0.
  CHECK(s.score.score(0, pod(1, 500, 0)) == 43);
  CHECK(s.score.score(1, pod(1, 500, 0)) == 25);
  CHECK(s.score.score(1, pod(0, 0, 1000)) == 0);
  s.nodes.take(pod(1, 300, 0), {1, {0}});
  // Only shares run there, 7.7 GPUs are free: 75 + 25 x 0.3 / 8 = 75 + 0; pods of another kind: 0.
  CHECK(s.score.score(1, pod(1, 500, 0)) == 75);
  CHECK(s.score.score(1, pod(1, 1000, 0)) == 0);
  s.nodes.take(pod(4, 1000, 0), {1, {1, 2, 3, 4}});
  // Shares and fours, 3.7 free: 50 + 25 x 4.3 / 8 = 50 + 13.
  CHECK(s.score.score(1, pod(1, 500, 0)) == 63);
  CHECK(s.score.score(1, pod(4, 1000, 0)) == 63);
  CHECK(s.score.score(1, pod(2, 1000, 0)) == 13);
}

TEST_CASE("sharing rules: GPU packing, hand-computed") {
  Scored s(SharingRule::GpuPacking);
  // Free nodes: 33 less their GPUs.
  CHECK(s.score.score(0, pod(1, 500, 0)) == 31);
  CHECK(s.score.score(1, pod(1, 500, 0)) == 25);
  CHECK(s.score.score(1, pod(0, 0, 1000)) == 0);
  s.nodes.take(pod(1, 300, 0), {1, {0}});
  // A shared GPU with 70 % free: 100 - 7. A whole one more: 50 - 1, four: 50 - 4.
  CHECK(s.score.score(1, pod(1, 500, 0)) == 93);
  CHECK(s.score.score(1, pod(1, 800, 0)) == 49);
  CHECK(s.score.score(1, pod(4, 1000, 0)) == 46);
}

TEST_CASE("sharing rules: FGD, hand-computed") {
  // One GPU whole, of another 0.5 free; 96 CPUs. Pods: three shares of 0.5, one of a whole GPU, with 8 CPUs each.
  SharedNodes nodes({{{"t4", "T4", "", 1, 2, 96000, 0}}, {}}, {});
  nodes.take(pod(1, 500, 0), {0, {1}});
  const TargetWorkload target({{pod(1, 500, 8000), 3}, {pod(1, 1000, 8000), 1}}, nodes);
  const SharingScore fgd(SharingRule::Fgd, nodes, target);
  // Before: 1500 free; shares can use all, the whole one 1000: fragmentation 1/4 x 500 = 125.
  // A share on GPU 1: 1000 free, all usable: 0. It falls by 0.125 GPUs: 100 sigmoid(0.125) = 53.1.
  // A share on GPU 0: 500 + 500 free: shares use all, the whole one nothing: 1/4 x 1000 = 250. It grows.
  CHECK(fgd.score(0, pod(1, 500, 8000)) == 53);
  Rng rng = Rng::stream(1, "test/rule");
  std::vector<std::int32_t> gpus;
  fgd.choose_gpus(0, pod(1, 500, 8000), rng, gpus);
  CHECK(gpus == std::vector<std::int32_t>{1});
  // A whole GPU: 500 free, the whole one cannot use it: 125, as before: 50.
  CHECK(fgd.score(0, pod(1, 1000, 8000)) == 50);
  // 95 CPUs: nobody can use the 1500 then. It grows by 1.375: 100 sigmoid(-1.375) = 20.2.
  CHECK(fgd.score(0, pod(0, 0, 95000)) == 20);
}

TEST_CASE("sharing rules: FGD against its definition on random nodes, oracle") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/fgd");
    const test::SharingCases cases;
    SharedNodes nodes(cases.machine, cases.types);
    const TargetWorkload target(typical_pods(cases.draw(200, rng), cases.types, 0.95), nodes);
    const SharingScore fgd(SharingRule::Fgd, nodes, target);
    for (int i = 0; i < 60; ++i) {
      const Pod next = cases.draw(rng);
      const auto place = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(nodes.size())));
      if (!nodes.fits(place, next)) continue;
      // Tries every GPU (or the first whole ones) on a copy and measures fragmentation there.
      const double before = target.fragmentation(nodes, place).fragmented();
      double best = -1e300;
      const std::size_t tries = next.shares() ? nodes.view(place).gpu_free.size() : 1;
      for (std::size_t gpu = 0; gpu < tries; ++gpu) {
        std::vector<std::int32_t> gpus;
        if (next.shares() && nodes.view(place).gpu_free[gpu] < next.gpu_milli) continue;
        if (next.shares()) gpus.push_back(static_cast<std::int32_t>(gpu));
        for (std::int32_t g = 0; !next.shares() && static_cast<std::int32_t>(gpus.size()) < next.gpus; ++g) {
          if (nodes.view(place).gpu_free[static_cast<std::size_t>(g)] == kWholeGpu) gpus.push_back(g);
        }
        SharedNodes tried = nodes;
        tried.take(next, {place, gpus});
        best = std::max(best, before - target.fragmentation(tried, place).fragmented());
      }
      const double exact = 100 / (1 + std::exp(-best / kWholeGpu));
      const int score = fgd.score(place, next);
      // Rounded down; sums in another order may differ where it is all but whole.
      CHECK(score <= exact + 1e-6);
      CHECK(score > exact - 1 - 1e-6);
      std::vector<std::int32_t> chosen;
      fgd.choose_gpus(place, next, rng, chosen);
      nodes.take(next, {place, chosen});
      // The GPU that it chooses has that score.
      const double fall = before - target.fragmentation(nodes, place).fragmented();
      const double of_chosen = 100 / (1 + std::exp(-fall / kWholeGpu));
      CHECK(score <= of_chosen + 1e-6);
      CHECK(score > of_chosen - 1 - 1e-6);
    }
  }
}

}  // namespace orrery
