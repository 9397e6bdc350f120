// `orrery fleet landlord`: how much a cloud should build for a tenant that grows and may leave.
#include <memory>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/fleet_inputs.hpp"
#include "import/landlord_scenario.hpp"
#include "report/fleet_landlord_document.hpp"

namespace orrery {

RunCommand declare_fleet_landlord(CLI::App& app);

RunCommand declare_fleet_landlord(CLI::App& app) {
  const auto inputs = std::make_shared<FleetInputs>();
  add_fleet_options(app, *inputs, "landlord", "Seed of the futures [0]");
  add_draws_option(app, *inputs, "Futures [1000]");
  return [inputs](const OutputFlags& flags) {
    const Value root = fleet_table(*inputs, "landlord");
    const LandlordScenario scenario = checked(flags, [&](Diagnostics& d) { return read_landlord_scenario(root, d); });
    write_fleet_scenario(*inputs, landlord_scenario_table(scenario), "fleet landlord", scenario.assumptions);
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    const LandlordSpec spec = landlord_spec(scenario);
    const LandlordQuestion question = landlord_question(scenario, inputs->input.seed);
    const LandlordStudy study = study_landlord(spec, question, pool);
    LandlordNames names;
    names.output_source = scenario.output_source;
    if (!scenario.input.main.name.empty()) names.main = scenario.input.main.name;
    if (!scenario.input.others.name.empty()) names.others = scenario.input.others.name;
    Document document = landlord_document(spec, question, study, names, scenario.assumptions);
    add_inputs(scenario.provenance, {"landlord", "economics"}, document);
    emit(document, flags);
    return worth_building(study) ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
