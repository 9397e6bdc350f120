#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cluster/decayed_usage.hpp"
#include "cluster/engine.hpp"
#include "cluster/machine.hpp"
#include "cluster/quota/kai.hpp"
#include "cluster/quota/share_tree.hpp"
#include "cluster/quota/volcano.hpp"
#include "cluster/quota/waiting_classes.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// A queue tree with fair shares, and who is evicted for whom: what KAI and Volcano have in common.
struct SharePolicy {
  struct Queue {
    std::string name;
    ShareQueue share;
    bool reclaimable = true;
    std::optional<Millis> reclaim_min_runtime, preempt_min_runtime;
  };
  std::vector<Queue> queues;  ///< Parents before children.
  ShareRule rule = ShareRule::Kai;
  bool by_priority = true;  ///< Jobs of a queue by priority; otherwise by submission alone.
  bool reclaim = true, preempt = true, consolidate = false;
  bool start_without_demand = false;  ///< Jobs that ask for nothing start at once (Volcano's backfill).
  int max_moved = 16;                 ///< Jobs that a consolidation moves at most.
  std::optional<std::int32_t> non_preemptible_priority;
  Millis reclaim_min_runtime = 0, preempt_min_runtime = 0;
  double multiplier = 1;  ///< On the saturation of who reclaims, in comparisons.
  double k = 0;
  Seconds half_life;
  Millis period = 0;    ///< Of looking at shares that move with time; 0: they do not.
  Millis sla = kNever;  ///< A job that waited so long goes first, and nobody starts before it.
};

SharePolicy kai_policy(const KaiSpec& spec);          ///< `spec` free of mistakes (`check_kai`).
SharePolicy volcano_policy(const VolcanoSpec& spec);  ///< The same.

/// KAI and Volcano: jobs start where room is, queues in the order of how far they are from their share; a job that
/// finds none takes back what others hold beyond their right (reclaim) or what jobs of lower priority of its queue hold
/// (preempt), and, in KAI, moves others together (consolidate).
///
/// A job belongs to the leaf queue that its tenant names. Jobs of others are refused, and so are those that break a
/// limit alone. What is simplified is said in docs/quota-schedulers.md.
class ShareScheduler final : public Scheduler {
 public:
  ShareScheduler(SharePolicy policy, const SharedMachine& machine, const JobTable& jobs, std::span<const JobId> rows);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  const std::vector<JobId>& refused() const override { return refused_; }
  PassState left_waiting(const ClusterEngine& engine) const override;

  const ShareTree& tree() const { return tree_; }
  /// Number of a job's queue in the policy; -1: it has none.
  std::int32_t queue(JobId job) const { return queue_of_[row(job)]; }

 private:
  friend class ShareTrial;

  static std::size_t row(JobId job) { return static_cast<std::size_t>(job); }
  std::int32_t leaf(JobId job) const { return ShareTree::node(queue(job)); }
  std::int32_t priority(JobId job) const { return value_or(jobs_.priority, job, 0); }
  Amounts amounts(JobId job) const { return amounts_of(demand_of(jobs_, job)); }
  bool preemptible(JobId job) const;
  void count(JobId job, int sign, Millis now);

  /// Whether quotas let the job start; `others` false: whether they would if nobody else held anything.
  bool has_right(JobId job, bool others) const;
  JobId head_of(std::int32_t queue, const JobPlacement& placement);
  bool may_evict(const JobPlacement& placement, std::int32_t of) const;
  /// The job that is next below a node.
  JobId next_below(std::int32_t node, const JobPlacement& placement);
  bool goes_before(std::int32_t a, JobId job_a, std::int32_t b, JobId job_b) const;
  void settle_shares(Millis now);

  bool start(ClusterEngine& engine, JobId job);
  bool try_job(ClusterEngine& engine, JobId job);
  bool consolidate(ClusterEngine& engine, JobId job);
  std::vector<JobId> victims(ClusterEngine& engine, JobId job);

  SharePolicy policy_;
  const JobTable& jobs_;
  ShareTree tree_;
  std::vector<std::int32_t> queue_of_;
  WaitingClasses waiting_;
  std::vector<std::uint8_t> never_;  ///< Classes whose jobs break a limit alone.
  std::vector<JobId> refused_;

  std::vector<std::vector<JobId>> running_;                      ///< Of each queue.
  std::vector<std::map<std::int32_t, long long>> running_gpus_;  ///< Of each queue, by priority; 0 GPUs count as 1.
  std::vector<std::int32_t> place_of_;                           ///< In that list; -1: it does not run.
  std::vector<Shares> non_preemptible_;                          ///< Held by such jobs, of each node.
  long long reclaimable_gpus_ = 0;

  std::vector<std::uint8_t> blocked_;  ///< Classes: refused, and nothing was given back since.
  std::vector<std::int32_t> evicted_pass_;
  std::int32_t pass_ = 0;
  bool released_ = false, shares_old_ = true, evicted_ = false;

  double half_life() const { return policy_.half_life.raw() * kSecond; }

  std::vector<DecayedUsage> usage_;  ///< Of GPUs, of each node; the root's is what there was.
  std::vector<double> usage_share_;
  Millis next_look_ = 0;
};

}  // namespace orrery
