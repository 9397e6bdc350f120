#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cluster/effects/rate_table.hpp"
#include "cluster/effects/step_time.hpp"
#include "cluster/engine.hpp"
#include "cluster/machine.hpp"

namespace orrery {

/// Where placements lie in the levels of a machine. Units of a level are counted from the first node of each group, as
/// placements take them.
class PlacementLevels {
 public:
  explicit PlacementLevels(const SharedMachine& machine);

  int count() const { return static_cast<int>(unit_nodes_.size()) + 3; }
  /// "GPU", "node", the names of the network's levels, "machine".
  const std::string& name(int level) const { return names_[static_cast<std::size_t>(level)]; }
  /// Smallest level of which one unit holds all slices.
  int spanned(std::span<const Slice> slices) const;
  PlacementSpread spread(std::span<const Slice> slices) const;
  /// Smallest level that so many GPUs need on nodes of so many.
  int packed(std::int32_t gpus, int node_gpus) const;
  /// Group of a node.
  std::int32_t group(std::int32_t node) const;

 private:
  std::vector<std::int32_t> first_node_;  ///< Of each group.
  std::vector<std::int32_t> unit_nodes_;  ///< Of each level of the network, ascending.
  std::vector<std::string> names_;
};

/// Speed of jobs by kind, GPU type, level that their placement spans, and number of GPUs: two look-ups a start.
///
/// The reference of a job's run time is its own number of GPUs, packed into the smallest level that can hold them, on
/// GPUs of the type that it asks for, otherwise of `reference_type`. Jobs of which the table knows nothing there, or on
/// what they got, work in proportion to their GPUs.
class SpeedTable final : public JobSpeed {
 public:
  /// `rates`           by kinds and GPU types of `jobs`, levels of `machine`; both have to outlive this.
  /// `reference_type`  in the jobs' table of types.
  SpeedTable(const SharedMachine& machine, const JobTable& jobs, const RateTable& rates,
             std::int32_t reference_type = 0);

  double speed(const JobTable& jobs, JobId job, std::span<const Slice> slices) const override;
  const PlacementLevels& levels() const { return levels_; }

 private:
  PlacementLevels levels_;
  const RateTable& rates_;
  std::int32_t reference_type_;
  std::vector<std::int32_t> type_of_group_;
  std::vector<int> node_gpus_of_type_;
};

}  // namespace orrery
