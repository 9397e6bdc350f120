#include "cluster/effects/elastic_scheduler.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace orrery {

ElasticScheduler::ElasticScheduler(const SharedMachine& machine, const JobTable& jobs, const RateTable& rates,
                                   const ElasticOptions& options, std::int32_t reference_type)
    : jobs_(jobs), rates_(rates), options_(options), reference_type_(reference_type), levels_(machine) {
  ORRERY_CHECK(options.round > 0 && options.least_gain >= 0, "a round lasts");
  for (const NodeGroup& group : machine.groups) {
    if (!options.pool.empty() && group.pool != options.pool) continue;
    node_gpus_ = std::max(node_gpus_, group.gpus);
    gpus_ += 1LL * group.nodes * group.gpus;
  }
}

std::size_t ElasticScheduler::curve_of(JobId job) {
  const std::int32_t most = std::max(1, jobs_.gpus[static_cast<std::size_t>(job)]);
  const std::int32_t least = std::clamp(value_or(jobs_.min_gpus, job, most), 1, most);
  const std::int32_t kind = value_or(jobs_.kind, job, -1), asked = value_or(jobs_.gpu_type, job, -1);
  const auto [place, added] = curve_numbers_.try_emplace({kind, asked, least, most}, curves_.size());
  if (!added) return place->second;
  ElasticCurve curve{least, most, {}};
  const std::int32_t type = asked >= 0 ? asked : reference_type_;
  for (std::int32_t gpus = least; gpus <= most; ++gpus) {
    const double rate = rates_.rate(kind, type, levels_.packed(gpus, node_gpus_), gpus);
    curve.rates.push_back(rate > 0 ? rate : gpus);
  }
  curves_.push_back(std::move(curve));
  return place->second;
}

void ElasticScheduler::submitted(ClusterEngine& engine, JobId job) {
  const std::size_t curve = curve_of(job);
  Demand demand = engine.demand(job);
  demand.gpus = curves_[curve].least;
  if (!engine.placement().possible(demand)) {
    if (impossible_ == kNoJob) impossible_ = job;
    return;
  }
  active_[job] = {curve, 0};
  changed_ = true;
}

void ElasticScheduler::resumed(ClusterEngine& engine, JobId job) {
  submitted(engine, job);
  std::int32_t gpus = 0;
  for (const Slice& slice : engine.slices(job)) gpus += slice.gpus;
  if (const auto active = active_.find(job); active != active_.end()) active->second.gpus = gpus;
}

void ElasticScheduler::stopped(ClusterEngine& /*engine*/, JobId job, StopReason reason) {
  const auto active = active_.find(job);
  if (active == active_.end()) return;  // It ran already, and could not have started here.
  active->second.gpus = 0;
  if (reason == StopReason::Ended) active_.erase(active);
  changed_ = true;
}

/// Starts a job on so many GPUs, or on fewer where they are too scattered.
void ElasticScheduler::start(ClusterEngine& engine, JobId job, std::int32_t gpus) {
  Active& active = active_.at(job);
  const std::int32_t least = curves_[active.curve].least;
  while (true) {
    Demand demand = engine.demand(job);
    // Parts of a gang whose size changes are whatever fits.
    if (gpus != demand.gpus) demand.workers = 0;
    demand.gpus = gpus;
    if (engine.start(job, demand)) {
      active.gpus = gpus;
      return;
    }
    if (gpus == least) return;
    gpus = std::max(least, gpus / 2);
  }
}

void ElasticScheduler::pass(ClusterEngine& engine) {
  if (!changed_ || engine.now() < next_round_) return;
  next_round_ = engine.now() + options_.round;
  std::vector<JobId> jobs;
  std::vector<std::size_t> numbers;
  for (const auto& [job, active] : active_) {
    jobs.push_back(job);
    numbers.push_back(active.curve);
  }
  const std::vector<std::int32_t> shares =
      elastic_shares(curves_, numbers, std::min(gpus_, engine.placement().gpus()), options_.fairness);
  std::vector<std::pair<std::int32_t, JobId>> starts;
  std::vector<JobId> stops;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Active& active = active_.at(jobs[i]);
    if (shares[i] == active.gpus) continue;
    const ElasticCurve& curve = curves_[active.curve];
    const auto rate = [&](std::int32_t gpus) {
      return curve.rates[static_cast<std::size_t>(std::clamp(gpus, curve.least, curve.most) - curve.least)];
    };
    const bool grows = active.gpus > 0 && shares[i] > active.gpus;
    if (grows && rate(shares[i]) < rate(active.gpus) * (1 + options_.least_gain)) continue;
    if (active.gpus > 0) stops.push_back(jobs[i]);
    if (shares[i] > 0) starts.emplace_back(-shares[i], jobs[i]);
  }
  for (const JobId job : stops) engine.preempt(job);
  // Large ones first, as long as whole nodes are free.
  std::sort(starts.begin(), starts.end());
  for (const auto& [gpus, job] : starts) start(engine, job, -gpus);
  changed_ = false;
}

Millis ElasticScheduler::wakes(const ClusterEngine& engine) const {
  return changed_ && !active_.empty() ? std::max(next_round_, engine.now() + 1) : kNever;
}

PassState ElasticScheduler::left_waiting(const ClusterEngine& engine) const {
  for (const auto& [job, active] : active_) {
    if (!engine.running(job)) return {job, PassState::Hold::Capacity};
  }
  return {impossible_, PassState::Hold::Capacity};
}

}  // namespace orrery
