// `orrery fleet market`: all buyers bid each quarter for the same output of chips: who is displaced, at what price.
#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/fleet_inputs.hpp"
#include "import/market_scenario.hpp"
#include "report/fleet_market_document.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_market(CLI::App& app);

RunCommand declare_fleet_market(CLI::App& app) {
  struct Words {
    FleetInputs fleet;
    std::string rule;
    bool no_variants = false;
  };
  const auto words = std::make_shared<Words>();
  add_fleet_options(app, words->fleet, "market", "Seed of the futures [0]");
  add_draws_option(app, words->fleet, "Futures [1000]");
  app.add_option("--rule", words->rule, "How chips find their buyers: auction or ration [as the scenario says]")
      ->group("Input")
      ->type_name("RULE");
  app.add_flag("--no-variants", words->no_variants, "Leave out the scenario's variants")->group("Input");
  return [words](const OutputFlags& flags) {
    Value root = fleet_table(words->fleet, "market");
    MarketScenario scenario = checked(flags, [&](Diagnostics& d) {
      if (!words->rule.empty()) apply_option(root, "market.rule", "--rule", words->rule, d);
      return read_market_scenario(root, d);
    });
    write_fleet_scenario(words->fleet, market_scenario_table(scenario, root), "fleet market", scenario.assumptions);
    if (words->no_variants) scenario.variants.clear();
    ThreadPool pool(static_cast<unsigned>(words->fleet.input.threads));
    const MarketOptions options{scenario.spec.input.draws, words->fleet.input.seed};
    Document document =
        fleet_market_document(scenario.spec, scenario.variants,
                              study_market(scenario.spec, scenario.variants, options, pool), scenario.assumptions);
    add_inputs(scenario.provenance, {"market", "economics"}, document);
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
