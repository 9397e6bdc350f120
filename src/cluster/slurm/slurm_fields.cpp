#include <string>
#include <utility>

#include "cluster/slurm/parameters.hpp"

namespace orrery {
namespace {

constexpr double kMost = 1e15;

const std::vector<Choice<SlurmPreemptMode>>& preempt_modes() {
  static const std::vector<Choice<SlurmPreemptMode>> modes = {
      {"default", SlurmPreemptMode::Default, "As the whole cluster's."},
      {"off", SlurmPreemptMode::Off, "Its jobs are not preempted."},
      {"cancel", SlurmPreemptMode::Cancel, "They end for good."},
      {"requeue", SlurmPreemptMode::Requeue, "They begin anew later."},
      {"suspend", SlurmPreemptMode::Suspend, "They go on later with what they did."}};
  return modes;
}

const Schema<TresAmounts>& tres_schema() {
  static const Schema<TresAmounts> schema = [] {
    Schema<TresAmounts> s("tres", "Trackable resources.");
    s.number("gpu", &TresAmounts::gpu, bounded("gres/gpu.", "64", 0, kMost))
        .number("cpu", &TresAmounts::cpu, bounded("CPUs.", "512", 0, kMost))
        .number("mem", &TresAmounts::mem, bounded("Memory in MiB.", "1048576", 0, kMost))
        .number("node", &TresAmounts::node, bounded("Nodes.", "8", 0, kMost));
    return s;
  }();
  return schema;
}

/// The limits of a QOS or an association, as keys of its own table.
template <class T>
void add_limits(Schema<T>& s) {
  const auto of = [](auto member) {
    return [member](T & t) -> auto& {
      return t.limits.*member;
    };
  };
  using L = SlurmLimits;
  s.table("grp_tres", of(&L::grp_tres), tres_schema(), described("GrpTRES: at once, all jobs together.", ""))
      .table("grp_tres_mins", of(&L::grp_tres_mins), tres_schema(),
             described("GrpTRESMins: resource-minutes, forgotten as usage is.", ""))
      .integer("grp_jobs", of(&L::grp_jobs), bounded("GrpJobs: running at once.", "100", 0, 1e9))
      .table("max_tres_per_job", of(&L::max_tres_per_job), tres_schema(), described("MaxTRESPerJob.", ""))
      .table("max_tres_per_user", of(&L::max_tres_per_user), tres_schema(), described("MaxTRESPerUser.", ""))
      .table("max_tres_per_account", of(&L::max_tres_per_account), tres_schema(), described("MaxTRESPerAccount.", ""))
      .integer("max_jobs_per_user", of(&L::max_jobs_per_user), bounded("MaxJobsPerUser, running.", "20", 0, 1e9))
      .integer("max_jobs_per_account", of(&L::max_jobs_per_account),
               bounded("MaxJobsPerAccount, running.", "50", 0, 1e9))
      .quantity("max_wall", of(&L::max_wall), bounded("MaxWall: longest time limit of a job.", "2 days"));
}

const Schema<SlurmPartition>& partition_schema() {
  using P = SlurmPartition;
  static const Schema<P> schema = [] {
    Schema<P> s("partitions", "A partition.");
    s.text("name", &P::name, needed(described("PartitionName.", "gpu")))
        .boolean("default", &P::is_default, described("Whether jobs that name none go here.", "true"))
        .texts("nodes", &P::nodes,
               otherwise(described("Groups of the machine's nodes.", "[\"a100\"]"),
                         "those of the pool of its name, or all"))
        .integer("priority_tier", &P::priority_tier, bounded("PriorityTier: higher ones go first.", "10", 0, 65533))
        .number("priority_job_factor", &P::priority_job_factor, bounded("PriorityJobFactor.", "1000", 0, 65533))
        .choice("preempt_mode", &P::preempt_mode, preempt_modes(), described("PreemptMode.", "requeue"))
        .quantity("max_time", &P::max_time, bounded("MaxTime of jobs.", "2 days"))
        .quantity("default_time", &P::default_time, bounded("DefaultTime of jobs without a limit.", "1 h"))
        .quantity("grace_time", &P::grace_time, bounded("GraceTime between the warning and the end.", "2 min"))
        .text("qos", &P::qos, described("QOS whose limits hold for all of its jobs.", "gpu-limits"))
        .table("tres_billing_weights", &P::tres_billing_weights, tres_schema(),
               described("TRESBillingWeights: what usage counts; none: a GPU counts 1.", ""));
    return s;
  }();
  return schema;
}

const Schema<SlurmQos>& qos_schema() {
  using Q = SlurmQos;
  static const Schema<Q> schema = [] {
    Schema<Q> s("qos", "A quality of service.");
    s.text("name", &Q::name, needed(described("What jobs call it.", "high")))
        .number("priority", &Q::priority, bounded("Priority, over the highest of all.", "100", 0, 4294967295.0))
        .texts("preempt", &Q::preempt, described("QOS that its jobs may preempt.", "[\"low\"]"))
        .choice("preempt_mode", &Q::preempt_mode, preempt_modes(), described("PreemptMode.", "requeue"))
        .quantity("preempt_exempt_time", &Q::preempt_exempt_time,
                  otherwise(bounded("PreemptExemptTime: no job is preempted before.", "1 h"), "the cluster's"))
        .quantity("grace_time", &Q::grace_time, bounded("GraceTime between the warning and the end.", "2 min"))
        .number("usage_factor", &Q::usage_factor, bounded("UsageFactor on what its jobs use.", "0.5", 0, 1e6));
    add_limits(s);
    return s;
  }();
  return schema;
}

const Schema<SlurmAssociation>& association_schema() {
  using A = SlurmAssociation;
  static const Schema<A> schema = [] {
    Schema<A> s("associations", "An account, or a user in an account.");
    s.text("account", &A::account, needed(described("Its name; \"root\" is there.", "physics")))
        .text("user", &A::user, described("A user of the account.", "ada"))
        .text("parent", &A::parent, otherwise(described("Account above an account.", "science"), "root"))
        .integer("fairshare", &A::fairshare, bounded("Shares among siblings.", "4", 0, 1e9))
        .boolean("fairshare_parent", &A::fairshare_parent,
                 described("Fairshare=parent: it stands for what is above it.", "true"));
    add_limits(s);
    return s;
  }();
  return schema;
}

const Schema<SlurmReservation>& reservation_schema() {
  using R = SlurmReservation;
  static const Schema<R> schema = [] {
    Schema<R> s("reservations", "Nodes kept for some, or for nobody.");
    s.text("name", &R::name, described("ReservationName.", "maintenance"))
        .quantity("start", &R::start, bounded("StartTime since the begin of the trace.", "10 days"))
        .quantity("duration", &R::duration, bounded("Duration.", "8 h"))
        .texts("nodes", &R::nodes, otherwise(described("Groups of nodes.", "[\"a100\"]"), "all"))
        .integer("node_count", &R::node_count, bounded("NodeCnt of them, the first; 0: all.", "4", 0, 1e8))
        .texts("accounts", &R::accounts, described("Accounts that may use it.", "[\"physics\"]"))
        .texts("users", &R::users, described("Users who may.", "[\"ada\"]"));
    return s;
  }();
  return schema;
}

void add_scheduling(Schema<SlurmParameters>& s) {
  using P = SlurmParameters;
  s.choice("scheduler_type", &P::scheduler_type,
           {{"builtin", SlurmSchedulerType::Builtin, "sched/builtin: strict order of priority."},
            {"backfill", SlurmSchedulerType::Backfill, "sched/backfill: also what does not delay planned jobs."}},
           described("SchedulerType.", "backfill"))
      .quantity("bf_interval", &P::bf_interval, bounded("Between backfill passes.", "30 s", 1, 10800))
      .quantity("bf_resolution", &P::bf_resolution, bounded("Step of the plan.", "60 s", 1, 3600))
      .quantity("bf_window", &P::bf_window, bounded("How far the plan looks.", "7 days", 60, 43200 * 60.0))
      .quantity("bf_window_linear", &P::bf_window_linear,
                bounded("What each step of the precision of expected ends adds; 0: it doubles.", "0 s"))
      .integer("bf_max_job_test", &P::bf_max_job_test, bounded("Jobs looked at in a pass.", "1000", 1, 1e6))
      .integer("bf_max_job_user", &P::bf_max_job_user, bounded("Of one user; 0: any number.", "20", 0, 1e6))
      .integer("bf_max_job_part", &P::bf_max_job_part, bounded("Of one partition; 0: any number.", "100", 0, 1e6))
      .integer("bf_max_job_start", &P::bf_max_job_start, bounded("Started in a pass; 0: any number.", "10", 0, 1e4))
      .boolean("bf_continue", &P::bf_continue,
               described("Go on after releasing locks; a pass takes no time here, so nothing changes.", "true"))
      .boolean("assoc_limit_stop", &P::assoc_limit_stop,
               described("A job held back by a limit holds up its partition.", "false"))
      .quantity("cred_expire", &P::cred_expire, bounded("A requeued job waits so long.", "2 min"));
}

void add_priority(Schema<SlurmParameters>& s) {
  using P = SlurmParameters;
  const auto weight = [](std::string help) { return bounded(std::move(help), "10000", 0, 4294967295.0); };
  s.choice("priority_type", &P::priority_type,
           {{"basic", SlurmPriorityType::Basic, "First come, first served."},
            {"multifactor", SlurmPriorityType::Multifactor, "A weighted sum of factors."}},
           described("PriorityType.", "multifactor"))
      .number("priority_weight_age", &P::priority_weight_age, weight("PriorityWeightAge."))
      .number("priority_weight_fairshare", &P::priority_weight_fairshare, weight("PriorityWeightFairshare."))
      .number("priority_weight_job_size", &P::priority_weight_job_size, weight("PriorityWeightJobSize."))
      .number("priority_weight_partition", &P::priority_weight_partition, weight("PriorityWeightPartition."))
      .number("priority_weight_qos", &P::priority_weight_qos, weight("PriorityWeightQOS."))
      .table("priority_weight_tres", &P::priority_weight_tres, tres_schema(), described("PriorityWeightTRES.", ""))
      .quantity("priority_max_age", &P::priority_max_age, bounded("PriorityMaxAge: older is no better.", "7 days"))
      .quantity("priority_decay_half_life", &P::priority_decay_half_life,
                bounded("PriorityDecayHalfLife of usage; 0: nothing is forgotten.", "7 days"))
      .quantity("priority_calc_period", &P::priority_calc_period,
                bounded("PriorityCalcPeriod: priorities hold so long.", "5 min", 60))
      .quantity("priority_usage_reset_period", &P::priority_usage_reset_period,
                otherwise(bounded("PriorityUsageResetPeriod: usage is forgotten so often.", "30 days", 3600), "never"))
      .boolean("priority_favor_small", &P::priority_favor_small, described("PriorityFavorSmall.", "false"))
      .boolean("fair_tree", &P::fair_tree,
               described("Fair Tree; false: NO_FAIR_TREE in PriorityFlags, the classic factor.", "true"))
      .number("fair_share_dampening_factor", &P::fair_share_dampening_factor,
              bounded("FairShareDampeningFactor of the classic factor.", "1", 1, 65533));
}

}  // namespace

const Schema<SlurmParameters>& slurm_schema() {
  using P = SlurmParameters;
  static const Schema<P> schema = [] {
    Schema<P> s("slurm", "Slurm's configuration, under its own names.");
    add_scheduling(s);
    add_priority(s);
    s.choice("preempt_type", &P::preempt_type,
             {{"none", SlurmPreemptType::None, "Nobody."},
              {"partition_prio", SlurmPreemptType::PartitionPrio, "Jobs of partitions of higher tiers."},
              {"qos", SlurmPreemptType::Qos, "Jobs of a QOS that lists theirs."}},
             described("PreemptType: who preempts.", "partition_prio"))
        .choice("preempt_mode", &P::preempt_mode, preempt_modes(),
                described("PreemptMode, where partition or QOS say nothing.", "requeue"))
        .quantity("preempt_exempt_time", &P::preempt_exempt_time,
                  bounded("PreemptExemptTime: no job is preempted before.", "10 min"))
        .boolean("preempt_youngest_first", &P::preempt_youngest_first,
                 described("The last to start goes first.", "true"))
        .integer("preempt_reorder_count", &P::preempt_reorder_count, bounded("Attempts to preempt fewer.", "1", 0, 100))
        .list("partitions", &P::partitions, partition_schema(), described("Partitions.", ""))
        .list("qos", &P::qos, qos_schema(), described("Qualities of service.", ""))
        .list("associations", &P::associations, association_schema(), described("Accounts and users.", ""))
        .list("reservations", &P::reservations, reservation_schema(), described("Reservations.", ""));
    return s;
  }();
  return schema;
}

}  // namespace orrery
