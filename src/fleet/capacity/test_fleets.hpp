#pragma once

#include <string>
#include <vector>

#include "base/random.hpp"
#include "base/unit_table.hpp"
#include "fleet/capacity/engine.hpp"
#include "fleet/capacity/spec.hpp"

namespace orrery {

/// A chip of round numbers: $10,000, 2 kW of facility, 1.5 kW of server, two H100 equivalents, 60 days from the order.
inline FleetOffer round_offer(const std::string& name = "chip", double output_per_year = 1e9) {
  FleetOffer offer;
  ChipOffer& o = offer.offer;
  o.name = name;
  o.launch = Date::of(2020, 1, 1);
  o.hardware.peak_bf16 = FlopsPerSecond(1e15);
  o.peak_8bit = kH100Peak8Bit * 2.0;
  o.it_power = Watts(1500);
  o.facility_power = Law::fixed(2000);
  o.price.points = {{Date::of(2020, 1, 1), Law::fixed(10'000)}};
  o.output.points = {{Date::of(2020, 1, 1), Law::fixed(output_per_year)}};
  o.lead_time.points = {{Date::of(2020, 1, 1), Law::fixed(60 * kDay)}};
  offer.share = 1;
  return offer;
}

/// $5 a watt of hall; $0.3 of network and $0.2 of servers for a dollar of chips; 1.2 PUE x 0.5 of the nameplate at
/// $0.1/kWh; 4 % of operations a year.
inline Economics round_economics() {
  Economics e;
  e.facility_capex = Law::fixed(5);
  e.facility_life = Law::fixed(10 * kYear);
  e.hardware_life = Law::fixed(5 * kYear);
  e.network_overhead = Law::fixed(0.3);
  e.server_overhead = Law::fixed(0.2);
  e.cost_of_capital = Law::fixed(0);
  e.pue = Law::fixed(1.2);
  e.power_use = Law::fixed(0.5);
  e.electricity_price = Law::fixed(0.1 / 3.6e6);
  e.operations = Law::fixed(0.04);
  return e;
}

/// The same without operation, where only capital counts.
inline Economics capital_alone() {
  Economics e = round_economics();
  e.electricity_price = Law::fixed(0);
  e.operations = Law::fixed(0);
  return e;
}

inline FleetSite round_site(double watts = 200e6, double days = 300) {
  FleetSite site;
  site.name = "site";
  site.power_with_building = true;
  site.phases.push_back({"", Watts(watts), Date::of(2025, 1, 1), Law::fixed(days * kDay), {}});
  return site;
}

/// Eight quarters from 2025 on, $10 B of equity at once, 200 MW in 300 days: 100,000 chips fit.
inline FleetSpec round_fleet() {
  FleetSpec spec;
  spec.name = "round";
  spec.start = Date::of(2025, 1, 1);
  spec.steps = 8;
  spec.offers = {round_offer()};
  spec.economics = round_economics();
  spec.money.equity = {{"owner", Dollars(10e9), Date::of(2025, 1, 1), {}}};
  spec.money.debt_term = Seconds(5 * kYear);
  spec.sites = {round_site()};
  spec.use = {Law::fixed(0.4), Law::fixed(0.9), Law::fixed(0.85)};
  return spec;
}

/// The future of a plan without uncertain inputs, or the one in which all lie at their medians.
inline FleetFuture median_future(const FleetSpec& spec) {
  const FleetModel model = fleet_model(spec);
  FleetEngine engine(model);
  FleetFuture future;
  engine.play(std::vector<double>(model.inputs.size(), 0.5), future);
  return future;
}

/// A plan with one to four sites of one to three phases, with lines, loans, tenants and two chips as chance has it.
inline FleetSpec random_fleet(Rng& rng) {
  FleetSpec spec = round_fleet();
  spec.steps = 8 + static_cast<int>(rng.below(9));
  spec.offers = {round_offer("old", rng.uniform(1e4, 1e6)), round_offer("new", rng.uniform(1e4, 1e6))};
  spec.offers[1].offer.launch = Date::of(2025, 1, 1) + Seconds(rng.uniform(0, 600) * kDay);
  spec.offers[1].offer.facility_power = Law::spread(2100, 2500, 3000);
  spec.offers[1].offer.lead_time.points[0].value = Law::spread(30 * kDay, 120 * kDay, 300 * kDay);
  spec.offers[0].share = rng.uniform(0.05, 1);
  spec.economics.facility_capex = Law::spread(4, 5, 8);
  spec.economics.hardware_life = Law::spread(1 * kYear, 3 * kYear, 5 * kYear);
  spec.money.equity = {{"a", Dollars(rng.uniform(1e8, 1e10)), Date::of(2025, 1, 1), {}},
                       {"b", Dollars(rng.uniform(1e8, 1e10)), Date::of(2025, 6, 1), Date::of(2026, 6, 1)}};
  spec.money.equity_delay = Law::spread(1 * kDay, 40 * kDay, 200 * kDay);
  spec.money.interest = Law::spread(0.05, 0.1, 0.15);
  spec.money.deposit = rng.bernoulli(0.5) ? rng.uniform(0, 0.5) : 0;
  spec.money.reinvest = rng.uniform01();
  if (rng.bernoulli(0.5)) {
    spec.money.debt_share = rng.uniform(0.1, 0.8);
    spec.money.tenants = {{"tenant",
                           0.7,
                           Date::of(2025, 1, 1),
                           {},
                           DollarsPerSecond(rng.uniform(0, 2) / kHour),
                           Law::exponential(3 * kYear)}};
    spec.money.tranches = {{"x", Dollars(rng.uniform(1e8, 1e10)), Date::of(2025, 3, 1), "tenant"},
                           {"y", Dollars(rng.uniform(1e8, 1e10)), Date::of(2026, 1, 1), ""}};
    spec.money.rent = Law::spread(0.2 / kHour, 0.5 / kHour, 1 / kHour);
    spec.money.rent_change = -0.2;
  }
  spec.sites.clear();
  const std::uint64_t sites = 1 + rng.below(4);
  for (std::uint64_t i = 0; i < sites; ++i) {
    FleetSite site;
    site.name = "site " + std::to_string(i);
    site.power_with_building = rng.bernoulli(0.5);
    const std::uint64_t phases = 1 + rng.below(3);
    for (std::uint64_t j = 0; j < phases; ++j) {
      const double days = rng.uniform(60, 500);
      site.phases.push_back({std::to_string(j),
                             Watts(rng.uniform(1e7, 5e8)),
                             j > 0 && rng.bernoulli(0.5)
                                 ? std::nullopt
                                 : std::optional(Date::of(2025, 1, 1) + Seconds(rng.uniform(-300, 600) * kDay)),
                             Law::spread(0.6 * days * kDay, days * kDay, 1.9 * days * kDay),
                             {}});
    }
    if (!site.power_with_building) {
      site.grid.push_back({"grid", Watts(rng.uniform(1e7, 5e8)), Date::of(2024, 6, 1),
                           Law::spread(100 * kDay, 400 * kDay, 900 * kDay)});
    }
    if (rng.bernoulli(0.3)) site.chip = "new";
    spec.sites.push_back(std::move(site));
  }
  if (rng.bernoulli(0.3)) spec.buying = FleetBuying::Value;
  return spec;
}

}  // namespace orrery
