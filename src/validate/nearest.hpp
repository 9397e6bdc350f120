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

/// How unlike two steps are: differences of log2 parameters, log2 chips, log2 sequences a chip and log2 sequence
/// length, plus 2 for another chip, 1 for another precision, 2 where one has experts and the other has not. For
/// display only: no answer depends on it.
double unlikeness(const StepSpec& a, const StepSpec& b);

/// The k measurements most like `spec`, nearest first, at most one a configuration (ties by id).
std::vector<NearMeasurement> nearest_measurements(const StepSpec& spec,
                                                  const std::vector<ReferenceMeasurement>& references, std::size_t k);

/// The rows of data/reference/measurements.csv that the model can be asked about. `fits` as in `interpret`.
std::vector<ReferenceMeasurement> reference_measurements(const RowPresets& presets, const FitsMemory& fits);

}  // namespace orrery
