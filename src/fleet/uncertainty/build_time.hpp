#pragma once

#include <string>

#include "base/law.hpp"
#include "base/quantity.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// What a phase of a site begins with.
enum class BuildKind {
  Greenfield,  ///< An empty field: from the clearing of the land until the first halls run.
  Brownfield,  ///< A shell that stands: only power, cooling and halls are put in.
  Growth       ///< A site that runs: from the phase before until this one runs too.
};

/// How long data centres take to build, from the first work until chips run: laws of seconds.
///
/// A first phase on an empty field takes longer the more megawatts it has, but far less than in proportion, since
/// halls are built side by side: T = T0 (P / reference power)^exponent. A refit skips the shell and a growing site has
/// its shells under way, so that neither depends on the size, within what was seen: steps of 75 to 273 MW.
/// Waits for power that outlast the building are not in it, but those that the builders overlapped are.
/// Fitted by `fit_build_model`; how far to trust it: docs/fleet-uncertainty.md.
struct BuildModel {
  std::string name;
  Law greenfield;  ///< A first phase of the reference power.
  Watts reference_power{100e6};
  double size_exponent = 0;  ///< 0 .. 1.
  Law brownfield;
  Law growth;
  double shock = 0;  ///< Spearman's correlation of the durations of any two phases.
};

/// From the first work on a phase of this power (growth: from the phase before) until chips run in it, in seconds.
Law build_duration(const BuildModel& model, BuildKind kind, Watts power);

const Schema<BuildModel>& build_model_schema();

/// A preset of presets/build/ ("sites"); throws `InputError` where there is none, or one that does not read.
BuildModel build_model_preset(const std::string& name = "sites");

}  // namespace orrery
