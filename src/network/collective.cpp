#include "network/collective.hpp"

#include "base/check.hpp"

namespace orrery {

void CostCurve::add(CostLine line) {
  // A line that another beats at every payload would only cost time.
  for (std::size_t i = 0; i < count_; ++i) {
    if (lines_[i].latency <= line.latency && lines_[i].bandwidth >= line.bandwidth) return;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (line.latency <= lines_[i].latency && line.bandwidth >= lines_[i].bandwidth) continue;
    lines_[kept++] = lines_[i];
  }
  count_ = kept;
  ORRERY_CHECK(count_ < kMaxLines, "a collective has few undominated ways to run");
  lines_[count_++] = line;
}

const CostLine* CostCurve::ruling(Bytes payload) const {
  const CostLine* best = nullptr;
  for (std::size_t i = 0; i < count_; ++i) {
    if (best == nullptr ||
        lines_[i].latency + payload / lines_[i].bandwidth < best->latency + payload / best->bandwidth) {
      best = &lines_[i];
    }
  }
  return best;
}

Seconds CostCurve::time(Bytes payload) const {
  if (payload.raw() <= 0) return {};
  const CostLine* line = ruling(payload);
  return line == nullptr ? Seconds{} : line->latency + payload / line->bandwidth;
}

}  // namespace orrery
