#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "cluster/placement.hpp"

namespace orrery {

/// Which running jobs meet on the uplinks of racks and pods, and what share of its NICs each of them gets there.
///
/// A job that lies in several units of a level sends one ring through the uplinks of each of them, at the speed of a
/// node's NICs where it can. Rings on one unit's uplinks share them equally. As if all of them sent at the same time,
/// so that the share is the least that a job gets.
class UplinkShares {
 public:
  /// `oversubscription`  of each level of the machine's network, as it lists them: what the nodes of a unit could send
  ///                     over what its uplinks carry, at least 1. Levels that are missing have none.
  UplinkShares(const SharedMachine& machine, const std::vector<double>& oversubscription);

  /// A job starts or stops; the jobs whose share this changes are added to `changed`, the starting one too.
  void add(JobId job, std::span<const Slice> slices, std::set<JobId>& changed);
  void remove(JobId job, std::set<JobId>& changed);
  /// 1 for a job that crosses nothing.
  double share(JobId job) const;

 private:
  struct Level {
    std::int32_t unit_nodes = 1;
    double rings = 1;  ///< That a unit's uplinks carry at full speed.
    std::vector<std::int32_t> unit_of_node;
    std::vector<std::set<JobId>> jobs;  ///< Of each unit, whose rings go through its uplinks.
  };
  struct Place {
    std::size_t level = 0, unit = 0;
  };
  std::vector<Level> levels_;
  std::map<JobId, std::vector<Place>> places_;
};

}  // namespace orrery
