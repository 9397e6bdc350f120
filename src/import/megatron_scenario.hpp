#pragma once

#include "import/megatron_args.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// A Megatron-LM job as the tables of a scenario (`model`, `layout`, `training`), so that it may be changed by --set
/// and completed like any other. Every value's place is that of `source`. A job without a model has no `model` table.
Value megatron_scenario(const MegatronJob& job, const Source& source);

}  // namespace orrery
