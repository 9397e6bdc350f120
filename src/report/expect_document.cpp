#include "report/expect_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery {
namespace {

/// nccl-tests prints GB/s of 10^9 bytes and microseconds.
std::string gigabytes(BytesPerSecond rate) {
  return fmt::format("{:.2f}", rate.raw() / 1e9);
}

double bus(const NetworkSpec& spec, const NetworkResult& result, Bytes payload, Seconds time) {
  return time.raw() > 0 ? bus_factor(spec.collective, result.group.ranks) * (payload / time).raw() : 0;
}

Chart expected_chart(const NetworkSpec& spec, const NetworkResult& result, const NetworkContext& context) {
  Chart chart;
  chart.key = "bus_bandwidth_curve";
  chart.title =
      fmt::format("{} over {} GPUs, 80 % interval", collective_name(spec.collective), format_count(result.group.ranks));
  chart.x = {"payload", Figure::Kind::Quantity, DimensionOf<Bytes>::value, ChartAxis::Scale::Log2};
  chart.y = {"bus bandwidth", Figure::Kind::Quantity, DimensionOf<BytesPerSecond>::value, ChartAxis::Scale::Linear};
  ChartSeries expected;
  expected.name = "expected";
  for (const NetworkRow& row : result.rows) {
    const RowInterval interval = interval_of(spec, result.group, row, context.intervals);
    expected.points.push_back({row.payload.raw(), row.bus_bandwidth.raw(),
                               bus(spec, result, row.payload, interval.high),
                               bus(spec, result, row.payload, interval.low)});
  }
  chart.series.push_back(std::move(expected));
  return chart;
}

void add_common(const NetworkSpec& spec, const NetworkResult& result, const NetworkContext& context,
                Document& document) {
  document.fields.push_back({"collective", "", collective_name(spec.collective)});
  document.fields.push_back({"gpus", "", count(result.group.ranks)});
  document.fields.push_back({"machine", "machine", machine_text(spec.cluster)});
  document.notes.push_back(fabric_text(spec, result));
  add_nearby(context, document);
  document.notes.push_back("sizes, times and bandwidths as nccl-tests counts them: GB/s are 10^9 bytes");
  for (const std::string& each : context.assumptions) document.notes.push_back("assumed: " + each);
}

std::string reached_text(const Comparison& comparison) {
  const std::string large =
      fmt::format("{:.0f} % of the expected bandwidth from 1 MiB on", 100 * comparison.reached_large);
  const std::string small = fmt::format("{:.0f} % below 1 MiB", 100 * comparison.reached_small);
  if (comparison.reached_small <= 0) return large;
  return comparison.reached_large > 0 ? large + ", " + small : small;
}

/// Sizes that are slower than the interval, as stretches: "64 KiB to 2 MiB".
std::string short_sizes(const NetworkSpec& spec, const std::vector<MeasuredPoint>& points, const Comparison& comparison,
                        const NetworkContext& context) {
  std::vector<std::string> stretches;
  std::size_t first = points.size();
  for (std::size_t i = 0; i <= points.size(); ++i) {
    const bool is_slow =
        i < points.size() &&
        points[i].time >
            interval_of(spec, comparison.expected.group, comparison.expected.rows[i], context.intervals).high;
    if (is_slow && first == points.size()) first = i;
    if (is_slow || first == points.size()) continue;
    const std::string from = format_bytes(points[first].payload), to = format_bytes(points[i - 1].payload);
    stretches.push_back(from == to ? from : fmt::format("{} to {}", from, to));
    first = points.size();
  }
  return fmt::format("{}", fmt::join(stretches, ", "));
}

}  // namespace

