#pragma once

#include <cstdint>

#include "cluster/effects/rate_table.hpp"
#include "cluster/machine.hpp"
#include "step/spec.hpp"

namespace orrery {

/// Fills the row of one kind of job on one GPU type with steps per second of our own step and network levels.
///
/// `spec` is the job on that type of machine. Its tensor, pipeline and context parallel sizes and its global batch are
/// kept; data parallelism follows the number of GPUs. Numbers that the layout does not divide, and those on which the
/// job does not fit in memory, stay unknown. Up to a node the GPUs are packed; above, the job's nodes lie at random in
/// one unit of the level (the whole machine at the last), and a job that would fit on one node is halved over two, each
/// with the node's NICs.
void set_step_rates(const StepSpec& spec, const SharedMachine& machine, std::int32_t kind, std::int32_t gpu_type,
                    RateTable& rates);

}  // namespace orrery
