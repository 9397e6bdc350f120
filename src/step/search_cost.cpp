#include "step/search_cost.hpp"

#include <algorithm>

#include "step/assembly.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

/// Any model: the stages as `simulate_step` builds them, the pipeline in closed form.
LayoutCost irregular_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                          const LayerIndex& layers) {
  const Assembly assembly = assemble(spec, prices, data, layers);
  std::vector<Seconds> finish(assembly.memory.size());
  Seconds end = regular_makespan(assembly.work);
  for (std::size_t stage = 0; stage < finish.size(); ++stage) {
    finish[stage] = end;
    end -= assembly.work.backward_of(static_cast<int>(stage), 0) + assembly.work.hop;
  }
  LayoutCost cost;
  cost.time = step_end(spec, assembly, finish);
  for (const StageMemory& memory : assembly.memory) cost.memory = std::max(cost.memory, memory.total());
  return cost;
}

/// A stage of a regular pipeline: `chunks` equal runs of layers, perhaps with an end of the model.
struct RegularStage {
  Seconds forward, backward;              ///< Of one micro-batch, all chunks.
  Seconds first_forward, first_backward;  ///< Of its first chunk.
  Seconds tail;
  Seconds optimizer;
  Bytes memory;
};

RegularStage regular_stage(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                           const LayerIndex::Counts& chunk_layers, int stage, Seconds send_in_slot) {
  const Layout& l = spec.layout;
  const bool first = stage == 0, last = stage == l.pp - 1;
  const auto priced = [&](bool opens, bool closes) {
    ChunkCost cost = chunk_cost(spec, prices, data, {chunk_layers, opens, closes});
    cost.forward += send_in_slot;
    cost.backward += send_in_slot;
    return cost;
  };
  RegularStage result;
  const ChunkCost opening = priced(first, last && l.vpp == 1);
  result.forward = result.first_forward = opening.forward;
  result.backward = result.first_backward = opening.backward;
  if (l.vpp > 1) {
    const ChunkCost closing = priced(false, last);
    const ChunkCost middle = last && l.vpp > 2 ? priced(false, false) : closing;
    result.forward += (l.vpp - 2) * middle.forward + closing.forward;
    result.backward += (l.vpp - 2) * middle.backward + closing.backward;
  }
  Chunk whole{chunk_layers, first, last};
  for (int& count : whole.layers) count *= l.vpp;
  const StageContent content = stage_content(spec, prices, whole);
  const StageTail tail = stage_tail(spec, data, content, result.backward, result.forward);
  result.tail = tail.data_comm;
  result.optimizer = tail.optimizer;
  result.memory =
      stage_memory(spec, content, chunks_in_flight(stage, l.pp, l.vpp, micro_batches(spec), l.schedule) / l.vpp)
          .total();
  return result;
}

/// Equal chunks of one kind: three kinds of stage (first, middle, last) say everything. A middle stage holds no more
/// than the first in memory, which has more micro-batches in flight.
LayoutCost regular_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                        const LayerIndex& layers) {
  const Layout& l = spec.layout;
  const LayerIndex::Counts chunk = layers.between(0, spec.model.layers / (l.pp * l.vpp));
  const Seconds send = pipeline_send_time(spec, data);
  const bool in_slot = l.vpp > 1 && !spec.software.overlap_pp;
  const Seconds hop = in_slot ? Seconds{} : send;
  const Seconds slot_send = in_slot ? send : Seconds{};
  const RegularStage first = regular_stage(spec, prices, data, chunk, 0, slot_send);
  const RegularStage last = l.pp > 1 ? regular_stage(spec, prices, data, chunk, l.pp - 1, slot_send) : first;
  const RegularStage middle = l.pp > 2 ? regular_stage(spec, prices, data, chunk, 1, slot_send) : RegularStage{};

  const RegularStage* busiest = &first;
  for (const RegularStage* stage : {&middle, &last}) {
    if (stage->forward + stage->backward > busiest->forward + busiest->backward) busiest = stage;
  }
  const auto slot = [](const RegularStage& stage) { return stage.first_forward + stage.first_backward; };
  const double middles = std::max(0, l.pp - 2);
  const Seconds fill = slot(first) + (l.pp > 1 ? slot(last) : Seconds{}) + middles * slot(middle) - slot(*busiest);
  const Seconds makespan =
      pipeline_makespan(l.pp, l.vpp, micro_batches(spec), busiest->forward + busiest->backward, fill, hop);

  // Stage i ends its last backward one slot and one hop before stage i - 1 does.
  const Seconds after_first = makespan - first.first_backward - hop;
  Seconds end = makespan + first.tail;
  if (l.pp > 2) end = max(end, after_first + middle.tail);
  if (l.pp > 1) end = max(end, after_first - middles * (middle.first_backward + hop) + last.tail);
  LayoutCost cost;
  cost.time = end + max(max(first.optimizer, middle.optimizer), last.optimizer) + spec.software.host_per_step;
  cost.memory = std::max({first.memory, middle.memory, last.memory});
  return cost;
}

}  // namespace

LayoutCost layout_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                       const LayerIndex& layers) {
  const bool regular = layers.uniform() && spec.model.layers % (spec.layout.pp * spec.layout.vpp) == 0;
  return regular ? regular_cost(spec, prices, data, layers) : irregular_cost(spec, prices, data, layers);
}

}  // namespace orrery
