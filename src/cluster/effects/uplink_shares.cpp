#include "cluster/effects/uplink_shares.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {

UplinkShares::UplinkShares(const SharedMachine& machine, const std::vector<double>& oversubscription) {
  for (std::size_t number = 0; number < machine.levels.size() && number < oversubscription.size(); ++number) {
    ORRERY_CHECK(oversubscription[number] >= 1, "uplinks carry at most what nodes send");
    Level level;
    level.unit_nodes = std::max(1, machine.levels[number].nodes);
    level.rings = std::max(1.0, level.unit_nodes / oversubscription[number]);
    std::int32_t units = 0;
    for (const NodeGroup& group : machine.groups) {
      for (int node = 0; node < group.nodes; ++node) level.unit_of_node.push_back(units + node / level.unit_nodes);
      units += (group.nodes + level.unit_nodes - 1) / level.unit_nodes;
    }
    level.jobs.resize(static_cast<std::size_t>(units));
    levels_.push_back(std::move(level));
  }
}

void UplinkShares::add(JobId job, std::span<const Slice> slices, std::set<JobId>& changed) {
  std::vector<Place>& places = places_[job];
  for (std::size_t number = 0; number < levels_.size(); ++number) {
    Level& level = levels_[number];
    std::set<std::int32_t> units;
    for (const Slice& slice : slices) units.insert(level.unit_of_node[static_cast<std::size_t>(slice.node)]);
    if (units.size() < 2) continue;
    for (const std::int32_t unit : units) {
      std::set<JobId>& jobs = level.jobs[static_cast<std::size_t>(unit)];
      jobs.insert(job);
      places.push_back({number, static_cast<std::size_t>(unit)});
      if (static_cast<double>(jobs.size()) > level.rings) changed.insert(jobs.begin(), jobs.end());
    }
  }
  changed.insert(job);
}

void UplinkShares::remove(JobId job, std::set<JobId>& changed) {
  const auto found = places_.find(job);
  if (found == places_.end()) return;
  for (const Place& place : found->second) {
    Level& level = levels_[place.level];
    std::set<JobId>& jobs = level.jobs[place.unit];
    if (static_cast<double>(jobs.size()) > level.rings) changed.insert(jobs.begin(), jobs.end());
    jobs.erase(job);
  }
  places_.erase(found);
  changed.erase(job);
}

double UplinkShares::share(JobId job) const {
  const auto found = places_.find(job);
  if (found == places_.end()) return 1;
  double share = 1;
  for (const Place& place : found->second) {
    const Level& level = levels_[place.level];
    share = std::min(share, level.rings / static_cast<double>(level.jobs[place.unit].size()));
  }
  return share;
}

}  // namespace orrery
