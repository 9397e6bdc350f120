#include "step/stage_cost.hpp"

#include <algorithm>
#include <array>

#include "step/layout.hpp"

namespace orrery {
namespace {

/// What the host issues: every kernel, or one graph a layer and phase and the kernels that no graph can hold.
Seconds host_time(const StepSpec& spec, const PhaseCost& phase, double layers) {
  double issued = phase.kernels;
  if (spec.software.graphs != Graphs::None) issued = std::min(issued, std::max(1.0, layers));
  return (issued + phase.dynamic_kernels) * spec.software.host_per_kernel;
}

/// Exchanges of one micro-batch: ZeRO-3 gathers parameters before their use, forward and again backward; sharded
/// gradients are scattered.
struct ShardedTimes {
  Seconds gather, scatter;
};
ShardedTimes sharded_times(const StepSpec& spec, const DataCurves& data, const LayerParameters& parameters) {
  ShardedTimes times;
  if (spec.layout.zero == 3) {
    const double element = activation_bytes(spec.training.precision);
    times.gather = data.all_gather.time(Bytes(element * parameters.dense)) +
                   data.expert_all_gather.time(Bytes(element * parameters.experts));
  }
  if (spec.layout.shards_gradients()) {
    const double gradient = spec.software.gradients_fp32 ? 4 : 2;
    times.scatter = data.reduce_scatter.time(Bytes(gradient * parameters.dense)) +
                    data.expert_reduce_scatter.time(Bytes(gradient * parameters.experts));
  }
  return times;
}

/// Exposed part of them in one phase of `layers` equal layers of compute `device` in all.
Seconds sharded_exposed(const StepSpec& spec, Seconds comm, Seconds device, double layers) {
  if (layers <= 0) return {};
  if (!spec.software.overlap_dp) return layers * comm;
  return layers * exposed(comm, device / layers, spec);
}

/// Exposed dispatch and combine of a chunk's phase. What may run under another micro-batch has as much work as the
/// chunk's own for its window; one of all micro-batches has no other to run under.
Seconds exchange_exposed(const StepSpec& spec, const PhaseCost& phase) {
  const double alone = 1.0 / static_cast<double>(micro_batches(spec));
  return alone * phase.hideable_exchange +
         exposed((1.0 - alone) * phase.hideable_exchange, (1.0 - alone) * phase.device(), spec);
}

void add_parts(Breakdown& parts, const PhaseCost& phase) {
  parts[Part::Gemm] += phase.gemm;
  parts[Part::Attention] += phase.attention;
  parts[Part::MemoryBound] += phase.memory_bound;
  parts[Part::TensorComm] += phase.tensor_comm;
  parts[Part::ContextComm] += phase.context_comm;
  parts[Part::ExpertComm] += phase.expert_comm;
  parts[Part::Host] += phase.host_wait;
}

}  // namespace

ChunkCost chunk_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data, const Chunk& chunk) {
  PhaseCost forward, backward;
  double layers = 0;
  Seconds data_forward, data_backward;
  for (std::size_t kind = 0; kind < chunk.layers.size(); ++kind) {
    const double n = chunk.layers[kind];
    if (n == 0) continue;
    const LayerPrice& price = prices.layers[kind];
    layers += n;
    forward += price.cost.forward * n;
    PhaseCost down = price.cost.backward;
    down += price.cost.recompute;
    backward += down * n;
    if (spec.layout.shards_gradients()) {
      const ShardedTimes comm = sharded_times(spec, data, price.parameters);
      data_forward += sharded_exposed(spec, comm.gather, n * price.cost.forward.device(), n);
      data_backward += sharded_exposed(spec, comm.gather + comm.scatter, n * down.device(), n);
    }
  }
  for (const auto& [holds, cost] : {std::pair{chunk.first, &prices.embedding}, {chunk.last, &prices.head}}) {
    if (!holds) continue;
    forward += cost->forward;
    backward += cost->backward;
    backward += cost->recompute;
  }
  if (spec.layout.shards_gradients()) {
    // The ends of the model are one unit: gathered before anything can run, kept through the forward pass, and
    // scattered when nothing is left to run. A shared table counts once.
    const bool shared = spec.model.tied_embeddings && chunk.first && chunk.last;
    const double ends =
        (chunk.first ? prices.embedding_parameters : 0.0) + (chunk.last && !shared ? prices.head_parameters : 0.0);
    const ShardedTimes comm = sharded_times(spec, data, {ends, 0.0});
    data_forward += comm.gather;
    data_backward += comm.scatter;
    if (const double modules = spec.model.mtp_layers; chunk.last && modules > 0) {
      const ShardedTimes module =
          sharded_times(spec, data, {prices.prediction.dense / modules, prices.prediction.experts / modules});
      data_forward += sharded_exposed(spec, module.gather, prices.head.forward.device(), modules);
      data_backward += sharded_exposed(spec, module.gather + module.scatter, prices.head.backward.device(), modules);
    }
  }
  forward.expert_comm += exchange_exposed(spec, forward);
  backward.expert_comm += exchange_exposed(spec, backward);
  ChunkCost result;
  const Seconds device_forward = forward.device() + data_forward;
  const Seconds device_backward = backward.device() + data_backward;
  result.forward = max(device_forward, host_time(spec, forward, layers));
  result.backward = max(device_backward, host_time(spec, backward, layers));
  add_parts(result.parts, forward);
  add_parts(result.parts, backward);
  result.parts[Part::DataComm] += data_forward + data_backward;
  result.parts[Part::Host] += (result.forward - device_forward) + (result.backward - device_backward);
  return result;
}

