#include "cluster/effects/elastic_scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/random.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/test_workloads.hpp"

using namespace orrery;

namespace {

/// Elastic gangs stay within their range, and no node gives more than it has.
class RangeObserver final : public Observer {
 public:
  RangeObserver(const JobTable& jobs, const SharedMachine& machine) : jobs_(jobs) {
    for (const NodeGroup& group : machine.groups)
      free_.insert(free_.end(), static_cast<std::size_t>(group.nodes), group.gpus);
  }
  void started(Millis /*now*/, JobId job, std::span<const Slice> slices) override {
    std::int32_t gang = 0;
    for (const Slice& slice : slices) {
      gang += slice.gpus;
      free_[static_cast<std::size_t>(slice.node)] -= slice.gpus;
      CHECK(free_[static_cast<std::size_t>(slice.node)] >= 0);
    }
    CHECK(gang >= value_or(jobs_.min_gpus, job, jobs_.gpus[static_cast<std::size_t>(job)]));
    CHECK(gang <= jobs_.gpus[static_cast<std::size_t>(job)]);
    gangs.push_back(gang);
  }
  void stopped(Millis /*now*/, JobId /*job*/, std::span<const Slice> slices, StopReason /*reason*/) override {
    for (const Slice& slice : slices) free_[static_cast<std::size_t>(slice.node)] += slice.gpus;
  }
  std::vector<std::int32_t> gangs;  ///< In order of starts.

 private:
  const JobTable& jobs_;
  std::vector<std::int32_t> free_;
};

ElasticCurve curve(std::int32_t least, std::vector<double> rates) {
  return {least, least + static_cast<std::int32_t>(rates.size()) - 1, std::move(rates)};
}

}  // namespace

TEST_CASE("elastic shares: hand-computed") {
  // By the sum of speedups. An equal part of 4 GPUs is 2 for each: A has 1, 0.9 more for the second; over the rate of 2
  // that is 10/19, 9/19, then 1/19 each. B stops after its second GPU: 2/3, 1/3. A's third beats nothing else.
  const ElasticCurve a = curve(1, {10, 19, 20, 21}), b = curve(1, {2, 3, 3, 3});
  CHECK(elastic_shares({a, b}, {0, 1}, 4, 1) == std::vector<std::int32_t>{2, 2});
  CHECK(elastic_shares({a, b}, {0, 1}, 5, 1) == std::vector<std::int32_t>{3, 2});
  CHECK(elastic_shares({a, b}, {0, 1}, 9, 1) == std::vector<std::int32_t>{4, 2});
  // Too few for all: the first ones are served, and who fits after them.
  CHECK(elastic_shares({a, b, curve(2, {5})}, {0, 2, 1}, 2, 1) == std::vector<std::int32_t>{1, 0, 1});
  // Two GPUs together are worth more than each of two alone: 1, 1.1, 4 against 1, 1.5, 2.
  CHECK(elastic_shares({curve(1, {1, 1.1, 4}), curve(1, {1, 1.5, 2})}, {0, 1}, 4, 1) ==
        std::vector<std::int32_t>{3, 1});
}

TEST_CASE("elastic shares: the best there is on concave curves, by trying all") {
  Rng rng = Rng::stream(5, "test/elastic");
  for (int trial = 0; trial < 300; ++trial) {
    CAPTURE(trial);
    const double order = trial % 3 == 0 ? 1 : -1;
    const std::size_t count = 2 + rng.below(2);
    const long long gpus = 3 + static_cast<long long>(rng.below(8));
    std::vector<ElasticCurve> curves;
    std::vector<std::size_t> jobs;
    for (std::size_t i = 0; i < count; ++i) {
      ElasticCurve each{1, 6, {}};
      double rate = 0, step = rng.uniform(0.5, 2);
      for (int k = 1; k <= 6; ++k) {
        rate += step;
        step *= rng.uniform(0.3, 1.0);
        each.rates.push_back(rate);
      }
      curves.push_back(each);
      jobs.push_back(i);
    }
    const long long fair = std::clamp<long long>(gpus / static_cast<long long>(count), 1, 6);
    const auto value = [&](const std::vector<std::int32_t>& shares) {
      double sum = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const auto& rates = curves[i].rates;
        sum += std::pow(rates[static_cast<std::size_t>(shares[i] - 1)] / rates[static_cast<std::size_t>(fair - 1)],
                        order) /
               order;
      }
      return sum;
    };
    double best = -std::numeric_limits<double>::infinity();
    std::vector<std::int32_t> all(count, 1);
    const std::function<void(std::size_t, long long)> visit = [&](std::size_t job, long long left) {
      if (job == count) {
        best = std::max(best, value(all));
        return;
      }
      const long long others = static_cast<long long>(count - job) - 1;
      for (all[job] = 1; all[job] <= std::min<long long>(6, left - others); ++all[job]) visit(job + 1, left - all[job]);
    };
    visit(0, gpus);
    CHECK(value(elastic_shares(curves, jobs, gpus, order)) == doctest::Approx(best));
  }
}

