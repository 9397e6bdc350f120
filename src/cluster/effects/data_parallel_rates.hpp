#pragma once

#include <cstdint>
#include <vector>

#include "cluster/effects/rate_table.hpp"
#include "cluster/effects/step_time.hpp"
#include "cluster/machine.hpp"

namespace orrery {

/// The shape that so many GPUs have when they span a level and are packed within it: full nodes, and at least two of
/// them from the first level above a node on.
PlacementSpread packed_spread(int node_gpus, std::int32_t gpus, int level);

/// GPUs of a type, and what joins them.
struct GpuTypeModel {
  Interconnect network;
  double compute = 1;  ///< Time of a computation over the time that jobs state.
  int node_gpus = 8;
};

/// What a kind of job trains with.
struct KindModel {
  DataParallelJob job;
  double local_batch = 1;  ///< Samples on each GPU; of an adaptive job the most that fit.
  /// Of an elastic job that adapts its batch (Pollux): samples of a step that it was tuned with, and the gradient noise
  /// scale in samples, above which larger batches are wasted. 0: the batch grows with the GPUs and every sample counts.
  double tuned_batch = 0, noise_scale = 0;
};

/// Samples per second that count: throughput x statistical efficiency, which is
/// (noise + tuned) / (noise + batch) (Pollux, OSDI 2021, section 3.1). An adaptive job takes the batch of the most
/// goodput between its tuned one and what fits on the GPUs, sought on a grid of 1 % steps.
double goodput(const KindModel& kind, const Interconnect& network, const PlacementSpread& spread);

/// Goodput of each kind of job (rows) by GPU type, level spanned and number of GPUs.
RateTable data_parallel_rates(const SharedMachine& machine, const std::vector<KindModel>& kinds,
                              const std::vector<GpuTypeModel>& types, const std::vector<std::int32_t>& gpus);

}  // namespace orrery
