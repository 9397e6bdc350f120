#include "report/cluster_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "cluster/metrics/policy_figures.hpp"
#include "report/cluster_charts.hpp"

namespace orrery {
namespace {

/// Tenants that a page lists; JSON has all.
constexpr std::size_t kListed = 25;

Figure time_figure(double seconds) {
  return figure(Seconds(seconds));
}

std::string time_text(double seconds) {
  return format_time(Seconds(seconds));
}

/// "within 3.20 h", "at once", "within no less than 3.20 h".
std::string within_text(const Distribution& waits, double quantile) {
  if (!waits.exact(quantile)) return "within no less than " + time_text(quantile);
  return quantile < 1 ? "at once" : "within " + time_text(quantile);
}

/// For people: "> 3.20 h" where it is a lower bound.
Cell bounded(bool is_exact, const Figure& shown) {
  return is_exact ? Cell{shown} : Cell{"> " + cell_text(shown)};
}

/// Columns of a quantile: the figure and whether it is a lower bound for machines, its text for people.
void quantile_columns(Table& table, const std::string& key, const std::string& title) {
  table.columns.push_back({key, ""});
  table.columns.push_back({key + "_is_bound", ""});
  table.columns.push_back({"", title});
}
void quantile_cells(std::vector<Cell>& row, const Distribution& of, double value, const Figure& shown) {
  const bool known = of.count > 0;
  row.push_back(known ? Cell{shown} : Cell{});
  row.push_back(known ? Cell{!of.exact(value)} : Cell{});
  row.push_back(known ? bounded(of.exact(value), shown) : Cell{});
}

/// Wait, turnaround and slowdown of all jobs.
Table distributions_table(const JobGroup& all) {
  Table table{"distributions", "all jobs", {{"figure", "figure"}, {"mean", ""}, {"", "mean"}}, {}, "", false};
  quantile_columns(table, "p50", "median");
  quantile_columns(table, "p90", "90 %");
  quantile_columns(table, "p99", "99 %");
  table.columns.push_back({"max", ""});
  table.columns.push_back({"", "longest"});
  table.columns.push_back({"unfinished", ""});
  const auto add = [&](const char* name, const Distribution& of, const auto& make) {
    const bool is_whole = of.censored == 0;
    std::vector<Cell> row = {std::string(name), make(of.mean), bounded(is_whole, make(of.mean))};
    quantile_cells(row, of, of.median, make(of.median));
    quantile_cells(row, of, of.p90, make(of.p90));
    quantile_cells(row, of, of.p99, make(of.p99));
    row.emplace_back(make(of.max));
    row.push_back(bounded(is_whole, make(of.max)));
    row.emplace_back(count(of.censored));
    table.rows.push_back(std::move(row));
  };
  add("wait", all.wait, time_figure);
  add("turnaround", all.turnaround, time_figure);
  add("slowdown", all.slowdown, [](double value) { return number(value); });
  return table;
}

/// Groups of jobs, a row each.
Table groups_table(const std::string& key, const std::string& title, const std::string& what,
                   const std::vector<JobGroup>& groups) {
  Table table{key, title, {{what, what == "size" ? "GPUs" : what}, {"jobs", "jobs"}, {"gpu_hours", "GPU-hours"}},
              {},  "",    false};
  quantile_columns(table, "wait_p50", "median wait");
  quantile_columns(table, "wait_p90", "90 %");
  quantile_columns(table, "wait_p99", "99 %");
  const std::vector<Column> rest = {{"wait_mean", ""},
                                    {"turnaround_mean", "mean turnaround"},
                                    {"slowdown_mean", "slowdown"},
                                    {"stretch", "stretch"},
                                    {"started", ""},
                                    {"finished", ""},
                                    {"starved", "starved"},
                                    {"stops", "stops"}};
  table.columns.insert(table.columns.end(), rest.begin(), rest.end());
  // What never happened needs no column.
  const auto none = [&](std::int64_t JobGroup::*figure) {
    return std::all_of(groups.begin(), groups.end(), [&](const JobGroup& group) { return group.*figure == 0; });
  };
  if (none(&JobGroup::starved)) table.columns[table.columns.size() - 2].title.clear();
  if (none(&JobGroup::stops)) table.columns.back().title.clear();
  for (const JobGroup& group : groups) {
    std::vector<Cell> row = {group.name, count(group.jobs), large(group.gpu_hours, 3)};
    quantile_cells(row, group.wait, group.wait.median, time_figure(group.wait.median));
    quantile_cells(row, group.wait, group.wait.p90, time_figure(group.wait.p90));
    quantile_cells(row, group.wait, group.wait.p99, time_figure(group.wait.p99));
    row.emplace_back(time_figure(group.wait.mean));
    row.emplace_back(time_figure(group.turnaround.mean));
    row.emplace_back(number(group.slowdown.mean));
    row.push_back(group.finished > 0 ? Cell{number(group.stretch)} : Cell{});
    for (const std::int64_t figure : {group.started, group.finished, group.starved, group.stops})
      row.emplace_back(count(figure));
    table.rows.push_back(std::move(row));
  }
  return table;
}

const TenantShare* share_of(const Fairness& fairness, const std::string& tenant) {
  const auto found = std::find_if(fairness.tenants.begin(), fairness.tenants.end(),
                                  [&](const TenantShare& share) { return share.name == tenant; });
  return found == fairness.tenants.end() ? nullptr : &*found;
}

std::vector<JobGroup> by_gpu_hours(std::vector<JobGroup> groups) {
  std::stable_sort(groups.begin(), groups.end(),
                   [](const JobGroup& a, const JobGroup& b) { return a.gpu_hours > b.gpu_hours; });
  return groups;
}

void add_tenants(const ClusterAnswer& answer, Document& document) {
  std::vector<JobGroup> tenants = by_gpu_hours(answer.outcome.tenants);
  if (tenants.empty()) return;
  const std::size_t all = tenants.size();
  if (all > kListed) {
    Table table = groups_table("all_tenants", "every tenant", "tenant", tenants);
    table.detail = true;
    tenants.resize(kListed);
    document.tables.push_back(std::move(table));
  }
  document.tables.push_back(groups_table(
      "tenants", all > kListed ? fmt::format("the {} tenants who ask for most, of {}", kListed, all) : "by tenant",
      "tenant", tenants));
  if (answer.fairness.tenants.empty()) return;
  Table table{
      "entitlements",
      answer.fairness.equal_shares ? "GPU-hours by tenant, each entitled to the same" : "GPU-hours by tenant",
      {{"tenant", "tenant"},
       {"entitled_gpu_hours", "entitled"},
       {"asked_gpu_hours", "asked for"},
       {"received_gpu_hours", "received"},
       {"received_of_entitled", "of the entitlement"},
       {"finish_time_fairness", "finish-time fairness"},
       {"finish_time_fairness_max", "worst"}},
      {},
      "finish-time fairness: turnaround over that alone on its share, first come first served; above 1, it would "
      "do better with a machine of its own",
      false};
  for (const JobGroup& tenant : tenants) {
    const TenantShare* const share = share_of(answer.fairness, tenant.name);
    if (share == nullptr) continue;
    const bool has_share = share->entitled > 0;
    table.rows.push_back({share->name, large(share->entitled, 3), large(share->asked, 3), large(share->received, 3),
                          has_share ? Cell{fraction(share->received / share->entitled, 0)} : Cell{},
                          has_share ? Cell{number(share->finish_time.mean)} : Cell{},
                          has_share ? Cell{number(share->finish_time.max)} : Cell{}});
  }
  document.tables.push_back(std::move(table));
}

/// What the GPU-time of the machine goes to.
void add_ledger(const ClusterAnswer& answer, Document& document) {
  const UsageSummary& usage = answer.usage;
  const double lost = std::min(answer.outcome.gpu_hours_lost, usage.allocated_hours);
  std::vector<std::pair<std::string, double>> uses = {{"useful", usage.allocated_hours - lost},
                                                      {"lost to stops", lost}};
  for (std::size_t c = 0; c < kFreeCauses; ++c)
    uses.emplace_back(std::string("free, ") + free_cause_name(static_cast<FreeCause>(c)), usage.free_by_cause[c]);
  uses.emplace_back("out of service", usage.down_hours);
  double total = 0;
  for (const auto& [name, hours] : uses) total += hours;
  if (total <= 0) return;
  Parts shares{"gpu_time", "where the GPU-time goes", fraction(1), {}};
  Parts hours{"gpu_hours", "GPU-hours", large(total, 3), {}};
  for (const auto& [name, part] : uses) {
    shares.parts.emplace_back(name, fraction(part / total));
    hours.parts.emplace_back(name, large(part, 3));
  }
  document.breakdowns = {std::move(shares), std::move(hours)};
}

void add_answer(const ClusterAnswer& answer, Document& document) {
  const JobGroup& all = answer.outcome.all;
  document.answer.push_back(fmt::format("90 % of {} jobs start {}, half {}: {} on {}", format_count(all.jobs),
                                        within_text(all.wait, all.wait.p90), within_text(all.wait, all.wait.median),
                                        answer.policy, answer.machine));
  const double useful = answer.usage.useful_utilisation(
      static_cast<Millis>(std::llround(answer.outcome.gpu_hours_lost * static_cast<double>(kHour))));
  std::string use = fmt::format("utilisation {} over {}", format_percent(answer.usage.utilisation()),
                                time_text(answer.usage.hours() * 3600));
  if (answer.outcome.gpu_hours_lost > 0)
    use += fmt::format(", useful {}; {} stops cost {} GPU-hours", format_percent(useful), format_count(all.stops),
                       cell_text(large(answer.outcome.gpu_hours_lost, 3)));
  if (answer.outcome.failures > 0)
    use += fmt::format("; {} of them failures of the machine, which cost {} GPU-hours",
                       format_count(answer.outcome.failures), cell_text(large(answer.outcome.gpu_hours_failed, 3)));
  use += fmt::format("; at most {} jobs waited at once", format_count(answer.usage.peak_waiting));
  document.answer.push_back(std::move(use));
  if (all.stops > 0) {
    // Who starts at once and is stopped again has not waited, and is not done either.
    document.answer.push_back(
        fmt::format("90 % are done {}, half {}; mean slowdown {}", within_text(all.turnaround, all.turnaround.p90),
                    within_text(all.turnaround, all.turnaround.median), format_significant(all.slowdown.mean, 3)));
  }
  const std::vector<JobGroup>& tenants = answer.outcome.tenants;
  if (tenants.size() > 1) {
    // Of tenants with enough jobs for a tenth of them to mean something.
    const JobGroup* worst = nullptr;
    for (const JobGroup& tenant : tenants) {
      if (tenant.jobs >= 10 && (worst == nullptr || tenant.wait.p90 > worst->wait.p90)) worst = &tenant;
    }
    if (worst != nullptr && worst->wait.p90 > all.wait.p90) {
      document.answer.push_back(
          fmt::format("{} waits longest: 90 % of its {} jobs start {}; Jain's index of GPU-time over entitlement {}",
                      worst->name, format_count(worst->jobs), within_text(worst->wait, worst->wait.p90),
                      format_significant(answer.fairness.jain, 3)));
    }
  }
  if (all.starved > 0) {
    document.answer.push_back(
        fmt::format("{} jobs waited for more than {}", format_count(all.starved),
                    time_text(static_cast<double>(answer.outcome.options.starved_after) / kSecond)));
  }
}

void add_fields(const ClusterAnswer& answer, Document& document) {
  const JobGroup& all = answer.outcome.all;
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("policy", answer.policy);
  silent("machine", answer.machine);
  silent("gpus", count(answer.usage.gpus));
  silent("jobs", count(all.jobs));
  silent("jobs_started", count(all.started));
  silent("jobs_finished", count(all.finished));
  silent("jobs_left_out", count(answer.outcome.left_out));
  silent("wait_mean", time_figure(all.wait.mean));
  silent("wait_p50", time_figure(all.wait.median));
  silent("wait_p90", time_figure(all.wait.p90));
  silent("wait_p99", time_figure(all.wait.p99));
  silent("turnaround_mean", time_figure(all.turnaround.mean));
  silent("slowdown_mean", number(all.slowdown.mean));
  silent("makespan", time_figure(answer.outcome.makespan));
  silent("utilisation", fraction(answer.usage.utilisation()));
  silent("gpu_hours_asked", large(all.gpu_hours));
  silent("gpu_hours_allocated", large(answer.usage.allocated_hours));
  silent("gpu_hours_lost", large(answer.outcome.gpu_hours_lost));
  silent("gpu_hours_lost_to_failures", large(answer.outcome.gpu_hours_failed));
  silent("gpu_hours_out_of_service", large(answer.usage.down_hours));
  silent("failures", count(answer.outcome.failures));
  silent("jobs_given_up", count(answer.outcome.given_up));
  silent("stops", count(all.stops));
  silent("jobs_stopped", count(all.stopped));
  silent("jobs_starved", count(all.starved));
  silent("jain", number(answer.fairness.jain, 6));
  silent("peak_waiting", count(answer.usage.peak_waiting));
  silent("peak_backlog_gpu_hours", large(answer.usage.peak_backlog));
  silent("peak_gpus", number(answer.usage.peak_allocated, 6));
}

/// What was left out and what is only bounded.
void add_notes(const ClusterAnswer& answer, Document& document) {
  const JobGroup& all = answer.outcome.all;
  if (all.jobs > all.finished) {
    document.notes.push_back(
        fmt::format("at the end {} jobs waited and {} ran: what is known of them by then counts as a lower bound, and "
                    "a quantile that "
                    "rests on it is marked >",
                    format_count(all.jobs - all.started), format_count(all.started - all.finished)));
  }
  if (answer.outcome.left_out > 0) {
    document.notes.push_back(fmt::format("{} jobs of the warm-up and the end load the machine and do not count",
                                         format_count(answer.outcome.left_out)));
  }
  document.notes.emplace_back(
      "wait: from submission to the first start; slowdown: turnaround over run time, or over 10 min where that is "
      "longer, at least 1; stretch: sum of turnarounds over sum of run times, of jobs that ended");
  if (!answer.assumptions.empty())
    document.notes.push_back(fmt::format("assumed: {}", fmt::join(answer.assumptions, "; ")));
  document.warnings = answer.warnings;
}

Figure policy_figure(const FigureKind& kind, double value) {
  if (kind.unit == FigureKind::Unit::Time) return time_figure(value);
  return kind.unit == FigureKind::Unit::Share ? fraction(value) : number(value);
}

/// Differences to the first policy, with their intervals.
Table difference_table(std::span<const ClusterAnswer> answers, const PolicyComparison& comparison) {
  Table table{"differences",
              fmt::format("differences to {}, by {}", answers.front().policy, comparison.block),
              {{"policy", "policy"},
               {"figure", ""},
               {"", "figure"},
               {"difference", "difference"},
               {"low", "95 %: from"},
               {"high", "to"},
               {"differs", "more than chance"}},
              {},
              "",
              false};
  for (std::size_t p = 1; p < answers.size(); ++p) {
    for (std::size_t f = 0; f < kPolicyFigures.size(); ++f) {
      const FigureKind& kind = kPolicyFigures[f];
      const PolicyFigure& figure = comparison.figures[p][f];
      const MeanInterval& difference = figure.difference;
      const bool same = difference.low == 0 && difference.high == 0;  // In every block.
      if (!std::isfinite(difference.mean) || same) continue;
      const auto cell = [&](double value) { return std::isfinite(value) ? Cell{policy_figure(kind, value)} : Cell{}; };
      table.rows.push_back({answers[p].policy, std::string(kind.key), std::string(kind.title),
                            cell(figure.difference.mean), cell(figure.difference.low), cell(figure.difference.high),
                            std::isfinite(figure.difference.low) ? Cell{figure.differs} : Cell{}});
    }
  }
  return table;
}

}  // namespace

Document cluster_document(const ClusterAnswer& answer) {
  Document document;
  document.command = "cluster";
  if (answer.outcome.all.jobs == 0) {
    document.answer.push_back(fmt::format("no job to count: {} on {}", answer.policy, answer.machine));
    add_notes(answer, document);
    return document;
  }
  add_answer(answer, document);
  add_fields(answer, document);
  add_ledger(answer, document);
  document.tables.push_back(distributions_table(answer.outcome.all));
  add_tenants(answer, document);
  const auto groups = [&](const char* key, const char* title, const char* what, const std::vector<JobGroup>& of) {
    if (of.size() > 1) document.tables.push_back(groups_table(key, title, what, of));
  };
  groups("sizes", "by the GPUs that a job asks for", "size", answer.outcome.sizes);
  groups("priorities", "by priority", "priority", answer.outcome.priorities);
  groups("pools", "by pool", "pool", answer.outcome.pools);
  add_notes(answer, document);
  document.charts = cluster_charts(answer);
  return document;
}

Table policy_table(std::span<const ClusterAnswer> answers, const PolicyComparison& comparison) {
  Table table{"policies", "policies side by side", {{"policy", "policy"}}, {}, "", false};
  for (const FigureKind& kind : kPolicyFigures) {
    const std::string key = kind.key;
    table.columns.push_back({key, kind.title});
    for (const char* of : {"_mean", "_low", "_high"}) table.columns.push_back({key + "_" + comparison.block + of, ""});
  }
  table.columns.insert(table.columns.end(), {{"jain", "Jain"}, {"gpu_hours_lost", "GPU-hours lost"}});
  for (std::size_t p = 0; p < answers.size(); ++p) {
    std::vector<Cell> row = {answers[p].policy};
    const std::vector<double> whole = figures_of(answers[p].outcome.all, answers[p].usage);
    for (std::size_t f = 0; f < kPolicyFigures.size(); ++f) {
      const MeanInterval& value = comparison.figures[p][f].value;
      for (const double each : {whole[f], value.mean, value.low, value.high})
        row.push_back(std::isfinite(each) ? Cell{policy_figure(kPolicyFigures[f], each)} : Cell{});
    }
    row.emplace_back(number(answers[p].fairness.jain));
    row.emplace_back(large(answers[p].outcome.gpu_hours_lost, 3));
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Which policies' mean waits differ from the first one's by more than chance.
std::string chance_sentence(const PolicyComparison& comparison, std::span<const ClusterAnswer> answers) {
  std::vector<std::string> differ, alike;
  for (std::size_t p = 1; p < answers.size(); ++p)
    (comparison.figures[p].front().differs ? differ : alike).push_back(answers[p].policy);
  std::string sentence = fmt::format("{} by {} the mean wait differs from {}'s by more than chance under {}",
                                     comparison.block, comparison.block, answers.front().policy,
                                     differ.empty() ? "none" : fmt::format("{}", fmt::join(differ, ", ")));
  if (!alike.empty() && !differ.empty()) sentence += fmt::format(", not under {}", fmt::join(alike, ", "));
  return sentence;
}

Document policies_document(std::span<const ClusterAnswer> answers, const PolicyComparison& comparison) {
  Document document;
  document.command = "cluster";
  const auto better = [](const ClusterAnswer& a, const ClusterAnswer& b) {
    return a.outcome.all.wait.p90 < b.outcome.all.wait.p90;
  };
  const ClusterAnswer& best = *std::min_element(answers.begin(), answers.end(), better);
  const ClusterAnswer& worst = *std::max_element(answers.begin(), answers.end(), better);
  document.answer.push_back(fmt::format("of {} policies {} has the shortest 90 % wait: {} of the jobs start {}",
                                        answers.size(), best.policy, "90 %",
                                        within_text(best.outcome.all.wait, best.outcome.all.wait.p90)));
  document.answer.push_back(fmt::format("the longest has {}: {}; {} jobs on {}", worst.policy,
                                        within_text(worst.outcome.all.wait, worst.outcome.all.wait.p90),
                                        format_count(best.outcome.all.jobs), best.machine));
  document.fields.push_back({"best_policy", "", best.policy});
  document.fields.push_back({"blocks", "", count(static_cast<long long>(comparison.blocks))});
  document.fields.push_back({"block", "", comparison.block});
  document.tables.push_back(policy_table(answers, comparison));
  if (comparison.blocks > 1) {
    document.tables.push_back(difference_table(answers, comparison));
    document.tables.back().detail = true;
    document.answer.push_back(chance_sentence(comparison, answers));
  }
  if (comparison.blocks > 1) {
    document.notes.push_back(comparison.method == IntervalMethod::BatchMeans
                                 ? fmt::format("95 % intervals by Student's t over {} {}s, differences paired {} by {}",
                                               comparison.blocks, comparison.block, comparison.block, comparison.block)
                                 : fmt::format("95 % intervals by drawing {} {}s with replacement, differences paired",
                                               comparison.blocks, comparison.block));
  } else {
    document.notes.emplace_back("one block says nothing about chance: more weeks or seeds give intervals");
  }
  for (const ClusterAnswer& answer : answers) {
    const JobGroup& all = answer.outcome.all;
    if (all.jobs > all.finished)
      document.notes.push_back(fmt::format("{}: {} of {} jobs had not ended; their times are lower bounds",
                                           answer.policy, format_count(all.jobs - all.finished),
                                           format_count(all.jobs)));
  }
  if (!best.assumptions.empty())
    document.notes.push_back(fmt::format("assumed: {}", fmt::join(best.assumptions, "; ")));
  for (const ClusterAnswer& answer : answers)
    for (const std::string& warning : answer.warnings) {
      if (std::find(document.warnings.begin(), document.warnings.end(), warning) == document.warnings.end())
        document.warnings.push_back(warning);
    }
  document.charts.push_back(wait_chart(answers));
  document.charts.push_back(wait_by_size_chart(answers));
  return document;
}

}  // namespace orrery
