#pragma once

#include "hardware/cluster.hpp"
#include "network/collective.hpp"

namespace orrery {

/// Closed form of collectives on a machine of two levels: scale-up domains, and a fabric between them.
///
/// Every algorithm and protocol that NCCL would consider is a line of latency and bandwidth, with the structure and the
/// constants of its tuning model (NVIDIA/nccl src/graph/tuning.cc, 2026-06; docs/collectives.md); the cheapest rules. A
/// group that spans domains moves its inter-domain bytes over one network port for each of its ranks in a domain.
/// Contention between groups is not modelled here beyond every chip owning its share of the network.
class HierarchicalModel : public CollectiveModel {
 public:
  explicit HierarchicalModel(const Cluster& cluster);
  CostCurve curve(Collective collective, const Group& group) const override;

 private:
  CostCurve within_domain(Collective collective, const Group& group) const;
  CostCurve across_domains(Collective collective, const Group& group) const;
  /// Share of the chip's scale-up bandwidth that a group of so many ranks can use.
  double reachable_share(Collective collective, int ranks) const;
  /// Line rate of the network at the extent of a group, per chip, after oversubscription.
  BytesPerSecond network_bandwidth(const Group& group) const;

  Node node_;
  Fabric fabric_;
};

}  // namespace orrery
