// Who is evicted or moved for a job.
#include <algorithm>

#include "cluster/quota/share_scheduler.hpp"
#include "cluster/quota/victims.hpp"

namespace orrery {

/// One way of making room for a job.
class ShareTrial final : public Trial {
 public:
  enum class Rule : std::uint8_t {
    FairShare,  ///< From queues above their share, for one that stays within its own.
    Quota,      ///< From queues above what they deserve, for one that stays within that (KAI).
    Preempt,    ///< From jobs of lower priority of the same queue.
  };

  ShareTrial(ShareScheduler& scheduler, ClusterEngine& engine, JobId job, Rule rule)
      : scheduler_(scheduler),
        tree_(scheduler.tree_),
        engine_(engine),
        job_(job),
        rule_(rule),
        leaf_(scheduler.leaf(job)),
        amounts_(scheduler.amounts(job)),
        demand_(engine.demand(job)) {
    gather();
  }

  bool has_candidates() const { return !candidates_.empty(); }

  void take_away(JobId victim) override {
    tree_.take(scheduler_.leaf(victim), scheduler_.amounts(victim), -1);
    lend_gpus(engine_, victim);
  }
  void put_back(JobId victim) override {
    tree_.take(scheduler_.leaf(victim), scheduler_.amounts(victim), 1);
    reclaim_gpus(engine_, victim);
  }
  bool fits() override { return tree_.has_room(leaf_, amounts_) && engine_.placement().fits(demand_); }
  bool allowed(const std::vector<JobId>& /*victims*/) override { return true; }

  JobId next() override {
    // From the root down the side that is furthest above its share.
    std::size_t best = queues_.size();
    for (std::size_t q = 0; q < queues_.size(); ++q) {
      while (queues_[q].next < queues_[q].end && !may_take(candidates_[queues_[q].next])) ++queues_[q].next;
      if (queues_[q].next == queues_[q].end) continue;
      if (best == queues_.size() || further(queues_[q].leaf, queues_[best].leaf)) best = q;
    }
    if (best == queues_.size()) return kNoJob;
    return candidates_[queues_[best].next++];
  }

 private:
  /// Candidates of one queue: begin .. end - 1 in `candidates_`.
  struct Queue {
    std::int32_t leaf = 0;
    std::size_t next = 0, end = 0;
  };

  bool further(std::int32_t a, std::int32_t b) const {
    const double sa = tree_.saturation(tree_.almost_common(a, b), {});
    const double sb = tree_.saturation(tree_.almost_common(b, a), {});
    return sa > sb;
  }

  Millis min_runtime(std::int32_t victim_leaf) const {
    const bool same = victim_leaf == leaf_;
    // Across queues the setting of the victim's side counts, or the first one above it; within a queue its own.
    std::int32_t node = same ? leaf_ : tree_.almost_common(victim_leaf, leaf_);
    for (; node > 0; node = tree_.parent(node)) {
      const SharePolicy::Queue& queue = scheduler_.policy_.queues[static_cast<std::size_t>(node - 1)];
      const auto& stated = same ? queue.preempt_min_runtime : queue.reclaim_min_runtime;
      if (stated) return *stated;
    }
    return same ? scheduler_.policy_.preempt_min_runtime : scheduler_.policy_.reclaim_min_runtime;
  }

  /// What the queue may hold by right under this rule.
  const Shares& right_of(std::int32_t node) const {
    return rule_ == Rule::Quota ? tree_.queue(node).deserved : tree_.fair_share(node);
  }

  /// Whether a queue, seen from the job's, holds more than its right on all levels on which it does not share with it.
  bool above_right(std::int32_t leaf) const {
    const std::int32_t side = tree_.almost_common(leaf, leaf_);
    for (std::int32_t node = leaf;; node = tree_.parent(node)) {
      if (!tree_.above(node, amounts_, right_of(node))) return false;
      if (node == side) return true;
    }
  }

  /// Whether the job's queue stays within its right with the job, as far up as the two do not share.
  bool stays_within(std::int32_t victim_leaf) const {
    const std::int32_t side = tree_.almost_common(leaf_, victim_leaf);
    for (std::int32_t node = leaf_;; node = tree_.parent(node)) {
      if (!tree_.within(node, amounts_, right_of(node))) return false;
      if (node == side) return true;
    }
  }

  bool may_take(JobId victim) {
    const std::int32_t leaf = scheduler_.leaf(victim);
    if (rule_ == Rule::Preempt) return true;
    const std::int32_t side = tree_.almost_common(leaf, leaf_), own = tree_.almost_common(leaf_, leaf);
    const Amounts its = scheduler_.amounts(victim);
    const SharePolicy& policy = scheduler_.policy_;
    if (policy.rule == ShareRule::Hdrf) {
      // The one who takes may not end up with more than the one who loses.
      tree_.take(leaf, its, -1);
      const bool fair = tree_.saturation(own, amounts_) <= tree_.saturation(side, {});
      tree_.take(leaf, its, 1);
      return fair;
    }
    if (!above_right(leaf)) return false;
    if (policy.rule != ShareRule::Kai) {
      // Volcano leaves a queue what it is guaranteed.
      for (std::size_t r = 0; r < kShareResources; ++r) {
        if (its[r] > 0 && tree_.allocated(leaf)[r] - static_cast<double>(its[r]) < tree_.queue(leaf).guarantee[r])
          return false;
      }
      return true;
    }
    if (rule_ == Rule::Quota) return true;
    // KAI: who was nearer to his share than the other stays so; without a share nothing is near.
    bool has_share = false;
    for (std::size_t r = 0; r < kShareResources; ++r)
      has_share = has_share || (its[r] > 0 && tree_.fair_share(side)[r] > 0);
    if (!has_share) return true;
    tree_.take(leaf, its, -1);
    const bool ordered = tree_.saturation(own, amounts_) * policy.multiplier <= tree_.saturation(side, {});
    tree_.take(leaf, its, 1);
    return ordered;
  }

