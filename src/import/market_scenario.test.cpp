#include "import/market_scenario.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "base/file.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

MarketScenario read_text(const std::string& text, Diagnostics& diagnostics) {
  const auto source = std::make_shared<SourceText>(SourceText{"m.toml", text});
  return read_market_scenario(read_toml(source, diagnostics), diagnostics);
}

std::string mistakes_of(const std::string& text) {
  Diagnostics diagnostics;
  read_text(text, diagnostics);
  return render_text(diagnostics.all(), false);
}

bool says(const std::string& all, const std::string& part) {
  const bool found = all.find(part) != std::string::npos;
  if (!found) MESSAGE(all);
  return found;
}

const std::string kSmall = R"([market]
start = "2024"
until = "2025"
lines = [{ name = "h100-sxm" }]
[[market.buyers]]
name = "A"
budget = [{ date = "2024", value = "$1B" }]
)";

const MarketScenario& scramble() {
  static const MarketScenario scenario = [] {
    Diagnostics diagnostics;
    MarketScenario read = read_market_scenario(
        read_toml(read_text_file(ORRERY_SOURCE_DIR "/scenarios/scramble.toml"), diagnostics), diagnostics);
    REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
    return read;
  }();
  return scenario;
}

double said(const MarketScenario& scenario, const std::vector<MarketQuarter>& path, const std::string& name) {
  for (const MarketFact& fact : scenario.spec.input.facts) {
    if (fact.name == name) return market_measure(scenario.spec, path, fact);
  }
  FAIL(name);
  return 0;
}

}  // namespace

TEST_CASE("market scenario: mistakes are told where they are") {
  CHECK(mistakes_of(kSmall).empty());
  CHECK(says(mistakes_of(""), "no market is given"));
  CHECK(says(mistakes_of("[market]\nlines = []\nbuyers = []\n"), "nobody buys"));
  // One message for one mistake, at its place.
  const std::string named =
      "facts = [{ name = \"x\", measure = \"chips\", buyer = \"A\", from = \"2024\", until = \"2025\", value = 1 }]\n"
      "lines = [{ name = \"tpu-v5p\" }]\nbuyers = []\n";
  const std::string nobody = mistakes_of("[market]\nstart = \"2024\"\nuntil = \"2025\"\n" + named);
  CHECK(says(nobody, "error: nobody buys"));
  CHECK(says(nobody, "m.toml:6:"));
  CHECK(nobody.find("error:") == nobody.rfind("error:"));
  CHECK(says(mistakes_of(kSmall + "elasticty = 2\n"), "did you mean `elasticity`?"));
  CHECK(says(mistakes_of("[market]\nlines = [{ name = \"h100-sxn\" }]\nbuyers = [{ name = \"A\", budget = [{ date = "
                         "\"2024\", value = \"$1B\" }] }]\n"),
             "did you mean `h100-sxm`?"));
  // Money of no rate that is known.
  CHECK(says(
      mistakes_of(kSmall + "[[market.buyers]]\nname = \"B\"\nbudget = [{ date = \"2024\", value = \"38 EUR\" }]\n"),
      "m.toml:10:"));
  CHECK(says(mistakes_of(kSmall + "[[market.buyers]]\nname = \"B\"\nbudget = [{ date = \"2024\", value = \"$0\" }]\n"),
             "`B` has no money at all"));
  CHECK(says(
      mistakes_of(kSmall + "[[market.contracts]]\nbuyer = \"A\"\nfrom = \"2024\"\nuntil = \"2025\"\nshare = 1.2\n"),
      "share"));
  CHECK(says(
      mistakes_of(kSmall + "[[market.contracts]]\nbuyer = \"A\"\nfrom = \"2024\"\nuntil = \"2025\"\nshare = 0.6\n"
                           "[[market.contracts]]\nbuyer = \"A\"\nfrom = \"2024\"\nuntil = \"2025\"\nshare = 0.6\n"),
      "contracts promise 120.0 % of the output"));
  CHECK(says(mistakes_of(kSmall + "[[market.contracts]]\nbuyer = \"A\"\nfrom = \"2025\"\nuntil = \"2024\"\n"),
             "it ends on 2024-01-01, no later than it begins"));
  CHECK(says(mistakes_of(kSmall + "goals = [{ by = \"2026\", chips = 5 }, { by = \"2025\", chips = 9 }]\n"),
             "goals follow each other"));
  CHECK(says(mistakes_of(kSmall + "owner = \"Google\"\n"), "no chip of the market is own silicon of `Google`"));
  CHECK(says(mistakes_of(kSmall + "budget_growth = \"lognormal(median 9, sigma 5)\"\n[market2]\n"), "market2"));
  CHECK(says(mistakes_of(kSmall + "[[market.variants]]\nname = \"v\"\nlines.h100.output_factor = 2\n"),
             "the list has no `h100`"));
  CHECK(says(mistakes_of(kSmall + "[[market.variants]]\nnote = \"v\"\n"), "a variant has no name"));
}

