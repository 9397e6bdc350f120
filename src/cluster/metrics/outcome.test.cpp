// What became of jobs. Expected: hand-computed schedules, laws (quantiles are monotone, groups add up), the slow
// quantile as the oracle.
#include "cluster/metrics/outcome.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.hpp"
#include "base/statistics.hpp"
#include "cluster/metrics/fairness.hpp"
#include "cluster/metrics/policy_figures.hpp"
#include "cluster/metrics/target_value.hpp"

using namespace orrery;

namespace {

/// Four jobs, of which the third is still running and the fourth waits when the replay ends at 2,000 s.
JobTable four_jobs() {
  JobTable jobs;
  jobs.submit = {0, 100 * kSecond, 200 * kSecond, 300 * kSecond};
  jobs.run = {1000 * kSecond, 60 * kSecond, 5000 * kSecond, 700 * kSecond};
  jobs.gpus = {1, 4, 64, 200};
  jobs.tenants.add("a");
  jobs.tenants.add("b");
  jobs.tenant = {0, 1, 1, -1};
  return jobs;
}

JobSchedule four_ends() {
  JobSchedule schedule;
  schedule.first_start = {0, 400 * kSecond, 1000 * kSecond, -1};
  schedule.end = {1000 * kSecond, 460 * kSecond, -1, -1};
  schedule.stops = {0, 0, 2, 0};
  schedule.last_event = 1500 * kSecond;
  schedule.gpu_time_lost = 2 * kHour;
  return schedule;
}

const std::array<JobId, 4> kRows = {0, 1, 2, 3};

}  // namespace

TEST_CASE("outcome: hand-computed, with jobs that were not done at the horizon") {
  const JobTable jobs = four_jobs();
  OutcomeOptions options;
  options.horizon = 2000 * kSecond;
  options.starved_after = 500 * kSecond;
  const Outcome made = outcome_of(jobs, kRows, four_ends(), options);
  CHECK(made.all.jobs == 4);
  CHECK(made.all.started == 3);
  CHECK(made.all.finished == 2);
  // Waits: 0, 300, 800, and at least 1,700 s.
  CHECK(made.all.wait.mean == doctest::Approx(700));
  CHECK(made.all.wait.median == doctest::Approx(550));
  CHECK(made.all.wait.exact(made.all.wait.median));
  CHECK(made.all.wait.p90 == doctest::Approx(800 + 0.7 * 900));
  CHECK(made.all.wait.exact(made.all.wait.p90));
  CHECK(made.all.wait.max == 1700);
  CHECK_FALSE(made.all.wait.exact(made.all.wait.max));
  CHECK(made.all.wait.censored == 1);
  CHECK(made.all.starved == 2);
  // Turnarounds: 1,000, 360, at least 1,800, at least 1,700.
  CHECK(made.all.turnaround.censored == 2);
  CHECK(made.all.turnaround.least_censored == 1700);
  // Slowdowns: 1, 360/600 -> 1, 1,800/5,000 -> 1, 1,700/700.
  CHECK(made.all.slowdown.mean == doctest::Approx((3 + 1700.0 / 700) / 4));
  CHECK(made.all.stretch == doctest::Approx(1360.0 / 1060));
  CHECK(made.all.stopped == 1);
  CHECK(made.all.stops == 2);
  CHECK(made.makespan == 1000);
  CHECK(made.gpu_hours_lost == 2);
  REQUIRE(made.tenants.size() == 3);
  CHECK(made.tenants[2].name == "-");
  CHECK(made.tenants[1].gpu_hours == doctest::Approx((4 * 60 + 64 * 5000) / 3600.0));
  REQUIRE(made.sizes.size() == 4);
  CHECK(made.sizes[2].name == "33-128");
  CHECK(made.priorities.empty());
  CHECK(made.pools.empty());
}

TEST_CASE("outcome: hand-computed, jobs of the warm-up and of the end are left out") {
  OutcomeOptions options;
  options.from = 100 * kSecond;
  options.until = 300 * kSecond;
  const Outcome made = outcome_of(four_jobs(), kRows, four_ends(), options);
  CHECK(made.all.jobs == 2);
  CHECK(made.left_out == 2);
  CHECK(made.all.wait.mean == doctest::Approx(550));
  CHECK(made.makespan == doctest::Approx(360));
}

