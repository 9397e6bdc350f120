#include "cluster/grants/credit_grants.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "cluster/cluster_fields.hpp"
#include "cluster/placement.hpp"
#include "cluster/preemptive_scheduler.hpp"

namespace orrery {
namespace {

std::size_t index(JobId job) {
  return static_cast<std::size_t>(job);
}

/// One tenant's credits of one period; in all, those that are kept do not overflow.
std::int64_t credits_each(const GrantParameters& parameters, double gpu_time, double part) {
  constexpr double kMost = 4e18;
  const double most = kMost / (parameters.carry_over + 1);
  return static_cast<std::int64_t>(std::clamp(std::floor(gpu_time * parameters.share * part), 0.0, most));
}

}  // namespace

CreditGrants::CreditGrants(const GrantParameters& parameters, long long gpus, const JobTable& jobs,
                           std::span<const JobId> rows)
    : GrantScheduler(parameters, gpus, jobs, rows),
      period_(to_millis(parameters.period, 1)),
      next_period_(period_),
      class_of_(jobs.size(), -1) {
  double weights = 0;
  for (std::size_t tenant = 0; tenant < tenants_.size(); ++tenant) weights += tenants_.at(tenant).weight;
  const double gpu_time = static_cast<double>(gpus) * static_cast<double>(period_);
  for (std::size_t tenant = 0; tenant < tenants_.size(); ++tenant) {
    const double part = weights > 0 ? tenants_.at(tenant).weight / weights : 0;
    state_.emplace_back(CreditAccount(credits_each(parameters, gpu_time, part), parameters.carry_over));
  }
  using ShapeKey =
      std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int64_t, std::int64_t>;
  std::map<ShapeKey, std::size_t> shape_numbers;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> class_numbers;  // By shape and tenant.
  for (const JobId job : rows) {
    const Demand d = demand_of(jobs, job);
    const ShapeKey key{d.gpus, d.workers, d.gpu_type, d.pool, d.gpu_milli, d.cpu_milli, d.memory_mib};
    const std::size_t shape = shape_numbers.try_emplace(key, shape_numbers.size()).first->second;
    const std::size_t tenant = tenants_.of(job);
    const auto [found, is_new] = class_numbers.try_emplace({shape, tenant}, classes_.size());
    class_of_[index(job)] = static_cast<std::int32_t>(found->second);
    if (!is_new) continue;
    Class made;
    made.tenant = tenant;
    made.shape = shape;
    made.gpus = d.gpus;
    state_[tenant].classes.push_back(classes_.size());
    classes_.push_back(std::move(made));
  }
  shapes_.resize(shape_numbers.size());
}

/// How long a run may last and be paid for: a job's time limit, or its tenant's.
Millis CreditGrants::longest_run(const ClusterEngine& engine, JobId job) const {
  const Millis longest = tenants_.at(tenants_.of(job)).longest;
  return reserves() ? std::min(longest, engine.limit(job)) : longest;
}

bool CreditGrants::affordable(const ClusterEngine& engine, const Tenant& its, JobId job) const {
  const long long gpus = gpus_of(job);
  if (gpus == 0) return true;
  if (reserves()) return longest_run(engine, job) <= its.account.balance() / gpus;
  return !its.dry && its.account.balance() >= its.funded + gpus;
}

void CreditGrants::settle(std::size_t tenant, Millis now) {
  Tenant& its = state_[tenant];
  const Millis time = now - its.settled;
  its.settled = now;
  if (time == 0) return;
  // Jobs that are charged as they run have been stopped before the credits end: this is at most the balance.
  if (!reserves() && its.funded > 0) its.account.pay(its.funded * time);
  records_[tenant].used += static_cast<double>(its.funded) * static_cast<double>(time);
  records_[tenant].unfunded += static_cast<double>(its.low) * static_cast<double>(time);
}

/// When a settled tenant will have used up its credits.
void CreditGrants::watch_credits(std::size_t tenant) {
  Tenant& its = state_[tenant];
  if (its.dry_at != kNever) dry_.erase({its.dry_at, tenant});
  its.dry_at = kNever;
  if (reserves() || its.funded == 0) return;
  its.dry_at = its.settled + its.account.balance() / its.funded;
  dry_.insert({its.dry_at, tenant});
}

CreditGrants::Tier CreditGrants::tier_now(const ClusterEngine& engine, const Class& of) const {
  const Tenant& tenant = state_[of.tenant];
  if (of.waiting.empty() || tenant.funded + tenant.low + of.gpus > tenants_.at(of.tenant).most_gpus) return None;
  if (affordable(engine, tenant, of.waiting.begin()->second)) return Funded;
  return parameters_.low_priority ? Low : None;
}

/// Puts the first job of a class where it belongs now.
void CreditGrants::refresh(const ClusterEngine& engine, std::size_t number) {
  Class& its = classes_[number];
  const Tier tier = tier_now(engine, its);
  if (tier == its.tier && (tier == None || *its.waiting.begin() == its.candidate)) return;
  auto& candidates = shapes_[its.shape].candidates;
  if (its.tier != None) candidates[its.tier].erase({its.candidate, number});
  its.tier = tier;
  if (tier == None) return;
  its.candidate = *its.waiting.begin();
  candidates[tier].insert({its.candidate, number});
}

void CreditGrants::refresh_all(const ClusterEngine& engine, std::size_t tenant) {
  for (const std::size_t number : state_[tenant].classes) refresh(engine, number);
}

void CreditGrants::insert(const ClusterEngine& engine, JobId job) {
  const auto number = static_cast<std::size_t>(class_of_[index(job)]);
  std::set<Place>& waiting = classes_[number].waiting;
  if (!waiting.empty()) heads_.erase({*waiting.begin(), number});
  waiting.insert(place_of(job));
  heads_.insert({*waiting.begin(), number});
  refresh(engine, number);
}

void CreditGrants::erase(const ClusterEngine& engine, JobId job) {
  const auto number = static_cast<std::size_t>(class_of_[index(job)]);
  std::set<Place>& waiting = classes_[number].waiting;
  heads_.erase({*waiting.begin(), number});
  waiting.erase(place_of(job));
  if (!waiting.empty()) heads_.insert({*waiting.begin(), number});
  refresh(engine, number);
}

/// Makes a running job of its tenant count as one of a tier, or as gone.
void CreditGrants::move(std::size_t tenant, JobId job, Tier tier) {
  Tenant& its = state_[tenant];
  Run& run = running_.at(job);
  const long long gpus = gpus_of(job);
  if (run.tier == Funded) its.funded -= gpus;
  if (run.tier == Low) {
    its.low -= gpus;
    low_gpus_ -= gpus;
    low_.erase({run.start, job});
  }
  run.tier = tier;
  if (tier == Funded) its.funded += gpus;
  if (tier == Low) {
    its.low += gpus;
    low_gpus_ += gpus;
    low_.insert({run.start, job});
  }
}

void CreditGrants::enter(ClusterEngine& engine, JobId job, Tier tier) {
  const std::size_t tenant = tenants_.of(job);
  settle(tenant, engine.now());
  Tenant& its = state_[tenant];
  Run& run = running_[job];
  run.tier = None;
  run.start = engine.started(job);
  Millis most = tenants_.at(tenant).longest;
  if (reserves() && tier == Funded && gpus_of(job) > 0) {
    most = std::min<Millis>(longest_run(engine, job), its.account.balance() / gpus_of(job));
    run.reserved = most * gpus_of(job);
    run.payment = its.account.pay(run.reserved);
  }
  its.running.insert(job);
  move(tenant, job, tier);
  runs_.started(engine, job, most >= kNever - engine.now() ? kNever : engine.now() + most);
  watch_credits(tenant);
  refresh_all(engine, tenant);
}

void CreditGrants::submitted(ClusterEngine& engine, JobId job) {
  const std::size_t tenant = tenants_.of(job);
  const long long gpus = gpus_of(job);
  const CreditAccount& account = state_[tenant].account;
  if (records_[tenant].applied < 0) records_[tenant].applied = engine.now();
  bool never = gpus > tenants_.at(tenant).most_gpus;
  if (!parameters_.low_priority && gpus > 0) {
    const std::int64_t most = account.each() * (parameters_.carry_over + 1);
    never = never || most < gpus || (reserves() && longest_run(engine, job) > most / gpus);
  }
  place_last(job);
  if (never) {
    refused_.push_back(job);
  } else {
    insert(engine, job);
  }
}

/// Where credits are reserved, a job that runs already is paid for as long as they last.
void CreditGrants::resumed(ClusterEngine& engine, JobId job) {
  const Tenant& its = state_[tenants_.of(job)];
  place_last(job);
  const bool funded = its.account.balance() >= its.funded + gpus_of(job);
  enter(engine, job, funded || !parameters_.low_priority ? Funded : Low);
}

void CreditGrants::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  const std::size_t tenant = tenants_.of(job);
  Tenant& its = state_[tenant];
  settle(tenant, engine.now());
  move(tenant, job, None);
  its.running.erase(job);
  const Run run = std::move(running_.at(job));
  running_.erase(job);
  if (run.reserved > 0) {
    const std::int64_t spent = (engine.now() - std::max<Millis>(run.start, 0)) * gpus_of(job);
    its.account.refund(run.payment, std::max<std::int64_t>(0, run.reserved - spent));
  }
  const bool goes_on = runs_.stopped(engine, job, reason);
  if (!goes_on) refused_.push_back(job);
  if (goes_on && reason != StopReason::Ended) insert(engine, job);
  watch_credits(tenant);
  refresh_all(engine, tenant);
}

