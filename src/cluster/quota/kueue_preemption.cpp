// Who is preempted for a job.
#include <algorithm>
#include <map>

#include "cluster/quota/kueue_scheduler.hpp"
#include "cluster/quota/victims.hpp"

namespace orrery {

/// One way of making room for a job: whom it may take, and in which order.
class KueueTrial final : public Trial {
 public:
  enum class Rule : std::uint8_t {
    Reclaim,  ///< Own queue by its policy; others that borrow what the job's side owns.
    Borrow,   ///< The same, and others that borrow although the job borrows as well, by borrowWithinCohort.
    Own,      ///< Own queue only.
    Fair,     ///< By shares.
  };

  KueueTrial(KueueScheduler& scheduler, ClusterEngine& engine, JobId job, const KueueScheduler::Assignment& assignment,
             Rule rule)
      : scheduler_(scheduler),
        tree_(scheduler.model_.tree),
        engine_(engine),
        job_(job),
        rule_(rule),
        queue_(scheduler.job_queue(job).queue),
        node_(scheduler.model_.queues[index(queue_)].node),
        demand_(scheduler.demand_in(scheduler.waiting_.class_of(job), assignment)) {
    scheduler.fill_loads(queue_, scheduler.waiting_.demand(scheduler.waiting_.class_of(job)), assignment, loads_);
    gather();
  }

  bool has_candidates() const { return !candidates_.empty(); }
  bool has_others() const { return !candidates_.empty() && candidates_.front().node != node_; }

  void take_away(JobId victim) override {
    change(victim, -1);
    lend_gpus(engine_, victim);
  }
  void put_back(JobId victim) override {
    change(victim, 1);
    reclaim_gpus(engine_, victim);
  }
  bool fits() override {
    for (const KueueLoad& load : loads_) {
      if (load.amount > tree_.available(node_, load.cell)) return false;
    }
    return engine_.placement().fits(demand_);
  }
  JobId next() override { return rule_ == Rule::Fair ? next_fair() : next_in_order(); }
  bool allowed(const std::vector<JobId>& victims) override {
    if (rule_ != Rule::Fair) return true;
    // Shares move with every victim: each one has to be taken by right when its turn comes (kueue#14543).
    std::size_t taken = 0;
    for (; taken < victims.size(); ++taken) {
      const std::int32_t target = node_of(victims[taken]);
      if (target != node_ && !(borrows_below(target) && passes_any(target, victims[taken]))) break;
      take_away(victims[taken]);
    }
    for (std::size_t i = 0; i < taken; ++i) put_back(victims[i]);
    return taken == victims.size();
  }

 private:
  struct Running {
    JobId job = kNoJob;
    std::int32_t node = 0;
    bool used = false;  ///< Of rules with one order.
  };

  static std::size_t index(std::int32_t number) { return static_cast<std::size_t>(number); }
  std::int32_t node_of(JobId job) const {
    return scheduler_.model_.queues[index(scheduler_.job_queue(job).queue)].node;
  }
  std::int32_t priority(JobId job) const { return scheduler_.priorities_[index(job)]; }

  void change(JobId victim, int sign) {
    const std::int32_t node = node_of(victim);
    for (const KueueLoad& load : scheduler_.loads(victim)) tree_.take(node, load.cell, sign * load.amount);
  }

  /// Whether taking the job away gives anything that is needed.
  bool helps(JobId victim) const {
    for (const KueueLoad& has : scheduler_.loads(victim)) {
      for (const KueueLoad& needs : loads_) {
        if (has.cell == needs.cell) return true;
      }
    }
    return false;
  }

  bool within_allows(JobId victim) const {
    const JobTable& jobs = scheduler_.jobs_;
    switch (scheduler_.model_.queues[index(queue_)].preemption.within_cluster_queue) {
      case KueuePreemption::LowerPriority:
        return priority(victim) < priority(job_);
      case KueuePreemption::LowerOrNewerEqualPriority:
        return priority(victim) < priority(job_) ||
               (priority(victim) == priority(job_) && jobs.submit[index(victim)] > jobs.submit[index(job_)]);
      default:
        return false;
    }
  }

  bool cohort_allows(JobId victim) const {
    const KueuePreemptionPolicies& policies = scheduler_.model_.queues[index(queue_)].preemption;
    if (rule_ == Rule::Own || policies.reclaim_within_cohort == KueuePreemption::Never) return false;
    const bool lower = priority(victim) < priority(job_);
    if (rule_ == Rule::Borrow) {
      // While it borrows, a job takes others' jobs only where they are of lower priority and below the threshold.
      const auto& threshold = policies.borrow_within_cohort.max_priority_threshold;
      return lower && (!threshold || priority(victim) <= *threshold);
    }
    return policies.reclaim_within_cohort == KueuePreemption::Any || lower;
  }

