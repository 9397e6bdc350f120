#include "fleet/market/market.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "fleet/chip_cost.hpp"
#include "fleet/market/market_study.hpp"

namespace orrery {
namespace {

/// A chip as good as an H100: `a_year` are made, each for $20,000 and of 2 kW.
ChipOffer made_offer(const char* name, double a_year, double price = 20000) {
  ChipOffer offer;
  offer.name = name;
  offer.chip = name;
  offer.launch = Date::of(2020, 1, 1);
  offer.peak_8bit = kH100Peak8Bit;
  offer.it_power = Watts(1500);
  offer.facility_power = Law::fixed(2000);
  offer.price.points = {{Date::of(2020, 1, 1), Law::fixed(price)}};
  offer.output.points = {{Date::of(2020, 1, 1), Law::fixed(a_year)}};
  offer.output.growth = Law::fixed(1);
  return offer;
}

MarketBuyer made_buyer(const char* name, double dollars_a_year) {
  MarketBuyer buyer;
  buyer.name = name;
  buyer.budget.points = {{Date::of(2020, 1, 1), Law::fixed(dollars_a_year)}};
  return buyer;
}

/// One year, one chip of which 1,000 a quarter are made, a buyer with $60M a quarter and one with $20M.
MarketSpec small_market() {
  MarketSpec spec;
  spec.input.start = Date::of(2021, 1, 1);
  spec.input.until = Date::of(2022, 1, 1);
  spec.input.rule = MarketRule::Auction;
  spec.input.lines.resize(1);
  spec.input.lines[0].offer = "chip";
  spec.offers = {made_offer("chip", 4000 * 365.25 / 365)};
  spec.input.buyers = {made_buyer("large", 240e6), made_buyer("small", 80e6)};
  spec.input.compare_from = spec.input.start;
  spec.input.compare_until = spec.input.until;
  spec.economics = economics_preset();
  return spec;
}

std::vector<MarketQuarter> at_medians(const MarketSpec& spec) {
  return simulate_market(spec, median_levels(spec));
}

double year_of(const std::vector<MarketQuarter>& path, double MarketPurchase::*what, std::size_t buyer) {
  double sum = 0;
  for (const MarketQuarter& quarter : path) sum += quarter.purchases[buyer].*what;
  return sum;
}

}  // namespace

TEST_CASE("market: hand-computed, two buyers, one chip, an auction") {
  // $320M a year for 4,000 chips: $80,000 each; three quarters of them to the large one. At the list price of $20,000
  // they ask for 12,000 and 4,000.
  const std::vector<MarketQuarter> path = at_medians(small_market());
  REQUIRE(path.size() == 4);
  CHECK(year_of(path, &MarketPurchase::got, 0) == doctest::Approx(3000).epsilon(1e-3));
  CHECK(year_of(path, &MarketPurchase::got, 1) == doctest::Approx(1000).epsilon(1e-3));
  CHECK(year_of(path, &MarketPurchase::asked, 0) == doctest::Approx(12000).epsilon(2e-3));
  CHECK(path[0].pools[0].list == doctest::Approx(20000));
  CHECK(path[0].pools[0].price == doctest::Approx(80000).epsilon(2e-3));
  CHECK(path[0].purchases[0].spent.raw() == doctest::Approx(path[0].purchases[0].money.raw()));
  CHECK(path[0].purchases[1].displaced == doctest::Approx(path[0].purchases[1].asked * 0.75).epsilon(5e-3));
}

TEST_CASE("market: hand-computed, a ration leaves money, which may be carried over") {
  MarketSpec spec = small_market();
  spec.input.rule = MarketRule::Ration;
  spec.input.buyers[1].carry = 1;
  const std::vector<MarketQuarter> path = at_medians(spec);
  // A quarter of what is asked for is there, for each: 750 and 250 chips a quarter.
  CHECK(path[0].purchases[0].got == doctest::Approx(750).epsilon(0.02));
  CHECK(path[0].purchases[1].got == doctest::Approx(250).epsilon(0.02));
  CHECK(path[0].pools[0].price == doctest::Approx(20000));
  // The second quarter of the small one begins with the $15M that it could not spend: it wants 750 more than it asks
  // for with new money.
  CHECK(path[1].purchases[1].money.raw() == doctest::Approx(35e6).epsilon(0.01));
  CHECK(path[1].purchases[1].wanted == doctest::Approx(1750).epsilon(0.01));
  CHECK(path[1].purchases[1].asked == doctest::Approx(1000).epsilon(0.01));
}

TEST_CASE("market: law, what is displaced does not depend on how much unspent money is kept") {
  // Chips are short throughout: who keeps money for them displaces others, or itself, and gets no chip more in all.
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/market/carry", 0, 0);
    MarketSpec spec = small_market();
    spec.input.rule = MarketRule::Ration;
    spec.input.until = Date::of(2023, 1, 1);
    for (MarketBuyer& buyer : spec.input.buyers) {
      buyer.budget.points[0].value = Law::fixed(8e7 + 3e8 * rng.uniform01());
      buyer.budget.growth = Law::fixed(0.9 + 0.4 * rng.uniform01());
    }
    const std::size_t first = rng.below(8), last = first + 1 + rng.below(8 - first);
    std::vector<double> displaced;
    for (const double carry : {0.0, 0.5, 1.0}) {
      for (MarketBuyer& buyer : spec.input.buyers) buyer.carry = carry;
      const std::vector<MarketQuarter> path = at_medians(spec);
      double asked = 0, got = 0, missing = 0, pool = 0;
      for (std::size_t q = first; q < last; ++q) {
        for (const MarketPurchase& purchase : path[q].purchases) {
          asked += purchase.asked;
          got += purchase.got;
          missing += purchase.displaced;
        }
        pool += path[q].pools[0].displaced;
      }
      CHECK(asked == doctest::Approx(got + missing));
      CHECK(pool == doctest::Approx(missing));
      displaced.push_back(missing);
    }
    CHECK(displaced[0] > 0);
    CHECK(displaced[1] == doctest::Approx(displaced[0]));
    CHECK(displaced[2] == doctest::Approx(displaced[0]));
  }
}

