#pragma once

#include <functional>
#include <string>

#include "validate/collective_meaning.hpp"
#include "validate/interval.hpp"
#include "validate/score.hpp"

namespace orrery {

/// What bends collectives: intervals are calibrated by it.
inline constexpr const char* kSmallMessages = "below 1 MiB";
inline constexpr const char* kOneDomain = "one domain";
inline constexpr const char* kManyDomains = "many domains";
inline constexpr const char* kExpertsExchange = "exchange of experts";

/// Which of these a collective belongs to.
const char* collective_regime(const CollectiveMeaning& meaning);

/// Everything that scoring one row found out.
struct CollectiveEvaluation {
  RowScore score;
  CollectiveMeaning meaning;  ///< Valid when the row was not skipped.
  std::string algorithm;      ///< That the model chose.
  Seconds wire;               ///< What no algorithm beats.
  double yardstick = 0;       ///< Error of NCCL's own constants (`HierarchicalModel::believed`); 0 for experts.
};

CollectiveEvaluation evaluate_collective(const CollectiveRow& row, const RowPresets& presets,
                                         const IntervalTable& intervals);

/// The table of data/reference/collective_intervals.csv; empty when there is none.
const IntervalTable& collective_intervals();

}  // namespace orrery
