#include "report/network_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace orrery {
namespace {

std::string bandwidth_text(BytesPerSecond rate) {
  return fmt::format("{} GB/s", format_significant(rate.raw() / 1e9, 3));
}

std::string placement_name(PlacementOrder order) {
  switch (order) {
    case PlacementOrder::Packed:
      return "packed";
    case PlacementOrder::Random:
      return "on random nodes";
    case PlacementOrder::Rail:
      return "on random nodes, ranks in the machine's order";
  }
  ORRERY_CHECK(false, "every order has a name");
}

Table tier_table(const std::vector<TierLoad>& tiers) {
  Table table{"tiers",
              "load of the links, of the busiest",
              {{"tier", "links"}, {"direction", "way"}, {"links", "number"}, {"mean", "mean"}, {"peak", "peak"}},
              {},
              "",
              false};
  for (const TierLoad& tier : tiers) {
    table.rows.push_back(
        {tier.name, std::string(tier.up ? "up" : "down"), count(tier.links), fraction(tier.mean), fraction(tier.peak)});
  }
  return table;
}

Table collision_table(const std::vector<Collisions>& collisions) {
  Table table{"collisions",
              "flows that leave a unit and are hashed onto its paths, by theory, of a packed job",
              {{"tier", "unit"},
               {"flows", "flows"},
               {"paths", "paths"},
               {"mean_fullest", "fullest path, mean"},
               {"high_fullest", "90 % below"},
               {"mean_slowdown", "a flow's slowdown"},
               {"high_slowdown", "90 % below"},
               {"throughput", "throughput"},
               {"spread", "if spread"}},
              {},
              "",
              false};
  for (const Collisions& each : collisions) {
    table.rows.push_back({each.tier, count(each.flows), count(each.paths), number(each.mean_fullest),
                          number(each.high_fullest), number(each.mean_slowdown), number(each.high_slowdown),
                          fraction(each.throughput), fraction(each.spread)});
  }
  return table;
}

Table payload_table(const NetworkSpec& spec, const NetworkResult& result, const IntervalTable& intervals) {
  Table table{"payloads",
              "by payload",
              {{"payload", "payload"},
               {"time", "time"},
               {"low", "low"},
               {"high", "high"},
               {"best", ""},
               {"worst", ""},
               {"algorithm_bandwidth", "algbw"},
               {"bus_bandwidth", "busbw"},
               {"algorithm", "algorithm"},
               {"bound", "bound by"},
               {"lower_bound", "none faster than"}},
              {},
              "",
              false};
  for (const NetworkRow& row : result.rows) {
    const RowInterval interval = interval_of(spec, result.group, row, intervals);
    table.rows.push_back({figure(row.payload), figure(row.time), figure(interval.low), figure(interval.high),
                          figure(row.best), figure(row.worst), figure(row.algorithm_bandwidth),
                          figure(row.bus_bandwidth), row.algorithm, std::string(bound_name(row.bound)),
                          figure(row.lower_bound)});
  }
  return table;
}

bool measured_kind(ScaleUpTopology topology) {
  return topology == ScaleUpTopology::Switched || topology == ScaleUpTopology::FullMesh;
}

/// Bus bandwidth against payload, with the 80 % interval.
Chart bandwidth_chart(const NetworkSpec& spec, const NetworkResult& result, const IntervalTable& intervals) {
  Chart chart;
  chart.key = "bus_bandwidth_curve";
  chart.title =
      fmt::format("{} over {} GPUs, 80 % interval", collective_name(spec.collective), format_count(result.group.ranks));
  chart.x = {"payload", Figure::Kind::Quantity, DimensionOf<Bytes>::value, ChartAxis::Scale::Log2};
  chart.y = {"bus bandwidth", Figure::Kind::Quantity, DimensionOf<BytesPerSecond>::value, ChartAxis::Scale::Linear};
  ChartSeries series;
  series.name = spec.cluster.fabric.name;
  const double factor = bus_factor(spec.collective, result.group.ranks);
  for (const NetworkRow& row : result.rows) {
    const RowInterval interval = interval_of(spec, result.group, row, intervals);
    series.points.push_back({row.payload.raw(), row.bus_bandwidth.raw(), factor * (row.payload / interval.high).raw(),
                             factor * (row.payload / interval.low).raw()});
  }
  chart.series.push_back(std::move(series));
  return chart;
}

/// Load of the links by tier: mean and peak, upwards.
Chart tier_chart(const std::vector<TierLoad>& tiers) {
  Chart chart;
  chart.key = "tier_load";
  chart.title = "load of the links, upwards, of the busiest";
  chart.y = {"load", Figure::Kind::Fraction, Dimension::None, ChartAxis::Scale::Linear};
  ChartSeries mean{"mean", ChartSeries::Shape::Bars, {}, -1}, peak{"peak", ChartSeries::Shape::Bars, {}, -1};
  for (const TierLoad& tier : tiers) {
    if (!tier.up) continue;
    const auto x = static_cast<double>(chart.categories.size());
    chart.categories.push_back(tier.name);
    mean.points.push_back({x, tier.mean});
    peak.points.push_back({x, tier.peak});
  }
  chart.series = {std::move(mean), std::move(peak)};
  return chart;
}

}  // namespace

