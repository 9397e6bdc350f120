#include "cluster/effects/gavel_scheduler.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>

#include "base/check.hpp"
#include "base/diagnostic.hpp"

namespace orrery {

void name_gpu_types(const SharedMachine& machine, JobTable& jobs) {
  for (const NodeGroup& group : machine.groups) {
    if (!group.gpu_type.empty()) jobs.gpu_types.add(group.gpu_type);
  }
}

GavelScheduler::GavelScheduler(const SharedMachine& machine, const JobTable& jobs, const RateTable& rates,
                               const GavelOptions& options)
    : jobs_(jobs), rates_(rates), options_(options), levels_(machine) {
  ORRERY_CHECK(options.round > 0, "a round lasts");
  for (const NodeGroup& group : machine.groups) {
    type_of_group_.push_back(-1);
    if (group.gpus <= 0 || (!options.pool.empty() && group.pool != options.pool)) continue;
    const std::int32_t name = jobs.gpu_types.find(group.gpu_type);
    auto type = std::find_if(types_.begin(), types_.end(), [&](const Type& each) { return each.name == name; });
    if (type == types_.end()) type = types_.insert(type, Type{name});
    type_of_group_.back() = static_cast<int>(type - types_.begin());
    type->gpus += 1LL * group.nodes * group.gpus;
    type->node_gpus = std::max(type->node_gpus, group.gpus);
  }
  const bool unnamed = std::any_of(types_.begin(), types_.end(), [](const Type& type) { return type.name < 0; });
  if (unnamed && types_.size() > 1)
    throw InputError("the policy `gavel` needs the GPU type of every group of nodes", {}, "`gpu_type` in each group");
}

Demand GavelScheduler::demand(const ClusterEngine& engine, JobId job, std::size_t type) const {
  Demand demand = engine.demand(job);
  if (types_[type].name >= 0) demand.gpu_type = types_[type].name;
  return demand;
}

std::size_t GavelScheduler::class_of(const ClusterEngine& engine, JobId job) {
  const std::int32_t kind = value_or(jobs_.kind, job, -1), asked = value_or(jobs_.gpu_type, job, -1);
  const Demand asks = engine.demand(job);
  const auto [place, added] =
      class_numbers_.try_emplace({kind, asks.gpus, asks.workers, asked, asks.pool}, classes_.size());
  if (!added) return place->second;
  AllocationClass alike{0, std::max(1, asks.gpus), 1, {}};
  bool known = false;
  for (const Type& type : types_) {
    const int level = levels_.packed(asks.gpus, type.node_gpus);
    alike.rates.push_back(type.name < 0 ? 0 : rates_.rate(kind, type.name, level, asks.gpus));
    known = known || alike.rates.back() > 0;
  }
  for (std::size_t type = 0; type < types_.size(); ++type) {
    const bool other = asked >= 0 && types_[type].name >= 0 && asked != types_[type].name;
    if (!known) alike.rates[type] = 1;
    if (other || !engine.placement().possible(demand(engine, job, type))) alike.rates[type] = 0;
  }
  classes_.push_back(std::move(alike));
  return place->second;
}

void GavelScheduler::submitted(ClusterEngine& engine, JobId job) {
  const std::size_t alike = class_of(engine, job);
  const std::vector<double>& rates = classes_[alike].rates;
  // What can run nowhere waits for ever, and keeps no round going.
  if (std::all_of(rates.begin(), rates.end(), [](double rate) { return rate <= 0; })) {
    if (impossible_ == kNoJob) impossible_ = job;
    return;
  }
  if (active_.empty()) accounted_ = engine.now();
  active_[job] = {alike, std::vector<double>(types_.size(), 0), std::vector<double>(types_.size(), 0), -1};
  ++classes_[alike].jobs;
  changed_ = true;
}

void GavelScheduler::resumed(ClusterEngine& engine, JobId job) {
  submitted(engine, job);
  const auto active = active_.find(job);
  const std::span<const Slice> slices = engine.slices(job);
  if (active == active_.end() || slices.empty()) return;
  active->second.on = type_of_group_[static_cast<std::size_t>(levels_.group(slices.front().node))];
}

void GavelScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  account(engine.now());
  const auto active = active_.find(job);
  if (active == active_.end()) return;  // It ran already, and could not have started here.
  active->second.on = -1;
  if (reason != StopReason::Ended) return;
  --classes_[active->second.alike].jobs;
  active_.erase(active);
  changed_ = true;
}

