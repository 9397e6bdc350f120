#include "report/fleet_market_variants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

/// Smaller changes are none in a sentence; those of the mean chip are told from the second on.
constexpr double kNoChange = 0.0015, kTold = 0.01;

/// "as it is", then the variants.
std::string study_name(const MarketAnswers& answers, std::size_t study) {
  return study == 0 ? std::string("as it is") : answers.variants[study - 1].name;
}

Table variant_table(const MarketAnswers& answers) {
  const MarketInput& input = answers.spec.input;
  Table table = market_table(
      "variants", fmt::format("what if: {}, each future beside the same future without it", answers.compared_years()),
      {{"variant", "variant"}, {"note", ""}});
  add_market_columns(table, "clearing", "an auction clears at");
  add_market_columns(table, "clearing_change", "change in the same futures");
  add_market_columns(table, "displaced", "not there at list prices");
  for (const MarketBuyer& buyer : input.buyers) table.columns.push_back({"", buyer.name});
  for (std::size_t v = 0; v < answers.studies.size(); ++v) {
    const MarketComparison& its = answers.studies[v].compared;
    std::vector<Cell> row = {study_name(answers, v), v == 0 ? std::string() : answers.variants[v - 1].note};
    add_market_band(row, its.clearing, market_money_band(its.clearing), market_money_cell);
    add_market_band(row, its.clearing_change, v == 0 ? "" : market_change_band(its.clearing_change), market_share_cell);
    add_market_band(row, its.displaced, market_share_band(its.displaced), market_share_cell);
    for (std::size_t b = 0; b < its.change.size(); ++b)
      row.emplace_back(v == 0 ? Cell(market_count_text(its.taken[b].p50)) : Cell(market_gain_text(its.change[b].p50)));
    table.rows.push_back(std::move(row));
  }
  table.note =
      "changes: each future over the same future as it is, their median; where few futures change much it is not the "
      "change of the medians. By buyer: H100 equivalents, own silicon too";
  return table;
}

