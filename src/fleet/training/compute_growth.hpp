#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/law.hpp"
#include "fleet/training/delivery.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// How fast what goes into the largest trainings grows: factors a year. Presets: presets/growth.
struct ComputeGrowth {
  std::string name{};
  Law compute;            ///< Training compute of notable models.
  Law chips;              ///< Number of chips in leading systems.
  Law performance;        ///< 16-bit performance of leading systems: chips times what each does.
  Law run_length;         ///< How long a training takes.
  Law system_cost;        ///< Hardware cost of leading systems.
  Law algorithm_halving;  ///< Seconds in which the compute for a fixed loss halves.
};

/// What a cause adds a year and which share of the growth it is, over draws.
struct GrowthShare {
  std::string key, name;  ///< "more_chips", "more chips"
  TrainingBand factor;    ///< A year.
  TrainingBand share;     ///< Of the logarithm of the growth of effective compute; the medians need not add up to 1.
};

/// Effective compute: operations times what better algorithms make of each.
struct GrowthShares {
  TrainingBand compute, effective;  ///< Factors a year.
  /// By what was built: more chips, faster chips, longer runs, all else of the compute (a growing part of the largest
  /// systems in one job, number formats, utilisation, notable models catching up), software.
  std::vector<GrowthShare> causes;
  /// The same growth of leading systems by what was paid: more money, and more performance for it.
  std::vector<GrowthShare> payment;
  /// Months of lead in software that make up for half of the chips.
  TrainingBand months_for_half;
  /// Share of the draws in which more chips are less than half of the growth of effective compute.
  double chips_below_half = 0;
};

/// Decomposes the growth of effective compute, compute x algorithms: the logarithms of its factors add up. `draws`
/// independent draws; each logarithm's share is taken within a draw, so that the shares of a draw add up to 1.
///
/// What cannot be identified: gains of algorithms were measured as compute saved to a fixed loss, and some come only at
/// scale, so that part of "software" is compute's; growth of leading systems and of notable models are different
/// samples, and their difference is left as "all else"; money is spent on chips, halls and people at once.
GrowthShares growth_shares(const ComputeGrowth& growth, std::uint64_t seed, int draws = 10'000);

/// What may be said of growth: [train.growth], and presets/growth.
const Schema<ComputeGrowth>& compute_growth_schema();
ComputeGrowth compute_growth_preset(const std::string& name = "2025");

}  // namespace orrery
