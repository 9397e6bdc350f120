// `orrery fleet landlord`: how much a cloud should build for a tenant that grows and may leave.
#include <CLI/App.hpp>
#include <memory>
#include <string>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "import/landlord_scenario.hpp"
#include "report/fleet_landlord_document.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_landlord(CLI::App& app);

RunCommand declare_fleet_landlord(CLI::App& app) {
  struct Words {
    InputOptions input;
    std::string written;
  };
  const auto words = std::make_shared<Words>();
  app.add_option("scenario", words->input.scenario, "Scenario file (TOML, or JSON where it ends in .json)");
  add_set_option(app, words->input);
  add_seed_option(app, words->input, "Seed of the futures [0]");
  add_threads_option(app, words->input);
  add_write_scenario_option(app, words->written);
  return [words](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Value root = scenario_file(words->input.scenario, diagnostics);
    apply_overrides(root, words->input.sets, diagnostics);
    diagnostics.throw_if_errors();
    const LandlordScenario scenario = read_landlord_scenario(root, diagnostics);
    diagnostics.throw_if_errors();
    emit_warnings(diagnostics, flags);
    if (!words->written.empty()) {
      write_scenario(words->written, landlord_scenario_table(scenario), "fleet landlord", seed_words(words->input),
                     scenario.assumptions);
    }
    ThreadPool pool(static_cast<unsigned>(words->input.threads));
    const LandlordSpec spec = landlord_spec(scenario);
    const LandlordQuestion question = landlord_question(scenario, words->input.seed);
    const LandlordStudy study = study_landlord(spec, question, pool);
    LandlordNames names;
    names.output_source = scenario.output_source;
    if (!scenario.input.main.name.empty()) names.main = scenario.input.main.name;
    if (!scenario.input.others.name.empty()) names.others = scenario.input.others.name;
    emit(landlord_document(spec, question, study, names, scenario.assumptions), flags);
    return worth_building(study) ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
