#include "cluster/effects/rate_table.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace orrery {

int level_count(const SharedMachine& machine) {
  return 3 + static_cast<int>(machine.levels.size());
}

RateTable::RateTable(int kinds, int gpu_types, int levels, std::vector<std::int32_t> gpus)
    : kinds_(kinds), gpu_types_(gpu_types), levels_(levels), gpus_(std::move(gpus)) {
  ORRERY_CHECK(kinds >= 0 && gpu_types >= 0 && levels > kNodeLevel, "a rate table has levels");
  ORRERY_CHECK(!gpus_.empty() && gpus_.front() > 0 &&
                   std::is_sorted(gpus_.begin(), gpus_.end(), [](auto a, auto b) { return a <= b; }),
               "numbers of GPUs ascend");
  rates_.assign(cell(kinds, 0, 0, 0), 0);
}

std::size_t RateTable::cell(std::int32_t kind, std::int32_t gpu_type, int level, std::size_t column) const {
  const std::size_t row = static_cast<std::size_t>((kind * gpu_types_ + gpu_type) * levels_ + level);
  return row * gpus_.size() + column;
}

void RateTable::set(std::int32_t kind, std::int32_t gpu_type, int level, std::int32_t gpus, double rate) {
  ORRERY_CHECK(kind >= 0 && kind < kinds_ && gpu_type >= 0 && gpu_type < gpu_types_ && level >= 0 && level < levels_,
               "a rate lies in its table");
  const auto column = std::lower_bound(gpus_.begin(), gpus_.end(), gpus);
  ORRERY_CHECK(column != gpus_.end() && *column == gpus && rate >= 0, "a rate lies in its table");
  rates_[cell(kind, gpu_type, level, static_cast<std::size_t>(column - gpus_.begin()))] = rate;
}

double RateTable::known(std::int32_t kind, std::int32_t gpu_type, int level, std::size_t column) const {
  for (int up = level; up < levels_; ++up) {
    if (const double rate = rates_[cell(kind, gpu_type, up, column)]; rate > 0) return rate;
  }
  for (int down = level - 1; down >= 0; --down) {
    if (const double rate = rates_[cell(kind, gpu_type, down, column)]; rate > 0) return rate;
  }
  return 0;
}

double RateTable::rate(std::int32_t kind, std::int32_t gpu_type, int level, std::int32_t gpus) const {
  if (kind < 0 || kind >= kinds_ || gpu_type < 0 || gpu_type >= gpu_types_ || gpus <= 0) return 0;
  // Columns on both sides of which this kind is known there.
  const std::size_t at = static_cast<std::size_t>(std::lower_bound(gpus_.begin(), gpus_.end(), gpus) - gpus_.begin());
  double above = 0, below = 0;
  std::size_t right = at, left = at;
  while (right < gpus_.size() && (above = known(kind, gpu_type, level, right)) <= 0) ++right;
  if (right < gpus_.size() && gpus_[right] == gpus) return above;
  while (left > 0 && (below = known(kind, gpu_type, level, left - 1)) <= 0) --left;
  if (above > 0 && below > 0) {
    const double few = gpus_[left - 1], many = gpus_[right];
    return below + (above - below) * (gpus - few) / (many - few);
  }
  if (below > 0) return below * gpus / gpus_[left - 1];
  if (above > 0) return above * gpus / gpus_[right];
  return 0;
}

}  // namespace orrery
