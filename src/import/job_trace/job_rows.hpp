#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "import/job_trace/job_trace.hpp"
#include "import/job_trace/trace_text.hpp"

namespace orrery {

/// One job as a reader found it; times on the source's own clock. `kUnsaid` where it says nothing.
struct JobRow {
  std::size_t line = 0;
  Millis submit = kUnsaid, start = kUnsaid, end = kUnsaid;
  Millis run = kUnsaid;         ///< `kUnsaid`: end - start.
  bool runs_until_end = false;  ///< Of the trace: it has no end.
  Millis limit = kUnsaid, deadline = kUnsaid;
  std::int64_t gpus = kUnsaid;
  std::int64_t gpu_milli = 1000, workers = 0, min_gpus = kUnsaid, cpu_milli = 0, memory_mib = 0, priority = 0;
  bool preemptible = false;
  JobState state = JobState::Unknown;
  std::string_view id, tenant, user, pool, qos, gpu_type, kind;
  std::string_view after;  ///< Id of the job that must end first; without ids the row's number.
};

/// What the times of a trace are counted from.
enum class TraceClock {
  Own,       ///< Seconds from some zero of the source's; the first submission becomes 0.
  Begin,     ///< Seconds from the begin of the trace; they stay.
  Unix,      ///< Since 1970 in UTC.
  Calendar,  ///< Dates: local, unless they name their zone.
};

/// Collects jobs into a table: checks each, keeps the books, sorts at the end.
class JobRows {
 public:
  JobRows(const JobTraceOptions& options, TraceReport& report);

  void set_clock(TraceClock clock) { clock_ = clock; }
  /// Milliseconds since 1970 of the source's own zero, where it says that.
  void set_epoch(Millis epoch) { epoch_ = epoch; }
  /// When a queue was looked at, at the earliest; the latest of them counts.
  void set_taken(Millis time) { taken_ = std::max(taken_, time); }
  void set_zone(bool known) { zone_known_ = known; }
  void keep_cpu_jobs(bool keep) { keep_cpu_jobs_ = keep; }
  /// Rows may name rows that they depend on.
  void track_dependencies() { tracks_ = true; }
  /// Counts a row of the source; false when it is one too many.
  bool count_row();
  void drop(TraceIssue issue, std::size_t line) { report_.add(issue, line); }
  void note(TraceIssue issue, std::size_t line) { report_.add(issue, line); }
  TraceReport& report() { return report_; }

  /// Takes a job, or drops it and says why.
  void add(const JobRow& row);
  std::size_t size() const { return jobs_.size(); }
  /// The table so far: for a reader that wants a column whatever stands in it.
  JobTable& table() { return jobs_; }

  /// The table, sorted and counted from its zero; the report is complete then.
  JobTable finish();

 private:
  /// Hashes of ids, in open addressing.
  class IdSet {
   public:
    /// False where it is there already.
    bool insert(std::uint64_t hash);

   private:
    void grow();
    std::vector<std::uint64_t> slots_;
    std::size_t used_ = 0;
  };

  bool check_row(const JobRow& row, Millis& start, Millis& run);
  bool check_gpus(const JobRow& row);
  void put(const JobRow& row, Millis start, Millis run);
  void resolve_dependencies();
  void cut_circles();
  void resolve_open_ends();
  void find_duplicates();
  void set_zero();
  void measure_gaps();

  const JobTraceOptions& options_;
  TraceReport& report_;
  JobTable jobs_;
  TraceClock clock_ = TraceClock::Own;
  std::optional<Millis> epoch_;
  bool zone_known_ = false, keep_cpu_jobs_ = false, tracks_ = false, has_ids_ = false;
  IdSet ids_;
  std::vector<std::uint64_t> keys_;  ///< Hash of each job's id, while dependencies are tracked.
  struct Dependency {
    JobId job = kNoJob;
    std::uint64_t key = 0;
    std::size_t line = 0;
  };
  std::vector<Dependency> dependencies_;
  std::vector<JobId> open_;     ///< Jobs without an end.
  Millis last_time_ = kUnsaid;  ///< Largest time of the source.
  Millis taken_ = kUnsaid;
  Millis before_ = kUnsaid;  ///< Submission of the row above.
};

}  // namespace orrery
