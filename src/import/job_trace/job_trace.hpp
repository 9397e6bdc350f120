#pragma once

#include <istream>
#include <optional>
#include <string>

#include "base/diagnostic.hpp"
#include "cluster/job_table.hpp"
#include "import/job_trace/trace_report.hpp"

namespace orrery {

/// What a reader of job traces is told besides the file.
struct JobTraceOptions {
  /// Whether jobs without GPUs stay; not said: only in openb, whose pods share nodes with them.
  std::optional<bool> keep_cpu_jobs;
  bool keep_duplicates = true;  ///< Rows that are exactly like an earlier one and have no id. They are counted anyway.
  bool keep_ids = true;         ///< 32 bytes a job.
  long long most_rows = 100'000'000;  ///< A longer trace is refused.
  /// Gavel traces say steps: Gavel's table of steps per second (simulation_throughputs.json, perhaps packed), and the
  /// GPU type of it that run times are on.
  std::string gavel_rates;
  std::string gavel_gpu_type = "v100";
};

struct JobTrace {
  JobTable jobs;
  TraceReport report;
};

/// The jobs of a trace, sorted by submission, the first at 0 (the canonical CSV keeps its own zero), and what was done
/// to get them. Each row of the source is a job, or is dropped or repaired with a reason in the report; nothing is
/// silent.
///
/// gzip and xz files are unpacked on the way. Memory is that of the table, and 20 bytes a job while reading where jobs
/// have ids, whatever the length of the text. A source that is refused (an unknown format, a needed column that is not
/// there, a broken file, no job at all, more rows than `most_rows`) leaves errors in `diagnostics`, and the table
/// empty. Throws `InputError` where the file cannot be opened.
JobTrace read_job_trace(const std::string& path, TraceFormat format, const JobTraceOptions& options,
                        Diagnostics& diagnostics);
/// The same from a stream; `name` is what messages call it.
JobTrace read_job_trace(std::istream& in, const std::string& name, TraceFormat format, const JobTraceOptions& options,
                        Diagnostics& diagnostics);

}  // namespace orrery
