#include "cluster/sharing/pod_placer.hpp"

#include <doctest/doctest.h>

#include "cluster/sharing/test_sharing.hpp"

namespace orrery {

TEST_CASE("pod placer: oracle, what it remembers is what scoring all nodes anew says") {
  for (const SharingRule rule : kSharingRules) {
    // All kinds of pods remembered, and only three of them.
    for (const std::size_t memory : {std::size_t{1} << 20U, std::size_t{45}}) {
      CAPTURE(name_of(rule));
      CAPTURE(memory);
      Rng rng = Rng::stream(7, "test/placer");
      const test::SharingCases cases;
      SharedNodes nodes(cases.machine, cases.types);
      const TargetWorkload target(typical_pods(cases.draw(200, rng), cases.types), nodes);
      const SharingScore score(rule, nodes, target);
      PodPlacer placer(score, nodes, memory);
      const std::vector<Pod> kinds = cases.draw(12, rng);
      std::vector<std::pair<Pod, PodPlace>> running;
      int placed = 0, refused = 0;
      for (int i = 0; i < 600; ++i) {
        if (!running.empty() && rng.below(3) == 0) {
          const std::size_t out = rng.below(running.size());
          nodes.give_back(running[out].first, running[out].second);
          placer.changed(running[out].second.node);
          running.erase(running.begin() + static_cast<std::ptrdiff_t>(out));
        }
        const Pod& pod = kinds[rng.below(kinds.size())];
        int best = -1;
        std::int32_t first = -1;
        for (std::int32_t place = 0; place < nodes.size(); ++place) {
          if (!nodes.fits(place, pod) || score.score(place, pod) <= best) continue;
          best = score.score(place, pod);
          first = place;
        }
        CHECK(placer.fits(pod) == (best >= 0));
        PodPlace where;
        where.node = placer.best(pod, rng);
        if (rule == SharingRule::Random) {
          CHECK((where.node >= 0) == (best >= 0));
          if (where.node >= 0) CHECK(nodes.fits(where.node, pod));
        } else {
          CHECK(where.node == first);
        }
        if (where.node < 0) {
          ++refused;
          continue;
        }
        score.choose_gpus(where.node, pod, rng, where.gpus);
        nodes.take(pod, where);
        placer.changed(where.node);
        running.emplace_back(pod, where);
        ++placed;
      }
      CHECK(placed > 100);
      CHECK(refused > 20);
    }
  }
}

TEST_CASE("pod placer: law, random draws every node that fits") {
  const test::SharingCases cases;
  SharedNodes nodes(cases.machine, cases.types);
  const TargetWorkload target({}, nodes);
  const SharingScore score(SharingRule::Random, nodes, target);
  PodPlacer placer(score, nodes);
  std::vector<int> drawn(static_cast<std::size_t>(nodes.size()), 0);
  Rng rng = Rng::stream(3, "test/random");
  const Pod pod = {1, 1000, cases.g2_or_p100, 1000, 0};
  for (int i = 0; i < 800; ++i) ++drawn[static_cast<std::size_t>(placer.best(pod, rng))];
  // Eight nodes fit, 100 times each are expected; five deviations of 9.35 are allowed.
  for (std::int32_t place = 0; place < nodes.size(); ++place) {
    const int times = drawn[static_cast<std::size_t>(place)];
    if (nodes.fits(place, pod)) {
      CHECK(std::abs(times - 100) < 47);
    } else {
      CHECK(times == 0);
    }
  }
}

}  // namespace orrery
