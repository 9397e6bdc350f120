#include "network/network_model.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "network/topology/fabric_graph.hpp"
#include "network/traffic/flow_load.hpp"
#include "network/traffic/folded_load.hpp"
#include "network/traffic/loads.hpp"

namespace orrery {
namespace {

/// Draws of hashed paths and random places that a step averages over. Fewer where each is long: a large fabric averages
/// over itself.
constexpr double kDraws = 4;
constexpr double kManyFlows = 2e5;
/// Routes that one group of a step may take: 50 ms.
constexpr double kQuick = 1e6;
/// Machines whose graphs a step builds: 100 ms.
constexpr long long kMostChips = 500'000;

/// The first of its loads that answers a question.
class ClosestLoad : public FabricLoad {
 public:
  ClosestLoad(const Cluster& cluster, std::uint64_t seed) : cluster_(cluster), formula_(cluster) {
    if (FoldedLoad::obstacle(cluster).empty()) {
      folded_ = std::make_unique<const FoldedLoad>(cluster);
    } else {
      add_flows(seed);
    }
  }

  double stretch(const Group& group, Traffic traffic) const override {
    return load(group, traffic).stretch(group, traffic);
  }
  Seconds extra_latency(const Group& group, Traffic traffic) const override {
    return load(group, traffic).extra_latency(group, traffic);
  }

 private:
  void add_flows(std::uint64_t seed) {
    const double least = static_cast<double>(cluster_.chips) * cluster_.fabric.flows_per_connection;
    if (least > kQuick || cluster_.machine_chips() > kMostChips) return;
    const bool is_drawn =
        cluster_.placement.order != PlacementOrder::Packed || cluster_.fabric.routing == Routing::Ecmp;
    std::vector<std::shared_ptr<const FabricLoad>> draws;
    const int most = is_drawn ? static_cast<int>(std::clamp(kManyFlows / least, 1.0, kDraws)) : 1;
    for (int draw = 0; draw < most; ++draw) {
      const std::uint64_t drawn = draw_seed(seed, static_cast<std::uint32_t>(draw));
      Diagnostics diagnostics;
      std::shared_ptr<const NetworkGraph> graph =
          build_fabric_graph(cluster_, cluster_.machine_chips(), {}, drawn, diagnostics);
      if (diagnostics.has_errors()) return;  // a fabric that only the formula knows
      draws.push_back(std::make_shared<const FlowLoad>(cluster_, graph, place_ranks(cluster_, drawn), drawn));
    }
    flows_ = std::make_unique<const MeanLoad>(std::move(draws));
  }

  const FabricLoad& load(const Group& group, Traffic traffic) const {
    if (folded_ && FoldedLoad::folds(cluster_, group)) return *folded_;
    if (flows_ && flow_work(cluster_, group, traffic) <= kQuick) return *flows_;
    return formula_;
  }

  Cluster cluster_;
  ClosedFormLoad formula_;
  std::unique_ptr<const FoldedLoad> folded_;
  std::unique_ptr<const MeanLoad> flows_;
};

}  // namespace

std::shared_ptr<const FabricLoad> closest_load(const Cluster& cluster, std::uint64_t seed) {
  return std::make_shared<const CachedLoad>(std::make_shared<const ClosestLoad>(cluster, seed));
}

std::unique_ptr<CollectiveModel> network_model(const Cluster& cluster, std::uint64_t seed) {
  return std::make_unique<HierarchicalModel>(cluster, closest_load(cluster, seed));
}

}  // namespace orrery