TEST_CASE("market: hand-computed, what waits is displaced once and no more when it is served") {
  // $60M a quarter asks for 3,000 chips of $20,000. 1,000 a quarter are made in the first year, 6,000 in the second.
  MarketSpec spec = small_market();
  spec.input.rule = MarketRule::Ration;
  spec.input.until = Date::of(2023, 1, 1);
  spec.input.buyers.resize(1);
  spec.offers[0].output.points = {{Date::of(2021, 1, 1), Law::fixed(4000)},
                                  {Date::of(2021, 12, 31), Law::fixed(4000)},
                                  {Date::of(2022, 1, 1), Law::fixed(24000)}};
  const auto displaced = [&](double carry, std::size_t until) {
    spec.input.buyers[0].carry = carry;
    const std::vector<MarketQuarter> path = at_medians(spec);
    double sum = 0;
    for (std::size_t q = 0; q < until; ++q) sum += path[q].purchases[0].displaced;
    return sum;
  };
  CHECK(displaced(0, 4) == doctest::Approx(8000).epsilon(0.01));
  CHECK(displaced(0, 8) == doctest::Approx(8000).epsilon(0.01));  // What is lapsed is never served.
  CHECK(displaced(1, 4) == doctest::Approx(8000).epsilon(0.01));
  CHECK(displaced(1, 8) == doctest::Approx(0).scale(8000).epsilon(0.01));  // 3,000 a quarter beyond new money.
  // $40M are left of the first quarter, of the second half of that and its own: 4,000 chips' worth at last.
  const double kept = 2000 * (0.5 + 0.25 + 0.125 + 0.0625);
  CHECK(displaced(0.5, 8) == doctest::Approx(8000 - kept).epsilon(0.01));
}