  void gather_from(std::size_t queue) {
    const std::int32_t node = scheduler_.model_.queues[queue].node;
    for (const JobId victim : scheduler_.running_[queue]) {
      if (!scheduler_.preemptible(victim) || engine_.started(victim) == engine_.now()) continue;
      if ((node == node_ ? within_allows(victim) : cohort_allows(victim)) && helps(victim))
        candidates_.push_back({victim, node});
    }
  }

  void gather() {
    gather_from(index(queue_));
    std::vector<KueueLoad> without_own = loads_;  // What the job adds when all it may take of its own queue is gone.
    for (const Running& own : candidates_) {
      for (const KueueLoad& has : scheduler_.loads(own.job)) {
        for (KueueLoad& load : without_own) load.amount -= load.cell == has.cell ? has.amount : 0;
      }
    }
    for (std::size_t q = 0; q < scheduler_.running_.size(); ++q) {
      const std::int32_t node = scheduler_.model_.queues[q].node;
      if (node == node_ || tree_.root(node) != tree_.root(node_) || !borrows_below(node)) continue;
      if (rule_ == Rule::Own || (rule_ == Rule::Reclaim && !owns_beside(node, without_own))) continue;
      if (rule_ == Rule::Fair &&
          share_with(almost_common(node_, node), without_own) > share(almost_common(node, node_)))
        continue;
      gather_from(q);
    }
    long long gpus = engine_.placement().free_gpus();
    for (const Running& candidate : candidates_) gpus += scheduler_.jobs_.gpus[index(candidate.job)];
    if (gpus < demand_.gpus) candidates_.clear();
    // Of borrowing queues first, then the lowest priority, then the newest start.
    std::sort(candidates_.begin(), candidates_.end(), [this](const Running& a, const Running& b) {
      const bool own_a = a.node == node_, own_b = b.node == node_;
      if (own_a != own_b) return own_b;
      if (priority(a.job) != priority(b.job)) return priority(a.job) < priority(b.job);
      const Millis sa = engine_.started(a.job), sb = engine_.started(b.job);
      return sa != sb ? sa > sb : a.job > b.job;
    });
  }

  /// Child of the lowest common ancestor on the way down to `from`: Kueue's AlmostLCA(from, other).
  std::int32_t almost_common(std::int32_t from, std::int32_t other) const {
    while (tree_.parent(from) != tree_.parent(other)) {
      if (tree_.depth(from) > tree_.depth(other)) {
        from = tree_.parent(from);
      } else {
        other = tree_.parent(other);
      }
    }
    return from;
  }

  /// Whether the queue and every cohort up to where the job's side begins borrow something that is needed.
  bool borrows_below(std::int32_t target) const {
    for (std::int32_t node = target; tree_.parent(node) >= 0; node = tree_.parent(node)) {
      const bool borrows = std::any_of(loads_.begin(), loads_.end(),
                                       [&](const KueueLoad& load) { return tree_.borrowed(node, load.cell) > 0; });
      if (!borrows) return false;
      if (node == almost_common(target, node_)) return true;
    }
    return false;
  }

  /// Whether the job's side, seen from the victim, owns what it takes with the job.
  bool owns_beside(std::int32_t target, const std::vector<KueueLoad>& loads) const {
    const std::int32_t side = tree_.depth(almost_common(node_, target));
    return std::all_of(loads.begin(), loads.end(), [&](const KueueLoad& load) {
      const std::int32_t own = tree_.within_own(node_, load.cell, load.amount);
      return own >= 0 && tree_.depth(own) >= side;
    });
  }

  JobId next_in_order() {
    for (Running& candidate : candidates_) {
      if (candidate.used) continue;
      if (candidate.node != node_) {
        if (!borrows_below(candidate.node)) continue;
        if (rule_ == Rule::Reclaim && !owns_beside(candidate.node, loads_)) continue;
      }
      candidate.used = true;
      return candidate.job;
    }
    return kNoJob;
  }

  double share(std::int32_t node) const { return dominant_share(tree_, node, scheduler_.model_.resource_of); }
  /// Of a node when its queue takes these loads in addition.
  double share_with(std::int32_t node, const std::vector<KueueLoad>& loads) {
    for (const KueueLoad& load : loads) tree_.take(node_, load.cell, load.amount);
    const double result = share(node);
    for (const KueueLoad& load : loads) tree_.take(node_, load.cell, -load.amount);
    return result;
  }

