#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <vector>

#include "import/job_trace/canonical_trace.hpp"
#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

/// A canonical file says what it means: a name that is nearly one of ours is a mistake, any other is noted.
void check_spelling(const Columns& columns, TraceInput& input) {
  std::vector<std::string> absent = {"submit"};
  for (const CanonicalColumn& column : canonical_columns()) {
    const auto& header = columns.header();
    if (std::find(header.begin(), header.end(), column.name) == header.end()) absent.push_back(column.name);
  }
  auto source = std::make_shared<SourceText>();
  source->name = input.name;
  source->text = fmt::format("{}", fmt::join(columns.header(), ","));
  std::size_t at = 1;
  for (std::size_t i = 0; i < columns.header().size(); ++i) {
    const std::string& name = columns.header()[i];
    const std::string near = columns.used(i) ? std::string() : did_you_mean(name, absent);
    if (!near.empty()) {
      input.diagnostics.error(fmt::format("unknown column `{}`", name.substr(0, 64)), Span{source, 1, at, name.size()},
                              fmt::format("did you mean `{}`?", near));
    }
    at += name.size() + 1;
  }
}

/// Columns that a file has stay columns of the table, also where no row says anything.
template <class T>
void keep_column(std::vector<T>& column, int index, std::size_t rows, T otherwise) {
  if (index >= 0) column.resize(rows, otherwise);
}

}  // namespace

void read_canonical_trace(TraceInput& input, JobRows& rows) {
  const auto source = csv_rows(input.in, input.name);
  Columns columns(*source, input);
  if (columns.has_errors()) return;
  const int id = columns.find({"id"}), date = columns.find({"submit"});
  const int submit = date >= 0 ? columns.find({"submit_s"}) : columns.need({"submit_s", "submit"});
  const int run = columns.need({"run_s"}), gpus = columns.need({"gpus"});
  const int limit = columns.find({"limit_s"}), tenant = columns.find({"tenant"}), user = columns.find({"user"});
  const int pool = columns.find({"pool"}), qos = columns.find({"qos"}), gpu_type = columns.find({"gpu_type"});
  const int kind = columns.find({"kind"}), priority = columns.find({"priority"}), workers = columns.find({"workers"});
  const int min_gpus = columns.find({"min_gpus"}), gpu_milli = columns.find({"gpu_milli"});
  const int cpu_milli = columns.find({"cpu_milli"}), memory_mib = columns.find({"memory_mib"});
  const int preemptible = columns.find({"preemptible"}), deadline = columns.find({"deadline_s"});
  const int after = columns.find({"after"}), start = columns.find({"start_s"}), state = columns.find({"state"});
  check_spelling(columns, input);
  if (date >= 0 && (submit >= 0 || deadline >= 0 || start >= 0)) {
    input.diagnostics.error(fmt::format("`{}`: `submit` holds dates, and `submit_s`, `start_s` and `deadline_s` count "
                                        "seconds from a begin that is not there",
                                        input.name),
                            {}, "one of the two");
  }
  if (columns.has_errors() || input.diagnostics.has_errors()) return;
  columns.note_unused(rows.report());
  rows.set_clock(date >= 0 ? TraceClock::Calendar : TraceClock::Begin);
  rows.keep_cpu_jobs(input.options.keep_cpu_jobs.value_or(true));
  if (after >= 0) rows.track_dependencies();

  Fields fields(*source, rows);
  for_each_row(*source, input, rows, columns.header().size(), [&] {
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    JobRow row;
    row.line = source->line();
    row.submit = date >= 0 ? fields.date(date, Fields::Need::Needed) : fields.seconds(submit, Fields::Need::Needed);
    row.run = fields.seconds(run, Fields::Need::Needed);
    row.gpus = fields.whole(gpus, Fields::Need::Needed);
    row.limit = fields.seconds(limit);
    row.start = fields.seconds(start);
    row.deadline = fields.seconds(deadline);
    row.id = fields.raw(id);
    row.tenant = fields.raw(tenant);
    row.user = fields.raw(user);
    row.pool = fields.raw(pool);
    row.qos = fields.raw(qos);
    row.gpu_type = fields.raw(gpu_type);
    row.kind = fields.raw(kind);
    row.after = fields.raw(after);
    row.priority = fields.within(priority, -kMost, kMost, 0);
    row.workers = fields.within(workers, 0, kMost, 0);
    row.min_gpus = fields.within(min_gpus, 0, kMost, kUnsaid);
    row.gpu_milli = fields.within(gpu_milli, 1, 1000, 1000);
    row.cpu_milli = fields.within(cpu_milli, 0, kMost, 0);
    row.memory_mib = fields.within(memory_mib, 0, kMost, 0);
    row.preemptible = fields.within(preemptible, 0, 1, 0) != 0;
    row.state = fields.state(state);
    rows.add(row);
  });
  rows.set_zone(fields.saw_zone());
  JobTable& t = rows.table();
  const std::size_t n = rows.size();
  keep_column(t.limit, limit, n, kNever);
  keep_column(t.tenant, tenant, n, -1);
  keep_column(t.user, user, n, -1);
  keep_column(t.pool, pool, n, -1);
  keep_column(t.qos, qos, n, -1);
  keep_column(t.gpu_type, gpu_type, n, -1);
  keep_column(t.kind, kind, n, -1);
  keep_column(t.priority, priority, n, 0);
  keep_column(t.workers, workers, n, 0);
  if (min_gpus >= 0 && t.min_gpus.empty()) t.min_gpus = t.gpus;
  keep_column(t.gpu_milli, gpu_milli, n, 1000);
  keep_column(t.cpu_milli, cpu_milli, n, 0);
  keep_column(t.memory_mib, memory_mib, n, 0);
  keep_column(t.preemptible, preemptible, n, std::uint8_t{0});
  keep_column(t.deadline, deadline, n, kNever);
  keep_column(t.after, after, n, kNoJob);
  keep_column(t.recorded_start, start, n, kUnsaid);
  keep_column(t.state, state, n, JobState::Unknown);
  if (input.options.keep_ids) keep_column(t.id, id, n, std::string());
}

}  // namespace orrery
