#include "fleet/buying/purchase.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/unit_table.hpp"
#include "fleet/buying/purchase_study.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

/// One chip busy all year, at round prices, without interest.
PurchaseSpec round_case() {
  PurchaseSpec spec;
  spec.date = Date::of(2025, 1, 1);
  spec.offer.name = "round";
  spec.offer.it_power = Watts(1000);
  spec.offer.facility_power = Law::fixed(1000);
  spec.offer.price.points = {{spec.date, Law::fixed(20000)}};
  spec.offer.price.growth = Law::fixed(0.5);
  Economics& e = spec.economics;
  e.facility_capex = Law::fixed(10);
  e.facility_life = Law::fixed(10 * kYear);
  e.hardware_life = Law::fixed(5 * kYear);
  e.network_overhead = Law::fixed(0.25);
  e.server_overhead = Law::fixed(0.25);
  e.cost_of_capital = Law::fixed(0);
  e.pue = e.power_use = Law::fixed(1);
  e.electricity_price = Law::fixed(0.1 / 3.6e6);
  e.operations = Law::fixed(0.02);
  e.value_decline = Law::fixed(0.4);
  spec.months = 12;
  spec.wait = 6;
  spec.busy_chips = 1;
  spec.use = Law::fixed(1);
  spec.market.quoted = spec.date;
  spec.market.cost = {DollarsPerSecond(0.5 / 3600), DollarsPerSecond(1.5 / 3600)};
  spec.market.hardware = 0;
  spec.market.model.volatility = 0;
  return spec;
}

PurchaseSpec h100_case() {
  PurchaseSpec spec;
  const ChipOffer offer = offer_preset("h100-sxm");
  spec.economics = economics_preset();
  spec.date = Date::of(2025, 1, 1);
  spec.offer = known_at(offer, spec.date);
  spec.market = rent_market(offer, offer, landlord_economics(), spec.date);
  spec.busy_chips = 1000;
  return spec;
}

}  // namespace

TEST_CASE("buy, wait, rent: hand-computed") {
  const PurchaseSpec spec = round_case();
  const PurchaseValues medians = purchase_values(spec, {}, nullptr);
  // Hardware $20,000 x 1.5 = $30,000; sold after a year for 60 %: $18,000. Hall $10 x 1,000 W over 10 years: $1,000.
  // 8,766 h x 1 kW x $0.1: $876.60. Operations 2 %: $600.
  const PurchaseCost buy = purchase_cost(spec, medians, PurchaseOption::Buy);
  CHECK(buy.hardware == doctest::Approx(30000));
  CHECK(buy.resale == doctest::Approx(-18000));
  CHECK(buy.facility == doctest::Approx(1000));
  CHECK(buy.energy == doctest::Approx(876.6));
  CHECK(buy.operations == doctest::Approx(600));
  CHECK(buy.rent == 0);
  CHECK(buy.total() == doctest::Approx(14476.6));
  CHECK(buy.cumulative.back() == doctest::Approx(buy.total()));
  // 8,766 h at $2.
  CHECK(purchase_cost(spec, medians, PurchaseOption::Rent).total() == doctest::Approx(17532));
  // Half a year of rent, then hardware at $30,000 / sqrt 2, sold half a year later for sqrt 0.6 of that; half of the
  // running costs, operations on the lower price.
  const PurchaseCost wait = purchase_cost(spec, medians, PurchaseOption::Wait);
  const double later = 30000 / std::sqrt(2.0);
  CHECK(wait.hardware == doctest::Approx(later).epsilon(0.002));
  CHECK(wait.total() == doctest::Approx(8766 + later * (1 - std::sqrt(0.6) + 0.01) + 500 + 438.3).epsilon(0.003));
}

