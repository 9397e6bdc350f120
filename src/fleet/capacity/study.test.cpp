#include "fleet/capacity/study.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/statistics.hpp"
#include "fleet/capacity/problems.hpp"
#include "fleet/capacity/test_fleets.hpp"

namespace orrery {
namespace {

using S = FleetSeries;

FleetSpec uncertain_fleet() {
  FleetSpec spec = round_fleet();
  spec.sites[0].phases[0].build = Law::spread(200 * kDay, 300 * kDay, 500 * kDay);
  spec.offers[0].offer.price.points[0].value = Law::spread(8'000, 10'000, 14'000);
  spec.economics.pue = Law::spread(1.1, 1.2, 1.3);
  return spec;
}

std::vector<std::string> messages(const FleetSpec& spec) {
  std::vector<std::string> all;
  for (const FleetProblem& problem : fleet_problems(spec)) all.push_back(problem.message);
  return all;
}

bool says(const FleetSpec& spec, const std::string& words) {
  for (const std::string& message : messages(spec)) {
    if (message.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("fleet study: chips that are dear come late and are few (law)") {
  FleetSpec spec = round_fleet();
  ChipOffer& offer = spec.offers[0].offer;
  offer.price.points[0].value = Law::spread(8'000, 10'000, 14'000);
  offer.output.points[0].value = Law::spread(50'000, 100'000, 200'000);
  offer.lead_time.points[0].value = Law::spread(30 * kDay, 60 * kDay, 120 * kDay);
  const auto correlation = [&](int FleetModel::*a, int FleetModel::*b) {
    const FleetModel model = fleet_model(spec);
    const QuantileMatrix m =
        latin_hypercube(1, "test", 2000, static_cast<int>(model.inputs.size()), model.correlations);
    double sum = 0;  // Of ranks that are uniform in 0 .. 1: mean 1/2, variance 1/12.
    for (int draw = 0; draw < m.draws(); ++draw) sum += (m(draw, model.*a) - 0.5) * (m(draw, model.*b) - 0.5);
    return 12 * sum / m.draws();
  };
  const auto price = &FleetModel::price_level, lead = &FleetModel::lead_level, output = &FleetModel::output_level;
  CHECK(correlation(price, lead) == doctest::Approx(0.5).epsilon(0.05));
  CHECK(correlation(price, output) == doctest::Approx(-0.5).epsilon(0.05));
  CHECK(correlation(lead, output) == doctest::Approx(-0.5).epsilon(0.05));
  spec.shared_scarcity = 0.95;
  CHECK(correlation(lead, output) == doctest::Approx(-0.95).epsilon(0.02));
  spec.shared_scarcity = 0;
  CHECK(fleet_model(spec).correlations.empty());
}

TEST_CASE("fleet study: a plan without doubt has one future: hand-computed") {
  FleetSpec spec = round_fleet();
  spec.targets = {{FleetMeasure::H100e, 200'000, Date::of(2026, 1, 1)},
                  {FleetMeasure::Gpus, 50'000, {}},
                  {FleetMeasure::Power, 300e6, Date::of(2026, 1, 1)},
                  {FleetMeasure::Spent, 0.3e9, {}}};
  ThreadPool pool(1);
  const FleetResult r = simulate_fleet(spec, {.draws = 10}, pool);
  CHECK(r.inputs.empty());
  const FleetBand on = r.of(S::On).back();
  CHECK(on.p10 == on.p90);
  CHECK(on.mean == doctest::Approx(100'000));
  CHECK(r.ends[3] == Date::of(2026, 1, 1));
  CHECK(r.targets[0].reached_by == 1);
  CHECK(r.targets[0].p50 == Date::of(2026, 1, 1));
  // Between 2025-10-01 and 2026-01-01 the chips come evenly: half of them by mid-November.
  CHECK(r.targets[1].p50 == Date::of(2025, 11, 16));
  CHECK(r.targets[2].reached_by == 0);
  CHECK(r.targets[2].reached == 0);
  CHECK_FALSE(r.targets[2].p10.has_value());
  CHECK(r.targets[3].p50 == Date::of(2025, 4, 1));
  CHECK(r.spans[0].p50 == Date::of(2025, 10, 28));  // Day 300.
  CHECK(r.ledger.in().raw() == doctest::Approx((r.ledger.out() + r.ledger.cash).raw()));
}

TEST_CASE("fleet study: the same for any number of threads") {
  const FleetSpec spec = uncertain_fleet();
  ThreadPool one(1), three(3);
  const FleetResult a = simulate_fleet(spec, {.draws = 500, .seed = 7}, one);
  const FleetResult b = simulate_fleet(spec, {.draws = 500, .seed = 7}, three);
  for (std::size_t s = 0; s < kFleetSeries; ++s) {
    for (std::size_t t = 0; t < a.ends.size(); ++t) {
      CHECK(a.series[s][t].p10 == b.series[s][t].p10);
      CHECK(a.series[s][t].p90 == b.series[s][t].p90);
      CHECK(a.series[s][t].mean == b.series[s][t].mean);
    }
  }
  CHECK(a.binding == b.binding);
  CHECK(a.hour_parts == b.hour_parts);
}

TEST_CASE("fleet study: bands are those of the futures (oracle)") {
  const FleetSpec spec = uncertain_fleet();
  ThreadPool pool(2);
  const int draws = 401;
  const FleetResult r = simulate_fleet(spec, {.draws = draws, .seed = 3}, pool);
  const FleetModel model = fleet_model(spec);
  const QuantileMatrix quantiles = latin_hypercube(3, "fleet/capacity", draws, static_cast<int>(model.inputs.size()));
  FleetEngine engine(model);
  FleetFuture future;
  std::vector<double> ends, spent;
  for (int d = 0; d < draws; ++d) {
    engine.play(quantiles.row(d), future);
    ends.push_back(future.phases[0]);
    spent.push_back(future.at(S::Spent, 7));
  }
  CHECK(r.of(S::Spent).back().p10 == doctest::Approx(quantile(spent, 0.1)));
  CHECK(r.of(S::Spent).back().p50 == doctest::Approx(quantile(spent, 0.5)));
  CHECK(r.of(S::Spent).back().p90 == doctest::Approx(quantile(spent, 0.9)));
  CHECK(r.spans[0].p90 == spec.start + Seconds(quantile(ends, 0.9)));
  for (std::size_t t = 0; t < r.ends.size(); ++t) {
    double all = 0;
    for (const double share : r.binding[t]) all += share;
    CHECK(all == doctest::Approx(1));
  }
  double parts = 0;
  for (const double part : r.hour_parts) parts += part;
  CHECK(parts == doctest::Approx(r.hour_total));
}

TEST_CASE("fleet study: the duration that matters is the sensitivity that is found") {
  FleetSpec spec = uncertain_fleet();
  spec.steps = 4;  // The median hall stands on day 300 of 365.
  ThreadPool pool(2);
  const FleetResult r = simulate_fleet(spec, {.draws = 2000}, pool);
  const std::string& first = r.inputs[static_cast<std::size_t>(r.sensitivities.front().input)].name;
  CHECK((first == "build.all" || first == "build.site"));
  CHECK(r.sensitivities.front().low > r.sensitivities.front().high);
}

TEST_CASE("fleet problems: what no plan may have") {
  CHECK(messages(round_fleet()).empty());
  const auto with = [](auto change) {
    FleetSpec spec = round_fleet();
    change(spec);
    return spec;
  };
  CHECK(says(with([](FleetSpec& s) { s.money.equity.clear(); }), "no money"));
  CHECK(says(with([](FleetSpec& s) { s.money.equity[0].amount = Dollars(0); }), "no money"));
  CHECK(says(with([](FleetSpec& s) { s.sites.clear(); }), "no site"));
  CHECK(says(with([](FleetSpec& s) { s.sites[0].power_with_building = false; }), "has no power"));
  CHECK(says(with([](FleetSpec& s) { s.sites[0].phases.clear(); }), "nothing is built"));
  CHECK(says(with([](FleetSpec& s) { s.sites[0].phases[0].start.reset(); }), "nothing says when"));
  CHECK(says(with([](FleetSpec& s) { s.sites[0].phases[0].start = Date::of(2027, 1, 1); }), "plan has ended"));
  CHECK(says(with([](FleetSpec& s) { s.sites[0].chip = "h100"; }), "not on the menu"));
  CHECK(says(with([](FleetSpec& s) { s.offers[0].offer.launch = Date::of(2027, 1, 1); }), "no chip of the menu"));
  CHECK(says(with([](FleetSpec& s) { s.money.debt_share = 0.5; }), "nobody lends"));
  CHECK(says(with([](FleetSpec& s) { s.money.equity[0].until = Date::of(2025, 1, 1); }), "not after it begins"));
  CHECK(says(with([](FleetSpec& s) { s.orders = {{Date::of(2025, 2, 1), "chip", 1}}; }), "another policy buys"));
  CHECK(says(with([](FleetSpec& s) { s.buying = FleetBuying::Plan; }), "no order is listed"));
  CHECK(says(with([](FleetSpec& s) {
               s.targets = {{FleetMeasure::Gpus, 1, Date::of(2028, 1, 1)}};
             }),
             "outside the plan"));
  CHECK(says(with([](FleetSpec& s) { s.use.mfu = Law::fixed(1.2); }), "above 1"));
  const auto tenants = [](FleetSpec& s) {
    s.money.tenants = {{"a", 0.7, Date::of(2025, 1, 1), {}, DollarsPerSecond(1), {}},
                       {"b", 0.5, Date::of(2026, 1, 1), {}, DollarsPerSecond(1), {}}};
  };
  CHECK(says(with(tenants), "120.0 %"));
}

}  // namespace orrery
