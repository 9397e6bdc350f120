#include "network/collective.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace orrery {
namespace {

Seconds cost(const CostLine& line, Bytes payload) {
  return max(line.latency + payload / line.bandwidth, line.floor);
}

/// Whether `a` is believed to be cheaper than `b` just above the payload at which both cost the same.
bool cheaper_above(const CostCandidate& a, const CostCandidate& b) {
  return a.believed_per_byte < b.believed_per_byte;
}

const CostCandidate* cheapest_empty(std::span<const CostCandidate> candidates) {
  const CostCandidate* best = nullptr;
  for (const CostCandidate& each : candidates) {
    ORRERY_CHECK(each.believed_per_byte > 0 && each.believed_latency.raw() >= 0 && each.count > 0,
                 "a candidate has a latency and a bandwidth");
    if (best == nullptr || each.believed_latency < best->believed_latency ||
        (each.believed_latency == best->believed_latency && cheaper_above(each, *best))) {
      best = &each;
    }
  }
  return best;
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

double bus_factor(Collective collective, double ranks) {
  switch (collective) {
    case Collective::AllReduce:
      return 2 * (ranks - 1) / ranks;
    case Collective::AllGather:
    case Collective::ReduceScatter:
    case Collective::AllToAll:
      return (ranks - 1) / ranks;
    case Collective::Broadcast:
    case Collective::SendReceive:
      return 1;
  }
  ORRERY_CHECK(false, "every collective has a bus bandwidth");
}

CostCurve::CostCurve(std::span<const CostCandidate> candidates) {
  const CostCandidate* now = cheapest_empty(candidates);
  Bytes from;
  while (now != nullptr) {
    // Those that save on every further byte overtake sooner or later; the first to do so is next.
    const CostCandidate* next = nullptr;
    Bytes to(std::numeric_limits<double>::infinity());
    for (const CostCandidate& each : candidates) {
      const double saved = now->believed_per_byte - each.believed_per_byte;
      if (saved <= 0) continue;
      const Bytes overtakes = std::max(from, Bytes((each.believed_latency - now->believed_latency).raw() / saved));
      if (next == nullptr || overtakes < to || (overtakes == to && cheaper_above(each, *next))) {
        next = &each;
        to = overtakes;
      }
    }
    append(*now, from, to);
    from = to;
    now = next;
  }
}

void CostCurve::append(const CostCandidate& candidate, Bytes from, Bytes to) {
  for (std::size_t i = 0; i < candidate.count; ++i) {
    const CostCandidate::Piece& piece = candidate.pieces[i];
    const Bytes start = std::max(from, piece.from);
    const Bytes end = i + 1 < candidate.count ? std::min(to, candidate.pieces[i + 1].from) : to;
    if (start >= end) continue;
    ORRERY_CHECK(count_ < kMaxLines, "a cost curve holds its lines");
    ORRERY_CHECK(piece.per_byte > 0 && piece.latency.raw() >= 0, "a cost line has a bandwidth and a latency");
    const Seconds floor = count_ == 0 ? Seconds{} : cost(lines_[count_ - 1], start);
    lines_[count_++] = {piece.latency, BytesPerSecond(1 / piece.per_byte), candidate.algorithm, start, floor};
  }
}

const CostLine* CostCurve::ruling(Bytes payload) const {
  if (count_ == 0) return nullptr;
  std::size_t i = 0;
  while (i + 1 < count_ && lines_[i + 1].from <= payload) ++i;
  return &lines_[i];
}

Seconds CostCurve::time(Bytes payload) const {
  const CostLine* line = ruling(payload);
  return line == nullptr ? Seconds{} : cost(*line, payload);
}

}  // namespace orrery
