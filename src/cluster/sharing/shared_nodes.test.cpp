#include "cluster/sharing/shared_nodes.hpp"

#include <doctest/doctest.h>

namespace orrery {
namespace {

/// Two nodes of four T4 with 32 CPUs, one of eight G2 with 96, one of 64 CPUs alone.
SharedMachine four_nodes() {
  return {
      {{"t4", "T4", "", 2, 4, 32000, 65536}, {"g2", "G2", "", 1, 8, 96000, 393216}, {"cpu", "", "", 1, 0, 64000, 1024}},
      {}};
}

Pod pod(std::int32_t gpus, std::int32_t milli, std::int64_t cpu = 1000, std::int64_t memory = 0,
        std::int32_t type = -1) {
  return {gpus, milli, type, cpu, memory};
}

}  // namespace

TEST_CASE("shared nodes: types and their alternatives, hand-computed") {
  Names types;
  const std::int32_t t4 = types.add("T4"), both = types.add("T4|G2"), other = types.add("V100|V100"),
                     any = types.add("|");
  const SharedNodes nodes(four_nodes(), types);
  CHECK(nodes.fits(0, pod(1, 500, 0, 0, t4)));
  CHECK_FALSE(nodes.fits(2, pod(1, 500, 0, 0, t4)));
  CHECK(nodes.fits(2, pod(1, 500, 0, 0, both)));
  for (std::int32_t place = 0; place < 3; ++place) CHECK_FALSE(nodes.fits(place, pod(1, 500, 0, 0, other)));
  CHECK(nodes.fits(2, pod(1, 500, 0, 0, any)));
  // A node without a type takes any pod that it has the GPUs for: none here.
  CHECK(nodes.fits(3, pod(0, 0, 64000)));
  CHECK_FALSE(nodes.fits(3, pod(1, 1, 0)));
}

TEST_CASE("shared nodes: what is taken and given back, hand-computed") {
  SharedNodes nodes(four_nodes(), {});
  CHECK(nodes.gpus() == 16);
  CHECK(nodes.milli_free() == 16000);
  const Pod share = pod(1, 300, 8000, 1000), pair = pod(2, 1000, 8000);
  nodes.take(share, {0, {1}});
  nodes.take(pair, {0, {0, 3}});
  // GPUs 0 and 3 whole, 0.3 of GPU 1: GPU 2 is whole, 0.7 of GPU 1 left; 16 CPUs.
  CHECK(nodes.node(0).whole_free == 1);
  CHECK(nodes.node(0).milli_free == 1700);
  CHECK(nodes.node(0).cpu_free == 16000);
  CHECK(nodes.node(0).memory_free == 64536);
  CHECK(nodes.milli_free() == 13700);
  CHECK(nodes.whole_free() == 13);
  CHECK(nodes.view(0).pods[0] == 1);
  CHECK(nodes.view(0).pods[2] == 1);
  CHECK_FALSE(nodes.fits(0, pair));
  CHECK(nodes.fits(0, pod(1, 1000)));
  CHECK(nodes.fits(0, pod(2, 700)));
  CHECK_FALSE(nodes.fits(0, pod(2, 701)));
  CHECK_FALSE(nodes.fits(0, pod(0, 0, 16001)));
  CHECK(nodes.whole_pod(0, 0, 2) == std::vector<std::int32_t>{0, 3});
  CHECK(nodes.whole_pod(0, -1, 2) == std::vector<std::int32_t>{0, 3});
  CHECK(nodes.whole_pod(0, 1, 2).empty());
  CHECK(nodes.whole_pod(0, -1, 3).empty());
  nodes.give_back(pair, {0, {0, 3}});
  nodes.give_back(share, {0, {1}});
  CHECK(nodes.node(0) == SharedNodes(four_nodes(), {}).node(0));
}

TEST_CASE("shared nodes: room for equal pods, hand-computed") {
  SharedNodes nodes(four_nodes(), {});
  nodes.take(pod(1, 300), {2, {0}});
  // 0.7 + 7: seven whole ones, three pairs; shares of 0.3: two of the first GPU and three of each other.
  CHECK(nodes.room(2, pod(1, 1000)) == 7);
  CHECK(nodes.room(2, pod(2, 1000)) == 3);
  CHECK(nodes.room(2, pod(1, 300)) == 23);
  // Of parts of 0.7 on two GPUs each, eight GPUs hold four; of 0.3 on eight GPUs each, two.
  CHECK(nodes.room(2, pod(2, 700)) == 4);
  CHECK(nodes.room(2, pod(8, 300)) == 2);
  // 95 CPUs are left.
  CHECK(nodes.room(2, pod(1, 300, 20000)) == 4);
  CHECK(nodes.room(2, pod(0, 0, 10000)) == 9);
  CHECK(nodes.room(3, pod(1, 100)) == 0);
}

}  // namespace orrery
