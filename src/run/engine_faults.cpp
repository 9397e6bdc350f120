#include <algorithm>
#include <cmath>
#include <iterator>
#include <unordered_set>

#include "run/engine.hpp"

namespace orrery {

std::vector<long long> RunEngine::nodes_hit(const Fault& fault, const FaultClass& kind, Rng& draws) const {
  std::vector<long long> hit;
  for (long long node = fault.first; node < fault.first + fault.count; ++node) {
    if (pool_.in_service(node)) hit.push_back(node);
  }
  if (hit.empty() || kind.burst <= 0 || !draws.bernoulli(kind.burst)) return hit;
  const long long size = std::max(1LL, unit_size(spec_.machine, kind.burst_domain, pool_.nodes()).nodes);
  const long long first = fault.first / size * size, end = std::min(first + size, pool_.nodes());
  const auto more = std::min(static_cast<double>(end - first), std::ceil(kind.burst_nodes.draw(draws)));
  std::unordered_set<long long> known(hit.begin(), hit.end());
  for (long long i = 0; i < static_cast<long long>(more); ++i) {
    const long long node = first + static_cast<long long>(draws.below(static_cast<std::uint64_t>(end - first)));
    if (pool_.in_service(node) && known.insert(node).second) hit.push_back(node);
  }
  return hit;
}

void RunEngine::strike(const Fault& fault) {
  const FaultClass& kind = classes_[static_cast<std::size_t>(fault.fault_class)];
  Rng draws = faults_.draws(fault);
  // Who replaced a bad node has the rate of the good ones.
  if (fault.of_bad_node && pool_.was_replaced(fault.first) && !draws.bernoulli(1 / spec_.faults.bad.factor)) return;
  std::vector<long long> hit;
  if (fault.count > 0) {
    hit = nodes_hit(fault, kind, draws);
    if (hit.empty()) return;
  }
  take_effect(fault.fault_class, fault.fault_class, hit, draws);
}

void RunEngine::strike_again(const Event& event) {
  if (!pool_.in_service(event.subject)) return;
  Rng draws = Rng::stream(options_.seed, "run/again", static_cast<std::uint32_t>(replication_), again_++);
  const int counted_as = event.number == 0 ? event.fault_class : static_cast<int>(result_.classes.size()) - 1;
  take_effect(event.fault_class, counted_as, {event.subject}, draws);
}

void RunEngine::strike_from_trace(const ReplayStream::Struck& struck) {
  if (!pool_.in_service(struck.node)) return;
  const FaultClass& kind = classes_[static_cast<std::size_t>(struck.fault_class)];
  Rng draws = Rng::stream(options_.seed, "run/again", static_cast<std::uint32_t>(replication_), again_++);
  Loss loss{struck.fault_class, kind.detection.draw(draws), true, {}, {}};
  ++result_.classes[static_cast<std::size_t>(struck.fault_class)].faults;
  if (pool_.state(struck.node) == NodePool::State::InJob) {
    loss.nodes.push_back(struck.node);
    loss.groups.push_back(pool_.group(struck.node, spec_.policy.group_nodes));
  }
  evict(struck.node, struck.fault_class, struck.away);
  if (!loss.nodes.empty()) lose(loss);
}

/// `hit`: nodes in service; none: the job itself.
void RunEngine::take_effect(int fault_class, int counted_as, const std::vector<long long>& hit, Rng& draws) {
  const FaultClass& kind = classes_[static_cast<std::size_t>(fault_class)];
  ClassTally& tally = result_.classes[static_cast<std::size_t>(counted_as)];
  tally.faults += hit.empty() ? 1 : static_cast<double>(hit.size());
  const auto in_job =
      std::find_if(hit.begin(), hit.end(), [&](long long node) { return pool_.state(node) == NodePool::State::InJob; });
  const bool touches_job = hit.empty() || in_job != hit.end();
  const long long node = in_job != hit.end() ? *in_job : -1;
  switch (kind.effect) {
    case Effect::Masked:
      return;
    case Effect::Stall:
      if (touches_job) stall(kind.detection.draw(draws), counted_as);
      return;
    case Effect::Slow: {
      if (!touches_job) return;
      const double lasts = kind.lasts.is_zero() ? 2 * limit_ : kind.lasts.draw(draws);
      // Without a checkpoint to go on from, a slow part is better than a stop: nobody evicts it.
      const bool evictable = !kind.detection.is_zero() && (has_groups() || !spec_.checkpoints.empty());
      const double found = evictable ? kind.detection.draw(draws) : 2 * limit_;
      const bool evicts = found < lasts && node >= 0 && draws.bernoulli(kind.evict);
      slow_[marks_] = {kind.slow_factor, node, fault_class, evicts};
      slow_factors_.emplace(kind.slow_factor, fault_class);
      push(now_ + std::min(lasts, found), Kind::SlowEnds, marks_++);
      return;
    }
    case Effect::Corruption:
      if (!touches_job || phase_ != Phase::Running) return;
      corruptions_[marks_] = {clock_.position(), fault_class, node};
      push(now_ + kind.detection.draw(draws), Kind::CorruptionFound, marks_++);
      return;
    case Effect::Stop:
      take_down(fault_class, counted_as, hit, draws);
      return;
  }
}

void RunEngine::take_down(int fault_class, int counted_as, const std::vector<long long>& hit, Rng& draws) {
  const FaultClass& kind = classes_[static_cast<std::size_t>(fault_class)];
  const FaultModel& model = spec_.faults;
  const auto below = [&](std::uint64_t n) { return draws.below(n); };
  Loss loss{counted_as, kind.detection.draw(draws), !hit.empty() && draws.bernoulli(kind.evict), {}, {}};
  const auto lose_node = [&](long long node, double away) {
    if (pool_.state(node) == NodePool::State::InJob) {
      loss.nodes.push_back(node);
      loss.groups.push_back(pool_.group(node, spec_.policy.group_nodes));
    }
    if (loss.evicted) evict(node, fault_class, away);
  };
  const bool missed = loss.evicted && hit.size() == 1 && pool_.state(hit.front()) == NodePool::State::InJob &&
                      draws.bernoulli(model.misdiagnosis);
  if (missed) {
    missed_.emplace_back(fault_class, hit.front());
    if (const auto innocent = pool_.any_in_job(below)) lose_node(*innocent, model.check.draw(draws));
  } else {
    for (const long long node : hit) lose_node(node, loss.evicted ? kind.repair.draw(draws) : 0);
  }
  if (loss.evicted && !loss.nodes.empty() && model.over_eviction > 0) {
    for (std::uint64_t more = draws.poisson(model.over_eviction); more > 0; --more) {
      if (const auto innocent = pool_.any_in_job(below)) lose_node(*innocent, model.check.draw(draws));
    }
  }
  if (hit.empty() || !loss.nodes.empty()) lose(loss);
}

void RunEngine::evict(long long node, int fault_class, double duration) {
  ++result_.node_faults;
  ++events_;
  for (auto part = slow_.begin(); part != slow_.end();) {
    const auto next = std::next(part);
    if (part->second.node == node) heal(part);
    part = next;
  }
  const RunPolicy& policy = spec_.policy;
  const bool retires =
      policy.retire_after > 0 && pool_.note_fault(node, now_, policy.retire_window.raw()) >= policy.retire_after;
  const std::uint32_t stay = pool_.leave(node);
  if (retires) {
    if (policy.replacement.is_zero()) return;
    Rng draws = Rng::stream(options_.seed, "run/replace", static_cast<std::uint32_t>(replication_), pushed_);
    push(now_ + policy.replacement.draw(draws), Kind::Repaired, node, stay, -1);
  } else if (pool_.admit({node, stay, fault_class, duration})) {
    push(now_ + duration, Kind::Repaired, node, stay, fault_class);
  }
}

void RunEngine::repaired(const Event& event) {
  const bool replaced = event.fault_class < 0;
  if (!replaced) {
    if (const auto next = pool_.discharge())
      push(now_ + next->duration, Kind::Repaired, next->node, next->stay, next->fault_class);
  }
  if (!pool_.back(event.subject, event.number, replaced)) return;
  if (!replaced) {
    const FaultClass& kind = classes_[static_cast<std::size_t>(event.fault_class)];
    if (kind.refail > 0) {
      Rng draws = Rng::stream(options_.seed, "run/refail", static_cast<std::uint32_t>(replication_), again_++);
      if (draws.bernoulli(kind.refail))
        push(now_ + kind.refail_after.draw(draws), Kind::Fails, event.subject, 0, event.fault_class);
    }
  }
  nodes_returned();
}

void RunEngine::nodes_returned() {
  if (phase_ == Phase::Waiting) {
    try_restart();
  } else if (has_groups()) {
    serve_groups();
  }
}

void RunEngine::slow_ends(long long key) {
  const auto found = slow_.find(key);
  if (found == slow_.end()) return;
  const SlowPart part = found->second;
  const bool computes = phase_ == Phase::Running || phase_ == Phase::Stalled;
  if (!part.evicts || pool_.state(part.node) != NodePool::State::InJob || !computes) {
    heal(found);
    return;
  }
  if (has_groups()) {
    Rng draws = Rng::stream(options_.seed, "run/again", static_cast<std::uint32_t>(replication_), again_++);
    Loss loss{part.fault_class, 0, true, {part.node}, {pool_.group(part.node, spec_.policy.group_nodes)}};
    evict(part.node, part.fault_class, classes_[static_cast<std::size_t>(part.fault_class)].repair.draw(draws));
    lose(loss);
  } else {
    save_then(Phase::Restarting, part.node, part.fault_class);
  }
}

void RunEngine::heal(std::map<long long, SlowPart>::iterator part) {
  slow_factors_.erase(slow_factors_.find({part->second.factor, part->second.fault_class}));
  slow_.erase(part);
}

void RunEngine::corruption_found(long long key) {
  const auto found = corruptions_.find(key);
  if (found == corruptions_.end()) return;
  const Corruption corruption = found->second;
  corruptions_.erase(found);
  const FaultClass& kind = classes_[static_cast<std::size_t>(corruption.fault_class)];
  Rng draws = Rng::stream(options_.seed, "run/again", static_cast<std::uint32_t>(replication_), again_++);
  corrupted_at_ = corrupted_at_ < 0 ? corruption.position : std::min(corrupted_at_, corruption.position);
  Loss loss{corruption.fault_class, 0, false, {}, {}};
  if (corruption.node >= 0 && pool_.state(corruption.node) == NodePool::State::InJob && draws.bernoulli(kind.evict)) {
    loss.evicted = true;
    loss.nodes.push_back(corruption.node);
    loss.groups.push_back(pool_.group(corruption.node, spec_.policy.group_nodes));
    evict(corruption.node, corruption.fault_class, kind.repair.draw(draws));
  }
  stop_job(loss);  // Every replica has the wrong weights by now.
}

}  // namespace orrery