TEST_CASE("market: law, a goal and a hall ask for no more than they need, however long they wait") {
  MarketSpec spec = small_market();
  spec.input.rule = MarketRule::Ration;
  spec.input.until = Date::of(2024, 1, 1);
  spec.input.buyers[0].power.points = {{Date::of(2020, 1, 1), Law::fixed(20e6)}};  // Of 10,000 chips.
  spec.input.buyers[1].goals = {{"goal", Date::of(2021, 7, 1), 8000}};
  spec.input.buyers[1].budget.points[0].value = Law::fixed(1e9);
  spec.offers[0].output.points[0].value = Law::fixed(2000);
  const std::vector<MarketQuarter> path = at_medians(spec);
  CHECK(year_of(path, &MarketPurchase::asked, 0) == doctest::Approx(10000));
  CHECK(year_of(path, &MarketPurchase::asked, 1) == doctest::Approx(8000));
  CHECK(year_of(path, &MarketPurchase::wanted, 1) > 16000);  // Asked for anew each quarter.
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(year_of(path, &MarketPurchase::displaced, b) ==
          doctest::Approx(year_of(path, &MarketPurchase::asked, b) - year_of(path, &MarketPurchase::got, b)));
  }
}

TEST_CASE("market: hand-computed, packaging and memory") {
  MarketSpec spec = small_market();
  spec.input.limits_from = Date::of(2021, 7, 1);
  spec.input.lines[0].per_wafer = 10;
  spec.input.wafers.points = {{Date::of(2020, 1, 1), Law::fixed(25)}};
  spec.input.yield = Law::fixed(0.8);
  const std::vector<MarketQuarter> path = at_medians(spec);
  // A quarter's 1,000 chips need 100 wafers; of 75 a quarter 60 are good: 600 chips, from July on.
  CHECK(path[0].made == 1);
  CHECK(path[0].wafers_needed == doctest::Approx(100).epsilon(0.02));
  CHECK(path[3].made == doctest::Approx(0.6).epsilon(0.02));
  CHECK(path[3].pools[0].h100e == doctest::Approx(600).epsilon(0.02));
}

TEST_CASE("market: hand-computed, memory of the year before limits, whenever the market begins") {
  // Half of what 4,000 chips took in 2020, in each quarter of 2021: 500 chips of 1,000.
  MarketSpec spec = small_market();
  spec.offers[0].hardware.memory = Bytes(80e9);
  spec.input.limits_from = Date::of(2021, 1, 1);
  spec.input.memory_margin = Law::fixed(0.5);
  for (const int year : {2020, 2021}) {
    CAPTURE(year);
    spec.input.start = Date::of(year, 1, 1);
    spec.input.lines[0].output_factor = 2;  // A what-if of the market makes no more memory.
    const std::vector<MarketQuarter> path = at_medians(spec);
    CHECK(path.back().made == doctest::Approx(0.25).epsilon(0.02));
    CHECK(path.back().memory == doctest::Approx(500 * 80e9).epsilon(0.02));
  }
}

TEST_CASE("market: hand-computed, chips count for a goal on the last day of their quarter") {
  MarketSpec spec = small_market();
  spec.input.buyers[1].goals = {{"middle", Date::of(2021, 5, 15), 200}, {"end", Date::of(2021, 12, 31), 1e6}};
  const std::vector<MarketQuarter> path = at_medians(spec);
  // All 200 come in the first quarter: those of the second are not there by the middle of May.
  CHECK(path[0].purchases[1].chips == doctest::Approx(200));
  spec.input.buyers[1].goals[0].chips = 1e5;
  ThreadPool pool(2);
  const MarketStudy study = study_market(spec, {}, {16, 0}, pool).front();
  CHECK(study.goals[0].chips_then.p50 == doctest::Approx(study.median[0].purchases[1].chips));
  CHECK(study.goals[1].chips_then.p50 == doctest::Approx(year_of(study.median, &MarketPurchase::chips, 1)));
}

TEST_CASE("market study: law, a quantile of when a goal is reached lies between no quarter and never") {
  MarketSpec spec = small_market();
  spec.input.buyers[1].budget.points[0].value = Law::uniform(40e6, 160e6);
  ThreadPool pool(2);
  int between = 0;
  for (double chips = 500; chips < 2000; chips += 10) {
    CAPTURE(chips);
    spec.input.buyers[1].goals = {{"goal", Date::of(2021, 12, 31), chips}};
    const MarketGoalAnswer goal = study_market(spec, {}, {20, 0}, pool).front().goals[0];
    // Of 20 futures the median lies between the tenth and the eleventh.
    const long reached = std::lround(goal.ever * 20);
    CHECK(std::isinf(goal.quarter.p50) == (reached < 11));
    if (!std::isinf(goal.quarter.p50)) CHECK(goal.quarter.p50 <= 3);
    if (reached == 10) ++between;
  }
  CHECK(between > 0);
}

