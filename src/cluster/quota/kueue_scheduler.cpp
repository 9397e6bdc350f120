#include "cluster/quota/kueue_scheduler.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"

namespace orrery {
namespace {

std::size_t row(JobId job) {
  return static_cast<std::size_t>(job);
}

WaitingClasses::Options class_options(const KueueModel& model, const JobTable& jobs,
                                      const std::vector<KueueJobQueue>& tenants,
                                      const std::vector<std::int32_t>& priorities) {
  const auto of = [&jobs, &tenants](JobId job) {
    const std::int32_t tenant = value_or(jobs.tenant, job, -1);
    return tenant < 0 ? KueueJobQueue{} : tenants[row(tenant)];
  };
  WaitingClasses::Options options;
  options.queue = [of](JobId job) { return of(job).queue; };
  // LocalQueues matter only where they are ordered by what they used.
  options.group = [of, &model](JobId job) {
    const KueueJobQueue found = of(job);
    return found.queue >= 0 && model.queues[row(found.queue)].usage_based ? found.local_queue + 1 : 0;
  };
  options.priority = [&priorities](JobId job) { return priorities[row(job)]; };
  return options;
}

}  // namespace

KueueScheduler::KueueScheduler(const KueueSpec& spec, const JobTable& jobs, std::span<const JobId> rows)
    : jobs_(jobs),
      model_(spec, jobs.gpu_types),
      fair_(spec.fair_sharing.enable),
      strategies_(spec.fair_sharing.preemption_strategies),
      tenants_(kueue_tenants(spec, model_, jobs)),
      priorities_(kueue_priorities(spec, jobs)),
      waiting_(jobs, rows, static_cast<std::int32_t>(model_.queues.size()),
               class_options(model_, jobs, tenants_, priorities_)),
      can_be_(at(waiting_.size()), 0),
      slot_of_(jobs.size(), -1),
      running_(model_.queues.size()),
      running_gpus_(model_.queues.size()),
      queue_gpus_(model_.queues.size(), 0),
      borrowers_gpus_(at(model_.tree.size()), 0),
      blocked_(at(waiting_.size()), 0),
      queue_changed_(model_.queues.size(), 0),
      candidates_(model_.queues.size()),
      usage_(spec.local_queues.size()),
      half_life_(spec.admission_fair_sharing.usage_half_life_time.raw() * kSecond) {
  const KueueAdmissionFairSharing& weights = spec.admission_fair_sharing;
  // Amounts are thousandths of GPUs and CPUs, and MiB.
  usage_weights_ = {weights.gpu_weight / 1000, weights.cpu_weight / 1000, weights.memory_weight / 1024, 0};
}

KueueJobQueue KueueScheduler::job_queue(JobId job) const {
  const std::int32_t tenant = value_or(jobs_.tenant, job, -1);
  return tenant < 0 ? KueueJobQueue{} : tenants_[at(tenant)];
}

std::span<const KueueLoad> KueueScheduler::loads(JobId job) const {
  return admitted_[at(slot_of_[row(job)])].loads;
}

void KueueScheduler::submitted(ClusterEngine& engine, JobId job) {
  const std::int32_t of = waiting_.class_of(job);
  if (of >= 0 && can_be_[at(of)] == 0) {
    std::vector<Assignment> assignments;
    assign(engine.placement(), of, true, assignments);
    can_be_[at(of)] = assignments.empty() ? 2 : 1;
  }
  if (of < 0 || can_be_[at(of)] == 2) {
    refused_.push_back(job);
    return;
  }
  waiting_.insert(job);
  // Behind an equal job that was refused there is nothing to look at.
  if (waiting_.head(of) == job) blocked_[at(of)] = 0;
  if (blocked_[at(of)] == 0 || model_.queues[at(waiting_.queue(of))].strict) queue_changed_[at(waiting_.queue(of))] = 1;
}

void KueueScheduler::resumed(ClusterEngine& engine, JobId job) {
  now_ = engine.now();
  const std::int32_t of = waiting_.class_of(job);
  std::vector<Assignment> assignments;
  if (of >= 0) assign(engine.placement(), of, true, assignments);
  if (!assignments.empty()) enter(job, assignments.front());
}

PassState KueueScheduler::left_waiting(const ClusterEngine& engine) const {
  PassState state;
  for (std::int32_t queue = 0; queue < static_cast<std::int32_t>(model_.queues.size()); ++queue) {
    for (const std::int32_t of : waiting_.active(queue)) {
      const JobId head = waiting_.head(of);
      if (state.blocked == kNoJob || waiting_.before(head, state.blocked)) state.blocked = head;
    }
  }
  if (state.blocked != kNoJob && engine.placement().fits(engine.demand(state.blocked)))
    state.hold = PassState::Hold::Limit;
  return state;
}

void KueueScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  now_ = engine.now();
  if (slot_of_[row(job)] < 0) return;  // It ran from the begin and belongs to nobody.
  count(job, -1);
  released_ = true;
  if (reason == StopReason::Ended) return;
  waiting_.insert(job);
  if (reason != StopReason::Preempted) return;
  if (evicted_pass_.empty()) evicted_pass_.assign(jobs_.size(), 0);
  evicted_pass_[row(job)] = pass_;
}