  bool passes(KueueFairStrategy strategy, std::int32_t target, JobId victim, double mine) {
    const std::int32_t theirs = almost_common(target, node_);
    if (strategy == KueueFairStrategy::LessThanInitialShare) return mine < share(theirs);
    change(victim, -1);
    const double left = share(theirs);
    change(victim, 1);
    return mine <= left;
  }
  bool passes_any(std::int32_t target, JobId victim) {
    const double mine = share_with(almost_common(node_, target), loads_);
    return std::any_of(scheduler_.strategies_.begin(), scheduler_.strategies_.end(),
                       [&](KueueFairStrategy strategy) { return passes(strategy, target, victim, mine); });
  }

  /// Candidates of a queue, and how many of them were taken or passed over.
  struct Target {
    std::vector<std::size_t> candidates;
    std::size_t at = 0;
    std::vector<std::size_t> passed_over;  ///< For the next strategy.
  };

  /// The queue to take from: from the root down the side with the largest share, ties by the lowest priority of what
  /// could be taken (kueue#10131).
  Target* largest_share() {
    Target* best = nullptr;
    for (Target& target : targets_) {
      if (target.at == target.candidates.size()) continue;
      const Running& first = candidates_[target.candidates[target.at]];
      if (first.node != node_ && !borrows_below(first.node)) continue;
      if (best != nullptr) {
        const Running& best_first = candidates_[best->candidates[best->at]];
        const double mine = share(almost_common(first.node, best_first.node));
        const double its = share(almost_common(best_first.node, first.node));
        if (mine < its || (mine == its && priority(first.job) >= priority(best_first.job))) continue;
      }
      best = &target;
    }
    return best;
  }

  void find_targets() {
    std::map<std::int32_t, Target> by_node;
    for (std::size_t i = 0; i < candidates_.size(); ++i) by_node[candidates_[i].node].candidates.push_back(i);
    for (auto& [node, target] : by_node) targets_.push_back(std::move(target));
  }

  /// The next one of a queue whose going the strategy allows; the others are passed over.
  JobId next_of(Target& target) {
    const std::int32_t node = candidates_[target.candidates[target.at]].node;
    if (node == node_) return candidates_[target.candidates[target.at++]].job;
    const double mine = share_with(almost_common(node_, node), loads_);
    // Without a victim a share is at most what it is with it.
    const bool hopeless = mine > share(almost_common(node, node_));
    while (target.at < target.candidates.size()) {
      const std::size_t i = target.candidates[target.at++];
      if (!hopeless && passes(scheduler_.strategies_[strategy_], node, candidates_[i].job, mine))
        return candidates_[i].job;
      target.passed_over.push_back(i);
    }
    return kNoJob;
  }

  JobId next_fair() {
    if (targets_.empty()) find_targets();
    while (strategy_ < scheduler_.strategies_.size()) {
      Target* target = largest_share();
      if (target != nullptr) {
        const JobId victim = next_of(*target);
        if (victim != kNoJob) return victim;
        continue;
      }
      ++strategy_;
      for (Target& again : targets_) {
        again.candidates.erase(again.candidates.begin(),
                               again.candidates.begin() + static_cast<std::ptrdiff_t>(again.at));
        again.at = 0;
        again.candidates.insert(again.candidates.begin(), again.passed_over.begin(), again.passed_over.end());
        again.passed_over.clear();
      }
    }
    return kNoJob;
  }

  KueueScheduler& scheduler_;
  QuotaTree& tree_;
  ClusterEngine& engine_;
  JobId job_;
  Rule rule_;
  std::int32_t queue_, node_;
  Demand demand_;
  std::vector<KueueLoad> loads_;
  std::vector<Running> candidates_;
  std::vector<Target> targets_;
  std::size_t strategy_ = 0;
};

std::vector<JobId> KueueScheduler::victims(ClusterEngine& engine, JobId job, const Assignment& assignment) {
  using Rule = KueueTrial::Rule;
  bool others = false;
  const auto attempt = [&](Rule rule) {
    KueueTrial trial(*this, engine, job, assignment, rule);
    others = others || trial.has_others();
    return trial.has_candidates() ? find_victims(trial) : std::vector<JobId>{};
  };
  if (fair_) return attempt(Rule::Fair);
  const KueuePreemptionPolicies& policies = model_.queues[at(job_queue(job).queue)].preemption;
  std::vector<JobId> found;
  if (policies.borrow_within_cohort.policy != KueuePreemption::Never) found = attempt(Rule::Borrow);
  if (found.empty()) found = attempt(Rule::Reclaim);
  if (found.empty() && others) found = attempt(Rule::Own);
  return found;
}

}  // namespace orrery
