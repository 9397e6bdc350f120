#include "step/memory.hpp"

#include <algorithm>

#include "step/activations.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

double gradient_bytes(const StepSpec& spec) {
  return spec.software.gradients_fp32 ? 4 : 2;
}

/// What one micro-batch in flight keeps on the stage.
Bytes kept_activations(const StepSpec& spec, const StageContent& stage) {
  if (spec.layout.recompute != Recompute::Full) return stage.activations;
  const double share = recomputed_share(spec.model, spec.layout);
  return share * (stage.layers + stage.modules) * checkpoint_bytes(spec) + (1.0 - share) * stage.activations;
}

}  // namespace

StageMemory stage_memory(const StepSpec& spec, const StageContent& stage, double in_flight) {
  const Layout& l = spec.layout;
  const double element = activation_bytes(spec.training.precision);
  const double ranks = shard_ranks(l);
  const double expert_ranks = expert_shard_ranks(l);
  const auto sharded = [&](double bytes_each, bool split) {
    return Bytes(bytes_each * (stage.parameters.dense / (split ? ranks : 1.0) +
                               stage.parameters.experts / (split ? expert_ranks : 1.0)));
  };
  StageMemory memory;
  memory.activations = in_flight * kept_activations(spec, stage);
  const Bytes loss = stage.has_head ? head_bytes(spec) : Bytes{};
  Bytes backward = stage.backward, closing, pool;
  if (l.zero == 3) {
    memory.weights = sharded(4, true);  // the FP32 master copy is the parameter itself
    memory.gradients = sharded(4, true);
    memory.optimizer = sharded(8, true);
    // Gathered: the ends, which stay, and two layers (the one that runs, the one prefetched). A whole gradient stands
    // beside its copy in the format of the reduction.
    const double reduced = element + gradient_bytes(spec);
    memory.buffers = Bytes(element * (stage.end_parameters + 2 * stage.layer_parameters));
    backward += Bytes(reduced * stage.layer_parameters);
    closing = Bytes(reduced * stage.end_parameters);
    // Gathers receive on a stream of their own, whose blocks the allocator gives to no other.
    pool = Bytes(element * std::max(stage.end_parameters, 2 * stage.layer_parameters));
  } else {
    memory.weights = sharded(element, false);
    memory.gradients = sharded(gradient_bytes(spec), l.shards_gradients());
    memory.optimizer = sharded(element == 4 ? 8 : 12, l.zero >= 1);
    if (spec.software.gradient_placeholders) memory.buffers = Bytes(element * stage.placeholders);
  }
  if (closing > memory.activations + std::max(loss, backward)) {
    memory.activations = {};
    memory.buffers += closing;
  } else if (loss > backward) {
    memory.head = loss;
  } else {
    memory.activations += backward;
  }
  // The driver's context, and the channels of the collective library (measured on idle processes: about 0.5 GiB each).
  memory.overhead = Bytes((spec.cluster.chips > 1 ? 1.0 : 0.5) * 1073741824.0);
  memory.reserve = 0.03 * memory.allocated() + pool + (stage.has_head ? stranded_logits(spec) : Bytes{});
  return memory;
}

}  // namespace orrery
