#include "validate/collective_evaluate.hpp"

#include <cmath>
#include <tuple>
#include <utility>

#include "network/hierarchical.hpp"

namespace orrery {
namespace {

constexpr Bytes kMebibyte{1024.0 * 1024};

/// Who published it: the repository or the first words of the source.
std::string publisher(const std::string& source) {
  const std::string host = "github.com/";
  const std::size_t from = source.starts_with(host) ? host.size() : 0;
  std::size_t to = from;
  int parts = 0;
  for (; to < source.size(); ++to) {
    const char c = source[to];
    if (from > 0 && (c == ' ' || c == '#' || (c == '/' && ++parts == 2))) break;
    if (from == 0 && c == ' ' && ++parts == 5) break;
  }
  return source.substr(from, to - from);
}

}  // namespace

const char* collective_regime(const CollectiveMeaning& meaning) {
  if (meaning.experts) return kExpertsExchange;
  if (meaning.payload < kMebibyte) return kSmallMessages;
  return meaning.group.spans_domains() ? kManyDomains : kOneDomain;
}

CollectiveEvaluation evaluate_collective(const CollectiveRow& row, const RowPresets& presets,
                                         const IntervalTable& intervals) {
  CollectiveEvaluation evaluation;
  RowScore& score = evaluation.score;
  score.id = row.id;
  score.family = publisher(row.source);
  score.chip = row.gpu;
  score.fit_part = is_fit_row(row);
  std::tie(score.metric, score.measured) = stated_figure(row);
  auto meaning = interpret_collective(row, presets);
  if (!meaning) {
    score.skipped = meaning.error();
    return evaluation;
  }
  evaluation.meaning = std::move(*meaning);
  const CollectiveMeaning& m = evaluation.meaning;
  score.chip = m.cluster.chip.name;
  score.regime = collective_regime(m);
  score.measured_base = m.measured.raw();
  Seconds predicted;
  if (m.experts) {
    predicted = expert_exchange_time(m.cluster, m.group, *m.experts);
    evaluation.wire = expert_wire_time(m.cluster, m.group, *m.experts);
    evaluation.algorithm = m.experts->low_latency ? "experts, low latency" : "experts";
  } else {
    const HierarchicalModel model(m.cluster);
    const CostCurve curve = model.curve_of(m.collective, m.group, m.algorithm);
    if (curve.ruling(m.payload) == nullptr) {
      score.skipped = "algorithm " + m.algorithm + ": not possible here, by the model";
      return evaluation;
    }
    predicted = curve.time(m.payload) + m.host;
    evaluation.algorithm = curve.ruling(m.payload)->algorithm;
    evaluation.wire = wire_time(m.cluster, m.collective, m.group, m.payload);
    evaluation.yardstick =
        model.believed(m.collective, m.group, m.algorithm).time(m.payload).raw() / score.measured_base - 1;
  }
  score.predicted_base = predicted.raw();
  if (!(std::isfinite(score.predicted_base) && score.predicted_base > 0 && std::isfinite(score.measured_base) &&
        score.measured_base > 0)) {
    score.skipped = "no time predicted or implied";
    return evaluation;
  }
  score.relative_error = score.predicted_base / score.measured_base - 1;
  // A bandwidth is inverse to the time.
  const double ratio = score.predicted_base / score.measured_base;
  score.predicted = score.metric == kTimeMetric ? score.measured * ratio : score.measured / ratio;
  apply_interval(score, intervals);
  return evaluation;
}

const IntervalTable& collective_intervals() {
  static const IntervalTable table = embedded_intervals("data/reference/collective_intervals.csv");
  return table;
}

}  // namespace orrery
