#pragma once

#include <optional>

#include "base/date.hpp"
#include "fleet/optimal/buildout_problem.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// Renting as a scenario says it.
struct BuildoutRentalInput {
  DollarsPerSecond price;  ///< Of an H100-equivalent at the plan's start.
  double change = 0;       ///< Of that price, a year.
  double most = 0;         ///< H100-equivalents that can be had at any time.
};

/// What a build-out plan is chosen by: [buildout], beside [fleet].
struct BuildoutInput {
  BuildoutGoal goal = BuildoutGoal::MostH100e;
  std::optional<Date> by;          ///< None: the end of the plan.
  double h100e = 0;                ///< Target; 0: none.
  Flops flop;                      ///< Target; 0: none.
  std::optional<double> discount;  ///< A year, of dollars; none: the cost of capital.
  double flop_discount = 0;        ///< A year, of operations.
  bool whole_phases = false;
  int block = 0;                ///< Chips that are bought together; 0: any number.
  double delay_quantile = 0.5;  ///< Of build times and of waits for power: what the plan counts on.
  std::optional<BuildoutRentalInput> rental;
  int draws = 1000;  ///< Futures in which the plan found is played.
};

const Schema<BuildoutInput>& buildout_schema();

}  // namespace orrery