TEST_CASE("elastic: hand-computed growth when a job leaves") {
  const SharedMachine machine = test::plain_machine(1, 4);
  JobTable jobs = test::small_jobs({{0, 100, 4}, {0, 400, 4}});
  jobs.min_gpus = {1, 1};
  const RateTable rates(0, 1, level_count(machine), {1});
  const SpeedTable speed(machine, jobs, rates);
  const std::vector<JobId> rows = test::all_rows(jobs);
  GpuPlacement placement(machine, jobs);
  ElasticScheduler scheduler(machine, jobs, rates);
  RangeObserver laws(jobs, machine);
  EngineOptions options;
  options.stop_cost.restart_node = 10 * kSecond;
  const JobSchedule schedule = ClusterEngine(jobs, rows, placement, scheduler, options, &speed, &laws).run();
  // Two GPUs each, half speed: job 0 ends at 200 s. Job 1 then has done 100 s of its 400 s, stops at the round (at
  // once, the last being long ago), pays 10 s and goes on with 4 GPUs: 310 s more.
  CHECK(schedule.end[0] == 200 * kSecond);
  CHECK(schedule.end[1] == 510 * kSecond);
  CHECK(laws.gangs == std::vector<std::int32_t>{2, 2, 4});
}

TEST_CASE("elastic: hand-computed, a job that runs already is made smaller for another") {
  const SharedMachine machine = test::plain_machine(1, 4);
  JobTable jobs = test::small_jobs({{0, 100, 4}, {0, 100, 4}});
  jobs.min_gpus = {1, 1};
  const RateTable rates(0, 1, level_count(machine), {1});
  const SpeedTable speed(machine, jobs, rates);
  GpuPlacement placement(machine, jobs);
  ElasticScheduler scheduler(machine, jobs, rates);
  RangeObserver laws(jobs, machine);
  const std::vector<JobId> rows = {1};
  ClusterEngine engine(jobs, rows, placement, scheduler, {}, &speed, &laws);
  REQUIRE(engine.resume({0, -50 * kSecond, {{0, 4}}}));
  const JobSchedule schedule = engine.run();
  // 50 s are left on 4 GPUs, 100 s on 2; then the other has 50 s left on 4.
  CHECK(schedule.end[0] == 100 * kSecond);
  CHECK(schedule.end[1] == 150 * kSecond);
  CHECK(laws.gangs == std::vector<std::int32_t>{4, 2, 2, 4});
}

TEST_CASE("elastic: laws on random jobs") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    const SharedMachine machine = test::plain_machine(4);
    JobTable jobs = test::random_jobs(seed, 200, 32, 0.9);
    Rng rng = Rng::stream(seed, "test/elastic_jobs");
    for (const std::int32_t gpus : jobs.gpus)
      jobs.min_gpus.push_back(1 + static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(gpus))));
    const RateTable rates(0, 1, level_count(machine), {1});
    const SpeedTable speed(machine, jobs, rates);
    const std::vector<JobId> rows = test::all_rows(jobs);
    const auto run = [&] {
      GpuPlacement placement(machine, jobs);
      ElasticScheduler scheduler(machine, jobs, rates);
      RangeObserver laws(jobs, machine);
      return ClusterEngine(jobs, rows, placement, scheduler, {}, &speed, &laws).run();
    };
    const JobSchedule schedule = run();
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      // Nobody works faster than on all that it asked for.
      CHECK(schedule.end[i] >= schedule.first_start[i] + jobs.run[i]);
    }
    CHECK(run().end == schedule.end);
  }
}
