#include "hardware/fabric_check.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

constexpr long long kMostChips = 100'000'000;

/// Where a key of the fabric stands; the fabric itself where it is not said.
Span place(const Value& table, std::string_view key) {
  const Value* value = table.find(key);
  return value != nullptr ? value->span() : table.span();
}

/// Where a key of a tier stands.
Span tier_place(const Value& table, std::size_t tier, std::string_view key) {
  const Value* tiers = table.find("tiers");
  const Value::Array* list = tiers != nullptr ? tiers->array() : nullptr;
  if (list == nullptr || tier >= list->size()) return place(table, "tiers");
  return place((*list)[tier], key);
}

void check_tiers(const Fabric& fabric, const Value& table, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < fabric.tiers.size(); ++i) {
    const Fabric::Tier& tier = fabric.tiers[i];
    if (tier.switches % fabric.planes != 0) {
      diagnostics.error(
          fmt::format("{} switches of tier {} are not shared evenly by {} planes", tier.switches, i + 1, fabric.planes),
          tier_place(table, i, "switches"), "each plane is a network of its own: as many switches in each");
    }
    // Above the top tier is nothing, or what the fabric does not describe.
    if (i + 1 < fabric.tiers.size() && tier.oversubscription > static_cast<double>(tier.chips)) {
      diagnostics.error(fmt::format("a unit of tier {} with {} chips is oversubscribed {} times: less than the "
                                    "bandwidth of one chip leads out of it",
                                    i + 1, tier.chips, tier.oversubscription),
                        tier_place(table, i, "oversubscription"),
                        "bandwidth below over bandwidth above; 1: non-blocking");
    }
    if (i == 0) continue;
    const Fabric::Tier& below = fabric.tiers[i - 1];
    // The rails of a single unit are joined by a tier that is no larger.
    const bool joins_rails = i == 1 && fabric.rails == Rails::Optimised && tier.chips == below.chips;
    if (joins_rails || (tier.chips > below.chips && tier.chips % below.chips == 0)) continue;
    diagnostics.error(fmt::format("tier {} joins {} chips, tier {} below it {}", i + 1, tier.chips, i, below.chips),
                      tier_place(table, i, "chips"), "tiers run from the leaf up, each a multiple of the one below");
  }
}

void check_rails(const Fabric& fabric, const Value& table, Diagnostics& diagnostics) {
  if (fabric.rails == Rails::None) return;
  if (fabric.topology != FabricTopology::FatTree) {
    diagnostics.error("rails are of a fat tree", place(table, "rails"), "rails = \"none\"");
  } else if (fabric.rails == Rails::Only && fabric.tiers.size() > 1) {
    diagnostics.error(
        fmt::format("`rails = \"only\"` has no tier above its leaves, but {} tiers are listed", fabric.tiers.size()),
        place(table, "rails"), "rails = \"optimised\" where upper tiers join the rails");
  } else if (fabric.rails == Rails::Optimised && fabric.tiers.size() == 1) {
    diagnostics.error("nothing joins the rails: only their leaves are listed", place(table, "rails"),
                      "add a tier above, or rails = \"only\"");
  }
}

void check_torus(const Fabric& fabric, const Value& table, Diagnostics& diagnostics) {
  const bool torus = fabric.topology == FabricTopology::Torus;
  if (!torus && !fabric.dimensions.empty()) {
    diagnostics.error("`dimensions` are of a torus", place(table, "dimensions"), "topology = \"torus\"");
  }
  if (!torus) return;
  if (fabric.dimensions.empty()) {
    diagnostics.error("a torus needs its `dimensions`", place(table, "topology"),
                      "for example dimensions = [16, 16, 16]");
  } else if (fabric_chips(fabric) > kMostChips) {
    diagnostics.error(fmt::format("a torus of more than {} chips", kMostChips), place(table, "dimensions"));
  }
  if (!fabric.tiers.empty()) {
    diagnostics.error("a torus has no tiers", place(table, "tiers"),
                      "topology = \"fat_tree\" where switches join chips");
  }
}

}  // namespace

void check_fabric(const Fabric& fabric, const Value& table, Diagnostics& diagnostics) {
  check_tiers(fabric, table, diagnostics);
  check_rails(fabric, table, diagnostics);
  check_torus(fabric, table, diagnostics);
  if (fabric.topology == FabricTopology::Dragonfly && fabric.tiers.size() != 3) {
    diagnostics.error(fmt::format("a dragonfly has three tiers, not {}", fabric.tiers.size()),
                      place(table, fabric.tiers.empty() ? "topology" : "tiers"),
                      "the router, the group and the whole, each with its chips");
  }
}

long long fabric_chips(const Fabric& fabric) {
  if (fabric.topology != FabricTopology::Torus) return fabric.tiers.empty() ? 0 : fabric.tiers.back().chips;
  if (fabric.dimensions.empty()) return 0;
  long long chips = 1;
  for (const long long n : fabric.dimensions) {
    chips *= n;
    if (chips > kMostChips) return kMostChips + 1;  // reported; further products could overflow
  }
  return chips;
}

std::string unjoined_chips(const Cluster& cluster) {
  const long long joined = fabric_chips(cluster.fabric), machine = cluster.machine_chips();
  if (joined == 0 || machine <= joined || machine <= cluster.node.scale_up_domain) return "";
  return fmt::format("{} chips on a fabric that joins {}", format_count(machine), format_count(joined));
}

}  // namespace orrery
