#include "report/cluster_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace orrery {
namespace {

using Scale = ChartAxis::Scale;
using Shape = ChartSeries::Shape;

/// Tenants that a picture takes apart by colour; the rest are summed.
constexpr std::size_t kApart = 5;
/// Bars by tenant that stay legible.
constexpr std::size_t kMostTenants = 12;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

ChartAxis time_axis() {
  return {"time", Figure::Kind::Quantity, Dimension::Time, Scale::Linear};
}
ChartAxis gpu_axis() {
  return {"GPUs", Figure::Kind::Number, Dimension::None, Scale::Linear};
}
ChartAxis share_axis(std::string title) {
  return {std::move(title), Figure::Kind::Fraction, Dimension::None, Scale::Linear};
}
/// Waits, in hours: powers of ten of seconds make odd ticks.
ChartAxis hours_axis(std::string title, Scale scale) {
  return {std::move(title), Figure::Kind::Number, Dimension::None, scale};
}

double seconds(Millis time) {
  return static_cast<double>(time) / kSecond;
}

/// A line that has each value in the middle of its bin.
ChartSeries over_time(const std::string& name, Shape shape, const UsageSummary& usage,
                      const std::vector<double>& values, int colour = -1) {
  ChartSeries series{name, shape, {}, colour};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Millis begin = usage.begin + static_cast<Millis>(i) * usage.width;
    series.points.push_back({seconds(begin + std::min(usage.width, usage.end - begin) / 2), values[i]});
  }
  return series;
}

std::vector<std::size_t> by_gpu_hours(const UsageSummary& usage) {
  std::vector<std::size_t> order(usage.tenants.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return usage.tenant_gpu_hours[a] > usage.tenant_gpu_hours[b]; });
  return order;
}

/// A vertical line at `x` up to `y`.
ChartSeries mark(const std::string& name, double x, double y) {
  return {name, Shape::Line, {{x, 0}, {x, y}}, -1};
}

/// Index of the size class of that name.
std::size_t class_of(const std::string& name) {
  return static_cast<std::size_t>(std::find(kSizeClasses.begin(), kSizeClasses.end(), name) - kSizeClasses.begin());
}

bool is_time(Target::Quantity quantity) {
  return quantity == Target::Quantity::Wait || quantity == Target::Quantity::Turnaround;
}

/// The figure of a target as an axis shows it.
double shown(const Target& target, double value) {
  return is_time(target.quantity) ? value / 3600 : value;
}

ChartAxis target_axis(const Target& target, const SizeStudy& study) {
  if (target.quantity == Target::Quantity::Utilisation) return share_axis("utilisation");
  double least = target.bound, most = target.bound;
  for (const SizePoint& point : study.points) {
    if (std::isfinite(point.value.mean) && point.value.mean > 0) {
      least = std::min(least, point.value.mean);
      most = std::max(most, point.value.mean);
    }
  }
  const Scale scale = least > 0 && most > 30 * least ? Scale::Log : Scale::Linear;
  return hours_axis(target_figure(target) + (is_time(target.quantity) ? " (hours)" : ""), scale);
}

Chart study_chart(const SizeStudy& study) {
  Chart chart;
  chart.y = target_axis(study.target, study);
  chart.levels.push_back({"target", shown(study.target, study.target.bound)});
  chart.series.push_back({target_figure(study.target), Shape::Line, {}, 0});
  chart.series.push_back({"tried, 95 %", Shape::Markers, {}, 0});
  return chart;
}

void add_point(Chart& chart, const SizeStudy& study, const SizePoint& point, double x) {
  const auto y = [&](double value) { return shown(study.target, value); };
  chart.series[0].points.push_back({x, y(point.value.mean)});
  chart.series[1].points.push_back({x, y(point.value.mean), y(point.value.low), y(point.value.high)});
}

}  // namespace

