#include "cluster/slurm/slurm_nodes.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/random.hpp"

using namespace orrery;

namespace {

NodeBits bits_of(std::size_t nodes, std::initializer_list<std::size_t> members) {
  NodeBits bits(nodes);
  for (const std::size_t node : members) bits.set(node);
  return bits;
}

using Nodes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("slurm nodes: transcript, runs that a real Slurm chose (referee, counted from 0)") {
  // fifo-events.csv at 4304.5: of n02-n04 and n14-n15 two nodes go to the shorter run.
  CHECK(best_fit_runs(bits_of(16, {1, 2, 3, 13, 14}), 2) == Nodes{13, 14});
  // At 7149.6: n06, n12-n13, n15-n16: ties go to the lower run, runs that are too short are passed over.
  CHECK(best_fit_runs(bits_of(16, {5, 11, 12, 14, 15}), 2) == Nodes{11, 12});
  // multifactor-events.csv at 6707.2: four of n02-n03, n05-n06, n12-n14: the longest, then the lowest of the rest.
  CHECK(best_fit_runs(bits_of(16, {1, 2, 4, 5, 11, 12, 13}), 4) == Nodes{1, 11, 12, 13});
}

TEST_CASE("slurm nodes: oracle, runs chosen one after the other") {
  for (std::uint32_t trial = 0; trial < 300; ++trial) {
    CAPTURE(trial);
    Rng rng = Rng::stream(9, "runs test", trial);
    const std::size_t nodes = 1 + rng.below(150);
    NodeBits bits(nodes);
    for (std::size_t node = 0; node < nodes; ++node) {
      if (rng.bernoulli(0.7)) bits.set(node);
    }
    if (bits.count() == 0) continue;
    const auto wanted = static_cast<std::int32_t>(1 + rng.below(static_cast<std::uint64_t>(bits.count())));
    Nodes expected;
    NodeBits left = bits;
    while (static_cast<std::int32_t>(expected.size()) < wanted) {
      const std::size_t more = static_cast<std::size_t>(wanted) - expected.size();
      std::size_t best = 0, length = 0;
      for (std::size_t begin = left.next(0); begin < nodes; begin = left.next(left.next_gap(begin))) {
        const std::size_t here = left.next_gap(begin) - begin;
        if (length >= more ? here >= more && here < length : here > length) best = begin, length = here;
      }
      for (std::size_t i = 0; i < std::min(length, more); ++i) {
        expected.push_back(best + i);
        left.clear(best + i);
      }
    }
    std::sort(expected.begin(), expected.end());
    CHECK(best_fit_runs(bits, wanted) == expected);
  }
}

TEST_CASE("slurm nodes: law, bits find what a list would") {
  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    CAPTURE(trial);
    Rng rng = Rng::stream(7, "node bits test", trial);
    const std::size_t nodes = 1 + rng.below(200);
    std::vector<bool> list(nodes);
    NodeBits bits(nodes);
    for (std::size_t node = 0; node < nodes; ++node) {
      if (!rng.bernoulli(0.5)) continue;
      list[node] = true;
      bits.set(node);
    }
    CHECK(bits.count() == std::count(list.begin(), list.end(), true));
    const std::size_t from = rng.below(nodes);
    const auto find = [&](bool wanted) {
      std::size_t node = from;
      while (node < nodes && list[node] != wanted) ++node;
      return node;
    };
    CHECK(bits.next(from) == find(true));
    CHECK(bits.next_gap(from) == find(false));
    CHECK(NodeBits(nodes, true).count() == static_cast<int>(nodes));
    CHECK(NodeBits(nodes, true).next_gap(0) == nodes);
  }
}

TEST_CASE("slurm nodes: hand-computed, a remainder goes to one more node") {
  SharedMachine machine;
  NodeGroup& group = machine.groups.emplace_back();
  group.nodes = 3;
  group.cpu_milli = 64000;
  SlurmNodes nodes(machine, Names());
  Demand demand;
  demand.gpus = 20;
  demand.cpu_milli = 40000;
  const NodeRequest request = request_of(demand, 8);
  CHECK(request.count == 2);
  CHECK(request.part == NodeRequest::Part{8, 16000, 0});
  REQUIRE(request.rest);
  CHECK(*request.rest == NodeRequest::Part{4, 8000, 0});
  const auto slices = nodes.choose(request, NodeBits(3, true));
  REQUIRE(slices);
  CHECK(slices->size() == 3);
  nodes.take(*slices);
  CHECK(nodes.free_gpus(2) == 4);
  // 4 GPUs are left, but not 57 CPUs.
  Demand hungry;
  hungry.gpus = 1;
  hungry.cpu_milli = 57000;
  CHECK_FALSE(nodes.fits(request_of(hungry, 8), NodeBits(3, true)));
  hungry.cpu_milli = 56000;
  CHECK(nodes.fits(request_of(hungry, 8), NodeBits(3, true)));
  nodes.give_back(*slices);
  CHECK(nodes.usable({8, 0, 0}, -1).count() == 3);
}
