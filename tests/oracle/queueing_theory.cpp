// Queues with Poisson arrivals against their closed forms.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "cluster/queue_scheduler.hpp"
#include "cluster/test_workloads.hpp"

namespace orrery {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

/// Mean wait of jobs of one GPU, in units of the mean run time, after a warm-up.
template <class Run>
double mean_wait(int gpus, double load, std::uint64_t seed, Run&& draw_run) {
  constexpr std::size_t kJobs = 2'000'000, kWarmUp = 50'000;
  constexpr double kMean = 1e6;  // Milliseconds, so that whole ones are fine enough.
  JobTable jobs;
  Rng rng = Rng::stream(seed, "test/queue");
  double now = 0;
  for (std::size_t i = 0; i < kJobs; ++i) {
    now += rng.exponential(kMean / (load * gpus));
    jobs.submit.push_back(std::llround(now));
    jobs.run.push_back(std::max<Millis>(1, std::llround(kMean * draw_run(rng))));
    jobs.gpus.push_back(1);
  }
  const std::vector<JobId> rows = all_rows(jobs);
  GpuPlacement placement(plain_machine(1, gpus), jobs);
  QueueScheduler scheduler(jobs, rows, {});
  const JobSchedule schedule = ClusterEngine(jobs, rows, placement, scheduler).run();
  double sum = 0;
  for (std::size_t i = kWarmUp; i < kJobs; ++i) sum += static_cast<double>(schedule.first_start[i] - jobs.submit[i]);
  return sum / static_cast<double>(kJobs - kWarmUp) / kMean;
}

/// Mean over seeds, since one run's own noise is of the order of what is tested.
template <class Run>
double mean_wait(int gpus, double load, Run&& draw_run) {
  constexpr int kSeeds = 4;
  double sum = 0;
  for (int seed = 1; seed <= kSeeds; ++seed) sum += mean_wait(gpus, load, static_cast<std::uint64_t>(seed), draw_run);
  return sum / kSeeds;
}

/// Erlang's C formula: share of arrivals that wait; their mean wait is C / (c (1 - load)) mean run times.
double erlang_wait(int servers, double load) {
  const double offered = servers * load;
  double term = 1, sum = 1;
  for (int k = 1; k < servers; ++k) sum += term *= offered / k;
  const double busy = term * offered / servers / (1 - load);
  return busy / (sum + busy) / (servers * (1 - load));
}

/// Crommelin (1932): mean wait of M/D/c in service times,
/// sum over i of e^(-i a) [ sum_{k >= ic} (i a)^k / k! - (c / a) sum_{k >= ic + 1} (i a)^k / k! ], a = c load.
double crommelin_wait(int servers, double load) {
  const double a = servers * load;
  double wait = 0;
  for (int i = 1; i < 20'000; ++i) {
    const double mean = i * a;
    double first = 0, second = 0;
    const int begin = i * servers;
    for (int k = begin;; ++k) {
      const double p = std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
      first += p;
      if (k > begin) second += p;
      if (p < 1e-17 && k > begin + 10) break;
    }
    const double term = first - servers / a * second;
    wait += term;
    if (term < 1e-12) break;
  }
  return wait;
}

}  // namespace

TEST_CASE("queueing: the closed forms are those of the tables: hand-computed") {
  // M/M/1: load / (1 - load). M/D/1: half of it. M/M/2 at 0.5: C = 1/3, wait 1/3.
  CHECK(erlang_wait(1, 0.8) == doctest::Approx(4.0));
  CHECK(crommelin_wait(1, 0.8) == doctest::Approx(2.0));
  CHECK(erlang_wait(2, 0.5) == doctest::Approx(1.0 / 3));
}

TEST_CASE("queueing: mean waits with exponential run times, Erlang C within 1 %: oracle") {
  const auto exponential = [](Rng& rng) { return rng.exponential(1.0); };
  CHECK(mean_wait(1, 0.5, exponential) == doctest::Approx(erlang_wait(1, 0.5)).epsilon(0.01));
  CHECK(mean_wait(8, 0.8, exponential) == doctest::Approx(erlang_wait(8, 0.8)).epsilon(0.01));
  CHECK(mean_wait(64, 0.9, exponential) == doctest::Approx(erlang_wait(64, 0.9)).epsilon(0.01));
}

TEST_CASE("queueing: mean waits with equal run times, Crommelin within 1 %: oracle") {
  const auto equal = [](Rng& /*rng*/) { return 1.0; };
  CHECK(mean_wait(1, 0.5, equal) == doctest::Approx(crommelin_wait(1, 0.5)).epsilon(0.01));
  CHECK(mean_wait(8, 0.8, equal) == doctest::Approx(crommelin_wait(8, 0.8)).epsilon(0.01));
  CHECK(mean_wait(64, 0.9, equal) == doctest::Approx(crommelin_wait(64, 0.9)).epsilon(0.01));
}

}  // namespace orrery
