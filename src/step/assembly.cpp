#include "step/assembly.hpp"

#include "step/layout.hpp"

namespace orrery {

PipelineSend pipeline_send(const StepSpec& spec, const DataCurves& data) {
  if (spec.layout.pp == 1) return {};
  // With or without sequence parallelism each tensor-parallel rank sends its own slice (scatter-gather, Narayanan et
  // al. 2021, section 4.1).
  const double elements = tokens_per_chip(spec) * spec.model.hidden / spec.layout.tp;
  const Seconds send = data.pipeline_send.time(Bytes(elements * activation_bytes(spec.training.precision)));
  // Without interleaving a stage waits in any case, and the schedule shows it. Interleaving has room to wait without
  // losing time: there a send is part of every slot, or runs under it at the price of overlap.
  if (spec.layout.vpp == 1) return {send, {}};
  if (!spec.software.overlap_pp) return {{}, send};
  return {send, exposed(send, send, spec)};
}

Assembly assemble(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data, const LayerIndex& layers) {
  const Layout& l = spec.layout;
  const int depth = l.pp * l.vpp;
  const std::vector<int> sizes = layers_by_chunk(spec.model, depth);
  Assembly assembly;
  assembly.chunks.resize(static_cast<std::size_t>(depth));
  std::vector<Chunk> whole(static_cast<std::size_t>(l.pp));
  assembly.work.stages = l.pp;
  assembly.work.chunks = l.vpp;
  assembly.work.micro_batches = micro_batches(spec);
  assembly.work.schedule = l.schedule;
  assembly.work.forward.resize(static_cast<std::size_t>(depth));
  assembly.work.backward.resize(static_cast<std::size_t>(depth));

  const PipelineSend send = pipeline_send(spec, data);
  assembly.work.hop = send.hop;
  int first_layer = 0;
  for (int position = 0; position < depth; ++position) {
    const int stage = position % l.pp;
    const int last_layer = first_layer + sizes[static_cast<std::size_t>(position)];
    const Chunk chunk{layers.between(first_layer, last_layer), position == 0, position == depth - 1};
    first_layer = last_layer;
    const auto slot = static_cast<std::size_t>(stage * l.vpp + position / l.pp);
    ChunkCost& cost = assembly.chunks[slot];
    cost = chunk_cost(spec, prices, data, chunk);
    cost.forward += send.slot;
    cost.backward += send.slot;
    cost.parts[Part::PipelineComm] += 2.0 * send.slot;
    assembly.work.forward[slot] = cost.forward;
    assembly.work.backward[slot] = cost.backward;
    Chunk& all = whole[static_cast<std::size_t>(stage)];
    for (std::size_t kind = 0; kind < all.layers.size(); ++kind) all.layers[kind] += chunk.layers[kind];
    all.first |= chunk.first;
    all.last |= chunk.last;
  }
  for (int stage = 0; stage < l.pp; ++stage) {
    const StageContent content = stage_content(spec, prices, whole[static_cast<std::size_t>(stage)]);
    Seconds forward, backward;
    for (int chunk = 0; chunk < l.vpp; ++chunk) {
      forward += assembly.work.forward_of(stage, chunk);
      backward += assembly.work.backward_of(stage, chunk);
    }
    const double in_flight = chunks_in_flight(stage, l.pp, l.vpp, assembly.work.micro_batches, l.schedule) / l.vpp;
    assembly.memory.push_back(stage_memory(spec, content, in_flight));
    assembly.tails.push_back(stage_tail(spec, stage_exchange(spec, data, content), backward, forward));
  }
  return assembly;
}

Seconds step_end(const StepSpec& spec, const Assembly& assembly, const std::vector<Seconds>& finish) {
  Seconds reduced, optimizer;
  for (std::size_t stage = 0; stage < finish.size(); ++stage) {
    reduced = max(reduced, finish[stage] + assembly.tails[stage].data_comm);
    optimizer = max(optimizer, assembly.tails[stage].optimizer);
  }
  return reduced + optimizer + spec.software.host_per_step;
}

}  // namespace orrery