void CreditGrants::begin_period(ClusterEngine& engine) {
  if (engine.now() < next_period_) return;
  const std::int64_t period = engine.now() / period_;
  next_period_ = (period + 1) * period_;
  for (std::size_t tenant = 0; tenant < state_.size(); ++tenant) {
    Tenant& its = state_[tenant];
    settle(tenant, engine.now());
    its.account.advance(period);
    its.dry = false;
    if (!reserves() && its.low > 0 && its.account.balance() >= its.funded + its.low)
      for (const JobId job : its.running) move(tenant, job, Funded);
    watch_credits(tenant);
    refresh_all(engine, tenant);
  }
}

/// Tenants whose credits are used up: their jobs stop, or go on at low priority.
void CreditGrants::stop_dry(ClusterEngine& engine) {
  while (!dry_.empty() && dry_.begin()->first <= engine.now()) {
    const std::size_t tenant = dry_.begin()->second;
    Tenant& its = state_[tenant];
    settle(tenant, engine.now());
    its.dry = true;
    for (const JobId job : std::set<JobId>(its.running)) {
      if (gpus_of(job) == 0) continue;
      if (parameters_.low_priority) {
        move(tenant, job, Low);
      } else {
        engine.preempt(job);
      }
    }
    watch_credits(tenant);
    refresh_all(engine, tenant);
  }
}

