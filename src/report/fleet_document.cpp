#include "report/fleet_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/check.hpp"
#include "base/unit_table.hpp"
#include "report/fleet_charts.hpp"
#include "report/fleet_tables.hpp"
#include "report/fleet_text.hpp"

namespace orrery {
namespace {

constexpr double kJoulesPerTerawattHour = 3.6e15;
std::string text(const Figure& value) {
  return cell_text(value);
}
/// "9.07 M (6.05 M to 10.3 M)"
template <class Make>
std::string with_band(const FleetBand& band, const Make& make, const char* lead = "") {
  return fmt::format("{} ({}{} to {})", text(make(band.p50)), lead, text(make(band.p10)), text(make(band.p90)));
}

/// "plan until 2026-Q1, chips on their way until 2027-Q2, build times until 2028-Q3, plan": by step, what binds most
/// often.
std::string binding_in_time(const FleetCase& c) {
  std::string words;
  const std::size_t steps = c.result.ends.size();
  for (std::size_t t = 0; t < steps; ++t) {
    const FleetLimit limit = most_frequent(c.result.binding[t]);
    if (t + 1 < steps && most_frequent(c.result.binding[t + 1]) == limit) continue;
    words += words.empty() ? "" : ", then ";
    words += fleet_limit_name(limit);
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

/// Why no future reaches a target.
std::string never_because(const FleetCase& c, const FleetTarget& target) {
  const double planned = planned_power(c.plan);
  if (target.measure == FleetMeasure::Power && target.amount > planned * (1 + 1e-9))
    return fmt::format("the sites of the plan hold {}", text(watts_figure(planned)));
  std::array<double, kFleetLimits> missing{};
  std::size_t at = c.result.ends.size() - 1;
  for (std::size_t t = 0; target.by && t < c.result.ends.size(); ++t) {
    if (c.result.ends[t] <= *target.by) at = t;
  }
  missing = c.result.missing[at];
  const FleetLimit most = most_frequent(missing);
  const double all = missing[0] + missing[1] + missing[2] + missing[3] + missing[4] + missing[5];
  if (!(all > 0.01 * planned)) return "the plan holds no more, although all of it is built";
  return fmt::format("then {} {} {} from being used on average", fleet_limit_name(most),
                     most == FleetLimit::Build || most == FleetLimit::LeadTime ? "keep" : "keeps",
                     text(watts_figure(missing[static_cast<std::size_t>(most)])));
}

std::string target_sentence(const FleetCase& c, std::size_t i) {
  const Date end = c.result.ends.back();
  const FleetTarget& target = c.plan.targets[i];
  const FleetTargetResult& r = c.result.targets[i];
  const double chance = target.by ? r.reached_by : r.reached;
  if (chance == 0)
    return fmt::format("{}: cannot be done, because {}", fleet_target_name(target), never_because(c, target));
  const std::string when = r.p50 ? fmt::format("in the median on {} (80 %: {} to {})", date_text(*r.p50),
                                               fleet_date_text(r.p10, end), fleet_date_text(r.p90, end))
                                 : fmt::format("in the median after {}", date_text(end));
  return fmt::format("{}: reached in {} of the futures{}, {}", fleet_target_name(target), format_percent(chance, 0),
                     target.by ? "" : " until " + date_text(end), when);
}

std::string size_sentence(const FleetCase& c) {
  const FleetBand power = at_end(c.result, FleetSeries::Energised), h100e = at_end(c.result, FleetSeries::H100e);
  return fmt::format("{} of halls with power, with {} GPUs that are {} H100e", with_band(power, watts_figure, "80 %: "),
                     text(chips_figure(at_end(c.result, FleetSeries::On).p50)), with_band(h100e, chips_figure));
}

/// Of a plan whose sites cap what is built in some futures: what of its size is put in, and what comes out.
std::string cap_sentence(const FleetCase& c) {
  const double planned = planned_power(c.plan);
  if (!(at_end(c.result, FleetSeries::Energised).p90 > 0.99 * planned)) return {};
  const double all = c.result.binding.back()[static_cast<std::size_t>(FleetLimit::Plan)];
  return fmt::format(
      "{} is what the plan has sites for, put in and a cap; forecast is how much of it is in use by then: all of it in "
      "{} of the futures",
      text(watts_figure(planned)), format_percent(all, 0));
}

void add_answer(const FleetCase& main, const std::vector<FleetCase>& variants, Document& document) {
  const FleetResult& r = main.result;
  const std::string end = date_text(r.ends.back());
  const bool is_nothing = at_end(r, FleetSeries::H100e).p90 < 1;
  if (is_nothing) {
    document.answer.push_back(fmt::format("no chip is on by {} in nine of ten futures{}: {} keeps most from it", end,
                                          main.name.empty() ? "" : " of " + main.name, missing_words(r)));
  } else {
    document.answer.push_back(
        fmt::format("{} by {}{}", size_sentence(main), end, main.name.empty() ? "" : ": " + main.name));
  }
  for (std::size_t i = 0; i < main.plan.targets.size(); ++i) document.answer.push_back(target_sentence(main, i));
  if (!is_nothing) {
    if (const std::string words = cap_sentence(main); !words.empty()) document.answer.push_back(words);
    const auto flops = [](double value) { return figure(FlopsPerSecond(value)); };
    document.answer.push_back(fmt::format(
        "their dense 16-bit peak is {}, of which {} are usable; they draw {} TWh a year",
        text(flops(at_end(r, FleetSeries::PeakFlops).p50)), with_band(at_end(r, FleetSeries::UsableFlops), flops),
        text(number(at_end(r, FleetSeries::Meter).p50 * kYear / kJoulesPerTerawattHour))));
  }
  document.answer.push_back(fmt::format("what binds in most futures: {}", binding_in_time(main)));
  if (const std::string words = missing_words(r); !words.empty())
    document.answer.push_back(fmt::format("of the power that was due and not in use, over all of the time: {}", words));
  const FleetBand spent = at_end(r, FleetSeries::Spent), power = at_end(r, FleetSeries::Energised);
  const std::string each =
      power.p50 > 0 ? fmt::format(", {} for a GW that is there", text(dollars_figure(spent.p50 / power.p50 * 1e9)))
                    : "";
  document.answer.push_back(fmt::format("{} go into halls and chips{}; of {} that come in on average {} are left",
                                        with_band(spent, dollars_figure), each, text(figure(r.ledger.in())),
                                        text(figure(r.ledger.cash))));
  for (const FleetCase& variant : variants) {
    std::string sentence = fmt::format("{}: {}, {}", variant.name, size_sentence(variant),
                                       text(dollars_figure(at_end(variant.result, FleetSeries::Spent).p50)));
    if (!variant.plan.targets.empty()) sentence += "; " + target_sentence(variant, 0);
    document.answer.push_back(fmt::format("{}; what binds at the end in most futures is {}", sentence,
                                          fleet_limit_name(most_frequent(variant.result.binding.back()))));
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

}  // namespace

bool fleet_can_be_done(const FleetCase& plan) {
  if (at_end(plan.result, FleetSeries::On).mean < 1) return false;
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
    const FleetBand b = at_end(main.result, series);
    document.fields.push_back({key + "_p10", "", make(b.p10)});
    document.fields.push_back({key + "_p50", "", make(b.p50)});
    document.fields.push_back({key + "_p90", "", make(b.p90)});
  };
  silent("feasible", fleet_can_be_done(main));
  silent("futures", count(static_cast<long long>(main.result.draws)));
  silent("end", date_text(main.result.ends.back()));
  band("power", FleetSeries::Energised, watts_figure);
  band("gpus", FleetSeries::On, [](double value) { return number(value, 6); });
  band("h100e", FleetSeries::H100e, [](double value) { return number(value, 6); });
  band("usable_flops", FleetSeries::UsableFlops, [](double value) { return figure(FlopsPerSecond(value)); });
  band("spent", FleetSeries::Spent, dollars_figure);
  band("cash", FleetSeries::Cash, dollars_figure);
  add_money(main.result, document);
  add_fleet_tables(main, variants, document);
  document.notes.push_back(fmt::format(
      "{} futures; P10, P50, P90: 10, 50 and 90 % of them lie below; H100e: dense 8-bit peak over that of an H100, a "
      "peak and no speed; a chip earns and costs from the step after the one in which it came",
      format_count(static_cast<long long>(main.result.draws))));
  if (!assumptions.empty()) document.notes.push_back(fmt::format("assumed: {}", fmt::join(assumptions, "; ")));
  document.charts = fleet_charts(main, variants);
  return document;
}

}  // namespace orrery
