#include <array>
#include <cmath>
#include <memory>
#include <string>

#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

/// Fields of a line of the Standard Workload Format 2.2 (Feitelson; Parallel Workloads Archive).
enum SwfField : std::size_t {
  kJobNumber,
  kSubmit,
  kWait,
  kRun,
  kProcessors,
  kCpuTime,
  kMemory,
  kProcessorsAsked,
  kTimeAsked,
  kMemoryAsked,
  kStatus,
  kUser,
  kGroup,
  kExecutable,
  kQueue,
  kPartition,
  kPreceding,
  kThinkTime,
  kFields
};

/// Takes the next words of a line; false where it does not have 18 of them.
bool split_words(std::string_view line, std::array<std::string_view, kFields>& words) {
  std::size_t n = 0;
  while (!(line = trimmed(line)).empty()) {
    if (n == kFields) return false;
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.at(n++) = line.substr(0, end);
    line.remove_prefix(end);
  }
  return n == kFields;
}

/// "; UnixStartTime: 1027839845".
void read_comment(std::string_view line, JobRows& rows) {
  line.remove_prefix(1);
  line = trimmed(line);
  constexpr std::string_view kKey = "UnixStartTime:";
  if (line.substr(0, kKey.size()) != kKey) return;
  const auto seconds = whole_number_in(trimmed(line.substr(kKey.size())));
  // Synthetic logs say 0.
  if (!seconds || *seconds <= 0 || *seconds > kLongestMillis / 1000) return;
  rows.set_epoch(*seconds * 1000);
  rows.set_zone(true);
}

/// A number that is -1 where it is not known.
double known(std::string_view word) {
  const auto value = number_in(word);
  return value && *value >= 0 ? *value : -1;
}

std::string_view name_of(std::string_view word) {
  return known(word) < 0 ? std::string_view() : word;
}

JobState state_of(std::string_view word) {
  if (word == "1") return JobState::Completed;
  if (word == "0") return JobState::Failed;
  if (word == "5") return JobState::Cancelled;
  return JobState::Unknown;
}

}  // namespace

void read_swf_trace(TraceInput& input, JobRows& rows) {
  LineReader lines(input.in);
  rows.set_clock(TraceClock::Own);
  rows.track_dependencies();
  std::array<std::string_view, kFields> words;
  while (lines.next()) {
    const std::string_view line = trimmed(lines.line());
    if (line.empty()) continue;
    if (line.front() == ';') {
      read_comment(line, rows);
      continue;
    }
    if (!rows.count_row()) return report_too_many(input);
    if (!split_words(line, words)) {
      rows.drop(TraceIssue::WrongLength, lines.number());
      continue;
    }
    // 2 to 4 are parts of a job that was checkpointed and swapped out; its summary has a line of its own.
    if (words[kStatus] == "2" || words[kStatus] == "3" || words[kStatus] == "4") {
      rows.drop(TraceIssue::JobStep, lines.number());
      continue;
    }
    if (!whole_number_in(words[kJobNumber])) {
      rows.drop(TraceIssue::NotAJob, lines.number());
      continue;
    }
    JobRow row;
    row.line = lines.number();
    row.id = words[kJobNumber];
    if (const auto submit = seconds_in(words[kSubmit])) row.submit = *submit;
    // Without a run time, the CPU time of each processor says how long it ran.
    const auto run = seconds_in(words[kRun]);
    const auto cpu = seconds_in(words[kCpuTime]);
    if (run && *run >= 0) row.run = *run;
    if (row.run == kUnsaid && cpu && *cpu >= 0) {
      row.run = *cpu;
      rows.note(TraceIssue::RunFromCpuTime, row.line);
    }
    const double used = known(words[kProcessors]), asked = known(words[kProcessorsAsked]);
    const double processors = asked > 0 ? asked : used;
    if (processors >= 0 && processors == std::floor(processors) && processors < 1e9)
      row.gpus = static_cast<std::int64_t>(processors);
    if (const double wait = known(words[kWait]); wait >= 0 && row.submit != kUnsaid && wait < 1e10)
      row.start = row.submit + static_cast<Millis>(std::floor(wait * 1000 + 0.5));
    if (const auto limit = seconds_in(words[kTimeAsked]); limit && *limit > 0) row.limit = *limit;
    row.user = name_of(words[kUser]);
    row.tenant = name_of(words[kGroup]);
    row.kind = name_of(words[kExecutable]);
    row.qos = name_of(words[kQueue]);
    row.pool = name_of(words[kPartition]);
    row.state = state_of(words[kStatus]);
    row.after = name_of(words[kPreceding]);
    rows.add(row);
  }
}

}  // namespace orrery
