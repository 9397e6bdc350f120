#include "fleet/market/market_fields.hpp"

#include "fleet/series_fields.hpp"

namespace orrery {
namespace {

// Beyond these lies a slip of a unit.
constexpr double kMostChips = 1e12, kMostMoney = 1e15, kMostFactor = 1e3;

FieldOptions of_series(const char* help, const char* example) {
  return described(help, example);
}

Schema<MarketLine> made_line_schema() {
  using L = MarketLine;
  Schema<L> s("lines", "A kind of chip that comes to the market, or to its owner.");
  s.text("name", &L::offer, {.help = "Its offer: a preset, or of [[offers]].", .example = "h100-sxm", .required = true})
      .text("pool", &L::pool, described("Buyers of this pool bid for it; own silicon is in none.", "world"))
      .number("worth", &L::worth,
              bounded("What an H100 equivalent of it is worth beside one of the others.", "0.8", 0.01, 100))
      .number("per_wafer", &L::per_wafer, bounded("Packages from one packaging wafer; 0: takes none.", "28", 0, 10000))
      .law("gain", &L::gain, Dimension::None,
           bounded("Factor a year of H100 equivalents a chip, by successors that take its place.",
                   "spread(1.15, 1.29, 1.4)", 0.1, 10))
      .date("gain_from", &L::gain_from, described("From when on.", "2026-01"))
      .date("until", &L::until,
            {.help = "Day after the last on which it is made.", .example = "2026", .default_text = "no end"})
      .number("output_factor", &L::output_factor,
              bounded("What if so many times as many were made.", "2", 1e-3, kMostFactor));
  return s;
}

Schema<MarketGoal> made_goal_schema() {
  using G = MarketGoal;
  Schema<G> s("goals", "So many chips in all that a buyer wants by a date, since the market's start.");
  s.text("name", &G::name, described("What it is called.", "52,000 by 2028"))
      .date("by", &G::by, {.help = "By when.", .example = "2028-12-31", .required = true})
      .number("chips", &G::chips, bounded("Chips of its pool since the start.", "52000", 1, kMostChips, true));
  return s;
}

Schema<MarketBuyer> made_buyer_schema(const Schema<MarketGoal>& goals) {
  using B = MarketBuyer;
  Schema<B> s("buyers", "Someone who buys chips.");
  s.text("name", &B::name, {.help = "Who.", .example = "Microsoft", .required = true})
      .text("pool", &B::pool, described("The chips that may be sold to it: an export limit is a pool.", "world"))
      .text("owner", &B::owner, described("Own silicon of this owner is its own.", "Google"))
      .list(
          "budget", [](B & b) -> auto& { return b.budget.points; }, dated_schema(Dimension::Money),
          of_series("Dollars a year for chips, by date.", "[{ date = \"2024\", value = \"$20B\" }]"))
      .law(
          "budget_growth", [](B & b) -> auto& { return b.budget.growth; }, Dimension::None,
          bounded("Factor a year after the last budget.", "spread(1.1, 1.3, 1.6)", 0, 100))
      .number("budget_factor", &B::budget_factor, bounded("What if it had so many times as much.", "2", 0, kMostFactor))
      .quantity("extra", &B::extra, bounded("More dollars for chips.", "$100B", 0, kMostMoney))
      .date("extra_from", &B::extra_from, described("Spent evenly from here.", "2026-01"))
      .date("extra_until", &B::extra_until, described("To here.", "2028-01"))
      .number("carry", &B::carry,
              bounded("Share of what a quarter left unspent that the next one still has.", "1", 0, 1))
      .law("urgency", &B::urgency, Dimension::None,
           bounded("What a chip is worth to it over what its rent repays.", "spread(1.2, 1.8, 2.5)", 1e-3, kMostFactor))
      .law("elasticity", &B::elasticity, Dimension::None,
           bounded("How fast its projects fall away above that: the power of the price.", "spread(1, 2, 4)", 0.01, 20))
      .number("weight", &B::weight, bounded("In a ration, over what it asks for.", "2", 1e-3, kMostFactor))
      .list(
          "power", [](B & b) -> auto& { return b.power.points; }, dated_schema(Dimension::Power),
          of_series("Facility power that it has energised for its chips; without: no limit.",
                    "[{ date = \"2025-02-17\", value = \"349 MW\" }]"))
      .law(
          "power_growth", [](B & b) -> auto& { return b.power.growth; }, Dimension::None,
          bounded("Factor a year after the last power.", "1.5", 0.01, 100))
      .text("nation", &B::nation,
            described("Scenario of its firms ([nation]), beside this one: who lacks compute with what it gets.",
                      "korea.toml"))
      .list("goals", &B::goals, goals,
            described("Where there are any, it buys no more than they need.", "[{ by = \"2028\", chips = 52000 }]"));
  return s;
}

Schema<MarketContract> made_contract_schema() {
  using C = MarketContract;
  Schema<C> s("contracts", "Chips that a maker has promised: served first, at the list price.");
  s.text("buyer", &C::buyer, {.help = "To whom.", .example = "Microsoft", .required = true})
      .date("from", &C::from, {.help = "First day.", .example = "2025-07", .required = true})
      .date("until", &C::until, {.help = "Day after the last.", .example = "2026-07", .required = true})
      .number("share", &C::share, bounded("Of its pool's output.", "0.2", 0, 1))
      .number("chips_per_year", &C::chips_per_year,
              bounded("Besides, in chips of the pool's mean kind.", "400000", 0, kMostChips))
      .boolean("firm", &C::firm,
               described("The purchase is made: neither goals nor money nor halls of the buyer limit it.", "true"));
  return s;
}

Schema<MarketFact> made_fact_schema() {
  using F = MarketFact;
  Schema<F> s("facts", "What the world did, to compare with.");
  s.text("name", &F::name, {.help = "What it is.", .example = "Microsoft, Hopper of 2024", .required = true})
      .choice("measure", &F::measure,
              {{"chips", MarketMeasure::Chips, "Chips that a buyer bought of its pool."},
               {"own_chips", MarketMeasure::OwnChips, "Chips of its own silicon that it got."},
               {"share", MarketMeasure::Share, "A buyer's share of its pool's H100 equivalents."},
               {"output", MarketMeasure::Output, "H100 equivalents made, own silicon too, or of a vendor."},
               {"list_price", MarketMeasure::ListPrice, "Mean list price of an H100 equivalent of a pool."},
               {"price", MarketMeasure::Price, "Mean price at which an auction of a pool would clear."},
               {"revenue", MarketMeasure::Revenue, "Dollars for the chips of all pools, at list prices."}},
              described("What is compared.", "chips"))
      .text("buyer", &F::buyer, described("Of whom.", "Microsoft"))
      .text("pool", &F::pool, described("Of which pool.", "world"))
      .text("vendor", &F::vendor, described("Of an output: of whose chips; without: of all.", "NVIDIA"))
      .date("from", &F::from, {.help = "First day.", .example = "2024", .required = true})
      .date("until", &F::until, {.help = "Day after the last.", .example = "2025", .required = true})
      .law("value", &F::value, Dimension::None,
           bounded("What sources say: dollars, chips, or a share.", "spread(485000, 570000, 681676)", 0, kMostMoney,
                   true))
      .boolean("used", &F::used, described("It went into the inputs, and tests nothing.", "true"));
  return s;
}

Schema<MarketInput> made_market_schema() {
  using M = MarketInput;
  static const Schema<MarketLine> lines = made_line_schema();
  static const Schema<MarketGoal> goals = made_goal_schema();
  static const Schema<MarketBuyer> buyers = made_buyer_schema(goals);
  static const Schema<MarketContract> contracts = made_contract_schema();
  static const Schema<MarketFact> facts = made_fact_schema();
  Schema<M> s("market", "All buyers bid each quarter for the same output of chips.");
  s.text("name", &M::name, described("What the scenario is called.", "scramble"))
      .date("start", &M::start, described("First quarter.", "2023-Q1"))
      .date("until", &M::until, described("Day after the last quarter.", "2031"))
      .choice("rule", &M::rule,
              {{"auction", MarketRule::Auction, "One price at which what is asked for is what there is."},
               {"ration", MarketRule::Ration, "At the list price, shared out where more is asked for."}},
              described("How a quarter's chips find their buyers.", "auction"))
      .number("reserve", &M::reserve,
              bounded("Share of the list price below which makers do not sell.", "0.3", 1e-3, 1))
      .list(
          "wafers", [](M & m) -> auto& { return m.wafers.points; }, dated_schema(Dimension::None),
          of_series("Packaging (CoWoS) wafers a month; without: no limit.", "[{ date = \"2024-12\", value = 35000 }]"))
      .law(
          "wafers_growth", [](M & m) -> auto& { return m.wafers.growth; }, Dimension::None,
          bounded("Factor a year after the last.", "spread(1.2, 1.4, 1.7)", 0.01, 100))
      .law("wafer_share", &M::wafer_share, Dimension::None,
           bounded("Share of the wafers that go to the chips of this market.", "0.9", 0.01, 1))
      .law("yield", &M::yield, Dimension::None, bounded("Share of packages that are good.", "0.92", 0.01, 1))
      .date("limits_from", &M::limits_from, described("From when packaging and memory cut plans.", "2026"))
      .law("memory_margin", &M::memory_margin, Dimension::None,
           bounded("Memory that makers can deliver over what the chips of the year before took; 0: no limit.",
                   "spread(1, 1.15, 1.3)", 0, 100))
      .law("memory_growth", &M::memory_growth, Dimension::None,
           bounded("Factor a year of that.", "spread(1.3, 1.6, 2)", 0.01, 100))
      .law("list_follows", &M::list_follows, Dimension::None,
           bounded("Share of the gap to the price that would clear that list prices close in a year.",
                   "spread(0.2, 0.5, 0.8)", 0, 1))
      .date("list_from", &M::list_from, described("From when on they do.", "2026"))
      .text("rent_of", &M::rent_of,
            described("Offer whose rent tells what a chip is worth; without: worth is no limit.", "h100-sxm"))
      .number("use", &M::use, bounded("Share of hours in which a chip earns it.", "0.85", 0.01, 1))
      .date("compare_from", &M::compare_from,
            {.help = "Headlines and variants are of the time from here.",
             .example = "2026",
             .default_text = "the market's start"})
      .date("compare_until", &M::compare_until,
            {.help = "To here.", .example = "2029", .default_text = "the market's end"})
      .integer("draws", &M::draws, bounded("Futures.", "1000", 10, 100'000))
      .list("lines", &M::lines, lines, described("Kinds of chips.", "[[market.lines]]"))
      .list("buyers", &M::buyers, buyers, described("Who buys.", "[[market.buyers]]"))
      .list("contracts", &M::contracts, contracts, described("What is promised.", "[[market.contracts]]"))
      .list("facts", &M::facts, facts, described("What to compare with.", "[[market.facts]]"))
      .ignore("variants");
  return s;
}

}  // namespace

const Schema<MarketInput>& market_schema() {
  static const Schema<MarketInput> schema = made_market_schema();
  return schema;
}

}  // namespace orrery
