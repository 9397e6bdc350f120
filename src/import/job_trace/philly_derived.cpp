#include "import/job_trace/trace_readers.hpp"

namespace orrery {

void read_muri_trace(TraceInput& input, JobRows& rows) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int id = columns.need({"job_id"}), gpus = columns.need({"num_gpu"}), submit = columns.need({"submit_time"});
  const int run = columns.need({"duration"}), kind = columns.find({"model_name"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Own);
  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(id);
    row.kind = fields.text(kind);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    // Already milliseconds.
    row.submit = fields.whole(submit, Fields::Need::Needed);
    row.run = fields.whole(run, Fields::Need::Needed);
    rows.add(row);
  });
}

void read_chronus_trace(TraceInput& input, JobRows& rows) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int id = columns.need({"job_id"}), gpus = columns.need({"num_gpu"}), submit = columns.need({"submit_time"});
  const int run = columns.need({"duration"}), kind = columns.find({"model_name"}), user = columns.find({"user"});
  const int best_effort = columns.find({"best_effort"}), deadline = columns.find({"expect_time_list"});
  const int qos = columns.find({"job_type"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.report().notes.emplace_back("times are in the trace's own scaled unit, of which one counts as a minute");
  rows.set_clock(TraceClock::Own);
  Fields fields(*source, rows);
  const auto minutes = [&](int column, Fields::Need need) {
    const Millis time = fields.seconds(column, need);
    return time == kUnsaid ? kUnsaid : 60 * time;
  };
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(id);
    row.kind = fields.text(kind);
    row.tenant = fields.text(user);  // Its users are named after virtual clusters.
    row.qos = fields.text(qos);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    row.submit = minutes(submit, Fields::Need::Needed);
    row.run = minutes(run, Fields::Need::Needed);
    const bool has_deadline = fields.within(best_effort, 0, 1, 0) == 0;
    const Millis wanted = has_deadline ? minutes(deadline, Fields::Need::Optional) : kUnsaid;
    if (wanted != kUnsaid && row.submit != kUnsaid && row.submit < kLongestMillis) row.deadline = row.submit + wanted;
    rows.add(row);
  });
}

}  // namespace orrery
