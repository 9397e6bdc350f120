#include "hardware/hardware_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "hardware/fabric_check.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

std::size_t errors_in(const Diagnostics& diagnostics) {
  return static_cast<std::size_t>(std::count_if(diagnostics.all().begin(), diagnostics.all().end(),
                                                [](const Diagnostic& d) { return d.severity == Severity::Error; }));
}

Value text_value(std::string text, const Span& span) {
  return Value(std::move(text), span);
}

/// The text of a key, or nothing.
const std::string* text_of(const Value* table, std::string_view key) {
  const Value* value = table != nullptr ? table->find(key) : nullptr;
  return value != nullptr ? value->string() : nullptr;
}

/// A fabric's table, whose `switches` may be a name.
std::optional<Value> with_switches(std::optional<Value> fabric, Diagnostics& diagnostics);

/// A part by its name or as a table; reports a name that nobody knows.
std::optional<Value> part(const Value& written, const std::string& folder, Diagnostics& diagnostics) {
  const std::size_t before = errors_in(diagnostics);
  Value table = written;
  if (const std::string* name = written.string()) {
    const std::optional<Preset> preset = find_preset(folder, *name, diagnostics);
    if (!preset) {
      if (errors_in(diagnostics) == before) report_unknown_preset(folder, *name, written.span(), diagnostics);
      return std::nullopt;
    }
    table = preset->value;
  }
  if (table.table() == nullptr) {
    diagnostics.error(fmt::format("a name or a table is wanted here, not {}", written.kind_name()), written.span());
    return std::nullopt;
  }
  table = with_preset(table, folder, diagnostics);
  if (errors_in(diagnostics) > before) return std::nullopt;
  return folder == "fabrics" ? with_switches(std::move(table), diagnostics) : table;
}

std::optional<Value> with_switches(std::optional<Value> fabric, Diagnostics& diagnostics) {
  const Value* switches = fabric ? fabric->find("switches") : nullptr;
  if (switches == nullptr) return fabric;
  std::optional<Value> kind = part(*switches, "switches", diagnostics);
  if (!kind) return std::nullopt;
  fabric->set("switches", *std::move(kind), switches->span());
  return fabric;
}

/// A node by its own name, or that of a chip: then the chip's usual node with this chip.
std::optional<Value> node_called(const Value& written, Diagnostics& diagnostics) {
  const std::string& name = *written.string();
  if (find_preset("nodes", name, diagnostics)) return part(written, "nodes", diagnostics);
  const std::optional<Preset> chip = find_preset("chips", name, diagnostics);
  const std::string* usual = chip ? text_of(&chip->value, "default_node") : nullptr;
  if (usual == nullptr) {
    report_unknown_preset("nodes", name, written.span(), diagnostics);
    return std::nullopt;
  }
  std::optional<Value> node = part(text_value(*usual, written.span()), "nodes", diagnostics);
  if (node) node->set("chip", text_value(chip->name, written.span()), written.span());
  return node;
}

/// A table that `--set` made (`--set cluster.fabric.latency="9 us"`): its keys go on top of the usual part.
bool lies_over_usual(const Value& part) {
  const Source& source = part.span().source;
  return part.table() != nullptr && part.find("preset") == nullptr && source &&
         source->kind == SourceText::Kind::Override;
}

/// The node that a cluster's table does not name: the usual one of its chip, or of its fabric.
std::optional<Value> usual_node(const Value& cluster, const std::optional<Value>& chip, Diagnostics& diagnostics) {
  if (const Value* written = cluster.find("chip"); written != nullptr && !lies_over_usual(*written)) {
    if (!chip) return std::nullopt;  // reported
    if (const std::string* usual = text_of(&*chip, "default_node")) {
      return part(text_value(*usual, written->span()), "nodes", diagnostics);
    }
  }
  const Value* fabric = cluster.find("fabric");
  if (fabric != nullptr && !lies_over_usual(*fabric)) {
    Diagnostics later;  // The fabric's mistakes are reported where it is read.
    const std::optional<Value> whole = part(*fabric, "fabrics", later);
    if (!whole) return std::nullopt;
    if (const std::string* usual = text_of(&*whole, "default_node")) {
      return part(text_value(*usual, fabric->span()), "nodes", diagnostics);
    }
  }
  diagnostics.error("`node` is missing", cluster.span(), "for example node = \"h100-sxm\"");
  return std::nullopt;
}

