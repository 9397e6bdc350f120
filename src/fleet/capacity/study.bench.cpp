// Goal: 10,000 futures of 20 quarters and 10 sites within 1 s on two threads.
#include "fleet/capacity/study.hpp"

#include <benchmark/benchmark.h>

#include <string>

#include "fleet/uncertainty/build_time.hpp"

namespace orrery {
namespace {

FleetSpec ten_sites() {
  FleetSpec spec;
  spec.start = Date::of(2025, 1, 1);
  spec.steps = 20;
  for (const char* name : {"h100-sxm", "h200", "b200", "gb200", "gb300"})
    spec.offers.push_back({offer_preset(name), 0.25});
  spec.economics = economics_preset();
  spec.money.equity = {{"owner", Dollars(5e11), Date::of(2025, 1, 1), Date::of(2029, 1, 1)}};
  spec.money.debt_share = 0.5;
  spec.money.tranches = {{"bank", Dollars(1e11), Date::of(2026, 1, 1), ""}};
  spec.money.interest = Law::spread(0.06, 0.1, 0.15);
  spec.money.debt_term = Seconds(1.6e8);
  spec.use = {Law::spread(0.3, 0.4, 0.47), Law::spread(0.75, 0.9, 0.97), Law::fixed(0.85)};
  const BuildModel builds = build_model_preset();
  for (int i = 0; i < 10; ++i) {
    FleetSite site;
    site.name = "site " + std::to_string(i);
    site.power_with_building = i % 2 == 0;
    const Watts power(5e8);
    site.phases.push_back(
        {"1", power, Date::of(2025, 1 + i, 1), build_duration(builds, BuildKind::Greenfield, power), {}});
    site.phases.push_back({"2", power, {}, build_duration(builds, BuildKind::Growth, power), {}});
    if (!site.power_with_building)
      site.grid.push_back({"grid", Watts(1e9), Date::of(2024, 1, 1), Law::spread(6e7, 1.2e8, 2.2e8)});
    spec.sites.push_back(std::move(site));
  }
  spec.targets = {{FleetMeasure::H100e, 1e7, Date::of(2029, 1, 1)}};
  return spec;
}

void BM_fleet_10000_futures_20_quarters_10_sites_two_threads(benchmark::State& state) {
  const FleetSpec spec = ten_sites();
  ThreadPool pool(2);
  for (auto _ : state) benchmark::DoNotOptimize(simulate_fleet(spec, {.draws = 10000}, pool));
}
BENCHMARK(BM_fleet_10000_futures_20_quarters_10_sites_two_threads)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace orrery