TEST_CASE("market: hand-computed, own silicon, power and contracts") {
  MarketSpec spec = small_market();
  spec.input.lines.resize(2);
  spec.input.lines[1].offer = "own";
  spec.offers.push_back(made_offer("own", 400, 5000));
  spec.offers[1].owner = "Large";
  spec.input.buyers[0].owner = "Large";
  // 0.6 MW: 300 chips of 2 kW in all, of which the own ones come first: 100 a quarter.
  spec.input.buyers[0].power.points = {{Date::of(2020, 1, 1), Law::fixed(0.6e6)}};
  spec.input.contracts = {{"small", Date::of(2021, 1, 1), Date::of(2022, 1, 1), 0.5, 0}};
  const std::vector<MarketQuarter> path = at_medians(spec);
  CHECK(path[0].purchases[0].own_chips == doctest::Approx(100).epsilon(0.02));
  CHECK(path[0].purchases[0].got == doctest::Approx(200).epsilon(0.03));
  CHECK(year_of(path, &MarketPurchase::got, 0) + year_of(path, &MarketPurchase::own, 0) ==
        doctest::Approx(300).epsilon(1e-6));
  // Half of the output at the list price is owed to the small one: 500 chips, $10M of its $20M.
  CHECK(path[0].purchases[1].contracted == doctest::Approx(path[0].pools[0].h100e / 2));
}

TEST_CASE("market: hand-computed, a firm contract comes whatever else limits its buyer") {
  // The small one has $20M a quarter, of which 800 chips at $20,000 are $16M; its goal leaves it 50, its hall 200.
  MarketSpec spec = small_market();
  spec.input.rule = MarketRule::Ration;
  spec.input.buyers[1].goals = {{"goal", Date::of(2022, 1, 1), 200}};
  spec.input.buyers[1].power.points = {{Date::of(2020, 1, 1), Law::fixed(0.4e6)}};
  spec.input.contracts = {{"small", Date::of(2021, 1, 1), Date::of(2022, 1, 1), 0, 3200, false}};
  CHECK(year_of(at_medians(spec), &MarketPurchase::chips, 1) == doctest::Approx(200));
  spec.input.contracts[0].firm = true;
  const std::vector<MarketQuarter> path = at_medians(spec);
  CHECK(year_of(path, &MarketPurchase::chips, 1) == doctest::Approx(3200));
  CHECK(year_of(path, &MarketPurchase::displaced, 1) == doctest::Approx(0).scale(1));
  // $40M of $20M: what is lacking is found.
  spec.input.contracts[0].chips_per_year = 8000;
  spec.offers[0].output.points[0].value = Law::fixed(40000);
  const std::vector<MarketQuarter> dear = at_medians(spec);
  CHECK(dear[0].purchases[1].chips == doctest::Approx(2000));
  CHECK(dear[0].purchases[1].money.raw() == doctest::Approx(40e6));
}

TEST_CASE("market: hand-computed, a pool whose kinds have ended sells nothing and has no price") {
  MarketSpec spec = small_market();
  spec.input.lines[0].until = Date::of(2021, 5, 16);
  const std::vector<MarketQuarter> path = at_medians(spec);
  CHECK(market_pool_end(path, 0) == 2);
  // Of 1,000 in a quarter half are made by the middle of the second.
  CHECK(path[0].pools[0].chips == doctest::Approx(1000).epsilon(0.02));
  CHECK(path[1].pools[0].chips == doctest::Approx(500).epsilon(0.02));
  for (std::size_t q = 2; q < path.size(); ++q) {
    CHECK(path[q].pools[0].chips == 0);
    CHECK(path[q].pools[0].clearing == 0);
    CHECK(path[q].purchases[0].displaced == 0);
  }
  spec.input.lines[0].until = kMarketNoEnd;
  CHECK(market_pool_end(at_medians(spec), 0) == 4);
}

