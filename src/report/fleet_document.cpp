#include "report/fleet_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "report/fleet_charts.hpp"

namespace orrery {
namespace {

constexpr double kJoulesPerTerawattHour = 3.6e15;
constexpr double kNoise = 0.6;  ///< Of an estimated share of the variance, times the square root of the futures.

FleetBand last(const FleetResult& result, FleetSeries series) {
  return result.of(series).back();
}
Figure watts(double value) {
  return figure(Watts(value));
}
Figure dollars(double value) {
  return figure(Dollars(value));
}
Figure chips(double value) {
  return large(value, 3);
}
std::string text(const Figure& value) {
  return cell_text(value);
}
/// "9.07 M (6.05 M to 10.3 M)"
template <class Make>
std::string with_band(const FleetBand& band, const Make& make, const char* lead = "") {
  return fmt::format("{} ({}{} to {})", text(make(band.p50)), lead, text(make(band.p10)), text(make(band.p90)));
}

std::string date_cell(const std::optional<Date>& date, Date end) {
  return date ? date_text(*date) : "after " + date_text(end);
}

std::size_t most_frequent(const std::array<double, kFleetLimits>& shares) {
  return static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
}

/// "plan until 2026-Q1, chips on their way until 2027-Q2, build times until 2028-Q3, plan": by step, what binds most
/// often.
std::string binding_in_time(const FleetCase& c) {
  std::string words;
  const std::size_t steps = c.result.ends.size();
  for (std::size_t t = 0; t < steps; ++t) {
    const std::size_t limit = most_frequent(c.result.binding[t]);
    if (t + 1 < steps && most_frequent(c.result.binding[t + 1]) == limit) continue;
    words += words.empty() ? "" : ", then ";
    words += fleet_limit_name(static_cast<FleetLimit>(limit));
    if (t + 1 < steps) words += " until " + fleet_step_name(c.plan, c.result.ends[t]);
  }
  return words;
}

/// Over all steps, by power that each keeps from being used: "build times 53 %, chips on their way 31 %"; empty where
/// nothing is kept.
std::string missing_words(const FleetResult& result) {
  std::array<double, kFleetLimits> sums{};
  double all = 0;
  for (const auto& step : result.missing) {
    for (std::size_t l = 0; l < kFleetLimits; ++l) sums[l] += step[l], all += step[l];
  }
  std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sums[a] > sums[b]; });
  std::vector<std::string> parts;
  for (const std::size_t l : order) {
    if (all > 0 && sums[l] >= 0.005 * all)
      parts.push_back(
          fmt::format("{} {}", fleet_limit_name(static_cast<FleetLimit>(l)), format_percent(sums[l] / all, 0)));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

double planned_power(const FleetSpec& plan) {
  double sum = 0;
  for (const FleetSite& site : plan.sites) {
    for (const FleetPhase& phase : site.phases) sum += phase.power.raw();
  }
  return sum;
}

std::string target_name(const FleetTarget& target) {
  std::string what;
  switch (target.measure) {
    case FleetMeasure::H100e:
      what = text(chips(target.amount)) + " H100e";
      break;
    case FleetMeasure::Gpus:
      what = text(chips(target.amount)) + " GPUs";
      break;
    case FleetMeasure::Power:
      what = text(watts(target.amount));
      break;
    case FleetMeasure::Spent:
      what = text(dollars(target.amount)) + " spent";
      break;
  }
  return target.by ? fmt::format("{} by {}", what, date_text(*target.by)) : what;
}

/// Why no future reaches a target.
std::string never_because(const FleetCase& c, const FleetTarget& target) {
  const double planned = planned_power(c.plan);
  if (target.measure == FleetMeasure::Power && target.amount > planned * (1 + 1e-9))
    return fmt::format("the sites of the plan hold {}", text(watts(planned)));
  std::array<double, kFleetLimits> missing{};
  std::size_t at = c.result.ends.size() - 1;
  for (std::size_t t = 0; target.by && t < c.result.ends.size(); ++t) {
    if (c.result.ends[t] <= *target.by) at = t;
  }
  missing = c.result.missing[at];
  const std::size_t most = most_frequent(missing);
  const double all = missing[0] + missing[1] + missing[2] + missing[3] + missing[4] + missing[5];
  if (!(all > 0.01 * planned)) return "the plan holds no more, although all of it is built";
  return fmt::format(
      "then {} {} {} from being used on average", fleet_limit_name(static_cast<FleetLimit>(most)),
      most == static_cast<std::size_t>(FleetLimit::Build) || most == static_cast<std::size_t>(FleetLimit::LeadTime)
          ? "keep"
          : "keeps",
      text(watts(missing[most])));
}

void answer_targets(const FleetCase& c, Document& document) {
  const Date end = c.result.ends.back();
  for (std::size_t i = 0; i < c.plan.targets.size(); ++i) {
    const FleetTarget& target = c.plan.targets[i];
    const FleetTargetResult& r = c.result.targets[i];
    const double chance = target.by ? r.reached_by : r.reached;
    if (chance == 0) {
      document.answer.push_back(
          fmt::format("{}: cannot be done, because {}", target_name(target), never_because(c, target)));
      continue;
    }
    const std::string when = r.p50 ? fmt::format("in the median on {} (80 %: {} to {})", date_text(*r.p50),
                                                 date_cell(r.p10, end), date_cell(r.p90, end))
                                   : fmt::format("in the median after {}", date_text(end));
    document.answer.push_back(fmt::format("{}: reached in {} of the futures{}, {}", target_name(target),
                                          format_percent(chance, 0), target.by ? "" : " until " + date_text(end),
                                          when));
  }
}

std::string size_sentence(const FleetCase& c) {
  const FleetBand power = last(c.result, FleetSeries::Energised), h100e = last(c.result, FleetSeries::H100e);
  return fmt::format("{} of halls with power, with {} GPUs that are {} H100e", with_band(power, watts, "80 %: "),
                     text(chips(last(c.result, FleetSeries::On).p50)), with_band(h100e, chips));
}

void add_answer(const FleetCase& main, const std::vector<FleetCase>& variants, Document& document) {
  const FleetResult& r = main.result;
  const std::string end = date_text(r.ends.back());
  if (last(r, FleetSeries::H100e).p90 <= 0) {
    document.answer.push_back(fmt::format("no chip is on by {} in nine of ten futures{}: {} keeps most from it", end,
                                          main.name.empty() ? "" : " of " + main.name, missing_words(r)));
  } else {
    document.answer.push_back(
        fmt::format("{} by {}{}", size_sentence(main), end, main.name.empty() ? "" : ": " + main.name));
    const auto flops = [](double value) { return figure(FlopsPerSecond(value)); };
    document.answer.push_back(fmt::format(
        "their dense 16-bit peak is {}, of which {} are usable; they draw {} TWh a year",
        text(flops(last(r, FleetSeries::PeakFlops).p50)), with_band(last(r, FleetSeries::UsableFlops), flops),
        text(number(last(r, FleetSeries::Meter).p50 * kYear / kJoulesPerTerawattHour))));
  }
  answer_targets(main, document);
  document.answer.push_back(fmt::format("what binds in most futures: {}", binding_in_time(main)));
  if (const std::string words = missing_words(r); !words.empty())
    document.answer.push_back(fmt::format("of the power that was due and not in use, over all of the time: {}", words));
  const FleetBand spent = last(r, FleetSeries::Spent), power = last(r, FleetSeries::Energised);
  const std::string each =
      power.p50 > 0 ? fmt::format(", {} for a GW that is there", text(dollars(spent.p50 / power.p50 * 1e9))) : "";
  document.answer.push_back(fmt::format("{} go into halls and chips{}; of {} that come in on average {} are left",
                                        with_band(spent, dollars), each, text(figure(r.ledger.in())),
                                        text(figure(r.ledger.cash))));
  for (const FleetCase& variant : variants) {
    const auto limit = static_cast<FleetLimit>(most_frequent(variant.result.binding.back()));
    document.answer.push_back(fmt::format("{}: {}; what binds at the end in most futures is {}", variant.name,
                                          size_sentence(variant), fleet_limit_name(limit)));
  }
}

void add_money(const FleetResult& r, Document& document) {
  const FleetLedger& l = r.ledger;
  Parts in{"money_in", "money in, mean of the futures", figure(l.in()), {}};
  in.parts = {{"equity", figure(l.equity)}, {"loans", figure(l.debt_drawn)}, {"revenue", figure(l.revenue)}};
  Parts out{"money_out", "money out, and cash left", figure(l.out() + l.cash), {}};
  out.parts = {{"halls", figure(l.halls)},
               {"chips", figure(l.chips)},
               {"servers and network", figure(l.cluster)},
               {"electricity", figure(l.electricity)},
               {"operations", figure(l.operations)},
               {"interest", figure(l.interest)},
               {"loans repaid", figure(l.repayment)},
               {"paid out", figure(l.paid_out)},
               {"cash left", figure(l.cash)}};
  document.breakdowns = {std::move(in), std::move(out)};
  for (Parts& parts : document.breakdowns)
    std::erase_if(parts.parts, [](const auto& part) { return part.second.value == 0; });
  if (!(r.hour_total > 0)) return;
  const auto hour = [](double dollars_per_hour) { return figure(DollarsPerSecond(dollars_per_hour / kHour)); };
  Parts cost{"h100e_hour", "an H100e-hour of the last year costs", hour(r.hour_total), {}};
  constexpr std::array<const char*, kFleetCosts> kNames = {"halls", "chips", "servers and network", "electricity",
                                                           "operations"};
  for (std::size_t i = 0; i < kFleetCosts; ++i) cost.parts.emplace_back(kNames[i], hour(r.hour_parts[i]));
  document.breakdowns.push_back(std::move(cost));
}

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
       {"binds_share", "in"}},
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
    const std::size_t limit = most_frequent(r.binding[t]);
    const std::string name = fleet_step_name(c.plan, r.ends[t]);
    table.rows.push_back({name, watts(power.p10), watts(power.p50), watts(power.p90), chips(of(FleetSeries::On).p50),
                          chips(h100e.p10), chips(h100e.p50), chips(h100e.p90), chips(of(FleetSeries::Idle).p50),
                          dollars(of(FleetSeries::Spent).p50), dollars(of(FleetSeries::Cash).p50),
                          std::string(fleet_limit_name(static_cast<FleetLimit>(limit))),
                          fraction(r.binding[t][limit], 0)});
    const auto flops = [](double value) { return figure(FlopsPerSecond(value)); };
    detail.rows.push_back({name, watts(of(FleetSeries::Facility).p50), watts(of(FleetSeries::Used).p50),
                           chips(of(FleetSeries::Ordered).p50), chips(of(FleetSeries::InTransit).p50),
                           chips(of(FleetSeries::Idle).p90), chips(of(FleetSeries::Retired).p50),
                           flops(of(FleetSeries::PeakFlops).p50), flops(usable.p10), flops(usable.p50),
                           flops(usable.p90), number(of(FleetSeries::Meter).p50 * kYear / kJoulesPerTerawattHour),
                           dollars(of(FleetSeries::Debt).p50), dollars(of(FleetSeries::Revenue).mean),
                           dollars(of(FleetSeries::OperatingCost).mean), dollars(of(FleetSeries::Interest).mean)});
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
      if (l > 0) watts_missing.emplace_back(watts(c.result.missing[t][l]));
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
    const FleetBand h100e = last(r, FleetSeries::H100e);
    Cell hour;
    if (std::isfinite(r.hour_cost.p50)) hour = figure(DollarsPerSecond(r.hour_cost.p50 / kHour));
    table.rows.push_back({name, watts(last(r, FleetSeries::Energised).p50), chips(last(r, FleetSeries::On).p50),
                          chips(h100e.p10), chips(h100e.p50), chips(h100e.p90),
                          dollars(last(r, FleetSeries::Spent).p50), dollars(last(r, FleetSeries::Debt).p50),
                          chips(last(r, FleetSeries::Idle).p90), std::move(hour),
                          std::string(fleet_limit_name(static_cast<FleetLimit>(most_frequent(r.binding.back()))))});
  };
  row(main, "the plan");
  for (const FleetCase& variant : variants) row(variant, variant.name);
  document.tables.push_back(std::move(table));
}

