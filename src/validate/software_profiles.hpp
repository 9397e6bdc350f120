#pragma once

#include <vector>

#include "scenario/schema.hpp"
#include "validate/presets.hpp"

namespace orrery {

/// The declaration of a software profile (presets/software/*.toml): what it stands for, its switches and its host
/// constants.
const Schema<SoftwareProfile>& software_schema();

/// Every profile of presets/software/, by `from`, then name. Mistakes go to `diagnostics`.
std::vector<SoftwareProfile> software_profiles(Diagnostics& diagnostics);

}  // namespace orrery
