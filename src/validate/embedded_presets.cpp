#include "validate/embedded_presets.hpp"

#include <memory>
#include <string>

#include "hardware/hardware_fields.hpp"
#include "model/model_fields.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"
#include "validate/software_profiles.hpp"

namespace orrery {
namespace {

RowPresets load() {
  Diagnostics diagnostics;
  RowPresets presets;
  for (const std::string& name : preset_names("chips")) {
    const Cluster cluster = load_cluster(name, diagnostics);
    presets.machines.push_back({cluster.chip, cluster.node, cluster.fabric});
  }
  for (const std::string& name : preset_names("fabrics")) {
    presets.fabrics[name] = read_fabric(Value(name, Span{}), diagnostics);
  }
  for (const std::string& name : preset_names("models")) presets.models.push_back(load_model(name, diagnostics));
  presets.software = software_profiles(diagnostics);
  diagnostics.throw_if_errors();
  return presets;
}

}  // namespace

const RowPresets& embedded_presets() {
  static const RowPresets presets = load();
  return presets;
}

}  // namespace orrery
