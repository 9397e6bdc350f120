#pragma once

#include <cstdint>
#include <vector>

#include "hardware/cluster.hpp"

namespace orrery {

/// The chip of each rank.
using RankChips = std::vector<std::uint32_t>;

/// Seed of one of several draws: draws of one seed, and those of different seeds, are independent.
std::uint64_t draw_seed(std::uint64_t seed, std::uint32_t draw);

/// Places a job of `cluster.chips` ranks on `cluster.placement`'s machine. Jobs get whole nodes (whole scale-up domains
/// where those are larger), whose chips keep their order; the last one may stay partly empty.
///
/// Packed takes the first nodes. Random takes nodes of the whole machine in random order, as a busy scheduler leaves
/// them. Rail takes the same nodes as random, but numbers the ranks in the machine's order, as a job does that sorts
/// its hosts by switch. The draw depends on `seed` alone.
///
/// The machine has at least as many whole nodes as the job (checked where inputs are read).
RankChips place_ranks(const Cluster& cluster, std::uint64_t seed);

}  // namespace orrery
