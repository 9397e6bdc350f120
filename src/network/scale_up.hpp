#pragma once

#include "hardware/cluster.hpp"
#include "network/constants.hpp"

namespace orrery {

/// What the links inside one scale-up domain give to a group of ranks in it. All rates are per rank, one direction.
struct ScaleUpRates {
  BytesPerSecond ring;            ///< Reached by pipelined neighbour exchange (all-gather, reduce-scatter, ring).
  BytesPerSecond all_to_all;      ///< Reached by the bytes that a rank sends to others in an all-to-all.
  BytesPerSecond point_to_point;  ///< Reached by one message from one rank to another.
  BytesPerSecond in_switch;       ///< Payload over time of an all-reduce that the switches add up; zero without such.
  BytesPerSecond own_copy;        ///< A rank's copy of its own share into the result.
  int hops = 1;                   ///< Neighbour hops of one pass around the group.
};

/// Rates of `ranks` chips of one domain. Assumes that a group is compact: a sub-torus along the fewest axes, and a ring
/// on whole axes only (part of an axis is a line, which passes half as much).
ScaleUpRates scale_up_rates(const Cluster& cluster, int ranks, const CollectiveConstants& constants = {});

/// Whether the switches of the domain add up payloads themselves (NVLink SHARP): NVSwitch of the third generation and
/// later, which came with the first NVIDIA chips that have FP8 units.
bool reduces_in_switch(const Cluster& cluster);

}  // namespace orrery