Chart gpus_over_time_chart(const UsageSummary& usage) {
  Chart chart;
  chart.key = "gpus_over_time";
  chart.title = "GPUs held by tenants";
  chart.x = time_axis();
  chart.y = gpu_axis();
  chart.stacked = true;
  chart.levels.push_back({fmt::format("{} GPUs", format_count(usage.gpus)), static_cast<double>(usage.gpus)});
  const std::vector<std::size_t> order = by_gpu_hours(usage);
  // One more has its own colour where it would be the only one of the rest.
  const std::size_t apart = order.size() == kApart + 1 ? order.size() : std::min(order.size(), kApart);
  for (std::size_t i = 0; i < apart; ++i)
    chart.series.push_back(over_time(usage.tenants[order[i]], Shape::Area, usage, usage.tenant_gpus[order[i]]));
  if (apart < order.size()) {
    std::vector<double> rest(usage.allocated.size());
    for (std::size_t i = apart; i < order.size(); ++i) {
      for (std::size_t b = 0; b < rest.size(); ++b) rest[b] += usage.tenant_gpus[order[i]][b];
    }
    chart.series.push_back(over_time(fmt::format("{} others", order.size() - apart), Shape::Area, usage, rest));
  }
  if (usage.down_hours > 0) {
    std::vector<double> up;
    for (const double down : usage.down) up.push_back(static_cast<double>(usage.gpus) - down);
    chart.series.push_back(over_time("in service", Shape::Line, usage, up, 6));
  }
  return chart;
}

Chart backlog_chart(const UsageSummary& usage) {
  Chart chart;
  chart.key = "backlog";
  chart.title = "work that waits";
  chart.x = time_axis();
  chart.y = {"GPU-hours", Figure::Kind::Number, Dimension::None, Scale::Linear};
  chart.series.push_back(over_time("", Shape::Area, usage, usage.backlog, 1));
  return chart;
}

Chart free_gpus_chart(const UsageSummary& usage) {
  Chart chart;
  chart.key = "free_gpus";
  chart.title = "GPUs that are free, and the largest gang that could start";
  chart.x = time_axis();
  chart.y = gpu_axis();
  chart.series.push_back(over_time("free", Shape::Area, usage, usage.free, 4));
  std::vector<double> gangs;
  for (const long long gang : usage.largest_gang) gangs.push_back(gang < 0 ? kNaN : static_cast<double>(gang));
  ChartSeries largest = over_time("largest gang", Shape::Line, usage, gangs, 1);
  std::erase_if(largest.points, [](const ChartPoint& point) { return std::isnan(point.y); });
  if (!largest.points.empty()) chart.series.push_back(std::move(largest));
  return chart;
}

Chart wait_chart(std::span<const ClusterAnswer> answers) {
  Chart chart;
  chart.key = "waits";
  chart.title = "jobs that started within a wait";
  chart.x = hours_axis("wait (hours)", Scale::Log);
  chart.y = share_axis("share of the jobs");
  // To where every curve is as good as flat.
  constexpr double kFlat = 5e-4;
  double longest = 60;
  for (const ClusterAnswer& answer : answers) {
    const WaitCurve& curve = answer.outcome.waits;
    for (std::size_t i = 0; i < curve.waits.size(); ++i) {
      if (curve.shares[i] < curve.shares.back() - kFlat) longest = std::max(longest, curve.waits[i] * 1.1);
    }
  }
  for (const ClusterAnswer& answer : answers) {
    const WaitCurve& curve = answer.outcome.waits;
    ChartSeries series{answers.size() > 1 ? answer.policy : "", Shape::Line, {}, -1};
    for (std::size_t i = 0; i < curve.waits.size() && curve.waits[i] <= 1.1 * longest; ++i)
      series.points.push_back({curve.waits[i] / 3600, curve.shares[i]});
    chart.series.push_back(std::move(series));
  }
  return chart;
}

