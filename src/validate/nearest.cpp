#include "validate/nearest.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>
#include <utility>

#include "scenario/embedded.hpp"

namespace orrery {
namespace {

double ratio(double a, double b) {
  return a > 0 && b > 0 ? std::abs(std::log2(a / b)) : 10;
}

double sequences_per_chip(const StepSpec& spec) {
  return static_cast<double>(spec.training.global_batch) / static_cast<double>(std::max(1LL, spec.cluster.chips));
}

}  // namespace

double unlikeness(const StepSpec& a, const StepSpec& b) {
  double distance = ratio(parameters(a.model).total(), parameters(b.model).total()) +
                    ratio(static_cast<double>(a.cluster.chips), static_cast<double>(b.cluster.chips)) +
                    ratio(sequences_per_chip(a), sequences_per_chip(b)) +
                    ratio(a.training.sequence, b.training.sequence);
  if (a.cluster.chip.name != b.cluster.chip.name) distance += 2;
  if (a.training.precision != b.training.precision) distance += 1;
  if (a.model.experts.has_value() != b.model.experts.has_value()) distance += 2;
  return distance;
}

std::vector<NearMeasurement> nearest_measurements(const StepSpec& spec,
                                                  const std::vector<ReferenceMeasurement>& references, std::size_t k) {
  std::vector<NearMeasurement> all;
  for (const ReferenceMeasurement& reference : references) {
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
