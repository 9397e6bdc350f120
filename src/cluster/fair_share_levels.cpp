#include "cluster/fair_share_levels.hpp"

#include <cmath>

namespace orrery {

FairShareLevels::FairShareLevels(const SlurmParameters& parameters, const JobTable& jobs, std::span<const JobId> rows)
    : jobs_(jobs),
      accounts_(parameters, jobs, rows),
      max_age_(std::llround(parameters.priority_max_age.raw() * kSecond)),
      period_(std::max<Millis>(kSecond, std::llround(parameters.priority_calc_period.raw() * kSecond))) {
  const double share = parameters.priority_weight_fairshare, age = parameters.priority_weight_age;
  // Without a weight of age the order is that of the factors alone, and of rows among equals.
  if (age <= 0) max_age_ = 0;
  age_per_factor_ = age > 0 ? share / age * static_cast<double>(max_age_) : share;
}

void FairShareLevels::started(Millis now, JobId job) {
  accounts_.charge(now, accounts_.association(job), jobs_.gpus[static_cast<std::size_t>(job)]);
}

void FairShareLevels::stopped(Millis now, JobId job) {
  accounts_.charge(now, accounts_.association(job), -jobs_.gpus[static_cast<std::size_t>(job)]);
}

void FairShareLevels::update(Millis now, std::vector<double>& levels, double& floor) {
  accounts_.update(now);
  levels.resize(accounts_.size());
  for (std::size_t node = 0; node < levels.size(); ++node)
    levels[node] = age_per_factor_ * accounts_.factor(static_cast<std::int32_t>(node));
  floor = static_cast<double>(now - max_age_);
  next_update_ = now + period_;
}

}  // namespace orrery
