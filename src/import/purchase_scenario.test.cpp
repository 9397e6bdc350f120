#include "import/purchase_scenario.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"
#include "import/purchase_models.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

Value toml(const std::string& text) {
  Diagnostics diagnostics;
  return read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
}

std::string mistakes(const std::string& text) {
  Diagnostics diagnostics;
  read_purchase_scenario(toml(text), diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) all += d.message + "|" + d.hint + "\n";
  return all;
}

bool has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

const std::string kPlain = "[purchase]\nchip = \"h100-sxm\"\ndate = \"2025-01\"\n";

}  // namespace

TEST_CASE("purchase scenario: hand-computed, chips from hours and from operations") {
  Diagnostics diagnostics;
  // 8,766 chip-hours over a year are one chip.
  const PurchaseScenario hours =
      read_purchase_scenario(toml(kPlain + "horizon = \"1 year\"\nchip_hours = 8766\n"), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  CHECK(purchase_spec(hours, hours.offers.front()).busy_chips == doctest::Approx(1));
  // 1e24 operations at 989.4 TFLOP/s x 0.5 x 0.8, over a year of 31,557,600 s.
  const PurchaseScenario compute = read_purchase_scenario(
      toml(kPlain + "horizon = \"1 year\"\ncompute = \"1e24 FLOP\"\nmfu = 0.5\ngoodput = 0.8\n"), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  const PurchaseSpec spec = purchase_spec(compute, compute.offers.front());
  CHECK(purchase_values(spec, {}, nullptr).busy ==
        doctest::Approx(1e24 / (989.4e12 * 0.5 * 0.8 * 31557600)).epsilon(1e-3));
}

TEST_CASE("purchase scenario: hand-computed, a stated rent and a stated price") {
  Diagnostics diagnostics;
  const PurchaseScenario scenario =
      read_purchase_scenario(toml(kPlain + "busy_chips = 10\nrent = \"$2.10/h\"\nprice = \"$30000\"\n"), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  const PurchaseSpec spec = purchase_spec(scenario, scenario.offers.front());
  CHECK(spec.market.rent.raw() * kHour == doctest::Approx(2.1));
  CHECK(rent_of_premium(spec.market.cost, spec.market.premium).raw() * kHour == doctest::Approx(2.1));
  CHECK(spec.offer.price.at(spec.date) == 30000);
  // Landlords pay the market's price all the same: what an hour costs them stands.
  const PurchaseScenario without = read_purchase_scenario(toml(kPlain + "busy_chips = 10\n"), diagnostics);
  const RentMarket market = purchase_spec(without, without.offers.front()).market;
  CHECK(spec.market.cost.capital / market.cost_after(years_between(market.quoted, spec.date)).capital ==
        doctest::Approx(1));
}

TEST_CASE("purchase scenario: bad input, what is wrong and what to do") {
  CHECK(has(mistakes("model = \"llama-3.1-8b\"\n"), "no need for chips is given|[purchase]"));
  CHECK(has(mistakes(kPlain), "nothing says how much is needed|`busy_chips = 1000`"));
  CHECK(has(mistakes(kPlain + "busy_chips = 0\n"), "the need is zero: there is nothing to buy or to rent"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\nchip_hours = 1\n"), "more than one input says how much is needed"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\nmfu = 0.4\n"), "`mfu` goes with a need of operations"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\nprice = \"$0\"\n"), "price"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\nrent = \"$0/h\"\n"), "rent"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\nwait_until = \"2030\"\n"),
            "waiting until 2030-01-01 is longer than the need"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\nwait_until = \"2024\"\n"), "waiting ends (2024-01-01) before"));
  CHECK(
      has(mistakes("[purchase]\nchip = \"h100-smx\"\ndate = \"2025\"\nbusy_chips = 1\n"), "did you mean `h100-sxm`?"));
  CHECK(has(mistakes("[purchase]\nchip = \"gb200\"\ndate = \"2023\"\nbusy_chips = 1\n"),
            "`gb200` is not sold before 2025-02-15"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\n[[purchase.models]]\nmodel = \"llama-3.1-8\"\ntokens = 1e12\n"),
            "llama-3.1-8b"));
  CHECK(has(
      mistakes(kPlain +
               "busy_chips = 1\n[[offers]]\npreset = \"h100-sxm\"\nprice = [{ date = \"2024\", value = \"$0\" }]\n"),
      "costs nothing in 2024-01: then nobody would rent"));
  CHECK(has(mistakes(kPlain + "busy_chips = 1\nbudget = 3\n"), "unknown key `budget`"));
}

