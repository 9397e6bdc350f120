#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "step/spec.hpp"
#include "validate/measured_row.hpp"
#include "validate/presets.hpp"

namespace orrery {

/// What the row leaves open, how it is filled, and why: one line of the table in docs/conventions.md. Nothing else
/// fills a row. A fill never looks at the row's value or family; one, vTrain's stated network, looks at its source.
enum class Fill {
  ModelPreset,
  ModelSeries,
  GptStyle,
  LlamaStyle,
  GatedMlp,
  Ffn,
  KvHeads,
  HeadDim,
  Vocab,
  Truncated,
  ParallelBlock,
  DataParallel,
  ContextParallel,
  ExpertParallel,
  Interleaving,
  Zero,
  ShardGroup,
  SequenceParallel,
  MicroBatch,
  GlobalBatch,
  Recompute,
  RecomputeWords,
  PrecisionBlank,
  PrecisionWords,
  FrameworkDate,
  Eager,
  NewerEngine,
  FusedLoss,
  ExpertLoad,
  Packing,
  NodeSize,
  NeuronCore,
  Slices,
  NetworkStated,
  Software,
  OverlapStated,
  DropoutStated,
  AttentionKernels,
  AttentionCount,
  PeakTflops,
  RecomputeCounted,
  KvHeadsCounted,
  MemoryCounted,
};
struct Convention {
  Fill fill;
  const char* field;  ///< Column, or what it stands in for.
  const char* when;   ///< Condition, on columns of the row only.
  const char* value;  ///< What is taken.
  const char* why;
};
const std::vector<Convention>& conventions();
const Convention& convention(Fill fill);

/// A fill that a row needed, with the value it took.
struct AppliedFill {
  Fill fill;
  std::string value;
};

/// What a source read its peak memory from.
enum class MemoryCount {
  Allocated,  ///< What the framework's allocator had handed out.
  Reserved,   ///< What it held.
  Device,     ///< What the driver counted as used, contexts and channels included.
};

/// A row in the model's terms.
struct Interpretation {
  StepSpec spec;
  std::vector<AppliedFill> fills;
  // How the row's operations were counted.
  AttentionFlops attention = AttentionFlops::Full;
  bool counts_recompute = false;     ///< TFLOP/s include recomputed operations whatever the metric is called.
  bool counts_all_kv_heads = false;  ///< The source counted keys and values as if every head had its own.
  FlopsPerSecond peak;               ///< What a utilisation refers to, per chip.
  MemoryCount memory = MemoryCount::Allocated;
};

/// Whether a spec fits in memory: asked where the row does not say what it recomputed.
using FitsMemory = std::function<bool(const StepSpec&)>;

/// The row as a step, or why it is skipped, by name ("architecture blank", "fine-tuning task lora: not modelled").
/// The layout is checked (`layout_problem`): whatever is returned can be simulated.
Expected<Interpretation, std::string> interpret(const MeasuredRow& row, const RowPresets& presets,
                                                const FitsMemory& fits);

/// The table of docs/conventions.md, in Markdown.
std::string conventions_markdown();

}  // namespace orrery
