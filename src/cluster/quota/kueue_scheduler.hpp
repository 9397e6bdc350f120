#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "cluster/decayed_usage.hpp"
#include "cluster/engine.hpp"
#include "cluster/quota/kueue.hpp"
#include "cluster/quota/kueue_model.hpp"
#include "cluster/quota/waiting_classes.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// Kueue: jobs are admitted whole when their ClusterQueue has quota for them, of its own or borrowed from its cohort.
///
/// A job belongs to the LocalQueue or ClusterQueue that its tenant names. Jobs of others are refused, and so are those
/// that are more than their queue could ever have. A job is admitted when quota and nodes are there, as with
/// topology-aware scheduling; without nodes it waits, and preempts those whose going makes room for it. Jobs that are
/// preempted are queued again with their first submission. What is simplified is said in docs/quota-schedulers.md.
class KueueScheduler final : public Scheduler {
 public:
  /// `spec`  free of mistakes (`check_kueue`).
  KueueScheduler(const KueueSpec& spec, const JobTable& jobs, std::span<const JobId> rows);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  const std::vector<JobId>& refused() const override { return refused_; }
  PassState left_waiting(const ClusterEngine& engine) const override;

  const KueueModel& model() const { return model_; }
  /// ClusterQueue of a job; -1: none admits it.
  std::int32_t queue(JobId job) const { return job_queue(job).queue; }
  /// What a running job takes.
  std::span<const KueueLoad> loads(JobId job) const;
  /// Whether the job could be admitted on an empty machine.
  bool possible(const JobPlacement& placement, JobId job) const;

 private:
  friend class KueueTrial;

  enum class Mode : std::uint8_t { Fits, Preempts, Never };
  /// Flavors for a job.
  struct Assignment {
    std::array<std::int32_t, kQuotaResources> flavors{-1, -1, -1, -1};
    Mode mode = Mode::Never;
    std::int32_t borrowing = 0;  ///< Levels up to the first subtree that does not borrow with the job; 0: the queue.
  };
  /// The next job of a queue in this pass.
  struct Candidate {
    JobId job = kNoJob;
    std::vector<Assignment> assignments;  ///< To be tried in this order.
    std::vector<double> shares;  ///< Fair sharing: of each node from below the root to the queue, with the job.
  };

  static std::size_t at(std::int32_t number) { return static_cast<std::size_t>(number); }
  KueueJobQueue job_queue(JobId job) const;
  bool preemptible(JobId job) const { return value_or(jobs_.preemptible, job, std::uint8_t{1}) != 0; }

  // Flavors (kueue_flavors.cpp).
  Demand demand_in(std::int32_t of, const Assignment& assignment) const;
  void fill_loads(std::int32_t queue, const Demand& demand, const Assignment& assignment,
                  std::vector<KueueLoad>& loads) const;
  bool eligible(const Demand& demand, std::int32_t flavor) const;
  Assignment judge(const JobPlacement& placement, std::int32_t of, std::size_t group, std::int32_t flavor,
                   bool may_preempt) const;
  /// Assignments in the order in which they are to be tried; none: nothing helps now.
  void assign(const JobPlacement& placement, std::int32_t of, bool may_preempt,
              std::vector<Assignment>& assignments) const;

  // Order.
  bool job_before(JobId a, JobId b) const;                  ///< Within a queue.
  bool queue_before(std::int32_t a, std::int32_t b) const;  ///< By their candidates.
  /// Whether preemption could help the first job of a class: enough GPUs run that it might take.
  bool may_preempt(const JobPlacement& placement, std::int32_t of) const;
  void find_candidate(const ClusterEngine& engine, std::int32_t queue);
  void shares_with(std::int32_t queue, Candidate& candidate);

  // Admission and preemption (kueue_preemption.cpp).
  std::vector<JobId> victims(ClusterEngine& engine, JobId job, const Assignment& assignment);
  bool admit(ClusterEngine& engine, JobId job, const Assignment& assignment);
  void enter(JobId job, const Assignment& assignment);
  void count(JobId job, int sign);

  /// A job that runs.
  struct Admitted {
    std::vector<KueueLoad> loads;
    std::int32_t place = 0;  ///< In its queue's list.
  };

  const JobTable& jobs_;
  KueueModel model_;
  bool fair_ = false;
  std::vector<KueueFairStrategy> strategies_;
  std::vector<KueueJobQueue> tenants_;
  std::vector<std::int32_t> priorities_;
  WaitingClasses waiting_;
  std::vector<JobId> refused_;
  std::vector<std::uint8_t> can_be_;  ///< Classes: 0: not yet looked at, 1: could be admitted, 2: never.

  std::vector<Admitted> admitted_;                               ///< Slots.
  std::vector<std::int32_t> free_slots_, slot_of_;               ///< Slot of each job; -1: it does not run.
  std::vector<std::vector<JobId>> running_;                      ///< Of each queue.
  std::vector<std::map<std::int32_t, long long>> running_gpus_;  ///< Of each queue, by priority; 0 GPUs count as 1.
  std::vector<long long> queue_gpus_;                            ///< Their sum.
  std::vector<long long> borrowers_gpus_;  ///< Of each root node: of all queues below it that borrow.

  std::vector<std::uint8_t> blocked_;        ///< Classes: refused, and nothing was given back since.
  std::vector<std::uint8_t> queue_changed_;  ///< Its candidate has to be found anew.
  bool released_ = false;
  std::vector<Candidate> candidates_;
  std::vector<std::int32_t> evicted_pass_;  ///< Pass in which a job was last preempted; filled with the first one.
  std::int32_t pass_ = 0;

  std::vector<DecayedUsage> usage_;  ///< Of each LocalQueue.
  double half_life_;                 ///< Milliseconds.
  std::array<double, kQuotaResources> usage_weights_{};
  Millis now_ = 0;
};

}  // namespace orrery
