#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// Formats of job traces. docs/traces.md describes each.
enum class TraceFormat {
  Auto,  ///< Guessed from the first line and the file's name.
  Csv,   ///< Our own: `write_canonical_csv`.
  Swf,   ///< Standard Workload Format of the Parallel Workloads Archive.
  Philly,
  Helios,
  Acme,
  AlibabaV2020,
  Openb,
  AlibabaV2025,
  AlibabaV2026,
  Gavel,
  Sacct,
  Squeue,
  Muri,
  Chronus,
};
/// Their names, as users type them, in the order of the enumeration.
const std::vector<std::string>& trace_format_names();
std::string_view trace_format_name(TraceFormat format);
std::optional<TraceFormat> trace_format(std::string_view name);

/// What may be wrong with a row of a trace.
enum class TraceIssue {
  // The row is left out.
  WrongLength,
  NotText,
  BadSubmit,
  NegativeSubmit,
  NoRun,
  NegativeRun,
  EndsBeforeStart,
  BadGpus,
  NegativeGpus,
  NoGpus,
  DuplicateId,
  JobStep,
  NeverStarted,
  NotAJob,
  OutOfReach,
  // The row is mended.
  ZeroRun,
  StartsBeforeSubmit,
  RunFromLimit,
  RunFromAttempts,
  RunFromCpuTime,
  RunUntilEnd,
  RunWithoutStart,
  OlderThanTrace,
  BadOptional,
  UnknownDependency,
  CircularDependency,
  OutOfOrder,
  GpuShares,
  UnevenWorkers,
  RateScaled,
  Expanded,
  // The row stays as it is.
  ExactDuplicate,
  RunDisagrees,
  UnknownState,
  StillRunning,
  NoLimit,
  SeveralTypes,
  Count,
};
enum class IssueKind { Dropped, Repaired, Noted };
IssueKind issue_kind(TraceIssue issue);
/// "ends before it starts", "no run time: taken as its time limit".
std::string_view issue_text(TraceIssue issue);

/// What a reader did with a trace: every row that it left out or mended, and why.
struct TraceReport {
  struct Count {
    long long rows = 0;
    std::vector<std::size_t> lines;  ///< Of the first few.
  };
  static constexpr std::size_t kLinesKept = 5;

  std::string source;
  TraceFormat format = TraceFormat::Auto;
  long long rows = 0;  ///< Read: without header, comments and empty lines.
  long long jobs = 0;  ///< Of the table; rows that stand for several jobs count as many.
  std::array<Count, static_cast<std::size_t>(TraceIssue::Count)> issues;
  /// What time 0 of the table is: "2017-09-04 10:30:41, local time", "5094 s of the source's clock".
  std::string zero;
  /// The same in milliseconds since 1970, where the source has a calendar: UTC, or local where it has no zone.
  std::optional<Millis> zero_epoch;
  bool zone_known = false;
  std::optional<Millis> taken;   ///< When a queue was looked at, in the table's time.
  Millis span = 0;               ///< From the first submission to the last.
  Millis longest_gap = 0;        ///< Between two submissions.
  Millis longest_gap_begin = 0;  ///< In the table's time.
  Millis largest_step_back = 0;  ///< From a row to the next one, in the order of the file.
  std::vector<std::string> notes;

  const Count& count(TraceIssue issue) const { return issues.at(static_cast<std::size_t>(issue)); }
  void add(TraceIssue issue, std::size_t line);
  /// Rows that were left out.
  long long dropped() const;
};

}  // namespace orrery
