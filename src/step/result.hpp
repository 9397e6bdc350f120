#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/quantity.hpp"

namespace orrery {

/// What a step's wall time goes to, seen from the chip of the busiest pipeline stage. The parts add up to the step.
enum class Part {
  Gemm,          ///< Matrix products, recomputation included.
  Attention,     ///< Score, softmax and value products.
  MemoryBound,   ///< Norms, activations, residuals, casts, loss, gradient accumulation.
  Host,          ///< The device waits for the host to issue kernels.
  TensorComm,    ///< Exposed tensor-parallel collectives.
  ContextComm,   ///< Exposed key/value exchange of context parallelism.
  ExpertComm,    ///< Exposed token dispatch and combine.
  PipelineComm,  ///< Exposed sends between stages.
  Bubble,        ///< Idle slots of the pipeline, stage imbalance included.
  DataComm,      ///< Exposed gradient reduction and parameter gathering.
  Optimizer,
  Other,  ///< Fixed time a step: data loading, loss scaling, logging.
};
inline constexpr std::size_t kPartCount = 12;
const char* part_name(Part part);

/// Seconds by part.
class Breakdown {
 public:
  Seconds& operator[](Part part) { return parts_[static_cast<std::size_t>(part)]; }
  Seconds operator[](Part part) const { return parts_[static_cast<std::size_t>(part)]; }
  Seconds total() const;
  Breakdown& operator+=(const Breakdown& other);
  friend Breakdown operator*(Breakdown b, double factor) {
    for (auto& part : b.parts_) part *= factor;
    return b;
  }

 private:
  std::array<Seconds, kPartCount> parts_{};
};

/// Bytes that one chip of a pipeline stage holds at its peak.
struct StageMemory {
  Bytes weights, gradients, optimizer, activations;
  Bytes head;      ///< Logits and loss at their peak (last stage), embedding output.
  Bytes buffers;   ///< Communication buffers, gathered parameters, workspace.
  Bytes overhead;  ///< Context of the driver and the collective library.
  Bytes reserve;   ///< Held by the allocator beyond what is allocated (fragmentation).
  /// What the framework's allocator counts as allocated at its peak.
  Bytes allocated() const { return weights + gradients + optimizer + activations + head + buffers; }
  Bytes reserved() const { return allocated() + reserve; }
  /// What must fit on the chip.
  Bytes total() const { return reserved() + overhead; }
};

/// One operation of the pipeline, for the timeline.
struct PipelineEvent {
  int stage = 0;
  int chunk = 0;  ///< Model chunk on the stage (interleaving).
  int micro_batch = 0;
  bool backward = false;
  Seconds start, duration;
};

/// The regime that fills a step; intervals are calibrated by it.
enum class Regime { HostBound, ComputeBound, OneNode, ManyNodes, Experts };
const char* regime_name(Regime regime);

struct StepResult {
  Seconds step_time;
  Breakdown breakdown;
  Seconds low, high;                ///< 80 % interval of the step time; equal to step_time where not calibrated.
  std::vector<StageMemory> memory;  ///< By pipeline stage.
  Bytes memory_budget;              ///< Memory of the chip.
  Regime regime = Regime::ComputeBound;
  double micro_batches = 1;             ///< Micro-batches a step and pipeline.
  double tokens = 0;                    ///< Tokens a step, all chips.
  double mfu_full = 0;                  ///< Model FLOPs utilisation, attention counted in full.
  double mfu_causal = 0;                ///< The same with only the causal half.
  double hfu = 0;                       ///< Hardware utilisation: recomputed operations count (full attention).
  FlopsPerSecond peak;                  ///< The dense peak that the utilisations refer to, per chip.
  std::vector<PipelineEvent> timeline;  ///< Filled when asked for.

  double tokens_per_second() const { return tokens / step_time.raw(); }
  /// Largest need over the stages.
  Bytes peak_memory() const;
  bool fits() const { return peak_memory() <= memory_budget; }
};

/// Why a layout cannot be run at all (it does not divide, or the machine is too small).
struct InvalidLayout {
  std::string reason;
};

}  // namespace orrery
