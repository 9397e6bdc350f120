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

std::size_t stage_kinds(const StepSpec& spec) {
  return static_cast<std::size_t>(std::min(spec.layout.pp, 3));
}

bool holds_first(std::size_t kind) {
  return kind == kFirstStage;
}
bool holds_last(const StepSpec& spec, std::size_t kind) {
  return kind == (spec.layout.pp == 1 ? kFirstStage : kLastStage);
}

/// Slots of a pipeline that a search executes where the closed form is no more than an estimate.
constexpr double kMostExecuted = 4096;

/// Whether the closed form of a pipeline with one chunk a stage is exact: the last stage is the busiest and never waits
/// for a micro-batch on its way through all stages and back.
bool is_exact(int stages, const ByStageKind<Seconds>& busy, Seconds hop) {
  const Seconds last = busy[stages == 1 ? kFirstStage : kLastStage];
  const Seconds others = busy[kFirstStage] + std::max(0, stages - 2) * busy[kMiddleStage];
  const Seconds round_trip = 2.0 * (stages - 1) * hop;
  const Seconds slack = (stages - 1) * last - others - round_trip;
  return stages == 1 || (last >= busy[kFirstStage] && slack >= -1e-12 * last);
}

/// The pipeline of a regular layout with one chunk a stage, executed.
Seconds executed_makespan(const StepSpec& spec, const ByStageKind<StageSlots>& slots, Seconds hop) {
  PipelineWork work;
  work.stages = spec.layout.pp;
  work.micro_batches = micro_batches(spec);
  work.schedule = spec.layout.schedule;
  work.hop = hop;
  for (int stage = 0; stage < work.stages; ++stage) {
    const StageSlots& slot = slots[stage == 0 ? kFirstStage : stage + 1 == work.stages ? kLastStage : kMiddleStage];
    work.forward.push_back(slot.forward);
    work.backward.push_back(slot.backward);
  }
  return run_schedule(work).makespan;
}

}  // namespace

bool is_regular(const StepSpec& spec, const LayerIndex& layers) {
  return layers.uniform() && spec.model.mtp_layers == 0 && spec.model.layers % (spec.layout.pp * spec.layout.vpp) == 0;
}

ByStageKind<StageSlots> regular_slots(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                                      const LayerIndex& layers) {
  const Layout& l = spec.layout;
  const LayerIndex::Counts chunk = layers.between(0, spec.model.layers / (l.pp * l.vpp));
  const ChunkCost inner = chunk_cost(spec, prices, data, {chunk, false, false});
  ByStageKind<StageSlots> result;
  for (std::size_t kind = 0; kind < stage_kinds(spec); ++kind) {
    const bool first = holds_first(kind), last = holds_last(spec, kind);
    const bool alone = l.vpp == 1;
    const ChunkCost opening =
        first || (alone && last) ? chunk_cost(spec, prices, data, {chunk, first, alone && last}) : inner;
    StageSlots& slots = result[kind];
    slots.forward = slots.first_forward = opening.forward;
    slots.backward = slots.first_backward = opening.backward;
    if (alone) continue;
    const ChunkCost closing = last ? chunk_cost(spec, prices, data, {chunk, false, true}) : inner;
    slots.forward += (l.vpp - 2) * inner.forward + closing.forward;
    slots.backward += (l.vpp - 2) * inner.backward + closing.backward;
  }
  return result;
}

ByStageKind<StageContent> regular_content(const StepSpec& spec, const LayoutPrices& prices, const LayerIndex& layers) {
  ByStageKind<StageContent> result;
  const LayerIndex::Counts stage = layers.between(0, spec.model.layers / spec.layout.pp);
  for (std::size_t kind = 0; kind < stage_kinds(spec); ++kind) {
    result[kind] = stage_content(spec, prices, {stage, holds_first(kind), holds_last(spec, kind)});
  }
  return result;
}

Bytes regular_memory(const StepSpec& spec, const ByStageKind<StageContent>& content) {
  const Layout& l = spec.layout;
  const std::array<int, 3> stage = {0, l.pp - 1, 1};  // the fullest of each kind
  Bytes most;
  for (std::size_t kind = 0; kind < stage_kinds(spec); ++kind) {
    const double chunks = chunks_in_flight(stage[kind], l.pp, l.vpp, micro_batches(spec), l.schedule);
    most = std::max(most, stage_memory(spec, content[kind], chunks / l.vpp).total());
  }
  return most;
}

ByStageKind<StageExchange> regular_exchange(const StepSpec& spec, const DataCurves& data,
                                            const ByStageKind<StageContent>& content) {
  ByStageKind<StageExchange> result;
  for (std::size_t kind = 0; kind < stage_kinds(spec); ++kind) {
    result[kind] = stage_exchange(spec, data, content[kind]);
  }
  return result;
}

Seconds regular_time(const StepSpec& spec, const ByStageKind<StageSlots>& slots,
                     const ByStageKind<StageExchange>& exchange, const PipelineSend& send) {
  const Layout& l = spec.layout;
  const Seconds hop = send.hop, slot_send = send.slot;
  const double middles = std::max(0, l.pp - 2);
  const ByStageKind<double> count = {1.0, 1.0, middles};

  Seconds fill, busiest, busiest_first, busiest_backward;
  ByStageKind<Seconds> work{};
  for (std::size_t kind = 0; kind < stage_kinds(spec); ++kind) {
    const StageSlots& stage = slots[kind];
    const Seconds busy = stage.forward + stage.backward + (2.0 * l.vpp) * slot_send;
    work[kind] = busy;
    const Seconds first = stage.first_forward + stage.first_backward + 2.0 * slot_send;
    fill += count[kind] * first;
    if (busy <= busiest) continue;
    busiest = busy;
    busiest_first = first;
    busiest_backward = stage.backward + l.vpp * slot_send;
  }
  const double slot_count = 2.0 * l.pp * static_cast<double>(micro_batches(spec));
  const Seconds makespan = l.vpp == 1 && !is_exact(l.pp, work, hop) && slot_count <= kMostExecuted
                               ? executed_makespan(spec, slots, hop)
                               : pipeline_makespan(l.pp, l.vpp, micro_batches(spec),
                                                   {busiest, busiest_backward, fill - busiest_first, hop, l.schedule});

  // Stage i ends its last backward one slot and one hop before stage i - 1 does.
  const auto ahead = [&](std::size_t kind) { return slots[kind].first_backward + slot_send + hop; };
  Seconds finish = makespan, end, optimizer;
  for (const std::size_t kind : {kFirstStage, kMiddleStage, kLastStage}) {
    if (count[kind] == 0 || kind >= stage_kinds(spec)) continue;
    const StageTail tail = stage_tail(spec, exchange[kind], slots[kind].backward + l.vpp * slot_send,
                                      slots[kind].forward + l.vpp * slot_send);
    end = max(end, finish + tail.data_comm);
    optimizer = max(optimizer, tail.optimizer);
    finish -= count[kind] * ahead(kind);
  }
  return end + optimizer + spec.software.host_per_step;
}

LayoutCost layout_cost(const StepSpec& spec, const LayoutPrices& prices, const DataCurves& data,
                       const LayerIndex& layers) {
  if (!is_regular(spec, layers)) return irregular_cost(spec, prices, data, layers);
  const auto content = regular_content(spec, prices, layers);
  LayoutCost cost;
  cost.memory = regular_memory(spec, content);
  cost.time = regular_time(spec, regular_slots(spec, prices, data, layers), regular_exchange(spec, data, content),
                           pipeline_send(spec, data));
  return cost;
}

}  // namespace orrery
