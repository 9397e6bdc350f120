#pragma once

#include <optional>
#include <string>

#include "import/nccl_log.hpp"
#include "network/collective.hpp"

namespace orrery {

/// The preset of a chip that a driver calls "NVIDIA H100 80GB HBM3" or "AMD Instinct MI300X"; empty where none is
/// known.
std::string chip_of_device(const std::string& model);

/// The collective of a run; nothing for those that are not modelled.
std::optional<Collective> collective_of_run(const NcclRun& run);

/// The name that a scenario gives it: "all_reduce".
std::string collective_word(Collective collective);

}  // namespace orrery
