#include "import/job_trace/trace_report.hpp"

#include <algorithm>

namespace orrery {
namespace {

struct IssueInfo {
  IssueKind kind = IssueKind::Noted;
  std::string_view text;
};

IssueInfo info_of(TraceIssue issue) {
  using enum IssueKind;
  switch (issue) {
    case TraceIssue::WrongLength:
      return {Dropped, "more or fewer fields than the header"};
    case TraceIssue::NotText:
      return {Dropped, "not UTF-8 text"};
    case TraceIssue::BadSubmit:
      return {Dropped, "no readable time of submission"};
    case TraceIssue::NegativeSubmit:
      return {Dropped, "submitted before the begin of the trace"};
    case TraceIssue::NoRun:
      return {Dropped, "no readable run time, and no start and end"};
    case TraceIssue::NegativeRun:
      return {Dropped, "negative run time"};
    case TraceIssue::EndsBeforeStart:
      return {Dropped, "ends before it starts"};
    case TraceIssue::BadGpus:
      return {Dropped, "no readable number of GPUs"};
    case TraceIssue::NegativeGpus:
      return {Dropped, "negative number of GPUs"};
    case TraceIssue::NoGpus:
      return {Dropped, "asks for no GPU"};
    case TraceIssue::DuplicateId:
      return {Dropped, "the id of an earlier row"};
    case TraceIssue::JobStep:
      return {Dropped, "a step of a job, which has a row of its own"};
    case TraceIssue::NeverStarted:
      return {Dropped, "never started"};
    case TraceIssue::NotAJob:
      return {Dropped, "not a job of this format"};
    case TraceIssue::OutOfReach:
      return {Dropped, "a time, number or name beyond reason"};
    case TraceIssue::ZeroRun:
      return {Repaired, "a run time of zero: taken as 1 ms"};
    case TraceIssue::StartsBeforeSubmit:
      return {Repaired, "starts before it was submitted: start moved to the submission"};
    case TraceIssue::RunFromLimit:
      return {Repaired, "not over yet: run time taken as its time limit"};
    case TraceIssue::RunFromAttempts:
      return {Repaired, "several attempts: run time is their sum"};
    case TraceIssue::RunFromCpuTime:
      return {Repaired, "no run time: taken as the CPU time of a processor"};
    case TraceIssue::RunUntilEnd:
      return {Repaired, "no end: runs until the end of the trace"};
    case TraceIssue::RunWithoutStart:
      return {Repaired, "never started: run time taken from creation to deletion"};
    case TraceIssue::OlderThanTrace:
      return {Repaired, "older than the trace: submission set to its begin"};
    case TraceIssue::BadOptional:
      return {Repaired, "an unreadable field that is not needed: left out"};
    case TraceIssue::UnknownDependency:
      return {Repaired, "depends on a job that is not in the trace: dependency left out"};
    case TraceIssue::CircularDependency:
      return {Repaired, "depends on itself in a circle: dependency left out"};
    case TraceIssue::OutOfOrder:
      return {Repaired, "submitted before the row above: sorted"};
    case TraceIssue::GpuShares:
      return {Repaired, "shares of more than one GPU: rounded up to whole ones"};
    case TraceIssue::UnevenWorkers:
      return {Repaired, "its GPUs do not divide among its workers: packed instead"};
    case TraceIssue::RateScaled:
      return {Repaired, "no rate for its number of GPUs: scaled from the nearest smaller one"};
    case TraceIssue::Expanded:
      return {Repaired, "an array that waits: made into its jobs"};
    case TraceIssue::ExactDuplicate:
      return {Noted, "exactly like an earlier row"};
    case TraceIssue::RunDisagrees:
      return {Noted, "stated run time differs from end - start by more than 1 s: end - start holds"};
    case TraceIssue::UnknownState:
      return {Noted, "an unknown state"};
    case TraceIssue::StillRunning:
      return {Noted, "was running when the record ended"};
    case TraceIssue::NoLimit:
      return {Noted, "no time limit"};
    case TraceIssue::SeveralTypes:
      return {Noted, "names several GPU types"};
    case TraceIssue::Count:
      break;
  }
  return {};
}

}  // namespace

const std::vector<std::string>& trace_format_names() {
  static const std::vector<std::string> names = {"auto",  "csv",           "swf",    "philly",        "helios",
                                                 "acme",  "alibaba-v2020", "openb",  "alibaba-v2025", "alibaba-v2026",
                                                 "gavel", "sacct",         "squeue", "muri",          "chronus"};
  return names;
}

std::string_view trace_format_name(TraceFormat format) {
  return trace_format_names().at(static_cast<std::size_t>(format));
}

std::optional<TraceFormat> trace_format(std::string_view name) {
  const auto& names = trace_format_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<TraceFormat>(found - names.begin());
}

IssueKind issue_kind(TraceIssue issue) {
  return info_of(issue).kind;
}

std::string_view issue_text(TraceIssue issue) {
  return info_of(issue).text;
}

void TraceReport::add(TraceIssue issue, std::size_t line) {
  Count& count = issues.at(static_cast<std::size_t>(issue));
  ++count.rows;
  if (count.lines.size() < kLinesKept) count.lines.push_back(line);
}

long long TraceReport::dropped() const {
  long long sum = 0;
  for (std::size_t i = 0; i < issues.size(); ++i) {
    if (issue_kind(static_cast<TraceIssue>(i)) == IssueKind::Dropped) sum += issues.at(i).rows;
  }
  return sum;
}

}  // namespace orrery
