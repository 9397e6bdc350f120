#include <algorithm>
#include <cmath>

#include "run/engine.hpp"

namespace orrery {

bool RunEngine::has_groups() const {
  return spec_.policy.recovery == Recovery::ReplicaDrop || spec_.policy.recovery == Recovery::Shrink ||
         spec_.policy.recovery == Recovery::Redundant;
}

void RunEngine::stall(double seconds, int fault_class) {
  if (seconds <= 0 || (phase_ != Phase::Running && phase_ != Phase::Stalled)) return;
  phase_end_ = phase_ == Phase::Stalled ? std::max(phase_end_, now_ + seconds) : now_ + seconds;
  phase_ = Phase::Stalled;
  blamed_ = fault_class;
}

void RunEngine::lose_groups(const Loss& loss) {
  Rng draws = Rng::stream(options_.seed, "run/stall", static_cast<std::uint32_t>(replication_), stalls_++);
  std::vector<long long> distinct = loss.groups;
  std::sort(distinct.begin(), distinct.end());
  if (loss.evicted) {
    for (std::size_t i = 0; i < loss.nodes.size(); ++i) {
      Group& group = groups_[loss.groups[i]];
      ++group.missing;
      group.lost.push_back(loss.nodes[i]);
    }
  }
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  bool computed = false;
  for (const long long number : distinct) {
    Group& group = groups_[number];
    ++group.number;
    push(now_ + loss.detection, Kind::GroupFound, number, group.number, loss.fault_class);
    if (group.away) continue;
    group.away = true;
    computed = true;
    ++groups_away_;
    ++result_.group_stops;
    ++result_.classes[static_cast<std::size_t>(loss.fault_class)].stops;
  }
  if (groups_away_ >= group_count_) {
    // Nobody is left to hold the weights. The nodes are counted as missing already.
    stop_job({loss.fault_class, loss.detection, false, {}, {}});
    gather_lost_nodes();
  } else if (computed) {
    stall(loss.detection + spec_.policy.stall.draw(draws), loss.fault_class);
  }
}

void RunEngine::group_found(const Event& event) {
  if (groups_[event.subject].number != event.number || !groups_[event.subject].away) return;
  waiting_groups_.emplace_back(event.subject, event.number);
  serve_groups();
}

/// Groups get spares in the order in which they asked, each all that it needs.
void RunEngine::serve_groups() {
  while (!waiting_groups_.empty()) {
    const auto [number, asked] = waiting_groups_.front();
    Group& group = groups_[number];
    if (group.number == asked && group.away) {
      if (group.missing > pool_.ready()) {
        order_nodes();
        return;
      }
      Rng draws = Rng::stream(options_.seed, "run/restart", static_cast<std::uint32_t>(replication_), restarts_++);
      const Restart& parts = spec_.restart;
      double time = group.missing > 0 ? spec_.policy.provision.draw(draws) : 0;
      for (; group.missing > 0; --group.missing) pool_.take_spare(number);
      time += parts.place.draw(draws) + parts.initialise.draw(draws) + parts.warm_up.draw(draws);
      time +=
          parts.initialise_per_1000_gpus.raw() * gpus_per_node_ * static_cast<double>(spec_.policy.group_nodes) / 1000;
      // Its state comes from a group that computes, or from the fastest checkpoint where that is quicker to read.
      if (!spec_.checkpoints.empty()) time += spec_.checkpoints.front().load.raw();
      push(now_ + time, Kind::GroupReady, number, asked);
    }
    waiting_groups_.pop_front();
  }
}

void RunEngine::group_ready(const Event& event) {
  Group& group = groups_[event.subject];
  if (group.number != event.number || !group.away) return;
  group.away = false;
  group.lost.clear();
  --groups_away_;
  let_missed_faults_recur();
  Rng draws = Rng::stream(options_.seed, "run/stall", static_cast<std::uint32_t>(replication_), stalls_++);
  stall(spec_.policy.stall.draw(draws), event.fault_class);
}

/// Whether a shard that `group` computes has no copy left.
bool RunEngine::lost_all_copies(long long group) const {
  const auto is_away = [&](long long number) {
    const auto found = groups_.find(number);
    return found != groups_.end() && found->second.away;
  };
  const long long copies = spec_.policy.copies;
  if (spec_.policy.disjoint) {
    const long long families = std::max(1LL, group_count_ / copies);
    for (long long copy = group % families; copy < group_count_; copy += families) {
      if (!is_away(copy)) return false;
    }
    return true;
  }
  // Shard j lies on the groups j .. j + copies - 1, around: all of a run of that length through `group`.
  long long run = 0;
  for (long long place = group - copies + 1; place < group + copies; ++place) {
    run = is_away((place + group_count_) % group_count_) ? run + 1 : 0;
    if (run == copies) return true;
  }
  return false;
}

/// The job goes on until a shard has no copy left.
void RunEngine::lose_shards(const Loss& loss) {
  if (loss.evicted) {
    for (std::size_t i = 0; i < loss.nodes.size(); ++i) {
      Group& group = groups_[loss.groups[i]];
      ++group.missing;
      group.lost.push_back(loss.nodes[i]);
    }
  }
  bool fatal = false;
  double hit = 0;
  for (const long long number : loss.groups) {
    Group& group = groups_[number];
    if (group.away) continue;
    group.away = true;
    hit += 1;
    fatal = fatal || lost_all_copies(number);
  }
  if (fatal) {
    stop_job({loss.fault_class, loss.detection, false, {}, {}});
    gather_lost_nodes();
    return;
  }
  if (hit == 0) return;
  result_.group_stops += hit;
  result_.classes[static_cast<std::size_t>(loss.fault_class)].stops += hit;
  Rng draws = Rng::stream(options_.seed, "run/stall", static_cast<std::uint32_t>(replication_), stalls_++);
  stall(loss.detection + spec_.policy.stall.draw(draws), loss.fault_class);
}

/// All start together, but those that still lack nodes: these ask for them and follow.
void RunEngine::all_groups_back() {
  groups_away_ = 0;
  waiting_groups_.clear();
  for (auto& [number, group] : groups_) {
    ++group.number;
    group.away = group.missing > 0;
    group.lost.clear();
    if (!group.away) continue;
    ++groups_away_;
    waiting_groups_.emplace_back(number, group.number);
  }
  if (groups_away_ > 0) order_nodes();
}

/// Puts spares in the places that lack nodes, group after group. Whether the job can start: with all of its nodes, or,
/// where groups follow by themselves, with enough of them.
bool RunEngine::fill_groups() {
  long long lacking = 0;
  for (auto& [number, group] : groups_) {
    if (group.missing > pool_.ready()) {
      ++lacking;
      continue;
    }
    for (; group.missing > 0; --group.missing) pool_.take_spare(number);
  }
  const bool follow = spec_.policy.recovery == Recovery::ReplicaDrop || spec_.policy.recovery == Recovery::Shrink;
  if (follow) {
    const auto whole = static_cast<double>(group_count_ - lacking);
    return whole >= 1 && whole >= spec_.policy.least * static_cast<double>(group_count_);
  }
  if (pool_.ready() < pool_.missing()) return false;
  while (pool_.missing() > 0) pool_.take_spare(-1);
  return true;
}

/// Nodes that groups have lost since they last started: with the last of a shard or a job they count together.
void RunEngine::gather_lost_nodes() {
  for (const auto& [number, group] : groups_)
    lost_nodes_.insert(lost_nodes_.end(), group.lost.begin(), group.lost.end());
  hardware_lost_ = hardware_lost_ || !lost_nodes_.empty();
}

}  // namespace orrery
