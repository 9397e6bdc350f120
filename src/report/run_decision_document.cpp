#include "report/run_decision_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/run_document.hpp"
#include "report/run_never.hpp"

namespace orrery {
namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

constexpr double kMinute = 60, kHour = 3600;
/// Standard errors to each side of a mean that a whisker spans: 95 %.
constexpr double kWhisker = 1.96;

ChartAxis share_axis(const char* title) {
  return {title, Figure::Kind::Fraction, Dimension::None, Scale::Linear};
}

ChartPoint with_error(double x, double y, double error) {
  return {x, y, y - kWhisker * error, y + kWhisker * error};
}

Cell or_never(bool finishes, Figure value) {
  return finishes ? Cell{value} : Cell{std::string("never")};
}

/// What the job's GPU-time loses against the interval: it has its least at the optimum.
Chart interval_chart(const IntervalStudy& study) {
  Chart chart;
  chart.key = "goodput_by_interval";
  chart.title = "GPU-time of the job that is not useful, by the interval between checkpoints";
  // In minutes: powers of ten of seconds make odd ticks.
  chart.x = {"minutes of work between two checkpoints", Figure::Kind::Number, Dimension::None, Scale::Log};
  chart.y = share_axis("share that is not useful");
  ChartSeries closed{"closed form", Shape::Line, {}, 0}, events{"events, 95 %", Shape::Markers, {}, 0};
  double highest = 0;
  for (const DecisionPoint& point : study.points) {
    closed.points.push_back({point.value / kMinute, 1 - point.closed_goodput});
    if (!point.finishes) continue;
    events.points.push_back(with_error(point.value / kMinute, 1 - point.goodput.mean, point.goodput.error));
    highest = std::max(highest, 1 - point.goodput.mean);
  }
  chart.series = {std::move(closed), std::move(events)};
  const double optimum = study.optimal.raw() / kMinute;
  if (std::isfinite(optimum) && optimum > 0)
    chart.series.push_back({"optimum by formula", Shape::Line, {{optimum, 0}, {optimum, highest}}, 1});
  return chart;
}

/// What a point costs more than the best one.
double excess(const DecisionPoint& point, const DecisionPoint& best) {
  return point.held_gpu_seconds / best.held_gpu_seconds - 1;
}

Chart spares_chart(const SparesStudy& study) {
  // So few spares that the job mostly waits would leave nothing to see of the others.
  constexpr double kMostExcess = 1;
  Chart chart;
  chart.key = "cost_by_spares";
  chart.title = "GPU-time held by the spares beside the job, over that of the best number";
  chart.x = {"spare nodes", Figure::Kind::Count, Dimension::None, Scale::Linear};
  chart.y = share_axis("more than the least");
  ChartSeries events{"events", Shape::Line, {}, 0};
  const DecisionPoint& best = study.points[study.best];
  for (const DecisionPoint& point : study.points) {
    if (!point.finishes || excess(point, best) > kMostExcess) continue;
    events.points.push_back({point.value, excess(point, best)});
  }
  chart.series.push_back(std::move(events));
  return chart;
}

std::string policy_name(const RunPolicy& policy) {
  return policy.name.empty() ? recovery_name(policy.recovery) : policy.name;
}

/// What each policy's GPU-time goes to besides useful work, stacked: lower is better.
Chart policy_chart(const std::vector<PolicyOutcome>& outcomes) {
  // A picture takes six uses apart by colour; the least of them are summed.
  constexpr std::size_t kApart = 6;
  std::vector<std::pair<double, GpuUse>> uses;
  for (std::size_t i = 0; i < kGpuUses; ++i) {
    const auto use = static_cast<GpuUse>(i);
    double most = 0;
    for (const PolicyOutcome& each : outcomes) {
      const double held = each.result.ledger.total();
      if (held > 0) most = std::max(most, each.result.ledger[use] / held);
    }
    if (use != GpuUse::Useful && most > 0) uses.emplace_back(most, use);
  }
  std::stable_sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  Chart chart;
  chart.key = "policies";
  chart.title = "GPU-time held that is not useful, by policy";
  chart.y = share_axis("share of the GPU-time held");
  chart.stacked = true;
  for (std::size_t u = 0; u < uses.size() && u < kApart; ++u)
    chart.series.push_back({gpu_use_name(uses[u].second), Shape::Bars, {}, -1});
  if (uses.size() > kApart) chart.series.push_back({"the rest", Shape::Bars, {}, -1});
  for (const PolicyOutcome& each : outcomes) {
    const double held = each.result.ledger.total();
    const auto x = static_cast<double>(chart.categories.size());
    chart.categories.push_back(policy_name(each.policy) + (each.result.finished == 0 ? " (never done)" : ""));
    for (ChartSeries& series : chart.series) series.points.push_back({x, 0});
    for (std::size_t u = 0; u < uses.size(); ++u) {
      if (held > 0) chart.series[std::min(u, kApart)].points.back().y += each.result.ledger[uses[u].second] / held;
    }
  }
  return chart;
}

/// Bars to both sides of zero, the largest first.
Chart tornado_chart(const std::vector<TornadoBar>& bars) {
  constexpr std::size_t kMostBars = 10;
  // What brings a run to its knees would leave nothing to see of the others.
  constexpr double kTooLong = 0.25, kCut = 0.1;
  double longest = 0;
  for (const TornadoBar& bar : bars) longest = std::max({longest, std::abs(bar.at_half), std::abs(bar.at_double)});
  const double cut = longest > kTooLong ? kCut : longest;
  Chart chart;
  chart.key = "tornado";
  chart.title = "what half and double of an input do to the completion time, on the same faults";
  if (cut < longest) chart.title += fmt::format("; bars are cut at {}", format_percent(cut, 0));
  chart.y = {"change of the completion time", Figure::Kind::Signed, Dimension::None, Scale::Linear};
  chart.horizontal = true;
  ChartSeries half{"half", Shape::Bars, {}, -1}, twice{"double", Shape::Bars, {}, -1};
  for (std::size_t i = 0; i < bars.size() && i < kMostBars; ++i) {
    chart.categories.push_back(bars[i].input);
    half.points.push_back({static_cast<double>(i), std::clamp(bars[i].at_half, -cut, cut)});
    twice.points.push_back({static_cast<double>(i), std::clamp(bars[i].at_double, -cut, cut)});
  }
  chart.series = {std::move(half), std::move(twice)};
  return chart;
}

/// Hundredths of a percent say nothing of a change by half.
Cell change(double value) {
  if (std::abs(value) < 5e-5) value = 0;  // "-0.00 %" says nothing.
  return std::isfinite(value) ? Cell{signed_fraction(value, std::abs(value) < 0.5 ? 2 : 0)}
                              : Cell{std::string("never")};
}

std::string change_text(double change) {
  return std::isfinite(change) ? fmt::format("{:+.1f} %", 100 * change) : std::string("never");
}

}  // namespace

