// Any bytes as a job trace: the first says the format, the rest is the file. It is read or refused; what is read is
// sound, all rows are accounted for, and it comes back from the canonical CSV as it was.
#include "import/job_trace/job_trace.hpp"

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "import/job_trace/canonical_trace.hpp"

namespace {

using namespace orrery;

void require(bool good) {
  if (!good) std::abort();
}

template <class T>
void check_column(const std::vector<T>& column, std::size_t rows) {
  require(column.empty() || column.size() == rows);
}

void check_names(const std::vector<std::int32_t>& column, const Names& names, std::size_t rows) {
  check_column(column, rows);
  for (const std::int32_t number : column) require(number >= -1 && number < names.size());
}

void check_table(const JobTable& t) {
  const std::size_t n = t.size();
  require(t.run.size() == n && t.gpus.size() == n);
  check_names(t.tenant, t.tenants, n);
  check_names(t.user, t.users, n);
  check_names(t.pool, t.pools, n);
  check_names(t.qos, t.qos_names, n);
  check_names(t.gpu_type, t.gpu_types, n);
  check_names(t.kind, t.kinds, n);
  check_column(t.id, n);
  check_column(t.limit, n);
  check_column(t.deadline, n);
  check_column(t.state, n);
  check_column(t.preemptible, n);
  check_column(t.min_gpus, n);
  check_column(t.recorded_start, n);
  for (std::size_t i = 0; i < n; ++i) {
    require(t.submit[i] >= 0 && t.submit[i] < kNever / 2 && t.run[i] >= 1 && t.gpus[i] >= 0);
    if (i > 0) require(t.submit[i] >= t.submit[i - 1]);
    if (!t.recorded_start.empty()) require(t.recorded_start[i] == -1 || t.recorded_start[i] >= t.submit[i]);
    if (!t.limit.empty()) require(t.limit[i] > 0);
    if (!t.min_gpus.empty()) require(t.min_gpus[i] >= 0 && t.min_gpus[i] <= t.gpus[i]);
    if (!t.after.empty()) require(t.after[i] >= -1 && t.after[i] < static_cast<JobId>(n));
  }
}

/// Gavel's steps need rates, which come from a file.
const std::string& rates_file() {
  static const std::string path = [] {
    std::string name = (std::filesystem::temp_directory_path() / ("orrery-fuzz-" + std::to_string(getpid()))).string();
    std::ofstream(name)
        << R"x({"v100": {"('A (batch size 1)', 1)": {"null": 2.5}, "('A (batch size 1)', 4)": {"null": 8.0}}})x";
    return name;
  }();
  return path;
}

std::string written(const JobTable& jobs) {
  std::ostringstream out;
  write_canonical_csv(jobs, out);
  return out.str();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t formats = trace_format_names().size();
  // 'a' is the first format, so that corpus files can be read.
  const auto format = static_cast<TraceFormat>((data[0] + formats - 'a' % formats) % formats);
  std::istringstream in(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  Diagnostics diagnostics;
  JobTraceOptions options;
  options.most_rows = 10'000;  // Arrays of a queue count, too: a short line can stand for many jobs.
  options.gavel_rates = rates_file();
  const JobTrace trace = read_job_trace(in, "fuzz", format, options, diagnostics);
  render_text(diagnostics.all(), true);
  require(trace.jobs.empty() == diagnostics.has_errors());
  if (trace.jobs.empty()) return 0;
  check_table(trace.jobs);
  // An array that waits is one row and many jobs.
  const long long jobs = static_cast<long long>(trace.jobs.size());
  if (trace.report.count(TraceIssue::Expanded).rows == 0) require(jobs + trace.report.dropped() == trace.report.rows);

  const std::string text = written(trace.jobs);
  std::istringstream again_in(text);
  Diagnostics again_diagnostics;
  const JobTrace again = read_job_trace(again_in, "again", TraceFormat::Csv, {}, again_diagnostics);
  require(!again_diagnostics.has_errors() && written(again.jobs) == text);
  return 0;
}
