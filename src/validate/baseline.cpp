#include "validate/baseline.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/statistics.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

constexpr double kPenalty = 1e-3;
constexpr std::size_t kNeighbours = 5;

/// What the yardstick calls a row's format: unlike the model it takes FP32 as run outside the tensor units.
NumberFormat number_format(Precision precision) {
  switch (precision) {
    case Precision::Fp32:
      return NumberFormat::Fp32;
    case Precision::Fp16:
    case Precision::Bf16:
      return NumberFormat::Bf16;
    case Precision::Fp8Tensorwise:
    case Precision::Fp8Blockwise:
    case Precision::Mxfp8:
      return NumberFormat::Fp8;
    case Precision::Nvfp4:
      return NumberFormat::Fp4;
  }
  return NumberFormat::Bf16;
}

/// Dense peak at the precision; the BF16 peak where a chip has no such unit.
double peak_of(const StepSpec& spec) {
  const double peak = spec.cluster.chip.peak(number_format(spec.training.precision)).raw();
  return std::max(peak > 0 ? peak : spec.cluster.chip.peak_bf16.raw(), 1e9);
}

/// Time at the peak of all chips: the regression explains what comes on top.
double ideal_seconds(const StepSpec& spec) {
  const double tokens = static_cast<double>(spec.training.global_batch) * spec.training.sequence;
  const double flops = training_flops(spec.model, tokens, spec.training.sequence, AttentionFlops::Full).raw();
  return flops / (static_cast<double>(std::max(1LL, spec.cluster.chips)) * peak_of(spec));
}

double log1(double value) {
  return std::log(std::max(value, 1e-12));
}

std::vector<std::vector<double>> features_of(const std::vector<BaselineRow>& rows) {
  std::vector<std::vector<double>> result;
  result.reserve(rows.size());
  for (const BaselineRow& row : rows) result.push_back(baseline_features(row.spec));
  return result;
}

std::vector<double> targets_of(const std::vector<BaselineRow>& rows) {
  std::vector<double> result;
  result.reserve(rows.size());
  for (const BaselineRow& row : rows) result.push_back(std::log(row.measured.raw() / ideal_seconds(row.spec)));
  return result;
}

}  // namespace

std::vector<double> baseline_features(const StepSpec& spec) {
  const Transformer& m = spec.model;
  const Layout& l = spec.layout;
  const double tokens = static_cast<double>(spec.training.global_batch) * spec.training.sequence;
  const double chips = static_cast<double>(spec.cluster.chips);
  const double slots = static_cast<double>(std::max(1LL, micro_batches(spec)));
  const double bubble = (l.pp - 1) / (slots * l.vpp);
  return {log1(ideal_seconds(spec)),
          log1(peak_of(spec)),
          log1(spec.cluster.chip.memory_bandwidth.raw()),
          log1(spec.cluster.node.scale_out_bandwidth.raw()),
          log1(tokens / chips),
          log1(m.hidden),
          log1(m.layers),
          log1(spec.training.sequence),
          log1(chips),
          log1(l.tp),
          log1(l.pp),
          log1(l.vpp),
          log1(l.cp),
          log1(l.ep),
          log1(l.dp),
          log1(l.micro_batch),
          log1(slots),
          std::log1p(bubble),
          static_cast<double>(l.recompute == Recompute::Full),
          static_cast<double>(l.recompute == Recompute::Selective),
          static_cast<double>(l.zero == 3),
          static_cast<double>(number_format(spec.training.precision) == NumberFormat::Fp8),
          static_cast<double>(number_format(spec.training.precision) == NumberFormat::Fp4),
          static_cast<double>(m.experts.has_value()),
          static_cast<double>(m.gated_mlp)};
}

Baseline::Baseline(const std::vector<BaselineRow>& rows) : ridge_(features_of(rows), targets_of(rows), kPenalty) {
  for (const BaselineRow& row : rows) {
    const std::vector<double> features = baseline_features(row.spec);
    points_.push_back(ridge_.standardised(features));
    residuals_.push_back(std::log(row.measured.raw() / ideal_seconds(row.spec)) - ridge_(features));
  }
}

Seconds Baseline::operator()(const StepSpec& spec) const {
  const std::vector<double> features = baseline_features(spec);
  const std::vector<double> point = ridge_.standardised(features);
  std::vector<std::pair<double, std::size_t>> near;
  for (std::size_t i = 0; i < points_.size(); ++i) {
    double squares = 0;
    for (std::size_t j = 0; j < point.size(); ++j) squares += (point[j] - points_[i][j]) * (point[j] - points_[i][j]);
    near.emplace_back(squares, i);
  }
  const std::size_t k = std::min(kNeighbours, near.size());
  std::partial_sort(near.begin(), near.begin() + static_cast<std::ptrdiff_t>(k), near.end());
  // Weights fall with distance; the constant is a phantom neighbour without residual, one spread away: far from all
  // measurements nothing is corrected.
  double weight = 1, correction = 0;
  for (std::size_t i = 0; i < k; ++i) {
    const double w = 1 / (near[i].first + 1e-6);
    weight += w;
    correction += w * residuals_[near[i].second];
  }
  return Seconds(ideal_seconds(spec) * std::exp(ridge_(features) + correction / weight));
}

std::vector<BaselineScore> score_baseline(const std::vector<BaselineRow>& rows) {
  const auto fit_without = [&rows](const std::string& family) {
    std::vector<BaselineRow> fitted;
    for (const BaselineRow& row : rows) {
      if (row.fit_part && row.family != family) fitted.push_back(row);
    }
    return Baseline(fitted);
  };
  const Baseline baseline = fit_without("");
  std::map<std::string, std::vector<const BaselineRow*>> families;
  for (const BaselineRow& row : rows) {
    if (!row.fit_part) families[row.family].push_back(&row);
  }
  std::vector<BaselineScore> result;
  BaselineScore all{"all"};
  std::vector<double> all_magnitudes;
  for (const auto& [family, scored] : families) {
    const Baseline left_out = fit_without(family);
    BaselineScore score{family, scored.size()};
    std::vector<double> magnitudes;
    for (const BaselineRow* row : scored) {
      const double error = baseline(row->spec) / row->measured - 1;
      const double blind = left_out(row->spec) / row->measured - 1;
      magnitudes.push_back(std::abs(error));
      score.mape += std::abs(error);
      score.bias += error;
      score.left_out_mape += std::abs(blind);
    }
    all.configurations += scored.size();
    all.mape += score.mape;
    all.bias += score.bias;
    all.left_out_mape += score.left_out_mape;
    all_magnitudes.insert(all_magnitudes.end(), magnitudes.begin(), magnitudes.end());
    const double n = static_cast<double>(scored.size());
    score.mape /= n;
    score.bias /= n;
    score.left_out_mape /= n;
    score.median = median(magnitudes);
    result.push_back(score);
  }
  if (all.configurations > 0) {
    const double n = static_cast<double>(all.configurations);
    all.mape /= n;
    all.bias /= n;
    all.left_out_mape /= n;
    all.median = median(all_magnitudes);
    result.push_back(all);
  }
  return result;
}

}  // namespace orrery