/// A node that says all that it must needs no usual one below it: `--cluster h100-sxm --set cluster.node.chips=4` is
/// laid over its node already.
bool is_whole_node(const Value& node) {
  const auto says = [&](const char* key) { return node.find(key) != nullptr; };
  return says("chips") && says("scale_up_domain") && says("scale_up_bandwidth") && says("scale_out_bandwidth");
}

/// The node of a cluster's table: its own, or the usual one.
std::optional<Value> node_of(const Value& cluster, const std::optional<Value>& chip, Diagnostics& diagnostics) {
  const Value* node = cluster.find("node");
  if (node == nullptr) return usual_node(cluster, chip, diagnostics);
  if (node->string() != nullptr) return node_called(*node, diagnostics);
  if (!lies_over_usual(*node) || is_whole_node(*node)) return part(*node, "nodes", diagnostics);
  const std::optional<Value> usual = usual_node(cluster, chip, diagnostics);
  return usual ? std::optional<Value>(merged(*usual, *node)) : std::nullopt;
}

/// A part that the cluster's table says, or that its node names.
std::optional<Value> part_or_usual(const Value& cluster, const std::optional<Value>& node, const std::string& key,
                                   const std::string& folder, Diagnostics& diagnostics) {
  const Value* written = cluster.find(key);
  if (written != nullptr && !lies_over_usual(*written)) return part(*written, folder, diagnostics);
  if (!node) return std::nullopt;  // reported
  if (const Value* usual = node->find(key)) {
    const std::optional<Value> base = part(*usual, folder, diagnostics);
    if (!base || written == nullptr) return base;
    Value whole = merged(*base, *written);
    return folder == "fabrics" ? with_switches(std::move(whole), diagnostics) : whole;
  }
  diagnostics.error(fmt::format("`{}` is missing, and the node names none", key), cluster.span());
  return std::nullopt;
}

void check_node(const Node& node, const Span& span, Diagnostics& diagnostics) {
  const int larger = std::max(node.chips, node.scale_up_domain);
  const int smaller = std::min(node.chips, node.scale_up_domain);
  if (larger % smaller != 0) {
    diagnostics.error(fmt::format("`scale_up_domain` ({}) and `chips` of a node ({}) do not divide",
                                  node.scale_up_domain, node.chips),
                      span, "a domain holds whole nodes, or a node whole domains");
  }
}

/// The machine holds the job, in whole scale-up domains.
void check_placement(const Cluster& cluster, const Value& table, Diagnostics& diagnostics) {
  const Value* placement = table.find("placement");
  const Value* machine = placement != nullptr ? placement->find("machine_chips") : nullptr;
  const Span& span = machine != nullptr ? machine->span() : table.span();
  if (cluster.placement.machine_chips > 0 && cluster.machine_chips() < cluster.chips) {
    diagnostics.error(fmt::format("a job of {} chips does not fit on a machine of {}", format_count(cluster.chips),
                                  format_count(cluster.machine_chips())),
                      span, "`machine_chips` counts the whole machine");
  }
  const int unit = std::max(cluster.node.chips, cluster.node.scale_up_domain);
  if (cluster.placement.machine_chips > 0 && cluster.machine_chips() % unit != 0) {
    diagnostics.error(fmt::format("a machine of {} chips is no whole number of scale-up domains of {}",
                                  format_count(cluster.machine_chips()), unit),
                      span);
  }
}

