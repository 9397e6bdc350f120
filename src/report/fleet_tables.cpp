#include "report/fleet_tables.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/unit_table.hpp"

namespace orrery {
namespace {

constexpr double kJoulesPerTerawattHour = 3.6e15;
constexpr double kNoise = 0.6;  ///< Of an estimated share of the variance, times the square root of the futures.

void add_quarters(const FleetCase& c, Document& document) {
  const FleetResult& r = c.result;
  Table table{
      "steps",
      c.plan.step == FleetStep::Quarter ? "by quarter, at its end" : "by month, at its end",
      {{"step", "step"},
       {"power_p10", "power P10"},
       {"power_p50", "P50"},
       {"power_p90", "P90"},
       {"gpus_p50", "GPUs on"},
       {"h100e_p10", "H100e P10"},
       {"h100e_p50", "P50"},
       {"h100e_p90", "P90"},
       {"idle_p50", "idle"},
       {"spent_p50", "spent"},
       {"cash_p50", "cash"},
       {"binds", "binds most often"},
       {"binds_share", "of futures"}},
      {},
      "power: halls with power; idle: chips that have come and have no hall or power; the plan binds where all that "
      "was due is in use; medians but for P10 and P90",
      false};
  Table detail{"steps_detail",
               "by step, more",
               {{"step", "step"},
                {"facility_p50", "halls"},
                {"used_p50", "power used"},
                {"ordered_p50", "chips ordered"},
                {"in_transit_p50", "on their way"},
                {"idle_p90", "idle P90"},
                {"retired_p50", "retired"},
                {"peak_p50", "16-bit peak"},
                {"usable_p10", "usable P10"},
                {"usable_p50", "P50"},
                {"usable_p90", "P90"},
                {"energy_twh_per_year", "TWh a year"},
                {"debt_p50", "debt"},
                {"revenue_mean", "revenue"},
                {"operating_cost_mean", "operation"},
                {"interest_mean", "interest"}},
               {},
               "revenue, operation and interest are means of what the step brings and takes",
               true};
  for (std::size_t t = 0; t < r.ends.size(); ++t) {
    const auto of = [&](FleetSeries s) { return r.of(s)[t]; };
    const FleetBand power = of(FleetSeries::Energised), h100e = of(FleetSeries::H100e),
                    usable = of(FleetSeries::UsableFlops);
    const FleetLimit limit = most_frequent(r.binding[t]);
    const std::string name = fleet_step_name(c.plan, r.ends[t]);
    table.rows.push_back({name, watts_figure(power.p10), watts_figure(power.p50), watts_figure(power.p90),
                          chips_figure(of(FleetSeries::On).p50), chips_figure(h100e.p10), chips_figure(h100e.p50),
                          chips_figure(h100e.p90), chips_figure(of(FleetSeries::Idle).p50),
                          dollars_figure(of(FleetSeries::Spent).p50), dollars_figure(of(FleetSeries::Cash).p50),
                          std::string(fleet_limit_name(limit)),
                          fraction(r.binding[t][static_cast<std::size_t>(limit)], 0)});
    const auto flops = [](double value) { return figure(FlopsPerSecond(value)); };
    detail.rows.push_back({name, watts_figure(of(FleetSeries::Facility).p50), watts_figure(of(FleetSeries::Used).p50),
                           chips_figure(of(FleetSeries::Ordered).p50), chips_figure(of(FleetSeries::InTransit).p50),
                           chips_figure(of(FleetSeries::Idle).p90), chips_figure(of(FleetSeries::Retired).p50),
                           flops(of(FleetSeries::PeakFlops).p50), flops(usable.p10), flops(usable.p50),
                           flops(usable.p90), number(of(FleetSeries::Meter).p50 * kYear / kJoulesPerTerawattHour),
                           dollars_figure(of(FleetSeries::Debt).p50), dollars_figure(of(FleetSeries::Revenue).mean),
                           dollars_figure(of(FleetSeries::OperatingCost).mean),
                           dollars_figure(of(FleetSeries::Interest).mean)});
  }
  document.tables.push_back(std::move(table));
  document.tables.push_back(std::move(detail));
}

void add_binding(const FleetCase& c, Document& document) {
  Table table{"binding", "what binds: share of the futures", {{"step", "step"}}, {}, "", true};
  Table power{"missing", "power that was due and is not in use, mean of the futures", {{"step", "step"}}, {}, "", true};
  constexpr std::array<const char*, kFleetLimits> kKeys = {"plan", "build", "power", "money", "chips", "lead_time"};
  for (std::size_t l = 0; l < kFleetLimits; ++l) {
    const char* name = fleet_limit_name(static_cast<FleetLimit>(l));
    table.columns.push_back({kKeys[l], name});
    if (l > 0) power.columns.push_back({kKeys[l], name});
  }
  for (std::size_t t = 0; t < c.result.ends.size(); ++t) {
    const std::string step = fleet_step_name(c.plan, c.result.ends[t]);
    std::vector<Cell> shares = {step}, watts_missing = {step};
    for (std::size_t l = 0; l < kFleetLimits; ++l) {
      shares.emplace_back(fraction(c.result.binding[t][l], 0));
      if (l > 0) watts_missing.emplace_back(watts_figure(c.result.missing[t][l]));
    }
    table.rows.push_back(std::move(shares));
    power.rows.push_back(std::move(watts_missing));
  }
  document.tables.push_back(std::move(table));
  document.tables.push_back(std::move(power));
}

void add_variants(const FleetCase& main, const std::vector<FleetCase>& variants, Document& document) {
  if (variants.empty()) return;
  Table table{"variants",
              fmt::format("variants, at the end ({})", date_text(main.result.ends.back())),
              {{"variant", "variant"},
               {"power_p50", "power"},
               {"gpus_p50", "GPUs on"},
               {"h100e_p10", "H100e P10"},
               {"h100e_p50", "P50"},
               {"h100e_p90", "P90"},
               {"spent_p50", "spent"},
               {"debt_p50", "debt"},
               {"idle_p90", "idle P90"},
               {"hour_p50", "an H100e-hour"},
               {"binds", "binds most often"}},
              {},
              "",
              false};
  const auto row = [&](const FleetCase& c, const std::string& name) {
    const FleetResult& r = c.result;
    const FleetBand h100e = at_end(r, FleetSeries::H100e);
    Cell hour;
    if (std::isfinite(r.hour_cost.p50)) hour = figure(DollarsPerSecond(r.hour_cost.p50 / kHour));
    table.rows.push_back(
        {name, watts_figure(at_end(r, FleetSeries::Energised).p50), chips_figure(at_end(r, FleetSeries::On).p50),
         chips_figure(h100e.p10), chips_figure(h100e.p50), chips_figure(h100e.p90),
         dollars_figure(at_end(r, FleetSeries::Spent).p50), dollars_figure(at_end(r, FleetSeries::Debt).p50),
         chips_figure(at_end(r, FleetSeries::Idle).p90), std::move(hour),
         std::string(fleet_limit_name(most_frequent(r.binding.back())))});
  };
  row(main, "the plan");
  for (const FleetCase& variant : variants) row(variant, variant.name);
  document.tables.push_back(std::move(table));
}

void add_targets(const FleetCase& main, const std::vector<FleetCase>& variants, Document& document) {
  if (main.plan.targets.empty()) return;
  Table table{"targets",
              "targets: when they are reached, over the futures",
              {{"variant", "variant"},
               {"target", "target"},
               {"reached", "reached in"},
               {"p10", "P10"},
               {"p50", "P50"},
               {"p90", "P90"}},
              {},
              "",
              variants.empty()};
  const auto rows = [&](const FleetCase& c, const std::string& name) {
    const Date end = c.result.ends.back();
    for (std::size_t i = 0; i < c.plan.targets.size(); ++i) {
      const FleetTargetResult& r = c.result.targets[i];
      table.rows.push_back({name, fleet_target_name(c.plan.targets[i]),
                            fraction(c.plan.targets[i].by ? r.reached_by : r.reached, 0), fleet_date_text(r.p10, end),
                            fleet_date_text(r.p50, end), fleet_date_text(r.p90, end)});
    }
  };
  rows(main, "the plan");
  for (const FleetCase& variant : variants) rows(variant, variant.name);
  document.tables.push_back(std::move(table));
}

const FleetPhase* phase_of(const FleetSpec& plan, const FleetSpanResult& span) {
  if (span.kind != FleetSpanResult::Kind::Build) return nullptr;
  for (const FleetSite& site : plan.sites) {
    if (site.name != span.site) continue;
    for (const FleetPhase& phase : site.phases) {
      if (phase.name == span.name) return &phase;
    }
  }
  return nullptr;
}

void add_sites(const FleetCase& c, Document& document) {
  Table table{"sites",
              "sites: when halls and power are there",
              {{"site", "site"},
               {"part", "part"},
               {"kind", "what"},
               {"power", "power"},
               {"start", "start"},
               {"planned", "planned"},
               {"p10", "P10"},
               {"p50", "P50"},
               {"p90", "P90"},
               {"stood", "happened"},
               {"off_days", "P50 off by"}},
              {},
              "planned: at medians; later where money or the phase before is late",
              false};
  constexpr std::array<const char*, 3> kKinds = {"build", "grid", "on site"};
  const Date end = c.result.ends.back();
  int compared = 0, inside = 0;
  for (const FleetSpanResult& s : c.result.spans) {
    Cell stood, off;
    if (const FleetPhase* phase = phase_of(c.plan, s); phase != nullptr && phase->stood) {
      stood = date_text(*phase->stood);
      ++compared;
      if (s.p10 && *s.p10 <= *phase->stood && (!s.p90 || *phase->stood <= *s.p90)) ++inside;
      if (s.p50) off = fmt::format("{:+d} days", s.p50->days() - phase->stood->days());
    }
    table.rows.push_back({s.site, s.name, std::string(kKinds[static_cast<std::size_t>(s.kind)]), watts_figure(s.power),
                          date_text(s.start), date_text(s.planned_end), fleet_date_text(s.p10, end),
                          fleet_date_text(s.p50, end), fleet_date_text(s.p90, end), std::move(stood), std::move(off)});
  }
  if (compared == 0) {
    table.columns.resize(table.columns.size() - 2);
    for (auto& row : table.rows) row.resize(table.columns.size());
  } else {
    table.note += fmt::format("; {} of {} dates that are known lie inside the 80 % band", inside, compared);
  }
  document.tables.push_back(std::move(table));
}

void add_sensitivities(const FleetCase& c, Document& document) {
  Table table{"sensitivities",
              "what moves the H100-equivalents at the end",
              {{"key", ""},
               {"input", "input"},
               {"low", "where it is low"},
               {"high", "where it is high"},
               {"share", "share of the variance"}},
              {},
              "means over the futures in which the input lies in its lowest and in its highest third",
              false};
  for (const Sensitivity& s : c.result.sensitivities) {
    if (s.first_order < kNoise / std::sqrt(static_cast<double>(c.result.draws))) continue;
    const std::string& key = c.result.inputs[static_cast<std::size_t>(s.input)].name;
    table.rows.push_back(
        {key, fleet_input_name(key), chips_figure(s.low), chips_figure(s.high), fraction(s.first_order, 0)});
  }
  if (!table.rows.empty()) document.tables.push_back(std::move(table));
}

}  // namespace

void add_fleet_tables(const FleetCase& main, const std::vector<FleetCase>& variants, Document& document) {
  add_quarters(main, document);
  add_variants(main, variants, document);
  add_targets(main, variants, document);
  add_sites(main, document);
  add_sensitivities(main, document);
  add_binding(main, document);
}

}  // namespace orrery
