#include "report/allocation_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace orrery {
namespace {

std::string words(std::string_view name) {
  std::string key(name);
  for (char& c : key) c = c == ' ' || c == '-' ? '_' : c;
  key.erase(std::remove(key.begin(), key.end(), ','), key.end());
  std::transform(key.begin(), key.end(), key.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return key;
}

/// Columns of a whole curve: shown at some loads, there for machines at all.
void add_curve_columns(Table& table, std::size_t last, bool shown) {
  for (std::size_t load = 0; load <= last; ++load) {
    const bool title = shown && (load >= 90 && load % 10 == 0);
    table.columns.push_back({fmt::format("load_{}", load), title ? fmt::format("{} %", load) : ""});
  }
}

void add_curve(std::vector<Cell>& row, const std::vector<double>& curve) {
  for (const double allocated : curve) row.emplace_back(fraction(allocated / 100, 2));
}

Table means_table(const AllocationStudy& study, const std::vector<std::vector<double>>& means) {
  Table table{"policies",
              fmt::format("GPUs allocated when pods for so much of the machine have arrived, mean of {} seeds",
                          study.seeds.size()),
              {{"policy", "policy"}},
              {},
              "",
              false};
  add_curve_columns(table, means.front().size() - 1, true);
  table.columns.push_back({"spread", "spread"});
  table.columns.push_back({"what", "the pod goes to"});
  for (std::size_t rule = 0; rule < study.rules.size(); ++rule) {
    std::vector<Cell> row = {std::string(name_of(study.rules[rule]))};
    add_curve(row, means[rule]);
    const auto [low, high] = std::minmax_element(
        study.curves[rule].begin(), study.curves[rule].end(),
        [](const AllocationCurve& a, const AllocationCurve& b) { return a.allocated.back() < b.allocated.back(); });
    row.emplace_back(fraction((high->allocated.back() - low->allocated.back()) / 100, 2));
    row.emplace_back(std::string(summary_of(study.rules[rule])));
    table.rows.push_back(std::move(row));
  }
  table.note = "spread: between the seeds, at the last load";
  return table;
}

/// What is free in the end, in GPUs, mean over the seeds.
Table fragments_table(const AllocationStudy& study) {
  Table table{"fragmentation",
              "free GPUs in the end, as the workload's typical pods find them (mean over pods and seeds)",
              {{"policy", "policy"}, {"free", "free"}, {"usable", "usable"}},
              {},
              "",
              false};
  for (std::size_t cause = 0; cause < kFragmentCauses; ++cause) {
    const std::string name(name_of(static_cast<FragmentCause>(cause)));
    table.columns.push_back({words(name), name});
  }
  for (std::size_t rule = 0; rule < study.rules.size(); ++rule) {
    Fragmentation sum;
    for (const AllocationCurve& curve : study.curves[rule]) sum += curve.end;
    const double scale = static_cast<double>(kWholeGpu) * static_cast<double>(study.seeds.size());
    std::vector<Cell> row = {std::string(name_of(study.rules[rule])),
                             number((sum.usable + sum.fragmented()) / scale, 4), number(sum.usable / scale, 4)};
    for (const double amount : sum.by_cause) row.emplace_back(number(amount / scale, 4));
    table.rows.push_back(std::move(row));
  }
  table.note =
      "each free GPU counts in parts: by the share of the pods that could use it, and of those that could not by "
      "what they lack";
  return table;
}

Table curves_table(const AllocationStudy& study) {
  Table table{"curves",
              "each curve",
              {{"policy", "policy"}, {"seed", "seed"}, {"arrived", "pods arrived"}, {"placed", "placed"}},
              {},
              "",
              true};
  add_curve_columns(table, study.curves.front().front().allocated.size() - 1, true);
  for (std::size_t rule = 0; rule < study.rules.size(); ++rule) {
    for (std::size_t seed = 0; seed < study.seeds.size(); ++seed) {
      const AllocationCurve& curve = study.curves[rule][seed];
      std::vector<Cell> row = {std::string(name_of(study.rules[rule])),
                               count(static_cast<long long>(study.seeds[seed])), count(curve.arrived),
                               count(curve.placed)};
      add_curve(row, curve.allocated);
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Chart curves_chart(const AllocationStudy& study, const std::vector<std::vector<double>>& means) {
  Chart chart;
  chart.key = "allocation";
  chart.title = "GPUs allocated while pods arrive and none leaves";
  chart.x = {"GPUs asked for by the pods that arrived, of the machine's", Figure::Kind::Fraction, Dimension::None,
             ChartAxis::Scale::Linear};
  chart.y = {"GPUs allocated", Figure::Kind::Fraction, Dimension::None, ChartAxis::Scale::Linear};
  for (std::size_t rule = 0; rule < study.rules.size(); ++rule) {
    ChartSeries series{std::string(name_of(study.rules[rule])), ChartSeries::Shape::Line, {}, -1};
    // Below, all rules allocate what arrives.
    for (std::size_t load = std::min<std::size_t>(60, means[rule].size() - 1); load < means[rule].size(); ++load) {
      ChartPoint point{static_cast<double>(load) / 100, means[rule][load] / 100};
      point.low = point.high = point.y;
      for (const AllocationCurve& curve : study.curves[rule]) {
        point.low = std::min(point.low, curve.allocated[load] / 100);
        point.high = std::max(point.high, curve.allocated[load] / 100);
      }
      series.points.push_back(point);
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

}  // namespace

Document allocation_document(const AllocationStudy& study) {
  Document document;
  document.command = "cluster";
  std::vector<std::vector<double>> means;
  for (const std::vector<AllocationCurve>& curves : study.curves) means.push_back(mean_allocation(curves));
  std::vector<std::size_t> order(study.rules.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return means[a].back() > means[b].back(); });
  const std::size_t best = order.front(), worst = order.back();
  const std::size_t last = means.front().size() - 1;
  document.answer.push_back(fmt::format("{} allocates {} of {} GPUs when pods for {} % of them have arrived",
                                        name_of(study.rules[best]), format_percent(means[best].back() / 100, 2),
                                        format_count(study.gpus), last));
  if (order.size() > 1) {
    const auto more = [&](std::size_t other) {
      const double points = means[best].back() - means[other].back();
      return fmt::format("{:.2f} points more than {}", points, name_of(study.rules[other]));
    };
    document.answer.back() +=
        order.size() > 2 ? fmt::format(", {} and {}", more(order[1]), more(worst)) : fmt::format(", {}", more(worst));
    const double gpus = (means[best].back() - means[worst].back()) / 100 * static_cast<double>(study.gpus);
    document.answer.push_back(fmt::format("between {} and {} lie {} GPUs", name_of(study.rules[best]),
                                          name_of(study.rules[worst]), format_count(std::llround(gpus))));
  }
  document.fields = {{"gpus", "GPUs", count(study.gpus)},
                     {"nodes", "nodes", count(study.nodes)},
                     {"pods", "pods in the list", count(study.pods)},
                     {"typical_pods", "typical pods", count(study.target_pods)},
                     {"seeds", "seeds", count(static_cast<long long>(study.seeds.size()))}};
  document.tables = {means_table(study, means), fragments_table(study), curves_table(study)};
  document.notes = {
      fmt::format(
          "pods arrive in a random order and none leaves; the list is drawn from again until {} % of the GPUs are "
          "asked for; one that fits nowhere goes",
          last),
      "the method and the rules are those of Weng et al., USENIX ATC 2023, and its simulator; docs/gpu-sharing.md says "
      "how far they agree"};
  if (study.impossible > 0) {
    document.warnings.push_back(fmt::format("{} of {} pods fit on no node even when it is empty: they count as load",
                                            format_count(study.impossible), format_count(study.pods)));
  }
  document.charts.push_back(curves_chart(study, means));
  return document;
}

}  // namespace orrery
