#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cluster/scheduler.hpp"

namespace orrery {

/// A scheduler for each pool with nodes of its own (virtual clusters: Philly, Helios), and one for all other jobs.
/// A pass asks only those whose jobs came or went, unless some nodes are everybody's.
class PooledScheduler final : public Scheduler {
 public:
  /// `schedulers`  of the pools by their number, of which some may have none, and last that of all other jobs.
  /// `shared_nodes`  whether jobs of several schedulers use the same nodes.
  PooledScheduler(const JobTable& jobs, std::vector<std::unique_ptr<Scheduler>> schedulers, bool shared_nodes);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void nodes_returned(ClusterEngine& engine) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  /// Of the first pool that has someone waiting.
  PassState left_waiting(const ClusterEngine& engine) const override;

 private:
  std::size_t number_of(JobId job) const;
  void touch(std::size_t number);

  const JobTable& jobs_;
  std::vector<std::unique_ptr<Scheduler>> schedulers_;
  bool shared_nodes_;
  std::vector<std::size_t> touched_;
  std::vector<bool> is_touched_;
};

}  // namespace orrery