Document expect_document(const NetworkSpec& spec, const NetworkResult& result, const NetworkContext& context) {
  Document document;
  document.command = "network expect";
  const auto best = std::max_element(result.rows.begin(), result.rows.end(),
                                     [](const auto& a, const auto& b) { return a.bus_bandwidth < b.bus_bandwidth; });
  const RowInterval interval = interval_of(spec, result.group, *best, context.intervals);
  document.answer.push_back(fmt::format("{} over {} GPUs should reach {} GB/s bus bandwidth, 80 % interval {} to {}",
                                        collective_name(spec.collective), format_count(result.group.ranks),
                                        gigabytes(best->bus_bandwidth),
                                        gigabytes(BytesPerSecond(bus(spec, result, best->payload, interval.high))),
                                        gigabytes(BytesPerSecond(bus(spec, result, best->payload, interval.low)))));
  Table table{"expected",
              "what nccl-tests should print",
              {{"bytes", "size"},
               {"time", "time"},
               {"low", "low"},
               {"high", "high"},
               {"algorithm_bandwidth", "algbw"},
               {"bus_bandwidth", "busbw"},
               {"algorithm", "algorithm"}},
              {},
              "",
              false};
  for (const NetworkRow& row : result.rows) {
    const RowInterval each = interval_of(spec, result.group, row, context.intervals);
    table.rows.push_back({figure(row.payload), figure(row.time), figure(each.low), figure(each.high),
                          figure(row.algorithm_bandwidth), figure(row.bus_bandwidth), row.algorithm});
  }
  document.tables.push_back(std::move(table));
  document.charts.push_back(expected_chart(spec, result, context));
  add_common(spec, result, context, document);
  return document;
}

Document comparison_document(const NetworkSpec& spec, const std::vector<MeasuredPoint>& points,
                             const Comparison& comparison, const NetworkContext& context) {
  Document document;
  document.command = "network expect";
  const NetworkResult& expected = comparison.expected;
  document.answer.push_back(fmt::format("{} over {} GPUs reaches {} (medians)", collective_name(spec.collective),
                                        format_count(expected.group.ranks), reached_text(comparison)));
  const std::string slow = short_sizes(spec, points, comparison, context);
  document.answer.push_back(slow.empty() ? "no size is slower than its 80 % interval"
                                         : fmt::format("slower than the 80 % interval: {}", slow));
  if (comparison.explained) {
    const Explanation& best = comparison.explanations.front();
    document.answer.push_back(fmt::format("this looks as if {}: then the median error is {:.0f} % instead of {:.0f} %",
                                          best.what, 100 * std::expm1(best.error), 100 * std::expm1(comparison.error)));
  } else if (!slow.empty()) {
    document.answer.push_back("none of the usual causes explains it much better than the machine as it is");
  }
  document.fields = {{"reached_large", "", fraction(comparison.reached_large)},
                     {"reached_small", "", fraction(comparison.reached_small)},
                     {"median_error", "", fraction(std::expm1(comparison.error))},
                     {"explained", "", comparison.explained}};
  Table table{"sizes",
              "measured and expected",
              {{"bytes", "size"},
               {"measured", "measured"},
               {"expected", "expected"},
               {"low", "low"},
               {"high", "high"},
               {"measured_bus_bandwidth", "busbw"},
               {"expected_bus_bandwidth", "expected"},
               {"reached", "reached"},
               {"inside", "in interval"},
               {"algorithm", "algorithm expected"}},
              {},
              "",
              false};
  Chart chart = expected_chart(spec, expected, context);
  ChartSeries measured{"measured", ChartSeries::Shape::Markers, {}, -1};
  for (std::size_t i = 0; i < points.size(); ++i) {
    const NetworkRow& row = expected.rows[i];
    const RowInterval each = interval_of(spec, expected.group, row, context.intervals);
    const bool inside = points[i].time >= each.low && points[i].time <= each.high;
    const BytesPerSecond reached(bus(spec, expected, points[i].payload, points[i].time));
    table.rows.push_back({figure(row.payload), figure(points[i].time), figure(row.time), figure(each.low),
                          figure(each.high), figure(reached), figure(row.bus_bandwidth),
                          fraction(row.time / points[i].time, 0),
                          std::string(inside                       ? "yes"
                                      : points[i].time > each.high ? "slower"
                                                                   : "faster"),
                          row.algorithm});
    measured.points.push_back({points[i].payload.raw(), reached.raw()});
  }
  document.tables.push_back(std::move(table));
  chart.series.push_back(std::move(measured));
  Table causes{"explanations",
               "what it would look like if",
               {{"what", "cause"}, {"median_error", "median error"}},
               {{std::string("the machine is as it is said to be"), fraction(std::expm1(comparison.error))}},
               "",
               false};
  for (const Explanation& each : comparison.explanations) {
    causes.rows.push_back({each.what, fraction(std::expm1(each.error))});
  }
  document.tables.push_back(std::move(causes));
  document.charts.push_back(std::move(chart));
  add_common(spec, expected, context, document);
  return document;
}

}  // namespace orrery