std::string collective_name(Collective collective) {
  switch (collective) {
    case Collective::AllReduce:
      return "all-reduce";
    case Collective::AllGather:
      return "all-gather";
    case Collective::ReduceScatter:
      return "reduce-scatter";
    case Collective::Broadcast:
      return "broadcast";
    case Collective::AllToAll:
      return "all-to-all";
    case Collective::SendReceive:
      return "send and receive";
  }
  ORRERY_CHECK(false, "every collective has a name");
}

CollectiveMeaning meaning_of(const NetworkSpec& spec, const Group& group, Bytes payload) {
  CollectiveMeaning meaning;
  meaning.cluster = spec.cluster;
  meaning.group = group;
  meaning.collective = spec.collective;
  meaning.payload = payload;
  return meaning;
}

RowInterval interval_of(const NetworkSpec& spec, const Group& group, const NetworkRow& row,
                        const IntervalTable& table) {
  const double half = std::exp(table.half_width(collective_regime(meaning_of(spec, group, row.payload))));
  return {max(row.lower_bound, row.best / half), half * row.worst};
}

std::string machine_text(const Cluster& cluster) {
  return fmt::format("{} x {} on {}", format_count(cluster.chips), cluster.chip.name, cluster.fabric.name);
}

std::string fabric_text(const NetworkSpec& spec, const NetworkResult& result) {
  std::string text = fmt::format("fabric looked at: {}", fidelity_name(result.fidelity));
  if (!result.why.empty()) text += fmt::format(" ({})", result.why);
  if (!result.group.spans_domains()) return text;
  text += fmt::format("; ranks {}", spec.chips.empty() ? placement_name(spec.cluster.placement.order)
                                                       : std::string("placed by the file"));
  text += fmt::format("; transfers between domains take {} times as long as the NICs alone need",
                      format_significant(result.stretch, 3));
  if (result.draws > 1) {
    text += fmt::format(" ({} to {} over {} draws)", format_significant(result.stretch_low, 3),
                        format_significant(result.stretch_high, 3), result.draws);
  }
  return text;
}

void add_nearby(const NetworkContext& context, Document& document) {
  if (context.nearby.empty()) {
    document.notes.push_back(
        "nobody's measurement of this collective on such a group is at hand: the interval is that of other "
        "collectives");
    return;
  }
  std::vector<double> errors;
  Table table{"nearest",
              "Nearest published measurements",
              {{"id", "measurement"},
               {"collective", "collective"},
               {"chip", "chip"},
               {"gpus", "GPUs"},
               {"payload", "payload"},
               {"measured", "measured"},
               {"relative_error", "error"}},
              {},
              "",
              true};
  for (const CollectiveReference* near : context.nearby) {
    const CollectiveMeaning& m = near->meaning;
    errors.push_back(std::abs(near->relative_error));
    table.rows.push_back({near->id, m.experts ? std::string("exchange of experts") : collective_name(m.collective),
                          m.cluster.chip.name, count(m.group.ranks), figure(m.payload), figure(m.measured),
                          signed_fraction(near->relative_error)});
  }
  std::sort(errors.begin(), errors.end());
  document.notes.push_back(
      fmt::format("like the {} nearest measurement{}: median error {:.0f} %, worst {:.0f} % (--explain shows them)",
                  errors.size(), errors.size() == 1 ? "" : "s", 100 * errors[errors.size() / 2], 100 * errors.back()));
  document.tables.push_back(std::move(table));
}

