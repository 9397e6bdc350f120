#pragma once

#include <functional>
#include <string>
#include <vector>

#include "validate/evaluate.hpp"

namespace orrery {

/// A measured configuration in the model's terms: what constants are fitted on.
struct FitSample {
  StepSpec spec;
  std::string family;
  Seconds measured;
};

/// The samples of `rows`: interpreted, one row a group (the most direct figure of time), memory, FP32 and skipped rows
/// left out.
std::vector<FitSample> fit_samples(const std::vector<MeasuredRow>& rows, const RowPresets& presets,
                                   const PredictStep& predict);

/// Which constants belong to a chip and to a software profile, and within which physical bounds.
struct StepConstant {
  std::string owner;  ///< Name of the software profile, or of the first chip of `members`.
  std::vector<std::string>
      members;  ///< Chips that share it (of one architecture); for software the profile alone. Empty: all.
  bool of_chip = true;
  std::string name;  ///< As in the preset: "sustained_clock".
  double low = 0, high = 1;
  double value = 0;
  std::size_t samples = 0;  ///< Configurations that it acts on.
};

struct StepFit {
  std::vector<StepConstant> constants;
  double loss_before = 0, loss_after = 0;  ///< Mean over families of the mean robust error |ln(predicted / measured)|.
};

/// Fits the constants of the step level on `samples`: for each chip its sustained clocks, for each architecture the
/// speed of attention and of memory, for each software profile its host times, each only where enough samples depend on
/// it.
///
/// Every constant starts from what is expected of it (its value before any step was measured, with a spread), and
/// moving away costs as much as one configuration of typical error would: the maximum of the posterior under a normal
/// prior.
///
/// Cyclic search, one constant at a time on a shrinking grid within its bounds, until a cycle gains less than 0.01 % of
/// the loss. A family weighs as the square root of its configurations, so that 700 small runs do not outvote 40 large
/// ones; a configuration counts at most 50 % error. Deterministic.
///
/// Chips listed together in `architectures` share all but their clocks, which follow power and cooling; any other chip
/// has all of its own.
StepFit fit_step(std::vector<FitSample> samples, const PredictStep& predict,
                 const std::vector<std::vector<std::string>>& architectures = {});

/// Sets a fitted constant in a step's chip or software where it belongs to that.
void apply_constant(const StepConstant& constant, StepSpec& spec);

}  // namespace orrery
