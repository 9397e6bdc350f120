#include "report/network_size_document.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "hardware/hardware_fields.hpp"
#include "report/sources.hpp"

namespace orrery {
namespace {

/// Unknown is no number, which prints as "-" and null, under the same key as a number.
template <class Q>
Figure known(const std::optional<Q>& quantity) {
  return figure(quantity.value_or(Q(std::numeric_limits<double>::quiet_NaN())));
}

template <class Q>
std::optional<Q> shared_by(const std::optional<Q>& quantity, double chips) {
  return quantity ? std::optional<Q>(*quantity / chips) : std::nullopt;
}

template <class Q>
std::string text_or_unknown(const std::optional<Q>& quantity, const char* what) {
  if (!quantity) return fmt::format("{} unknown", what);
  return format_quantity(quantity->raw(), DimensionOf<Q>::value, 3);
}

std::string switches_text(const FabricSize& size) {
  std::string text;
  for (const FabricSize::Tier& tier : size.tiers) {
    if (tier.switches == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : " + ", format_count(tier.switches), tier.name);
  }
  return text.empty() ? "no switches" : text + (size.switches() == 1 ? " switch" : " switches");
}

std::string ports_text(const Cluster& cluster, const FabricSize& size) {
  const Fabric& fabric = cluster.fabric;
  if (fabric.topology == FabricTopology::Torus) return "a torus, whose links are the chips' own";
  std::string text = fmt::format("{} NICs", format_count(size.nics));
  if (fabric.planes > 1) text += fmt::format(" with a port in each of {} planes", fabric.planes);
  text += fmt::format(", {} a port, on {} ({} ports{})", format_bandwidth(size.ports.rate),
                      fabric.switches.name.empty() ? "unnamed switches" : fabric.switches.name, size.ports.radix,
                      size.ports.split > 1 ? fmt::format(" after splitting each in {}", size.ports.split) : "");
  if (fabric.rails != Rails::None) text += fmt::format(", {} rails", size.ports.leaves);
  return text;
}

Table tier_table(const FabricSize& size) {
  Table table{"tiers",
              "Tiers, from the chips up",
              {{"tier", "tier"},
               {"units", "units"},
               {"switches", "switches"},
               {"ports_below", "ports below"},
               {"ports_above", "above"},
               {"ports_spare", "spare"},
               {"oversubscription", "below : above"},
               {"", "cables"},
               {"cables_join", ""},
               {"cables", "below it"}},
              {},
              ""};
  for (const FabricSize::Tier& tier : size.tiers) {
    const bool switched = tier.switches > 0;
    const auto ports = [&](long long n) { return switched ? Cell{count(n)} : Cell{}; };
    table.rows.push_back(
        {tier.name, count(tier.units), ports(tier.switches), ports(tier.down), ports(tier.up),
         tier.other_kind ? Cell{} : ports(tier.spare()),
         switched && tier.up > 0 ? Cell{number(static_cast<double>(tier.down) / static_cast<double>(tier.up))} : Cell{},
         tier.cables_name, tier.cables_name, count(tier.cables)});
  }
  return table;
}

Table bill_table(const FabricSize& size) {
  Table table{"bill", "Bill", {{"part", "part"}, {"number", "number"}, {"power", "power"}, {"price", "price"}}, {}, ""};
  table.rows.push_back({"switches", count(size.switches()), known(size.switch_power), known(size.switch_price)});
  table.rows.push_back(
      {"transceivers, ends of optical cables", count(size.transceivers), known(size.optics_power), Cell{}});
  table.rows.push_back({"cables with their ends", count(size.cables()), Cell{}, known(size.cable_price)});
  table.rows.push_back({"NICs", count(size.nics), known(size.nic_power), known(size.nic_price)});
  table.rows.push_back({"all", Cell{}, known(size.power()), known(size.price())});
  return table;
}

Table endpoint_table(const FabricSize& size) {
  Table table{"per_chip", "For one GPU", {{"quantity", "quantity"}, {"value", "value"}}, {}, ""};
  const auto chips = static_cast<double>(size.chips);
  const auto share = [&](long long n) { return number(static_cast<double>(n) / chips); };
  table.rows.push_back({"switches", share(size.switches())});
  table.rows.push_back({"cables", share(size.cables())});
  table.rows.push_back({"optical cables", share(size.optical_cables)});
  table.rows.push_back({"power", known(shared_by(size.power(), chips))});
  table.rows.push_back({"price", known(shared_by(size.price(), chips))});
  return table;
}

void add_fields(const FabricSize& size, Document& document) {
  const auto silent = [&](const char* key, Cell value) { document.fields.push_back({key, "", std::move(value)}); };
  silent("chips", count(size.chips));
  silent("nodes", count(size.nodes));
  silent("nics", count(size.nics));
  silent("switches", count(size.switches()));
  silent("cables", count(size.cables()));
  silent("optical_cables", count(size.optical_cables));
  silent("copper_cables", count(size.copper_cables));
  silent("transceivers", count(size.transceivers));
  silent("power", known(size.power()));
  silent("price", known(size.price()));
  silent("switch_ports", count(size.ports.radix));
  silent("port_bandwidth", figure(size.ports.rate));
}

/// Notes on what the numbers say where the machine does not fill the fabric.
void add_shape_notes(const Cluster& cluster, const FabricSize& size, Document& document) {
  const long long whole = size.nodes * cluster.node.chips;
  if (whole != size.chips) {
    document.notes.push_back(fmt::format("{} GPUs are no whole number of nodes of {}: counted for {} nodes",
                                         format_count(size.chips), cluster.node.chips, format_count(size.nodes)));
  }
  if (cluster.fabric.topology == FabricTopology::FatTree && size.tiers.size() > 1 && size.ports.radix % 2 != 0) {
    document.notes.push_back(
        fmt::format("{} ports are odd: a switch with as many ports up as down leaves one free", size.ports.radix));
  }
  if (cluster.fabric.topology != FabricTopology::Torus && cluster.fabric.switches.name.empty()) {
    document.notes.push_back(fmt::format("the fabric names no switches: {} ports of {} are assumed",
                                         cluster.fabric.switches.ports,
                                         format_bandwidth(cluster.fabric.switches.port_bandwidth)));
  }
  for (const FabricSize::Tier& tier : size.tiers) {
    if (!tier.other_kind) continue;
    document.notes.push_back(
        fmt::format("the stated switches of {} need more than {} ports each: they are of another "
                    "kind, of unknown power and price",
                    tier.name, size.ports.radix));
  }
}

/// The name of the cable ends that `path` tells the bandwidth of, where that is the rate of a port or of a card.
std::string used_optics(const std::string& path, const std::string& value, const Cluster& cluster,
                        const FabricSize& size) {
  if (!path.starts_with("optics.") || !path.ends_with(".bandwidth")) return "";
  const auto bandwidth = parse_quantity(value, Dimension::Bandwidth);
  const double port = size.ports.rate.raw();
  for (const double rate : {port, port * cluster.fabric.planes}) {
    if (bandwidth && std::abs(*bandwidth / rate - 1) < 1e-6) return path.substr(0, path.rfind('.') + 1);
  }
  return "";
}

/// Keeps of `provenance` what the count rests on, and adds to `declared` what its cable ends may say.
Provenance used_inputs(const Cluster& cluster, const FabricSize& size, const Provenance& provenance,
                       std::vector<FieldInfo>& declared) {
  Provenance used;
  const bool torus = cluster.fabric.topology == FabricTopology::Torus;
  for (const auto& [path, source] : provenance) {
    const bool of_shape = path.starts_with("fabric.tiers") || path == "fabric.planes" || path == "fabric.rails" ||
                          path == "fabric.topology" || path == "fabric.dimensions" || path == "node.chips";
    const bool of_ports = path.starts_with("fabric.switches.") || path == "node.scale_out_bandwidth";
    if ((of_shape || (of_ports && !torus)) && !path.ends_with(".latency")) used.emplace(path, source);
    const std::string kind = torus ? "" : used_optics(path, source.value, cluster, size);
    if (kind.empty()) continue;
    for (const auto& [other, its_source] : provenance) {
      if (other.starts_with(kind)) used.emplace(other, its_source);
    }
    for (FieldInfo field : optics_schema().fields()) {
      field.path = kind + field.path;
      declared.push_back(std::move(field));
    }
  }
  return used;
}

void add_sources(const Cluster& cluster, const FabricSize& size, const Provenance& provenance, Document& document) {
  std::vector<FieldInfo> declared = cluster_schema().fields();
  const Provenance used = used_inputs(cluster, size, provenance, declared);
  Table table = source_table(used, declared);
  table.title = "What it rests on";
  table.detail = true;
  std::vector<std::string> unverified;
  for (const auto& [path, source] : used) {
    if (source.unverified) unverified.push_back(fmt::format("{} = {}", path, source.value));
  }
  if (!unverified.empty()) {
    document.notes.push_back(fmt::format("unverified: {} (--explain shows all sources)", fmt::join(unverified, ", ")));
  }
  document.tables.push_back(std::move(table));
}

}  // namespace

Document network_size_document(const Cluster& cluster, const FabricSize& size, const Provenance& provenance) {
  Document document;
  document.command = "network size";
  document.answer = {fmt::format("{} GPUs: {}, {} cables, {}, {}", format_count(size.chips), switches_text(size),
                                 format_count(size.cables()), text_or_unknown(size.power(), "power"),
                                 text_or_unknown(size.price(), "price")),
                     fmt::format("{}: {} nodes of {} x {}, {}", cluster.fabric.name, format_count(size.nodes),
                                 cluster.node.chips, cluster.chip.name, ports_text(cluster, size))};
  add_fields(size, document);
  document.tables = {tier_table(size), bill_table(size), endpoint_table(size)};
  add_shape_notes(cluster, size, document);
  document.notes.emplace_back(
      "power and prices are those of switches, cable ends and NICs; \"-\" is unknown, and left out are racks, fibres, "
      "management and spares");
  add_sources(cluster, size, provenance, document);
  return document;
}

}  // namespace orrery
