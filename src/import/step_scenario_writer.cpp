#include <fmt/format.h>

#include "hardware/hardware_fields.hpp"
#include "import/step_scenario.hpp"
#include "model/model_fields.hpp"
#include "scenario/toml_writer.hpp"
#include "step/step_fields.hpp"
#include "validate/software_profiles.hpp"

namespace orrery {
namespace {

/// Gives every number of `value` the source that it was read with, as { value, source, unverified }.
void add_sources(Value& value, const std::string& path, const Provenance& provenance) {
  if (Value::Table* table = value.table()) {
    for (Value::Entry& entry : *table) add_sources(entry.value, path + "." + entry.key, provenance);
    return;
  }
  if (Value::Array* list = value.array()) {
    for (std::size_t i = 0; i < list->size(); ++i) add_sources((*list)[i], fmt::format("{}[{}]", path, i), provenance);
  }
  const auto found = provenance.find(path);
  if (found == provenance.end() || (found->second.source.empty() && !found->second.unverified)) return;
  Value cited(Value::Table{}, Span{});
  cited.set("value", value, Span{});
  if (!found->second.source.empty()) cited.set("source", Value(found->second.source, Span{}), Span{});
  if (found->second.unverified) cited.set("unverified", Value(true, Span{}), Span{});
  value = std::move(cited);
}

/// A text as it may stand in a comment: control characters would end it.
std::string comment_text(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

}  // namespace

Value step_scenario_table(const StepScenario& scenario) {
  SoftwareProfile profile = scenario.profile;
  profile.software = scenario.spec.software;
  Value root(Value::Table{}, Span{});
  const auto add = [&](const char* name, Value table) {
    add_sources(table, name, scenario.provenance);
    root.set(name, std::move(table), Span{});
  };
  add("model", transformer_schema().write(scenario.spec.model));
  add("cluster", cluster_schema().write(scenario.spec.cluster));
  add("training", training_schema().write(scenario.spec.training));
  add("layout", layout_schema().write(scenario.spec.layout));
  add("software", software_schema().write(profile));
  add("plan", plan_schema().write(scenario.plan));
  return root;
}

std::string step_scenario_text(const Value& table, const std::string& command,
                               const std::vector<std::string>& assumptions) {
  std::string text = fmt::format(
      "# Every input of a run of `orrery {}`, version {}, with presets and defaults written out: this file gives the\n"
      "# same answer.\n",
      command, ORRERY_VERSION);
  if (!assumptions.empty()) {
    text += "# Assumed where the question was silent, and stated here:\n";
    for (const std::string& assumption : assumptions) text += fmt::format("#   {}\n", comment_text(assumption));
  }
  return text + "\n" + write_toml(table);
}

}  // namespace orrery