TEST_CASE("market: hand-computed, goals spread what is wanted") {
  MarketSpec spec = small_market();
  spec.input.buyers[1].goals = {{"some", Date::of(2021, 7, 1), 100}, {"more", Date::of(2022, 1, 1), 300}};
  const std::vector<MarketQuarter> path = at_medians(spec);
  // 50 a quarter, then 100: the rest of its money stays, and the large one gets what is left.
  CHECK(path[0].purchases[1].chips == doctest::Approx(50));
  CHECK(path[2].purchases[1].chips == doctest::Approx(100));
  CHECK(goal_reached(path, 1, spec.input.buyers[1].goals[0]) == 1);
  CHECK(goal_reached(path, 1, spec.input.buyers[1].goals[1]) == 3);
  CHECK(goal_reached(path, 1, {"never", Date::of(2022, 1, 1), 1000}) == path.size());
}

TEST_CASE("market: hand-computed, lists follow the price that would clear") {
  MarketSpec spec = small_market();
  spec.input.rule = MarketRule::Ration;
  spec.input.list_follows = Law::fixed(0.9375);  // 1 - 0.5^4: half of the gap in a quarter.
  spec.input.list_from = spec.input.start;
  const std::vector<MarketQuarter> path = at_medians(spec);
  const double ratio = path[0].pools[0].clearing / path[0].pools[0].list;
  CHECK(path[1].pools[0].list == doctest::Approx(20000 * std::sqrt(ratio)));
}

TEST_CASE("market: laws") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/market", 0, 0);
    MarketSpec spec = small_market();
    spec.input.rule = rng.uniform01() < 0.5 ? MarketRule::Auction : MarketRule::Ration;
    const std::size_t more = rng.below(5);
    for (std::size_t i = 0; i < more; ++i)
      spec.input.buyers.push_back(made_buyer(("b" + std::to_string(i)).c_str(), 1e6 + 3e8 * rng.uniform01()));
    for (MarketBuyer& buyer : spec.input.buyers) {
      buyer.carry = rng.uniform01() < 0.5 ? 0 : rng.uniform01();
      buyer.weight = 0.2 + rng.uniform01();
      if (rng.uniform01() < 0.3) buyer.power.points = {{Date::of(2020, 1, 1), Law::fixed(1e7 * rng.uniform01())}};
      if (rng.uniform01() < 0.3) buyer.goals = {{"goal", Date::of(2021, 10, 1), 5000 * rng.uniform01() + 1}};
    }
    if (rng.uniform01() < 0.5)
      spec.input.contracts = {
          {"small", Date::of(2021, 2, 1), Date::of(2021, 9, 1), rng.uniform01(), 100, rng.uniform01() < 0.5}};
    const bool is_firm = !spec.input.contracts.empty() && spec.input.contracts[0].firm;
    const std::vector<MarketQuarter> path = at_medians(spec);
    std::vector<double> watts(spec.input.buyers.size());
    for (std::size_t q = 0; q < path.size(); ++q) {
      const MarketPool& pool = path[q].pools[0];
      double got = 0;
      for (std::size_t b = 0; b < spec.input.buyers.size(); ++b) {
        const MarketPurchase& purchase = path[q].purchases[b];
        got += purchase.got;
        watts[b] += purchase.power.raw();
        CHECK(purchase.got >= 0);
        CHECK(purchase.spent.raw() <= purchase.money.raw() * (1 + 1e-9));
        // A firm contract comes whatever its buyer's halls hold.
        if (!spec.input.buyers[b].power.empty() && !(is_firm && spec.input.buyers[b].name == "small"))
          CHECK(watts[b] <= spec.input.buyers[b].power.at(path[q].start) * (1 + 1e-9));
      }
      CHECK(got <= pool.h100e * (1 + 1e-9));  // Shares sum to one at most.
    }
    // The order of buyers is irrelevant.
    MarketSpec reversed = spec;
    std::reverse(reversed.input.buyers.begin(), reversed.input.buyers.end());
    const std::vector<MarketQuarter> other = at_medians(reversed);
    const std::size_t last = spec.input.buyers.size() - 1;
    for (std::size_t b = 0; b <= last; ++b) {
      CHECK(year_of(other, &MarketPurchase::got, last - b) ==
            doctest::Approx(year_of(path, &MarketPurchase::got, b)).epsilon(1e-6).scale(1));
    }
  }
}

