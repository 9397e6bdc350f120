#include "report/fleet_nation_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/unit_text.hpp"
#include "report/fleet_nation_charts.hpp"

namespace orrery {
namespace {

std::string share_text(double share) {
  return format_percent(share, share < 0.1 ? 1 : 0);
}
std::string share_band(const NationBand& band) {
  return fmt::format("{} ({} to {})", share_text(band.p50), share_text(band.p10), share_text(band.p90));
}
/// Numbers of GPUs to three digits.
std::string gpus_text(double gpus) {
  if (!std::isfinite(gpus)) return "no number";
  if (gpus < 1) return format_significant(gpus, 2);
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(gpus)) - 2));
  return format_count(static_cast<long long>(std::llround(gpus / unit) * std::llround(unit)));
}
std::string gpus_band(const NationBand& band) {
  return fmt::format("{} ({} to {})", gpus_text(band.p50), gpus_text(band.p10), gpus_text(band.p90));
}
std::string factor_band(const NationBand& band) {
  return fmt::format("{} ({} to {})", format_significant(band.p50, 3), format_significant(band.p10, 3),
                     format_significant(band.p90, 3));
}
const NationPolicyAnswer& answer_of(const NationResult& result, NationPolicy policy) {
  return result.policies.at(static_cast<std::size_t>(policy));
}

/// In a sentence: how GPUs were shared, are to be shared.
const char* policy_words(NationPolicy policy) {
  switch (policy) {
    case NationPolicy::Fifo:
      return "one queue, first come first served";
    case NationPolicy::Blocks:
      return "whole blocks to those who came first";
    case NationPolicy::Quotas:
      return "equal quotas";
    case NationPolicy::FairShare:
      return "fair share of one pool";
    case NationPolicy::Credits:
      return "equal credits";
    case NationPolicy::SmallFirst:
      return "smallest needs first";
  }
  return "";
}

/// Cells of a band: three columns for machines, one for people.
void add_band(std::vector<Cell>& row, const NationBand& band, const std::string& text,
              const std::function<Cell(double)>& cell) {
  row.push_back(cell(band.p10));
  row.push_back(cell(band.p50));
  row.push_back(cell(band.p90));
  row.emplace_back(text);
}
void add_band_columns(Table& table, const std::string& key, const std::string& title) {
  for (const char* quantile : {"p10", "p50", "p90"}) table.columns.push_back({fmt::format("{}_{}", key, quantile), ""});
  table.columns.push_back({"", title});
}
Cell finite(double value, const Figure& figure) {
  return std::isfinite(value) ? Cell(figure) : Cell();
}
Cell share_cell(double value) {
  return finite(value, fraction(value));
}
Cell number_cell(double value) {
  return finite(value, number(value));
}

