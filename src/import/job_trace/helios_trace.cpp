#include <cstdlib>

#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

/// Helios and Acme write the same columns but for the virtual cluster and the kind of work.
void read_cluster_log(TraceInput& input, JobRows& rows, bool acme) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  const int id = columns.need({"job_id"}), submit = columns.need({"submit_time"}), gpus = columns.need({"gpu_num"});
  const int start = columns.find({"start_time"}), end = columns.find({"end_time"});
  const int run = start >= 0 && end >= 0 ? columns.find({"duration"}) : columns.need({"duration"});
  const int user = columns.find({"user"}), cpus = columns.find({"cpu_num"}), state = columns.find({"state"});
  const int pool = acme ? -1 : columns.need({"vc"}), kind = acme ? columns.need({"type"}) : -1;
  // start - submit and duration x gpu_num.
  columns.find({"queue"});
  columns.find({"gpu_time"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Calendar);
  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(id);
    row.submit = fields.date(submit, Fields::Need::Needed);
    row.start = fields.date(start);
    row.end = fields.date(end);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    row.cpu_milli = fields.scaled(cpus, 1000);
    row.user = fields.text(user);
    row.pool = fields.text(pool);
    row.kind = fields.text(kind);
    row.state = fields.state(state);
    const Millis stated = fields.seconds(run);
    if (row.start == kUnsaid || row.end == kUnsaid) {
      row.run = stated;
    } else if (stated != kUnsaid && row.end >= row.start && std::abs(row.end - row.start - stated) > kSecond) {
      rows.note(TraceIssue::RunDisagrees, row.line);  // Kalos counts the time in the queue as well.
    }
    // Without a start there was no run: cancelled in the queue.
    if (start >= 0 && row.start == kUnsaid && (row.run == kUnsaid || row.run == 0))
      return rows.drop(TraceIssue::NeverStarted, row.line);
    rows.add(row);
  });
  rows.set_zone(fields.saw_zone());
}

}  // namespace

void read_helios_trace(TraceInput& input, JobRows& rows) {
  read_cluster_log(input, rows, false);
}

void read_acme_trace(TraceInput& input, JobRows& rows) {
  read_cluster_log(input, rows, true);
}

}  // namespace orrery