Document network_document(const NetworkSpec& spec, const NetworkResult& result, const NetworkContext& context) {
  Document document;
  document.command = "network";
  const NetworkRow& largest = result.rows.back();
  const RowInterval interval = interval_of(spec, result.group, largest, context.intervals);
  const std::string groups =
      result.groups > 1
          ? fmt::format("{} groups of {} GPUs at once", format_count(result.groups), format_count(result.group.ranks))
          : fmt::format("{} GPUs", format_count(result.group.ranks));
  document.answer.push_back(fmt::format(
      "{} of {} over {}: {}, 80 % interval {} to {}", collective_name(spec.collective), format_bytes(largest.payload),
      groups, format_time(largest.time), format_time(interval.low), format_time(interval.high)));
  document.answer.push_back(fmt::format(
      "{} bus bandwidth ({} algorithm), {}; bound by {}; none is faster than {}", bandwidth_text(largest.bus_bandwidth),
      bandwidth_text(largest.algorithm_bandwidth), largest.algorithm.empty() ? "nothing to send" : largest.algorithm,
      bound_name(largest.bound), format_time(largest.lower_bound)));
  document.fields = {{"collective", "", collective_name(spec.collective)},
                     {"gpus", "", count(spec.cluster.chips)},
                     {"group", "", count(result.group.ranks)},
                     {"groups", "", count(result.groups)},
                     {"machine", "machine", machine_text(spec.cluster)},
                     {"fidelity", "", std::string(fidelity_name(result.fidelity))},
                     {"stretch", "", number(result.stretch, 6)},
                     {"stretch_low", "", number(result.stretch_low, 6)},
                     {"stretch_high", "", number(result.stretch_high, 6)},
                     {"draws", "", count(result.draws)},
                     {"time", "", figure(largest.time)},
                     {"low", "", figure(interval.low)},
                     {"high", "", figure(interval.high)},
                     {"bus_bandwidth", "", figure(largest.bus_bandwidth)}};
  document.tables.push_back(payload_table(spec, result, context.intervals));
  document.tables.back().detail = result.rows.size() == 1;
  if (!result.tiers.empty()) document.tables.push_back(tier_table(result.tiers));
  if (!result.collisions.empty()) document.tables.push_back(collision_table(result.collisions));
  if (result.rows.size() > 1) document.charts.push_back(bandwidth_chart(spec, result, context.intervals));
  if (!result.tiers.empty()) document.charts.push_back(tier_chart(result.tiers));
  document.notes.push_back(fabric_text(spec, result));
  add_nearby(context, document);
  if (!measured_kind(spec.cluster.node.topology)) {
    document.notes.push_back(
        "no torus nor cube mesh is among the measurements: the interval is that of switched domains");
  }
  if (spec.cluster.fabric.topology == FabricTopology::Dragonfly && result.fidelity == Fidelity::Flows) {
    document.notes.push_back(
        "dragonflies are followed on shortest ways only: adaptive detours over other groups make hot pairs faster");
  }
  for (const std::string& each : context.assumptions) document.notes.push_back("assumed: " + each);
  return document;
}

Document jobs_document(const Cluster& cluster, const std::vector<NetworkJob>& jobs, const JobsResult& result,
                       const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "network";
  std::size_t worst = 0;
  const auto slowdown = [&](std::size_t j) { return result.jobs[j].steady / result.jobs[j].alone; };
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    if (result.jobs[j].alone.raw() > 0 && slowdown(j) > slowdown(worst)) worst = j;
  }
  document.answer.push_back(
      slowdown(worst) > 1 + 1e-9
          ? fmt::format("{} suffers most: its {} takes {} beside the others, {} alone ({} times as long)",
                        jobs[worst].name, collective_name(jobs[worst].collective),
                        format_time(result.jobs[worst].steady), format_time(result.jobs[worst].alone),
                        format_significant(slowdown(worst), 3))
          : "no job slows another down");
  document.fields = {
      {"machine", "machine",
       fmt::format("{} x {} on {}", format_count(cluster.machine_chips()), cluster.chip.name, cluster.fabric.name)},
      {"flows", "", count(static_cast<long long>(result.flows))},
      {"classes", "", count(static_cast<long long>(result.classes))}};
  Table table{"jobs",
              "jobs",
              {{"job", "job"},
               {"gpus", "GPUs"},
               {"collective", "collective"},
               {"payload", "payload"},
               {"algorithm", "algorithm"},
               {"alone", "alone"},
               {"together", "all start at once"},
               {"steady", "all repeat"},
               {"slowdown", "slowdown"},
               {"stretch_alone", ""},
               {"stretch_together", ""},
               {"stretch_steady", ""}},
              {},
              "",
              false};
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const JobResult& r = result.jobs[j];
    table.rows.push_back({jobs[j].name, count(jobs[j].chips), collective_name(jobs[j].collective),
                          figure(jobs[j].bytes), r.algorithm, figure(r.alone), figure(r.together), figure(r.steady),
                          number(r.alone.raw() > 0 ? slowdown(j) : 1), number(r.stretch_alone, 6),
                          number(r.stretch_together, 6), number(r.stretch_steady, 6)});
  }
  document.tables = {std::move(table), tier_table(result.tiers)};
  document.charts.push_back(tier_chart(result.tiers));
  document.notes.push_back(fmt::format("{} flows of {} kinds share the links max-min fairly",
                                       format_count(static_cast<long long>(result.flows)),
                                       format_count(static_cast<long long>(result.classes))));
  for (const std::string& each : assumptions) document.notes.push_back("assumed: " + each);
  return document;
}

}  // namespace orrery
