#include "network/traffic/placement.hpp"

#include <algorithm>
#include <numeric>

#include "base/check.hpp"
#include "base/random.hpp"

namespace orrery {
namespace {

/// The first `wanted` entries of a random order of 0 .. units-1 (Fisher and Yates 1938).
std::vector<std::uint32_t> random_units(std::uint32_t units, std::uint32_t wanted, std::uint64_t seed) {
  std::vector<std::uint32_t> order(units);
  std::iota(order.begin(), order.end(), 0U);
  Rng rng = Rng::stream(seed, "network/placement");
  for (std::uint32_t i = 0; i < wanted; ++i) std::swap(order[i], order[i + rng.below(units - i)]);
  order.resize(wanted);
  return order;
}

}  // namespace

std::uint64_t draw_seed(std::uint64_t seed, std::uint32_t draw) {
  return Rng::stream(seed, "network/draws", draw).next_u64();
}

RankChips place_ranks(const Cluster& cluster, std::uint64_t seed) {
  const auto ranks = static_cast<std::uint32_t>(cluster.chips);
  const auto unit = static_cast<std::uint32_t>(std::max(cluster.node.chips, cluster.node.scale_up_domain));
  const std::uint32_t wanted = (ranks + unit - 1) / unit;
  const auto machine = static_cast<std::uint32_t>(cluster.machine_chips());
  const std::uint32_t units = (machine + unit - 1) / unit;
  ORRERY_CHECK(wanted <= units, "a job fits on its machine");

  RankChips chips(ranks);
  if (cluster.placement.order == PlacementOrder::Packed) {
    std::iota(chips.begin(), chips.end(), 0U);
    return chips;
  }
  std::vector<std::uint32_t> order = random_units(units, wanted, seed);
  // A machine that is as large as its job may end within a unit, as the job does: that one comes last.
  if (machine % unit != 0) std::iter_swap(std::find(order.begin(), order.end(), units - 1), order.end() - 1);
  if (cluster.placement.order == PlacementOrder::Rail) std::sort(order.begin(), order.end());
  for (std::uint32_t rank = 0; rank < ranks; ++rank) {
    chips[rank] = order[rank / unit] * unit + rank % unit;
  }
  return chips;
}

}  // namespace orrery
