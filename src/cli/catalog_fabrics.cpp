// Fabrics, and what they are built of, in the catalog.
#include <fmt/format.h>

#include <algorithm>

#include "cli/catalog.hpp"
#include "hardware/fabric_check.hpp"
#include "hardware/hardware_fields.hpp"

namespace orrery {
namespace {

/// The name that a scenario says for what the field holds.
std::string choice_text(const Value& fabric, const char* key) {
  std::string text = *fabric.find(key)->string();
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string tiers_text(const Fabric& fabric) {
  if (fabric.tiers.empty()) return "non-blocking";
  std::string text;
  for (const Fabric::Tier& tier : fabric.tiers) {
    if (!text.empty()) text += ", ";
    text += fmt::format("{} {}", tier.name.empty() ? "tier" : tier.name, format_count(tier.chips));
    if (tier.oversubscription > 1) text += fmt::format(" ({}:1)", format_significant(tier.oversubscription, 3));
  }
  return text;
}

CatalogItem read_fabric_item(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  const Fabric fabric = read_fabric(preset.value, diagnostics, &item.written);
  item.declared = fabric_schema().fields();
  item.title = fabric.name;
  const Value written = fabric_schema().write(fabric);
  const std::string rails = fabric.rails == Rails::None ? "" : ", rails " + choice_text(written, "rails");
  const std::string planes = fabric.planes == 1 ? "" : fmt::format(", {} planes", fabric.planes);
  item.summary = {fabric.name,
                  figure(fabric.latency),
                  fraction(fabric.efficiency, 0),
                  choice_text(written, "topology") + rails + planes,
                  choice_text(written, "routing"),
                  fabric.switches.name.empty() ? Cell{} : Cell{fabric.switches.name},
                  tiers_text(fabric)};
  const Value whole = with_preset(preset.value, "fabrics", diagnostics);
  if (const Value* node = whole.find("default_node"); node != nullptr && node->string() != nullptr) {
    item.derived.push_back({"default_node", "usual node", *node->string()});
  }
  if (fabric_chips(fabric) > 0) item.derived.push_back({"chips", "chips that it joins", count(fabric_chips(fabric))});
  item.notes = {fmt::format("`orrery network size --fabric {}` counts its switches and cables.", preset.name)};
  return item;
}

/// A figure, or nothing where zero stands for unknown.
template <class Q>
Cell known(Q quantity) {
  return quantity.raw() > 0 ? Cell{figure(quantity)} : Cell{};
}

CatalogItem read_switch(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  SwitchKind kind;
  switch_schema().read(with_preset(preset.value, "switches", diagnostics), kind, diagnostics, &item.written);
  item.declared = switch_schema().fields();
  item.title = kind.name;
  item.summary = {kind.name,         count(kind.ports), figure(kind.port_bandwidth),
                  count(kind.split), known(kind.power), known(kind.price)};
  item.derived = {{"bandwidth", "bandwidth of all ports, one direction", figure(kind.port_bandwidth * kind.ports)}};
  const long long radix = kind.ports;
  item.derived.push_back({"two_tier_ports", "ports for NICs of two non-blocking tiers", count(radix * radix / 2)});
  item.derived.push_back({"three_tier_ports", "of three", count(radix * radix * radix / 4)});
  return item;
}

CatalogItem read_optics(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  OpticsKind kind;
  optics_schema().read(with_preset(preset.value, "optics", diagnostics), kind, diagnostics, &item.written);
  item.declared = optics_schema().fields();
  item.title = kind.name;
  item.summary = {kind.name,
                  figure(kind.bandwidth),
                  known(kind.transceiver_power),
                  known(kind.transceiver_price),
                  known(kind.copper_price),
                  known(kind.nic_power),
                  known(kind.nic_price)};
  item.notes = {"A power or price that is not said is unknown, and so is every total that it belongs to."};
  return item;
}

}  // namespace

CatalogKind fabric_catalog() {
  return {"fabrics",
          "fabric",
          {{"fabric", "fabric"},
           {"latency", "latency"},
           {"efficiency", "of line rate"},
           {"topology", "topology"},
           {"routing", "routing"},
           {"switches", "switches"},
           {"tiers", "tiers, chips"}},
          read_fabric_item};
}

CatalogKind switch_catalog() {
  return {"switches",
          "switch",
          {{"switch", "switch"},
           {"ports", "ports"},
           {"port_bandwidth", "of a port"},
           {"split", "split into"},
           {"power", "power"},
           {"price", "price"}},
          read_switch};
}

CatalogKind optics_catalog() {
  return {"optics",
          "kind of optics",
          {{"optics", "rate"},
           {"bandwidth", "bandwidth"},
           {"transceiver_power", "transceiver"},
           {"transceiver_price", "price"},
           {"copper_price", "copper"},
           {"nic_power", "NIC"},
           {"nic_price", "price"}},
          read_optics};
}

}  // namespace orrery