Chart wait_by_size_chart(const Outcome& outcome) {
  Chart chart;
  chart.key = "wait_by_size";
  chart.title = "wait by the GPUs that a job asks for";
  chart.x.title = "GPUs";
  chart.y = hours_axis("wait (hours)", Scale::Linear);
  ChartSeries median{"median", Shape::Bars, {}, 0}, p90{"90 %", Shape::Bars, {}, 1};
  for (const JobGroup& size : outcome.sizes) {
    const auto x = static_cast<double>(chart.categories.size());
    chart.categories.push_back(size.name);
    median.points.push_back({x, size.wait.median / 3600});
    p90.points.push_back({x, size.wait.p90 / 3600});
  }
  chart.series = {std::move(median), std::move(p90)};
  return chart;
}

Chart wait_by_size_chart(std::span<const ClusterAnswer> answers) {
  Chart chart;
  chart.key = "wait_by_size";
  chart.title = "wait of nine jobs in ten, by the GPUs that they ask for";
  chart.x.title = "GPUs";
  chart.y = hours_axis("90 % wait (hours)", Scale::Linear);
  std::vector<bool> known(kSizeClasses.size());
  for (const ClusterAnswer& answer : answers) {
    for (const JobGroup& size : answer.outcome.sizes) known[class_of(size.name)] = true;
  }
  for (std::size_t c = 0; c < known.size(); ++c) {
    if (known[c]) chart.categories.emplace_back(kSizeClasses[c]);
  }
  for (const ClusterAnswer& answer : answers) {
    ChartSeries bars{answer.policy, Shape::Bars, {}, -1};
    for (std::size_t i = 0; i < chart.categories.size(); ++i) {
      const auto size = std::find_if(answer.outcome.sizes.begin(), answer.outcome.sizes.end(),
                                     [&](const JobGroup& group) { return group.name == chart.categories[i]; });
      bars.points.push_back(
          {static_cast<double>(i), size == answer.outcome.sizes.end() ? kNaN : size->wait.p90 / 3600});
    }
    chart.series.push_back(std::move(bars));
  }
  return chart;
}

Chart entitlement_chart(const Fairness& fairness) {
  std::vector<const TenantShare*> tenants;
  for (const TenantShare& tenant : fairness.tenants) tenants.push_back(&tenant);
  std::stable_sort(tenants.begin(), tenants.end(),
                   [](const TenantShare* a, const TenantShare* b) { return a->asked > b->asked; });
  if (tenants.size() > kMostTenants) tenants.resize(kMostTenants);
  // What would be no bar at all has only a label, in the way of others.
  constexpr double kLeast = 0.01;
  const double most = tenants.empty() ? 0 : tenants.front()->asked;
  std::erase_if(tenants, [&](const TenantShare* tenant) { return tenant->asked < kLeast * most; });
  Chart chart;
  chart.key = "entitlements";
  chart.title = "GPU-hours that tenants are entitled to, ask for and get";
  chart.y = {"GPU-hours", Figure::Kind::Number, Dimension::None, Scale::Linear};
  ChartSeries entitled{"entitled", Shape::Bars, {}, 6}, asked{"asked for", Shape::Bars, {}, 5},
      received{"received", Shape::Bars, {}, 0};
  for (const TenantShare* const tenant : tenants) {
    const auto x = static_cast<double>(chart.categories.size());
    chart.categories.push_back(tenant->name);
    entitled.points.push_back({x, tenant->entitled});
    asked.points.push_back({x, tenant->asked});
    received.points.push_back({x, tenant->received});
  }
  chart.series = {std::move(entitled), std::move(asked), std::move(received)};
  return chart;
}

