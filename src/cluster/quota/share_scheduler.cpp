#include "cluster/quota/share_scheduler.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

Shares capacity_of(const SharedMachine& machine) {
  Shares capacity{};
  for (const NodeGroup& group : machine.groups) {
    capacity[0] += 1000.0 * group.nodes * group.gpus;
    capacity[1] += static_cast<double>(group.cpu_milli) * group.nodes;
    capacity[2] += static_cast<double>(group.memory_mib) * group.nodes;
  }
  // Zero CPUs and memory: the machine does not count them.
  for (std::size_t r = 1; r < kShareResources; ++r) {
    if (capacity[r] == 0) capacity[r] = kNoLimit;
  }
  return capacity;
}

std::vector<ShareQueue> share_queues(const SharePolicy& policy) {
  std::vector<ShareQueue> queues;
  for (const SharePolicy::Queue& queue : policy.queues) queues.push_back(queue.share);
  return queues;
}

std::vector<std::int32_t> queues_of(const SharePolicy& policy, const ShareTree& tree, const JobTable& jobs) {
  std::vector<std::int32_t> of_tenant;
  for (const std::string& tenant : jobs.tenants.list()) {
    const auto found = std::find_if(policy.queues.begin(), policy.queues.end(),
                                    [&](const SharePolicy::Queue& queue) { return queue.name == tenant; });
    const auto number = static_cast<std::int32_t>(found - policy.queues.begin());
    const bool is_leaf = found != policy.queues.end() && tree.is_leaf(ShareTree::node(number));
    of_tenant.push_back(is_leaf ? number : -1);
  }
  std::vector<std::int32_t> queues(jobs.size(), -1);
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    const std::int32_t tenant = jobs.tenant.empty() ? -1 : jobs.tenant[job];
    if (tenant >= 0) queues[job] = of_tenant[static_cast<std::size_t>(tenant)];
  }
  return queues;
}

WaitingClasses::Options class_options(const SharePolicy& policy, const JobTable& jobs,
                                      const std::vector<std::int32_t>& queues) {
  WaitingClasses::Options options;
  options.queue = [&queues](JobId job) { return queues[static_cast<std::size_t>(job)]; };
  if (policy.by_priority) options.priority = [&jobs](JobId job) { return value_or(jobs.priority, job, 0); };
  // Jobs that cannot be evicted may be refused what others of lower priority get: they stay within quota.
  if (policy.non_preemptible_priority) {
    options.group = [&jobs, least = *policy.non_preemptible_priority](JobId job) {
      return value_or(jobs.priority, job, 0) >= least ? 1 : 0;
    };
  }
  return options;
}

}  // namespace

ShareScheduler::ShareScheduler(SharePolicy policy, const SharedMachine& machine, const JobTable& jobs,
                               std::span<const JobId> rows)
    : policy_(std::move(policy)),
      jobs_(jobs),
      tree_(share_queues(policy_), capacity_of(machine), policy_.rule),
      queue_of_(queues_of(policy_, tree_, jobs)),
      waiting_(jobs, rows, static_cast<std::int32_t>(policy_.queues.size()), class_options(policy_, jobs, queue_of_)),
      never_(static_cast<std::size_t>(waiting_.size()), 0),
      running_(policy_.queues.size()),
      running_gpus_(policy_.queues.size()),
      place_of_(jobs.size(), -1),
      non_preemptible_(static_cast<std::size_t>(tree_.size())),
      blocked_(static_cast<std::size_t>(waiting_.size()), 0) {
  // Nothing runs yet: who has no right now never has one. Jobs of a class are alike in this.
  std::vector<bool> seen(never_.size(), false);
  for (const JobId job : rows) {
    const std::int32_t of = waiting_.class_of(job);
    if (of < 0 || seen[static_cast<std::size_t>(of)]) continue;
    seen[static_cast<std::size_t>(of)] = true;
    never_[static_cast<std::size_t>(of)] = has_right(job, true) ? 0 : 1;
  }
  if (policy_.k <= 0) return;
  usage_.resize(static_cast<std::size_t>(tree_.size()));
  usage_.front().change_rate(0, half_life(), capacity_of(machine)[0]);
}

bool ShareScheduler::preemptible(JobId job) const {
  if (policy_.non_preemptible_priority && priority(job) >= *policy_.non_preemptible_priority) return false;
  return value_or(jobs_.preemptible, job, std::uint8_t{1}) != 0;
}

