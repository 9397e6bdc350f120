#include "validate/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <utility>

#include "scenario/embedded.hpp"
#include "step/layer_cost.hpp"

namespace orrery {
namespace {

/// How many times one must be doubled to be the other.
double doublings(double a, double b) {
  constexpr double kUnrelated = 10;  // Where one of them is nothing.
  return a > 0 && b > 0 ? std::abs(std::log2(a / b)) : a == b ? 0 : kUnrelated;
}

double tokens_a_chip(const StepSpec& spec) {
  return static_cast<double>(spec.training.global_batch) * spec.training.sequence /
         static_cast<double>(std::max(1LL, spec.cluster.chips));
}

double model_distance(const Transformer& a, const Transformer& b) {
  const ParameterCount of_a = parameters(a), of_b = parameters(b);
  return 0.5 * (doublings(of_a.total(), of_b.total()) + doublings(of_a.active, of_b.active));
}

double chip_distance(const Chip& a, const Chip& b) {
  if (a.name == b.name) return 0;
  return 1 + doublings(a.peak_bf16.raw(), b.peak_bf16.raw()) + (a.vendor == b.vendor ? 0 : 2);
}

double bits(Precision precision) {
  switch (tensor_format(precision)) {
    case NumberFormat::Fp32:
    case NumberFormat::Tf32:
      return 32;
    case NumberFormat::Bf16:
      return 16;
    case NumberFormat::Fp8:
      return 8;
    case NumberFormat::Fp4:
      return 4;
  }
  return 16;
}

double precision_distance(Precision a, Precision b) {
  return a == b ? 0 : std::max(0.25, doublings(bits(a), bits(b)));
}

bool same_kind(const StepSpec& a, const StepSpec& b) {
  return a.model.experts.has_value() == b.model.experts.has_value();
}

}  // namespace

double unlikeness(const StepSpec& a, const StepSpec& b) {
  return chip_distance(a.cluster.chip, b.cluster.chip) +
         precision_distance(a.training.precision, b.training.precision) + model_distance(a.model, b.model) +
         0.5 * doublings(static_cast<double>(a.cluster.chips), static_cast<double>(b.cluster.chips)) +
         0.5 * doublings(tokens_a_chip(a), tokens_a_chip(b)) +
         0.5 * doublings(a.training.sequence, b.training.sequence);
}

std::vector<NearMeasurement> nearest_measurements(const StepSpec& spec,
                                                  const std::vector<ReferenceMeasurement>& references, std::size_t k) {
  const bool has_own_kind = std::any_of(references.begin(), references.end(),
                                        [&](const ReferenceMeasurement& r) { return same_kind(spec, r.meaning.spec); });
  std::vector<NearMeasurement> all;
  for (const ReferenceMeasurement& reference : references) {
    if (has_own_kind && !same_kind(spec, reference.meaning.spec)) continue;
    all.push_back({&reference, unlikeness(spec, reference.meaning.spec)});
  }
  std::sort(all.begin(), all.end(), [](const NearMeasurement& a, const NearMeasurement& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.reference->row.id < b.reference->row.id;
  });
  std::vector<NearMeasurement> result;
  std::set<std::string> groups;
  for (const NearMeasurement& near : all) {
    if (result.size() == k) break;
    const MeasuredRow& row = near.reference->row;
    if (groups.insert(row.group.empty() ? row.id : row.group).second) result.push_back(near);
  }
  return result;
}

std::vector<ReferenceMeasurement> reference_measurements(const RowPresets& presets, const FitsMemory& fits) {
  std::vector<ReferenceMeasurement> result;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path != "data/reference/measurements.csv") continue;
    std::istringstream in{std::string(file.text)};
    read_measured_rows(in, std::string(file.path), [&](const MeasuredRow& row) {
      if (!is_time(row.metric)) return;
      if (auto meaning = interpret(row, presets, fits)) result.push_back({row, std::move(*meaning)});
    });
  }
  return result;
}

}  // namespace orrery
