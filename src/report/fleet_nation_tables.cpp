#include "report/fleet_nation_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/unit_text.hpp"
#include "report/fleet_nation_charts.hpp"
#include "report/fleet_nation_text.hpp"

namespace orrery {
namespace {

Table policy_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "policies";
  table.title = fmt::format("policies on the {} of {}", nation_chips_text(spec.surveys.back()),
                            date_text(spec.surveys.back().date));
  table.columns = {{"policy", "policy"}};
  add_nation_band_columns(table, "short", "lack compute");
  add_nation_band_columns(table, "gpus_for_target", fmt::format("GPUs for at most {}", nation_share_text(spec.target)));
  add_nation_band_columns(table, "gini", "Gini of GPU-time");
  add_nation_band_columns(table, "small_half", "GPU-time to the half with least need");
  add_nation_band_columns(table, "largest_tenth", "to the tenth with most");
  add_nation_band_columns(table, "use", "GPUs in use");
  for (const NationPolicyAnswer& its : result.policies) {
    std::vector<Cell> row = {std::string(nation_policy_name(its.policy))};
    add_nation_band(row, its.short_share, nation_share_band(its.short_share), nation_share_cell);
    add_nation_band(row, its.gpus_for_target, nation_gpus_band(its.gpus_for_target), nation_number_cell);
    add_nation_band(row, its.gini, fmt::format("{:.2f}", its.gini.p50), nation_number_cell);
    add_nation_band(row, its.small_half, nation_share_text(its.small_half.p50), nation_share_cell);
    add_nation_band(row, its.largest, nation_share_text(its.largest.p50), nation_share_cell);
    add_nation_band(row, its.use, nation_share_text(its.use.p50), nation_share_cell);
    table.rows.push_back(std::move(row));
  }
  table.note = fmt::format(
      "80 % intervals over the {} sets of values that fit the surveys; no policy leaves fewer "
      "than {} short",
      result.fitting.size(), nation_share_band(result.least_short));
  return table;
}

Table replay_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "replays";
  table.title = fmt::format("the middle set of values job by job: {} jobs in {:.0f} days",
                            format_count(result.replayed_jobs), spec.jobs.span.raw() / 86400);
  table.columns = {{"policy", "policy"},
                   {"short_fluid", "lack compute, fluid"},
                   {"short", "by events"},
                   {"error", "error, points"},
                   {"median_wait", "median wait"},
                   {"p90_wait", "90 % wait"},
                   {"never_started", "jobs not started"},
                   {"utilisation", "GPUs in use"},
                   {"gini", "Gini of GPU-time"}};
  for (const NationPolicyAnswer& its : result.policies) {
    if (!its.replay) continue;
    const std::vector<FirmShare>& shares = its.replay->shares;
    table.rows.push_back({std::string(nation_policy_name(its.policy)), fraction(its.fluid_short),
                          fraction(its.replay_short), number(100 * (its.fluid_short - its.replay_short), 2),
                          figure(its.replay->median_wait), figure(its.replay->p90_wait),
                          fraction(its.replay->never_started, 0), fraction(its.replay->utilisation, 0),
                          number(lorenz_curve(equal_needs(shares.size()), shares).gini, 2)});
  }
  table.note = "waits grow with every week that demand is above the machine: they are those of the replay's end";
  return table;
}

Table class_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "classes";
  table.title = "who gets what, by people in the firm";
  table.columns = {{"people", "people"}, {"firms", "firms"}, {"with_need", "with need"}, {"need_gpus", "GPUs needed"}};
  std::vector<NationPolicy> shown = {spec.reference};
  for (const NationPolicy policy : {NationPolicy::Quotas, NationPolicy::Credits, NationPolicy::FairShare})
    if (policy != spec.reference) shown.push_back(policy);
  for (const NationPolicy policy : shown) {
    std::string key = nation_policy_name(policy);
    std::replace(key.begin(), key.end(), '-', '_');
    table.columns.push_back({key + "_gpus", fmt::format("{}: GPUs", nation_policy_name(policy))});
    table.columns.push_back({key + "_short", "lack compute"});
  }
  for (const NationClassAnswer& its : result.classes) {
    std::vector<Cell> row = {its.name, number(its.firms, 4), number(its.with_need, 4), number(its.need, 4)};
    for (const NationPolicy policy : shown) {
      const auto p = static_cast<std::size_t>(policy);
      row.emplace_back(number(its.gpus[p], 4));
      row.emplace_back(fraction(its.short_share[p].p50, 0));
    }
    table.rows.push_back(std::move(row));
  }
  table.note =
      "GPUs of the middle set of values; who lacks compute: the median over all sets, of the firms of the class";
  return table;
}

