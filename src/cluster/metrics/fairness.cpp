#include "cluster/metrics/fairness.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "cluster/metrics/job_work.hpp"

namespace orrery {
namespace {

std::size_t at(std::int64_t number) {
  return static_cast<std::size_t>(number);
}

}  // namespace

double jain_index(std::span<const double> x) {
  double sum = 0, squares = 0;
  for (const double value : x) sum += value, squares += value * value;
  return squares > 0 ? sum * sum / (static_cast<double>(x.size()) * squares) : 1;
}

AloneOnShare::AloneOnShare(const JobTable& jobs, std::span<const double> share) : jobs_(jobs), pools_(share.size()) {
  for (std::size_t t = 0; t < share.size(); ++t) pools_[t].gpus = pools_[t].free = share[t];
}

double AloneOnShare::turnaround(JobId job) {
  constexpr double kRounding = 1 - 1e-9;  // Shares are fractions of GPUs.
  Pool& pool = pools_[at(jobs_.tenant[at(job)])];
  const double submit = static_cast<double>(jobs_.submit[at(job)]) / kSecond;
  double run = static_cast<double>(jobs_.run[at(job)]) / kSecond, gpus = gpus_asked(jobs_, job);
  if (gpus > pool.gpus) {
    run *= gpus / pool.gpus;
    gpus = pool.gpus;
  }
  // Nobody overtakes: it starts no earlier than the job before.
  pool.clock = std::max(pool.clock, submit);
  while (!pool.ends.empty() && (pool.ends.top().first <= pool.clock || pool.free < gpus * kRounding)) {
    pool.clock = std::max(pool.clock, pool.ends.top().first);
    pool.free += pool.ends.top().second;
    pool.ends.pop();
  }
  pool.free -= gpus;
  pool.ends.emplace(pool.clock + run, gpus);
  return pool.clock + run - submit;
}

Fairness fairness_of(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                     const UsageSummary& usage, const OutcomeOptions& options, std::span<const double> entitlement) {
  Fairness made;
  made.equal_shares = entitlement.empty();
  const std::size_t tenants = std::min(at(jobs.tenants.size()), Usage::kMostTenants);
  if (jobs.tenant.empty() || tenants == 0) return made;
  ORRERY_CHECK(entitlement.empty() || entitlement.size() >= tenants, "every tenant has an entitlement");
  const auto counts = [&](JobId job) {
    const Millis submit = jobs.submit[at(job)];
    const std::int32_t tenant = jobs.tenant[at(job)];
    return submit >= options.from && submit < options.until && tenant >= 0 && at(tenant) < tenants;
  };
  std::vector<double> asked(tenants), weight(tenants);
  for (const JobId job : rows) {
    if (!counts(job)) continue;
    asked[at(jobs.tenant[at(job)])] += gpu_hours_asked(jobs, job);
  }
  double weights = 0;
  for (std::size_t t = 0; t < tenants; ++t) {
    weight[t] = entitlement.empty() ? (asked[t] > 0 ? 1 : 0) : std::max(0.0, entitlement[t]);
    weights += weight[t];
  }
  if (weights <= 0) return made;
  std::vector<double> share(at(jobs.tenants.size()));
  for (std::size_t t = 0; t < tenants; ++t) share[t] = static_cast<double>(usage.gpus) * weight[t] / weights;

  const Millis censoring = censoring_time(schedule, options.horizon);
  AloneOnShare alone(jobs, share);
  const auto has_share = [&](JobId job) { return jobs.tenant[at(job)] >= 0 && share[at(jobs.tenant[at(job)])] > 0; };
  std::size_t next = 0;  // Jobs that do not count load the pools all the same.
  const std::vector<Distribution> finish_time = distributions_by(
      rows, tenants, [&](JobId job) { return counts(job) && has_share(job) ? jobs.tenant[at(job)] : -1; },
      [&](JobId job) {
        for (; rows[next] != job; ++next) {
          if (has_share(rows[next])) alone.turnaround(rows[next]);
        }
        ++next;
        const Censored shared = turnaround_of(jobs, schedule, job, censoring);
        return Censored{shared.value / alone.turnaround(job), shared.at_least};
      });

  std::vector<double> normalised;
  for (std::size_t t = 0; t < tenants; ++t) {
    if (asked[t] <= 0) continue;
    TenantShare tenant{jobs.tenants.at(static_cast<std::int32_t>(t)), share[t] * usage.hours(), asked[t],
                       t < usage.tenant_gpu_hours.size() ? usage.tenant_gpu_hours[t] : 0, finish_time[t]};
    if (tenant.entitled > 0) normalised.push_back(tenant.received / tenant.entitled);
    made.tenants.push_back(std::move(tenant));
  }
  made.jain = jain_index(normalised);
  return made;
}

}  // namespace orrery
