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
    // A machine that names the fabric and takes all else from a preset: what a scenario would write.
    const std::string text = "node = \"h100-sxm\"\nfabric = \"" + name + "\"\n";
    const Value machine = read_toml(std::make_shared<const SourceText>(SourceText{name, text}), diagnostics);
    presets.fabrics.emplace_back(name, read_cluster(machine, diagnostics).fabric);
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
