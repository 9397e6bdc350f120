#pragma once

#include <string>

#include "import/nccl_log.hpp"
#include "import/network_scenario.hpp"

namespace orrery {

/// The question that a run of a log asks, laid over what a scenario and the options say.
///
/// What they leave open is the log's: the number of GPUs, the groups of NCCL_TESTS_SPLIT, the collective, and the node:
/// the usual one of the chip that the device's name stands for, with as many GPUs as a host has ranks where there are
/// several hosts. All of it stands in `assumptions`. Where both say something, they must agree: another number of GPUs,
/// another group or another collective is an error at the option that names the log's line; other chips are a warning.
///
/// Ranks are taken to fill host by host, as NCCL finds them by itself; `log` is the log's name in messages.
NetworkScenario read_nccl_scenario(Value root, const NcclRun& run, const std::string& log, Diagnostics& diagnostics);

}  // namespace orrery