Table policy_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "policies";
  table.title = fmt::format("policies on the {} GPUs of {}", gpus_text(result.central->gpus),
                            date_text(spec.surveys.back().date));
  table.columns = {{"policy", "policy"}};
  add_band_columns(table, "short", "lack compute");
  add_band_columns(table, "gpus_for_target", fmt::format("GPUs for {}", share_text(spec.target)));
  add_band_columns(table, "gini", "Gini");
  add_band_columns(table, "small_half", "to lesser half");
  add_band_columns(table, "largest_tenth", "to top tenth");
  add_band_columns(table, "use", "in use");
  for (const NationPolicyAnswer& its : result.policies) {
    std::vector<Cell> row = {std::string(nation_policy_name(its.policy))};
    add_band(row, its.short_share, share_band(its.short_share), share_cell);
    add_band(row, its.gpus_for_target, gpus_band(its.gpus_for_target), number_cell);
    add_band(row, its.gini, fmt::format("{:.2f}", its.gini.p50), number_cell);
    add_band(row, its.small_half, share_text(its.small_half.p50), share_cell);
    add_band(row, its.largest, share_text(its.largest.p50), share_cell);
    add_band(row, its.use, share_text(its.use.p50), share_cell);
    table.rows.push_back(std::move(row));
  }
  table.note = fmt::format(
      "80 % intervals over the {} sets of values that fit the surveys; no policy leaves fewer "
      "than {} short",
      result.fitting.size(), share_band(result.least_short));
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
                   {"never_started", "not started"},
                   {"utilisation", "in use"},
                   {"gini", "Gini"}};
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
    table.columns.push_back({key + "_short", "lack"});
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
  add_band_columns(table, "need", "GPUs needed");
  const bool grew = spec.surveys.size() > 1;
  if (grew) add_band_columns(table, "growth", "growth a year");
  add_band_columns(table, "short", fmt::format("lack under {}", nation_policy_name(spec.policy)));
  add_band_columns(table, "gpus_for_target",
                   fmt::format("GPUs for {} under {}", share_text(spec.target), nation_policy_name(spec.policy)));
  for (const NationReading& its : result.readings) {
    std::vector<Cell> row = {std::string(nation_policy_name(its.reference)), count(its.fitting)};
    if (its.fitting > 0) {
      add_band(row, its.need, gpus_band(its.need), number_cell);
      if (grew) add_band(row, its.growth, factor_band(its.growth), number_cell);
      add_band(row, its.short_share, share_band(its.short_share), share_cell);
      add_band(row, its.gpus_for_target, gpus_band(its.gpus_for_target), number_cell);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table supply_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "supply";
  table.title = "what comes, and when";
  table.columns = {{"supply", "supply"}, {"status", "status"},      {"announced", "said for"}, {"arrival_p10", ""},
                   {"arrival_p50", ""},  {"arrival_p90", ""},       {"", "arrives"},           {"chip", "chip"},
                   {"chips", "chips"},   {"chips_so_far", "so far"}};
  add_band_columns(table, "h100e", "H100e of use");
  table.columns.push_back({"power", "power"});
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
        supply.chip,
        count(std::llround(supply.gpus)),
        count(std::llround(its.chips))};
    add_band(row, its.h100e, gpus_band(its.h100e), number_cell);
    row.push_back(its.power > Watts(0) ? Cell(figure(its.power)) : Cell());
    row.push_back(supply.cost > Dollars(0) ? Cell(figure(supply.cost)) : Cell());
    table.rows.push_back(std::move(row));
  }
  table.note = "H100e of use: those that come and that these firms can use";
  return table;
}

Table change_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "milestones";
  table.title = "firms that lack compute once it has come";
  table.columns = {{"supply", "with"}};
  const bool two = spec.reference != spec.policy;
  const auto columns = [&](const std::string& when, const std::string& before, const std::string& after) {
    if (two) add_band_columns(table, before, fmt::format("{}, {}", when, nation_policy_name(spec.reference)));
    add_band_columns(table, after, fmt::format("{}, {}", when, nation_policy_name(spec.policy)));
  };
  columns("at once", "at_once_before", "at_once");
  columns("then", "before", "after");
  table.columns.push_back({"kept", "target kept"});
  add_band_columns(table, "growth_kept", "up to growth a year");
  for (const NationMilestone& its : result.milestones) {
    std::vector<Cell> row = {its.name};
    if (two) add_band(row, its.before, share_band(its.before), share_cell);
    add_band(row, its.after, share_band(its.after), share_cell);
    if (two) add_band(row, its.then.before, share_band(its.then.before), share_cell);
    add_band(row, its.then.after, share_band(its.then.after), share_cell);
    row.emplace_back(fraction(its.then.kept, 0));
    add_band(row, its.then.growth_kept, factor_band(its.then.growth_kept), number_cell);
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
  add_band_columns(table, "h100e", "H100e of use");
  add_band_columns(table, "need", "H100e needed");
  const bool two = spec.reference != spec.policy;
  if (two) add_band_columns(table, "before", fmt::format("lack, {}", nation_policy_name(spec.reference)));
  add_band_columns(table, "after", fmt::format("lack, {}", nation_policy_name(spec.policy)));
  table.columns.push_back({"kept", "target kept"});
  for (const NationQuarter& its : result.quarters) {
    std::vector<Cell> row = {date_text(its.date)};
    add_band(row, its.gpus, gpus_band(its.gpus), number_cell);
    add_band(row, its.need, gpus_band(its.need), number_cell);
    if (two) add_band(row, its.before, share_band(its.before), share_cell);
    add_band(row, its.after, share_band(its.after), share_cell);
    row.emplace_back(fraction(its.kept, 0));
    table.rows.push_back(std::move(row));
  }
  return table;
}

