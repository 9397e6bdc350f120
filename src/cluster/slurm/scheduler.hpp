#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/scheduler.hpp"
#include "cluster/slurm/node_space.hpp"
#include "cluster/slurm/waiting.hpp"

namespace orrery {

/// Slurm as a policy: the main scheduler on every event, the backfill scheduler every `bf_interval`, priorities,
/// limits, preemption and reservations by its configuration. docs/slurm.md says what differs from the real one.
///
/// It chooses nodes itself and starts jobs on them (`ClusterEngine::start_on`), so the engine's placement only has to
/// count whole GPUs of the same machine. Preempted jobs lose what they did (requeue, cancel) or keep it (suspend),
/// whatever the engine's own cost of stopping.
class SlurmScheduler final : public Scheduler {
 public:
  /// All of it has passed `check_slurm`. `rows` are those that the engine replays.
  SlurmScheduler(SlurmParameters parameters, const SharedMachine& machine, const JobTable& jobs,
                 std::span<const JobId> rows);
  SlurmScheduler(const SlurmScheduler&) = delete;
  SlurmScheduler& operator=(const SlurmScheduler&) = delete;

  void submitted(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;

  bool minds_dependencies() const override { return true; }
  bool keeps_nodes() const override { return true; }

  /// Jobs that Slurm would refuse or never start: larger than their partition, over a limit that one job alone breaks.
  const std::vector<JobId>& refused() const override { return refused_; }
  /// Who had to go for whom, in order.
  struct Preemption {
    Millis time = 0;
    JobId victim = kNoJob, preemptor = kNoJob;
  };
  const std::vector<Preemption>& preemptions() const { return preemptions_; }
  const SlurmAccounts& accounts() const { return accounts_; }
  /// Jobs that the backfill scheduler started.
  long long backfilled() const { return backfilled_; }
  /// Fair-share factors as of now, of users in the order of the tree.
  void update_fair_share(Millis now) { accounts_.update(now); }

 private:
  struct Partition {
    const SlurmPartition* parameters = nullptr;
    NodeBits nodes;
    std::int32_t node_gpus = 0;  ///< Of its largest node.
    double gpus = 0, cpus = 0, memory = 0;
    std::int32_t qos = -1;
    Millis default_time = kNever, max_time = kNever;
    double factor = 0;  ///< PriorityJobFactor over the largest of all.
  };
  struct Running {
    JobId job = kNoJob;
    std::int32_t of_class = -1;
    Millis start = 0, expected_end = 0;
    std::vector<Slice> slices;
  };
  struct Reservation {
    Millis begin = 0, end = 0;
    NodeBits nodes;
    std::vector<std::int32_t> accounts, users;  ///< In the jobs' table.
  };
  /// A job that waits until its victims have had their grace.
  struct Claim {
    NodeBits nodes;
    Millis until = 0;
  };

  // scheduler.cpp
  std::int32_t class_of(JobId job);
  SlurmClass make_class(JobId job) const;
  void queue(JobId job, Millis since);
  void start(ClusterEngine& engine, std::int32_t of_class, JobId job, const std::vector<Slice>& slices);
  Millis limit(const ClusterEngine& engine, JobId job, const SlurmClass& of) const;
  NodeBits allowed(const SlurmClass& of, Millis begin, Millis end) const;
  Millis next_reservation_change(Millis time) const;
  void release_held(Millis now);
  void run_main(ClusterEngine& engine);
  void refuse(JobId job);
  std::vector<JobId> take_followers(JobId job);

  // backfill.cpp
  struct Candidate {
    JobId job = kNoJob;
    std::int32_t of_class = -1;
    Millis time = 0;  ///< That the plan gives it.
  };
  void run_backfill(ClusterEngine& engine);
  std::vector<Candidate> candidates(const ClusterEngine& engine) const;
  bool is_hopeless(const Candidate& candidate) const;
  void give_up(const SlurmClass& of, Millis time);
  bool plan(ClusterEngine& engine, const Candidate& candidate, NodeSpace& space);
  /// Nodes with room for something at the times of `window_ends_`, going by the expected ends of what runs.
  using Room = std::vector<NodeBits>;
  template <class Ends, class F>
  void each_window(const Ends& ends, Millis now, F f) const;
  void predict_gpus(Millis now);
  const Room& predict(const NodeRequest::Part& part, std::int32_t gpu_type, Millis now);
  /// The first window in which a request fits on some of the nodes, and what it gets of them then.
  std::size_t earliest(const NodeRequest& request, const NodeBits& nodes, Millis now);
  NodeBits nodes_at(std::size_t window, const NodeRequest& request, const NodeBits& nodes, Millis now);
  Millis first_try(const SlurmClass& of, Millis time, Millis now, const NodeSpace& space);
  void forget_predictions();

  // preemption.cpp
  bool may_preempt(const SlurmClass& preemptor, const SlurmClass& victim) const;
  SlurmPreemptMode mode_of(const SlurmClass& victim) const;
  Millis grace_of(const SlurmClass& victim) const;
  Millis exempt_until(const Running& victim) const;
  bool can_preempt(const SlurmClass& preemptor) const;
  /// Starts the job on nodes that others have to leave, or sees to it that they will; false where that cannot be.
  bool preempt_for(ClusterEngine& engine, std::int32_t of_class, JobId job, const NodeBits& nodes);
  void kill(ClusterEngine& engine, JobId victim);
  void kill_due(ClusterEngine& engine);

  SlurmParameters parameters_;
  const JobTable& jobs_;
  SlurmNodes nodes_;
  const SlurmNodes empty_;  ///< The machine with nothing running.
  SlurmAccounts accounts_;
  SlurmLimitBook limits_;
  SlurmWaiting waiting_;
  std::vector<Partition> partitions_;
  std::vector<Reservation> reservations_;
  double total_gpus_ = 0;
  double highest_qos_ = 0;

  std::vector<std::int32_t> class_of_;  ///< Of each job, when it was submitted.
  std::unordered_multimap<std::size_t, std::int32_t> classes_;
  std::unordered_map<JobId, std::size_t> run_of_;
  std::vector<Running> runs_;
  std::vector<std::size_t> free_runs_;
  struct End {
    Millis time = 0;
    JobId job = kNoJob;
    std::size_t run = 0;

    friend auto operator<=>(const End&, const End&) = default;
  };
  std::set<End> ends_;  ///< Of running jobs, by expected end.
  std::map<std::pair<std::int32_t, NodeRequest>, std::int32_t> shapes_;

  std::set<std::pair<Millis, JobId>> held_;  ///< Requeued, until they may start again.
  enum class Progress : std::uint8_t { Unseen, Begun, Ended, Refused };
  std::vector<Progress> progress_;               ///< Of each job, where some depend on others.
  std::unordered_multimap<JobId, JobId> after_;  ///< Jobs that wait for the end of another, by that.
  std::set<std::pair<Millis, JobId>> doomed_;    ///< Victims in their grace time, by its end.
  std::map<JobId, Claim> claims_;

  Millis next_update_ = 0, next_backfill_ = 0, wake_ = kNever;
  Millis reservation_due_ = 0;  ///< When one next begins or ends.
  bool main_due_ = false, backfill_due_ = false;
  std::vector<std::optional<SlurmWaiting::Entry>> blocked_;  ///< Of each partition: who did not fit in the last pass.
  std::vector<JobId> refused_;
  std::vector<Preemption> preemptions_;
  long long backfilled_ = 0;

  // Of a backfill pass.
  struct Prediction {
    NodeRequest::Part part;
    std::int32_t gpu_type = -1;
    Room room;
  };
  struct Tried {
    Millis time = 0, from = 0;  ///< Jobs of this time limit or longer cannot begin before.
  };
  SlurmNodes scratch_;                     ///< To try things out on.
  std::vector<Millis> window_ends_;        ///< Now, and when running jobs are gone by their limits.
  std::vector<Room> gpu_room_;             ///< By free GPUs; empty: not computed.
  std::vector<Prediction> predictions_;    ///< Of parts that ask for more than GPUs.
  std::vector<std::vector<Tried>> tried_;  ///< Of each shape.
  std::vector<Millis> hopeless_from_;      ///< Of each shape: jobs of so long or longer cannot begin now.
};

}  // namespace orrery
