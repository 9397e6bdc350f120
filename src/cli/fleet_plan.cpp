// `orrery fleet plan`: the best build-out under the limits of a fleet: what to buy when.
#include <memory>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/fleet_inputs.hpp"
#include "fleet/optimal/buildout_study.hpp"
#include "import/buildout_scenario.hpp"
#include "report/fleet_plan_document.hpp"

namespace orrery {

RunCommand declare_fleet_plan(CLI::App& app);

RunCommand declare_fleet_plan(CLI::App& app) {
  const auto inputs = std::make_shared<FleetInputs>();
  add_fleet_options(app, *inputs, "fleet", "Seed of the futures in which the plan is played [0]");
  add_draws_option(app, *inputs, "Futures in which the plan is played [1000]");
  return [inputs](const OutputFlags& flags) {
    const Value root = fleet_table(*inputs, "buildout");
    const BuildoutScenario scenario = checked(flags, [&](Diagnostics& d) { return read_buildout_scenario(root, d); });
    write_fleet_scenario(*inputs, buildout_scenario_table(scenario), "fleet plan", scenario.assumptions);
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    const int draws = scenario.input.draws;
    const BuildoutStudy study = study_buildout(scenario.fleet.plan, scenario.problem, draws, inputs->input.seed, pool);
    Document document = fleet_plan_document(scenario.problem, study, draws, scenario.assumptions);
    add_inputs(scenario.provenance, {"fleet", "buildout", "economics"}, document);
    emit(document, flags);
    return study.plan ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