Chart gantt_chart(const Gantt& gantt, const JobTable& jobs, Millis end) {
  Chart chart;
  chart.key = "gantt";
  chart.title = "jobs on GPUs";
  chart.x = time_axis();
  chart.y = {"GPU, node by node, from 1", Figure::Kind::Count, Dimension::None, Scale::Linear};
  std::map<std::int32_t, std::size_t> series_of;  // By tenant.
  for (const Gantt::Bar& bar : gantt.bars()) {
    const std::int32_t tenant = value_or(jobs.tenant, bar.job, -1);
    const auto [found, is_new] = series_of.try_emplace(tenant, chart.series.size());
    if (is_new) chart.series.push_back({tenant < 0 ? "jobs" : jobs.tenants.at(tenant), Shape::Line, {}, -1});
    std::vector<ChartPoint>& points = chart.series[found->second].points;
    points.push_back({seconds(bar.start), static_cast<double>(bar.gpu + 1)});
    points.push_back({seconds(bar.end < 0 ? end : bar.end), static_cast<double>(bar.gpu + 1)});
    points.push_back({kNaN, kNaN});  // The line ends.
  }
  return chart;
}

Chart knee_chart(const SizeStudy& study) {
  Chart chart = study_chart(study);
  chart.key = "knee";
  chart.title = target_figure(study.target) + target_scope(study.target) + " against the load";
  chart.x = share_axis("GPU-time asked for over that of the machine");
  std::vector<const SizePoint*> points;
  for (const SizePoint& point : study.points) points.push_back(&point);
  std::stable_sort(points.begin(), points.end(),
                   [](const SizePoint* a, const SizePoint* b) { return a->load < b->load; });
  for (const SizePoint* const point : points) add_point(chart, study, *point, point->load);
  return chart;
}

Chart size_chart(const SizeStudy& study) {
  Chart chart = study_chart(study);
  chart.key = "by_size";
  chart.title = target_figure(study.target) + target_scope(study.target) + " by the size of the machine";
  chart.x = {"GPUs", Figure::Kind::Count, Dimension::None, Scale::Linear};
  for (const SizePoint& point : study.points) add_point(chart, study, point, static_cast<double>(point.gpus));
  return chart;
}

Chart start_chart(const StartForecast& forecast) {
  Chart chart;
  chart.key = "start";
  chart.title = "when the job starts";
  chart.x = {"wait from now", Figure::Kind::Quantity, Dimension::Time, Scale::Linear};
  chart.y = share_axis("share of the replays in which it has started");
  ChartSeries started{"started", Shape::Step, {}, 0};
  const auto all = static_cast<double>(forecast.waits.size());
  started.points.push_back({0, 0});
  for (std::size_t i = 0; i < forecast.waits.size() && std::isfinite(forecast.waits[i]); ++i)
    started.points.push_back({forecast.waits[i], static_cast<double>(i + 1) / all});
  chart.series.push_back(std::move(started));
  if (forecast.unhindered > 0 && std::isfinite(forecast.unhindered))
    chart.series.push_back(mark("if nobody came after it", forecast.unhindered, 1));
  return chart;
}

std::vector<Chart> cluster_charts(const ClusterAnswer& answer) {
  std::vector<Chart> charts;
  if (answer.usage.allocated.size() > 1) charts.push_back(gpus_over_time_chart(answer.usage));
  if (answer.usage.peak_waiting > 0 && answer.usage.backlog.size() > 1) charts.push_back(backlog_chart(answer.usage));
  if (answer.usage.free.size() > 1) charts.push_back(free_gpus_chart(answer.usage));
  charts.push_back(wait_chart({&answer, 1}));
  const std::vector<JobGroup>& sizes = answer.outcome.sizes;
  const bool any_waits =
      std::any_of(sizes.begin(), sizes.end(), [](const JobGroup& size) { return size.wait.p90 > 0; });
  if (sizes.size() > 1 && any_waits) charts.push_back(wait_by_size_chart(answer.outcome));
  if (answer.fairness.tenants.size() > 1) charts.push_back(entitlement_chart(answer.fairness));
  return charts;
}

}  // namespace orrery