/// Counts a job that starts or stops.
void ShareScheduler::count(JobId job, int sign, Millis now) {
  const Amounts its = amounts(job);
  tree_.take(leaf(job), its, sign);
  shares_old_ = true;
  const bool fixed = policy_.non_preemptible_priority && !preemptible(job);
  for (std::int32_t node = leaf(job); node > 0; node = tree_.parent(node)) {
    const auto n = static_cast<std::size_t>(node);
    for (std::size_t r = 0; fixed && r < kShareResources; ++r)
      non_preemptible_[n][r] += sign * static_cast<double>(its[r]);
    if (!usage_.empty()) usage_[n].change_rate(now, half_life(), sign * static_cast<double>(its[0]));
  }
  const long long gpus = std::max(jobs_.gpus[row(job)], 1);
  if (preemptible(job)) {
    const auto queue_number = static_cast<std::size_t>(queue(job));
    const auto found = running_gpus_[queue_number].try_emplace(priority(job), 0).first;
    found->second += sign * gpus;
    if (found->second == 0) running_gpus_[queue_number].erase(found);
    if (policy_.queues[queue_number].reclaimable) reclaimable_gpus_ += sign * gpus;
  }
  std::vector<JobId>& list = running_[static_cast<std::size_t>(queue(job))];
  std::int32_t& place = place_of_[row(job)];
  if (sign > 0) {
    place = static_cast<std::int32_t>(list.size());
    list.push_back(job);
    return;
  }
  list[static_cast<std::size_t>(place)] = list.back();
  place_of_[row(list.back())] = place;
  list.pop_back();
  place = -1;
}

void ShareScheduler::submitted(ClusterEngine& /*engine*/, JobId job) {
  const std::int32_t of = waiting_.class_of(job);
  if (of < 0 || never_[static_cast<std::size_t>(of)] != 0) {
    refused_.push_back(job);
    return;
  }
  waiting_.insert(job);
  tree_.request(leaf(job), amounts(job), 1);
  shares_old_ = true;
  if (waiting_.head(of) == job) blocked_[static_cast<std::size_t>(of)] = 0;
}

void ShareScheduler::resumed(ClusterEngine& engine, JobId job) {
  if (queue(job) >= 0) count(job, 1, engine.now());
}

PassState ShareScheduler::left_waiting(const ClusterEngine& engine) const {
  PassState state;
  for (std::int32_t number = 0; number < static_cast<std::int32_t>(policy_.queues.size()); ++number) {
    for (const std::int32_t of : waiting_.active(number)) {
      const JobId head = waiting_.head(of);
      if (state.blocked == kNoJob || waiting_.before(head, state.blocked)) state.blocked = head;
    }
  }
  if (state.blocked != kNoJob && engine.placement().fits(engine.demand(state.blocked)))
    state.hold = PassState::Hold::Limit;
  return state;
}

void ShareScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  if (place_of_[row(job)] < 0) return;  // It ran from the begin and belongs to nobody.
  count(job, -1, engine.now());
  released_ = true;
  if (reason == StopReason::Ended) return;
  waiting_.insert(job);
  tree_.request(leaf(job), amounts(job), 1);
  if (reason != StopReason::Preempted) return;
  if (evicted_pass_.empty()) evicted_pass_.assign(jobs_.size(), 0);
  evicted_pass_[row(job)] = pass_;
}

Millis ShareScheduler::wakes(const ClusterEngine& engine) const {
  if (policy_.period <= 0 || waiting_.oldest() == kNoJob || engine.running_jobs().empty()) return kNever;
  return std::max(next_look_, engine.now() + 1);
}

bool ShareScheduler::has_right(JobId job, bool others) const {
  const Amounts its = amounts(job);
  if (!tree_.has_room(leaf(job), its, others)) return false;
  if (!policy_.non_preemptible_priority || preemptible(job)) return true;
  for (std::int32_t node = leaf(job); node > 0; node = tree_.parent(node)) {
    for (std::size_t r = 0; r < kShareResources; ++r) {
      const double held = non_preemptible_[static_cast<std::size_t>(node)][r] + static_cast<double>(its[r]);
      if (its[r] > 0 && held > tree_.queue(node).deserved[r]) return false;
    }
  }
  return true;
}

bool ShareScheduler::may_evict(const JobPlacement& placement, std::int32_t of) const {
  const JobId job = waiting_.head(of);
  if (!evicted_pass_.empty() && evicted_pass_[row(job)] == pass_) return false;
  const long long gpus = waiting_.demand(of).gpus;
  long long obtainable = placement.free_gpus();
  if (policy_.consolidate && obtainable >= gpus) return true;
  if (policy_.preempt) {
    for (const auto& [lower, held] : running_gpus_[static_cast<std::size_t>(queue(job))]) {
      if (lower >= priority(job)) break;
      obtainable += held;
    }
    if (obtainable >= gpus && obtainable > placement.free_gpus()) return true;
  }
  return policy_.reclaim && reclaimable_gpus_ > 0 && placement.free_gpus() + reclaimable_gpus_ >= gpus;
}

/// First job of a queue that might be started now.
JobId ShareScheduler::head_of(std::int32_t queue_number, const JobPlacement& placement) {
  JobId best = kNoJob;
  for (const std::int32_t of : waiting_.active(queue_number)) {
    std::uint8_t& blocked = blocked_[static_cast<std::size_t>(of)];
    if (blocked != 0) continue;
    if (waiting_.demand(of).gpus > placement.free_gpus() && !may_evict(placement, of)) {
      blocked = 1;
      continue;
    }
    const JobId head = waiting_.head(of);
    if (best == kNoJob || waiting_.before(head, best)) best = head;
  }
  return best;
}

