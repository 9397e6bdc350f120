#include "fleet/landlord/landlord.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/unit_table.hpp"
#include "fleet/landlord/landlord_study.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

constexpr double kQuarter = kYear / 4;

/// One quarter, no standing chips, no interest: what is left of a landlord is a newsvendor.
LandlordSpec one_quarter() {
  LandlordSpec spec;
  spec.quarters = 1;
  return spec;
}
LandlordDraw one_quarter_draw(double demand) {
  LandlordDraw draw;
  draw.main = {demand};
  draw.others = {0};
  draw.standing = {0};
  draw.rent = {3 / kQuarter};
  draw.hour = {1 / kQuarter};
  draw.chip_cost = {1};
  draw.decline = 0;
  draw.chip_life = 0.25;
  draw.patience = 1e9;
  return draw;
}

LandlordSpec cloud() {
  LandlordSpec spec;
  spec.offer = offer_preset("h100-sxm");
  spec.economics = economics_preset();
  spec.date = Date::of(2025, 1, 1);
  spec.market = rent_market(spec.offer, spec.offer, landlord_economics(), spec.date);
  spec.main = {Law::fixed(100000), Law::spread(3, 4.5, 6), 2, 0.3};
  spec.others = {Law::fixed(300000), Law::spread(1.1, 1.3, 1.6), 0, 0.1};
  spec.standing = Law::fixed(400000);
  spec.lead_time = Law::spread(kYear, 2 * kYear, 3 * kYear);
  spec.leave_rate = 0.1;
  spec.short_leave_rate = 0.4;
  spec.leave_share = Law::fixed(0.7);
  spec.contract_share = 0.8;
  spec.contract_years = 3;
  spec.take_or_pay = 0.9;
  spec.collected = Law::spread(0.3, 0.6, 0.9);
  spec.contract_price = Law::fixed(2.5 / kHour);
  return spec;
}

std::vector<LandlordDraw> draws_of(const LandlordSpec& spec, int count) {
  const QuantileMatrix levels =
      latin_hypercube(5, "test/landlord", count, static_cast<int>(landlord_inputs(spec).size()));
  std::vector<LandlordDraw> draws;
  for (int i = 0; i < count; ++i) {
    Rng rng = Rng::stream(5, "test/landlord", static_cast<std::uint32_t>(i));
    draws.push_back(draw_landlord(spec, levels.row(i), rng));
  }
  return draws;
}

}  // namespace

TEST_CASE("landlord: oracle, one period is a newsvendor") {
  // A unit costs 1, brings 3 where it is wanted and is worth nothing after: being short costs 2 a unit and being idle
  // 1, so that the best capacity is the quantile 2 / (2 + 1) of demand (Arrow, Harris and Marschak 1951).
  const LandlordSpec spec = one_quarter();
  const Law demand = Law::lognormal(1000, 0.5);
  const int count = 4000;
  const QuantileMatrix levels = latin_hypercube(1, "test/newsvendor", count, 1);
  const auto mean_npv = [&](double chips) {
    double sum = 0;
    for (int i = 0; i < count; ++i)
      sum += play_landlord(spec, one_quarter_draw(demand.quantile(levels(i, 0))), {chips, 0, 0}).npv;
    return sum / count;
  };
  const double best = 1000 * std::exp(0.5 * normal_quantile(2.0 / 3));
  CHECK(mean_npv(best) > mean_npv(best * 0.97));
  CHECK(mean_npv(best) > mean_npv(best * 1.03));
  // Expected profit in closed form: 3 E min(D, C) - C, with E min(D, C) = m e^(s^2/2) F(z - s) + C (1 - F(z)).
  const double z = std::log(best / 1000) / 0.5;
  const auto normal = [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); };
  const double sold = 1000 * std::exp(0.125) * normal(z - 0.5) + best * (1 - normal(z));
  CHECK(mean_npv(best) == doctest::Approx(3 * sold - best).epsilon(0.002));
}

