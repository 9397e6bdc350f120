#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run/spec.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A checkpoint level as a scenario says it: by times, or by bandwidths that the job's checkpoint is moved with.
struct CheckpointInput {
  CheckpointLevel level;
  bool asynchronous = false;                   ///< The job waits only for a copy in the hosts' memory.
  BytesPerSecond snapshot_bandwidth;           ///< Of that copy, per GPU.
  BytesPerSecond bandwidth;                    ///< Of writing, the whole job.
  BytesPerSecond read_bandwidth;               ///< Of reading; 0: as of writing.
  std::optional<Seconds> blocking, lag, load;  ///< Stated times go before computed ones.
};

/// What is replaced as one when it fails.
enum class ReplacedUnit { Node, ScaleUpDomain };

/// The declared inputs of the run level: [run] in a scenario.
struct RunInput {
  std::optional<Seconds> step_time;     ///< Of one step; otherwise from the step level.
  std::optional<double> steps, tokens;  ///< One of them says what is to be done.
  double tokens_per_step = 0;           ///< Where no step level says it.
  std::optional<Law> step_factor;       ///< Otherwise the interval of the step level; 1 with a stated step time.
  std::optional<Bytes> checkpoint;      ///< Of the whole job; otherwise from the model.
  ReplacedUnit replaced = ReplacedUnit::Node;
  FaultModel faults;
  std::vector<CheckpointInput> checkpoints;
  Restart restart;
  RunPolicy policy;
  std::optional<long long> spares;
  int repair_crews = 0;
  std::vector<RunDomain> domains;
  Maintenance maintenance;
  RunPrices prices;
  Seconds deadline;
  int replications = 200;
};

const Schema<RunInput>& run_schema();
const Schema<FaultModel>& fault_model_schema();  ///< Also of the files of presets/faults/.

/// The level that an input means for a checkpoint of `bytes` over `gpus`; without a size or a bandwidth the times that
/// are not stated are 0.
CheckpointLevel checkpoint_level(const CheckpointInput& input, Bytes bytes, long long gpus);

}  // namespace orrery