TEST_CASE("market: the worth of a chip by its rent is where cost and rent meet") {
  const EconomicValues economics = values_of(economics_preset());
  const ChipOffer h100 = offer_preset("h100-sxm");
  const Dollars worth = rent_worth(DollarsPerSecond(2.35 / 3600), h100, economics, 0.85);
  const DollarsPerSecond cost =
      chip_cost(worth, h100.it_power, Watts(h100.facility_power.quantile(0.5)), economics, 0.85).total();
  CHECK(cost.raw() * 3600 == doctest::Approx(2.35));
  CHECK(rent_worth(DollarsPerSecond(0), h100, economics, 0.85).raw() == 0);
}

TEST_CASE("market: what is wrong is told with its place") {
  const auto first = [](const MarketSpec& spec) {
    const auto problems = market_problems(spec);
    REQUIRE_FALSE(problems.empty());
    return problems.front();
  };
  CHECK(market_problems(small_market()).empty());
  MarketSpec spec = small_market();
  spec.input.contracts = {{"small", Date::of(2021, 1, 1), Date::of(2022, 1, 1), 0.7, 0},
                          {"large", Date::of(2021, 4, 1), Date::of(2022, 1, 1), 0.4, 0}};
  CHECK(first(spec).first == "contracts[1].share");
  spec.input.contracts = {{"smal", Date::of(2021, 1, 1), Date::of(2022, 1, 1), 0.7, 0}};
  CHECK(first(spec).second == "no buyer is called `smal`: did you mean `small`?");
  spec.input.contracts = {{"small", Date::of(2021, 3, 1), Date::of(2021, 1, 1), 0.7, 0}};
  CHECK(first(spec).first == "contracts[0].until");
  spec = small_market();
  spec.input.buyers[1].budget.points[0].value = Law::fixed(0);
  CHECK(first(spec).first == "buyers[1].budget");
  spec = small_market();
  spec.input.until = Date::of(2020, 1, 1);
  CHECK(first(spec).first == "until");
  spec = small_market();
  spec.input.buyers.clear();
  CHECK(first(spec).second == "nobody buys");
}

TEST_CASE("market: a price that is none is the highest of all") {
  // In the futures with the fewest chips a contract takes them all: nothing is left to have a price.
  MarketSpec spec = small_market();
  spec.offers[0].output.points[0].value = Law::spread(3000, 4000, 5000);
  spec.input.contracts = {{"large", spec.input.start, spec.input.until, 0, 3500}};
  ThreadPool pool(1);
  const MarketStudy study = study_market(spec, {}, {64, 7}, pool).front();
  CHECK(std::isinf(study.compared.clearing.p90));
  CHECK(std::isinf(study.clearing[0][0].p90));
  CHECK(std::isinf(study.pools[0][0].clearing.p90));
  CHECK(std::isfinite(study.compared.clearing.p50));
  CHECK(study.decides_clearing.front().first_order > 0);
}

TEST_CASE("market: a study is the same on one thread and on four, and its intervals are in order") {
  MarketSpec spec = small_market();
  spec.offers[0].output.points[0].value = Law::spread(3000, 4000, 5000);
  spec.input.buyers[0].budget.points[0].value = Law::spread(1e8, 2.4e8, 4e8);
  ThreadPool one(1), four(4);
  const std::vector<MarketStudy> a = study_market(spec, {{"same", "", spec}}, {64, 7}, one);
  const std::vector<MarketStudy> b = study_market(spec, {{"same", "", spec}}, {64, 7}, four);
  CHECK(a[0].compared.clearing.p50 == b[0].compared.clearing.p50);
  CHECK(a[0].compared.clearing.p10 < a[0].compared.clearing.p50);
  CHECK(a[0].compared.clearing.p50 < a[0].compared.clearing.p90);
  CHECK(a[1].compared.change[0].p50 == 0);  // A variant that changes nothing.
  CHECK(market_input_name(spec, a[0].decides_clearing.front().input) == "budget of large");
}

}  // namespace orrery
