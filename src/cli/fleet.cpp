// `orrery fleet`: what money, power, supply and time build by when, and which of them binds.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/progress.hpp"
#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "fleet/capacity/study.hpp"
#include "import/fleet_scenario.hpp"
#include "import/scenario_tables.hpp"
#include "report/fleet_document.hpp"
#include "report/sources.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet(CLI::App& app);

namespace {

struct FleetInputs {
  InputOptions input;
  int draws = 0;        ///< 0: as the scenario says.
  std::string variant;  ///< Only this one; empty: the plan with all of them.
  std::string written;
};

FleetScenario load_fleet(const FleetInputs& inputs, const OutputFlags& flags) {
  Diagnostics diagnostics;
  Value root = scenario_file(inputs.input.scenario, diagnostics);
  apply_overrides(root, inputs.input.sets, diagnostics);
  diagnostics.throw_if_errors();
  if (inputs.draws > 0) apply_overrides(root, {fmt::format("fleet.draws={}", inputs.draws)}, diagnostics);
  FleetScenario scenario = read_fleet_scenario(root, diagnostics);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return scenario;
}

/// The scenario with one variant as its plan.
void choose_variant(const std::string& name, FleetScenario& scenario) {
  const auto found = std::find_if(scenario.variants.begin(), scenario.variants.end(),
                                  [&](const FleetVariant& variant) { return variant.name == name; });
  if (found == scenario.variants.end()) {
    std::vector<std::string> names;
    for (const FleetVariant& variant : scenario.variants) names.push_back(variant.name);
    const std::string near = did_you_mean(name, names);
    throw InputError(fmt::format("the scenario has no variant `{}`", name.substr(0, 60)), {},
                     !near.empty()   ? fmt::format("did you mean `{}`?", near)
                     : names.empty() ? "[[fleet.variants]]"
                                     : fmt::format("it has {}", fmt::join(names, "; ")));
  }
  scenario.plan = found->plan;
  scenario.plan.name += scenario.plan.name.empty() ? name : ", " + name;
  scenario.variants.clear();
}

}  // namespace

RunCommand declare_fleet(CLI::App& app) {
  const auto inputs = std::make_shared<FleetInputs>();
  app.add_option("scenario", inputs->input.scenario, "Scenario file (TOML, or JSON where it ends in .json)");
  add_set_option(app, inputs->input);
  app.add_option("--draws", inputs->draws, "Futures [1000]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of futures", 10, 1'000'000));
  app.add_option("--variant", inputs->variant, "Only this variant of the scenario, as the plan")
      ->group("Input")
      ->type_name("NAME");
  add_seed_option(app, inputs->input, "Seed of the futures [0]");
  add_threads_option(app, inputs->input);
  add_write_scenario_option(app, inputs->written);
  return [inputs](const OutputFlags& flags) {
    FleetScenario scenario = load_fleet(*inputs, flags);
    if (!inputs->written.empty()) {
      write_scenario(inputs->written, fleet_scenario_table(scenario), "fleet", seed_words(inputs->input),
                     scenario.assumptions);
    }
    if (!inputs->variant.empty()) choose_variant(inputs->variant, scenario);
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    const FleetOptions options{scenario.input.draws, inputs->input.seed};
    Progress progress("plans", 1 + scenario.variants.size(), progress_writer());
    FleetCase main{scenario.plan.name, scenario.plan, simulate_fleet(scenario.plan, options, pool)};
    std::vector<FleetCase> variants;
    for (const FleetVariant& variant : scenario.variants) {
      progress.reached(1 + variants.size());
      variants.push_back({variant.name, variant.plan, simulate_fleet(variant.plan, options, pool)});
    }
    Document document = fleet_document(main, variants, scenario.assumptions);
    Table sources = source_table(scenario.provenance, scenario_fields());
    sources.detail = true;
    document.tables.push_back(std::move(sources));
    emit(document, flags);
    return fleet_can_be_done(main) ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
