#pragma once

#include <string>

#include "base/expected.hpp"
#include "step/search.hpp"
#include "step/step.hpp"

namespace orrery::fuzz {

/// Simulates a step that a reader let through, and requires of the answer what holds of any: a step that takes time,
/// parts of it that are not negative and add up to it, memory and utilisation that are numbers, a page that renders.
Expected<StepResult, std::string> sound_step(const StepSpec& spec);

/// Searches layouts for a job on few chips, and requires that what is proposed is sound and fits.
void sound_plan(const StepSpec& spec, const PlanOptions& options);

}  // namespace orrery::fuzz