void add_targets(const FleetCase& c, Document& document) {
  if (c.plan.targets.empty()) return;
  Table table{"targets",
              "targets",
              {{"target", "target"}, {"reached", "reached in"}, {"p10", "P10"}, {"p50", "P50"}, {"p90", "P90"}},
              {},
              "",
              true};
  const Date end = c.result.ends.back();
  for (std::size_t i = 0; i < c.plan.targets.size(); ++i) {
    const FleetTargetResult& r = c.result.targets[i];
    table.rows.push_back({target_name(c.plan.targets[i]), fraction(c.plan.targets[i].by ? r.reached_by : r.reached, 0),
                          date_cell(r.p10, end), date_cell(r.p50, end), date_cell(r.p90, end)});
  }
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
    table.rows.push_back({s.site, s.name, std::string(kKinds[static_cast<std::size_t>(s.kind)]), watts(s.power),
                          date_text(s.start), date_text(s.planned_end), date_cell(s.p10, end), date_cell(s.p50, end),
                          date_cell(s.p90, end), std::move(stood), std::move(off)});
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
    table.rows.push_back({key, fleet_input_name(key), chips(s.low), chips(s.high), fraction(s.first_order, 0)});
  }
  if (!table.rows.empty()) document.tables.push_back(std::move(table));
}

}  // namespace

