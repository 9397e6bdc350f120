#include "import/scenario_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cluster/cluster_fields.hpp"
#include "fleet/buying/purchase_fields.hpp"
#include "fleet/capacity/capacity_fields.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"
#include "fleet/landlord/landlord_fields.hpp"
#include "fleet/market/market_fields.hpp"
#include "fleet/nation/nation_fields.hpp"
#include "fleet/optimal/buildout_fields.hpp"
#include "fleet/training/train_input.hpp"
#include "hardware/hardware_fields.hpp"
#include "model/model_fields.hpp"
#include "network/network_fields.hpp"
#include "run/run_fields.hpp"
#include "run/scale.hpp"
#include "step/step_fields.hpp"
#include "validate/software_profiles.hpp"

namespace orrery {
namespace {

/// The input that a key without its table likely means: "layout.tp" for "tp"; or "".
std::string input_called(const std::string& key) {
  // A layout's axes before the bounds that [plan] sets for them.
  for (const char* name : {"layout", "training", "plan", "cluster", "model", "network", "run"}) {
    for (const ScenarioTable& table : scenario_tables()) {
      if (table.name != name) continue;
      const bool has = std::any_of(table.fields.begin(), table.fields.end(),
                                   [&](const FieldInfo& field) { return field.path == key; });
      if (has) return fmt::format("{}.{}", table.name, key);
    }
  }
  return "";
}

}  // namespace

const std::vector<ScenarioTable>& scenario_tables() {
  static const std::vector<ScenarioTable> tables = {
      {"model", transformer_schema().fields()},      //
      {"cluster", cluster_schema().fields()},        //
      {"training", training_schema().fields()},      //
      {"layout", layout_schema().fields()},          //
      {"software", software_schema().fields()},      //
      {"plan", plan_schema().fields()},              //
      {"network", network_schema().fields()},        //
      {"run", run_schema().fields()},                //
      {"scale", scale_schema().fields()},            //
      {"machine", machine_schema().fields()},        //
      {"workload", workload_schema().fields()},      //
      {"scheduling", scheduling_schema().fields()},  //
      {"economics", economics_schema().fields()},    //
      {"offers", offer_schema().fields(), true},     //
      {"fleet", fleet_schema().fields()},            //
      {"buildout", buildout_schema().fields()},      //
      {"landlord", landlord_schema().fields()},      //
      {"market", market_schema().fields()},          //
      {"nation", nation_schema().fields()},          //
      {"purchase", purchase_schema().fields()},      //
      {"train", train_schema().fields()},            //
  };
  return tables;
}

std::vector<FieldInfo> scenario_fields() {
  std::vector<std::string> names;
  for (const ScenarioTable& table : scenario_tables()) names.push_back(table.name);
  return scenario_fields(names);
}

std::vector<FieldInfo> scenario_fields(const std::vector<std::string>& tables) {
  std::vector<FieldInfo> all;
  for (const ScenarioTable& table : scenario_tables()) {
    if (std::find(tables.begin(), tables.end(), table.name) == tables.end()) continue;
    for (FieldInfo field : table.fields) {
      field.path = table.name + (table.is_list ? "[]." : ".") + field.path;
      all.push_back(std::move(field));
    }
  }
  return all;
}

void check_table_names(const Value& root, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  for (const ScenarioTable& table : scenario_tables()) known.push_back(table.name);
  for (const Value::Entry& entry : *root.table()) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    std::string near = input_called(entry.key);
    if (near.empty()) near = did_you_mean(entry.key, known);
    diagnostics.error(
        fmt::format("unknown table `{}`", entry.key), entry.key_span,
        near.empty() ? fmt::format("known are {}", fmt::join(known, ", ")) : fmt::format("did you mean `{}`?", near));
  }
}

void add_below(const std::string& table, const Provenance& below, Provenance& all) {
  for (const auto& [path, source] : below) all.emplace(fmt::format("{}.{}", table, path), source);
}

}  // namespace orrery
