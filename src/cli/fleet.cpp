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
#include "cli/fleet_inputs.hpp"
#include "fleet/capacity/study.hpp"
#include "import/fleet_scenario.hpp"
#include "report/fleet_document.hpp"

namespace orrery {

RunCommand declare_fleet(CLI::App& app);

namespace {

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
  struct Words {
    FleetInputs fleet;
    std::string variant;  ///< Only this one; empty: the plan with all of them.
  };
  const auto words = std::make_shared<Words>();
  add_fleet_options(app, words->fleet, "fleet", "Seed of the futures [0]");
  add_draws_option(app, words->fleet, "Futures [1000]");
  app.add_option("--variant", words->variant, "Only this variant of the scenario, as the plan")
      ->group("Input")
      ->type_name("NAME");
  return [words](const OutputFlags& flags) {
    const Value root = fleet_table(words->fleet, "fleet");
    FleetScenario scenario = checked(flags, [&](Diagnostics& d) { return read_fleet_scenario(root, d); });
    write_fleet_scenario(words->fleet, fleet_scenario_table(scenario), "fleet", scenario.assumptions);
    if (!words->variant.empty()) choose_variant(words->variant, scenario);
    ThreadPool pool(static_cast<unsigned>(words->fleet.input.threads));
    const FleetOptions options{scenario.input.draws, words->fleet.input.seed};
    Progress progress("plans", 1 + scenario.variants.size(), progress_writer());
    FleetCase main{scenario.plan.name, scenario.plan, simulate_fleet(scenario.plan, options, pool)};
    std::vector<FleetCase> variants;
    for (const FleetVariant& variant : scenario.variants) {
      progress.reached(1 + variants.size());
      variants.push_back({variant.name, variant.plan, simulate_fleet(variant.plan, options, pool)});
    }
    Document document = fleet_document(main, variants, scenario.assumptions);
    add_inputs(scenario.provenance, {"fleet", "economics"}, document);
    emit(document, flags);
    return fleet_can_be_done(main) ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