bool CreditGrants::make_room(ClusterEngine& engine, JobId job) {
  const Demand demand = engine.demand(job);
  if (low_.empty() || engine.placement().free_gpus() + low_gpus_ < demand.gpus) return false;
  std::vector<JobId> candidates;
  for (auto last = low_.rbegin(); last != low_.rend(); ++last) candidates.push_back(last->second);
  const std::vector<JobId> victims = find_victims(engine, demand, candidates);
  for (const JobId victim : victims) engine.preempt(victim);
  return !victims.empty();
}

void CreditGrants::start_jobs(ClusterEngine& engine, Tier tier) {
  std::vector<std::size_t> open;
  for (std::size_t shape = 0; shape < shapes_.size(); ++shape)
    if (!shapes_[shape].candidates[tier].empty()) open.push_back(shape);
  while (true) {
    std::erase_if(open, [&](std::size_t shape) { return shapes_[shape].candidates[tier].empty(); });
    if (open.empty()) return;
    const auto best = std::min_element(open.begin(), open.end(), [&](std::size_t a, std::size_t b) {
      return *shapes_[a].candidates[tier].begin() < *shapes_[b].candidates[tier].begin();
    });
    const auto [place, number] = *shapes_[*best].candidates[tier].begin();
    const JobId job = place.second;
    if (tier == Funded) {
      // What the tenant had when this became a candidate may have been spent since.
      settle(classes_[number].tenant, engine.now());
      if (!affordable(engine, state_[classes_[number].tenant], job)) {
        refresh(engine, number);
        watch_credits(classes_[number].tenant);
        continue;
      }
    }
    if (!engine.start(job) && !(tier == Funded && make_room(engine, job) && engine.start(job))) {
      open.erase(best);  // What does not fit now will not fit after others have started.
      continue;
    }
    erase(engine, job);
    enter(engine, job, tier);
  }
}

void CreditGrants::pass(ClusterEngine& engine) {
  begin_period(engine);
  cut_long_runs(engine);
  stop_dry(engine);
  start_jobs(engine, Funded);
  if (parameters_.low_priority) start_jobs(engine, Low);
}

Millis CreditGrants::wakes(const ClusterEngine& engine) const {
  if (heads_.empty() && engine.running_jobs().empty()) return kNever;
  const Millis dry = dry_.empty() ? kNever : dry_.begin()->first;
  return std::min({next_period_, dry, runs_.next_cut()});
}

PassState CreditGrants::left_waiting(const ClusterEngine& /*engine*/) const {
  if (heads_.empty()) return {};
  Place first{std::numeric_limits<std::int64_t>::max(), kNoJob};
  for (const Shape& shape : shapes_)
    if (!shape.candidates[Funded].empty()) first = std::min(first, shape.candidates[Funded].begin()->first);
  if (first.second != kNoJob) return {first.second, PassState::Hold::Capacity};
  const auto& [place, number] = *heads_.begin();
  return {place.second, classes_[number].tier == Low ? PassState::Hold::Capacity : PassState::Hold::Limit};
}

const std::vector<GrantRecord>& CreditGrants::records(Millis now) {
  for (std::size_t tenant = 0; tenant < state_.size(); ++tenant) {
    Tenant& its = state_[tenant];
    GrantRecord& record = records_[tenant];
    settle(tenant, now);
    its.account.advance(now / period_);
    watch_credits(tenant);
    record.granted = its.account.granted();
    record.idle = its.account.expired();
    record.held = record.granted - record.used - record.idle;
    record.grants = its.account.each() > 0 ? its.account.periods() : 0;
    if (record.grants > 0) record.first_granted = record.applied;
  }
  return records_;
}

}  // namespace orrery
