#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/grants/grant_scheduler.hpp"

namespace orrery {

/// Blocks of GPUs, each a tenant's own for a while; its jobs run in it first come, first served.
///
/// A tenant applies when its first job arrives, and anew when a job of it is there and its block is not. When a block
/// ends, the tenant's jobs are stopped, unless it gets the next one at the same moment. A block is a number of GPUs,
/// not certain ones: where a machine is so scattered that a job does not fit although its block has room, it waits.
/// An event costs the logarithm of tenants and waiting jobs, and a look at the tenants that are held up so.
class BlockGrants final : public GrantScheduler {
 public:
  BlockGrants(const GrantParameters& parameters, long long gpus, const JobTable& jobs, std::span<const JobId> rows,
              std::uint64_t seed);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  PassState left_waiting(const ClusterEngine& engine) const override;
  const std::vector<GrantRecord>& records(Millis now) override;

  /// GPUs that are granted now.
  long long granted() const { return granted_; }

 private:
  struct Tenant {
    std::set<Place> waiting;
    std::set<JobId> running;
    long long held = 0;             ///< GPUs of its block; 0: it has none.
    long long busy = 0;             ///< Of these, GPUs on which jobs run.
    Millis until = 0;               ///< End of its block.
    std::int64_t application = -1;  ///< Number of its open application.
    Millis applied = 0;             ///< When it handed that in.
    Millis settled = 0;             ///< Until when its record is.
    Millis idle_end = kNever;       ///< When its block goes back unless a job comes.
  };
  using At = std::pair<Millis, std::size_t>;

  void settle(std::size_t tenant, Millis now);
  void insert(std::size_t tenant, JobId job);
  void erase(std::size_t tenant, JobId job);
  void watch_idle(std::size_t tenant, Millis now);
  void apply(std::size_t tenant, Millis now);
  void withdraw(std::size_t tenant);
  void grant(std::size_t tenant, Millis now);
  void extend_resumed(Millis now);
  void take_back(std::size_t tenant, Millis now);
  void take_back_due(Millis now);
  void award(Millis now);
  void hold_round(Millis now);
  void start_jobs(ClusterEngine& engine);
  bool start_jobs_of(ClusterEngine& engine, std::size_t tenant);

  std::uint64_t seed_;
  Millis length_, round_, reclaim_;
  std::vector<Tenant> state_;
  long long granted_ = 0;
  std::set<std::pair<std::int64_t, std::size_t>> applications_;  ///< By number.
  std::int64_t next_application_ = 0;
  std::set<At> ends_, idle_ends_;                         ///< Of blocks.
  std::set<std::pair<std::int64_t, std::size_t>> heads_;  ///< First waiting job of each tenant, by its place.
  std::set<std::size_t> ready_;                           ///< Tenants whose first job may be able to start.
  std::vector<std::size_t> ended_;                        ///< Tenants whose block ended in this pass.
  std::vector<std::size_t> resumed_;                      ///< Tenants of jobs that ran at the begin.
};

}  // namespace orrery
