#include "validate/evaluate.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "network/network_model.hpp"
#include "network/traffic/folded_load.hpp"
#include "step/hardware_flops.hpp"
#include "step/layout.hpp"
#include "step/step.hpp"
#include "validate/split.hpp"

namespace orrery {
namespace {

double tokens_of(const StepSpec& spec) {
  return static_cast<double>(spec.training.global_batch) * spec.training.sequence;
}

/// A utilisation is a share of this many operations a second; TFLOP/s a chip, of 1e12 a chip.
double counted_rate(const MeasuredRow& row, const Interpretation& meaning) {
  const double chips = static_cast<double>(meaning.spec.cluster.chips);
  return chips * (row.metric == Metric::TflopsPerGpu ? 1e12 : meaning.peak.raw());
}

double counted(const MeasuredRow& row, const Interpretation& meaning) {
  return counted_flops(meaning, row.metric == Metric::Hfu || meaning.counts_recompute).raw();
}

/// Rows with this text in common differ in layout only.
std::string layout_set(const MeasuredRow& row, const StepSpec& spec) {
  return fmt::format("{} {} layers on {} x {}, batch {} x {}, {}, {} {}", row.model, spec.model.layers,
                     spec.cluster.chips, row.chip, spec.training.global_batch, spec.training.sequence,
                     precision_name(spec.training.precision), row.framework, row.framework_date);
}

double peak_gib(const StepResult& result, MemoryCount count) {
  Bytes peak;
  for (const StageMemory& stage : result.memory) {
    const Bytes counted = count == MemoryCount::Device     ? stage.total()
                          : count == MemoryCount::Reserved ? stage.reserved()
                                                           : stage.allocated();
    peak = std::max(peak, counted);
  }
  return peak / 1_GiB;
}

/// What fabrics do to jobs. Where flows have to be followed, rows of one machine share the answers: a fit asks for each
/// thousands of times.
class SharedLoads {
 public:
  std::shared_ptr<const FabricLoad> of(const Cluster& cluster) {
    if (FoldedLoad::obstacle(cluster).empty()) return closest_load(cluster);
    const std::lock_guard lock(mutex_);
    for (const auto& [machine, load] : known_) {
      if (machine.node == cluster.node && machine.fabric == cluster.fabric && machine.chips == cluster.chips &&
          machine.placement == cluster.placement) {
        return load;
      }
    }
    return known_.emplace_back(cluster, closest_load(cluster)).second;
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<Cluster, std::shared_ptr<const FabricLoad>>> known_;
};

}  // namespace

PredictStep step_predictor() {
  const auto loads = std::make_shared<SharedLoads>();
  return [loads](const StepSpec& spec) -> Expected<StepResult, std::string> {
    auto result = simulate_step(spec, HierarchicalModel(spec.cluster, loads->of(spec.cluster)));
    if (!result) return Unexpected<std::string>(result.error().reason);
    return std::move(*result);
  };
}

Flops counted_flops(const Interpretation& row, bool hardware) {
  const StepSpec& spec = row.spec;
  const double tokens = tokens_of(spec);
  Transformer model = spec.model;
  if (row.counts_all_kv_heads) model.attention.kv_heads = model.attention.heads;
  const Flops useful = training_flops(model, tokens, spec.training.sequence, row.attention);
  if (!hardware) return useful;
  StepSpec counted = spec;
  counted.model = model;
  if (row.counts_recompute) {
    counted.layout.recompute = Recompute::Full;
    counted.layout.recompute_layers = 0;
  }
  return useful + recomputed_flops(counted, row.attention);
}

Seconds implied_step_time(const MeasuredRow& row, const Interpretation& meaning) {
  switch (row.metric) {
    case Metric::StepSeconds:
      return Seconds(row.value);
    case Metric::TokensPerGpu:
      return Seconds(tokens_of(meaning.spec) / (row.value * static_cast<double>(meaning.spec.cluster.chips)));
    case Metric::TflopsPerGpu:
    case Metric::Mfu:
    case Metric::Hfu:
      return Seconds(counted(row, meaning) / (row.value * counted_rate(row, meaning)));
    case Metric::GpuHours:
    case Metric::PeakMemoryGib:
      break;
  }
  return Seconds(0);
}

double figure_of(Seconds step_time, const MeasuredRow& row, const Interpretation& meaning) {
  switch (row.metric) {
    case Metric::StepSeconds:
      return step_time.raw();
    case Metric::TokensPerGpu:
      return tokens_of(meaning.spec) / (step_time.raw() * static_cast<double>(meaning.spec.cluster.chips));
    case Metric::TflopsPerGpu:
    case Metric::Mfu:
    case Metric::Hfu:
      return counted(row, meaning) / (step_time.raw() * counted_rate(row, meaning));
    case Metric::GpuHours:
    case Metric::PeakMemoryGib:
      break;
  }
  return 0;
}

RowEvaluation evaluate_row(const MeasuredRow& row, const RowPresets& presets, const PredictStep& predict,
                           const IntervalTable& intervals) {
  RowEvaluation evaluation;
  RowScore& score = evaluation.score;
  score.id = row.id;
  score.family = row.family;
  score.chip = row.chip;
  score.group = row.group;
  score.metric = metric_name(row.metric);
  score.memory = row.metric == Metric::PeakMemoryGib;
  score.direct = is_direct_time(row.metric);
  score.measured = row.value;
  score.fit_part = is_fit_row(row);

  // The last simulated layout is usually the one that fits: keep it instead of simulating it twice.
  std::optional<std::pair<Layout, Expected<StepResult, std::string>>> last;
  const FitsMemory fits = [&](const StepSpec& spec) {
    last.emplace(spec.layout, predict(spec));
    return last->second && last->second->fits();
  };
  auto meaning = interpret(row, presets, fits);
  if (!meaning) {
    score.skipped = meaning.error();
    return evaluation;
  }
  evaluation.meaning = std::move(*meaning);
  const StepSpec& spec = evaluation.meaning.spec;
  const auto result = last && last->first == spec.layout ? last->second : predict(spec);
  if (!result) {
    score.skipped = result.error();
    return evaluation;
  }
  score.regime = regime_name(result->regime);
  score.layout_set = layout_set(row, spec);
  score.layout = describe(spec.layout);
  if (row.metric == Metric::PeakMemoryGib) {
    score.predicted = score.predicted_base = peak_gib(*result, evaluation.meaning.memory);
    score.measured_base = row.value;
  } else {
    score.predicted = figure_of(result->step_time, row, evaluation.meaning);
    score.predicted_base = result->step_time.raw();
    score.measured_base = implied_step_time(row, evaluation.meaning).raw();
  }
  const bool usable = std::isfinite(score.predicted_base) && score.predicted_base > 0 &&
                      std::isfinite(score.measured_base) && score.measured_base > 0;
  if (!usable) {
    score.skipped = row.metric == Metric::PeakMemoryGib ? "no memory predicted" : "no step time predicted or implied";
    return evaluation;
  }
  score.relative_error = score.predicted_base / score.measured_base - 1;
  apply_interval(score, intervals);
  return evaluation;
}

}  // namespace orrery
