#pragma once

#include <string>
#include <vector>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "report/document.hpp"
#include "scenario/field.hpp"

namespace orrery {

/// What every question of the fleet level takes.
struct FleetInputs {
  InputOptions input;
  std::string draws;    ///< As written; empty: as the scenario says.
  std::string written;  ///< Where the scenario goes, defaults included; empty: nowhere.
};

/// Adds SCENARIO, a file with the table [`table`], --set, --seed, --threads and --write-scenario. `inputs` must outlive
/// the parsing.
void add_fleet_options(CLI::App& app, FleetInputs& inputs, const std::string& table, const std::string& seed);

/// Adds --draws, for tables that say how many futures are drawn.
void add_draws_option(CLI::App& app, FleetInputs& inputs, const std::string& help);

/// The scenario with --set and --draws, which is `table`.draws; throws all mistakes in it at once.
Value fleet_table(const FleetInputs& inputs, const std::string& table);

/// What `read` makes of a scenario, `Diagnostics& -> Scenario`; throws all mistakes at once, and prints the warnings.
template <class Read>
auto checked(const OutputFlags& flags, const Read& read) {
  Diagnostics diagnostics;
  auto scenario = read(diagnostics);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return scenario;
}

/// Writes `table` where --write-scenario asks for it. Throws `OutputError`.
void write_fleet_scenario(const FleetInputs& inputs, const Value& table, const std::string& command,
                          const std::vector<std::string>& assumptions);

/// Adds what --explain shows: all that was written and on whose word, and what `tables` did not say.
void add_inputs(const Provenance& written, const std::vector<std::string>& tables, Document& document);

}  // namespace orrery