TEST_CASE("landlord: hand-computed, contract, leaving, standing chips and what is left at the end") {
  LandlordSpec spec;
  spec.quarters = 4;
  LandlordDraw draw;
  draw.main = {100, 100, 100, 100};
  draw.others = {50, 50, 50, 50};
  draw.rent = std::vector<double>(4, 2 / kQuarter);
  draw.hour = std::vector<double>(4, 1 / kQuarter);
  draw.chip_cost = {3, 3, 3, 3};
  draw.hall_cost = 2;
  draw.hall_life = 2;
  draw.standing = {80, 80, 80, 80};
  draw.lead = 1;
  draw.decline = 0.5;
  draw.patience = 1e9;
  // 80 stand: 50 for others, 30 for the main tenant, who lacks 70. 40 more arrive after a quarter and are let for three
  // quarters at 2: 240. They cost 5 each: 200. After 3/4 year a chip is worth 3 x 0.5^0.75, a hall 2 x (1 - 0.375).
  const LandlordOutcome some = play_landlord(spec, draw, {40, 0, 0});
  CHECK(some.npv == doctest::Approx(240 - 200 + 40 * (3 * std::pow(0.5, 0.75) + 1.25)));
  CHECK(some.stranded == doctest::Approx(0));
  CHECK(some.shortage == doctest::Approx(70 + 3 * 30));  // At a margin of 1.
  CHECK(some.unserved / some.wanted == doctest::Approx(30.0 / 150));
  // 100 arrive, 70 are wanted, 30 stand idle for three quarters at a cost of 1.
  const LandlordOutcome many = play_landlord(spec, draw, {100, 0, 0});
  CHECK(many.stranded == doctest::Approx(90));
  CHECK(many.idle / many.built == doctest::Approx(0.3));
  // A contract for all of them at 2.5, 90 % take-or-pay, two quarters long: 70 used, 20 paid for besides. Then the
  // market again.
  spec.main.growth = Law::fixed(1e3);  // It expects to want them all.
  spec.contract_share = 1;
  spec.contract_years = 0.5;
  spec.take_or_pay = 0.9;
  draw.contract_price = 2.5 / kQuarter;
  const LandlordOutcome bound = play_landlord(spec, draw, {100, 0, 0});
  CHECK(bound.npv - many.npv == doctest::Approx(2 * (90 * 2.5 - 70 * 2)));
  CHECK(bound.stranded == doctest::Approx(2 * 10 + 30));
  // It leaves at the end of the first quarter with all of its demand; 60 % of what it owes comes in. What stands loses
  // its tenant with and without the plan.
  spec.leave_rate = 4;
  draw.patience = 1;
  draw.leave_share = 1;
  draw.collected = 0.6;
  const LandlordOutcome left = play_landlord(spec, draw, {100, 0, 0});
  CHECK(left.left);
  const double rest = 100 * (3 * std::pow(0.5, 0.75) + 1.25) - 500;
  CHECK(left.npv == doctest::Approx(rest + 2 * 90 * 2.5 * 0.6));
}

TEST_CASE("landlord: hand-computed, a tenant signs for no more than it expects to want") {
  // It wants 50 now and expects twice as many in a year, when 400 arrive: it signs for 100 of them, a year long, and
  // pays for them all though it wants none. A quarter costs it 100 x 2.
  LandlordSpec spec = one_quarter();
  spec.quarters = 8;
  spec.main.growth = Law::fixed(2);
  spec.contract_share = 1;
  spec.contract_years = 1;
  spec.take_or_pay = 1;
  LandlordDraw draw = one_quarter_draw(50);
  draw.main = {50, 0, 0, 0, 0, 0, 0, 0};
  draw.others = draw.standing = std::vector<double>(8, 0);
  draw.rent = draw.hour = std::vector<double>(8, 1 / kQuarter);
  draw.chip_cost = std::vector<double>(8, 1);
  draw.chip_life = 5;
  draw.lead = 4;
  draw.contract_price = 2 / kQuarter;
  const double signed_for = play_landlord(spec, draw, {400, 0, 0}).npv;
  spec.contract_years = 0;
  CHECK(signed_for - play_landlord(spec, draw, {400, 0, 0}).npv == doctest::Approx(4 * 100 * 2));
}

TEST_CASE("landlord: hand-computed, what stands retires at the end of its life") {
  // Bought evenly over two years, they serve five: the oldest go after three years, half are gone after four.
  CHECK(share_at_work(2.9, 5, 2) == 1);
  CHECK(share_at_work(4, 5, 2) == doctest::Approx(0.5));
  CHECK(share_at_work(5, 5, 2) == 0);
  // On sale for longer than they serve: a tenth of them goes in half a year.
  CHECK(share_at_work(0.5, 5, 9) == doctest::Approx(0.9));
  CHECK(share_at_work(1, 2, 0) == 1);
  CHECK(share_at_work(2, 2, 0) == 0);
  // H100s of September 2022 on, 400,000 in 2025: half of the last 2.28 years' are left after 5 - 1.14 years.
  LandlordSpec spec = cloud();
  spec.economics.hardware_life = Law::fixed(5 * kYear);
  const LandlordDraw draw = draws_of(spec, 1).front();
  CHECK(draw.standing.front() == 400000);
  CHECK(draw.standing[15] == doctest::Approx(400000 * (5 - 3.75) / 2.283).epsilon(1e-3));
  CHECK(draw.standing[20] == 0);
}