/// Books the time since the last booking: what jobs were owed and what they had.
void GavelScheduler::account(Millis now) {
  const double passed = static_cast<double>(now - accounted_);
  accounted_ = now;
  if (passed <= 0) return;
  for (auto& [job, active] : active_) {
    if (active.alike < shares_.size()) {
      for (std::size_t type = 0; type < types_.size(); ++type)
        active.owed[type] += passed * shares_[active.alike][type];
    }
    if (active.on >= 0) active.had[static_cast<std::size_t>(active.on)] += passed;
  }
}

void GavelScheduler::share() {
  std::vector<AllocationClass> present;
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (classes_[i].jobs == 0) continue;
    present.push_back(classes_[i]);
    numbers.push_back(i);
  }
  std::vector<long long> capacity;
  for (const Type& type : types_) capacity.push_back(type.gpus);
  const auto shares = max_min_shares(present, capacity);
  shares_.assign(classes_.size(), std::vector<double>(types_.size(), 0));
  for (std::size_t i = 0; i < numbers.size(); ++i) shares_[numbers[i]] = shares[i];
  changed_ = false;
}

/// All that jobs may run on, the most urgent first.
std::vector<GavelScheduler::Claim> GavelScheduler::claims() const {
  std::vector<Claim> claims;
  for (const auto& [job, active] : active_) {
    for (std::size_t type = 0; type < types_.size(); ++type) {
      if (classes_[active.alike].rates[type] <= 0) continue;
      const double share = shares_[active.alike][type];
      Claim claim{0, 0, job, type};
      if (share > 0) {
        claim.owed = active.owed[type] + share * static_cast<double>(options_.round);
        claim.urgency = active.had[type] > 0 ? claim.owed / active.had[type] : std::numeric_limits<double>::infinity();
      }
      claims.push_back(claim);
    }
  }
  std::sort(claims.begin(), claims.end(), [](const Claim& a, const Claim& b) {
    return std::tuple(-a.urgency, -a.owed, a.job, a.type) < std::tuple(-b.urgency, -b.owed, b.job, b.type);
  });
  return claims;
}

void GavelScheduler::start(ClusterEngine& engine, const Claim& claim) {
  if (engine.running(claim.job)) return;
  if (engine.start(claim.job, demand(engine, claim.job, claim.type)))
    active_.at(claim.job).on = static_cast<int>(claim.type);
}

void GavelScheduler::pass(ClusterEngine& engine) {
  if (active_.empty() || engine.now() < next_round_) return;
  account(engine.now());
  if (changed_) share();
  next_round_ = engine.now() + options_.round;

  const std::vector<Claim> all = claims();
  std::vector<long long> left;
  for (const Type& type : types_) left.push_back(type.gpus);
  std::vector<Claim> granted;
  std::map<JobId, std::size_t> type_of;
  for (const Claim& claim : all) {
    const std::int32_t gpus = classes_[active_.at(claim.job).alike].gpus;
    if (claim.owed <= 0 || gpus > left[claim.type] || !type_of.try_emplace(claim.job, claim.type).second) continue;
    left[claim.type] -= gpus;
    granted.push_back(claim);
  }
  std::vector<JobId> stop;
  for (const auto& [job, active] : active_) {
    const auto type = type_of.find(job);
    if (active.on >= 0 && (type == type_of.end() || static_cast<int>(type->second) != active.on)) stop.push_back(job);
  }
  for (const JobId job : stop) engine.preempt(job);
  // Large gangs first, as long as whole nodes are free; then whoever fits into what is left.
  std::stable_sort(granted.begin(), granted.end(), [&](const Claim& a, const Claim& b) {
    return classes_[active_.at(a.job).alike].gpus > classes_[active_.at(b.job).alike].gpus;
  });
  for (const Claim& claim : granted) start(engine, claim);
  for (const Claim& claim : all) {
    if (engine.placement().free_gpus() == 0) break;
    start(engine, claim);
  }
}

Millis GavelScheduler::wakes(const ClusterEngine& engine) const {
  return active_.empty() ? kNever : std::max(next_round_, engine.now() + 1);
}

PassState GavelScheduler::left_waiting(const ClusterEngine& engine) const {
  for (const auto& [job, active] : active_) {
    if (!engine.running(job)) return {job, PassState::Hold::Capacity};
  }
  return {impossible_, PassState::Hold::Capacity};
}

}  // namespace orrery
