// `orrery fleet plan`: the best build-out under the limits of a fleet: what to buy when.
#include <CLI/App.hpp>
#include <memory>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "fleet/optimal/buildout_study.hpp"
#include "import/buildout_scenario.hpp"
#include "report/fleet_plan_document.hpp"
#include "report/sources.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_plan(CLI::App& app);

namespace {

struct PlanOptions {
  InputOptions input;
  std::string written;
};

}  // namespace

RunCommand declare_fleet_plan(CLI::App& app) {
  const auto options = std::make_shared<PlanOptions>();
  app.add_option("scenario", options->input.scenario, "Scenario with a table [fleet], and perhaps [buildout]")
      ->group("Input")
      ->type_name("SCENARIO");
  add_set_option(app, options->input);
  add_seed_option(app, options->input, "Seed of the futures in which the plan is played [0]");
  add_threads_option(app, options->input);
  add_write_scenario_option(app, options->written);
  return [options](const OutputFlags& flags) {
    Diagnostics diagnostics;
    Value root = scenario_file(options->input.scenario, diagnostics);
    apply_overrides(root, options->input.sets, diagnostics);
    diagnostics.throw_if_errors();
    const BuildoutScenario scenario = read_buildout_scenario(root, diagnostics);
    diagnostics.throw_if_errors();
    emit_warnings(diagnostics, flags);
    if (!options->written.empty()) {
      write_scenario(options->written, buildout_scenario_table(scenario), "fleet plan", seed_words(options->input),
                     scenario.assumptions);
    }
    ThreadPool pool(static_cast<unsigned>(options->input.threads));
    const int draws = scenario.input.draws;
    const BuildoutStudy study = study_buildout(scenario.fleet.plan, scenario.problem, draws, options->input.seed, pool);
    Document document = fleet_plan_document(scenario.problem, study, draws, scenario.assumptions);
    std::vector<FieldInfo> declared;
    for (FieldInfo field : fleet_schema().fields()) {
      field.path = "fleet." + field.path;
      declared.push_back(std::move(field));
    }
    for (FieldInfo field : buildout_schema().fields()) {
      field.path = "buildout." + field.path;
      declared.push_back(std::move(field));
    }
    document.tables.push_back(source_table(scenario.provenance, declared));
    document.tables.back().detail = true;
    emit(document, flags);
    return study.plan ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
