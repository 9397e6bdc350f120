#pragma once

#include <string>
#include <vector>

#include "step/spec.hpp"
#include "validate/conventions.hpp"
#include "validate/measured_row.hpp"

namespace orrery {

/// A published measurement of a step time, as facts with their source and in the model's terms.
struct ReferenceMeasurement {
  MeasuredRow row;
  Interpretation meaning;
};

/// A reference measurement and how far it stands from what was asked.
struct NearMeasurement {
  const ReferenceMeasurement* reference = nullptr;
  double distance = 0;
};

/// How unlike two steps are, in doublings: how many times something must be doubled to turn one into the other.
///
/// What the model's error hangs on most counts most:
/// - another chip: 1, plus the doublings of the BF16 peak, plus 2 for another vendor (other links, other software);
/// - another precision: the doublings of its width, at least 1/4 (bf16 to fp8: 1, fp8 to mxfp8: 1/4);
/// - the model: the mean of the doublings of all parameters and of those that a token uses;
/// - the scale: half the doublings of the chips, of the tokens a chip and of the sequence, each.
///
/// Chosen by hand, not fitted, and for display only: no answer depends on it.
double unlikeness(const StepSpec& a, const StepSpec& b);

/// The k measurements most like `spec`, nearest first, at most one a configuration (ties by id). A model with experts
/// is compared with models with experts only, and a dense one with dense ones, as long as there is any: their errors
/// have other causes. There may then be fewer than k.
std::vector<NearMeasurement> nearest_measurements(const StepSpec& spec,
                                                  const std::vector<ReferenceMeasurement>& references, std::size_t k);

/// The rows of data/reference/measurements.csv that the model can be asked about. `fits` as in `interpret`.
std::vector<ReferenceMeasurement> reference_measurements(const RowPresets& presets, const FitsMemory& fits);

}  // namespace orrery
