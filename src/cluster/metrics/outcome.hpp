#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/metrics/distribution.hpp"

namespace orrery {

/// Run time below which a job's slowdown is reckoned against this (Feitelson et al., JSSPP 1997): very short jobs would
/// otherwise make up the mean.
inline constexpr Millis kSlowdownBound = 10 * kMinute;

struct OutcomeOptions {
  /// Jobs submitted in [from, until) count: others only load the machine (warm-up, and an end that is cut off).
  Millis from = 0, until = kNever;
  Millis horizon = kNever;  ///< Of the replay, as in `EngineOptions`: censored times reach to it.
  /// Until when the use of the machine is measured, by `measure_replay`: the last submission, say, since what comes
  /// then is a machine that runs empty.
  Millis use_until = kNever;
  Millis starved_after = kDay;  ///< Who waits longer is starved.
};

/// Wait: from submission to the first start. Turnaround (JCT): from submission to the end. Both in seconds. Bounded
/// slowdown: turnaround over the run time or `kSlowdownBound`, whichever is longer, and at least 1.
struct JobGroup {
  std::string name;
  std::int64_t jobs = 0, started = 0, finished = 0;
  std::int64_t starved = 0;
  std::int64_t stopped = 0, stops = 0;  ///< Jobs that were stopped before their end; how often in all.
  double gpu_hours = 0;                 ///< That the jobs ask for: GPUs times run time.
  double stretch = 0;                   ///< Turnaround over run time, of the sums over jobs that finished; 0: none did.
  Distribution wait, turnaround, slowdown;
};

/// How jobs are put into groups, and what these are called.
struct Grouping {
  std::vector<std::string> names;
  std::function<std::int32_t(JobId)> of;  ///< Number of the group of a job; -1: of none.
};
Grouping all_jobs();
Grouping by_tenant(const JobTable& jobs);
Grouping by_size(const JobTable& jobs);
/// By QOS where the jobs have one, otherwise by priority, the highest first, unless these are too many to be classes.
Grouping by_priority(const JobTable& jobs);
Grouping by_pool(const JobTable& jobs);
/// By time of submission, in stretches of `length` from `from` on: weeks. The last one may be shorter.
Grouping by_block(const JobTable& jobs, Millis from, Millis until, Millis length);

/// Classes of GPUs of a job.
inline constexpr std::array<const char*, 7> kSizeClasses = {"no GPU", "1", "2-4", "5-8", "9-32", "33-128", "129+"};
std::size_t size_class(std::int32_t gpus);

/// When a replay ended for jobs that had not: its horizon, or its last event.
Millis censoring_time(const JobSchedule& schedule, Millis horizon);
Censored wait_of(const JobTable& jobs, const JobSchedule& schedule, JobId job, Millis censoring);
Censored turnaround_of(const JobTable& jobs, const JobSchedule& schedule, JobId job, Millis censoring);
Censored slowdown_of(const JobTable& jobs, const JobSchedule& schedule, JobId job, Millis censoring);

/// What became of the jobs of each group; groups of no job stay in.
std::vector<JobGroup> outcome_by(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                                 const OutcomeOptions& options, const Grouping& grouping);

/// Share of the jobs that count which are known to have started within each of some waits. The curve ends below 1 where
/// jobs never started.
struct WaitCurve {
  std::vector<double> waits;  ///< Seconds, from 1 s to a year, evenly on a logarithmic scale.
  std::vector<double> shares;
};
WaitCurve wait_curve(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                     const OutcomeOptions& options);

struct Outcome {
  JobGroup all;
  std::vector<JobGroup> tenants, sizes, priorities, pools;  ///< Without groups of no job; empty where jobs have none.
  double makespan = 0;          ///< Seconds from the first submission to the last end, of jobs that count.
  double gpu_hours_lost = 0;    ///< Work done again and restarts, of all jobs of the replay.
  std::int64_t failures = 0;    ///< Stops of jobs by failures of the machine, of all jobs of the replay,
  double gpu_hours_failed = 0;  ///< what they cost, as part of what is lost,
  std::int64_t given_up = 0;    ///< and the jobs that ended undone because they failed too often.
  std::int64_t left_out = 0;    ///< Jobs outside [from, until).
  WaitCurve waits;
  OutcomeOptions options;
};
Outcome outcome_of(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                   const OutcomeOptions& options = {});

}  // namespace orrery