Table change_table(const MarketAnswers& answers) {
  Table table = market_table("variant_changes", "what if, by buyer: change of H100 equivalents in the same futures",
                             {{"variant", "variant"}, {"buyer", "buyer"}});
  add_market_columns(table, "change", "change");
  table.detail = true;
  for (std::size_t v = 1; v < answers.studies.size(); ++v) {
    for (std::size_t b = 0; b < answers.spec.input.buyers.size(); ++b) {
      const MarketBand& change = answers.studies[v].compared.change[b];
      std::vector<Cell> row = {study_name(answers, v), answers.spec.input.buyers[b].name};
      add_market_band(row, change, market_gain_band(change), market_share_cell);
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

Table goal_table(const MarketAnswers& answers) {
  const MarketInput& input = answers.spec.input;
  const std::vector<MarketGoalAnswer>& goals = answers.base().goals;
  Table table = market_table("variant_goals", "what if: when goals are reached, and in how many futures in time",
                             {{"variant", "variant"}});
  for (std::size_t g = 0; g < goals.size(); ++g) {
    const MarketBuyer& buyer = input.buyers[goals[g].buyer];
    table.columns.push_back({fmt::format("in_time_{}", g + 1), ""});
    table.columns.push_back({"", fmt::format("{}, {}", buyer.name, buyer.goals[goals[g].goal].name)});
  }
  for (std::size_t v = 0; v < answers.studies.size(); ++v) {
    std::vector<Cell> row = {study_name(answers, v)};
    for (std::size_t g = 0; g < goals.size() && g < answers.studies[v].goals.size(); ++g) {
      const MarketGoalAnswer& its = answers.studies[v].goals[g];
      row.push_back(market_share_cell(its.in_time));
      row.emplace_back(
          fmt::format("{}, {}", market_quarter_text(answers.spec, its.quarter.p50), format_percent(its.in_time, 0)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// "price -2.6 % (-53 % to 0), median $10600 for $12900".
std::string price_words(const MarketAnswers& answers, const MarketComparison& mine) {
  const MarketBand& change = mine.clearing_change;
  if (std::abs(change.p10) < kNoChange && std::abs(change.p90) < kNoChange) return "prices as they are";
  const std::string before = market_money_text(answers.base().compared.clearing.p50);
  if (std::isinf(change.p50) && change.p50 > 0) return fmt::format("no price where there was one, median {}", before);
  if (std::isinf(change.p50))
    return fmt::format("a price where there was none, median {}", market_money_text(mine.clearing.p50));
  return fmt::format("price {}, median {} for {}", market_change_band(change), market_money_text(mine.clearing.p50),
                     before);
}

/// The buyers that gain and lose most; those with goals are told by their goals.
std::vector<std::string> moved(const MarketAnswers& answers, const MarketComparison& mine) {
  const std::vector<MarketBuyer>& buyers = answers.spec.input.buyers;
  std::vector<std::string> words;
  const auto tell = [&](const auto& better) {
    std::size_t first = buyers.size();
    for (std::size_t b = 0; b < buyers.size(); ++b) {
      const bool is_next = first == buyers.size() || better(mine.change[b].p50, mine.change[first].p50);
      if (buyers[b].goals.empty() && is_next) first = b;
    }
    if (first == buyers.size() || !better(mine.change[first].p50, 0.0)) return;
    const double change = mine.change[first].p50;
    if (std::isinf(change)) {
      words.push_back(
          fmt::format("{} {} H100 equivalents for none", buyers[first].name, market_count_text(mine.taken[first].p50)));
    } else if (std::abs(change) >= kNoChange) {
      words.push_back(fmt::format("{} {}", buyers[first].name, market_change_text(change)));
    }
  };
  tell(std::greater<>());
  tell(std::less<>());
  return words;
}

/// What buyers with goals have of it: goals of the time compared and later, as far as they move, and the firms of a
/// nation.
std::vector<std::string> goals_moved(const MarketAnswers& answers, std::size_t study, std::size_t buyer) {
  constexpr double kPoint = 0.015;
  const MarketBuyer& its = answers.spec.input.buyers[buyer];
  const MarketComparison& mine = answers.studies[study].compared;
  const auto percents = [](double with, double without) {
    return fmt::format("{} (as it is {})", format_percent(with, 0), format_percent(without, 0));
  };
  std::vector<std::string> words;
  for (std::size_t g = 0; g < answers.base().goals.size(); ++g) {
    const MarketGoalAnswer &before = answers.base().goals[g], &after = answers.studies[study].goals[g];
    if (before.buyer != buyer || its.goals[before.goal].by < answers.spec.input.compare_from) continue;
    if (std::abs(after.in_time - before.in_time) >= kPoint)
      words.push_back(
          fmt::format("{} in time in {}", its.goals[before.goal].name, percents(after.in_time, before.in_time)));
  }
  // Who wants so many chips gets as many, of whatever is made.
  const bool as_many = std::abs((1 + mine.change[buyer].p50) / (1 + mine.chip_change.p50) - 1) < kTold;
  if (as_many && std::abs(mine.chip_change.p50) >= kTold)
    words.push_back(fmt::format("{} H100 equivalents for as many chips, which its goals count: the mean chip brings {}",
                                market_change_text(mine.change[buyer].p50), market_change_text(mine.chip_change.p50)));
  for (const NationOfBuyer& nation : answers.nations) {
    if (nation.buyer != buyer || nation.fitting == 0) continue;
    const NationQuarter &before = nation.studies[0].back(), &after = nation.studies[study].back();
    if (std::abs(after.kept - before.kept) >= kPoint)
      words.push_back(fmt::format("at most {} of its firms lack compute on {} in {}",
                                  format_percent(nation.spec.target, 0), date_text(after.date),
                                  percents(after.kept, before.kept)));
  }
  return words;
}

}  // namespace

void add_market_variants(const MarketAnswers& answers, Document& document) {
  if (answers.variants.empty()) return;
  document.tables.push_back(variant_table(answers));
  document.tables.push_back(change_table(answers));
  if (!answers.base().goals.empty()) document.tables.push_back(goal_table(answers));
}

void add_market_variant_sentences(const MarketAnswers& answers, Document& document) {
  if (answers.variants.empty()) return;
  document.answer.push_back(fmt::format(
      "What if, {}: changes are medians (80 %) over the same futures with it and without; prices are those that clear.",
      answers.compared_years()));
  for (std::size_t v = 1; v < answers.studies.size(); ++v) {
    std::vector<std::string> words = {price_words(answers, answers.studies[v].compared)};
    for (std::string& word : moved(answers, answers.studies[v].compared)) words.push_back(std::move(word));
    for (std::size_t b = 0; b < answers.spec.input.buyers.size(); ++b) {
      if (answers.spec.input.buyers[b].goals.empty()) continue;
      const std::vector<std::string> its = goals_moved(answers, v, b);
      words.push_back(fmt::format("{}: {}", answers.spec.input.buyers[b].name,
                                  its.empty() ? std::string("as it is") : fmt::format("{}", fmt::join(its, ", "))));
    }
    document.answer.push_back(fmt::format("{}: {}.", study_name(answers, v), fmt::join(words, "; ")));
  }
}

}  // namespace orrery
