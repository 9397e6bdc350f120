#include "import/job_trace/job_trace.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/unpacking_stream.hpp"
#include "import/job_trace/job_rows.hpp"
#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

bool begins_json(std::string_view begin) {
  const auto first = begin.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && (begin[first] == '[' || begin[first] == '{');
}

void read_rows(TraceFormat format, TraceInput& input, JobRows& rows) {
  const std::string_view begin = input.in.peek_text();
  switch (format) {
    case TraceFormat::Csv:
      return read_canonical_trace(input, rows);
    case TraceFormat::Swf:
      return read_swf_trace(input, rows);
    case TraceFormat::Philly:
      return begins_json(begin) ? read_philly_json(input, rows) : read_philly_csv(input, rows);
    case TraceFormat::Helios:
      return read_helios_trace(input, rows);
    case TraceFormat::Acme:
      return read_acme_trace(input, rows);
    case TraceFormat::AlibabaV2020:
      return read_alibaba_v2020(input, rows);
    case TraceFormat::Openb:
      return read_openb_trace(input, rows);
    case TraceFormat::AlibabaV2025:
      return read_alibaba_v2025(input, rows);
    case TraceFormat::AlibabaV2026:
      return read_alibaba_v2026(input, rows);
    case TraceFormat::Gavel:
      return read_gavel_trace(input, rows, begin.substr(0, begin.find('\n')).find('\t') != std::string_view::npos);
    case TraceFormat::Sacct:
      return begins_json(begin) ? read_sacct_json(input, rows) : read_sacct_text(input, rows);
    case TraceFormat::Squeue:
      return read_squeue_text(input, rows);
    case TraceFormat::Muri:
      return read_muri_trace(input, rows);
    case TraceFormat::Chronus:
      return read_chronus_trace(input, rows);
    case TraceFormat::Auto:
      break;
  }
  input.diagnostics.error(
      fmt::format("`{}` begins like no trace that is known", input.name), {},
      fmt::format("say its format: {}", fmt::join(trace_format_names().begin() + 1, trace_format_names().end(), ", ")));
}

/// The reason that counts most rows.
std::string commonest_drop(const TraceReport& report) {
  TraceIssue most = TraceIssue::Count;
  for (std::size_t i = 0; i < report.issues.size(); ++i) {
    const auto issue = static_cast<TraceIssue>(i);
    if (issue_kind(issue) != IssueKind::Dropped || report.issues.at(i).rows == 0) continue;
    if (most == TraceIssue::Count || report.issues.at(i).rows > report.count(most).rows) most = issue;
  }
  if (most == TraceIssue::Count) return "";
  return fmt::format("{} of {} rows: {}", report.count(most).rows, report.rows, issue_text(most));
}

}  // namespace

JobTrace read_job_trace(std::istream& in, const std::string& name, TraceFormat format, const JobTraceOptions& options,
                        Diagnostics& diagnostics) {
  JobTrace trace;
  UnpackingStream unpacked(in);
  Diagnostics found;
  if (format == TraceFormat::Auto) format = guess_format(unpacked.peek_text(), name);
  trace.report.source = name;
  trace.report.format = format;
  JobRows rows(options, trace.report);
  TraceInput input{unpacked, name, options, found};
  if (unpacked.problem().empty()) read_rows(format, input, rows);
  if (!unpacked.problem().empty())
    found.error(fmt::format("`{}` cannot be unpacked: {}", name, unpacked.problem()), {},
                fmt::format("{} rows were read before", trace.report.rows));
  if (!found.has_errors() && rows.size() == 0)
    found.error(fmt::format("`{}` holds no job", name), {}, commonest_drop(trace.report));
  for (const Diagnostic& d : found.all()) {
    if (d.severity == Severity::Error) diagnostics.error(d.message, d.span, d.hint);
  }
  if (found.has_errors()) return trace;
  const char last = unpacked.last();
  if (last != '\n' && last != '\0' && last != ']' && last != '}')
    trace.report.notes.emplace_back("the last line has no line end: the file may be cut off");
  trace.jobs = rows.finish();
  return trace;
}

JobTrace read_job_trace(const std::string& path, TraceFormat format, const JobTraceOptions& options,
                        Diagnostics& diagnostics) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  if (S_ISDIR(info.st_mode)) throw InputError(fmt::format("cannot read `{}`: it is a directory", path));
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  return read_job_trace(in, path, format, options, diagnostics);
}

}  // namespace orrery
