#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster/effects/elastic_scheduler.hpp"
#include "cluster/effects/gavel_scheduler.hpp"
#include "cluster/effects/rate_table.hpp"
#include "cluster/engine.hpp"
#include "cluster/failures.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/grants/grant_parameters.hpp"
#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "cluster/queue_scheduler.hpp"
#include "cluster/quota/kai.hpp"
#include "cluster/quota/kueue.hpp"
#include "cluster/quota/volcano.hpp"
#include "cluster/sharing/sharing_rule.hpp"
#include "cluster/slurm/parameters.hpp"

namespace orrery {

/// Who starts next.
enum class PolicyKind {
  Fifo,               ///< First come, first served; all wait behind the first.
  Skip,               ///< First come, first served, but whoever fits may start: best-effort FIFO.
  Easy,               ///< The same, where that does not delay the first by time limits: EASY backfill.
  FairShare,          ///< EASY backfill in the order of Slurm's multifactor priority of age and fair share.
  ShortestFirst,      ///< Shortest run time first, which is known.
  ShortestEstimate,   ///< Shortest estimate first.
  ShortestLimit,      ///< Shortest time limit first.
  SmallestFirst,      ///< Fewest GPUs first.
  ShortestRemaining,  ///< Preemptive, and the time that is left is known.
  LeastAttained,      ///< Preemptive, who had the least GPU-time goes first: Tiresias.
  Priority,           ///< Preemptive, larger priority first.
  Slurm,              ///< Slurm, by its own parameters.
  Kueue,              ///< Kueue, by its objects.
  Kai,                ///< The KAI scheduler, by its queues.
  Volcano,            ///< Volcano, by its queues.
  Grants,             ///< Blocks of GPUs or GPU-hours that are granted to tenants.
  Gavel,              ///< Max-min over GPU types, in rounds.
  Elastic,            ///< Jobs grow and shrink by their goodput, as Pollux.
};

/// A policy as an operator names it, with its parameters.
struct ClusterPolicy {
  std::string name = "fifo";
  PolicyKind kind = PolicyKind::Fifo;
  NodeChoice choice = NodeChoice::BestFit;
  TopologyRule topology = TopologyRule::Ignore;
  SharingRule sharing = SharingRule::BestFit;  ///< Where jobs share GPUs, or CPUs and memory count.
  double estimate_error = 0.5;  ///< Of `ShortestEstimate`: standard deviation of the logarithm of estimate over truth.
  std::vector<Millis> thresholds = {kHour, 10 * kHour};  ///< Of `LeastAttained`, GPU-time.
  StopCost stop_cost;                                    ///< Of preemption.
  SlurmParameters slurm;
  KueueSpec kueue;
  KaiSpec kai;
  VolcanoSpec volcano;
  GrantParameters grants;
  GavelOptions gavel;
  ElasticOptions elastic;
};

/// What a scheduler knows of a job whose trace has no time limit.
enum class MissingLimit {
  Run,      ///< Its run time: users are taken to know it.
  Unknown,  ///< Nothing: while such a job runs and the first one waits for its GPUs, nobody is backfilled.
};

/// Tenants share a machine: everything that a replay takes, besides the policy.
struct ClusterSpec {
  std::shared_ptr<const JobTable> jobs;
  SharedMachine machine;
  bool kill_at_limit = false;
  /// Time limits that were not stated by users, but filled in from run times times this; 0: they were stated.
  double filled_limits = 0;
  Millis horizon = kNever;
  /// Speeds of kinds of jobs by GPU type, level spanned and GPUs; none: a job is as fast wherever it runs.
  std::shared_ptr<const RateTable> rates;
  std::shared_ptr<const ClusterFailures> failures;  ///< None: the machine never fails.
  std::uint64_t seed = 0;
};

/// Gives jobs without a time limit one: their run time times `factor`.
void fill_limits(JobTable& jobs, MissingLimit missing, double factor = 1.0);

}  // namespace orrery