TEST_CASE("buy, wait, rent: hand-computed, use, replacement, discount, delivery and idling until then") {
  PurchaseSpec spec = round_case();
  spec.use = Law::fixed(0.5);
  CHECK(purchase_cost(spec, purchase_values(spec, {}, nullptr), PurchaseOption::Buy).hardware ==
        doctest::Approx(60000));
  // A life of half a year: bought again after it, at 1 / sqrt 2 of the price; nothing is left to sell.
  spec = round_case();
  spec.economics.hardware_life = Law::fixed(kYear / 2);
  const PurchaseCost twice = purchase_cost(spec, purchase_values(spec, {}, nullptr), PurchaseOption::Buy);
  CHECK(twice.purchases == 2);
  CHECK(twice.hardware == doctest::Approx(30000 * (1 + std::sqrt(0.5))).epsilon(0.002));
  CHECK(twice.resale == 0);
  // At 10 % a year, what is sold after a year is worth 1 / 1.1.
  spec = round_case();
  spec.economics.cost_of_capital = Law::fixed(0.1);
  CHECK(purchase_cost(spec, purchase_values(spec, {}, nullptr), PurchaseOption::Buy).resale ==
        doctest::Approx(-18000 / 1.1));
  // Three months of delivery are rented: a quarter of 17,532.
  spec = round_case();
  spec.offer.lead_time.points = {{spec.date, Law::fixed(kYear / 4)}};
  CHECK(purchase_cost(spec, purchase_values(spec, {}, nullptr), PurchaseOption::Buy).rent == doctest::Approx(4383));
  // Or made up for: 12 months of work in the 9 that are left.
  spec.rents_meanwhile = false;
  const PurchaseCost late = purchase_cost(spec, purchase_values(spec, {}, nullptr), PurchaseOption::Buy);
  CHECK(late.rent == 0);
  CHECK(late.chips == doctest::Approx(12.0 / 9));
  // Hardware that would come too late is not bought.
  spec.offer.lead_time.points = {{spec.date, Law::fixed(2 * kYear)}};
  const PurchaseCost never = purchase_cost(spec, purchase_values(spec, {}, nullptr), PurchaseOption::Buy);
  CHECK(never.purchases == 0);
  CHECK(never.total() == doctest::Approx(17532));
}

TEST_CASE("turning points: hand-computed") {
  PurchaseSpec spec = round_case();
  ThreadPool pool(1);
  const PurchaseStudy study = study_purchase(spec, 20, 1, pool);
  // A chip costs 1.5 x 0.4 + 1.5 x 0.02 = 0.63 of its price over the year, and $1,876.60 besides; renting $17,532.
  REQUIRE(study.turning[0].at);
  CHECK(*study.turning[0].at == doctest::Approx((17532 - 1876.6) / 0.63));
  CHECK(study.turning[0].band->p10 == doctest::Approx(study.turning[0].band->p90));
  // Rent at which 8,766 h cost $14,476.60.
  REQUIRE(study.turning[1].at);
  CHECK(*study.turning[1].at * kHour == doctest::Approx(14476.6 / 8766));
  REQUIRE(study.turning[2].at);
  CHECK(*study.turning[2].at == doctest::Approx(14476.6 / 17532));
  CHECK(study.options[0].cheapest == 1);
  CHECK(study.options[study.best].option == PurchaseOption::Buy);
}

TEST_CASE("turning points: law, one's own price, however uncertain, does not move the price that turns") {
  PurchaseSpec spread = h100_case();
  PurchaseSpec fixed = spread;
  const double median = spread.offer.price.points.back().value.quantile(0.5);
  spread.offer.price.points.back().value = Law::spread(median / 2, median, median * 2);
  fixed.offer.price.points.back().value = Law::fixed(median);
  ThreadPool pool(2);
  const PurchaseStudy a = study_purchase(spread, 100, 4, pool), b = study_purchase(fixed, 100, 4, pool);
  REQUIRE(a.turning[0].band);
  CHECK(a.turning[0].band->p10 == doctest::Approx(b.turning[0].band->p10).epsilon(1e-6));
  CHECK(a.turning[0].band->p50 == doctest::Approx(b.turning[0].band->p50).epsilon(1e-6));
  CHECK(a.turning[0].band->p90 == doctest::Approx(b.turning[0].band->p90).epsilon(1e-6));
  CHECK(a.options[0].total.p90 > b.options[0].total.p90);
}

TEST_CASE("buy, wait, rent: law, what comes after the decision is not looked at, and its fall moves prices") {
  const ChipOffer offer = offer_preset("h100-sxm");
  ChipOffer other = offer;
  const Date date = Date::of(2024, 8, 1);
  for (DatedSeries* series : {&other.price, &other.lead_time, &other.rent})
    for (DatedValue& point : series->points)
      if (date < point.date) point.value = Law::fixed(point.value.quantile(0.5) * 3);
  PurchaseSpec spec = h100_case();
  spec.date = date;
  spec.offer = known_at(offer, date);
  spec.market = rent_market(offer, offer, landlord_economics(), date);
  PurchaseSpec altered = spec;
  altered.offer = known_at(other, date);
  altered.market = rent_market(other, other, landlord_economics(), date);
  const PurchaseValues v = purchase_values(spec, {}, nullptr), w = purchase_values(altered, {}, nullptr);
  for (const PurchaseOption option : kPurchaseOptions)
    CHECK(purchase_cost(spec, v, option).total() == purchase_cost(altered, w, option).total());
  PurchaseValues falling = v;
  falling.price_factor = v.price_factor / 2;
  CHECK(purchase_price(spec, falling, 12) / purchase_price(spec, falling, 0) ==
        doctest::Approx(purchase_price(spec, v, 12) / purchase_price(spec, v, 0) / 2).epsilon(0.002));
}