TEST_CASE("outcome: hand-computed, size classes, QOS and priorities") {
  const std::array<std::int32_t, 12> gpus = {0, 1, 2, 4, 5, 8, 9, 32, 33, 128, 129, 5000};
  const std::array<std::size_t, 12> classes = {0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6};
  for (std::size_t i = 0; i < gpus.size(); ++i) CHECK(size_class(gpus[i]) == classes[i]);
  JobTable jobs = four_jobs();
  jobs.priority = {5, -1, 5, 9};
  Outcome made = outcome_of(jobs, kRows, four_ends(), {});
  REQUIRE(made.priorities.size() == 3);
  CHECK(made.priorities[0].name == "priority 9");
  CHECK(made.priorities[1].jobs == 2);
  jobs.qos_names.add("high");
  jobs.qos = {0, -1, -1, 0};
  made = outcome_of(jobs, kRows, four_ends(), {});
  REQUIRE(made.priorities.size() == 2);
  CHECK(made.priorities[0].name == "high");
}

TEST_CASE("outcome: oracle and law, quantiles of groups against the slow ones") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/distribution");
    const std::size_t size = 1 + rng.below(400);
    std::vector<JobId> rows(size);
    std::iota(rows.begin(), rows.end(), 0);
    std::vector<double> values(size);
    std::vector<std::int32_t> groups(size);
    for (std::size_t i = 0; i < size; ++i) {
      // Whole seconds, which a float holds, many of them equal.
      values[i] = std::floor(rng.lognormal(3, 2));
      groups[i] = static_cast<std::int32_t>(rng.below(4)) - 1;
    }
    const auto made = distributions_by(
        rows, 3, [&](JobId job) { return groups[static_cast<std::size_t>(job)]; },
        [&](JobId job) {
          return Censored{values[static_cast<std::size_t>(job)], false};
        });
    std::int64_t counted = 0;
    for (std::int32_t g = 0; g < 3; ++g) {
      std::vector<double> its;
      for (std::size_t i = 0; i < size; ++i)
        if (groups[i] == g) its.push_back(values[i]);
      const Distribution& d = made[static_cast<std::size_t>(g)];
      CHECK(d.count == static_cast<std::int64_t>(its.size()));
      counted += d.count;
      if (its.empty()) continue;
      CHECK(d.median == doctest::Approx(quantile(its, 0.5)).epsilon(1e-12));
      CHECK(d.p90 == doctest::Approx(quantile(its, 0.9)).epsilon(1e-12));
      CHECK(d.p99 == doctest::Approx(quantile(its, 0.99)).epsilon(1e-12));
      CHECK(d.median <= d.p90);
      CHECK(d.p90 <= d.p99);
      CHECK(d.p99 <= d.max);
    }
    CHECK(counted <= static_cast<std::int64_t>(size));
  }
}

TEST_CASE("fairness: hand-computed, Jain's index") {
  CHECK(jain_index(std::array<double, 3>{2, 2, 2}) == doctest::Approx(1));
  CHECK(jain_index(std::array<double, 4>{1, 0, 0, 0}) == doctest::Approx(0.25));
  CHECK(jain_index(std::array<double, 2>{1, 3}) == doctest::Approx(16.0 / 20));
  CHECK(jain_index({}) == 1);
}

TEST_CASE("fairness: hand-computed, turnaround alone on a share") {
  JobTable jobs;
  jobs.submit = {0, 0, 10 * kSecond, 1000 * kSecond};
  jobs.run = {100 * kSecond, 50 * kSecond, 20 * kSecond, 10 * kSecond};
  jobs.gpus = {3, 2, 1, 8};
  jobs.tenants.add("a");
  jobs.tenant = {0, 0, 0, 0};
  AloneOnShare alone(jobs, std::array<double, 1>{4});
  CHECK(alone.turnaround(0) == doctest::Approx(100));
  CHECK(alone.turnaround(1) == doctest::Approx(150));  // Waits for the first.
  CHECK(alone.turnaround(2) == doctest::Approx(110));  // Does not overtake: starts at 100 s.
  CHECK(alone.turnaround(3) == doctest::Approx(20));   // Twice the share.
}

