#include "cli/fleet_inputs.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <utility>

#include "import/scenario_tables.hpp"
#include "report/sources.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

void add_fleet_options(CLI::App& app, FleetInputs& inputs, const std::string& table, const std::string& seed) {
  app.add_option("scenario", inputs.input.scenario, fmt::format("Scenario with a table [{}] (TOML, or .json)", table))
      ->group("Input")
      ->type_name("SCENARIO");
  add_set_option(app, inputs.input);
  add_seed_option(app, inputs.input, seed);
  add_threads_option(app, inputs.input);
  add_write_scenario_option(app, inputs.written);
}

void add_draws_option(CLI::App& app, FleetInputs& inputs, const std::string& help) {
  app.add_option("--draws", inputs.draws, help)->group("Input")->type_name("N");
}

Value fleet_table(const FleetInputs& inputs, const std::string& table) {
  Diagnostics diagnostics;
  Value root = scenario_file(inputs.input.scenario, diagnostics);
  if (!inputs.draws.empty()) apply_option(root, table + ".draws", "--draws", inputs.draws, diagnostics);
  apply_overrides(root, inputs.input.sets, diagnostics);
  diagnostics.throw_if_errors();
  return root;
}

void write_fleet_scenario(const FleetInputs& inputs, const Value& table, const std::string& command,
                          const std::vector<std::string>& assumptions) {
  if (inputs.written.empty()) return;
  write_scenario(inputs.written, table, command, seed_words(inputs.input), assumptions);
}

void add_inputs(const Provenance& written, const std::vector<std::string>& tables, Document& document) {
  Table sources = source_table(written, scenario_fields());
  sources.detail = true;  // Longer than the answer.
  document.tables.push_back(std::move(sources));
  document.tables.push_back(default_table(written, scenario_fields(tables)));
}

}  // namespace orrery
