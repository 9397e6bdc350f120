#include <memory>
#include <string>

#include "import/job_trace/json_elements.hpp"
#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

Millis date_of(const Value* value) {
  const std::string* text = value == nullptr ? nullptr : value->string();
  if (text == nullptr) return kUnsaid;
  const auto date = date_time_in(*text);
  return date ? date->epoch : kUnsaid;
}

std::string_view text_of(const Value& job, std::string_view key) {
  const Value* value = job.find(key);
  const std::string* text = value == nullptr ? nullptr : value->string();
  return text == nullptr || says_nothing(*text) ? std::string_view() : std::string_view(*text);
}

std::int64_t gpus_of(const Value& attempt) {
  const Value* detail = attempt.find("detail");
  if (detail == nullptr || detail->array() == nullptr) return 0;
  std::int64_t gpus = 0;
  for (const Value& node : *detail->array()) {
    const Value* list = node.find("gpus");
    if (list != nullptr && list->array() != nullptr) gpus += static_cast<std::int64_t>(list->array()->size());
  }
  return gpus;
}

/// One job of cluster_job_log: it starts with its first attempt and runs for the sum of its attempts, whose GPUs are
/// those of the last one.
void add_job(const Value& job, std::size_t line, JobRows& rows) {
  const Value* attempts = job.find("attempts");
  if (attempts == nullptr || attempts->array() == nullptr || job.find("submitted_time") == nullptr)
    return rows.drop(TraceIssue::NotAJob, line);
  if (attempts->array()->empty()) return rows.drop(TraceIssue::NeverStarted, line);
  JobRow row;
  row.line = line;
  row.submit = date_of(job.find("submitted_time"));
  row.id = text_of(job, "jobid");
  row.user = text_of(job, "user");
  row.pool = text_of(job, "vc");
  row.state = job_state_in(text_of(job, "status"));
  if (row.state == JobState::Unknown) rows.note(TraceIssue::UnknownState, line);
  Millis run = 0;
  std::size_t whole = 0;
  for (const Value& attempt : *attempts->array()) {
    const Millis start = date_of(attempt.find("start_time")), end = date_of(attempt.find("end_time"));
    if (start == kUnsaid) continue;
    if (row.start == kUnsaid) row.start = start;
    const std::int64_t gpus = gpus_of(attempt);
    row.gpus = gpus > 0 ? gpus : row.gpus;
    if (end == kUnsaid) continue;
    if (end < start) return rows.drop(TraceIssue::EndsBeforeStart, line);
    ++whole;
    run += end - start;
  }
  if (whole > 0) row.run = run;
  // A last attempt without an end was running when the record was taken.
  const Value& last = attempts->array()->back();
  if (date_of(last.find("start_time")) != kUnsaid && date_of(last.find("end_time")) == kUnsaid) {
    row.run = kUnsaid;
    row.runs_until_end = true;
    row.state = JobState::Running;
  } else if (whole > 1) {
    rows.note(TraceIssue::RunFromAttempts, line);
  }
  rows.add(row);
}

}  // namespace

void read_philly_json(TraceInput& input, JobRows& rows) {
  rows.set_clock(TraceClock::Calendar);
  for_each_element(input, rows, "", [&](const Value& job, std::size_t line) { add_job(job, line, rows); });
}

void read_philly_csv(TraceInput& input, JobRows& rows) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int submit = columns.need({"timestamp"}), run = columns.need({"duration"}), gpus = columns.need({"num_gpus"});
  const int pool = columns.find({"cluster", "vc"});
  columns.find({"gpu_time"});  // duration x num_gpus
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Calendar);
  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.submit = fields.date(submit, Fields::Need::Needed);
    row.run = fields.seconds(run, Fields::Need::Needed);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    row.pool = fields.text(pool);
    rows.add(row);
  });
  rows.set_zone(fields.saw_zone());
}

}  // namespace orrery
