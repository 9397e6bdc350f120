#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/diagnostic.hpp"
#include "model/transformer.hpp"
#include "step/spec.hpp"

namespace orrery {

/// What Megatron-LM's arguments say of its software: given, or its default where they are not. Unset: the profile's.
struct MegatronSoftware {
  std::optional<AttentionKernel> attention;
  std::optional<bool> gradients_fp32;
  std::optional<bool> overlap_pp;
  bool fused_elementwise = true;
  bool dropout = true;
  Graphs graphs = Graphs::None;
  TensorOverlap tensor_overlap = TensorOverlap::Backward;
  bool overlap_dp = false;
  ExpertOverlap overlap_ep = ExpertOverlap::None;
  bool fused_dispatch = false;
  bool fused_gradient_accumulation = true;
  LossKernel loss = LossKernel::InPlace;
};

/// What the arguments of a Megatron-LM launch say.
struct MegatronJob {
  bool has_model = false;  ///< The arguments describe a model; otherwise `model` is empty.
  Transformer model;
  Layout layout;  ///< `dp` is 0 where the number of GPUs is not known.
  Training training;
  MegatronSoftware software;
  long long chips = 0;                 ///< nnodes x nproc_per_node of torchrun; 0: not said.
  std::map<std::string, Span> places;  ///< Where the flag stands that gave an input: of "layout.tp".
};

/// Reads the argument list of a Megatron-LM launch: a file with the arguments alone, or a launch script, of which
/// `shell_words` understands enough. Defaults are those of Megatron-LM (megatron/training/arguments.py).
///
/// Unknown arguments, and those that would change the answer and are not modelled, are warnings. Missing, contradicting
/// and absurd ones, and what Megatron-LM refuses, are errors, all at once, with their place; the result is only
/// meaningful without errors. Taken as they are: the vocabulary, which Megatron-LM pads to a multiple of 128 x tp. Left
/// out: encoder-decoder, retrieval and vision models.
MegatronJob read_megatron_args(const Source& source, Diagnostics& diagnostics);

}  // namespace orrery