TEST_CASE("market scenario: a variant is the base with its changes") {
  Diagnostics diagnostics;
  const MarketScenario scenario = read_text(
      kSmall + "[[market.variants]]\nname = \"richer\"\nrule = \"auction\"\nbuyers.A.budget_factor = 3\n", diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  REQUIRE(scenario.variants.size() == 1);
  CHECK(scenario.variants[0].spec.input.buyers[0].budget_factor == 3);
  CHECK(scenario.variants[0].spec.input.rule == MarketRule::Auction);
  CHECK(scenario.spec.input.buyers[0].budget_factor == 1);
}

TEST_CASE("market scenario: chips that never come to it, limits that limit nothing and too many futures are mistakes") {
  const auto market = [](const std::string& start, const std::string& until, const std::string& rest) {
    return mistakes_of("[market]\nstart = \"" + start + "\"\nuntil = \"" + until + "\"\n" + rest +
                       "\n[[market.buyers]]\nname = \"A\"\nbudget = [{ date = \"2021\", value = \"$1B\" }]\n");
  };
  const std::string ended = market("2023", "2025", "lines = [{ name = \"h100-sxm\", until = \"2022-12\" }]");
  CHECK(says(ended, "`h100-sxm` is made until 2022-12-01, before the market begins on 2023-01-01"));
  CHECK(says(ended, "m.toml:4:39"));
  const std::string late = market("2021", "2022", "lines = [{ name = \"h100-sxm\" }]");
  CHECK(says(late, "nothing is made in the market's time, 2021-01-01 to 2022-01-01: `h100-sxm` comes on 2022-"));
  CHECK(says(late, "m.toml:4:9"));
  CHECK(says(market("2021", "2022", "lines = [{ name = \"h100-sxm\", until = \"2021-06\" }]"),
             "`h100-sxm` is made until 2021-06-01, and comes on 2022-"));
  const std::string memory =
      market("2023", "2025", "limits_from = \"2020\"\nmemory_margin = 1\nlines = [{ name = \"h100-sxm\" }]");
  CHECK(says(memory, "limited to that of the year before 2020-01-01, in which no memory"));
  CHECK(says(memory, "m.toml:5:17"));
  CHECK(market("2024", "2026", "limits_from = \"2024\"\nmemory_margin = 1\nlines = [{ name = \"h100-sxm\" }]").empty());
  const std::string draws = market("2023", "2073", "draws = 100000\nlines = [{ name = \"h100-sxm\" }]");
  CHECK(says(draws, "100,000 futures of 200 quarters with 2 buyers and kinds of chips are too many"));
  CHECK(says(draws, "m.toml:4:9"));
}

TEST_CASE("market scenario: written out it needs no preset, and keeps the sources") {
  Diagnostics diagnostics;
  const std::string text = kSmall + "[[offers]]\npreset = \"b200\"\n";
  const auto source = std::make_shared<SourceText>(SourceText{"m.toml", text});
  const Value root = read_toml(source, diagnostics);
  const MarketScenario scenario = read_market_scenario(root, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  const Value table = market_scenario_table(scenario, root);
  const std::string written = write_toml(table);
  CHECK(written.find("preset") == std::string::npos);
  CHECK(says(written, "name = \"b200\""));
  CHECK(says(written, "name = \"h100-sxm\""));
  CHECK(says(written, "[economics]"));
  // Those of the preset of a line, and again when it is read.
  const auto price = scenario.provenance.find("presets.offers[0].price[0].value");
  REQUIRE(price != scenario.provenance.end());
  CHECK(says(written, price->second.source));
  const MarketScenario again = read_text(written, diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  CHECK(again.assumptions.empty());
  CHECK(again.provenance.at("offers[1].price[0].value").source == price->second.source);
}

TEST_CASE("market scenario: a variant has the goals, the nations, the time and the futures of the base") {
  const std::string goals = "goals = [{ name = \"g\", by = \"2025\", chips = 1000 }]\nnation = \"n.toml\"\n";
  const auto variant = [&](const std::string& change) {
    return mistakes_of(kSmall + goals + "[[market.variants]]\nname = \"other\"\n" + change + "\n");
  };
  CHECK(variant("buyers.A.goals = [{ name = \"g\", by = \"2025\", chips = 1000 }]\nbuyers.A.nation = \"n.toml\"")
            .empty());
  for (const char* changed :
       {"[]", "[{ name = \"g\", by = \"2025\", chips = 2000 }]", "[{ name = \"h\", by = \"2025\", chips = 1000 }]",
        "[{ name = \"g\", by = \"2024-10\", chips = 1000 }]"}) {
    const std::string told = variant(std::string("buyers.A.goals = ") + changed);
    CHECK(says(told, "the goals of the base, and changes those of `A`"));
    CHECK(says(told, "m.toml:12:18"));
  }
  CHECK(says(variant("buyers.A.nation = \"\""), "changes that of `A`"));
  CHECK(says(variant("buyers.A.nation = \"\""), "m.toml:12:19"));
  for (const char* key : {"start = \"2023\"", "until = \"2026\"", "compare_from = \"2024-07\"",
                          "compare_until = \"2024-07\"", "draws = 20"})
    CHECK(says(variant(key), "m.toml:12:"));
  CHECK(says(variant("compare_from = \"2024-07\""), "`compare_from` is the base's alone"));
}

TEST_CASE("market scenario: what has no effect is a mistake, told once") {
  const auto fact = [](const std::string& what) {
    return mistakes_of(kSmall + "[[market.facts]]\nname = \"f\"\nvalue = 1\n" + what + "\n");
  };
  const std::string year = "from = \"2024\"\nuntil = \"2025\"\n";
  CHECK(fact(year + "buyer = \"A\"").empty());
  CHECK(says(fact(year + "buyer = \"a\""), "no buyer is called `a`: did you mean `A`?"));
  CHECK(says(fact(year), "`buyer` is missing"));
  CHECK(says(fact(year + "buyer = \"A\"\nmeasure = \"output\""), "of no buyer"));
  CHECK(says(fact(year + "measure = \"output\"\nvendor = \"NVIDA\""), "did you mean `NVIDIA`?"));
  CHECK(says(fact(year + "buyer = \"A\"\nvendor = \"NVIDIA\""), "only an output is of a vendor"));
  CHECK(says(fact(year + "measure = \"price\"\npool = \"wrld\""), "did you mean `world`?"));
  CHECK(says(fact("buyer = \"A\"\nfrom = \"2023\"\nuntil = \"2025\""), "outside the market"));
  CHECK(says(fact("buyer = \"A\"\nfrom = \"2024-02\"\nuntil = \"2025\""), "2024-01-01 or 2024-04-01"));
  CHECK(says(fact("buyer = \"A\"\nfrom = \"2024-02\"\nuntil = \"2025\""), "m.toml:12:8"));
  const std::string contract = kSmall + "[[market.contracts]]\nbuyer = \"A\"\n";
  CHECK(says(mistakes_of(contract + year), "promises nothing"));
  CHECK(says(mistakes_of(contract + "share = 0.1\nfrom = \"2025\"\nuntil = \"2026\"\n"), "outside the market"));
  CHECK(
      says(mistakes_of(kSmall + "pool = \"wrld\"\n"), "nothing is for sale in the pool `wrld`: did you mean `world`?"));
  CHECK(says(mistakes_of(kSmall + "goals = [{ by = \"2023\", chips = 10 }]\n"),
             "a goal of 2023-01-01, before the market's first quarter ends on 2024-03-31"));
  const auto lines = [](const std::string& list) {
    return mistakes_of("[market]\nstart = \"2024\"\nuntil = \"2025\"\nlines = " + list +
                       "\n[[market.buyers]]\nname = \"A\"\nowner = \"Google\"\n"
                       "budget = [{ date = \"2024\", value = \"$1B\" }]\n");
  };
  CHECK(lines("[{ name = \"h100-sxm\" }, { name = \"tpu-v5e\" }]").empty());
  CHECK(says(lines("[{ name = \"h100-sxm\" }, { name = \"tpu-v5e\" }, { name = \"h20\", pool = \"wrold\" }]"),
             "nobody buys `h20`: no buyer is in the pool `wrold`"));
  const std::string none = lines("[]");
  CHECK(says(none, "no chips come to the market"));
  CHECK(says(none, "m.toml:4:9"));
  CHECK(none.find("error", none.find("error") + 1) == std::string::npos);
}

TEST_CASE("scramble: published, Korea's purchase of 2025, a firm input, comes in full in every future") {
  // 13,136 GPUs: IT Chosun, 2025-07-28.
  for (const double level : {0.02, 0.5, 0.98}) {
    CAPTURE(level);
    const MarketLevels levels(median_levels(scramble().spec).size(), level);
    CHECK(said(scramble(), simulate_market(scramble().spec, levels), "Korea, 2025") >= 13136 * (1 - 1e-9));
  }
}

TEST_CASE("scramble: nothing is for sale to China once its kinds have ended") {
  const std::vector<MarketQuarter> path = simulate_market(scramble().spec, median_levels(scramble().spec));
  CHECK(path.at(market_pool_end(path, 1)).start == Date::of(2026, 1, 1));
  CHECK(market_pool_end(path, 0) == path.size());
}

TEST_CASE("scramble: published shipments in H100 equivalents, which are inputs") {
  // Epoch AI, AI chip counts, 2026-03/04: 1.10, 3.33 and 8.92 M; ours adds up kinds of chips.
  const std::vector<MarketQuarter> path = simulate_market(scramble().spec, median_levels(scramble().spec));
  CHECK(said(scramble(), path, "NVIDIA's H100 equivalents of 2023") == doctest::Approx(1.10e6).epsilon(0.05));
  CHECK(said(scramble(), path, "NVIDIA's H100 equivalents of 2024") == doctest::Approx(3.33e6).epsilon(0.05));
  CHECK(said(scramble(), path, "NVIDIA's H100 equivalents of 2025") == doctest::Approx(8.92e6).epsilon(0.05));
}

TEST_CASE("scramble: published purchases and prices of 2024 and 2025 that are no inputs; misses stay") {
  const std::vector<MarketQuarter> path = simulate_market(scramble().spec, median_levels(scramble().spec));
  const auto error = [&](const char* name, double published) { return said(scramble(), path, name) / published - 1; };
  CHECK(std::abs(error("Microsoft, bought in 2024", 575000)) < 0.25);
  CHECK(std::abs(error("Amazon, bought in 2024", 196000)) < 0.3);
  CHECK(std::abs(error("xAI and Tesla, bought in 2025", 240000)) < 0.3);
  CHECK(std::abs(error("price of an H100, 2024", 26268)) < 0.3);
  CHECK(std::abs(error("price of an H100, 2025", 23238)) < 0.3);
  // Misses: shares of 2023 do not tell who changes its mind.
  CHECK(error("Meta, bought in 2024", 224000) > 0.5);
  CHECK(error("xAI and Tesla, bought in 2024", 150000) < -0.4);
}

TEST_CASE("scramble: shortage by quarter as lead times, which are no inputs, and rents tell it") {
  // Lead times: 44 weeks in November 2023, 10 in April 2024 (Omdia, UDN), Blackwell sold out for 12 months in October
  // 2024 (Morgan Stanley); the rent of an H100 was lowest in October 2025.
  const std::vector<MarketQuarter> path = simulate_market(scramble().spec, median_levels(scramble().spec));
  const auto asked = [&](std::size_t q) { return path[q].pools[0].wanted / path[q].pools[0].units; };
  CHECK(asked(3) > 1.5 * asked(5));  // 2023-Q4 against 2024-Q2.
  CHECK(asked(8) > 1.5);             // 2025-Q1: what was ordered in 2024-Q4.
  CHECK(asked(11) < 1);              // 2025-Q4.
  CHECK(asked(13) > asked(11));      // 2026-Q2: rents rise again.
}

TEST_CASE("scramble: every quarter's shares sum to one at most, in every variant") {
  const auto check = [](const MarketSpec& spec) {
    for (const MarketQuarter& quarter : simulate_market(spec, median_levels(spec))) {
      for (std::size_t p = 0; p < quarter.pools.size(); ++p) {
        double got = 0;
        for (std::size_t b = 0; b < spec.input.buyers.size(); ++b) {
          if (spec.input.buyers[b].pool == spec.pools()[p]) got += quarter.purchases[b].got;
        }
        CHECK(got <= quarter.pools[p].h100e * (1 + 1e-9));
      }
    }
  };
  check(scramble().spec);
  for (const MarketVariant& variant : scramble().variants) check(variant.spec);
}

}  // namespace orrery