TEST_CASE("purchase scenario: bad input, chips of a comparison that say nothing") {
  const std::string models = "[[purchase.models]]\nmodel = \"llama-3.1-8b\"\ntokens = 1e12\n";
  const std::string need = kPlain + "busy_chips = 1\n";
  CHECK(mistakes(need + "chips = [\"h100-sxm\", \"b200\", \"h100-sxm\"]\n" + models) ==
        "`h100-sxm` is compared with itself|each chip once\n");
  CHECK(mistakes(need + "chips = [\"h100-sxm\", \"H100-SXM\"]\n" + models) ==
        "`h100-sxm` is compared with itself|each chip once\n");
  CHECK(mistakes(need + "chips = [\"h100-sxm\"]\n") ==
        "`chips` are compared by the models that they train, and none is named|[[purchase.models]], or no `chips`\n");
  CHECK(mistakes(need + "chips = [\"H200\"]\n" + models).empty());
  CHECK(mistakes(kPlain + "busy_chips = 1\nchips = [\"gb200\"]\n" + models) ==
        "`gb200` is not sold before 2025-02-15|a later `date`, or another chip\n");
}

TEST_CASE("purchase scenario: law, what is written out is read back as the same") {
  Diagnostics diagnostics;
  const PurchaseScenario scenario = read_purchase_scenario(
      toml(
          kPlain +
          "compute = \"1e24 FLOP\"\nwhile_waiting = \"idle\"\nuse = \"uniform(0.5, 0.9)\"\n"
          "[[purchase.models]]\nmodel = \"llama-3.1-8b\"\ntokens = 1e12\n[run]\nrestart = { initialise = \"20 s\" }\n"),
      diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  const Value table = purchase_scenario_table(scenario);
  const PurchaseScenario again = read_purchase_scenario(toml(write_toml(table)), diagnostics);
  CHECK(table.find("run") != nullptr);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(write_toml(purchase_scenario_table(again)) == write_toml(table));
}

TEST_CASE("trained chips: law, dearer chips never win, a chip at its turning price costs what the best other does") {
  Diagnostics diagnostics;
  const Value root = toml(kPlain +
                          "busy_chips = 1\nchips = [\"h100-sxm\", \"a100-80gb\"]\n"
                          "[[purchase.models]]\nmodel = \"llama-3.1-8b\"\ntokens = 1e12\nh100s = 64\nbatch = 512\n");
  const PurchaseScenario scenario = read_purchase_scenario(root, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  TrainedChipsQuestion question = trained_chips_question(scenario, root, diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  ThreadPool pool(2);
  const TrainedChips study = study_trained_chips(question.spec, question.levels, 200, 1, pool);
  REQUIRE(study.best.front());
  const std::vector<TrainedCell>& cells = study.cells.front();
  REQUIRE(cells[0].delivery);
  REQUIRE(cells[1].delivery);
  CHECK(cells[0].cheapest + cells[1].cheapest == doctest::Approx(1));
  // As many A100s as have the same peak are 64 x 989.4 / 312 = 203, or 25.4 nodes: 32 of them, and spares besides.
  CHECK(cells[1].delivery->speed.chips_used == 256);
  // At its turning price the H100 costs what the A100 does, and above it more.
  REQUIRE(cells[0].turns_at);
  const auto median_cost = [&](double price, std::size_t chip) {
    TrainedChipsSpec spec = question.spec;
    spec.chips[chip].offer.price.points = {{spec.date, Law::fixed(price)}};
    const ChipCost hour = chip_cost(spec.chips[chip].offer, spec.date, values_of(spec.economics), 0.85);
    return hour.total().raw() * cells[chip].delivery->chip_seconds.p50;
  };
  CHECK(median_cost(*cells[0].turns_at, 0) ==
        doctest::Approx(median_cost(question.spec.chips[1].offer.price.at(question.spec.date), 1)).epsilon(1e-3));
}

}  // namespace orrery
