// Fits the constants of the closed forms of collectives ([F] in src/network/constants.hpp) on the fit part of the open
// measurements (whole systems, see is_fit_row) and on NVIDIA's tables of one server, prints them, and writes the
// intervals of data/reference/collective_intervals.csv. Run as `make fit-collectives`, from the repository, with the
// measurements beside it (or in ORRERY_DATA). The constants are then copied by hand.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "common/run_tool.hpp"
#include "fit/architectures.hpp"
#include "hardware/hardware_fields.hpp"
#include "network/hierarchical.hpp"
#include "support/collective_tables.hpp"
#include "validate/collective_evaluate.hpp"
#include "validate/embedded_presets.hpp"
#include "validate/split.hpp"

namespace orrery {
namespace {

using Constants = CollectiveConstants;

/// A constant that is fitted: how to reach it, and within which factor of its start it may move.
struct Parameter {
  const char* name;
  std::function<double(const Constants&)> get;
  std::function<void(Constants&, double)> set;
};

template <class T>
Parameter of(const char* name, T Constants::*member) {
  if constexpr (std::is_same_v<T, double>) {
    return {name, [=](const Constants& c) { return c.*member; }, [=](Constants& c, double v) { c.*member = v; }};
  } else {
    return {name, [=](const Constants& c) { return (c.*member).raw(); },
            [=](Constants& c, double v) { c.*member = T(v); }};
  }
}
Parameter of(const char* name, PerProtocol Constants::*group, double PerProtocol::*member) {
  return {name, [=](const Constants& c) { return c.*group.*member; },
          [=](Constants& c, double v) { c.*group.*member = v; }};
}

const std::vector<Parameter>& parameters() {
  using C = Constants;
  using P = PerProtocol;
  static const std::vector<Parameter> list = {
      of("base_simple", &C::base_simple),
      of("ring_hop.ll", &C::ring_hop, &P::ll),
      of("ring_hop.simple", &C::ring_hop, &P::simple),
      of("chunk_network", &C::chunk_network),
      of("ring_share.ll", &C::ring_share, &P::ll),
      of("ring_share.ll128", &C::ring_share, &P::ll128),
      of("network_ll_share", &C::network_ll_share),
      of("network_ll128_share", &C::network_ll128_share),
      of("switched_share", &C::switched_share),
      of("full_mesh_share", &C::full_mesh_share),
      of("all_to_all_share", &C::all_to_all_share),
      of("all_to_all_network_share", &C::all_to_all_network_share),
      of("own_copy_share", &C::own_copy_share),
      of("hopper_switch_share", &C::hopper_switch_share),
      of("blackwell_switch_share", &C::blackwell_switch_share),
      of("switch_between_domains_share", &C::switch_between_domains_share),
      of("switch_start", &C::switch_start),
      of("switch_tree_start", &C::switch_tree_start),
      of("switch_stages", &C::switch_stages),
      of("switch_chunk_overhead", &C::switch_chunk_overhead),
      of("network_chunks", &C::network_chunks),
      of("network_chunk_overhead", &C::network_chunk_overhead),
      of("peer_chunk", &C::peer_chunk),
      of("peer_small_chunk", &C::peer_small_chunk),
      of("peer_small_chunk_share", &C::peer_small_chunk_share),
      of("peer_ll_share", &C::peer_ll_share),
  };
  return list;
}

struct Sample {
  CollectiveMeaning meaning;
  std::string system;
  double weight = 1;
};

constexpr double kTableWeight = 0.25;  // the tables hold many sizes of few systems
constexpr double kSmallWeight = 0.3;   // below 1 MiB
constexpr double kManySizes = 0.33;    // of a system with more than a hundred rows
constexpr double kLargestError = 0.4;  // an outlier counts as 50 %
constexpr double kPull = 0.002;        // towards the start, on the square of each logarithm

double log_error(const Sample& sample, const Constants& constants) {
  const CollectiveMeaning& m = sample.meaning;
  const CostCurve curve = HierarchicalModel(m.cluster, nullptr, constants).curve_of(m.collective, m.group, m.algorithm);
  return std::log((curve.time(m.payload) + m.host) / m.measured);
}

double loss(const std::vector<Sample>& samples, const Constants& constants) {
  double sum = 0, weights = 0;
  for (const Sample& each : samples) {
    sum += each.weight * std::min(std::abs(log_error(each, constants)), kLargestError);
    weights += each.weight;
  }
  return sum / weights;
}

/// Constants moved by these logarithms. Shares stay below 1.
Constants moved(const Constants& start, const std::vector<double>& logs) {
  Constants result = start;
  for (std::size_t i = 0; i < logs.size(); ++i) {
    const Parameter& parameter = parameters()[i];
    double value = parameter.get(start) * std::exp(logs[i]);
    const std::string name = parameter.name;
    if (name.find("share") != std::string::npos && name != "own_copy_share") value = std::min(value, 1.0);
    parameter.set(result, value);
  }
  return result;
}

/// Pattern search (Hooke and Jeeves 1961) on the logarithms: deterministic, and content with a loss that jumps.
Constants fit(const std::vector<Sample>& samples, const Constants& start) {
  std::vector<double> logs(parameters().size(), 0.0);
  const auto value_of = [&](const std::vector<double>& x) {
    double pull = 0;
    for (const double each : x) pull += each * each;
    return loss(samples, moved(start, x)) + kPull * pull;
  };
  double best = value_of(logs);
  for (double step = 0.2; step > 0.004;) {
    bool better = false;
    for (double& each : logs) {
      const double before = each;
      for (const double next : {before + step, before - step}) {
        each = next;
        const double value = value_of(logs);
        if (value < best - 1e-9) {
          best = value;
          better = true;
          break;
        }
        each = before;
      }
    }
    if (!better) step /= 2;
  }
  return moved(start, logs);
}

std::vector<CollectiveRow> open_rows(const std::string& data) {
  std::vector<CollectiveRow> rows;
  read_collective_file(data + "/collectives-measured.csv", [&](const CollectiveRow& row) { rows.push_back(row); });
  return rows;
}

/// Of runs that rows do not tell apart (another release, NVLS on or off) only the fastest: the constants stand for a
/// library that is tuned.
void keep_fastest(std::vector<Sample>& samples) {
  const auto same = [](const Sample& a, const Sample& b) {
    const CollectiveMeaning &x = a.meaning, &y = b.meaning;
    return a.system == b.system && x.collective == y.collective && x.algorithm == y.algorithm &&
           x.group.ranks == y.group.ranks && x.payload == y.payload;
  };
  const std::vector<Sample> all = samples;
  std::erase_if(samples, [&](const Sample& each) {
    return std::any_of(all.begin(), all.end(), [&](const Sample& other) {
      return same(each, other) && other.meaning.measured < each.meaning.measured;
    });
  });
}

std::vector<Sample> samples_of(const std::vector<CollectiveRow>& rows) {
  std::vector<Sample> samples;
  for (const CollectiveRow& row : rows) {
    if (!is_fit_row(row)) continue;
    auto meaning = interpret_collective(row, embedded_presets());
    if (!meaning || meaning->experts) continue;
    samples.push_back({std::move(*meaning), system_of(row), 1});
  }
  keep_fastest(samples);
  for (Sample& each : samples) {
    const auto same =
        std::count_if(samples.begin(), samples.end(), [&](const Sample& s) { return s.system == each.system; });
    if (same > 100) each.weight = kManySizes;
    if (each.meaning.payload < 1_MiB) each.weight *= kSmallWeight;
  }
  for (const test::CollectiveTableRow& row : test::collective_tables()) {
    Sample sample;
    Diagnostics diagnostics;
    sample.meaning.cluster = load_cluster(row.node, diagnostics);
    diagnostics.throw_if_errors();
    sample.meaning.group = {row.ranks, row.ranks, row.ranks};
    sample.meaning.collective = row.collective;
    sample.meaning.payload = row.payload;
    sample.meaning.measured = row.time;
    sample.system = "tables";
    sample.weight = kTableWeight * (row.payload < 1_MiB ? kSmallWeight : 1);
    if (row.payload >= 64_KiB) samples.push_back(std::move(sample));
  }
  return samples;
}

/// Rows of the fit part, each predicted with constants fitted on the other folds of systems.
std::vector<ScoreBook::Configuration> cross_validated(const std::vector<CollectiveRow>& rows,
                                                      const std::vector<Sample>& samples) {
  constexpr std::uint64_t kFolds = 4;
  const auto fold_of = [](const std::string& system) { return stable_hash("fold|" + system) % kFolds; };
  std::vector<Constants> fitted;
  for (std::uint64_t fold = 0; fold < kFolds; ++fold) {
    std::vector<Sample> others;
    std::copy_if(samples.begin(), samples.end(), std::back_inserter(others),
                 [&](const Sample& s) { return s.system == "tables" || fold_of(s.system) != fold; });
    fitted.push_back(fit(others, Constants{}));
  }
  std::vector<ScoreBook::Configuration> result;
  for (const CollectiveRow& row : rows) {
    if (!is_fit_row(row)) continue;
    const CollectiveEvaluation evaluation = evaluate_collective(row, embedded_presets(), {});
    if (!evaluation.score.skipped.empty()) continue;
    const Sample sample{evaluation.meaning, system_of(row), 1};
    const double ratio = evaluation.meaning.experts
                             ? std::log(evaluation.score.measured_base / evaluation.score.predicted_base)
                             : -log_error(sample, fitted[fold_of(sample.system)]);
    result.push_back({evaluation.score.regime, false, true, ratio});
  }
  return result;
}

void run() {
  const std::vector<CollectiveRow> rows = open_rows(measurements_folder());
  const std::vector<Sample> samples = samples_of(rows);
  const Constants start;
  std::cout << fmt::format("{} samples, mean log error {:.4f}\n", samples.size(), loss(samples, start));
  const Constants fitted = fit(samples, start);
  std::cout << fmt::format("fitted: {:.4f}\n", loss(samples, fitted));
  for (const Parameter& each : parameters()) {
    std::cout << fmt::format("  {:30} {:12.5g} -> {:.5g}\n", each.name, each.get(start), each.get(fitted));
  }
  write_file_atomically("data/reference/collective_intervals.csv",
                        to_csv(fit_intervals(cross_validated(rows, samples))));
}

}  // namespace
}  // namespace orrery

int main() {
  return orrery::run_tool([] { orrery::run(); });
}
