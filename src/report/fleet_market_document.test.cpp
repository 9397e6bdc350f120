#include "report/fleet_market_document.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "fleet/nation/test_nation.hpp"

namespace orrery {
namespace {

/// A chip of `h100e` H100 equivalents: so many are made a year, each for $20,000.
ChipOffer made_offer(const std::string& name, double a_year, double h100e) {
  ChipOffer offer;
  offer.name = offer.chip = name;
  offer.launch = Date::of(2020, 1, 1);
  offer.peak_8bit = h100e * kH100Peak8Bit;
  offer.facility_power = Law::fixed(2000);
  offer.price.points = {{Date::of(2020, 1, 1), Law::fixed(20000)}};
  offer.output.points = {{Date::of(2020, 1, 1), Law::fixed(a_year)}};
  offer.output.growth = Law::fixed(1);
  return offer;
}

MarketBuyer made_buyer(const std::string& name, const std::string& pool, double dollars_a_year) {
  MarketBuyer buyer;
  buyer.name = name;
  buyer.pool = pool;
  buyer.budget.points = {{Date::of(2020, 1, 1), Law::fixed(dollars_a_year)}};
  return buyer;
}

/// Two kinds for the world, one that ends for the others; a nation that wants 200 chips a year.
MarketSpec small_market() {
  MarketSpec spec;
  spec.input.start = Date::of(2024, 1, 1);
  spec.input.until = Date::of(2026, 1, 1);
  spec.input.lines.resize(3);
  for (std::size_t i = 0; i < 3; ++i) spec.input.lines[i].offer = std::string(1, static_cast<char>('a' + i));
  spec.offers = {made_offer("a", 4000, 1), made_offer("b", 1000, 0.5), made_offer("c", 1000, 1)};
  spec.offers[0].output.points[0].value = Law::spread(7500, 9000, 12000);
  spec.input.lines[2].pool = "elsewhere";
  spec.input.lines[2].until = Date::of(2025, 1, 1);
  spec.input.buyers = {made_buyer("Large", "world", 120e6), made_buyer("Nation", "world", 40e6),
                       made_buyer("Others", "elsewhere", 10e6)};
  spec.input.buyers[1].goals = {{"200 by 2024", Date::of(2024, 12, 31), 200},
                                {"400 by 2025", Date::of(2025, 12, 31), 400}};
  spec.input.buyers[1].nation = "nation.toml";
  spec.input.compare_from = Date::of(2025, 1, 1);
  spec.input.compare_until = spec.input.until;
  spec.economics = economics_preset();
  return spec;
}

struct Studied {
  MarketSpec spec = small_market();
  std::vector<MarketVariant> variants;
  std::vector<MarketStudy> studies;
  std::vector<NationOfBuyer> nations;