Table reading_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "readings";
  table.title = "what the surveys mean, if GPUs were shared then by";
  table.columns = {{"reference", "shared by"}, {"fitting", "sets that fit"}};
  add_nation_band_columns(table, "need", "GPUs needed");
  const bool grew = spec.surveys.size() > 1;
  if (grew) add_nation_band_columns(table, "growth", "growth a year");
  add_nation_band_columns(table, "short", fmt::format("lack under {}", nation_policy_name(spec.policy)));
  add_nation_band_columns(
      table, "gpus_for_target",
      fmt::format("GPUs for at most {} under {}", nation_share_text(spec.target), nation_policy_name(spec.policy)));
  for (const NationReading& its : result.readings) {
    std::vector<Cell> row = {std::string(nation_policy_name(its.reference)), count(its.fitting)};
    if (its.fitting > 0) {
      add_nation_band(row, its.need, nation_gpus_band(its.need), nation_number_cell);
      if (grew) add_nation_band(row, its.growth, nation_factor_band(its.growth), nation_number_cell);
      add_nation_band(row, its.short_share, nation_share_band(its.short_share), nation_share_cell);
      add_nation_band(row, its.gpus_for_target, nation_gpus_band(its.gpus_for_target), nation_number_cell);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table supply_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "supply";
  table.title = "what comes, and when";
  table.columns = {{"supply", "supply"},      {"status", "status"},
                   {"announced", "said for"}, {"arrival_p10", ""},
                   {"arrival_p50", ""},       {"arrival_p90", ""},
                   {"", "arrives"},           {"chip", "chip"},
                   {"chips", "chips"},        {"chips_so_far", "chips so far"}};
  add_nation_band_columns(table, "h100e", "H100 equivalents of use");
  table.columns.push_back({"power", "facility power"});
  table.columns.push_back({"cost", "cost"});
  for (std::size_t k = 0; k < result.milestones.size(); ++k) {
    const NationMilestone& its = result.milestones[k];
    const NationSupply& supply = spec.supply[k];
    std::vector<Cell> row = {
        its.name,
        std::string(status_name(supply.status)),
        month_text(supply.date),
        date_text(its.p10),
        date_text(its.p50),
        date_text(its.p90),
        fmt::format("{} ({} to {})", month_text(its.p50), month_text(its.p10), month_text(its.p90)),
        supply.chip_name.empty() ? supply.chip : supply.chip_name,
        count(std::llround(supply.gpus)),
        count(std::llround(its.chips))};
    add_nation_band(row, its.h100e, nation_gpus_band(its.h100e), nation_number_cell);
    row.push_back(its.power > Watts(0) ? Cell(figure(its.power)) : Cell());
    row.push_back(supply.cost > Dollars(0) ? Cell(figure(supply.cost)) : Cell());
    table.rows.push_back(std::move(row));
  }
  table.note = "of use: those that come and that these firms can use";
  return table;
}

Table change_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "milestones";
  table.title = "firms that lack compute once it has come";
  table.columns = {{"supply", "with"}};
  const bool two = spec.reference != spec.policy;
  const auto columns = [&](const std::string& when, const std::string& before, const std::string& after) {
    if (two) add_nation_band_columns(table, before, fmt::format("{}, {}", when, nation_policy_name(spec.reference)));
    add_nation_band_columns(table, after, fmt::format("{}, {}", when, nation_policy_name(spec.policy)));
  };
  columns("at once", "at_once_before", "at_once");
  columns("then", "before", "after");
  table.columns.push_back({"kept", "target kept"});
  add_nation_band_columns(table, "growth_kept", "up to growth a year");
  for (const NationMilestone& its : result.milestones) {
    std::vector<Cell> row = {its.name};
    if (two) add_nation_band(row, its.before, nation_share_band(its.before), nation_share_cell);
    add_nation_band(row, its.after, nation_share_band(its.after), nation_share_cell);
    if (two) add_nation_band(row, its.then.before, nation_share_band(its.then.before), nation_share_cell);
    add_nation_band(row, its.then.after, nation_share_band(its.then.after), nation_share_cell);
    row.emplace_back(fraction(its.then.kept, 0));
    add_nation_band(row, its.then.growth_kept, nation_factor_band(its.then.growth_kept), nation_number_cell);
    table.rows.push_back(std::move(row));
  }
  table.note = fmt::format(
      "at once: this and all before it with the needs of {}; then: with the needs of the day on "
      "which half of the draws have it, and what has come and is not given up by then; growth of "
      "needs up to which {} keeps the target on that day",
      date_text(spec.surveys.back().date), nation_policy_name(spec.policy));
  return table;
}

