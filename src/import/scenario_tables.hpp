#pragma once

#include <string>
#include <vector>

#include "scenario/schema.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// A table of a scenario and the inputs that it declares. One file may say what several levels need: each reads its own
/// tables and leaves the others alone.
struct ScenarioTable {
  std::string name;
  std::vector<FieldInfo> fields;
  bool is_list = false;  ///< [[offers]]: a list of such tables.
};
const std::vector<ScenarioTable>& scenario_tables();

/// Every declared input of a scenario, with full paths: for `orrery schema` and shell completion.
std::vector<FieldInfo> scenario_fields();

/// Those of some tables alone.
std::vector<FieldInfo> scenario_fields(const std::vector<std::string>& tables);

/// Reports tables that no level knows, with the table or the input that was likely meant.
void check_table_names(const Value& root, Diagnostics& diagnostics);

/// Sources of a table that was read by itself, with their full paths.
void add_below(const std::string& table, const Provenance& below, Provenance& all);

}  // namespace orrery
