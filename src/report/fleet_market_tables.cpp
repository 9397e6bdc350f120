#include "report/fleet_market_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

Cell finite_large(double value) {
  return std::isfinite(value) ? Cell(large(value, 3)) : Cell();
}

void add_prices(const MarketAnswers& answers, Document& document) {
  const MarketStudy& study = answers.base();
  const std::vector<std::string> pools = answers.spec.pools();
  Table table = market_table("years", "what is for sale, and at what price an H100 equivalent",
                             {{"pool", "pool"}, {"year", "year"}});
  add_market_columns(table, "h100e", "H100 equivalents");
  add_market_columns(table, "list", "list price of one");
  add_market_columns(table, "clearing", "one clears an auction at");
  add_market_columns(table, "displaced", "of what is asked for at list prices, not there");
  for (std::size_t p = 0; p < pools.size(); ++p) {
    for (std::size_t y = 0; y < study.years.size(); ++y) {
      const MarketPoolYear& its = study.pools[p][y];
      if (its.h100e.p50 <= 0) continue;
      std::vector<Cell> row = {pools[p], std::to_string(study.years[y].year())};
      add_market_band(row, its.h100e, market_count_band(its.h100e), market_count_cell);
      add_market_band(row, its.list, market_money_band(its.list), market_money_cell);
      add_market_band(row, its.clearing, market_money_band(its.clearing), market_money_cell);
      add_market_band(row, its.displaced, market_share_band(its.displaced), market_share_cell);
      table.rows.push_back(std::move(row));
    }
  }
  table.note = fmt::format("80 % intervals over {} futures", study.draws);
  document.tables.push_back(std::move(table));
}

