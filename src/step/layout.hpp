#pragma once

#include <string>
#include <vector>

#include "step/result.hpp"
#include "step/spec.hpp"

namespace orrery {

/// Checks that a layout divides the model, the batch and the machine: tp divides heads and widths, ep divides the
/// experts and the chips it is taken from, micro_batch * dp divides the global batch, interleaving has enough layers
/// and micro-batches. Returns the first reason that it cannot run, in the user's terms, or "".
std::string layout_problem(const StepSpec& spec);

/// One reason why a layout cannot run.
struct LayoutProblem {
  std::string message;            ///< As `layout_problem` says it.
  std::vector<std::string> keys;  ///< Inputs concerned, with full paths, the likeliest culprit first: "layout.tp".
  std::string hint;               ///< What would do, as the nearest value that divides; may be empty.
};

/// Every reason why a layout cannot run; degrees below 1 hide what they would be divided by, and those of more chips
/// than any machine has what else is wrong.
std::vector<LayoutProblem> layout_problems(const StepSpec& spec);

/// Why the chip does not compute in a precision, or "".
std::string precision_problem(const Chip& chip, Precision precision);

/// Rows of the vocabulary that one tensor-parallel rank holds: a table that tp does not divide is padded, as frameworks
/// do (Megatron-LM pads further, to a multiple of 128 a rank: give it the padded size).
double vocab_per_chip(const Transformer& model, const Layout& layout);

/// Share of a stage's layers that full recomputation runs again: `recompute_layers` of layers / pp, spread evenly over
/// the layers of every stage. 1 where recompute_layers is 0; meaningless without full recomputation.
double recomputed_share(const Transformer& model, const Layout& layout);

/// Micro-batches of one pipeline in one step.
long long micro_batches(const StepSpec& spec);

/// Transformer layers of each model chunk, in model order (chunk c runs on stage c mod pp). Layers that do not divide
/// leave short chunks, which go first to the end and the start of the model: there the head and the embedding stand
/// (as Llama 3 does, arXiv:2407.21783, section 3.3.2).
std::vector<int> layers_by_chunk(int layers, int chunks);

/// The same for a model with multi-token-prediction modules, which is always run with an explicit partition: the
/// modules and the heads (each as many layers as its parameters are worth) count as layers of the last chunk, so that
/// stages are level (DeepSeek-V3's layouts in Megatron-Core give the last stage little but those).
std::vector<int> layers_by_chunk(const Transformer& model, int chunks);

/// Chips over which ZeRO shards dense parameters, and those of experts.
double shard_ranks(const Layout& layout);
double expert_shard_ranks(const Layout& layout);

/// Ready-made text of a layout: "tp=8 pp=16 vpp=4 dp=128, micro-batch 1, recompute none".
std::string describe(const Layout& layout);

// Choices as scenarios spell them.
const char* recompute_name(Recompute recompute);
const char* precision_name(Precision precision);
const char* attention_kernel_name(AttentionKernel kernel);
const char* graphs_name(Graphs graphs);

}  // namespace orrery