StageContent stage_content(const StepSpec& spec, const LayoutPrices& prices, const Chunk& whole) {
  StageContent stage;
  double attention_shapes = 0;
  std::array<double, 2> mlp_shapes{};  // dense, experts: windowed layers have the same matrices
  for (std::size_t kind = 0; kind < whole.layers.size(); ++kind) {
    const double n = whole.layers[kind];
    if (n == 0) continue;
    const LayerPrice& price = prices.layers[kind];
    stage.layers += n;
    stage.parameters.dense += n * price.parameters.dense;
    stage.parameters.experts += n * price.parameters.experts;
    stage.activations += n * price.saved;
    stage.backward = std::max(stage.backward, price.backward);
    stage.layer_parameters = std::max(stage.layer_parameters, price.parameters.total());
    attention_shapes = price.shapes.attention;
    mlp_shapes[layer_kind(static_cast<int>(kind)).experts ? 1 : 0] = price.shapes.mlp;
  }
  stage.placeholders = attention_shapes + mlp_shapes[0] + mlp_shapes[1];
  if (whole.first) stage.end_parameters += prices.embedding_parameters;
  if (whole.last) {
    stage.has_head = true;
    const bool shared = spec.model.tied_embeddings && whole.first;  // the one table serves both ends
    stage.end_parameters += prices.final_norm_parameters + (shared ? 0.0 : prices.head_parameters);
    if (spec.model.mtp_layers > 0) {
      // Modules embed the next tokens: their stage holds a copy of the table, unless the head is one.
      if (!whole.first && !spec.model.tied_embeddings) stage.end_parameters += prices.embedding_parameters;
      stage.modules = spec.model.mtp_layers;
      stage.parameters.dense += prices.prediction.dense;
      stage.parameters.experts += prices.prediction.experts;
      stage.activations += prices.prediction_saved;
      stage.backward = std::max(stage.backward, prices.prediction_backward);
      stage.layer_parameters = std::max(stage.layer_parameters, prices.prediction.total() / spec.model.mtp_layers);
    }
  }
  stage.parameters.dense += stage.end_parameters;
  return stage;
}

StageExchange stage_exchange(const StepSpec& spec, const DataCurves& data, const StageContent& stage) {
  const Layout& l = spec.layout;
  const double element = activation_bytes(spec.training.precision);
  const double gradient = spec.software.gradients_fp32 ? 4 : 2;
  const LayerParameters& p = stage.parameters;
  StageExchange exchange;
  exchange.layers = stage.layers;
  if (l.zero == 0) {
    exchange.reduce =
        data.all_reduce.time(Bytes(gradient * p.dense)) + data.expert_all_reduce.time(Bytes(gradient * p.experts));
  } else if (l.zero < 3) {
    if (!l.shards_gradients()) {  // else reduced in every micro-batch (`chunk_cost`)
      exchange.reduce = data.reduce_scatter.time(Bytes(gradient * p.dense)) +
                        data.expert_reduce_scatter.time(Bytes(gradient * p.experts));
    }
    if (l.shard_group > 0) {
      exchange.reduce += data.replica_all_reduce.time(Bytes(gradient * p.dense / shard_ranks(l)));
    }
    exchange.gather =
        data.all_gather.time(Bytes(element * p.dense)) + data.expert_all_gather.time(Bytes(element * p.experts));
  } else {
    exchange.reduce = data.replica_all_reduce.time(Bytes(gradient * p.dense / shard_ranks(l)));
  }
  if (stage.has_head && l.pp > 1 && (spec.model.tied_embeddings || spec.model.mtp_layers > 0)) {
    exchange.unhidden += data.embedding_all_reduce.time(Bytes(gradient * embedding_parameters(spec.model, l)));
  }
  // Adam reads gradient, master weight and two moments and writes the last three and the 16-bit weight; the norm for
  // clipping reads the gradient once more. Narrow recipes then cast the weights.
  const double owned = l.zero >= 1 ? p.dense / shard_ranks(l) + p.experts / expert_shard_ranks(l) : p.total();
  const double copy = spec.training.precision == Precision::Fp32 ? 0.0 : element;
  const double cast = cast_bytes(spec.training.precision) * (p.total() - stage.end_parameters);  // ends stay in 16 bits
  const double bytes = owned * (2 * gradient + 12 + 12 + copy) + cast;
  const Chip& chip = spec.cluster.chip;
  exchange.optimizer = Bytes(bytes) / (chip.memory_bandwidth * chip.calibration.memory_efficiency);
  return exchange;
}

StageTail stage_tail(const StepSpec& spec, const StageExchange& exchange, Seconds backward_window,
                     Seconds forward_window) {
  StageTail tail;
  tail.optimizer = exchange.optimizer;
  if (spec.software.overlap_dp) {
    // Buckets follow the layers: the last one has nothing left to hide under.
    const double hideable = exchange.layers > 1 ? 1.0 - 1.0 / exchange.layers : 0.0;
    tail.data_comm = exposed(exchange.reduce, backward_window * hideable, spec) +
                     exposed(exchange.gather, forward_window * hideable, spec);
  } else {
    tail.data_comm = exchange.reduce + exchange.gather;
  }
  tail.data_comm += exchange.unhidden;
  return tail;
}

}  // namespace orrery