void check(const Cluster& cluster, const Value& table, Diagnostics& diagnostics) {
  check_node(cluster.node, table.find("node")->span(), diagnostics);
  check_fabric(cluster.fabric, *table.find("fabric"), diagnostics);
  check_placement(cluster, table, diagnostics);
  if (cluster.fabric.topology == FabricTopology::Torus && cluster.machine_chips() != fabric_chips(cluster.fabric)) {
    const Value* dimensions = table.find("fabric")->find("dimensions");
    diagnostics.error(fmt::format("{} chips are not the {} of the torus", format_count(cluster.machine_chips()),
                                  format_count(fabric_chips(cluster.fabric))),
                      dimensions != nullptr ? dimensions->span() : table.find("fabric")->span(),
                      "the product of its `dimensions`");
  }
  if (cluster.chips > cluster.node.chips && cluster.chips % cluster.node.chips != 0) {
    const Value* count = table.find("chips");
    diagnostics.warning(
        fmt::format("{} chips are no whole number of nodes of {}", format_count(cluster.chips), cluster.node.chips),
        count != nullptr ? count->span() : table.span());
  }
}

/// Reads a table whose parts are complete.
Cluster read_complete(const Value& table, Diagnostics& diagnostics, Provenance* provenance) {
  const std::size_t before = errors_in(diagnostics);
  Cluster cluster;
  cluster_schema().read(table, cluster, diagnostics, provenance);
  if (table.find("chips") == nullptr) {
    const bool torus = cluster.fabric.topology == FabricTopology::Torus;
    cluster.chips = torus ? std::max(1LL, fabric_chips(cluster.fabric)) : cluster.node.chips;
  }
  if (errors_in(diagnostics) == before) check(cluster, table, diagnostics);
  return cluster;
}

/// The table that "h100-sxm:16384" stands for.
Value named_cluster(std::string_view name_and_count, const Span& span, Diagnostics& diagnostics) {
  const std::size_t colon = name_and_count.rfind(':');
  Value cluster(Value::Table{}, span);
  cluster.set("node", text_value(std::string(name_and_count.substr(0, colon)), span), span);
  if (colon != std::string_view::npos) {
    const std::string_view count = name_and_count.substr(colon + 1);
    std::int64_t chips = 0;
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), chips);
    if (error != std::errc{} || end != count.data() + count.size() || chips < 1) {
      diagnostics.error(fmt::format("`{}` is no number of chips", count.substr(0, 40)), span,
                        "for example h100-sxm:16384");
      chips = 1;
    }
    cluster.set("chips", Value(chips, span), span);
  }
  return cluster;
}

bool is_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || text.ends_with(".toml");
}

/// The fabric's table: of the preset, or of a TOML file, whole or as its [fabric].
std::optional<Value> fabric_called(const std::string& name, const Span& span, Diagnostics& diagnostics) {
  if (!is_path(name) || find_preset("fabrics", name, diagnostics)) {
    return part(text_value(name, span), "fabrics", diagnostics);
  }
  Source source;
  try {
    source = read_text_file(name);
  } catch (const InputError& error) {
    for (const Diagnostic& d : error.diagnostics()) {
      diagnostics.error(d.message, d.span.source ? d.span : span, d.hint);
    }
    return std::nullopt;
  }
  const std::size_t before = errors_in(diagnostics);
  const Value root = read_toml(source, diagnostics);
  if (errors_in(diagnostics) > before) return std::nullopt;
  const Value* inner = root.find("fabric");
  return part(inner != nullptr ? *inner : root, "fabrics", diagnostics);
}

/// Chips that a fabric's table joins, before it is checked; 0: any number, or no fabric at all.
long long chips_joined(const Value& table) {
  Diagnostics ignored;  // It is read, and reported on, with the whole machine.
  Fabric fabric;
  fabric_schema().read(table, fabric, ignored);
  return fabric_chips(fabric);
}

}  // namespace

