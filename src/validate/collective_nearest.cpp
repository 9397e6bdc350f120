#include "validate/collective_nearest.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "scenario/embedded.hpp"

namespace orrery {
namespace {

double doublings(double a, double b) {
  return a > 0 && b > 0 ? std::abs(std::log2(a / b)) : 0;
}

}  // namespace

double unlikeness(const CollectiveMeaning& a, const CollectiveMeaning& b) {
  const bool same_kind = a.experts.has_value() == b.experts.has_value() && (a.experts || a.collective == b.collective);
  const Node &of_a = a.cluster.node, &of_b = b.cluster.node;
  double distance = same_kind ? 0 : 2;
  if (a.cluster.chip.name != b.cluster.chip.name)
    distance += 1 + doublings(of_a.scale_up_bandwidth.raw(), of_b.scale_up_bandwidth.raw());
  if (a.group.spans_domains() != b.group.spans_domains()) {
    distance += 2;
  } else if (a.group.spans_domains()) {
    distance += 0.5 * doublings(of_a.scale_out_bandwidth.raw(), of_b.scale_out_bandwidth.raw());
  }
  return distance + 0.5 * doublings(a.group.ranks, b.group.ranks) + 0.25 * doublings(a.payload.raw(), b.payload.raw());
}

std::vector<CollectiveReference> collective_references(const RowPresets& presets) {
  std::vector<CollectiveReference> result;
  for (const EmbeddedFile& file : embedded_files()) {
    if (file.path != "data/reference/collectives.csv") continue;
    std::istringstream in{std::string(file.text)};
    read_collective_rows(in, std::string(file.path), [&](const CollectiveRow& row) {
      CollectiveEvaluation evaluation = evaluate_collective(row, presets, {});
      if (!evaluation.score.skipped.empty()) return;
      result.push_back({row.id, std::move(evaluation.meaning), evaluation.score.relative_error});
    });
  }
  return result;
}

/// Whether the errors of one say something about the other: the same operation, inside a domain or across.
static bool same_kind(const CollectiveMeaning& a, const CollectiveMeaning& b) {
  return a.experts.has_value() == b.experts.has_value() && a.collective == b.collective &&
         a.group.spans_domains() == b.group.spans_domains();
}

std::vector<const CollectiveReference*> nearest_collectives(const CollectiveMeaning& meaning,
                                                            const std::vector<CollectiveReference>& references,
                                                            std::size_t k) {
  std::vector<std::pair<double, const CollectiveReference*>> all;
  for (const CollectiveReference& each : references) {
    if (!same_kind(meaning, each.meaning)) continue;
    all.emplace_back(unlikeness(meaning, each.meaning), &each);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second->id < b.second->id;
  });
  std::vector<const CollectiveReference*> result;
  for (std::size_t i = 0; i < std::min(k, all.size()); ++i) result.push_back(all[i].second);
  return result;
}

}  // namespace orrery
