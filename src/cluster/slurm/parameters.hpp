#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/quantity.hpp"
#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "scenario/schema.hpp"

namespace orrery {

// Parameters of Slurm under its own names, in our spelling: PriorityWeightAge is `priority_weight_age`. What each does
// stands in slurm.conf(5), sacctmgr(1) and the pages on slurm.schedmd.com; docs/slurm.md says what we make of it.

enum class SlurmSchedulerType { Builtin, Backfill };
enum class SlurmPriorityType { Basic, Multifactor };
enum class SlurmPreemptType { None, PartitionPrio, Qos };
enum class SlurmPreemptMode { Default, Off, Cancel, Requeue, Suspend };

/// Trackable resources: what limits, billing and weights are in.
struct TresAmounts {
  std::optional<double> gpu, cpu, mem, node;  ///< `mem` in MiB.

  bool empty() const { return !gpu && !cpu && !mem && !node; }
  friend bool operator==(const TresAmounts&, const TresAmounts&) = default;
};

struct SlurmPartition {
  std::string name;
  bool is_default = false;         ///< Of jobs that name none.
  std::vector<std::string> nodes;  ///< Groups of the machine; empty: those of the pool of its name, or all nodes.
  int priority_tier = 1;
  double priority_job_factor = 1;
  SlurmPreemptMode preempt_mode = SlurmPreemptMode::Default;
  std::optional<Seconds> max_time, default_time;
  Seconds grace_time;
  std::string qos;                   ///< Whose limits hold for all of its jobs.
  TresAmounts tres_billing_weights;  ///< Empty: a GPU bills 1.

  friend bool operator==(const SlurmPartition&, const SlurmPartition&) = default;
};

/// Limits that a QOS or an association may set; unset: none. Those of a QOS count its own jobs, those of an association
/// the jobs of all below it.
struct SlurmLimits {
  TresAmounts grp_tres, grp_tres_mins;  ///< At once; over time, decaying as usage does.
  std::optional<int> grp_jobs;
  TresAmounts max_tres_per_job, max_tres_per_user, max_tres_per_account;
  std::optional<int> max_jobs_per_user, max_jobs_per_account;
  std::optional<Seconds> max_wall;  ///< Of one job, by its time limit.

  bool empty() const { return *this == SlurmLimits(); }
  friend bool operator==(const SlurmLimits&, const SlurmLimits&) = default;
};

struct SlurmQos {
  std::string name;
  double priority = 0;
  SlurmLimits limits;
  std::vector<std::string> preempt;  ///< QOS whose running jobs its jobs may preempt.
  SlurmPreemptMode preempt_mode = SlurmPreemptMode::Default;
  std::optional<Seconds> preempt_exempt_time;
  Seconds grace_time;
  double usage_factor = 1;

  friend bool operator==(const SlurmQos&, const SlurmQos&) = default;
};

/// An account, or a user in an account.
struct SlurmAssociation {
  std::string account;
  std::string user;               ///< Empty: the account itself.
  std::string parent;             ///< Account above an account; empty: root.
  int fairshare = 1;              ///< Shares among siblings.
  bool fairshare_parent = false;  ///< "parent" instead: it stands for what is above it.
  SlurmLimits limits;

  friend bool operator==(const SlurmAssociation&, const SlurmAssociation&) = default;
};

/// Nodes kept for some accounts and users, or for nobody (maintenance).
struct SlurmReservation {
  std::string name;
  Seconds start, duration;
  std::vector<std::string> nodes;  ///< Groups; empty: all.
  int node_count = 0;              ///< So many of them, the lowest numbers; 0: all.
  std::vector<std::string> accounts, users;

  friend bool operator==(const SlurmReservation&, const SlurmReservation&) = default;
};

struct SlurmParameters {
  SlurmSchedulerType scheduler_type = SlurmSchedulerType::Backfill;
  // SchedulerParameters
  Seconds bf_interval{30}, bf_resolution{60}, bf_window{86400}, bf_window_linear;
  int bf_max_job_test = 500, bf_max_job_user = 0, bf_max_job_part = 0, bf_max_job_start = 0;
  bool bf_continue = false;
  bool assoc_limit_stop = false, preempt_youngest_first = false;
  int preempt_reorder_count = 1;
  Seconds cred_expire{120};  ///< Of AuthInfo: a requeued job waits so long before it may start again.

  SlurmPriorityType priority_type = SlurmPriorityType::Basic;
  double priority_weight_age = 0, priority_weight_fairshare = 0, priority_weight_job_size = 0;
  double priority_weight_partition = 0, priority_weight_qos = 0;
  TresAmounts priority_weight_tres;
  Seconds priority_max_age{7 * 86400.0}, priority_decay_half_life{7 * 86400.0}, priority_calc_period{300};
  std::optional<Seconds> priority_usage_reset_period;
  bool priority_favor_small = false;
  bool fair_tree = true;
  double fair_share_dampening_factor = 1;

  SlurmPreemptType preempt_type = SlurmPreemptType::None;
  SlurmPreemptMode preempt_mode = SlurmPreemptMode::Off;
  Seconds preempt_exempt_time;

  std::vector<SlurmPartition> partitions;  ///< Empty: one of all nodes.
  std::vector<SlurmQos> qos;
  std::vector<SlurmAssociation> associations;  ///< Empty: an account a tenant, one share each.
  std::vector<SlurmReservation> reservations;

  friend bool operator==(const SlurmParameters&, const SlurmParameters&) = default;
};

const Schema<SlurmParameters>& slurm_schema();

/// What contradicts itself, the machine or the jobs: names that do not exist or stand twice, trees with loops, a policy
/// without what it needs. Errors and warnings go to `diagnostics`, at the place `where`.
void check_slurm(const SlurmParameters& parameters, const SharedMachine& machine, const JobTable& jobs,
                 Diagnostics& diagnostics, const Span& where = {});

}  // namespace orrery