TEST_CASE("buy, wait, rent: law, parts add up and dearer chips, rents or power never draw buyers") {
  const PurchaseSpec spec = h100_case();
  const int inputs = static_cast<int>(purchase_inputs(spec).size());
  const QuantileMatrix levels = latin_hypercube(7, "test/purchase", 50, inputs);
  for (int i = 0; i < levels.draws(); ++i) {
    CAPTURE(i);
    Rng rng = Rng::stream(7, "test/purchase", static_cast<std::uint32_t>(i));
    PurchaseValues v = purchase_values(spec, levels.row(i), &rng);
    const auto gap = [&](const PurchaseValues& values) {
      return purchase_cost(spec, values, PurchaseOption::Buy).total() -
             purchase_cost(spec, values, PurchaseOption::Rent).total();
    };
    const double before = gap(v);
    for (const PurchaseOption option : kPurchaseOptions) {
      const PurchaseCost cost = purchase_cost(spec, v, option);
      CHECK(cost.cumulative.back() == doctest::Approx(cost.total()));
      CHECK(cost.total() > 0);
    }
    PurchaseValues dearer = v;
    dearer.price_scale = 1.2;
    CHECK(gap(dearer) > before);
    dearer = v;
    dearer.rent_scale = 1.2;
    CHECK(gap(dearer) < before);
    dearer = v;
    dearer.economics.electricity_price = dearer.economics.electricity_price * 2;
    CHECK(gap(dearer) > before);
    PurchaseValues fuller = v;
    fuller.use = std::min(1.0, v.use * 1.1);
    CHECK(gap(fuller) <= before);
  }
}

TEST_CASE("purchase study: law, shares sum to one, bands are in order, any number of threads gives the same") {
  const PurchaseSpec spec = h100_case();
  ThreadPool one(1), three(3);
  const PurchaseStudy a = study_purchase(spec, 200, 3, one), b = study_purchase(spec, 200, 3, three);
  double sum = 0;
  for (std::size_t i = 0; i < a.options.size(); ++i) {
    sum += a.options[i].cheapest;
    CHECK(a.options[i].total.p10 <= a.options[i].total.p50);
    CHECK(a.options[i].total.p50 <= a.options[i].total.p90);
    CHECK(a.options[i].total.p50 == b.options[i].total.p50);
    CHECK(a.options[i].cumulative.size() == static_cast<std::size_t>(spec.months));
  }
  CHECK(sum == doctest::Approx(1));
  CHECK(a.sensitivities.front().input == b.sensitivities.front().input);
}

TEST_CASE("cheaper turning: oracle, a root is where the two options cost the same") {
  const PurchaseSpec spec = h100_case();
  ThreadPool pool(1);
  const PurchaseStudy study = study_purchase(spec, 100, 3, pool);
  // With fixed laws and without noise there is one future: the turning point is where both cost the same.
  PurchaseSpec sure = round_case();
  sure.economics.cost_of_capital = Law::fixed(0.08);
  const PurchaseStudy certain = study_purchase(sure, 20, 3, pool);
  PurchaseValues v = purchase_values(sure, {}, nullptr);
  const TurningPoint& price = certain.turning[0];
  REQUIRE(price.at);
  v.price_scale = *price.at / price.now;
  CHECK(purchase_cost(sure, v, PurchaseOption::Buy).total() ==
        doctest::Approx(purchase_cost(sure, v, PurchaseOption::Rent).total()).epsilon(1e-6));
  const TurningPoint& half = study.turning[0];
  REQUIRE(half.at);
  CHECK(half.band->p10 <= *half.at);
  CHECK(*half.at <= half.band->p90);
  CHECK_FALSE(turning_root([](double x) { return x + 1; }, 0.1, 10).has_value());
  CHECK(*turning_root([](double x) { return x - 3; }, 0.1, 10) == doctest::Approx(3));
}

}  // namespace orrery