void add_answer(const NationSpec& spec, const NationResult& result, Document& document) {
  const NationSurvey& last = spec.surveys.back();
  const NationPolicyAnswer& before = answer_of(result, spec.reference);
  const NationPolicyAnswer& after = answer_of(result, spec.policy);
  document.answer.push_back(fmt::format("{} of {} firms lack compute with {} H100s ({}), as the survey says",
                                        format_percent(last.short_share), format_count(std::llround(spec.firms)),
                                        format_count(std::llround(last.gpus.quantile(0.5))), date_text(last.date)));
  if (spec.policy != spec.reference)
    document.answer.push_back(
        fmt::format("the same GPUs as a {}: {}", policy_words(spec.policy), share_band(after.short_share)));
  std::string to = fmt::format("below {} with {} GPUs under {}", share_text(spec.target),
                               gpus_band(after.gpus_for_target), nation_policy_name(spec.policy));
  if (spec.policy != spec.reference)
    to += fmt::format(", {} under {} as before", gpus_band(before.gpus_for_target), nation_policy_name(spec.reference));
  document.answer.push_back(to);
  for (const NationReading& its : result.readings) {
    if (its.reference != spec.policy || its.reference == spec.reference || its.fitting == 0) continue;
    document.answer.push_back(fmt::format(
        "if the firms of the survey shared so already, the same answers mean {} GPUs for that, and no policy "
        "leaves fewer than {} short on those of then",
        gpus_band(its.gpus_for_target), share_band(its.least_short)));
  }
  if (result.quarters.empty()) return;
  const NationQuarter& end = result.quarters.back();
  document.answer.push_back(
      fmt::format("in {}, with needs growing {} times a year: {} H100e for needs of {}; {} lack compute, the target is "
                  "kept in {} of "
                  "the draws",
                  month_text(end.date), format_significant(spec.growth.quantile(0.5), 3), gpus_band(end.gpus),
                  gpus_band(end.need), share_band(end.after), format_percent(end.kept, 0)));
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
    for (const double value : {band.p10, band.p50, band.p90}) cells.push_back(finite(value, figure_of(value)));
    table.rows.push_back(std::move(cells));
  };
  const auto gpus = [](double value) { return number(value, 3); };
  row("need_gpus", "GPUs that the firms would keep busy", result.need, gpus);
  row("need_median", "of the median firm with need", result.need_per_firm, gpus);
  if (spec.surveys.size() > 1) {
    row("growth_between_surveys",
        fmt::format("growth of needs a year, {} to {}", month_text(spec.surveys.front().date),
                    month_text(spec.surveys.back().date)),
        result.growth, gpus);
  }
  if (!result.quarters.empty() && std::isfinite(result.quarters.back().growth_kept.p50)) {
    row("growth_kept",
        fmt::format("growth since then with which {} keeps {} in {}", nation_policy_name(spec.policy),
                    share_text(spec.target), month_text(result.quarters.back().date)),
        result.quarters.back().growth_kept, gpus);
  }
  return table;
}

/// What removing the shortage takes.
Table lack_table(const NationSpec& spec, const NationResult& result) {
  Table table;
  table.key = "lacks";
  table.title = fmt::format("what brings it below {} with the needs of {}", share_text(spec.target),
                            date_text(spec.surveys.back().date));
  table.columns = {{"policy", "under"}};
  const bool own = spec.prices.currency != "USD";
  add_band_columns(table, "gpus", "more GPUs");
  add_band_columns(table, "purchase", "to buy them");
  if (own) add_band_columns(table, "purchase_own_currency", fmt::format("in {}", spec.prices.currency));
  add_band_columns(table, "power", "their power");
  add_band_columns(table, "rent_a_year", "or to rent, a year");
  const auto band_text = [](const NationBand& band, const std::function<Cell(double)>& cell) {
    return fmt::format("{} ({} to {})", cell_text(cell(band.p50)), cell_text(cell(band.p10)),
                       cell_text(cell(band.p90)));
  };
  const auto dollars = [](double value) { return finite(value, figure(Dollars(value))); };
  const auto watts = [](double value) { return finite(value, figure(Watts(value))); };
  const auto local = [&](double value) { return finite(value, large(value * spec.prices.per_dollar, 3)); };
  for (const NationLack& its : result.lacks) {
    std::vector<Cell> row = {std::string(nation_policy_name(its.policy))};
    add_band(row, its.gpus, gpus_band(its.gpus), number_cell);
    add_band(row, its.purchase, band_text(its.purchase, dollars), dollars);
    if (own) add_band(row, its.purchase, band_text(its.purchase, local), local);
    add_band(row, its.power, band_text(its.power, watts), watts);
    add_band(row, its.rent_a_year, band_text(its.rent_a_year, dollars), dollars);
    table.rows.push_back(std::move(row));
  }
  return table;
}

