#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/quantity.hpp"
#include "cluster/effects/interconnect_fit.hpp"
#include "cluster/effects/step_time.hpp"

namespace orrery::test {

/// One measured pair: the same kind of job with the same batch on as many GPUs, packed and spread.
struct PlacementPair {
  std::string cluster, model;
  std::string label;  ///< "bert-base, 4 a GPU, 1+1+1+1 against 4".
  Bytes gradients;
  Seconds one_gpu_step;
  PlacementSpread packed, spread;
  Seconds packed_step, spread_step;

  double effect() const { return spread_step / packed_step; }
};

/// A measured table of step times: pairs to score, and all steps on several GPUs to fit on.
struct PlacementProfiles {
  struct Step {
    std::string cluster, model;
    StepSample sample;
  };
  std::vector<PlacementPair> pairs;
  std::vector<Step> steps;
};

/// The step-time profiles behind the Pollux and Sia simulators (siasosp23/artifacts), from an archive of their CSV
/// files: four clusters on which placements over nodes were measured (4 x T4 a node on AWS, 8 x RTX 2080 Ti, 8 x A100
/// "dgx-ext", 8 GPUs a node on Azure) and six models. Left out: files without a second node ("quad"), "dgx" (most of it
/// is in "dgx-ext"), `placements.csv` (it is "aws"), and gpt_pmp (pipelined, and a formula instead of measurements).
PlacementProfiles read_step_profiles(const std::filesystem::path& archive);

/// Gavel's throughput table: consolidated against unconsolidated, 2, 4 and 8 GPUs.
PlacementProfiles read_gavel_profiles(const std::filesystem::path& table);

}  // namespace orrery::test
