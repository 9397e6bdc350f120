#include <algorithm>
#include <cmath>
#include <map>

#include "base/check.hpp"
#include "run/engine.hpp"

namespace orrery {
namespace {

/// Stops in a row without a checkpoint that counts, after which a run is taken for one that never advances.
constexpr std::uint64_t kHopeless = 10'000;

}  // namespace

void RunEngine::lose(const Loss& loss) {
  // Groups start by themselves too: one that is hit while all restart does not hold up the others.
  const bool lives = phase_ == Phase::Running || phase_ == Phase::Stalled || phase_ == Phase::Restarting;
  if (loss.nodes.empty() || !has_groups() || !lives) {
    stop_job(loss);
  } else if (spec_.policy.recovery == Recovery::Redundant) {
    lose_shards(loss);
  } else {
    lose_groups(loss);
  }
}

void RunEngine::stop_job(const Loss& loss) {
  if (loss.evicted) {
    hardware_lost_ = true;
    lost_nodes_.insert(lost_nodes_.end(), loss.nodes.begin(), loss.nodes.end());
    if (has_groups()) {
      for (const long long group : loss.groups) ++groups_[group].missing;
    }
  }
  // A job that is down already is stopped by nothing more; a restart is.
  if (phase_ == Phase::Detecting || phase_ == Phase::Waiting || phase_ == Phase::Maintenance) return;
  ++result_.stops;
  ++result_.classes[static_cast<std::size_t>(loss.fault_class)].stops;
  if (phase_ == Phase::Saving && after_save_ == Phase::Restarting && pool_.in_service(to_evict_)) {
    Rng draws = Rng::stream(options_.seed, "run/again", static_cast<std::uint32_t>(replication_), again_++);
    const bool in_job = pool_.state(to_evict_) == NodePool::State::InJob;
    evict(to_evict_, save_class_, classes_[static_cast<std::size_t>(save_class_)].repair.draw(draws));
    hardware_lost_ = true;
    if (in_job) lost_nodes_.push_back(to_evict_);
  }
  if (phase_ != Phase::Restarting) stopped_at_ = now_;
  phase_ = Phase::Detecting;
  phase_end_ = now_ + loss.detection;
  blamed_ = loss.fault_class;
}

void RunEngine::save_then(Phase after, long long node, int fault_class) {
  after_save_ = after;
  to_evict_ = node;
  save_class_ = fault_class;
  blamed_ = fault_class;
  phase_ = Phase::Saving;
  phase_end_ = now_;
  if (spec_.checkpoints.empty()) return;
  const CheckpointLevel& slowest = spec_.checkpoints.back();
  phase_end_ += (slowest.blocking + slowest.lag).raw();
}

void RunEngine::order_nodes() {
  if (spec_.policy.outside.is_zero()) return;
  for (; ordered_ < pool_.missing() - pool_.ready(); ++ordered_) {
    Rng draws = Rng::stream(options_.seed, "run/outside", static_cast<std::uint32_t>(replication_), pushed_);
    push(now_ + spec_.policy.outside.draw(draws), Kind::Arrival);
  }
}

void RunEngine::try_restart() {
  if (!fill_groups()) {
    order_nodes();
    if (phase_ != Phase::Waiting) phase_end_ = now_;  // Since when it waits.
    phase_ = Phase::Waiting;
    return;
  }
  all_groups_back();
  begin_restart();
}

std::vector<char> RunEngine::levels_that_outlive(Rng& draws) const {
  std::vector<char> outlive;
  for (const CheckpointLevel& level : spec_.checkpoints) {
    bool lives = true;
    if (level.survives == Survives::Process) {
      lives = !hardware_lost_;
    } else if (level.survives == Survives::Node && !lost_nodes_.empty()) {
      if (level.copies < 2) {
        lives = false;
      } else if (lost_nodes_.size() > 1) {
        // Copies of a node lie on others at random, never in its own unit of `apart`: they are lost with the node where
        // all of them are among those lost elsewhere.
        const long long unit = std::max(1LL, unit_size(spec_.machine, level.apart, pool_.nodes()).nodes);
        std::map<long long, double> lost_of;  // By unit of `apart`.
        for (const long long node : lost_nodes_) lost_of[node / unit] += 1;
        const auto places = static_cast<double>(std::max(1LL, pool_.job_nodes() - std::min(unit, pool_.job_nodes())));
        double all_live = 1;
        for (const auto& [number, here] : lost_of) {
          const double others = std::min(1.0, (static_cast<double>(lost_nodes_.size()) - here) / places);
          all_live *= std::pow(1 - std::pow(others, level.copies - 1), here);
        }
        lives = draws.bernoulli(all_live);
      }
    }
    outlive.push_back(lives ? 1 : 0);
  }
  return outlive;
}

void RunEngine::begin_restart() {
  Rng draws = Rng::stream(options_.seed, "run/restart", static_cast<std::uint32_t>(replication_), restarts_++);
  const std::vector<char> outlive = levels_that_outlive(draws);
  const WorkClock::Restored restored = corrupted_at_ >= 0 ? clock_.restore_before(stopped_at_, outlive, corrupted_at_)
                                                          : clock_.restore(stopped_at_, outlive);
  corrupted_at_ = -1;
  std::erase_if(corruptions_, [&](const auto& entry) { return entry.second.position >= clock_.position(); });
  const double useful = job_gpus_ * restored.lost, lost = useful * redundancy();
  result_.ledger[GpuUse::Useful] -= useful;
  result_.ledger[GpuUse::Redundant] -= lost - useful;
  result_.ledger[GpuUse::Rework] += lost;
  if (ClassTally* tally = blamed()) tally->gpu_seconds += lost;
  if (restored.level > 0) ++result_.lost_checkpoint_levels;
  if (restored.scratch) ++result_.scratch;

  const Restart& parts = spec_.restart;
  double time = 0;
  if (spec_.policy.recovery == Recovery::Restart) time += spec_.policy.queue.draw(draws);
  if (hardware_lost_) time += spec_.policy.provision.draw(draws);
  time += parts.place.draw(draws) + parts.initialise.draw(draws) + parts.warm_up.draw(draws);
  time += parts.initialise_per_1000_gpus.raw() * job_gpus_ / 1000;
  if (restored.level >= 0) time += spec_.checkpoints[static_cast<std::size_t>(restored.level)].load.raw();
  phase_ = Phase::Restarting;
  phase_end_ = now_ + time;

  const double safe = clock_.safe_position(now_);
  if (safe > best_safe_) {
    best_safe_ = safe;
    stops_since_ = 0;
    written_then_ = clock_.written();
  } else if (++stops_since_ > kHopeless) {
    const bool writes = clock_.written() - written_then_ > kHopeless / 2;
    give_up(writes ? NeverReason::CheckpointsLag : NeverReason::NoProgress);
  }
}

void RunEngine::end_restart() {
  phase_ = Phase::Running;
  blamed_ = -1;
  hardware_lost_ = false;
  lost_nodes_.clear();
  let_missed_faults_recur();
}

void RunEngine::let_missed_faults_recur() {
  for (const auto& [fault_class, node] : missed_) {
    Rng draws = Rng::stream(options_.seed, "run/missed", static_cast<std::uint32_t>(replication_), again_++);
    push(now_ + spec_.faults.recurs_after.draw(draws), Kind::Fails, node, 1, fault_class);
  }
  missed_.clear();
}

}  // namespace orrery