void add_notes(const NationSpec& spec, const NationResult& result, const std::vector<std::string>& assumptions,
               Document& document) {
  document.notes.push_back(fmt::format(
      "a firm lacks compute where it gets less than {} of the GPU-time that it needs; surveys asked for an opinion, "
      "and measured no wait",
      spec.served_below.is_fixed() ? share_text(spec.served_below.quantile(0.5))
                                   : fmt::format("{} to {}", share_text(spec.served_below.quantile(0.1)),
                                                 share_text(spec.served_below.quantile(0.9)))));
  document.notes.push_back(fmt::format(
      "{} answers cannot tell apart how many firms need GPUs, how unequal needs are, how much is too little, and how "
      "GPUs were shared: of {} sets of values {} fit, and every interval is over them",
      spec.surveys.size() == 1 ? "one survey's" : "two surveys'", format_count(result.draws),
      format_count(static_cast<long long>(result.fitting.size()))));
  document.notes.push_back(fmt::format(
      "GPUs were shared as {} when the surveys were made, which is taken and not known", policy_words(spec.reference)));
  if (result.replayed_jobs > 0) {
    double worst = 0, queue = 0;
    for (const NationPolicyAnswer& its : result.policies) {
      double& error = its.policy == NationPolicy::Fifo ? queue : worst;
      error = std::max(error, std::abs(its.fluid_short - its.replay_short));
    }
    document.notes.push_back(fmt::format(
        "shares by a fluid model, at most {:.0f} points of all firms from the replay of the middle set of values, "
        "under "
        "fifo, where all firms stand at the limit together, {:.0f}; its jobs have the sizes and {}run times of a "
        "published "
        "trace",
        100 * worst, 100 * queue,
        result.replay_stretch > 1 ? fmt::format("{} times the ", format_significant(result.replay_stretch, 3)) : ""));
  }
  std::string assumed = "assumed: firms as many as in the last survey at all dates";
  for (const std::string& what : assumptions) assumed += "; " + what;
  if (spec.prices.currency != "USD")
    assumed += fmt::format("; {} {} a dollar", format_significant(spec.prices.per_dollar, 5), spec.prices.currency);
  document.notes.push_back(assumed);
}

Document no_fit_document(const NationSpec& spec, const NationResult& result) {
  Document document;
  document.command = "fleet share";
  document.answer = {fmt::format(
      "cannot be done, because under {} no needs make {} of the firms lack compute with {} GPUs: none of {} "
      "sets of values fits the surveys",
      nation_policy_name(spec.reference), share_text(spec.surveys.back().short_share),
      gpus_text(spec.surveys.back().gpus.quantile(0.5)), format_count(result.draws))};
  if (spec.reference == NationPolicy::Fifo)
    document.answer.emplace_back("in one queue all wait alike: every firm with need lacks compute, or none");
  document.answer.emplace_back("another `reference`, a larger `need_share`, or other shares in the surveys");
  return document;
}

}  // namespace

Document fleet_nation_document(const NationSpec& spec, const NationResult& result,
                               const std::vector<std::string>& assumptions) {
  if (!result.fits()) return no_fit_document(spec, result);
  Document document;
  document.command = "fleet share";
  add_answer(spec, result, document);
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
  add_notes(spec, result, assumptions, document);
  document.charts = nation_charts(spec, result);
  return document;
}

}  // namespace orrery
