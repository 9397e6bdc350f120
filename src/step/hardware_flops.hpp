#pragma once

#include "step/spec.hpp"

namespace orrery {

/// Operations that recomputation repeats in one step, beside the model's own (`training_flops`), with attention counted
/// as asked: of full recomputation a forward pass of the layers that recompute, all but the logits; of selective
/// recomputation the products that run again (arXiv:2205.05198, appendix A, for the scores).
Flops recomputed_flops(const StepSpec& spec, AttentionFlops attention);

/// Tokens that attention spans: the sequence, or a document packed into it.
int attention_span(const Training& training);

}  // namespace orrery