void add_interval_study(const RunSpec& spec, const IntervalStudy& study, Document& document) {
  Table table{"intervals",
              fmt::format("by the interval of checkpoint level {}", spec.checkpoints[study.level].name),
              {{"interval", "interval"},
               {"wall", "completion time"},
               {"goodput", "goodput"},
               {"goodput_error", "error of it"},
               {"closed_goodput", "closed form"}},
              {},
              "",
              false};
  for (const DecisionPoint& point : study.points) {
    table.rows.push_back({figure(Seconds(point.value)), or_never(point.finishes, figure(Seconds(point.wall.mean))),
                          or_never(point.finishes, fraction(point.goodput.mean, 2)), fraction(point.goodput.error, 2),
                          fraction(point.closed_goodput, 2)});
  }
  table.note = fmt::format("by formula: Young {}, Daly {}, optimal {}", format_time(study.young),
                           format_time(study.daly), format_time(study.optimal));
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("interval_young", figure(study.young));
  silent("interval_daly", figure(study.daly));
  silent("interval_optimal", figure(study.optimal));
  if (!study.points.empty()) {
    const DecisionPoint& best = study.points[study.best];
    if (best.finishes) {
      document.answer.push_back(fmt::format("best interval: {}, goodput {} (by formula {})",
                                            format_time(Seconds(best.value)), format_percent(best.goodput.mean),
                                            format_time(study.optimal)));
      silent("interval_best", figure(Seconds(best.value)));
    }
    document.charts.push_back(interval_chart(study));
  }
  document.tables.push_back(std::move(table));
}