  Studied() {
    MarketSpec more = spec, poor = spec, open = spec;
    more.input.lines[1].output_factor = 6;
    poor.input.buyers[1].budget_factor = 0.05;
    open.input.buyers[2].pool = "world";
    spec.input.buyers[2].budget.points = {{Date::of(2025, 1, 1), Law::fixed(10e6)}};  // Begins when its kind has ended.
    variants = {{"second supplier", "", more}, {"poor", "", poor}, {"open", "", open}};
    ThreadPool pool(2);
    studies = study_market(spec, variants, {64, 3}, pool);
    nations = {nation_of_buyer(1, small_nation(), spec.input, studies, 3, pool)};
  }
  Document document() const { return fleet_market_document({spec, variants, studies, nations}, {}); }
};

const Studied& studied() {
  static const Studied all;
  return all;
}

bool says(const Document& document, const std::string& part) {
  const bool found = std::any_of(document.answer.begin(), document.answer.end(),
                                 [&](const std::string& line) { return line.find(part) != std::string::npos; });
  if (!found) {
    for (const std::string& line : document.answer) MESSAGE(line);
  }
  return found;
}

TEST_CASE("document of a market: a change of the price is of the same futures, and the medians stand beside it") {
  const Document document = studied().document();
  check_document(document);
  const MarketComparison &base = studied().studies[0].compared, &mine = studied().studies[1].compared;
  CHECK(says(document, "second supplier: price " + market_change_band(mine.clearing_change) + ", median " +
                           market_money_text(mine.clearing.p50) + " for " + market_money_text(base.clearing.p50)));
  const auto table =
      std::find_if(document.tables.begin(), document.tables.end(), [](const Table& t) { return t.key == "variants"; });
  REQUIRE(table != document.tables.end());
  CHECK(cell_text(table->rows[1][5]) == market_money_band(mine.clearing));
  CHECK(cell_text(table->rows[1][9]) == market_change_band(mine.clearing_change));
}

TEST_CASE("document of a market: what a buyer with goals has of it, and why more chips are fewer equivalents") {
  const Document document = studied().document();
  const std::vector<MarketBand>& held = studied().studies[0].held.at(0).by_year;
  CHECK(says(document, "Nation's chips at the ends of years, medians: " + market_count_text(held[0].p50) +
                           " in 2024, " + market_count_text(held[1].p50) + " in 2025."));
  CHECK(says(document, "Of its 300 firms lack compute then under fair-share:"));
  // Six times the half-as-good kind: as many chips as its goals say, of which fewer are good.
  CHECK(says(document, "H100 equivalents for as many chips, which its goals count: the mean chip brings -"));
  const double before = studied().studies[0].goals[1].in_time;
  REQUIRE(before > 0.2);
  CHECK(studied().studies[2].goals[1].in_time == 0);
  CHECK(says(document, "400 by 2025 in time in 0 % (as it is " + cell_text(fraction(before, 0)) + ")"));
}

TEST_CASE("document of a market: a pool whose kinds have ended is told, and who gets something for nothing") {
  const Document document = studied().document();
  CHECK(says(document, "From 2025-Q1 on nothing is for sale in the pool elsewhere (Others)"));
  CHECK(says(document, "H100 equivalents for none"));
}

Document document_of(const MarketSpec& spec, const std::vector<MarketVariant>& variants = {}) {
  ThreadPool pool(2);
  const std::vector<MarketStudy> studies = study_market(spec, variants, {20, 3}, pool);
  Document document = fleet_market_document({spec, variants, studies, {}}, {});
  check_document(document);
  return document;
}

const Table& table_of(const Document& document, const std::string& key) {
  const auto table =
      std::find_if(document.tables.begin(), document.tables.end(), [&](const Table& t) { return t.key == key; });
  REQUIRE(table != document.tables.end());
  return *table;
}

TEST_CASE("document of a market: a price beside none is no change in percent") {
  MarketSpec free = small_market(), taken = free;
  taken.input.contracts = {{"Large", free.input.start, free.input.until, 1, 0, true}};
  ThreadPool pool(2);
  const std::string price = market_money_text(study_market(free, {}, {20, 3}, pool).front().compared.clearing.p50);
  const Document opened = document_of(taken, {{"open", "", free}}), closed = document_of(free, {{"shut", "", taken}});
  CHECK(says(opened, "open: a price where there was none, median " + price));
  CHECK(says(closed, "shut: no price where there was one, median " + price));
  CHECK(cell_text(table_of(opened, "variants").rows[1][9]) == "a price for none");
}

TEST_CASE("document of a market: nothing decides a price that there is in no future") {
  MarketSpec spec = small_market();
  const auto has_drivers = [](const Document& document) {
    return std::any_of(document.tables.begin(), document.tables.end(),
                       [](const Table& t) { return t.key == "drivers"; });
  };
  CHECK(has_drivers(document_of(spec)));
  spec.input.contracts = {{"Large", spec.input.start, spec.input.until, 1, 0, true}};
  CHECK_FALSE(has_drivers(document_of(spec)));
}

TEST_CASE("document of a market: what has not come and what has ended are told apart, and have no price") {
  MarketSpec spec = small_market();
  spec.offers[2].launch = Date::of(2025, 1, 1);
  spec.input.lines[2].until = kMarketNoEnd;
  CHECK(says(document_of(spec),
             "Before 2025-Q1 nothing is for sale in the pool elsewhere (Others): its kinds of chips "
             "have not come"));
  spec.offers[2].launch = Date::of(2030, 1, 1);
  CHECK(says(document_of(spec), "Nothing is for sale in the pool elsewhere (Others) before 2026-01-01"));
  for (std::size_t i = 0; i < 2; ++i) spec.input.lines[i].until = Date::of(2025, 1, 1);
  const Document ended = document_of(spec);
  CHECK(says(ended, ": nothing is for sale in the pool world, and it has no price"));
  CHECK(says(ended, "From 2025-Q1 on nothing is for sale in the pool world (Large, Nation)"));
  const auto price = std::find_if(ended.fields.begin(), ended.fields.end(),
                                  [](const Field& field) { return field.key == "clearing_price_p50"; });
  REQUIRE(price != ended.fields.end());
  CHECK(cell_text(price->value) == cell_text(figure(Dollars(INFINITY))));
}

TEST_CASE("document of a market: hand-computed, chips that are planned are not those that their owner can power") {
  MarketSpec spec = small_market();
  spec.offers[0].output.points[0].value = Law::fixed(4000);
  spec.offers[1].owner = "Large";
  spec.input.buyers[0].owner = "Large";
  spec.input.buyers[0].power.points = {{Date::of(2020, 1, 1), Law::fixed(100e3)}};  // 50 chips.
  // 4,000, 1,000 of its own silicon and, in 2024 alone, 1,000 of the other pool.
  const Table limits = table_of(document_of(spec), "limits");
  CHECK(cell_text(limits.rows[0][4]) == cell_text(large(6000.0 * 366 / 365.25, 3)));
  CHECK(cell_text(limits.rows[1][4]) == cell_text(large(5000.0 * 365 / 365.25, 3)));
}

}  // namespace
}  // namespace orrery
