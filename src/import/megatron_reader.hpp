#pragma once

#include <string>
#include <vector>

#include "import/megatron_args.hpp"
#include "import/megatron_flags.hpp"

namespace orrery {

/// What the readers of a job's parts share.
class MegatronReader {
 public:
  MegatronReader(const MegatronFlags& flags, Diagnostics& diagnostics) : flags_(flags), diagnostics_(diagnostics) {}

 protected:
  int number(const std::string& name, int fallback, int minimum = 1) {
    return flags_.number(name, fallback, minimum, diagnostics_);
  }
  int required(const std::string& name, const char* example) {
    if (!flags_.has(name)) diagnostics_.error("`--" + name + "` is missing", {}, example);
    return number(name, 0);
  }
  void contradiction(const std::string& message, const std::string& flag, const std::string& hint = "") {
    diagnostics_.error(message, flags_.span(flag), hint);
  }
  void warning(const std::string& message, const std::string& flag, const std::string& hint = "") {
    diagnostics_.warning(message, flags_.span(flag), hint);
  }

  const MegatronFlags& flags_;
  Diagnostics& diagnostics_;
};

/// The model; `expert_parallel` must divide its experts.
Transformer read_megatron_model(const MegatronFlags& flags, int expert_parallel, Diagnostics& diagnostics);

/// Interleaving into `job.layout`, and whether the job's chunks hold the layers that they are priced with: Megatron-LM
/// refuses what does not divide, and other partitions than ours are warned of. After the model.
void read_megatron_pipeline(const MegatronFlags& flags, MegatronJob& job, Diagnostics& diagnostics);

/// Recomputation into `job.layout`. After the model and the precision.
void read_megatron_recompute(const MegatronFlags& flags, MegatronJob& job, Diagnostics& diagnostics);

/// The switches of the software. After everything else.
MegatronSoftware read_megatron_software(const MegatronFlags& flags, const MegatronJob& job, Diagnostics& diagnostics);

}  // namespace orrery