Span machine_span(const Value& cluster) {
  const Value* placement = cluster.find("placement");
  const Value* machine = placement != nullptr ? placement->find("machine_chips") : nullptr;
  if (machine == nullptr) machine = cluster.find("chips");
  if (machine == nullptr) machine = cluster.find("preset");
  return machine != nullptr ? machine->span() : cluster.span();
}

std::optional<Value> fabric_cluster_table(const FabricQuestion& question, Diagnostics& diagnostics) {
  const std::optional<Value> fabric = fabric_called(question.fabric, question.fabric_span, diagnostics);
  Value cluster(Value::Table{}, question.fabric_span);
  if (!question.node.empty()) {
    cluster.set("node", text_value(question.node, question.node_span), question.node_span);
  } else if (fabric && text_of(&*fabric, "default_node") == nullptr) {
    diagnostics.error(fmt::format("the fabric `{}` names no usual node", question.fabric), question.fabric_span,
                      "--node h100-sxm, for example");
    return std::nullopt;
  }
  if (!fabric) return std::nullopt;
  const long long chips = question.chips > 0 ? question.chips : chips_joined(*fabric);
  if (chips == 0) {
    diagnostics.error(fmt::format("the fabric `{}` joins any number of chips: how many?", question.fabric),
                      question.fabric_span, "--gpus 1024, for example");
    return std::nullopt;
  }
  cluster.set("fabric", *fabric, question.fabric_span);
  cluster.set("chips", Value(static_cast<std::int64_t>(chips), question.chips_span), question.chips_span);
  return cluster;
}

Fabric read_fabric(const Value& written, Diagnostics& diagnostics, Provenance* provenance) {
  Fabric fabric;
  const std::size_t before = errors_in(diagnostics);
  const std::optional<Value> table = part(written, "fabrics", diagnostics);
  if (!table) return fabric;
  fabric_schema().read(*table, fabric, diagnostics, provenance);
  if (errors_in(diagnostics) == before) check_fabric(fabric, *table, diagnostics);
  return fabric;
}

Cluster load_cluster(std::string_view name_and_count, Diagnostics& diagnostics, Provenance* provenance,
                     const Span& span) {
  return read_cluster(named_cluster(name_and_count, span, diagnostics), diagnostics, provenance);
}

Cluster read_cluster(const Value& written, Diagnostics& diagnostics, Provenance* provenance) {
  if (const std::string* name = written.string()) return load_cluster(*name, diagnostics, provenance, written.span());
  if (written.table() == nullptr) {
    diagnostics.error(fmt::format("a cluster is a name or a table, not {}", written.kind_name()), written.span(),
                      "for example \"h100-sxm:16384\"");
    return {};
  }
  if (const std::string* name = text_of(&written, "preset")) {
    const Span& span = written.find("preset")->span();
    Value over = written;
    over.erase("preset");
    Value named = named_cluster(*name, span, diagnostics);
    if (over.find("node") != nullptr && named.find("node") != nullptr) {
      // Keys of the node go on top of the node that is named.
      std::optional<Value> node = node_called(*named.find("node"), diagnostics);
      if (!node) return {};
      named.set("node", std::move(*node), span);
    }
    return read_cluster(merged(named, over), diagnostics, provenance);
  }
  const Value* own_chip = written.find("chip");
  if (own_chip != nullptr && lies_over_usual(*own_chip)) own_chip = nullptr;
  std::optional<Value> chip;
  if (own_chip != nullptr) chip = part(*own_chip, "chips", diagnostics);
  const std::optional<Value> node = node_of(written, chip, diagnostics);
  if (own_chip == nullptr) chip = part_or_usual(written, node, "chip", "chips", diagnostics);
  const std::optional<Value> fabric = part_or_usual(written, node, "fabric", "fabrics", diagnostics);
  Value complete = written;  // Keeps unknown keys, so that they are reported.
  if (!chip || !node || !fabric) return {};
  complete.set("chip", *chip, chip->span());
  complete.set("node", *node, node->span());
  complete.set("fabric", *fabric, fabric->span());
  return read_complete(complete, diagnostics, provenance);
}

}  // namespace orrery