void add_spares_study(const RunSpec& spec, const SparesStudy& study, Document& document) {
  Table table{"spares",
              "by the number of spare nodes",
              {{"spares", "spares"},
               {"wall", "completion time"},
               {"goodput", "goodput"},
               {"gpu_hours", "GPU-hours held"},
               {"over_best", "more than the best"}},
              {},
              "",
              false};
  for (const DecisionPoint& point : study.points) {
    table.rows.push_back({count(std::llround(point.value)), or_never(point.finishes, figure(Seconds(point.wall.mean))),
                          or_never(point.finishes, fraction(point.goodput.mean, 2)),
                          or_never(point.finishes, large(point.held_gpu_seconds / kHour, 4)),
                          or_never(point.finishes, signed_fraction(excess(point, study.points[study.best])))});
  }
  table.note = fmt::format(
      "nodes that are out of service at once in no more than 1 % of the time: {}; by a Poisson law "
      "of the same mean {}",
      format_count(study.p99), format_count(study.poisson_p99));
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("spares_for_p99", count(study.p99));
  silent("spares_poisson_p99", count(study.poisson_p99));
  if (!study.points.empty() && study.points[study.best].finishes) {
    const DecisionPoint& best = study.points[study.best];
    const bool now = std::llround(best.value) == spec.policy.spares;
    document.answer.push_back(fmt::format("best number of spare nodes: {}{}, done in {}",
                                          format_count(std::llround(best.value)), now ? ", as now" : "",
                                          format_time(Seconds(best.wall.mean))));
    silent("spares_best", count(std::llround(best.value)));
    document.charts.push_back(spares_chart(study));
  }
  document.tables.push_back(std::move(table));
}

void add_policies(const RunSpec& spec, const std::vector<PolicyOutcome>& outcomes, Document& document) {
  Table table{"policies",
              "by policy, on the same faults",
              {{"policy", "policy"},
               {"wall", "completion time"},
               {"goodput", "goodput"},
               {"goodput_error", "error of it"},
               {"gpu_hours", "GPU-hours held"},
               {"stops", "stops"},
               {"reason", ""}},
              {},
              "",
              false};
  const PolicyOutcome* best = nullptr;
  for (const PolicyOutcome& each : outcomes) {
    const RunResult& r = each.result;
    const bool ends = r.finished > 0;
    table.rows.push_back({policy_name(each.policy), or_never(ends, figure(Seconds(r.wall.mean))),
                          or_never(ends, fraction(r.goodput.mean, 2)), fraction(r.goodput.error, 2),
                          or_never(ends, large(r.ledger.total() / kHour, 4)), number(r.stops.mean),
                          std::string(never_key(r.reason))});
    if (ends && (best == nullptr || r.ledger.total() < best->result.ledger.total())) best = &each;
    if (!ends) {
      document.notes.push_back(
          fmt::format("{} never finishes, because {}", policy_name(each.policy), never_because(spec, r)));
    }
  }
  if (best != nullptr) {
    document.answer.push_back(fmt::format("best policy by GPU-time held: {}, done in {}", policy_name(best->policy),
                                          format_time(Seconds(best->result.wall.mean))));
    document.fields.push_back({"policy_best", "", policy_name(best->policy)});
  }
  if (!outcomes.empty()) document.charts.push_back(policy_chart(outcomes));
  document.tables.push_back(std::move(table));
}

void add_tornado(const std::vector<TornadoBar>& bars, Document& document) {
  if (bars.empty()) {
    document.answer.emplace_back("no input changes the completion time: nothing fails");
    return;
  }
  Table table{"tornado",
              "completion time, were an input half or double",
              {{"input", "input"},
               {"at_half", "half"},
               {"at_double", "double"},
               {"closed_at_half", "half, closed form"},
               {"closed_at_double", "double, closed form"}},
              {},
              "",
              false};
  for (const TornadoBar& bar : bars) {
    table.rows.push_back({bar.input, change(bar.at_half), change(bar.at_double), change(bar.closed_at_half),
                          change(bar.closed_at_double)});
  }
  document.answer.push_back(fmt::format("what matters most: {} (completion time {} at half of it, {} at double)",
                                        bars.front().input, change_text(bars.front().at_half),
                                        change_text(bars.front().at_double)));
  document.charts.push_back(tornado_chart(bars));
  document.tables.push_back(std::move(table));
}

}  // namespace orrery
