#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "import/job_trace/slurm_text.hpp"
#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

constexpr long long kMostExpanded = 1'000'000;  // Jobs made of arrays of one queue: far above what Slurm holds.

/// Fields as Slurm prints them.
class SlurmFields {
 public:
  SlurmFields(const RowSource& source, JobRows& rows) : source_(source), rows_(rows), fields_(source, rows) {}

  const Fields& plain() const { return fields_; }
  std::string_view text(int column) const { return fields_.text(column); }
  Millis date(int column, bool needed = false) {
    const std::string_view field = text(column);
    if (field.empty()) return kUnsaid;
    const auto date = slurm_date_in(field);
    if (!date && !needed && field != "0") rows_.note(TraceIssue::BadOptional, source_.line());
    if (!date) return kUnsaid;
    saw_zone_ = saw_zone_ || date->is_unix;
    return date->epoch;
  }
  Millis length(int column) const {
    const std::string_view field = text(column);
    if (field.empty() || field == "Partition_Limit" || field == "NOT_SET" || field == "INVALID") return kUnsaid;
    const auto time = slurm_time_in(field);
    if (!time) rows_.note(TraceIssue::BadOptional, source_.line());
    return time.value_or(kUnsaid);
  }
  /// `column` in minutes (TimelimitRaw), or as a length.
  Millis limit(int column, int raw) const {
    const std::string_view field = text(raw);
    if (field.empty() || field == "Partition_Limit") return length(column);
    if (field == "UNLIMITED") return kNever;
    const std::int64_t minutes = fields_.within(raw, 0, kLongestMillis / kMinute, kUnsaid);
    return minutes == kUnsaid ? kUnsaid : minutes * kMinute;
  }
  bool saw_zone() const { return saw_zone_; }

 private:
  const RowSource& source_;
  JobRows& rows_;
  Fields fields_;
  bool saw_zone_ = false;
};

void take_tres(const SlurmTres& tres, std::string& type, JobRow& row) {
  row.gpus = tres.gpus;
  row.cpu_milli = std::llround(tres.cpus * 1000);
  row.memory_mib = std::llround(tres.memory_mib);
  type = tres.gpu_type;
  row.gpu_type = type;
}

bool is_waiting(std::string_view state) {
  return state.substr(0, 7) == "PENDING" || state == "PD" || state.substr(0, 7) == "REQUEUE" || state == "RQ";
}

}  // namespace

void read_sacct_text(TraceInput& input, JobRows& rows) {
  const auto source = separated_rows(input.in, input.name, '|');
  Columns columns(*source, input);
  const int id = columns.need({"JobID"}), submit = columns.need({"Submit"});
  const int start = columns.find({"Start"}), end = columns.find({"End"});
  const int elapsed_s = columns.find({"ElapsedRaw"});
  const int elapsed =
      elapsed_s >= 0 || (start >= 0 && end >= 0) ? columns.find({"Elapsed"}) : columns.need({"Elapsed"});
  const int alloc = columns.find({"AllocTRES"}), requested = columns.find({"ReqTRES"});
  const bool has_tres = alloc >= 0 || requested >= 0;
  const int gres = has_tres ? columns.find({"AllocGRES", "ReqGRES"})
                            : columns.need({"AllocTRES", "ReqTRES", "AllocGRES", "ReqGRES"});
  const int nodes = columns.find({"NNodes", "AllocNodes", "ReqNodes"}), state = columns.find({"State"});
  const int limit = columns.find({"Timelimit"}), limit_minutes = columns.find({"TimelimitRaw"});
  const int user = columns.find({"User"}), account = columns.find({"Account"});
  const int partition = columns.find({"Partition"}), qos = columns.find({"QOS"});
  const int priority = columns.find({"Priority"}), exit_code = columns.find({"ExitCode"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Calendar);
  SlurmFields fields(*source, rows);
  std::string type;
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(id);
    const SlurmIdKind kind = slurm_id_kind(row.id);
    if (kind == SlurmIdKind::Step) return rows.drop(TraceIssue::JobStep, row.line);
    if (kind == SlurmIdKind::Bad) return rows.drop(TraceIssue::NotAJob, row.line);
    const std::string_view state_text = fields.text(state);
    if (is_waiting(state_text) || kind == SlurmIdKind::Array) return rows.drop(TraceIssue::NeverStarted, row.line);
    row.state = fields.plain().state(state);
    // Without a state, how it ended: "0:0" is no error code and no signal.
    const std::string_view code = fields.text(exit_code);
    if (state < 0 && !code.empty()) row.state = code == "0:0" ? JobState::Completed : JobState::Failed;
    row.submit = fields.date(submit, true);
    row.start = fields.date(start);
    row.end = fields.date(end);
    row.run = elapsed_s >= 0 ? fields.plain().seconds(elapsed_s) : fields.length(elapsed);
    if (start >= 0 && row.start == kUnsaid) return rows.drop(TraceIssue::NeverStarted, row.line);
    if (row.state == JobState::Running && row.run == kUnsaid) row.runs_until_end = true;
    row.limit = fields.limit(limit, limit_minutes);
    row.user = fields.text(user);
    row.tenant = fields.text(account);
    row.pool = fields.text(partition);
    row.qos = fields.text(qos);
    row.priority = fields.plain().within(priority, 0, 4'000'000'000, 0);
    // What it got, or where nothing is said about that what it asked for.
    std::string_view tres_text = fields.text(alloc);
    if (tres_text.empty()) tres_text = fields.text(requested);
    const bool per_node = tres_text.empty();
    if (per_node) tres_text = fields.text(gres);
    const auto tres = slurm_tres_in(tres_text);
    if (tres) {
      take_tres(*tres, type, row);
      // GRES count the GPUs of one node.
      if (per_node) row.gpus *= fields.plain().within(nodes, 1, 1'000'000, 1);
    }
    rows.add(row);
  });
  rows.set_zone(fields.saw_zone());
}

