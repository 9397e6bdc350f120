#include "report/fleet_market_nations.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <utility>

#include "base/unit_text.hpp"
#include "report/fleet_nation_text.hpp"

namespace orrery {
namespace {

Table nation_table(const MarketAnswers& answers, const NationOfBuyer& nation) {
  const std::string& name = answers.spec.input.buyers[nation.buyer].name;
  const char *before = nation_policy_name(nation.spec.reference), *after = nation_policy_name(nation.spec.policy);
  Table table = market_table("nation", fmt::format("firms of {} that lack compute with what it gets here", name),
                             {{"variant", "variant"}, {"date", "on"}});
  table.key = fmt::format("nation_{}", nation.buyer);
  add_nation_band_columns(table, "h100e", "H100 equivalents that they can use");
  add_nation_band_columns(table, "need", "H100 equivalents that they need");
  const bool two = nation.spec.reference != nation.spec.policy;
  if (two) add_nation_band_columns(table, "before", fmt::format("lack compute under {}", before));
  add_nation_band_columns(table, "after", fmt::format("lack compute under {}", after));
  table.columns.push_back({"kept", fmt::format("futures with at most {}", nation_share_text(nation.spec.target))});
  for (std::size_t v = 0; v < nation.studies.size(); ++v) {
    for (const NationQuarter& its : nation.studies[v]) {
      // Of variants the last day tells enough.
      if (v > 0 && its.date != nation.dates.back()) continue;
      std::vector<Cell> row = {v == 0 ? std::string("as it is") : answers.variants[v - 1].name, date_text(its.date)};
      add_nation_quarter(row, its, two);
      table.rows.push_back(std::move(row));
    }
  }
  table.note = fmt::format("80 % intervals over the {} sets of values that fit the surveys, each with one future",
                           nation.fitting);
  return table;
}

Table holdings_table(const MarketAnswers& answers) {
  Table table = market_table("holdings", "chips bought since the start, at the ends of years", {{"buyer", "buyer"}});
  for (const Date year : answers.base().years)
    add_market_columns(table, fmt::format("chips_{}", year.year()), std::to_string(year.year()));
  for (const MarketHoldings& its : answers.base().held) {
    std::vector<Cell> row = {answers.spec.input.buyers[its.buyer].name};
    for (const MarketBand& chips : its.by_year)
      add_market_band(row, chips, market_count_band(chips), market_count_cell);
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// Ends of years that are told: from that before the comparison on.
bool is_told(const MarketAnswers& answers, Date day) {
  return Date(day.days() + 1) >= answers.spec.input.compare_from;
}

/// "0.1 %, 0.7 %, 14 %": firms that lack compute, at the ends of the years that are told.
std::string over_years(const MarketAnswers& answers, const NationOfBuyer& nation, NationBand NationQuarter::*what) {
  std::vector<std::string> words;
  for (const NationQuarter& its : nation.studies.front()) {
    if (is_told(answers, its.date)) words.push_back(nation_share_text((its.*what).p50));
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

}  // namespace

void add_market_nations(const MarketAnswers& answers, Document& document) {
  if (!answers.base().held.empty()) document.tables.push_back(holdings_table(answers));
  for (const NationOfBuyer& nation : answers.nations) {
    if (nation.fitting > 0) document.tables.push_back(nation_table(answers, nation));
  }
}

void add_market_nation_sentences(const MarketAnswers& answers, Document& document) {
  const MarketStudy& study = answers.base();
  for (const MarketHoldings& its : study.held) {
    std::vector<std::string> words;
    for (std::size_t y = 0; y < study.years.size(); ++y) {
      const int year = study.years[y].year();
      if (is_told(answers, Date::of(year, 12, 31)))
        words.push_back(fmt::format("{} in {}", market_count_text(its.by_year[y].p50), year));
    }
    document.answer.push_back(fmt::format("{}'s chips at the ends of years, medians: {}.",
                                          answers.spec.input.buyers[its.buyer].name, fmt::join(words, ", ")));
  }
  for (const NationOfBuyer& nation : answers.nations) {
    const std::string& name = answers.spec.input.buyers[nation.buyer].name;
    if (nation.fitting == 0) {
      document.answer.push_back(
          fmt::format("No needs of {}'s firms fit their surveys: who lacks compute is not known.", name));
      continue;
    }
    const NationQuarter& last = nation.studies.front().back();
    std::string text =
        fmt::format("Of its {} firms lack compute then under {}: {}; on {} {}, at most {} in {} of the futures",
                    format_count(std::llround(nation.spec.firms)), nation_policy_name(nation.spec.policy),
                    over_years(answers, nation, &NationQuarter::after), date_text(last.date),
                    nation_share_band(last.after), nation_share_text(nation.spec.target), format_percent(last.kept, 0));
    if (nation.spec.reference != nation.spec.policy)
      text += fmt::format(". Under {} as before: {}", nation_policy_name(nation.spec.reference),
                          over_years(answers, nation, &NationQuarter::before));
    document.answer.push_back(text + ".");
  }
}

void add_market_nation_notes(const MarketAnswers& answers, Document& document) {
  for (const NationOfBuyer& nation : answers.nations) {
    const std::string& name = answers.spec.input.buyers[nation.buyer].name;
    document.notes.push_back(fmt::format(
        "firms of {}: scenario {}; its supplies come in their order, as fast as {} buys chips here, with its money and "
        "among all buyers; `orrery fleet share` has them come as announced, late and in part, whatever they cost",
        name, std::filesystem::path(answers.spec.input.buyers[nation.buyer].nation).filename().string(), name));
  }
}

}  // namespace orrery
