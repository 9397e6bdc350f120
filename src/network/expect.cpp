#include "network/expect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr Bytes kLarge = 1_MiB;
/// Errors below this need no explanation: the model's own are of this size.
constexpr double kNeedsExplaining = 0.1;

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double error_of(const std::vector<MeasuredPoint>& points, const std::vector<Seconds>& times) {
  std::vector<double> errors;
  for (std::size_t i = 0; i < points.size(); ++i) errors.push_back(std::abs(std::log(points[i].time / times[i])));
  return median(std::move(errors));
}

std::vector<Seconds> times_of(const NetworkResult& result) {
  std::vector<Seconds> times;
  for (const NetworkRow& row : result.rows) times.push_back(row.time);
  return times;
}

/// One thing that may be otherwise.
struct Change {
  std::string what;
  std::function<void(NetworkSpec&)> apply;
};

std::vector<Change> changes(const NetworkSpec& spec) {
  std::vector<Change> all;
  const bool far = spec.cluster.chips > spec.cluster.node.scale_up_domain;
  const int chips = spec.cluster.node.chips;
  const auto nics = [&](std::string what, double share) {
    all.push_back({std::move(what), [share](NetworkSpec& s) { s.cluster.node.scale_out_bandwidth *= share; }});
  };
  if (far && chips > 2) nics(fmt::format("one NIC of {} is down", chips), (chips - 1.0) / chips);
  if (far) {
    nics("half of the NICs are down, or run at half of their rate", 0.5);
    nics("a quarter of the NICs' rate is left", 0.25);
    for (const double slower : {2.0, 4.0}) {
      all.push_back({fmt::format("the fabric's latency is {:.0f} times as long", slower),
                     [slower](NetworkSpec& s) { s.cluster.fabric.latency *= slower; }});
    }
    all.push_back({"ranks run at random over the machine",
                   [](NetworkSpec& s) { s.cluster.placement.order = PlacementOrder::Random; }});
    if (!spec.cluster.fabric.tiers.empty()) {
      all.push_back({"the leaves are oversubscribed 2:1",
                     [](NetworkSpec& s) { s.cluster.fabric.tiers.front().oversubscription *= 2; }});
    }
  }
  all.push_back(
      {"scale-up links run at half of their rate", [](NetworkSpec& s) { s.cluster.node.scale_up_bandwidth *= 0.5; }});
  for (const auto& [algorithm, what] : {std::pair{"ring", "rings alone run: NVLS is off, or NCCL_ALGO=Ring"},
                                        {"tree", "trees alone run: NCCL_ALGO=Tree"},
                                        {"ring/LL128", "rings in LL128 alone run: NCCL_PROTO=LL128"},
                                        {"ring/Simple", "rings in Simple alone run: NCCL_PROTO=Simple"},
                                        {"tree/Simple", "trees in Simple alone run: NCCL_PROTO=Simple"},
                                        {"NVLSTree", "NVLS trees alone run: NCCL_ALGO=NVLSTree"}}) {
    all.push_back({what, [name = std::string(algorithm)](NetworkSpec& s) { s.algorithm = name; }});
  }
  return all;
}

/// Times under a change; nothing where it cannot be: an algorithm that the collective does not know.
std::optional<std::vector<Seconds>> times_under(NetworkSpec spec, const Change& change) {
  change.apply(spec);
  try {
    return times_of(simulate_network(spec));
  } catch (const InputError&) {
    return std::nullopt;
  }
}

}  // namespace

Comparison compare_with_measured(const NetworkSpec& asked, const std::vector<MeasuredPoint>& points) {
  ORRERY_CHECK(!points.empty(), "a comparison has points");
  NetworkSpec spec = asked;
  spec.payloads.clear();
  for (const MeasuredPoint& point : points) {
    ORRERY_CHECK(point.time.raw() > 0, "measured times are positive");
    spec.payloads.push_back(point.payload);
  }
  Comparison comparison;
  comparison.expected = simulate_network(spec);
  const std::vector<Seconds> expected = times_of(comparison.expected);
  comparison.error = error_of(points, expected);
  std::vector<double> large, small;
  for (std::size_t i = 0; i < points.size(); ++i) {
    (points[i].payload >= kLarge ? large : small).push_back(expected[i] / points[i].time);
  }
  comparison.reached_large = median(std::move(large));
  comparison.reached_small = median(std::move(small));
  for (const Change& change : changes(spec)) {
    auto times = times_under(spec, change);
    if (!times || *times == expected) continue;
    Explanation explanation{change.what, std::move(*times), 0};
    explanation.error = error_of(points, explanation.times);
    comparison.explanations.push_back(std::move(explanation));
  }
  std::stable_sort(comparison.explanations.begin(), comparison.explanations.end(),
                   [](const Explanation& a, const Explanation& b) { return a.error < b.error; });
  comparison.explained = comparison.error > kNeedsExplaining && !comparison.explanations.empty() &&
                         comparison.explanations.front().error < 0.5 * comparison.error;
  return comparison;
}

}  // namespace orrery
