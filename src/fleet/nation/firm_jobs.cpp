#include "fleet/nation/firm_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/random.hpp"

namespace orrery {
namespace {

/// Every firm submits its first job within this time, s: so that all apply at once where GPUs are granted.
constexpr double kFirstWithin = 3600;

struct DrawnJob {
  double gpus = 1, run_s = 0;
};

/// Draws jobs of a trace's law, none larger than a firm can run.
class JobDraws {
 public:
  JobDraws(const TraceLaw& law, double stretch, double longest_s)
      : law_(law), stretch_(stretch), longest_s_(longest_s) {}

  DrawnJob draw(int gang, Rng& rng) const {
    std::size_t sizes = 1;
    double all = law_.size_shares.front();
    for (; sizes < law_.sizes.size() && law_.sizes[sizes] <= gang; ++sizes) all += law_.size_shares[sizes];
    const std::size_t size = pick(rng.uniform01() * all, sizes, [&](std::size_t k) { return law_.size_shares[k]; });
    const std::size_t ending =
        pick(rng.uniform01(), law_.endings.size(), [&](std::size_t e) { return law_.endings[e].jobs; });
    const double run = stretch_ * rng.lognormal(law_.endings[ending].log_means[size], law_.log_deviation);
    return {std::max(1.0, law_.sizes[size]), std::clamp(run, 1.0, longest_s_)};
  }

 private:
  template <class Share>
  static std::size_t pick(double u, std::size_t count, const Share& share) {
    std::size_t k = 0;
    for (; k + 1 < count && u >= share(k); ++k) u -= share(k);
    return k;
  }

  const TraceLaw& law_;
  double stretch_, longest_s_;
};

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

/// Mean of a log-normal law of which longer values are cut to `longest`.
double cut_mean(double log_mean, double deviation, double longest) {
  const double c = (std::log(longest) - log_mean) / deviation;
  return std::exp(log_mean + 0.5 * deviation * deviation) * normal_cdf(c - deviation) + longest * normal_cdf(-c);
}

}  // namespace

double expected_jobs(std::span<const FirmNeed> needs, const FirmJobLaw& law) {
  // GPU-time of a job of each size, and of the jobs up to each size.
  std::vector<double> shares, times;
  double share = 0, time = 0;
  for (std::size_t k = 0; k < law.trace.sizes.size(); ++k) {
    double run = 0;
    for (const TraceLaw::Ending& ending : law.trace.endings)
      run += ending.jobs *
             cut_mean(ending.log_means[k] + std::log(law.stretch), law.trace.log_deviation, law.longest.raw());
    share += law.trace.size_shares[k];
    time += law.trace.size_shares[k] * std::max(1.0, law.trace.sizes[k]) * run;
    shares.push_back(share);
    times.push_back(time);
  }
  double jobs = 0;
  for (const FirmNeed& need : needs) {
    std::size_t k = 0;
    while (k + 1 < law.trace.sizes.size() && law.trace.sizes[k + 1] <= need.gang) ++k;
    jobs += need.firms * (1 + need.gpus * law.span.raw() * shares[k] / times[k]);
  }
  return jobs;
}

double stretch_for(std::span<const FirmNeed> needs, FirmJobLaw law, double most) {
  double low = 1, high = 1e6;
  law.stretch = low;
  if (expected_jobs(needs, law) <= most) return low;
  while (high / low > 1.001) {
    law.stretch = std::sqrt(low * high);
    (expected_jobs(needs, law) > most ? low : high) = law.stretch;
  }
  return high;
}

GangTimes gang_times(const TraceLaw& law) {
  GangTimes times;
  for (std::size_t k = 0; k < law.sizes.size(); ++k) {
    const double gpus = std::max(1.0, law.sizes[k]);
    const auto power = static_cast<std::size_t>(std::log2(gpus));
    if (times.at_power.size() <= power) times.at_power.resize(power + 1);
    for (const TraceLaw::Ending& ending : law.endings) {
      const double run = std::exp(ending.log_means[k] + 0.5 * law.log_deviation * law.log_deviation);
      times.at_power[power] += law.size_shares[k] * ending.jobs * gpus * run;
    }
  }
  return times;
}

JobTable firm_jobs(std::span<const FirmNeed> needs, const FirmJobLaw& law, std::uint64_t seed) {
  ORRERY_CHECK(!law.trace.sizes.empty() && !law.trace.endings.empty(), "a trace's law is solved");
  const JobDraws draws(law.trace, law.stretch, law.longest.raw());
  JobTable jobs;
  for (std::size_t firm = 0; firm < needs.size(); ++firm) {
    Rng rng = Rng::stream(seed, "nation/jobs", 0, firm);
    const std::int32_t tenant = jobs.tenants.add(fmt::format("{:05}", firm + 1));
    double left = needs[firm].gpus * law.span.raw();
    for (bool first = true; left > 0; first = false) {
      const DrawnJob job = draws.draw(needs[firm].gang, rng);
      const double run = std::min(job.run_s, left / job.gpus);
      left -= run * job.gpus;
      // What is left of a need is a job of its own only where it lasts a second.
      if (run < 1 && !first) break;
      const double at = rng.uniform01() * (first ? kFirstWithin : law.span.raw());
      jobs.submit.push_back(static_cast<Millis>(at * kSecond));
      jobs.run.push_back(std::max<Millis>(1, static_cast<Millis>(run * kSecond)));
      jobs.gpus.push_back(static_cast<std::int32_t>(job.gpus));
      jobs.tenant.push_back(tenant);
    }
  }
  sort_by_submission(jobs);
  return jobs;
}

}  // namespace orrery
