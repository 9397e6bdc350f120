#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "cluster/generator.hpp"

namespace orrery {
namespace {

/// Where a function that does not fall reaches `wanted`; the nearer end where it does not.
template <class F>
double solve(F rises, double wanted, double low, double high) {
  for (int i = 0; i < 100; ++i) {
    const double middle = 0.5 * (low + high);
    (rises(middle) < wanted ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

/// Mean of a lognormal that is cut at `cap`: what is longer lasts `cap`.
double capped_mean(double log_mean, double deviation, double cap) {
  const double c = (std::log(cap) - log_mean) / deviation;
  return std::exp(log_mean + 0.5 * deviation * deviation) * normal_cdf(c - deviation) + cap * normal_cdf(-c);
}

double log_mean_for(double mean, double deviation, double cap) {
  // Between the law without a cap, whose mean is lower once cut, and far above the cap.
  return solve([&](double log_mean) { return capped_mean(log_mean, deviation, cap); }, mean,
               std::log(mean) - 0.5 * deviation * deviation - 1, std::log(cap) + 10 * deviation);
}

std::vector<double> sizes_up_to(double largest, double median) {
  std::vector<double> sizes;
  if (median < 1) sizes = {0.125, 0.25, 0.5};
  for (double size = 1; size <= largest; size *= 2) sizes.push_back(size);
  if (sizes.empty() || sizes.back() < largest) sizes.push_back(largest);
  return sizes;
}

double mean_of(const std::vector<double>& shares, const std::vector<double>& values) {
  return std::inner_product(shares.begin(), shares.end(), values.begin(), 0.0);
}

/// Shares s^-a, of which `atom` of all goes to the median.
std::vector<double> tilted(const std::vector<double>& sizes, double a, std::size_t median, double atom) {
  std::vector<double> shares;
  for (const double size : sizes) shares.push_back(std::pow(size, -a));
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share *= (1 - atom) / sum;
  shares[median] += atom;
  return shares;
}

/// Shares with the published mean, and the published median with room of two in a hundred on both sides.
void solve_sizes(const TraceTotals& totals, TraceLaw& law) {
  law.sizes = sizes_up_to(totals.max_gpus, totals.median_gpus);
  const auto at = std::min_element(law.sizes.begin(), law.sizes.end(), [&](double x, double y) {
    return std::abs(x - totals.median_gpus) < std::abs(y - totals.median_gpus);
  });
  const auto median = static_cast<std::size_t>(at - law.sizes.begin());
  constexpr double kRoom = 0.02;
  const auto with_atom = [&](double atom) {
    law.size_exponent = -solve([&](double a) { return mean_of(tilted(law.sizes, -a, median, atom), law.sizes); },
                               totals.mean_gpus, -8, 8);
    law.size_shares = tilted(law.sizes, law.size_exponent, median, atom);
    const double below =
        std::accumulate(law.size_shares.begin(), law.size_shares.begin() + (at - law.sizes.begin()), 0.0);
    return std::min(0.5 - below, below + law.size_shares[median] - 0.5);
  };
  if (with_atom(0) >= kRoom) return;
  with_atom(solve(with_atom, kRoom, 0, 0.95));
}

/// Probability of a run of at most `seconds`.
double run_cdf(const TraceLaw& law, double seconds) {
  double sum = 0;
  for (const TraceLaw::Ending& ending : law.endings) {
    for (std::size_t k = 0; k < law.sizes.size(); ++k)
      sum +=
          ending.jobs * law.size_shares[k] * normal_cdf((std::log(seconds) - ending.log_means[k]) / law.log_deviation);
  }
  return sum;
}

}  // namespace

TraceLaw solved_law(const TraceTotals& totals) {
  TraceLaw law;
  solve_sizes(totals, law);
  // Over s^b weighted by jobs, the GPU-time of a job: what b has to be.
  const auto powers = [&](double b) {
    std::vector<double> result;
    for (const double size : law.sizes) result.push_back(std::pow(size, b));
    return result;
  };
  const double mean_run = totals.mean_run.raw();
  const auto gpu_time_over_run = [&](double b) {
    return mean_of(law.size_shares, powers(b + 1)) / mean_of(law.size_shares, powers(b));
  };
  const double a_job = totals.gpu_time.raw() / static_cast<double>(totals.jobs);
  if (a_job > 0) law.run_exponent = solve(gpu_time_over_run, a_job / mean_run, -3, 3);

  const double known = totals.completed.jobs + totals.cancelled.jobs + totals.failed.jobs;
  const double known_time = totals.completed.gpu_time + totals.cancelled.gpu_time + totals.failed.gpu_time;
  std::vector<double> levels;  // Mean run of one GPU over that of all, of each ending.
  if (known > 0) {
    for (const auto& [state, share] :
         {std::pair(JobState::Completed, totals.completed), std::pair(JobState::Cancelled, totals.cancelled),
          std::pair(JobState::Failed, totals.failed)}) {
      if (share.jobs <= 0) continue;
      law.endings.push_back({state, share.jobs / known, {}});
      levels.push_back(known_time > 0 ? share.gpu_time / known_time / (share.jobs / known) : 1.0);
    }
  } else {
    law.endings.push_back({});
    levels.push_back(1);
  }
  const std::vector<double> growth = powers(law.run_exponent);
  const double one_gpu = mean_run / mean_of(law.size_shares, growth);
  const double cap = totals.max_run.raw();
  const auto set_deviation = [&](double deviation) {
    law.log_deviation = deviation;
    for (std::size_t e = 0; e < law.endings.size(); ++e) {
      law.endings[e].log_means.clear();
      // A mean near the cap would take a law that is not lognormal any more.
      for (const double factor : growth)
        law.endings[e].log_means.push_back(
            log_mean_for(std::min(0.9 * cap, std::max(1e-3, one_gpu * levels[e] * factor)), deviation, cap));
    }
    return run_cdf(law, totals.median_run.raw());
  };
  set_deviation(solve(set_deviation, 0.5, 0.05, 6));
  return law;
}

}  // namespace orrery