/// Counts a job that starts or stops in its queue and LocalQueue.
void KueueScheduler::count(JobId job, int sign) {
  const KueueJobQueue its = job_queue(job);
  const KueueQueue& queue = model_.queues[at(its.queue)];
  std::vector<JobId>& list = running_[at(its.queue)];
  std::int32_t& slot = slot_of_[row(job)];
  const std::int32_t root = model_.tree.root(queue.node);
  long long& sum = queue_gpus_[at(its.queue)];
  const auto borrows = [&] {
    for (std::size_t cell = 0; cell < model_.tree.cells(); ++cell) {
      if (model_.tree.borrowed(queue.node, cell) > 0) return sum;
    }
    return 0LL;
  };
  const long long gpus = std::max(jobs_.gpus[row(job)], 1);
  borrowers_gpus_[at(root)] -= borrows();
  for (const KueueLoad& load : admitted_[at(slot)].loads) model_.tree.take(queue.node, load.cell, sign * load.amount);
  sum += sign * gpus;
  borrowers_gpus_[at(root)] += borrows();
  if (queue.usage_based && its.local_queue >= 0) {
    double rate = 0;
    for (const KueueLoad& load : admitted_[at(slot)].loads)
      rate += static_cast<double>(load.amount) * usage_weights_[load.cell % kQuotaResources];
    usage_[at(its.local_queue)].change_rate(now_, half_life_, sign * rate);
  }
  std::map<std::int32_t, long long>& by_priority = running_gpus_[at(its.queue)];
  const auto counted = by_priority.try_emplace(priorities_[row(job)], 0).first;
  counted->second += sign * gpus;
  if (counted->second == 0) by_priority.erase(counted);
  if (sign > 0) {
    admitted_[at(slot)].place = static_cast<std::int32_t>(list.size());
    list.push_back(job);
    return;
  }
  const JobId last = list.back();
  list[at(admitted_[at(slot)].place)] = last;
  admitted_[at(slot_of_[row(last)])].place = admitted_[at(slot)].place;
  list.pop_back();
  free_slots_.push_back(slot);
  slot = -1;
}

bool KueueScheduler::job_before(JobId a, JobId b) const {
  const KueueJobQueue qa = job_queue(a), qb = job_queue(b);
  if (qa.local_queue != qb.local_queue && model_.queues[at(qa.queue)].usage_based) {
    const auto usage = [&](std::int32_t local) {
      if (local < 0) return 0.0;
      const double weight = model_.local_queue_weights[at(local)];
      // Without a half-life nothing past counts.
      const double used = half_life_ > 0 ? usage_[at(local)].at(now_, half_life_) : usage_[at(local)].rate();
      return weight > 0 ? used / weight : (used > 0 ? std::numeric_limits<double>::infinity() : 0);
    };
    const double ua = usage(qa.local_queue), ub = usage(qb.local_queue);
    if (ua != ub) return ua < ub;
  }
  return waiting_.before(a, b);
}

bool KueueScheduler::may_preempt(const JobPlacement& placement, std::int32_t of) const {
  const std::int32_t number = waiting_.queue(of);
  const KueueQueue& queue = model_.queues[at(number)];
  const JobId job = waiting_.head(of);
  if (!evicted_pass_.empty() && evicted_pass_[row(job)] == pass_) return false;
  long long obtainable = 0;
  const KueuePreemption within = queue.preemption.within_cluster_queue;
  if (within != KueuePreemption::Never) {
    for (const auto& [priority, gpus] : running_gpus_[at(number)]) {
      const bool newer_equal = within == KueuePreemption::LowerOrNewerEqualPriority;
      if (priority > priorities_[row(job)] || (priority == priorities_[row(job)] && !newer_equal)) break;
      obtainable += gpus;
    }
  }
  if (queue.preemption.reclaim_within_cohort != KueuePreemption::Never)
    obtainable += borrowers_gpus_[at(model_.tree.root(queue.node))];
  return obtainable > 0 && placement.free_gpus() + obtainable >= waiting_.demand(of).gpus;
}

void KueueScheduler::shares_with(std::int32_t number, Candidate& candidate) {
  candidate.shares.clear();
  const std::int32_t queue_node = model_.queues[at(number)].node;
  std::vector<KueueLoad> loads;
  fill_loads(number, demand_of(jobs_, candidate.job), candidate.assignments.front(), loads);
  for (const KueueLoad& load : loads) model_.tree.take(queue_node, load.cell, load.amount);
  for (std::int32_t node = queue_node; model_.tree.parent(node) >= 0; node = model_.tree.parent(node))
    candidate.shares.push_back(dominant_share(model_.tree, node, model_.resource_of));
  for (const KueueLoad& load : loads) model_.tree.take(queue_node, load.cell, -load.amount);
  std::reverse(candidate.shares.begin(), candidate.shares.end());
}

