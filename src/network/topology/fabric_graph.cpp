#include "network/topology/fabric_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/unit_text.hpp"
#include "network/topology/dragonfly.hpp"
#include "network/topology/fat_tree_plan.hpp"
#include "network/topology/full_mesh.hpp"
#include "network/topology/torus.hpp"

namespace orrery {
namespace {

bool is_sound(const Cluster& cluster, long long chips, Diagnostics& diagnostics) {
  const auto before = diagnostics.all().size();
  const Fabric& fabric = cluster.fabric;
  if (chips < 1 || chips > static_cast<long long>(kMaxLinks))
    diagnostics.error(
        fmt::format("a machine of {} chips: a graph holds 1 to {}; ask for the closed forms, or the folded "
                    "flow level",
                    format_count(chips), format_count(kMaxLinks)));
  if (!(cluster.node.scale_out_bandwidth.raw() > 0 && std::isfinite(cluster.node.scale_out_bandwidth.raw())))
    diagnostics.error("the node has no scale_out_bandwidth: give it, for example \"400 Gbit/s\"");
  if (cluster.node.chips < 1) diagnostics.error(fmt::format("a node of {} chips: 1 at least", cluster.node.chips));
  if (!(fabric.efficiency > 0 && fabric.efficiency <= 1))
    diagnostics.error(fmt::format("the fabric's efficiency is {}: a share above 0, at most 1", fabric.efficiency));
  if (!(fabric.latency.raw() >= 0 && std::isfinite(fabric.latency.raw())))
    diagnostics.error("the fabric's latency is no time");
  if (!(fabric.switches.latency.raw() >= 0 && std::isfinite(fabric.switches.latency.raw())))
    diagnostics.error("the latency of the fabric's switches is no time");
  if (fabric.planes < 1 || fabric.planes > 64)
    diagnostics.error(fmt::format("the fabric has {} planes: 1 to 64", fabric.planes));
  return diagnostics.all().size() == before;
}

std::unique_ptr<FabricGraph> fat_tree(const Cluster& cluster, std::uint32_t chips, const FailedParts& failed,
                                      std::uint64_t seed, Diagnostics& diagnostics) {
  const Routing routing = cluster.fabric.routing;
  FatTreeDetail detail = FatTreeDetail::Switches;
  if (failed.empty() && routing == Routing::Spray) detail = FatTreeDetail::Pools;
  // Traffic that no hash assigns is spread over the planes evenly, so that they are alike.
  if (failed.empty() && routing == Routing::DestinationModulo) detail = FatTreeDetail::Planes;
  const auto plan = plan_fat_tree(cluster, chips, detail, diagnostics);
  if (!plan) return nullptr;
  FailedParts built = failed;  // Tiers that the chips do not reach are not there to fail.
  std::erase_if(built.shares, [&](const FailedParts::Share& share) {
    return share.tier >= static_cast<int>(plan->levels.size()) &&
           share.tier < static_cast<int>(cluster.fabric.tiers.size());
  });
  auto tree = FatTree::build(plan->levels, {routing, seed}, built, diagnostics);
  if (!tree) return nullptr;
  const auto node = static_cast<std::uint32_t>(cluster.node.chips);
  return std::make_unique<FabricGraph>(std::move(tree),
                                       FabricGraph::Seats{chips, node, plan->rails, plan->unit, plan->rails_are_apart});
}

std::unique_ptr<FabricGraph> dragonfly(const Cluster& cluster, std::uint32_t chips, const FailedParts& failed,
                                       std::uint64_t seed, Diagnostics& diagnostics) {
  const Fabric& fabric = cluster.fabric;
  const auto fail = [&](std::string message) {
    diagnostics.error(std::move(message));
    return nullptr;
  };
  if (fabric.tiers.size() != 3)
    return fail(fmt::format("a dragonfly has three tiers (router, group, whole), this fabric {}", fabric.tiers.size()));
  const auto& [router, group, whole] = std::tie(fabric.tiers[0], fabric.tiers[1], fabric.tiers[2]);
  if (router.chips < 1 || group.chips < 1 || whole.chips < 1 || group.chips % router.chips != 0 ||
      whole.chips % group.chips != 0 || whole.chips > static_cast<long long>(kMaxLinks))
    return fail(fmt::format("a dragonfly of {} chips in groups of {} on routers of {}: each must divide the one before",
                            format_count(whole.chips), format_count(group.chips), format_count(router.chips)));
  if (!(router.oversubscription > 0 && group.oversubscription > 0 && std::isfinite(router.oversubscription) &&
        std::isfinite(group.oversubscription)))
    return fail("the oversubscription of a dragonfly's tiers is no ratio above 0");
  if (whole.chips < chips)
    return fail(fmt::format("{} chips on a dragonfly that joins {}: add groups", format_count(chips),
                            format_count(whole.chips)));
  if (!(fabric.switches.port_bandwidth.raw() > 0))
    return fail("a dragonfly needs the fabric's switches: give their ports and port_bandwidth");

  const double nic = cluster.node.scale_out_bandwidth.raw(), port = fabric.switches.port_bandwidth.raw();
  DragonflyShape shape;
  shape.endpoints = static_cast<std::uint32_t>(router.chips);
  shape.routers = static_cast<std::uint32_t>(group.chips / router.chips);
  const auto groups = static_cast<std::uint32_t>(whole.chips / group.chips);
  // Bandwidth stays as the tiers say where cables do not come out whole.
  const double to_router =
      shape.routers > 1 ? nic * shape.endpoints / router.oversubscription / (shape.routers - 1) : 0;
  const double to_group = groups > 1 ? nic * static_cast<double>(group.chips) / router.oversubscription /
                                           group.oversubscription / (groups - 1)
                                     : 0;
  const double global_cables = std::max(1.0, std::round(to_group / port));
  const double ports = shape.endpoints * std::ceil(nic / fabric.planes / port - 1e-6) +
                       (shape.routers - 1) * std::max(1.0, std::round(to_router / fabric.planes / port)) +
                       std::ceil(global_cables / fabric.planes * (groups - 1) / shape.routers - 1e-6);
  if (ports > fabric.switches.ports)
    return fail(
        fmt::format("a router of this dragonfly needs {:.0f} ports, it has {}: fewer chips on a router, fewer "
                    "routers in a group, or switches of more ports",
                    ports, fabric.switches.ports));
  shape.links_per_pair = static_cast<std::uint32_t>(global_cables);
  shape.groups = std::min(groups, static_cast<std::uint32_t>((chips + group.chips - 1) / group.chips));
  const double share = fabric.efficiency;
  const Seconds hop = fabric.switches.latency;
  shape.endpoint = {BytesPerSecond(nic * share), fabric.latency / 2};
  shape.local = {BytesPerSecond(to_router * share), router.latency + hop};
  shape.global = {BytesPerSecond(to_group / global_cables * share), group.latency + hop};
  auto graph = Dragonfly::build(shape, fabric.routing, seed, failed, diagnostics);
  if (!graph) return nullptr;
  const auto node = static_cast<std::uint32_t>(cluster.node.chips);
  return std::make_unique<FabricGraph>(std::move(graph), FabricGraph::Seats{chips, node, 1, chips, false});
}

std::unique_ptr<FabricGraph> torus(const Cluster& cluster, std::uint32_t chips, const FailedParts& failed,
                                   std::uint64_t seed, Diagnostics& diagnostics) {
  const Fabric& fabric = cluster.fabric;
  TorusShape shape;
  double product = 1;
  std::string text;
  for (const long long length : fabric.dimensions) {
    product *= static_cast<double>(length);
    text += fmt::format("{}{}", text.empty() ? "" : " x ", length);
    shape.axes.push_back({static_cast<std::uint32_t>(std::clamp(length, 0LL, 4'000'000'000LL)), true});
  }
  if (!fabric.dimensions.empty() && product != static_cast<double>(chips)) {
    diagnostics.error(
        fmt::format("a torus of {} has {:.10g} chips, the machine has {}: the dimensions must multiply to it", text,
                    product, format_count(chips)));
    return nullptr;
  }
  shape.capacity = cluster.node.scale_out_bandwidth * fabric.efficiency /
                   (2.0 * static_cast<double>(std::max<std::size_t>(1, shape.axes.size())));
  shape.latency = fabric.latency;
  auto graph = Torus::build(shape, fabric.routing, seed, failed, diagnostics);
  if (!graph) return nullptr;
  const auto node = static_cast<std::uint32_t>(cluster.node.chips);
  return std::make_unique<FabricGraph>(std::move(graph), FabricGraph::Seats{chips, node, 1, chips, false});
}

}  // namespace

FabricGraph::FabricGraph(std::unique_ptr<WiredGraph> graph, Seats seats) : graph_(std::move(graph)), seats_(seats) {}

std::uint32_t FabricGraph::seat(std::uint32_t chip) const {
  if (seats_.rails == 1) return chip;
  const std::uint32_t unit = chip / seats_.unit, within = chip % seats_.unit;
  const std::uint32_t node = within / seats_.node, position = within % seats_.node;
  const std::uint32_t in_rail = node * (seats_.node / seats_.rails) + position / seats_.rails;
  const std::uint32_t rail = position % seats_.rails, rail_of_unit = seats_.unit / seats_.rails;
  if (seats_.rails_are_apart) return rail * (graph_->endpoints() / seats_.rails) + unit * rail_of_unit + in_rail;
  return unit * seats_.unit + rail * rail_of_unit + in_rail;
}

bool FabricGraph::route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
                        std::vector<RouteHop>& hops) const {
  return graph_->route(seat(source), seat(destination), key, hops);
}

std::uint32_t FabricGraph::nic_of(std::uint32_t source, std::uint32_t destination) const {
  const std::uint32_t node = source / seats_.node;
  if (node == destination / seats_.node || rail_of(source) == rail_of(destination)) return source;
  const std::uint32_t relay = node * seats_.node + destination % seats_.node;
  return relay < seats_.chips ? relay : source;
}

std::unique_ptr<FabricGraph> build_fabric_graph(const Cluster& cluster, long long machine_chips,
                                                const FailedParts& failed, std::uint64_t seed,
                                                Diagnostics& diagnostics) {
  if (!is_sound(cluster, machine_chips, diagnostics)) return nullptr;
  const auto chips = static_cast<std::uint32_t>(machine_chips);
  switch (cluster.fabric.topology) {
    case FabricTopology::Dragonfly:
      return dragonfly(cluster, chips, failed, seed, diagnostics);
    case FabricTopology::Torus:
      return torus(cluster, chips, failed, seed, diagnostics);
    case FabricTopology::FatTree:
      break;
  }
  return fat_tree(cluster, chips, failed, seed, diagnostics);
}

std::unique_ptr<WiredGraph> build_scale_up_graph(const Node& node, const std::vector<std::uint32_t>& axes,
                                                 Routing routing, const FailedParts& failed, std::uint64_t seed,
                                                 Diagnostics& diagnostics) {
  const auto chips = static_cast<std::uint32_t>(std::max(0, node.scale_up_domain));
  const std::size_t wanted = node.topology == ScaleUpTopology::Torus2d ? 2 : 3;
  switch (node.topology) {
    case ScaleUpTopology::Switched:
      return FatTree::build({{chips, 1, 1, node.scale_up_bandwidth, node.scale_up_latency / 2}}, {routing, seed},
                            failed, diagnostics);
    case ScaleUpTopology::FullMesh:
      return FullMesh::build(chips, node.scale_up_bandwidth / std::max(1.0, chips - 1.0), node.scale_up_latency, seed,
                             failed, diagnostics);
    case ScaleUpTopology::HybridCubeMesh:
      diagnostics.error("a hybrid cube mesh (DGX-1) has no graph: ask for the closed forms");
      return nullptr;
    case ScaleUpTopology::Torus2d:
    case ScaleUpTopology::Torus3d:
      break;
  }
  if (axes.size() != wanted) {
    diagnostics.error(
        fmt::format("the scale-up domain is a torus of {} dimensions, {} are given", wanted, axes.size()));
    return nullptr;
  }
  double slice = 1;
  for (const std::uint32_t length : axes) slice *= length;
  if (slice > chips) {
    diagnostics.error(fmt::format("a slice of {:.10g} chips of a scale-up domain of {}: the axes must fit in it", slice,
                                  format_count(chips)));
    return nullptr;
  }
  TorusShape shape{slice_axes(axes), node.scale_up_bandwidth / (2.0 * static_cast<double>(wanted)),
                   node.scale_up_latency};
  return Torus::build(shape, routing, seed, failed, diagnostics);
}

}  // namespace orrery
