#pragma once

#include <string>
#include <vector>

#include "step/spec.hpp"

namespace orrery {

/// A launch of Megatron-LM that trains what a spec says.
struct MegatronArgs {
  std::vector<std::string> lines;  ///< "--tensor-model-parallel-size 8": one argument with its value a line.
  std::vector<std::string> notes;  ///< What the spec says and Megatron-LM has no argument for.

  /// The lines joined for a shell, with continuations.
  std::string text() const;
};

/// The model's, layout's and training's arguments, and those of the software's switches. What is priced and cannot be
/// said, or would be refused, stands in the notes; host times are the profile's and stay out of both. Data, optimizer,
/// learning rate and checkpoint arguments are the user's own. Names and refusals as in megatron/training/arguments.py
/// and megatron/core/transformer/transformer_config.py of github.com/NVIDIA/Megatron-LM (2025).
///
/// A profile of software that is no Megatron-LM is written as the Megatron-LM that does the same.
MegatronArgs megatron_args(const StepSpec& spec);

}  // namespace orrery
