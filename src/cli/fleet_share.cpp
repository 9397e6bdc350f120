// `orrery fleet share`: a nation's few GPUs among many firms: who lacks compute, and what removes the shortage.
#include <CLI/App.hpp>
#include <memory>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/fleet_inputs.hpp"
#include "fleet/nation/nation_study.hpp"
#include "import/nation_scenario.hpp"
#include "report/fleet_nation_document.hpp"

namespace orrery {

RunCommand declare_fleet_share(CLI::App& app);

RunCommand declare_fleet_share(CLI::App& app) {
  struct Words {
    FleetInputs fleet;
    bool no_replay = false;
  };
  const auto words = std::make_shared<Words>();
  add_fleet_options(app, words->fleet, "nation", "Seed of the sets of values and of the jobs [0]");
  add_draws_option(app, words->fleet, "Sets of values that are tried [400]");
  app.add_flag("--no-replay", words->no_replay, "Leave out the replay of every job")->group("Input");
  return [words](const OutputFlags& flags) {
    const Value root = fleet_table(words->fleet, "nation");
    const NationScenario scenario = checked(flags, [&](Diagnostics& d) { return read_nation_scenario(root, d); });
    write_fleet_scenario(words->fleet, nation_scenario_table(scenario), "fleet share", scenario.assumptions);
    ThreadPool pool(static_cast<unsigned>(words->fleet.input.threads));
    NationOptions options;
    options.seed = words->fleet.input.seed;
    options.replay = !words->no_replay;
    const NationResult result = simulate_nation(scenario.spec, options, pool);
    Document document = fleet_nation_document(scenario.spec, result, scenario.assumptions);
    add_inputs(scenario.provenance, {"nation"}, document);
    emit(document, flags);
    return result.fits() ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