TEST_CASE("fairness: hand-computed, two tenants with equal shares and with others") {
  // 8 GPUs for 100 s: a held 8 for 50 s, then b 8 for 50 s, whose job came at 0 too.
  JobTable jobs;
  jobs.submit = {0, 0};
  jobs.run = {50 * kSecond, 50 * kSecond};
  jobs.gpus = {8, 8};
  jobs.tenants.add("a");
  jobs.tenants.add("b");
  jobs.tenant = {0, 1};
  JobSchedule schedule;
  schedule.first_start = {0, 50 * kSecond};
  schedule.end = {50 * kSecond, 100 * kSecond};
  schedule.last_event = 100 * kSecond;
  UsageSummary usage;
  usage.end = 100 * kSecond;
  usage.gpus = 8;
  usage.tenant_gpu_hours = {400 / 3600.0, 400 / 3600.0};
  const std::array<JobId, 2> rows = {0, 1};
  Fairness made = fairness_of(jobs, rows, schedule, usage, {});
  CHECK(made.equal_shares);
  CHECK(made.jain == doctest::Approx(1));
  REQUIRE(made.tenants.size() == 2);
  CHECK(made.tenants[0].entitled == doctest::Approx(400 / 3600.0));
  // Alone on 4 GPUs each would take 100 s.
  CHECK(made.tenants[0].finish_time.mean == doctest::Approx(0.5));
  CHECK(made.tenants[1].finish_time.mean == doctest::Approx(1));
  // a is entitled to 6 GPUs, b to 2: 8 x 50 s alone are 66.7 s and 200 s.
  made = fairness_of(jobs, rows, schedule, usage, {}, std::array<double, 2>{3, 1});
  CHECK_FALSE(made.equal_shares);
  CHECK(made.tenants[0].finish_time.mean == doctest::Approx(0.75));
  CHECK(made.tenants[1].finish_time.mean == doctest::Approx(0.5));
  // 2/3 and 2: (8/3)^2 / (2 x (4/9 + 4)).
  CHECK(made.jain == doctest::Approx(64.0 / 9 / (2 * 40.0 / 9)));
}

TEST_CASE("targets: hand-computed values over the jobs that they are of") {
  const JobTable jobs = four_jobs();
  const JobSchedule schedule = four_ends();
  OutcomeOptions options;
  options.horizon = 2000 * kSecond;
  const auto value = [&](const char* text) {
    return target_value(parse_target(text), jobs, kRows, schedule, options, 0.6);
  };
  CHECK(value("median wait < 1 h").value == doctest::Approx(550));
  CHECK_FALSE(value("median wait < 1 h").at_least);
  CHECK(value("max wait < 1 h").at_least);
  // 1,700 s so far.
  CHECK_FALSE(keeps(parse_target("max wait < 1 h"), value("max wait < 1 h")));
  CHECK(keeps(parse_target("max wait > 20 min"), value("max wait > 20 min")));
  CHECK(keeps(parse_target("median wait < 1 h"), value("median wait < 1 h")));
  CHECK(value("mean wait < 1 h of tenant b").value == doctest::Approx(550));
  CHECK(value("max wait < 1 h of jobs of 1-64 GPUs").value == doctest::Approx(800));
  CHECK_FALSE(value("max wait < 1 h of jobs of 1-64 GPUs").at_least);
  CHECK(value("utilisation > 0.5").value == 0.6);
  CHECK(std::isnan(value("mean wait < 1 h of jobs of 1000+ GPUs").value));
  CHECK_THROWS_AS(value("mean wait < 1 h of tenant c"), InputError);
}

TEST_CASE("comparison: hand-computed, weeks of a replay") {
  // Two weeks and a rest of two days, which is too short to count. Waits of 1 h and 3 h in the first week, 5 h in the
  // second.
  JobTable jobs;
  jobs.submit = {kDay, 2 * kDay, 8 * kDay, 15 * kDay};
  jobs.run.assign(4, kHour);
  jobs.gpus.assign(4, 1);
  JobSchedule schedule;
  schedule.first_start = {kDay + kHour, 2 * kDay + 3 * kHour, 8 * kDay + 5 * kHour, 15 * kDay};
  for (const Millis start : schedule.first_start) schedule.end.push_back(start + kHour);
  schedule.last_event = 16 * kDay;
  UsageSummary usage;
  usage.width = 4 * kDay;
  usage.end = 16 * kDay;
  usage.allocated = {8, 4, 0, 2};
  usage.free = {0, 4, 8, 6};
  const PolicyBlocks blocks = figures_by_block("p", jobs, kRows, schedule, {}, usage, 7 * kDay);
  CHECK(blocks.figures[0] == std::vector<double>{2 * 3600.0, 5 * 3600.0});
  // Days 0-7: 4 days of 8 and 3 of 4; days 7-14: 1 day of 4 and 2 of 2.
  CHECK(blocks.figures.back()[0] == doctest::Approx(44.0 / 56));
  CHECK(blocks.figures.back()[1] == doctest::Approx(8.0 / 56));
  CHECK(figures_of(outcome_of(jobs, kRows, schedule, {}).all, usage).size() == kPolicyFigures.size());
}
