// `orrery fleet`: what money, power, supply and time build by when, and which of them binds.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "fleet/capacity/study.hpp"
#include "import/fleet_scenario.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet(CLI::App& app);

RunCommand declare_fleet(CLI::App& app) {
  const auto input = std::make_shared<InputOptions>();
  app.add_option("scenario", input->scenario, "Scenario file");
  add_set_option(app, *input);
  add_seed_option(app, *input, "Seed");
  app.add_option("--threads", input->threads, "Threads");
  return [input](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Value root = scenario_file(input->scenario, diagnostics);
    apply_overrides(root, input->sets, diagnostics);
    diagnostics.throw_if_errors();
    const FleetScenario scenario = read_fleet_scenario(root, diagnostics);
    diagnostics.throw_if_errors();
    ThreadPool pool(static_cast<unsigned>(input->threads));
    auto show = [&](const FleetSpec& plan) {
    const auto t0 = std::chrono::steady_clock::now();
    const FleetResult r = simulate_fleet(plan, {scenario.input.draws, input->seed}, pool);
    const double ms = std::chrono::duration<double>(std::chrono::steady_clock::now() - t0).count();
    std::printf("%.3f s, %zu inputs\n", ms, r.inputs.size());
    for (std::size_t t = 0; t < r.ends.size(); ++t) {
      auto b = [&](FleetSeries s) { return r.of(s)[t]; };
      std::printf("%s fac %.2f en %.2f [%.2f %.2f] used %.2f GPUs %.0fk H100e %.2fM [%.2f %.2f] idle %.0fk transit %.0fk cash %.0f debt %.0f spent %.0f |", date_text(r.ends[t]).c_str(), b(FleetSeries::Facility).p50/1e9, b(FleetSeries::Energised).p50/1e9, b(FleetSeries::Energised).p10/1e9, b(FleetSeries::Energised).p90/1e9, b(FleetSeries::Used).p50/1e9, b(FleetSeries::On).p50/1e3, b(FleetSeries::H100e).p50/1e6, b(FleetSeries::H100e).p10/1e6, b(FleetSeries::H100e).p90/1e6, b(FleetSeries::Idle).p50/1e3,b(FleetSeries::InTransit).p50/1e3, b(FleetSeries::Cash).p50/1e9, b(FleetSeries::Debt).p50/1e9, b(FleetSeries::Spent).p50/1e9);
      for (double x : r.binding[t]) std::printf(" %.2f", x);
      std::printf(" |");
      for (double x : r.missing[t]) std::printf(" %.2f", x/1e9);
      std::printf("\n");
    }
    for (const auto& s : r.spans) std::printf("%s %s %.0f MW planned %s p10 %s p50 %s p90 %s\n", s.site.c_str(), s.name.c_str(), s.power/1e6, date_text(s.planned_end).c_str(), s.p10?date_text(*s.p10).c_str():"-", s.p50?date_text(*s.p50).c_str():"-", s.p90?date_text(*s.p90).c_str():"-");
    const FleetLedger& l = r.ledger;
    std::printf("in %.1f (eq %.1f debt %.1f rev %.1f) out %.1f cash %.1f: halls %.1f chips %.1f cluster %.1f el %.1f op %.1f int %.1f rep %.1f\n", l.in().raw()/1e9, l.equity.raw()/1e9, l.debt_drawn.raw()/1e9, l.revenue.raw()/1e9, l.out().raw()/1e9, l.cash.raw()/1e9, l.halls.raw()/1e9, l.chips.raw()/1e9, l.cluster.raw()/1e9, l.electricity.raw()/1e9, l.operations.raw()/1e9, l.interest.raw()/1e9, l.repayment.raw()/1e9);
    std::printf("hour %.3f [%.3f %.3f %.3f]\n", r.hour_total, r.hour_cost.p10, r.hour_cost.p50, r.hour_cost.p90);
    for (const auto& s : r.sensitivities) if (s.first_order > 0.01) std::printf("  %s %.3f %.2f..%.2f\n", r.inputs[static_cast<std::size_t>(s.input)].name.c_str(), s.first_order, s.low/1e6, s.high/1e6);
    };
    show(scenario.plan);
    for (const auto& v : scenario.variants) { std::printf("== %s\n", v.name.c_str()); show(v.plan); }
    (void)flags;
    return kAnswer;
  };
}

}  // namespace orrery
