// `orrery fleet share`: a nation's few GPUs among many firms: who lacks compute, and what removes the shortage.
#include <CLI/App.hpp>
#include <memory>
#include <utility>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "fleet/nation/nation_study.hpp"
#include "import/nation_scenario.hpp"
#include "report/fleet_nation_document.hpp"
#include "report/sources.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_share(CLI::App& app);

namespace {

struct ShareOptions {
  InputOptions input;
  bool no_replay = false;
};

}  // namespace

RunCommand declare_fleet_share(CLI::App& app) {
  const auto options = std::make_shared<ShareOptions>();
  app.add_option("scenario", options->input.scenario, "Scenario with a table [nation]")
      ->group("Input")
      ->type_name("SCENARIO");
  add_set_option(app, options->input);
  add_seed_option(app, options->input, "Seed of the sets of values and of the jobs [0]");
  add_threads_option(app, options->input);
  app.add_flag("--no-replay", options->no_replay, "Leave out the replay of every job")->group("Input");
  return [options](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Value root = scenario_file(options->input.scenario, diagnostics);
    apply_overrides(root, options->input.sets, diagnostics);
    diagnostics.throw_if_errors();
    const NationScenario scenario = read_nation_scenario(root, diagnostics);
    diagnostics.throw_if_errors();
    emit_warnings(diagnostics, flags);
    ThreadPool pool(static_cast<unsigned>(options->input.threads));
    NationOptions study;
    study.seed = options->input.seed;
    study.replay = !options->no_replay;
    const NationResult result = simulate_nation(scenario.spec, study, pool);
    Document document = fleet_nation_document(scenario.spec, result, scenario.assumptions);
    std::vector<FieldInfo> declared = nation_schema().fields();
    for (FieldInfo& field : declared) field.path = "nation." + field.path;
    Table sources = source_table(scenario.provenance, declared);
    sources.detail = true;
    document.tables.push_back(std::move(sources));
    document.tables.push_back(default_table(scenario.provenance, declared));
    emit(document, flags);
    return result.fits() ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
