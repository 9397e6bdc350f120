#include "report/fleet_market_document.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/unit_text.hpp"
#include "report/fleet_market_charts.hpp"
#include "report/fleet_market_facts.hpp"
#include "report/fleet_market_nations.hpp"
#include "report/fleet_market_tables.hpp"
#include "report/fleet_market_variants.hpp"

namespace orrery {
namespace {

void add_goal_sentence(const MarketAnswers& answers, const MarketGoalAnswer& goal, Document& document) {
  const MarketBuyer& buyer = answers.spec.input.buyers[goal.buyer];
  const MarketGoal& its = buyer.goals[goal.goal];
  if (its.by < answers.spec.input.compare_from) return;
  const std::string early = market_quarter_text(answers.spec, goal.quarter.p10),
                    late = market_quarter_text(answers.spec, goal.quarter.p90);
  document.answer.push_back(fmt::format(
      "{}, {}: {}{}; in time in {} of the futures, with {} chips by {}.", buyer.name, its.name,
      market_quarter_text(answers.spec, goal.quarter.p50), early == late ? "" : fmt::format(" ({} to {})", early, late),
      format_percent(goal.in_time, 0), market_count_band(goal.chips_then), date_text(its.by)));
}

/// Pools whose kinds of chips come after the market's start, or end before it does.
void add_pool_sentences(const MarketAnswers& answers, Document& document) {
  const std::vector<std::string> pools = answers.spec.pools();
  const std::vector<MarketQuarter>& path = answers.base().median;
  for (std::size_t p = 0; p < pools.size(); ++p) {
    const std::size_t end = market_pool_end(path, p);
    const auto begin = static_cast<std::size_t>(
        std::find_if(path.begin(), path.end(), [&](const MarketQuarter& q) { return q.pools[p].units > 0; }) -
        path.begin());
    if (begin == 0 && end == path.size()) continue;
    std::vector<std::string> buyers;
    for (const MarketBuyer& buyer : answers.spec.input.buyers) {
      if (buyer.pool == pools[p]) buyers.push_back(buyer.name);
    }
    const std::string pool = fmt::format("the pool {} ({})", pools[p], fmt::join(buyers, ", "));
    if (begin == path.size()) {
      document.answer.push_back(fmt::format("Nothing is for sale in {} before {}, and it has no price.", pool,
                                            date_text(answers.spec.input.until)));
      continue;
    }
    if (begin > 0)
      document.answer.push_back(
          fmt::format("Before {} nothing is for sale in {}: its kinds of chips have not come, and it has no price.",
                      quarter_text(path[begin].start), pool));
    if (end < path.size())
      document.answer.push_back(
          fmt::format("From {} on nothing is for sale in {}: its kinds of chips have ended, and it has no price.",
                      quarter_text(path[end].start), pool));
  }
}

void add_answer(const MarketAnswers& answers, Document& document) {
  const MarketInput& input = answers.spec.input;
  const MarketComparison& c = answers.base().compared;
  if (std::isinf(c.list.p50)) {
    document.answer.push_back(fmt::format("{}: nothing is for sale in the pool {}, and it has no price.",
                                          answers.compared_years(), answers.spec.pools().front()));
  } else {
    document.answer.push_back(
        fmt::format("{}: {} of what new money asks for at list prices is not there; they are {} an H100 equivalent, an "
                    "auction of the "
                    "same chips would clear at {}.",
                    answers.compared_years(), market_share_band(c.displaced), market_money_band(c.list),
                    market_money_band(c.clearing)));
  }
  std::vector<std::size_t> order(input.buyers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return c.missing[a].p50 > c.missing[b].p50; });
  std::vector<std::string> words;
  for (const std::size_t b : order) {
    if (words.size() < 4 && c.missing[b].p50 >= 1)
      words.push_back(fmt::format("{} {}", input.buyers[b].name, market_count_band(c.missing[b])));
  }
  document.answer.push_back(
      words.empty() ? "Nobody is displaced where all inputs are at their middle."
                    : fmt::format("Displaced at list prices, in H100 equivalents: {}.", fmt::join(words, ", ")));
  for (const MarketGoalAnswer& goal : answers.base().goals) add_goal_sentence(answers, goal, document);
  add_market_nation_sentences(answers, document);
  add_pool_sentences(answers, document);
  add_market_variant_sentences(answers, document);
  add_market_facts_sentence(answers, document);
}

void add_fields(const MarketComparison& c, Document& document) {
  const auto add = [&](const char* key, const MarketBand& band, Cell (*cell)(double)) {
    document.fields.push_back({fmt::format("{}_p10", key), "", cell(band.p10)});
    document.fields.push_back({fmt::format("{}_p50", key), "", cell(band.p50)});
    document.fields.push_back({fmt::format("{}_p90", key), "", cell(band.p90)});
  };
  add("clearing_price", c.clearing, market_money_cell);
  add("list_price", c.list, market_money_cell);
  add("displaced_share", c.displaced, market_share_cell);
}

void add_notes(const MarketAnswers& answers, const std::vector<std::string>& assumptions, Document& document) {
  const MarketInput& input = answers.spec.input;
  auto& notes = document.notes;
  notes.emplace_back(
      input.rule == MarketRule::Ration
          ? "makers sell at list prices and share out what is short in proportion to what is asked for"
          : "makers sell each quarter's chips at one price, at which no more is asked for than there is");
  notes.emplace_back(
      "an H100 equivalent counts dense 8-bit peaks, not speed; chips for sale are perfect substitutes at their "
      "worth; "
      "they count in the quarter in which they are made");
  notes.push_back(fmt::format(
      "{} futures by Latin hypercube over {} inputs; growth of output and of budgets correlate with {}",
      answers.base().draws, kMarketUnknowns + input.buyers.size(), format_significant(kMarketCorrelation, 2)));
  notes.emplace_back(
      "displaced: a dollar, a place in a hall and a chip of a goal ask once; what waits for a later quarter is not "
      "asked for again, and what it gets then is taken off");
  if (input.wafers.empty()) notes.emplace_back("no limit of packaging is stated");
  if (input.rent_of.empty()) notes.emplace_back("what a chip earns is no limit to what is paid for it");
  add_market_nation_notes(answers, document);
  notes.insert(notes.end(), assumptions.begin(), assumptions.end());
}

}  // namespace

Document fleet_market_document(const MarketAnswers& answers, const std::vector<std::string>& assumptions) {
  Document document;
  document.command = "fleet market";
  add_answer(answers, document);
  add_fields(answers.base().compared, document);
  add_market_tables(answers, document);
  add_market_nations(answers, document);
  add_market_variants(answers, document);
  add_market_facts(answers, document);
  add_market_details(answers, document);
  add_market_charts(answers, document);
  add_notes(answers, assumptions, document);
  return document;
}

}  // namespace orrery
