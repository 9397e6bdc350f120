#include "network/collective.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {
namespace {

Seconds cost(const CostLine& line, Bytes payload) {
  return line.latency + payload / line.bandwidth;
}

/// Whether `middle` is nowhere cheaper than both of the others, which are ordered by latency and by bandwidth: the
/// outer two cross at a payload where `middle` costs at least as much.
bool never_rules(const CostLine& low, const CostLine& middle, const CostLine& high) {
  const double low_slope = 1 / low.bandwidth.raw(), high_slope = 1 / high.bandwidth.raw();
  const Bytes crossing{(high.latency - low.latency).raw() / (low_slope - high_slope)};
  return cost(middle, crossing) >= cost(low, crossing);
}

}  // namespace

Group strided_group(long long ranks, long long stride, const Node& node) {
  const auto within = [&](long long chips) {
    return static_cast<int>(std::clamp<long long>(chips / std::max(1LL, stride), 1, ranks));
  };
  Group group;
  group.ranks = static_cast<int>(ranks);
  group.ranks_per_domain = within(node.scale_up_domain);
  group.ranks_per_node = std::min(within(node.chips), group.ranks_per_domain);
  group.extent_chips = ranks * stride;
  return group;
}

// Lines stand in the order in which they rule as the payload grows: latency and bandwidth both rise.
void CostCurve::add(CostLine line) {
  ORRERY_CHECK(line.bandwidth.raw() > 0 && line.latency.raw() >= 0, "a cost line has a bandwidth and a latency");
  std::size_t at = 0;
  while (at < count_ && lines_[at].latency < line.latency) ++at;
  if (at > 0 && lines_[at - 1].bandwidth >= line.bandwidth) return;
  // Lines from `at` on start no earlier: those that are no faster either never rule.
  std::size_t end = at;
  while (end < count_ && lines_[end].bandwidth <= line.bandwidth) ++end;
  if (end == at && at < count_ && lines_[at].latency <= line.latency) return;
  if (at > 0 && end < count_ && never_rules(lines_[at - 1], line, lines_[end])) return;
  while (at > 1 && never_rules(lines_[at - 2], lines_[at - 1], line)) --at;
  while (end + 1 < count_ && never_rules(line, lines_[end], lines_[end + 1])) ++end;

  const std::size_t count = count_ - (end - at) + 1;
  ORRERY_CHECK(count <= kMaxLines, "a cost curve holds its lines");
  if (end == at) {
    for (std::size_t i = count_; i > at; --i) lines_[i] = lines_[i - 1];
  } else {
    for (std::size_t i = end; i < count_; ++i) lines_[i - end + at + 1] = lines_[i];
  }
  lines_[at] = line;
  count_ = count;
}

const CostLine* CostCurve::ruling(Bytes payload) const {
  if (count_ == 0) return nullptr;
  std::size_t best = 0;
  Seconds least = cost(lines_[0], payload);
  // The lines form the lower envelope: once the next costs more, so do all behind it.
  for (std::size_t i = 1; i < count_; ++i) {
    const Seconds next = cost(lines_[i], payload);
    if (next >= least) break;
    least = next;
    best = i;
  }
  return &lines_[best];
}

Seconds CostCurve::time(Bytes payload) const {
  if (count_ == 0) return {};
  Seconds least = cost(lines_[0], payload);
  for (std::size_t i = 1; i < count_; ++i) {
    const Seconds next = cost(lines_[i], payload);
    if (next >= least) break;
    least = next;
  }
  return least;
}

}  // namespace orrery