/// A row a buyer, a column a year: medians for people.
Table by_year(const MarketAnswers& answers, const char* key, const std::string& title,
              MarketBand MarketBuyerYear::*what, bool with_share) {
  const MarketStudy& study = answers.base();
  const MarketInput& input = answers.spec.input;
  Table table = market_table(key, title, {{"buyer", "buyer"}});
  for (const Date year : study.years) {
    table.columns.push_back({fmt::format("h100e_{}", year.year()), ""});
    table.columns.push_back({"", std::to_string(year.year())});
  }
  for (std::size_t b = 0; b < input.buyers.size(); ++b) {
    std::vector<Cell> row = {input.buyers[b].name};
    for (const MarketBuyerYear& its : study.buyers[b]) {
      const double h100e = (its.*what).p50, share = with_share ? its.share.p50 : 1 - its.filled.p50;
      row.push_back(market_count_cell(h100e));
      row.emplace_back(
          h100e < 1 ? std::string("-")
                    : fmt::format("{}, {}", market_count_text(h100e), format_percent(share, share < 0.0995 ? 1 : 0)));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

Table buyer_table(const MarketAnswers& answers) {
  const MarketStudy& study = answers.base();
  const MarketInput& input = answers.spec.input;
  Table table = market_table("buyers", "who gets what, in H100 equivalents", {{"buyer", "buyer"}, {"year", "year"}});
  add_market_columns(table, "got", "got");
  add_market_columns(table, "share", "share of its pool");
  add_market_columns(table, "own", "own silicon");
  add_market_columns(table, "displaced", "displaced");
  add_market_columns(table, "filled", "of what it asked for");
  table.detail = true;
  for (std::size_t b = 0; b < input.buyers.size(); ++b) {
    for (std::size_t y = 0; y < study.years.size(); ++y) {
      const MarketBuyerYear& its = study.buyers[b][y];
      std::vector<Cell> row = {input.buyers[b].name, std::to_string(study.years[y].year())};
      add_market_band(row, its.got, market_count_band(its.got), market_count_cell);
      add_market_band(row, its.share, market_share_band(its.share), market_share_cell);
      add_market_band(row, its.own, its.own.p90 > 0 ? market_count_band(its.own) : "", market_count_cell);
      add_market_band(row, its.displaced, its.displaced.p90 >= 1 ? market_count_band(its.displaced) : "",
                      market_count_cell);
      add_market_band(row, its.filled, market_share_band(its.filled), market_share_cell);
      table.rows.push_back(std::move(row));
    }
  }
  return table;
}

void add_allocations(const MarketAnswers& answers, Document& document) {
  Table got =
      by_year(answers, "got_by_year", "who gets what: H100 equivalents for sale, and their share of the pool, medians",
              &MarketBuyerYear::got, true);
  got.note = "without own silicon; intervals under --explain";
  document.tables.push_back(std::move(got));
  document.tables.push_back(
      by_year(answers, "displaced_by_year",
              "who is displaced: H100 equivalents that new money asks for at list prices and does not get, and "
              "their share of what was asked for, medians",
              &MarketBuyerYear::displaced, false));
  document.tables.push_back(buyer_table(answers));
}

void add_goals(const MarketAnswers& answers, Document& document) {
  const MarketStudy& study = answers.base();
  const MarketInput& input = answers.spec.input;
  if (study.goals.empty()) return;
  Table table = market_table("goals", "goals: chips that were to be had by a date",
                             {{"buyer", "buyer"}, {"goal", "goal"}, {"chips", "chips"}, {"by", "by"}});
  add_market_columns(table, "chips_then", "chips by then");
  table.columns.push_back({"reached_p10", "reached, 10 %"});
  table.columns.push_back({"reached_p50", "half of the futures"});
  table.columns.push_back({"reached_p90", "90 %"});
  table.columns.push_back({"in_time", "in time in"});
  table.columns.push_back({"ever", "ever in"});
  for (const MarketGoalAnswer& its : study.goals) {
    const MarketGoal& goal = input.buyers[its.buyer].goals[its.goal];
    std::vector<Cell> row = {input.buyers[its.buyer].name, goal.name, count(std::llround(goal.chips)),
                             date_text(goal.by)};
    add_market_band(row, its.chips_then, market_count_band(its.chips_then), market_count_cell);
    for (const double quarter : {its.quarter.p10, its.quarter.p50, its.quarter.p90})
      row.emplace_back(market_quarter_text(answers.spec, quarter));
    row.emplace_back(fraction(its.in_time, 0));
    row.emplace_back(fraction(its.ever, 0));
    table.rows.push_back(std::move(row));
  }
  table.note = fmt::format("in so many of the futures; ever: before {}; chips of the mean kind of the pool at the time",
                           input.until.year());
  document.tables.push_back(std::move(table));
}

/// Wafers against the chips that were planned, at medians, and how often they cut the plans.
void add_limits(const MarketAnswers& answers, Document& document) {
  const MarketStudy& study = answers.base();
  Table table = market_table("limits", "packaging and memory against what makers plan",
                             {{"year", "year"},
                              {"wafers", "wafers that can be used"},
                              {"wafers_needed", "wafers needed"},
                              {"carry", "chips that they could carry"},
                              {"chips", "chips planned"}});
  add_market_columns(table, "wafers_used", "wafers used");
  add_market_columns(table, "memory_used", "memory used");
  add_market_columns(table, "made", "made of the plan");
  for (std::size_t y = 0; y < study.years.size(); ++y) {
    double wafers = 0, needed = 0, chips = 0;
    for (const MarketQuarter& quarter : study.median) {
      if (quarter.start.year() != study.years[y].year()) continue;
      wafers += quarter.wafers;
      needed += quarter.wafers_needed;
      chips += quarter.planned;
    }
    std::vector<Cell> row = {std::to_string(study.years[y].year()), finite_large(wafers), finite_large(needed),
                             finite_large(needed > 0 ? chips * wafers / needed : chips), finite_large(chips)};
    add_market_band(row, study.wafers_used[y], market_share_band(study.wafers_used[y]), market_share_cell);
    add_market_band(row, study.memory_used[y], market_share_band(study.memory_used[y]), market_share_cell);
    add_market_band(row, study.made[y], market_share_band(study.made[y]), market_share_cell);
    table.rows.push_back(std::move(row));
  }
  table.note =
      "wafers and chips at medians, all kinds and own silicon; used: of what there is, above 100 % where plans are "
      "cut";
  document.tables.push_back(std::move(table));
}

void add_drivers(const MarketAnswers& answers, Document& document) {
  const MarketStudy& study = answers.base();
  if (study.decides_clearing.empty()) return;
  Table table = market_table("drivers", fmt::format("what decides the price that clears, {}", answers.compared_years()),
                             {{"input", "input"},
                              {"low", "in its lowest third"},
                              {"high", "in its highest"},
                              {"first_order", "share of the variance"},
                              {"narrows", "knowing it narrows"}});
  for (std::size_t i = 0; i < std::min<std::size_t>(8, study.decides_clearing.size()); ++i) {
    const Sensitivity& its = study.decides_clearing[i];
    table.rows.push_back({market_input_name(answers.spec, its.input), market_money_cell(its.low),
                          market_money_cell(its.high), fraction(its.first_order, 0), fraction(its.narrows, 0)});
  }
  document.tables.push_back(std::move(table));
}

void add_quarters(const MarketAnswers& answers, Document& document) {
  const MarketStudy& study = answers.base();
  const MarketInput& input = answers.spec.input;
  const std::string first = answers.spec.pools().front();
  Table table = market_table("quarters", fmt::format("quarter by quarter, for sale in the pool {}", first),
                             {{"quarter", "quarter"}});
  add_market_columns(table, "list", "list price");
  add_market_columns(table, "clearing", "clears at");
  table.columns.push_back({"h100e", "H100 equivalents"});
  table.columns.push_back({"asked_over_sold", "asked over offered"});
  for (const MarketBuyer& buyer : input.buyers) {
    if (buyer.pool == first) table.columns.push_back({"", buyer.name});
  }
  table.detail = true;
  for (std::size_t q = 0; q < study.median.size(); ++q) {
    const MarketQuarter& quarter = study.median[q];
    const MarketPool& pool = quarter.pools.front();
    std::vector<Cell> row = {quarter_text(quarter.start)};
    add_market_band(row, study.list[0][q], market_money_band(study.list[0][q]), market_money_cell);
    add_market_band(row, study.clearing[0][q], market_money_band(study.clearing[0][q]), market_money_cell);
    row.push_back(market_count_cell(pool.h100e));
    row.push_back(pool.units > 0 ? Cell(number(pool.wanted / pool.units)) : Cell());
    for (std::size_t b = 0; b < input.buyers.size(); ++b) {
      if (input.buyers[b].pool != first) continue;
      row.push_back(pool.h100e > 0 ? Cell(fraction(quarter.purchases[b].got / pool.h100e)) : Cell());
    }
    table.rows.push_back(std::move(row));
  }
  table.note =
      "shares of what is offered, all inputs at their medians; asked: what has been missing and is still wanted too";
  document.tables.push_back(std::move(table));
}

}  // namespace

void add_market_tables(const MarketAnswers& answers, Document& document) {
  add_prices(answers, document);
  add_allocations(answers, document);
  add_goals(answers, document);
  add_limits(answers, document);
}

void add_market_details(const MarketAnswers& answers, Document& document) {
  add_drivers(answers, document);
  add_quarters(answers, document);
}

}  // namespace orrery
