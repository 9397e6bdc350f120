#pragma once

#include <vector>

#include "base/quantity.hpp"

namespace orrery {

/// How a gang lies on the machine, as far as its speed goes.
struct PlacementSpread {
  int gpus = 1;
  int nodes = 1;
  int fullest = 1;  ///< GPUs on the node that has most of them.
  /// Units of the network above nodes that it crosses: 0: it stays within the smallest; 1: several of the smallest
  /// (racks); 2: several of the next larger (pods).
  int crosses = 0;

  friend bool operator==(const PlacementSpread&, const PlacementSpread&) = default;
};

/// What joins the GPUs of a cluster, and what they share: few constants, from data sheets or fitted to a profile
/// (interconnect_fit.hpp).
struct Interconnect {
  BytesPerSecond link = 12_GB_per_s;    ///< Between two GPUs of a node, each way.
  BytesPerSecond host = 600_GB_per_s;   ///< What all GPUs of a node share (root complex, host memory).
  BytesPerSecond peer = 12.5_GB_per_s;  ///< Between one pair of nodes: what a flow reaches where NICs are virtual.
  BytesPerSecond nic = 12.5_GB_per_s;   ///< Of a node.
  Seconds latency_inside = 10_us;       ///< Of a hop within a node.
  Seconds latency_between = 30_us;      ///< Of a hop between nodes.
  /// Share of its NICs that a node gets across the units of each level of the network, the smallest first: one over the
  /// oversubscription where neighbours use the rest. Levels that are missing have all of it.
  std::vector<double> uplinks;
  /// How far synchronisation hides under computation: 1: not at all; large: the longer of the two is what
  /// counts. 1..10.
  double overlap = 2;
  /// By how much each further GPU of the job on its fullest node slows computation: input pipeline, host memory, power.
  double crowding = 0;

  friend bool operator==(const Interconnect&, const Interconnect&) = default;
};

/// Time of one all-reduce of `payload` bytes that each GPU holds: 2 (K - 1) / K of them over the slowest link of a ring
/// (Patarasu and Yuan 2009), and the latency of a tree: along the GPUs of a node, then between nodes, there and back
/// (NCCL's trees; it takes whichever of the two is cheaper, and bytes or latency count for either).
///
/// The ring enters and leaves each node once. Within a node all its hops go through what the GPUs share, so that a full
/// node can be slower than one GPU on each of two. Two nodes have one pair between them; from three on, a node sends to
/// one and receives from another, and rings run both ways.
Seconds all_reduce_time(const Interconnect& network, Bytes payload, const PlacementSpread& spread);

/// Time of a step of which `compute` is spent on each GPU and `sync` on gradients:
/// (compute^overlap + sync^overlap)^(1/overlap) (Pollux, OSDI 2021, section 3.2).
Seconds overlapped(Seconds compute, Seconds sync, double overlap);

/// The other way round: what is computation in a step that took so long. At least a quarter of it, since where more
/// synchronisation is expected than the step had room for, it is the expectation that is too high.
Seconds computation_of(Seconds step, Seconds sync, double overlap);

/// Computation of a step over that of one GPU alone, for the GPUs that the job has on its fullest node.
double crowded(const Interconnect& network, const PlacementSpread& spread);

/// Time of a step on the placement `to`, which took `step` on the placement `from` with the same batch on each GPU.
Seconds moved_step(const Interconnect& network, Bytes gradients, Seconds step, const PlacementSpread& from,
                   const PlacementSpread& to);

/// A kind of data-parallel job.
struct DataParallelJob {
  Seconds base = 0_s;        ///< Computation of a step, whatever the batch (Pollux: alpha_grad).
  Seconds per_sample = 0_s;  ///< Computation of each sample more (beta_grad).
  Bytes gradients;           ///< That are reduced each step: 4 bytes a parameter in FP32.
};

/// Time of one step with `local_batch` samples on each GPU.
///
/// Left out: stragglers, tensor and pipeline parallelism (the step level has the latter two).
Seconds data_parallel_step(const DataParallelJob& job, const Interconnect& network, double local_batch,
                           const PlacementSpread& spread);

}  // namespace orrery
