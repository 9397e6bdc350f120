#pragma once

#include <string>
#include <vector>

#include "fleet/training/delivery.hpp"

namespace orrery {

/// One task on one pool of several: `task.step` is laid out for that pool's chips.
struct PoolTask {
  TrainingTask task;
  TrainingPool pool;
};

/// A pool that takes no part in a job, and why.
struct IdlePool {
  std::size_t pool = 0;  ///< Of those that were offered.
  std::string reason;
};

/// How fast several pools of unlike chips advance one job.
struct MixedSpeed {
  std::vector<std::size_t> pools;     ///< Of those that were offered, those that take part.
  std::vector<TrainingSpeed> speeds;  ///< Theirs, each at its part of the batch.
  std::vector<double> batch_shares;   ///< Of the global batch, in proportion to what each gets done.
  /// Rate when the batch is dealt out by the chip instead: every step then waits for the slowest kind. Of the rate in
  /// proportion, 0..1.
  double by_the_chip = 1;
  std::vector<IdlePool> idle;
};

/// One job over unlike pools, data-parallel between them: each pool holds whole replicas in the layout that suits it,
/// and gets a share of every batch in proportion to its speed, so that all end a step together; smaller shares make
/// each pool slower, which is searched. Gradients between the pools are taken to be exchanged under compute, and a stop
/// of one pool stops all. A pool on which the job does not fit, or which makes all slower, takes no part.
///
/// One pool alone is just that pool. Nothing at all where the job fits nowhere.
Expected<MixedSpeed, CannotTrain> mixed_speed(const std::vector<PoolTask>& pools, const TrainingLevels& levels);

/// What the pools of `speed` make of the task of the first that takes part. Uncertainties of the step's model, of
/// failures and of the numbers of chips are common to all pools.
Delivery mixed_delivery(const MixedSpeed& speed, const std::vector<PoolTask>& pools);

}  // namespace orrery
