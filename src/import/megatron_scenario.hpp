#pragma once

#include "import/megatron_args.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// A Megatron-LM job as the tables of a scenario (`model`, `layout`, `training`, `software`), so that it may be changed
/// by --set and completed like any other. Every value's place is that of `source`. A job without a model has no `model`
/// table.
Value megatron_scenario(const MegatronJob& job, const Source& source);

/// Lays a job over the tables of `root`; its switches of software over the profile that `root` names, or over the usual
/// one.
void lay_megatron_over(Value& root, const MegatronJob& job, const Source& source);

}  // namespace orrery