void read_squeue_text(TraceInput& input, JobRows& rows) {
  const std::string_view begin = input.in.peek_text();
  if (begin.substr(0, begin.find('\n')).find('|') == std::string_view::npos) {
    input.diagnostics.error("squeue's own columns do not say when jobs were submitted nor how many GPUs they ask", {},
                            "squeue -a -o '%i|%P|%u|%a|%q|%T|%M|%l|%D|%b|%V|%S|%Q|%E'");
    return;
  }
  const auto source = separated_rows(input.in, input.name, '|');
  Columns columns(*source, input);
  const int id = columns.need({"JOBID"}), submit = columns.need({"SUBMIT_TIME"});
  const int state = columns.need({"STATE", "ST"}), limit = columns.need({"TIME_LIMIT", "TIMELIMIT"});
  const int elapsed = columns.need({"TIME"}), start = columns.find({"START_TIME"});
  const int tres = columns.find({"TRES_ALLOC", "TRES"});
  const int per_node = tres >= 0 ? columns.find({"TRES_PER_NODE", "GRES"}) : columns.need({"TRES_PER_NODE", "GRES"});
  const int nodes = columns.find({"NODES"}), user = columns.find({"USER"}), account = columns.find({"ACCOUNT"});
  const int partition = columns.find({"PARTITION"}), qos = columns.find({"QOS"});
  const int priority = columns.find({"PRIORITY"}), dependency = columns.find({"DEPENDENCY"});
  if (columns.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(TraceClock::Calendar);
  if (dependency >= 0) rows.track_dependencies();
  SlurmFields fields(*source, rows);
  std::string type;
  long long expanded = 0;
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    JobRow row;
    row.line = source->line();
    row.id = fields.text(id);
    const SlurmIdKind kind = slurm_id_kind(row.id);
    if (kind == SlurmIdKind::Step) return rows.drop(TraceIssue::JobStep, row.line);
    if (kind == SlurmIdKind::Bad) return rows.drop(TraceIssue::NotAJob, row.line);
    const std::string_view state_text = fields.text(state);
    if (!is_waiting(state_text)) row.state = fields.plain().state(state);
    if (!is_waiting(state_text) && row.state != JobState::Running) return rows.drop(TraceIssue::NotAJob, row.line);
    row.submit = fields.date(submit, true);
    row.limit = fields.limit(limit, -1);
    const Millis ran = fields.length(elapsed);
    if (row.state == JobState::Running) {
      // Of a waiting job this column is only a forecast.
      row.start = fields.date(start);
      if (row.start != kUnsaid && ran != kUnsaid && ran != kNever) rows.set_taken(row.start + ran);
    }
    const bool limited = row.limit != kUnsaid && row.limit != kNever && row.limit > 0;
    if (limited) {
      row.run = row.limit;
      rows.note(TraceIssue::RunFromLimit, row.line);
    } else if (row.state == JobState::Running && ran != kNever) {
      row.run = ran;
    }
    row.user = fields.text(user);
    row.tenant = fields.text(account);
    row.pool = fields.text(partition);
    row.qos = fields.text(qos);
    row.priority = fields.plain().within(priority, 0, 4'000'000'000, 0);
    row.after = slurm_dependency(fields.text(dependency));
    std::string_view tres_text = fields.text(tres);
    const bool of_node = tres_text.empty();
    if (of_node) tres_text = fields.text(per_node);
    const auto asked = slurm_tres_in(tres_text);
    if (asked) {
      take_tres(*asked, type, row);
      if (of_node) row.gpus *= fields.plain().within(nodes, 1, 1'000'000, 1);
    }
    if (kind != SlurmIdKind::Array) return rows.add(row);
    const std::vector<std::int64_t> tasks = slurm_array_tasks(row.id);
    expanded += static_cast<long long>(tasks.size());
    if (tasks.empty()) return rows.drop(TraceIssue::NotAJob, row.line);
    if (expanded > std::min(kMostExpanded, input.options.most_rows)) return rows.drop(TraceIssue::OutOfReach, row.line);
    rows.note(TraceIssue::Expanded, row.line);
    const std::string base(row.id.substr(0, row.id.find('_') + 1));
    for (const std::int64_t task : tasks) {
      const std::string name = base + std::to_string(task);
      row.id = name;
      rows.add(row);
    }
  });
  rows.set_zone(fields.saw_zone());
}

}  // namespace orrery
