#pragma once

#include <string>

#include "hardware/cluster.hpp"
#include "network/fabric_load.hpp"

namespace orrery {

/// What a fat tree with evenly spread paths does to a packed job, exactly, from counts instead of flows.
///
/// Two folds. Time: the flows of a collective's step carry equal bytes and start together, so the step ends when its
/// most loaded link has moved its bytes (`stretch_of_loads` says why that is exact under max-min fairness). Space: the
/// members of a group that share a domain index fill one contiguous range of chips over all groups of a block, and
/// every flow of the range shifts by the same distance; what leaves a unit of the tree is counted by ranges, and blocks
/// that lie alike in the units are counted once. A ring over a million chips is 131,072 ranges.
///
/// Equal to explicit flows within rounding (folded_load.test.cpp).
class FoldedLoad : public FabricLoad {
 public:
  /// Why the fold does not hold for this machine, or an empty text where it does: fat tree, spread paths, packed
  /// placement, tiers of whole scale-up domains; or a fabric without tiers, which is ideal.
  static std::string obstacle(const Cluster& cluster);
  /// Whether it holds for this group: its domains are filled evenly and do not straddle the machine's.
  static bool folds(const Cluster& cluster, const Group& group);

  explicit FoldedLoad(const Cluster& cluster);
  /// Throws `InternalError` for a group that does not fold.
  double stretch(const Group& group, Traffic traffic) const override;
  Seconds extra_latency(const Group& group, Traffic traffic) const override;

 private:
  Cluster cluster_;
};

}  // namespace orrery