TEST_CASE("landlord: law, chips that come after the end of the reckoning cost what they cost") {
  for (const int lead : {2, 3, 4, 10, 40}) {
    LandlordSpec spec = one_quarter();
    spec.quarters = 2;
    LandlordDraw draw = one_quarter_draw(10);
    draw.main = draw.others = draw.standing = {0, 0};
    draw.rent = draw.hour = {1, 1};
    draw.chip_cost = {1, 1};
    draw.hall_cost = 1;
    draw.chip_life = 5;
    draw.rate = 0.1;
    draw.lead = lead;
    // Paid half-way, worth as much when they are there: the interest of half the lead time is lost.
    const double paid = std::pow(1.1, -lead / 8.0), worth = std::pow(1.1, -lead / 4.0);
    CHECK(play_landlord(spec, draw, {100, 0, 0}).npv == doctest::Approx(200 * (worth - paid)));
  }
}

TEST_CASE("landlord: law, a horizon beyond the chips' life changes no value") {
  for (const double rate : {0.0, 0.1}) {
    double value = 0;
    for (const int quarters : {16, 24, 28, 32}) {
      LandlordSpec spec;
      spec.quarters = quarters;
      const auto always = [&](double x) { return std::vector<double>(static_cast<std::size_t>(quarters), x); };
      LandlordDraw draw;
      draw.main = always(100);
      draw.others = draw.standing = always(0);
      draw.rent = draw.hour = always(2 / kQuarter);
      draw.chip_cost = always(10);
      draw.hall_cost = 7;
      draw.rate = rate;
      draw.chip_life = 3;
      draw.lead = 4;
      draw.patience = 1e9;
      const double npv = play_landlord(spec, draw, {80, 0, 0}).npv;
      if (quarters == 16) value = npv;
      CHECK(npv == doctest::Approx(value));
    }
    CHECK(value != 0);
  }
}

TEST_CASE("landlord: hand-computed, idle chips cost what theirs did, power flows into them all") {
  LandlordSpec spec = one_quarter();
  spec.quarters = 2;
  LandlordDraw draw = one_quarter_draw(10);
  draw.main = {10, 10};
  draw.others = draw.standing = {0, 0};
  draw.rent = {3 / kQuarter, 3 / kQuarter};
  draw.hour = {2 / kQuarter, 1 / kQuarter};
  draw.chip_cost = {1, 1};
  draw.chip_life = 0.5;
  draw.stand_cost = 0.5 / kQuarter;
  // 30 bought when an hour cost 2: 20 are idle for two quarters. 10 let at 3 for two, 30 bought at 1, all draw 0.5.
  const LandlordOutcome outcome = play_landlord(spec, draw, {30, 0, 0});
  CHECK(outcome.stranded == doctest::Approx(20 * 2 * 2));
  CHECK(outcome.npv == doctest::Approx(2 * 10 * 3 - 30 - 2 * 30 * 0.5));
}

TEST_CASE("landlord: hand-computed, a second order brings chips to what is seen") {
  LandlordSpec spec;
  spec.quarters = 6;
  LandlordDraw draw;
  draw.main = {100, 100, 200, 200, 200, 200};
  draw.others = draw.standing = std::vector<double>(6, 0);
  draw.rent = std::vector<double>(6, 2 / kQuarter);
  draw.hour = std::vector<double>(6, 1 / kQuarter);
  draw.chip_cost = std::vector<double>(6, 1);
  draw.patience = 1e9;
  draw.lead = 1;
  const LandlordOutcome outcome = play_landlord(spec, draw, {50, 2, 0.9});
  CHECK(outcome.chips == doctest::Approx(0.9 * 200));
  CHECK(play_landlord(spec, draw, {200, 2, 0.9}).chips == 200);  // Enough already.
}