const char* fleet_limit_name(FleetLimit limit) {
  switch (limit) {
    case FleetLimit::Plan:
      return "the plan";
    case FleetLimit::Build:
      return "build times";
    case FleetLimit::Power:
      return "power";
    case FleetLimit::Money:
      return "money";
    case FleetLimit::Chips:
      return "supply of chips";
    case FleetLimit::LeadTime:
      return "lead times";
  }
  ORRERY_CHECK(false, "every limit has a name");
}

std::string fleet_input_name(const std::string& key) {
  static const std::array<std::pair<const char*, const char*>, 27> names = {{
      {"economics.facility_capex", "cost of halls"},
      {"economics.facility_life", "life of halls"},
      {"economics.hardware_life", "life of chips"},
      {"economics.network_overhead", "cost of the network"},
      {"economics.server_overhead", "cost of servers"},
      {"economics.cost_of_capital", "cost of capital"},
      {"economics.pue", "PUE"},
      {"economics.power_use", "power used of the nameplate"},
      {"economics.electricity_price", "price of electricity"},
      {"economics.operations", "cost of operations"},
      {"offers.price", "price of chips"},
      {"offers.price_growth", "how that price goes on"},
      {"offers.output", "world output of chips"},
      {"offers.output_growth", "how that output goes on"},
      {"offers.lead_time", "lead time of chips"},
      {"offers.facility_power", "facility power of a chip"},
      {"money.equity_delay", "delay of equity"},
      {"money.tranche_delay", "delay of loans"},
      {"money.interest", "interest"},
      {"money.rent", "rent at the market"},
      {"use.mfu", "MFU"},
      {"use.goodput", "goodput"},
      {"use.allocation", "allocation"},
      {"build.all", "build times, of all sites"},
      {"power.all", "waits for power, of all sites"},
      {"build.", "building "},
      {"power.", "power at "},
  }};
  for (const auto& [known, name] : names) {
    const std::string prefix = known;
    if (key == prefix) return name;
    if (prefix.ends_with('.') && key.starts_with(prefix)) return name + key.substr(prefix.size());
  }
  if (key.starts_with("money.tenants.")) return key.substr(14) + " stays";
  return key;
}

