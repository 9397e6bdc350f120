#include "cluster/grants/block_grants.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/random.hpp"
#include "cluster/cluster_fields.hpp"

namespace orrery {

BlockGrants::BlockGrants(const GrantParameters& parameters, long long gpus, const JobTable& jobs,
                         std::span<const JobId> rows, std::uint64_t seed)
    : GrantScheduler(parameters, gpus, jobs, rows),
      seed_(seed),
      length_(to_millis(parameters.length, 1)),
      round_(to_millis(parameters.round, 1)),
      reclaim_(parameters.reclaim_after_idle > Seconds(0) ? to_millis(parameters.reclaim_after_idle, 1) : kNever),
      state_(tenants_.size()) {}

void BlockGrants::settle(std::size_t tenant, Millis now) {
  Tenant& its = state_[tenant];
  GrantRecord& record = records_[tenant];
  const auto time = static_cast<double>(now - its.settled);
  record.granted += static_cast<double>(its.held) * time;
  record.used += static_cast<double>(its.busy) * time;
  record.idle = record.granted - record.used;
  its.settled = now;
}

void BlockGrants::insert(std::size_t tenant, JobId job) {
  Tenant& its = state_[tenant];
  if (!its.waiting.empty()) heads_.erase({its.waiting.begin()->first, tenant});
  its.waiting.insert(place_of(job));
  heads_.insert({its.waiting.begin()->first, tenant});
}

void BlockGrants::erase(std::size_t tenant, JobId job) {
  Tenant& its = state_[tenant];
  heads_.erase({its.waiting.begin()->first, tenant});
  its.waiting.erase(place_of(job));
  if (!its.waiting.empty()) heads_.insert({its.waiting.begin()->first, tenant});
}

/// The clock of use it or lose it runs while a tenant with a block has no job at all.
void BlockGrants::watch_idle(std::size_t tenant, Millis now) {
  Tenant& its = state_[tenant];
  const bool idle = reclaim_ != kNever && its.held > 0 && its.waiting.empty() && its.running.empty();
  if (idle == (its.idle_end != kNever)) return;
  if (idle) {
    its.idle_end = now + reclaim_;
    idle_ends_.insert({its.idle_end, tenant});
  } else {
    idle_ends_.erase({its.idle_end, tenant});
    its.idle_end = kNever;
  }
}

void BlockGrants::apply(std::size_t tenant, Millis now) {
  Tenant& its = state_[tenant];
  its.application = next_application_++;
  its.applied = now;
  applications_.insert({its.application, tenant});
  ++records_[tenant].applications;
  if (records_[tenant].applied < 0) records_[tenant].applied = now;
}

void BlockGrants::withdraw(std::size_t tenant) {
  applications_.erase({state_[tenant].application, tenant});
  state_[tenant].application = -1;
}

void BlockGrants::grant(std::size_t tenant, Millis now) {
  Tenant& its = state_[tenant];
  GrantRecord& record = records_[tenant];
  settle(tenant, now);
  withdraw(tenant);
  record.waited += now - its.applied;
  ++record.grants;
  if (record.first_granted < 0) record.first_granted = now;
  its.held = tenants_.at(tenant).block;
  its.until = now + length_;
  granted_ += its.held;
  ends_.insert({its.until, tenant});
  ready_.insert(tenant);
}

void BlockGrants::take_back(std::size_t tenant, Millis now) {
  Tenant& its = state_[tenant];
  settle(tenant, now);
  granted_ -= its.held;
  its.held = 0;
  ends_.erase({its.until, tenant});
  watch_idle(tenant, now);
  if (!its.waiting.empty() || !its.running.empty()) apply(tenant, now);
}

/// Blocks that ended or lay idle for too long, in order, each at its own time: with nobody waiting, nobody looked.
void BlockGrants::take_back_due(Millis now) {
  while (true) {
    const At end = ends_.empty() ? At{kNever, 0} : *ends_.begin();
    const At idle = idle_ends_.empty() ? At{kNever, 0} : *idle_ends_.begin();
    if (std::min(end.first, idle.first) > now) return;
    const bool by_idleness = idle.first < end.first;
    const At due = by_idleness ? idle : end;
    if (by_idleness) ++records_[due.second].reclaimed;
    take_back(due.second, due.first);
    ended_.push_back(due.second);
  }
}

void BlockGrants::hold_round(Millis now) {
  std::vector<std::tuple<double, std::uint64_t, std::size_t>> proposals;
  for (const auto& [number, tenant] : applications_) {
    const double score = parameters_.order == LotteryOrder::Score ? -tenants_.at(tenant).score : 0.0;
    Rng rng = Rng::stream(seed_, "cluster/grant-lottery", static_cast<std::uint32_t>(now / round_), tenant);
    proposals.emplace_back(score, rng.next_u64(), tenant);
  }
  std::sort(proposals.begin(), proposals.end());
  auto places = std::llround(std::ceil(parameters_.accepted_share * static_cast<double>(proposals.size())));
  for (const auto& [score, lot, tenant] : proposals) {
    if (places > 0 && tenants_.at(tenant).block <= gpus_ - granted_) {
      grant(tenant, now);
      --places;
    } else {
      ++records_[tenant].turned_down;
    }
  }
}

void BlockGrants::award(Millis now) {
  if (parameters_.admission == GrantAdmission::Lottery) {
    if (now % round_ == 0) hold_round(now);
    return;
  }
  while (!applications_.empty()) {
    const std::size_t tenant = applications_.begin()->second;
    if (tenants_.at(tenant).block > gpus_ - granted_) return;
    grant(tenant, now);
  }
}

void BlockGrants::submitted(ClusterEngine& engine, JobId job) {
  const std::size_t tenant = tenants_.of(job);
  if (gpus_of(job) > tenants_.at(tenant).block) {
    refused_.push_back(job);
    return;
  }
  // A block that has been over for a while must not look like one that it still has.
  take_back_due(engine.now());
  place_last(job);
  insert(tenant, job);
  watch_idle(tenant, engine.now());
  ready_.insert(tenant);
  if (state_[tenant].held == 0 && state_[tenant].application < 0) apply(tenant, engine.now());
}

void BlockGrants::resumed(ClusterEngine& engine, JobId job) {
  const std::size_t tenant = tenants_.of(job);
  Tenant& its = state_[tenant];
  if (its.held == 0) {
    apply(tenant, engine.now());
    grant(tenant, engine.now());
    granted_ -= its.held;
    its.held = 0;
    resumed_.push_back(tenant);
  }
  its.held += gpus_of(job);
  granted_ += gpus_of(job);
  its.busy += gpus_of(job);
  its.running.insert(job);
  const Millis longest = tenants_.at(tenant).longest;
  runs_.started(engine, job, longest == kNever ? kNever : engine.started(job) + longest);
}

/// What runs at the begin is granted; the rest of the blocks as far as the pool goes.
void BlockGrants::extend_resumed(Millis now) {
  for (const std::size_t tenant : resumed_) {
    Tenant& its = state_[tenant];
    const long long more = std::min(tenants_.at(tenant).block - its.held, gpus_ - granted_);
    settle(tenant, now);
    if (more <= 0) continue;
    its.held += more;
    granted_ += more;
  }
  resumed_.clear();
}

void BlockGrants::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  const std::size_t tenant = tenants_.of(job);
  Tenant& its = state_[tenant];
  settle(tenant, engine.now());
  its.busy -= gpus_of(job);
  its.running.erase(job);
  const bool goes_on = runs_.stopped(engine, job, reason);
  if (!goes_on) refused_.push_back(job);
  if (goes_on && reason != StopReason::Ended) insert(tenant, job);
  if (!its.waiting.empty()) ready_.insert(tenant);
  if (its.application >= 0 && its.waiting.empty() && its.running.empty()) withdraw(tenant);
  watch_idle(tenant, engine.now());
}

