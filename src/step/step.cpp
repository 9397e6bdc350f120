#include "step/step.hpp"

#include <algorithm>
#include <utility>

#include "step/assembly.hpp"
#include "step/hardware_flops.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

int busiest_stage(const Assembly& assembly) {
  int busiest = 0;
  Seconds most;
  for (int stage = 0; stage < assembly.work.stages; ++stage) {
    Seconds busy;
    for (int chunk = 0; chunk < assembly.work.chunks; ++chunk) {
      busy += assembly.work.forward_of(stage, chunk) + assembly.work.backward_of(stage, chunk);
    }
    if (busy > most) most = busy, busiest = stage;
  }
  return busiest;
}

/// The busiest stage's slots, then what it waits for; adds up to `step`.
Breakdown breakdown_of(const StepSpec& spec, const Assembly& assembly, Seconds makespan, Seconds step) {
  const int stage = busiest_stage(assembly);
  const auto count = static_cast<double>(assembly.work.micro_batches);
  Breakdown parts;
  Seconds optimizer;
  for (int chunk = 0; chunk < assembly.work.chunks; ++chunk) {
    parts += assembly.chunks[static_cast<std::size_t>(stage * assembly.work.chunks + chunk)].parts * count;
  }
  for (const StageTail& tail : assembly.tails) optimizer = max(optimizer, tail.optimizer);
  // Rounding may leave a full pipeline waiting for less than nothing.
  const Seconds waiting = max(Seconds{}, makespan - parts.total());
  const bool round_trips = assembly.work.stages > 1 && assembly.work.chunks == 1;
  const Seconds sends = min(waiting, round_trips ? 2.0 * count * assembly.work.hop : Seconds{});
  parts[Part::PipelineComm] += sends;
  parts[Part::Bubble] += waiting - sends;
  parts[Part::Optimizer] += optimizer;
  parts[Part::Other] += spec.software.host_per_step;
  parts[Part::DataComm] += step - makespan - optimizer - spec.software.host_per_step;
  return parts;
}

Regime regime_of(const StepSpec& spec, const Breakdown& parts, Seconds step) {
  if (spec.model.experts) return Regime::Experts;
  if (parts[Part::Host] + parts[Part::Other] > 0.2 * step) return Regime::HostBound;
  if (spec.cluster.chips > spec.cluster.node.scale_up_domain) return Regime::ManyNodes;
  const Seconds comm =
      parts[Part::TensorComm] + parts[Part::DataComm] + parts[Part::PipelineComm] + parts[Part::Bubble];
  return comm > 0.1 * step ? Regime::OneNode : Regime::ComputeBound;
}

void fill_utilisation(const StepSpec& spec, StepResult& result) {
  const Layout& l = spec.layout;
  result.tokens = static_cast<double>(spec.training.global_batch) * spec.training.sequence;
  result.peak = spec.cluster.chip.peak(tensor_format(spec.training.precision));
  const auto chip_flops = [&] { return result.step_time * result.peak * static_cast<double>(l.chips()); };
  const int span = attention_span(spec.training);
  const Flops full = training_flops(spec.model, result.tokens, span, AttentionFlops::Full);
  const Flops causal = training_flops(spec.model, result.tokens, span, AttentionFlops::Causal);
  result.mfu_full = full / chip_flops();
  result.mfu_causal = causal / chip_flops();
  result.hfu = (full + recomputed_flops(spec, AttentionFlops::Full)) / chip_flops();
}

}  // namespace

Expected<StepResult, InvalidLayout> simulate_step(const StepSpec& spec, const CollectiveModel& network,
                                                  const StepOptions& options) {
  if (std::string problem = layout_problem(spec); !problem.empty()) {
    return Unexpected<InvalidLayout>(InvalidLayout{std::move(problem)});
  }
  const LayoutGroups groups = layout_groups(spec.layout, spec.cluster.node);
  const LayoutPrices prices = price_layout(spec, layout_curves(groups, network));
  const Assembly assembly = assemble(spec, prices, data_curves(groups, network), LayerIndex(spec.model));
  PipelineTimes times = run_schedule(assembly.work, options.timeline);

  StepResult result;
  result.step_time = step_end(spec, assembly, times.finish);
  result.breakdown = breakdown_of(spec, assembly, times.makespan, result.step_time);
  result.low = result.high = result.step_time;
  result.memory = assembly.memory;
  result.memory_budget = spec.cluster.chip.memory;
  result.micro_batches = static_cast<double>(assembly.work.micro_batches);
  result.regime = regime_of(spec, result.breakdown, result.step_time);
  result.timeline = std::move(times.events);
  fill_utilisation(spec, result);
  return result;
}

Bytes StepResult::peak_memory() const {
  Bytes most;
  for (const StageMemory& stage : memory) most = std::max(most, stage.total());
  return most;
}

}  // namespace orrery
