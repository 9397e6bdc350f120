#include "step/groups.hpp"

#include <doctest/doctest.h>

#include "step/test_specs.hpp"

namespace orrery {
namespace {

Node servers_of_8() {
  return test::a100_cluster(8).node;
}

Node rack_of_72() {
  Node node;
  node.chips = 4;
  node.scale_up_domain = 72;
  return node;
}

}  // namespace

TEST_CASE("groups: hand-computed, tp fills the server and data parallelism has one rank in each") {
  // tp=8 pp=4 dp=16 on 512 chips of servers of 8.
  const LayoutGroups groups = layout_groups({.tp = 8, .pp = 4, .dp = 16}, servers_of_8());
  CHECK(groups.tensor.ranks == 8);
  CHECK(groups.tensor.ranks_per_domain == 8);
  CHECK_FALSE(groups.tensor.spans_domains());
  CHECK(groups.shard.ranks == 16);
  CHECK(groups.shard.ranks_per_domain == 1);
  CHECK(groups.pipeline.ranks == 2);
  CHECK(groups.pipeline.ranks_per_domain == 1);
}

TEST_CASE("groups: hand-computed, ranks of smaller groups share servers") {
  // tp=2 cp=2 dp=8: a server holds chips 0..7, that is tp x cp = 4 chips of each of two data-parallel ranks; the 16
  // ranks that share parameters (dp x cp) stand 2 chips apart, 4 in a server.
  const LayoutGroups groups = layout_groups({.tp = 2, .cp = 2, .dp = 8}, servers_of_8());
  CHECK(groups.tensor.ranks_per_domain == 2);
  CHECK(groups.context.ranks == 2);
  CHECK(groups.context.ranks_per_domain == 2);
  CHECK(groups.shard.ranks == 16);
  CHECK(groups.shard.ranks_per_domain == 4);
  CHECK(groups.replica.ranks == 1);
}

TEST_CASE("groups: hand-computed, tensor parallelism over two servers, and the same inside a rack") {
  const LayoutGroups two = layout_groups({.tp = 16, .dp = 2}, servers_of_8());
  CHECK(two.tensor.spans_domains());
  CHECK(two.tensor.ranks_per_domain == 8);
  const LayoutGroups rack = layout_groups({.tp = 16, .dp = 2}, rack_of_72());
  CHECK_FALSE(rack.tensor.spans_domains());
  CHECK(rack.tensor.ranks_per_domain == 16);
  CHECK(rack.tensor.ranks_per_node == 4);
}

TEST_CASE("groups: hand-computed, experts take their chips from tensor and data parallelism") {
  // tp=4 dp=16, ep=8 x expert_tp=1: 64 chips hold 8 copies of the experts, one server each; copies stand 8 apart.
  const LayoutGroups groups = layout_groups({.tp = 4, .ep = 8, .expert_tp = 1, .dp = 16}, servers_of_8());
  CHECK(groups.expert.ranks == 8);
  CHECK(groups.expert.ranks_per_domain == 8);
  CHECK(groups.expert_data.ranks == 8);
  CHECK(groups.expert_data.ranks_per_domain == 1);
}

TEST_CASE("groups: hand-computed, hybrid sharding") {
  // 32 ranks shard over 8, and 4 replicas hold each shard.
  const LayoutGroups groups = layout_groups({.dp = 32, .zero = 3, .shard_group = 8}, servers_of_8());
  CHECK(groups.shard.ranks == 8);
  CHECK_FALSE(groups.shard.spans_domains());
  CHECK(groups.replica.ranks == 4);
  CHECK(groups.replica.ranks_per_domain == 1);
}

}  // namespace orrery