Table quarter_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "quarters";
  table.title = "over time";
  table.detail = true;
  table.columns = {{"date", "date"}};
  add_nation_band_columns(table, "h100e", "H100e of use");
  add_nation_band_columns(table, "need", "H100e needed");
  const bool two = spec.reference != spec.policy;
  if (two) add_nation_band_columns(table, "before", fmt::format("lack, {}", nation_policy_name(spec.reference)));
  add_nation_band_columns(table, "after", fmt::format("lack, {}", nation_policy_name(spec.policy)));
  table.columns.push_back({"kept", "target kept"});
  for (const NationQuarter& its : result.quarters) {
    std::vector<Cell> row = {date_text(its.date)};
    add_nation_quarter(row, its, two);
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// What follows from the surveys, and what removing the shortage costs.
Table figure_table(const NationSpec& spec, const NationResult& result) {
  Table table{"figures",
              "what follows from the surveys",
              {{"figure", ""}, {"", "figure"}, {"p10", "10 %"}, {"p50", "50 %"}, {"p90", "90 %"}},
              {},
              "",
              false};
  const auto row = [&](const std::string& key, const std::string& title, const NationBand& band,
                       const std::function<Figure(double)>& figure_of) {
    std::vector<Cell> cells = {key, title};
    for (const double value : {band.p10, band.p50, band.p90}) cells.push_back(nation_cell(value, figure_of(value)));
    table.rows.push_back(std::move(cells));
  };
  const auto gpus = [](double value) { return number(value, 3); };
  row("need_gpus", "GPUs that the firms would keep busy", result.need, gpus);
  row("need_median", "GPUs that the median firm with need would keep busy", result.need_per_firm, gpus);
  if (spec.surveys.size() > 1) {
    row("growth_between_surveys",
        fmt::format("growth of needs a year, {} to {}", month_text(spec.surveys.front().date),
                    month_text(spec.surveys.back().date)),
        result.growth, gpus);
  }
  if (!result.quarters.empty() && std::isfinite(result.quarters.back().growth_kept.p50)) {
    row("growth_kept",
        fmt::format("growth since then with which {} keeps {} in {}", nation_policy_name(spec.policy),
                    nation_share_text(spec.target), month_text(result.quarters.back().date)),
        result.quarters.back().growth_kept, gpus);
  }
  return table;
}

/// What removing the shortage takes.
Table lack_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "lacks";
  table.title = fmt::format("what leaves at most {} short with the needs of {}", nation_share_text(spec.target),
                            date_text(spec.surveys.back().date));
  table.columns = {{"policy", "under"}};
  const bool own = spec.prices.currency != "USD";
  add_nation_band_columns(table, "gpus", "more GPUs");
  add_nation_band_columns(table, "purchase", "to buy them");
  if (own)
    add_nation_band_columns(table, "purchase_own_currency", fmt::format("to buy them, {}", spec.prices.currency));
  add_nation_band_columns(table, "power", "their power");
  add_nation_band_columns(table, "rent_a_year", "or to rent, a year");
  const auto band_text = [](const NationBand& band, const std::function<Cell(double)>& cell) {
    return fmt::format("{} ({} to {})", cell_text(cell(band.p50)), cell_text(cell(band.p10)),
                       cell_text(cell(band.p90)));
  };
  const auto dollars = [](double value) { return nation_cell(value, figure(Dollars(value))); };
  const auto watts = [](double value) { return nation_cell(value, figure(Watts(value))); };
  const auto local = [&](double value) { return nation_cell(value, large(value * spec.prices.per_dollar, 3)); };
  for (const NationLack& its : result.lacks) {
    std::vector<Cell> row = {std::string(nation_policy_name(its.policy))};
    add_nation_band(row, its.gpus, nation_gpus_band(its.gpus), nation_number_cell);
    add_nation_band(row, its.purchase, band_text(its.purchase, dollars), dollars);
    if (own) add_nation_band(row, its.purchase, band_text(its.purchase, local), local);
    add_nation_band(row, its.power, band_text(its.power, watts), watts);
    add_nation_band(row, its.rent_a_year, band_text(its.rent_a_year, dollars), dollars);
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace

void add_nation_tables(const NationSpec& spec, const NationResult& result, Document& document) {
  document.tables.push_back(policy_table(spec, result));
  document.tables.push_back(lack_table(spec, result));
  document.tables.push_back(figure_table(spec, result));
  if (result.replayed_jobs > 0) document.tables.push_back(replay_table(spec, result));
  if (!result.classes.empty()) document.tables.push_back(class_table(spec, result));
  document.tables.push_back(reading_table(spec, result));
  if (!result.milestones.empty()) {
    document.tables.push_back(supply_table(spec, result));
    document.tables.push_back(change_table(spec, result));
  }
  document.tables.push_back(quarter_table(spec, result));
}

}  // namespace orrery