bool KueueScheduler::queue_before(std::int32_t a, std::int32_t b) const {
  const Candidate& ca = candidates_[at(a)];
  const Candidate& cb = candidates_[at(b)];
  if (fair_) {
    // From the root down to where their paths part, the side with the smaller share goes first.
    std::int32_t na = model_.queues[at(a)].node, nb = model_.queues[at(b)].node;
    if (model_.tree.root(na) == model_.tree.root(nb)) {
      while (model_.tree.parent(na) != model_.tree.parent(nb)) {
        std::int32_t& deeper = model_.tree.depth(na) >= model_.tree.depth(nb) ? na : nb;
        deeper = model_.tree.parent(deeper);
      }
      const double sa = ca.shares[at(model_.tree.depth(na) - 1)];
      const double sb = cb.shares[at(model_.tree.depth(nb) - 1)];
      if (sa != sb) return sa < sb;
    }
  } else {
    const std::int32_t la = ca.assignments.front().borrowing, lb = cb.assignments.front().borrowing;
    if (la != lb) return la < lb;
  }
  return waiting_.before(ca.job, cb.job);
}

void KueueScheduler::find_candidate(const ClusterEngine& engine, std::int32_t queue) {
  Candidate& candidate = candidates_[at(queue)];
  candidate.job = kNoJob;
  queue_changed_[at(queue)] = 0;
  const bool strict = model_.queues[at(queue)].strict;
  const long long free = engine.placement().free_gpus();
  while (true) {
    JobId best = kNoJob;
    for (const std::int32_t of : waiting_.active(queue)) {
      std::uint8_t& blocked = blocked_[at(of)];
      if (!strict) {
        if (blocked != 0) continue;
        if (waiting_.demand(of).gpus > free && !may_preempt(engine.placement(), of)) {
          blocked = 1;
          continue;
        }
      }
      const JobId head = waiting_.head(of);
      if (best == kNoJob || job_before(head, best)) best = head;
    }
    if (best == kNoJob) return;
    const std::int32_t of = waiting_.class_of(best);
    if (strict && blocked_[at(of)] != 0) return;
    assign(engine.placement(), of, may_preempt(engine.placement(), of), candidate.assignments);
    if (!candidate.assignments.empty()) {
      candidate.job = best;
      if (fair_) shares_with(queue, candidate);
      return;
    }
    blocked_[at(of)] = 1;
    if (strict) return;
  }
}

bool KueueScheduler::admit(ClusterEngine& engine, JobId job, const Assignment& assignment) {
  const std::int32_t of = waiting_.class_of(job);
  if (!engine.start(job, demand_in(of, assignment))) return false;
  waiting_.erase(job);
  enter(job, assignment);
  return true;
}

/// Takes a job that runs into the books.
void KueueScheduler::enter(JobId job, const Assignment& assignment) {
  const std::int32_t of = waiting_.class_of(job);
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::int32_t>(admitted_.size()));
    admitted_.emplace_back();
  }
  slot_of_[row(job)] = free_slots_.back();
  free_slots_.pop_back();
  fill_loads(waiting_.queue(of), waiting_.demand(of), assignment, admitted_[at(slot_of_[row(job)])].loads);
  count(job, 1);
}

void KueueScheduler::pass(ClusterEngine& engine) {
  now_ = engine.now();
  ++pass_;
  const auto queues = static_cast<std::int32_t>(model_.queues.size());
  const auto look_again = [&] {
    released_ = false;
    std::fill(blocked_.begin(), blocked_.end(), std::uint8_t{0});
    std::fill(queue_changed_.begin(), queue_changed_.end(), std::uint8_t{1});
  };
  if (released_) look_again();
  while (true) {
    std::int32_t best = -1;
    for (std::int32_t queue = 0; queue < queues; ++queue) {
      if (queue_changed_[at(queue)] != 0) find_candidate(engine, queue);
      if (candidates_[at(queue)].job != kNoJob && (best < 0 || queue_before(queue, best))) best = queue;
    }
    if (best < 0) return;
    const Candidate chosen = candidates_[at(best)];
    bool admitted = false, preempted = false;
    for (const Assignment& assignment : chosen.assignments) {
      if (assignment.mode == Mode::Preempts) {
        const std::vector<JobId> out = victims(engine, chosen.job, assignment);
        if (out.empty()) continue;
        for (const JobId victim : out) engine.preempt(victim);
        preempted = true;
      }
      admitted = admit(engine, chosen.job, assignment);
      ORRERY_CHECK(admitted || !preempted, "a job for which others were preempted starts");
      if (admitted) break;
    }
    if (!admitted) blocked_[at(waiting_.class_of(chosen.job))] = 1;
    if (preempted) look_again();
    // What one queue takes changes what the others of its tree and of its nodes can have.
    if (admitted) {
      for (std::int32_t queue = 0; queue < queues; ++queue) {
        if (candidates_[at(queue)].job != kNoJob) queue_changed_[at(queue)] = 1;
      }
    }
    queue_changed_[at(best)] = 1;
  }
}

}  // namespace orrery