/// False where the machine is too scattered for a job that its block has room for.
bool BlockGrants::start_jobs_of(ClusterEngine& engine, std::size_t tenant) {
  Tenant& its = state_[tenant];
  const Millis longest = tenants_.at(tenant).longest;
  while (!its.waiting.empty()) {
    const JobId job = its.waiting.begin()->second;
    if (its.busy + gpus_of(job) > its.held || its.held == 0) return true;
    if (!engine.start(job)) return false;
    settle(tenant, engine.now());
    erase(tenant, job);
    its.busy += gpus_of(job);
    its.running.insert(job);
    runs_.started(engine, job, longest >= kNever - engine.now() ? kNever : engine.now() + longest);
  }
  return true;
}

void BlockGrants::start_jobs(ClusterEngine& engine) {
  std::vector<std::pair<Place, std::size_t>> order;
  for (const std::size_t tenant : ready_)
    if (!state_[tenant].waiting.empty()) order.emplace_back(*state_[tenant].waiting.begin(), tenant);
  std::sort(order.begin(), order.end());
  ready_.clear();
  for (const auto& [place, tenant] : order)
    if (!start_jobs_of(engine, tenant)) ready_.insert(tenant);
}

void BlockGrants::pass(ClusterEngine& engine) {
  const Millis now = engine.now();
  extend_resumed(now);
  cut_long_runs(engine);
  take_back_due(now);
  award(now);
  for (const std::size_t tenant : ended_) {
    const Tenant& its = state_[tenant];
    if (its.busy <= its.held && its.held > 0) continue;  // It got the next block at once, and its jobs go on.
    for (const JobId job : std::set<JobId>(its.running)) engine.preempt(job);
  }
  ended_.clear();
  start_jobs(engine);
}

Millis BlockGrants::wakes(const ClusterEngine& engine) const {
  if (heads_.empty() && engine.running_jobs().empty()) return kNever;
  Millis first = runs_.next_cut();
  if (!ends_.empty()) first = std::min(first, ends_.begin()->first);
  if (!idle_ends_.empty()) first = std::min(first, idle_ends_.begin()->first);
  if (parameters_.admission == GrantAdmission::Lottery && !applications_.empty())
    first = std::min(first, (engine.now() / round_ + 1) * round_);
  return first;
}

PassState BlockGrants::left_waiting(const ClusterEngine& /*engine*/) const {
  if (heads_.empty()) return {};
  const Tenant& its = state_[heads_.begin()->second];
  const JobId job = its.waiting.begin()->second;
  const bool room = its.held > 0 && its.busy + gpus_of(job) <= its.held;
  return {job, room ? PassState::Hold::Capacity : PassState::Hold::Limit};
}

const std::vector<GrantRecord>& BlockGrants::records(Millis now) {
  take_back_due(now);
  for (std::size_t tenant = 0; tenant < state_.size(); ++tenant) {
    settle(tenant, now);
    Tenant& its = state_[tenant];
    if (its.application < 0) continue;
    records_[tenant].waited += now - its.applied;
    its.applied = now;
  }
  return records_;
}

}  // namespace orrery
