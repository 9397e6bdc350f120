#include "cluster/metrics/target_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {
namespace {

Censored value_of(Target::Quantity quantity, const JobTable& jobs, const JobSchedule& schedule, JobId job,
                  Millis censoring) {
  if (quantity == Target::Quantity::Wait) return wait_of(jobs, schedule, job, censoring);
  if (quantity == Target::Quantity::Turnaround) return turnaround_of(jobs, schedule, job, censoring);
  return slowdown_of(jobs, schedule, job, censoring);
}

}  // namespace

Censored target_value(const Target& target, const JobTable& jobs, std::span<const JobId> rows,
                      const JobSchedule& schedule, const OutcomeOptions& options, double utilisation) {
  if (target.quantity == Target::Quantity::Utilisation) return {utilisation, false};
  const std::int32_t tenant = jobs.tenants.find(target.tenant);
  if (!target.tenant.empty() && tenant < 0) {
    const std::string near = did_you_mean(target.tenant, jobs.tenants.list());
    throw InputError(fmt::format("no job is of tenant `{}`", target.tenant), {},
                     near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  }
  const Millis censoring = censoring_time(schedule, options.horizon);
  std::vector<float> values;
  double sum = 0, most = 0, least_censored = std::numeric_limits<double>::infinity();
  for (const JobId job : rows) {
    const auto row = static_cast<std::size_t>(job);
    if (jobs.submit[row] < options.from || jobs.submit[row] >= options.until) continue;
    if (jobs.gpus[row] < target.least_gpus || jobs.gpus[row] > target.most_gpus) continue;
    if (!target.tenant.empty() && value_or(jobs.tenant, job, -1) != tenant) continue;
    const Censored its = value_of(target.quantity, jobs, schedule, job, censoring);
    sum += its.value;
    most = std::max(most, its.value);
    values.push_back(static_cast<float>(its.value));
    if (its.at_least) least_censored = std::min(least_censored, static_cast<double>(values.back()));
  }
  if (values.empty()) return {std::numeric_limits<double>::quiet_NaN(), false};
  double value = most;
  if (target.statistic == Target::Statistic::Mean) value = sum / static_cast<double>(values.size());
  if (target.statistic == Target::Statistic::Quantile) {
    value = quantile_of(values, target.quantile);
    return {value, value >= least_censored};
  }
  return {value, least_censored < std::numeric_limits<double>::infinity()};
}

}  // namespace orrery
