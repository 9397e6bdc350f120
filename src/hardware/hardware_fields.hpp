#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "hardware/cluster.hpp"
#include "hardware/optics.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// The inputs that describe each part of a machine: what presets, a scenario's tables and `--set` may say.
const Schema<Chip>& chip_schema();
const Schema<Node>& node_schema();
const Schema<Fabric>& fabric_schema();
const Schema<SwitchKind>& switch_schema();
/// What presets/optics say; no part of a machine.
const Schema<OpticsKind>& optics_schema();
/// A whole machine: tables `chip`, `node` and `fabric`, and the number of chips.
const Schema<Cluster>& cluster_schema();

/// The machine that a person names: "h100-sxm:16384" is 16,384 chips in nodes of the preset h100-sxm, with the node's
/// own chip and usual fabric. Without a number: one node. A chip's name ("H100-SXM5-80GB:512") stands for its usual
/// node.
///
/// All mistakes go to `diagnostics`; the result is only meaningful without errors. `provenance` receives where each
/// number came from ("chip.memory", "node.scale_up_bandwidth", ...). `span` is where the name stands.
Cluster load_cluster(std::string_view name_and_count, Diagnostics& diagnostics, Provenance* provenance = nullptr,
                     const Span& span = {});

/// The machine of a scenario: a text is taken as by `load_cluster`; a table may say `node`, `chip` and `fabric`, each
/// by name or as a table (which may start from a `preset`), and `chips`. What it leaves out follows: the node from the
/// chip or the fabric, the chip and the fabric from the node, and the number of chips is then one node's (all of a
/// torus).
Cluster read_cluster(const Value& written, Diagnostics& diagnostics, Provenance* provenance = nullptr);

/// Where such a table says how large its machine is.
Span machine_span(const Value& cluster);

/// A fabric by name or as a table, in which `switches` may be a name, checked.
Fabric read_fabric(const Value& written, Diagnostics& diagnostics, Provenance* provenance = nullptr);

/// A machine that is named by its fabric.
struct FabricQuestion {
  std::string fabric;   ///< A preset, or a TOML file that describes one.
  std::string node;     ///< Empty: the fabric's `default_node`.
  long long chips = 0;  ///< 0: as many as the fabric's top tier, or torus, joins.
  Span fabric_span, node_span, chips_span;
};

/// The machine of `question` as the table that `read_cluster` takes, for `--set` to change: its nodes' chip, and the
/// fabric. Nothing after a mistake.
std::optional<Value> fabric_cluster_table(const FabricQuestion& question, Diagnostics& diagnostics);

}  // namespace orrery
