#include "cli/trace_tables.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>
#include <vector>

#include "base/unit_text.hpp"
#include "cluster/job_table.hpp"

namespace orrery {
namespace {

Figure time_figure(double seconds) {
  return {seconds, Figure::Kind::Quantity, Dimension::Time, 3};
}

const char* kind_word(IssueKind kind) {
  if (kind == IssueKind::Dropped) return "left out";
  return kind == IssueKind::Repaired ? "mended" : "kept";
}

Table load_table(const char* key, const char* title, const std::vector<OfferedLoad>& loads) {
  Table table;
  table.key = key;
  table.title = title;
  table.columns = {{"name", "name"}, {"gpus", "GPUs"}, {"jobs", "jobs"}, {"gpu_hours", "GPU-hours"}, {"load", "load"}};
  for (const OfferedLoad& load : loads) {
    table.rows.push_back({load.name.empty() ? std::string("-") : load.name, count(load.gpus), count(load.jobs),
                          large(load.gpu_hours, 3), std::isfinite(load.load) ? Cell(fraction(load.load)) : Cell()});
  }
  table.detail = true;
  return table;
}

}  // namespace

void add_trace_report(const TraceReport& report, Document& document) {
  if (report.source.empty()) return;
  document.notes.push_back(fmt::format("trace {}, format {}: {} jobs of {} rows, {} left out; time 0 is {}",
                                       report.source, trace_format_name(report.format), report.jobs, report.rows,
                                       report.dropped(), report.zero));
  for (const std::string& note : report.notes) document.notes.push_back("trace: " + note);
  Table table;
  table.key = "trace_issues";
  table.title = "rows of the trace that are not as they should be";
  table.columns = {{"issue", "what"}, {"done", "they are"}, {"rows", "rows"}, {"first_line", "first line"}};
  for (std::size_t i = 0; i < report.issues.size(); ++i) {
    const TraceReport::Count& rows = report.issues.at(i);
    if (rows.rows == 0) continue;
    const auto issue = static_cast<TraceIssue>(i);
    table.rows.push_back({std::string(issue_text(issue)), std::string(kind_word(issue_kind(issue))), count(rows.rows),
                          rows.lines.empty() ? Cell() : Cell(count(static_cast<long long>(rows.lines.front())))});
  }
  if (!table.rows.empty()) document.tables.push_back(std::move(table));
}

void add_trace_audit(const TraceAudit& audit, Document& document) {
  const bool has_machine = audit.whole.gpus > 0;
  document.notes.push_back(
      fmt::format("the jobs ask for {:.3g} GPU-hours in {}{}", audit.gpu_hours,
                  format_quantity(static_cast<double>(audit.span) / kSecond, Dimension::Time),
                  has_machine && std::isfinite(audit.whole.load)
                      ? fmt::format(": {:.1f} % of {} GPUs", 100 * audit.whole.load, audit.whole.gpus)
                      : ""));
  for (const ImpossibleJobs& jobs : audit.impossible) {
    document.warnings.push_back(fmt::format("{} job{} can never start, the first is number {}: {}", jobs.jobs,
                                            jobs.jobs == 1 ? "" : "s", jobs.first + 1,
                                            impossible_reason_text(jobs.reason)));
  }
  if (audit.over_limit > 0)
    document.notes.push_back(fmt::format("{} jobs ran longer than their time limit", audit.over_limit));
  if (audit.running_at_end > 0)
    document.notes.push_back(
        fmt::format("{} jobs still ran when the record ended: their run times are cut off", audit.running_at_end));
  if (audit.at_begin > 1)
    document.notes.push_back(fmt::format("{} jobs come at the very begin: some were there before", audit.at_begin));
  for (const RecordedUse& use : audit.recorded) {
    if (use.above == 0 || use.gpus == 0) continue;
    document.warnings.push_back(
        fmt::format("the trace contradicts the machine: {:.0f} GPUs ran at one time {}, where there are {}",
                    use.most_gpus, use.name.empty() ? "in all" : "in the pool " + use.name, use.gpus));
  }
  Table sizes;
  sizes.key = "trace_sizes";
  sizes.title = "the jobs by GPUs";
  sizes.columns = {{"gpus", "GPUs"},         {"jobs", "jobs"},    {"gpu_hours", "GPU-hours"}, {"mean_run", "mean run"},
                   {"median_run", "median"}, {"p99_run", "99 %"}, {"longest_run", "longest"}};
  for (const SizeClass& size : audit.sizes) {
    sizes.rows.push_back(
        {size.from == size.to ? fmt::format("{}", size.from) : fmt::format("{}-{}", size.from, size.to),
         count(size.jobs), large(size.gpu_hours, 3), time_figure(size.run_s.mean), time_figure(size.run_s.median),
         time_figure(size.run_s.p99), time_figure(size.run_s.max)});
  }
  sizes.detail = true;
  document.tables.push_back(std::move(sizes));
  if (audit.pools.size() > 1) document.tables.push_back(load_table("trace_pools", "load by pool", audit.pools));
  if (audit.types.size() > 1) document.tables.push_back(load_table("trace_types", "load by GPU type", audit.types));
}

}  // namespace orrery
