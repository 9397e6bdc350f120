#pragma once

#include <functional>
#include <string>

#include "base/expected.hpp"
#include "step/result.hpp"
#include "validate/baseline.hpp"
#include "validate/conventions.hpp"
#include "validate/interval.hpp"
#include "validate/score.hpp"

namespace orrery {

/// Predicts one step, or says why it cannot: `simulate_step`, or a stand-in under test.
using PredictStep = std::function<Expected<StepResult, std::string>(const StepSpec&)>;
/// `simulate_step` on the machine of the step, its collectives in closed form.
PredictStep step_predictor();

/// Operations of one step as the row's source counted them (attention, recomputation, key and value heads).
/// `hardware`: recomputed operations count too.
Flops counted_flops(const Interpretation& row, bool hardware);

/// The step time that a row's figure stands for. Memory and GPU hours have none: 0.
Seconds implied_step_time(const MeasuredRow& row, const Interpretation& meaning);

/// The figure that the row would print for a step of this time: the inverse of `implied_step_time`.
double figure_of(Seconds step_time, const MeasuredRow& row, const Interpretation& meaning);

/// Everything that scoring one row found out.
struct RowEvaluation {
  RowScore score;
  Interpretation meaning;  ///< Valid when the row was not skipped.
};

/// Interprets, predicts and scores one row. Intervals come from `intervals`.
RowEvaluation evaluate_row(const MeasuredRow& row, const RowPresets& presets, const PredictStep& predict,
                           const IntervalTable& intervals);

}  // namespace orrery