bool fleet_can_be_done(const FleetCase& plan) {
  if (last(plan.result, FleetSeries::H100e).mean <= 0) return false;
  for (std::size_t i = 0; i < plan.plan.targets.size(); ++i) {
    if (plan.plan.targets[i].by && plan.result.targets[i].reached_by == 0) return false;
  }
  return true;
}

Document fleet_document(const FleetCase& main, const std::vector<FleetCase>& variants,
                        const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "fleet";
  add_answer(main, variants, document);
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  const auto band = [&](const std::string& key, FleetSeries series, const auto& make) {
    const FleetBand b = last(main.result, series);
    document.fields.push_back({key + "_p10", "", make(b.p10)});
    document.fields.push_back({key + "_p50", "", make(b.p50)});
    document.fields.push_back({key + "_p90", "", make(b.p90)});
  };
  silent("feasible", fleet_can_be_done(main));
  silent("futures", count(static_cast<long long>(main.result.draws)));
  silent("end", date_text(main.result.ends.back()));
  band("power", FleetSeries::Energised, watts);
  band("gpus", FleetSeries::On, [](double value) { return number(value, 6); });
  band("h100e", FleetSeries::H100e, [](double value) { return number(value, 6); });
  band("usable_flops", FleetSeries::UsableFlops, [](double value) { return figure(FlopsPerSecond(value)); });
  band("spent", FleetSeries::Spent, dollars);
  band("cash", FleetSeries::Cash, dollars);
  add_money(main.result, document);
  add_quarters(main, document);
  add_variants(main, variants, document);
  add_sites(main, document);
  add_targets(main, document);
  add_sensitivities(main, document);
  add_binding(main, document);
  document.notes.push_back(fmt::format(
      "{} futures; P10, P50, P90: 10, 50 and 90 % of them lie below; H100e: dense 8-bit peak over that of an H100, a "
      "peak and no speed; a chip earns and costs from the step after the one in which it came",
      format_count(static_cast<long long>(main.result.draws))));
  if (!assumptions.empty()) document.notes.push_back(fmt::format("assumed: {}", fmt::join(assumptions, "; ")));
  document.charts = fleet_charts(main, variants);
  return document;
}

}  // namespace orrery
