#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"

namespace orrery {

/// Quantiles of a sample, linear between order statistics; all 0 of an empty one.
struct SampleSummary {
  long long count = 0;
  double mean = 0, median = 0, p90 = 0, p99 = 0, max = 0;
};

/// Why a job can never start on a machine, the first that holds.
enum class ImpossibleReason : std::uint8_t {
  NoNodes,            ///< No node of its pool, or of its GPU type there.
  LargerThanMachine,  ///< More GPUs than there are.
  LargerThanPool,     ///< More than its pool has.
  LargerThanType,     ///< More than its pool has of its type.
  NoGroup,            ///< No group of equal nodes holds it: a worker is larger than a node, or nodes differ.
};
inline constexpr std::size_t kImpossibleReasons = 5;
std::string_view impossible_reason_text(ImpossibleReason reason);

struct ImpossibleJobs {
  ImpossibleReason reason = ImpossibleReason::NoNodes;
  long long jobs = 0;
  double gpu_hours = 0;
  JobId first = kNoJob;  ///< The first of them.
};

/// A part of the machine, and the work that wants it.
struct OfferedLoad {
  std::string name;    ///< Of the pool or GPU type; empty: jobs that name none, nodes that are everybody's.
  long long gpus = 0;  ///< Capacity; 0: there is no such part.
  long long jobs = 0;
  double gpu_hours = 0;
  double load = 0;  ///< GPU-hours over capacity x span; infinite where there is no capacity.
};

/// What the recorded starts say of a part of the machine: a trace that ran more than there was contradicts the machine.
struct RecordedUse {
  std::string name;      ///< Of the pool; empty: the whole machine.
  long long gpus = 0;    ///< Capacity.
  double most_gpus = 0;  ///< That ran at one time.
  Millis most_at = 0;    ///< When it first did.
  Millis above = 0;      ///< Time for which more ran than there are.
  double mean_gpus = 0;  ///< From the first submission to the last.
};

/// Jobs of from .. to GPUs.
struct SizeClass {
  int from = 0, to = 0;
  long long jobs = 0;
  double gpu_hours = 0;
  SampleSummary run_s, wait_s;  ///< Waits: of jobs whose start is recorded.
};

/// A trace against the machine that it is to be replayed on, before anything is replayed.
struct TraceAudit {
  long long jobs = 0, cpu_jobs = 0;  ///< All of them; those without GPUs.
  double gpu_hours = 0;
  Millis span = 0;  ///< From the first submission to the last: what loads are over.
  Millis end = 0;   ///< Of the last job, if each started when it was submitted or, where known, when it did.
  OfferedLoad whole;
  std::vector<OfferedLoad> pools, types;  ///< By GPU-hours, largest first.

  std::vector<ImpossibleJobs> impossible;       ///< Reasons that hold for a job.
  long long without_limit = 0, over_limit = 0;  ///< Over: ran longer than their limit.
  SampleSummary limit_over_run;                 ///< Of jobs with a limit.

  // Censoring: what a trace cannot know of its edges.
  long long at_begin = 0;                           ///< Submitted at its very begin: already there, perhaps.
  long long running_at_end = 0, never_started = 0;  ///< Of the record; never: in a trace that records starts.
  double running_gpu_hours = 0;                     ///< Of those that were running: at least so many.

  SampleSummary gpus, run_s, wait_s;
  std::vector<SizeClass> sizes;       ///< 0, 1, 2, 3-4, 5-8, 9-16, ... GPUs, without empty ones.
  std::vector<RecordedUse> recorded;  ///< Whole machine first, then pools with nodes of their own; empty: no starts.
};

/// Shares of a GPU count as shares, jobs that are impossible count in loads. Sorts the recorded starts; otherwise one
/// pass.
TraceAudit audit_trace(const JobTable& jobs, const SharedMachine& machine);

SampleSummary summarised(std::vector<double> sample);

}  // namespace orrery