TEST_CASE("landlord: law, longer contracts and better collection never lose, waste and want go against each other") {
  const LandlordSpec spec = cloud();
  for (const LandlordDraw& draw : draws_of(spec, 60)) {
    // Priced at the market or above; below it a tenant that is bound is worth less than the market.
    LandlordSpec longer = spec;
    longer.short_leave_rate = 0;
    LandlordDraw dear = draw;
    dear.contract_price = *std::max_element(draw.rent.begin(), draw.rent.end());
    double last = -1e300;
    for (const double years : {0.0, 1.0, 2.0, 4.0}) {
      longer.contract_years = years;
      const double npv = play_landlord(longer, dear, {300000, 0, 0}).npv;
      CHECK(npv >= last - std::abs(last) * 1e-9);
      last = npv;
    }
    const LandlordOutcome none = play_landlord(spec, draw, {}), some = play_landlord(spec, draw, {200000, 0, 0}),
                          many = play_landlord(spec, draw, {900000, 0, 0});
    CHECK(none.npv == 0);
    CHECK(none.stranded == 0);
    CHECK(many.stranded >= some.stranded - 1e-6);
    CHECK(none.tenant_loss >= 0);
    LandlordDraw worse = draw;
    worse.collected = 0;
    CHECK(play_landlord(spec, worse, {200000, 0, 0}).npv <= some.npv + std::abs(some.npv) * 1e-12);
  }
}

TEST_CASE("landlord study: oracle, the optimum's figures are those of its own plan") {
  const LandlordSpec spec = cloud();
  ThreadPool pool(2);
  const int count = 200;
  const LandlordStudy study = study_landlord(spec, {0, 6, count, 3}, pool);
  const LandlordPoint& best = study.best();
  REQUIRE(best.chips > 0);
  // Played once more, future by future.
  const QuantileMatrix levels =
      latin_hypercube(3, "fleet/landlord", count, static_cast<int>(landlord_inputs(spec).size()));
  std::vector<double> npv;
  int loses = 0;
  double stranded = 0;
  for (int i = 0; i < count; ++i) {
    Rng rng = Rng::stream(3, "fleet/landlord/futures", static_cast<std::uint32_t>(i));
    const LandlordOutcome o = play_landlord(spec, draw_landlord(spec, levels.row(i), rng), {best.chips, 0, 0});
    npv.push_back(o.npv);
    stranded += o.stranded / count;
    if (o.npv < 0) ++loses;
  }
  CHECK(best.stranded == doctest::Approx(stranded));
  CHECK(best.loses == doctest::Approx(static_cast<double>(loses) / count));
  const FutureBand band = future_band(npv);
  CHECK(best.npv.p10 == doctest::Approx(band.p10));
  CHECK(best.npv.p90 == doctest::Approx(band.p90));
  // A few per cent away it is worth less, and the grid's rows stand beside it in order.
  for (const double factor : {0.97, 1.03}) {
    double near = 0;
    for (int i = 0; i < count; ++i) {
      Rng rng = Rng::stream(3, "fleet/landlord/futures", static_cast<std::uint32_t>(i));
      near += play_landlord(spec, draw_landlord(spec, levels.row(i), rng), {best.chips * factor, 0, 0}).npv / count;
    }
    CHECK(near < best.mean_npv);
  }
  for (std::size_t i = 1; i < study.points.size(); ++i) CHECK(study.points[i - 1].chips < study.points[i].chips);
}

TEST_CASE("landlord study: law, regret is least somewhere, stages never lose, any number of threads gives the same") {
  const LandlordSpec spec = cloud();
  ThreadPool one(1), two(2);
  const LandlordQuestion question{0, 6, 100, 3};
  const LandlordStudy a = study_landlord(spec, question, one), b = study_landlord(spec, question, two);
  CHECK(a.points.front().chips == 0);
  CHECK(a.points.front().mean_npv == 0);
  for (const LandlordPoint& point : a.points) {
    CHECK(point.high_regret >= a.points[a.least_regret].high_regret);
    // The best of each future less the plan: least where the mean value is highest.
    CHECK(point.mean_regret >= a.points[a.most_value].mean_regret);
    CHECK(point.mean_npv <= a.best().mean_npv);
    CHECK(point.npv.p10 <= point.npv.p90);
  }
  CHECK(a.staged_npv >= a.best().mean_npv);
  CHECK(a.best().mean_npv == b.best().mean_npv);
  CHECK(a.staged.first == b.staged.first);
  CHECK(a.contract.years.has_value() == b.contract.years.has_value());
  CHECK(a.contract.by_years.size() > 3);
}

}  // namespace orrery