  void gather() {
    const ShareScheduler& s = scheduler_;
    long long gpus = engine_.placement().free_gpus();
    for (std::size_t q = 0; q < s.running_.size(); ++q) {
      const std::int32_t leaf = ShareTree::node(static_cast<std::int32_t>(q));
      if ((leaf == leaf_) != (rule_ == Rule::Preempt) || s.running_[q].empty()) continue;
      if (rule_ != Rule::Preempt) {
        if (!s.policy_.queues[q].reclaimable) continue;
        if (s.policy_.rule != ShareRule::Hdrf && (!stays_within(leaf) || !above_right(leaf))) continue;
      }
      const Millis protected_since = engine_.now() - min_runtime(leaf);
      const std::size_t begin = candidates_.size();
      for (const JobId victim : s.running_[q]) {
        if (!s.preemptible(victim) || engine_.started(victim) == engine_.now()) continue;
        if (engine_.started(victim) > protected_since) continue;
        if (rule_ == Rule::Preempt && s.priority(victim) >= s.priority(job_)) continue;
        candidates_.push_back(victim);
        gpus += s.jobs_.gpus[static_cast<std::size_t>(victim)];
      }
      // The lowest priority first, then the newest start.
      std::sort(candidates_.begin() + static_cast<std::ptrdiff_t>(begin), candidates_.end(), [&](JobId a, JobId b) {
        if (s.priority(a) != s.priority(b)) return s.priority(a) < s.priority(b);
        const Millis sa = engine_.started(a), sb = engine_.started(b);
        return sa != sb ? sa > sb : a > b;
      });
      if (candidates_.size() > begin) queues_.push_back({leaf, begin, candidates_.size()});
    }
    if (gpus < demand_.gpus) candidates_.clear();
  }

  ShareScheduler& scheduler_;
  ShareTree& tree_;
  ClusterEngine& engine_;
  JobId job_;
  Rule rule_;
  std::int32_t leaf_;
  Amounts amounts_;
  Demand demand_;
  std::vector<JobId> candidates_;
  std::vector<Queue> queues_;
};

std::vector<JobId> ShareScheduler::victims(ClusterEngine& engine, JobId job) {
  using Rule = ShareTrial::Rule;
  const auto attempt = [&](Rule rule) {
    ShareTrial trial(*this, engine, job, rule);
    return trial.has_candidates() ? find_victims(trial) : std::vector<JobId>{};
  };
  std::vector<JobId> found;
  // KAI's jobs that cannot be evicted never take from other queues.
  const bool reclaims = policy_.reclaim && (!policy_.non_preemptible_priority || preemptible(job));
  if (reclaims) found = attempt(Rule::FairShare);
  if (found.empty() && reclaims && policy_.rule == ShareRule::Kai) found = attempt(Rule::Quota);
  if (found.empty() && policy_.preempt) found = attempt(Rule::Preempt);
  return found;
}

/// Moves running jobs so that the job finds its nodes: all of them run again at once elsewhere, or none is touched.
bool ShareScheduler::consolidate(ClusterEngine& engine, JobId job) {
  JobPlacement& placement = engine.placement();
  const Demand demand = engine.demand(job);
  if (placement.free_gpus() < demand.gpus) return false;
  std::vector<JobId> movable;
  for (const std::vector<JobId>& list : running_) {
    for (const JobId other : list) {
      if (preemptible(other) && jobs_.gpus[row(other)] > 0 && jobs_.gpus[row(other)] < demand.gpus &&
          engine.started(other) < engine.now())
        movable.push_back(other);
    }
  }
  // Small jobs first: they find another place most easily; of one node together, so that nodes become free.
  const auto most = static_cast<std::ptrdiff_t>(std::min<std::size_t>(movable.size(), std::max(policy_.max_moved, 0)));
  std::partial_sort(movable.begin(), movable.begin() + most, movable.end(), [&](JobId a, JobId b) {
    const std::int32_t ga = jobs_.gpus[row(a)], gb = jobs_.gpus[row(b)];
    if (ga != gb) return ga < gb;
    const std::int32_t na = engine.slices(a).front().node, nb = engine.slices(b).front().node;
    return na != nb ? na < nb : a < b;
  });
  movable.resize(static_cast<std::size_t>(most));
  std::vector<JobId> moved;
  for (const JobId other : movable) {
    if (placement.fits(demand)) break;
    lend_gpus(engine, other);
    moved.push_back(other);
  }
  // A trial on the nodes themselves: the job first, then the moved ones, the largest first.
  std::vector<std::vector<Slice>> taken;
  const auto place = [&](JobId who) {
    std::vector<Slice> slices;
    if (!placement.take(engine.demand(who), kNever, slices)) return false;
    taken.push_back(std::move(slices));
    return true;
  };
  bool good = place(job);
  for (auto other = moved.rbegin(); other != moved.rend() && good; ++other) good = place(*other);
  for (const std::vector<Slice>& slices : taken) placement.give_back(slices, kNever);
  for (const JobId other : moved) reclaim_gpus(engine, other);
  if (!good || moved.empty()) return false;
  for (const JobId other : moved) engine.preempt(other);
  bool started = start(engine, job);
  for (auto other = moved.rbegin(); other != moved.rend(); ++other) started = started && start(engine, *other);
  ORRERY_CHECK(started, "what found its place in a trial finds it again");
  return true;
}

}  // namespace orrery
