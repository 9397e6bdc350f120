// Chips and nodes in the catalog.
#include <fmt/format.h>

#include "cli/catalog.hpp"
#include "hardware/hardware_fields.hpp"

namespace orrery {
namespace {

/// A peak, or nothing where the chip has no such unit.
Cell peak_or_nothing(FlopsPerSecond peak) {
  return peak.raw() > 0 ? Cell{figure(peak)} : Cell{};
}

/// Operations that the chip could do in the time in which one byte arrives (Williams et al. 2009, roofline).
double balance(FlopsPerSecond peak, BytesPerSecond bandwidth) {
  return peak / bandwidth / Flops(1) * Bytes(1);
}

CatalogItem read_chip(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  Chip chip;
  chip_schema().read(with_preset(preset.value, "chips", diagnostics), chip, diagnostics, &item.written);
  item.declared = chip_schema().fields();
  item.title = fmt::format("{}, {}", chip.name, chip.vendor);
  const double flop_per_byte = balance(chip.peak_bf16, chip.memory_bandwidth);
  item.summary = {chip.name,
                  chip.vendor,
                  figure(chip.memory),
                  figure(chip.memory_bandwidth),
                  figure(chip.peak_bf16),
                  peak_or_nothing(chip.peak_fp8),
                  peak_or_nothing(chip.peak_fp4),
                  chip.tdp.raw() > 0 ? Cell{figure(chip.tdp)} : Cell{},
                  number(flop_per_byte)};
  item.derived = {{"flop_per_byte_bf16", "machine balance, BF16 operations a byte of memory", number(flop_per_byte)}};
  if (chip.peak_fp8.raw() > 0) {
    item.derived.push_back(
        {"flop_per_byte_fp8", "the same in FP8", number(balance(chip.peak_fp8, chip.memory_bandwidth))});
  }
  item.derived.push_back({"memory_read", "all of the memory is read in", figure(chip.memory / chip.memory_bandwidth)});
  if (chip.tdp.raw() > 0) {
    item.derived.push_back({"flop_per_joule_bf16", "BF16 operations a joule at full power",
                            large(chip.peak_bf16 / chip.tdp / Flops(1) * Joules(1))});
  }
  return item;
}

const char* topology_name(ScaleUpTopology topology) {
  switch (topology) {
    case ScaleUpTopology::Switched:
      return "switched";
    case ScaleUpTopology::FullMesh:
      return "full mesh";
    case ScaleUpTopology::Torus2d:
      return "2D torus";
    case ScaleUpTopology::Torus3d:
      return "3D torus";
    case ScaleUpTopology::HybridCubeMesh:
      return "hybrid cube mesh";
  }
  return "";
}

CatalogItem read_node(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  Node node;
  node_schema().read(with_preset(preset.value, "nodes", diagnostics), node, diagnostics, &item.written);
  item.declared = node_schema().fields();
  // The node's chip and fabric are presets of their own, which the machine's reader finds.
  const Cluster machine = load_cluster(preset.name, diagnostics);
  item.title = fmt::format("{}: {} x {}", node.name, node.chips, machine.chip.name);
  item.summary = {machine.chip.name,
                  count(node.chips),
                  count(node.scale_up_domain),
                  std::string(topology_name(node.topology)),
                  figure(node.scale_up_bandwidth),
                  figure(node.scale_out_bandwidth),
                  machine.fabric.name};
  item.derived = {
      {"chip", "chip", machine.chip.name},
      {"fabric", "usual fabric", machine.fabric.name},
      {"node_peak_bf16", "BF16 peak of a node", figure(machine.chip.peak_bf16 * node.chips)},
      {"node_memory", "memory of a node", figure(machine.chip.memory * node.chips)},
      {"domain_memory", "memory of a scale-up domain", figure(machine.chip.memory * node.scale_up_domain)},
      {"flop_per_scale_up_byte", "BF16 operations a byte of scale-up bandwidth",
       number(balance(machine.chip.peak_bf16, node.scale_up_bandwidth))},
      {"flop_per_scale_out_byte", "BF16 operations a byte of scale-out bandwidth",
       number(balance(machine.chip.peak_bf16, node.scale_out_bandwidth))},
  };
  item.notes = {"Bandwidths are of one chip, in one direction."};
  return item;
}

}  // namespace

CatalogKind chip_catalog() {
  return {"chips",
          "chip",
          {{"chip", "chip"},
           {"vendor", "vendor"},
           {"memory", "memory"},
           {"memory_bandwidth", "bandwidth"},
           {"peak_bf16", "BF16"},
           {"peak_fp8", "FP8"},
           {"peak_fp4", "FP4"},
           {"tdp", "power"},
           {"flop_per_byte_bf16", "FLOP/B"}},
          read_chip};
}

CatalogKind node_catalog() {
  return {"nodes",
          "node",
          {{"chip", "chip"},
           {"chips", "chips"},
           {"scale_up_domain", "domain"},
           {"topology", "scale-up"},
           {"scale_up_bandwidth", "scale-up"},
           {"scale_out_bandwidth", "scale-out"},
           {"fabric", "usual fabric"}},
          read_node};
}

}  // namespace orrery