bool ShareScheduler::goes_before(std::int32_t a, JobId job_a, std::int32_t b, JobId job_b) const {
  const Amounts with_a = amounts(job_a), with_b = amounts(job_b);
  const std::int32_t pa = tree_.queue(a).priority, pb = tree_.queue(b).priority;
  if (policy_.rule == ShareRule::Kai) {
    // Within quota before beyond it; beyond it by the queues' priority.
    const bool in_a = tree_.within(a, with_a, tree_.queue(a).deserved);
    const bool in_b = tree_.within(b, with_b, tree_.queue(b).deserved);
    if (in_a != in_b) return in_a;
    if (!in_a && pa != pb) return pa > pb;
  } else if (pa != pb) {
    return pa > pb;
  }
  const bool with_job = policy_.rule == ShareRule::Kai;
  const double sa = tree_.saturation(a, with_job ? with_a : Amounts{});
  const double sb = tree_.saturation(b, with_job ? with_b : Amounts{});
  if (sa != sb) return sa < sb;
  return waiting_.before(job_a, job_b);
}

JobId ShareScheduler::next_below(std::int32_t node, const JobPlacement& placement) {
  if (tree_.is_leaf(node)) return node == 0 ? kNoJob : head_of(node - 1, placement);
  JobId best = kNoJob;
  std::int32_t best_child = -1;
  for (const std::int32_t child : tree_.children(node)) {
    const JobId job = next_below(child, placement);
    if (job == kNoJob || (best != kNoJob && !goes_before(child, job, best_child, best))) continue;
    best = job;
    best_child = child;
  }
  return best;
}

void ShareScheduler::settle_shares(Millis now) {
  if (!shares_old_ && policy_.k <= 0) return;
  shares_old_ = false;
  if (!usage_.empty()) {
    usage_share_.assign(usage_.size(), 0.0);
    const double there_was = usage_.front().at(now, half_life());
    for (std::size_t n = 1; n < usage_.size() && there_was > 0; ++n)
      usage_share_[n] = usage_[n].at(now, half_life()) / there_was;
  }
  tree_.share(policy_.k, usage_share_);
}

bool ShareScheduler::start(ClusterEngine& engine, JobId job) {
  if (!engine.start(job)) return false;
  waiting_.erase(job);
  tree_.request(leaf(job), amounts(job), -1);
  count(job, 1, engine.now());
  return true;
}

/// Starts a job, if need be by evicting others.
bool ShareScheduler::try_job(ClusterEngine& engine, JobId job) {
  if (has_right(job, true) && start(engine, job)) return true;
  if (!evicted_pass_.empty() && evicted_pass_[row(job)] == pass_) return false;
  if (!has_right(job, false)) return false;
  if (policy_.consolidate && has_right(job, true) && consolidate(engine, job)) return true;
  const std::vector<JobId> out = victims(engine, job);
  if (out.empty()) return false;
  for (const JobId victim : out) engine.preempt(victim);
  evicted_ = true;
  const bool started = start(engine, job);
  ORRERY_CHECK(started, "a job for which others were evicted starts");
  return true;
}

void ShareScheduler::pass(ClusterEngine& engine) {
  ++pass_;
  const Millis now = engine.now();
  if (policy_.period > 0 && now >= next_look_) {
    next_look_ = now + policy_.period;
    released_ = true;
  }
  const auto look_again = [&] {
    released_ = evicted_ = false;
    std::fill(blocked_.begin(), blocked_.end(), std::uint8_t{0});
  };
  if (released_) look_again();
  if (policy_.start_without_demand) {
    for (std::int32_t of = 0; of < waiting_.size(); ++of) {
      const Demand& d = waiting_.demand(of);
      if (d.gpus != 0 || d.cpu_milli != 0 || d.memory_mib != 0) continue;
      while (waiting_.head(of) != kNoJob && start(engine, waiting_.head(of))) continue;
    }
  }
  while (true) {
    // A job that waited too long goes first, and until it starts nobody else does.
    const JobId oldest = policy_.sla == kNever ? kNoJob : waiting_.oldest();
    const bool overdue = oldest != kNoJob && now - jobs_.submit[row(oldest)] >= policy_.sla;
    if (overdue && engine.placement().possible(engine.demand(oldest))) {
      settle_shares(now);
      if (!try_job(engine, oldest)) return;
      if (evicted_) look_again();
      continue;
    }
    settle_shares(now);
    const JobId job = next_below(0, engine.placement());
    if (job == kNoJob) return;
    const std::int32_t of = waiting_.class_of(job);
    if (!try_job(engine, job)) blocked_[static_cast<std::size_t>(of)] = 1;
    if (evicted_) look_again();
  }
}

}  // namespace orrery
