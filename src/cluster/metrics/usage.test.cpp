// GPU-time over time. Expected: hand-computed small schedules, laws (parts add up), an obvious sum as the oracle.
#include "cluster/metrics/usage.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "base/random.hpp"
#include "cluster/engine.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/metrics/measured_replay.hpp"
#include "cluster/metrics/time_bins.hpp"
#include "cluster/queue_scheduler.hpp"
#include "cluster/test_workloads.hpp"

using namespace orrery;

namespace {

/// One node of 8 GPUs. Tenant a: 8 GPUs for 100 s, then 4 for 200 s; tenant b: 6 for 50 s; submitted at 0, 10, 20 s.
JobTable three_jobs() {
  JobTable jobs;
  jobs.submit = {0, 10 * kSecond, 20 * kSecond};
  jobs.run = {100 * kSecond, 200 * kSecond, 50 * kSecond};
  jobs.gpus = {8, 4, 6};
  jobs.tenants.add("a");
  jobs.tenants.add("b");
  jobs.tenant = {0, 0, 1};
  return jobs;
}

double sum(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0);
}

}  // namespace

TEST_CASE("usage: hand-computed, three jobs in a queue") {
  // 0-100 s: job 0 has all 8; 100-300 s: job 1 has 4 (b asks 6 of the 4 that are free); 300-350 s: job 2 has 6.
  const JobTable jobs = three_jobs();
  const std::vector<JobId> rows = test::all_rows(jobs);
  GpuPlacement placement(test::plain_machine(1), jobs);
  QueueScheduler scheduler(jobs, rows, {});
  UsageOptions options;
  // The first in the queue is told by hand: job 1 until 100 s, job 2 until 300 s.
  ClusterEngine* running = nullptr;
  options.left_waiting = [&]() -> PassState {
    return {running->now() < 100 * kSecond ? 1 : 2, PassState::Hold::Capacity};
  };
  options.largest_gang = [&] { return placement.largest_gang(); };
  Usage usage(jobs, placement, options);
  ClusterEngine engine(jobs, rows, placement, scheduler, {}, nullptr, &usage);
  running = &engine;
  engine.run();
  const UsageSummary s = usage.summary(350 * kSecond);
  REQUIRE(s.tenants.size() == 2);
  CHECK(s.tenant_gpu_hours[0] == doctest::Approx((800 + 800) / 3600.0).epsilon(1e-12));
  CHECK(s.tenant_gpu_hours[1] == doctest::Approx(300 / 3600.0).epsilon(1e-12));
  CHECK(s.utilisation() == doctest::Approx(1900.0 / 2800).epsilon(1e-12));
  CHECK(s.useful_utilisation(100 * kSecond) == doctest::Approx(1800.0 / 2800).epsilon(1e-12));
  // 100-300 s: 4 free, 6 asked for; 300-350 s: 2 free and nobody waits.
  CHECK(s.free_by_cause[static_cast<std::size_t>(FreeCause::TooLarge)] == doctest::Approx(800 / 3600.0));
  CHECK(s.free_by_cause[static_cast<std::size_t>(FreeCause::NoJob)] == doctest::Approx(100 / 3600.0));
  CHECK(s.free_hours == doctest::Approx(900 / 3600.0));
  CHECK(s.peak_waiting == 2);
  CHECK(s.peak_waiting_at == 20 * kSecond);
  CHECK(s.peak_allocated == 8);
  // Both waiting: 4 x 200 s and 6 x 50 s.
  CHECK(s.peak_backlog == doctest::Approx(1100 / 3600.0));
  // Bins of 1 s: of a at 150 s, waiting at 5, 15 and 25 s.
  CHECK(s.width == kSecond);
  CHECK(s.tenant_gpus[0][150] == 4);
  CHECK(s.waiting[5] == 0);
  CHECK(s.waiting[15] == 1);
  CHECK(s.waiting[25] == 2);
  CHECK(s.largest_gang[0] == 0);
  CHECK(s.largest_gang[100] == 4);
  CHECK(s.largest_gang[150] == -1);
}

TEST_CASE("usage: hand-computed, what lies before the begin is left out, and the end may come early") {
  const JobTable jobs = three_jobs();
  const std::vector<JobId> rows = test::all_rows(jobs);
  GpuPlacement placement(test::plain_machine(1), jobs);
  QueueScheduler scheduler(jobs, rows, {});
  UsageOptions options;
  options.begin = 90 * kSecond;
  Usage usage(jobs, placement, options);
  ClusterEngine engine(jobs, rows, placement, scheduler, {}, nullptr, &usage);
  engine.run();
  const UsageSummary s = usage.summary(400 * kSecond);
  CHECK(s.tenant_gpu_hours[0] == doctest::Approx((80 + 800) / 3600.0).epsilon(1e-12));
  CHECK(s.hours() == doctest::Approx(310 / 3600.0));
  // 100-300 s nobody says why 4 are free; then 2 for 50 s, then 8 for 50 s.
  CHECK(s.free_by_cause[static_cast<std::size_t>(FreeCause::Untold)] == doctest::Approx(800 / 3600.0));
  CHECK(s.free_by_cause[static_cast<std::size_t>(FreeCause::NoJob)] == doctest::Approx(500 / 3600.0));
}

TEST_CASE("usage: law, what tenants hold, what is free and what is down add up to the machine in each bin") {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/usage");
    JobTable jobs;
    for (int t = 0; t < 5; ++t) jobs.tenants.add(std::to_string(t));
    Millis now = 0;
    double asked = 0;
    for (int i = 0; i < 3000; ++i) {
      now += static_cast<Millis>(rng.exponential(200'000.0));
      jobs.submit.push_back(now);
      jobs.run.push_back(1 + static_cast<Millis>(rng.lognormal(13, 1.5)));
      jobs.gpus.push_back(static_cast<std::int32_t>(1U << rng.below(6)));
      jobs.tenant.push_back(static_cast<std::int32_t>(rng.below(6)) - 1);
      asked += static_cast<double>(jobs.run.back()) * jobs.gpus.back() / kHour;
    }
    const std::vector<JobId> rows = test::all_rows(jobs);
    GpuPlacement placement(test::plain_machine(8), jobs);
    QueueScheduler scheduler(jobs, rows, {});
    Usage usage(jobs, placement);
    ClusterEngine engine(jobs, rows, placement, scheduler, {}, nullptr, &usage);
    const JobSchedule schedule = engine.run();
    const UsageSummary s = usage.summary(schedule.last_event);
    CHECK(s.tenants.back() == "-");
    CHECK(s.allocated.size() > TimeBins<double>::kBins / 2);
    CHECK(s.allocated.size() <= TimeBins<double>::kBins);
    for (std::size_t i = 0; i < s.allocated.size(); ++i) {
      CHECK(s.allocated[i] + s.free[i] + s.down[i] == doctest::Approx(64).epsilon(1e-12));
      double held = 0;
      for (const auto& tenant : s.tenant_gpus) held += tenant[i];
      CHECK(held == doctest::Approx(s.allocated[i]).epsilon(1e-12));
    }
    // Nothing was stopped: the machine gave what was asked for.
    CHECK(s.allocated_hours == doctest::Approx(asked).epsilon(1e-12));
    CHECK(s.allocated_hours + s.free_hours == doctest::Approx(64 * s.hours()).epsilon(1e-12));
    CHECK(sum(s.tenant_gpu_hours) == doctest::Approx(s.allocated_hours).epsilon(1e-12));
    // Little's law: mean queue length x time = sum of waits.
    double waits = 0, queue = 0;
    for (std::size_t row = 0; row < jobs.size(); ++row)
      waits += static_cast<double>(schedule.first_start[row] - jobs.submit[row]);
    for (std::size_t i = 0; i < s.waiting.size(); ++i) {
      const Millis begin = static_cast<Millis>(i) * s.width;
      queue += s.waiting[i] * static_cast<double>(std::min(s.width, s.end - begin));
    }
    CHECK(queue == doctest::Approx(waits).epsilon(1e-9));
  }
}

TEST_CASE("usage: law, with preemption what jobs hold is what they ask for and what stops cost") {
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    CAPTURE(seed);
    auto jobs = std::make_shared<JobTable>(test::random_jobs(seed, 1500, 32, 0.95));
    ClusterSpec spec;
    spec.machine = test::plain_machine(4);
    spec.jobs = jobs;
    ClusterPolicy policy;
    policy.kind = PolicyKind::LeastAttained;
    policy.thresholds = {10 * kMinute};
    policy.stop_cost = {.checkpoint_interval = 5 * kMinute,
                        .restart_one = 10 * kSecond,
                        .restart_node = 20 * kSecond,
                        .restart_more = 30 * kSecond};
    const MeasuredReplay replay = measure_replay(spec, policy);
    REQUIRE(replay.outcome.all.stops > 100);
    CHECK(replay.outcome.all.finished == replay.outcome.all.jobs);
    CHECK(replay.usage.allocated_hours ==
          doctest::Approx(replay.outcome.all.gpu_hours + replay.outcome.gpu_hours_lost).epsilon(1e-9));
    const double useful = replay.usage.useful_utilisation(replay.schedule.gpu_time_lost);
    CHECK(useful < replay.usage.utilisation());
    CHECK(useful * 32 * replay.usage.hours() == doctest::Approx(replay.outcome.all.gpu_hours).epsilon(1e-9));
    // The queue is empty in the end, and so is what waits.
    CHECK(replay.usage.backlog.back() >= -1e-9);
  }
}

TEST_CASE("usage: hand-computed, what checkpoints hold no longer waits") {
  // Job 0 has 8 GPUs and runs for 10 h; at 4 h one of higher priority takes them for 1 h. With a checkpoint each 3 h
  // and 0.5 h to restart, 7.5 h are left then.
  JobTable jobs = test::small_jobs({{0, 36'000, 8}, {14'400, 3'600, 8}});
  jobs.priority = {0, 1};
  ClusterSpec spec;
  spec.machine = test::plain_machine(1);
  spec.jobs = std::make_shared<JobTable>(jobs);
  ClusterPolicy policy;
  policy.kind = PolicyKind::Priority;
  policy.stop_cost = {.checkpoint_interval = 3 * kHour, .restart_one = 0, .restart_node = kHour / 2, .restart_more = 0};
  const UsageSummary s = measure_replay(spec, policy).usage;
  CHECK(s.peak_backlog == doctest::Approx(8 * 7.5));
  CHECK(s.end == 12 * kHour + kHour / 2);
  CHECK(s.peak_waiting == 1);
}

TEST_CASE("usage: hand-computed, GPUs that are out of service are neither free nor held") {
  // 16 GPUs, of which 8 are away from 100 s to 300 s; a job holds 4 from 0 to 400 s.
  class Away final : public JobPlacement {
   public:
    long long there = 16, held = 0;
    long long gpus() const override { return there; }
    long long free_gpus() const override { return there - held; }
    long long largest_gang() const override { return free_gpus(); }
    bool possible(const Demand& /*demand*/) const override { return true; }
    bool fits(const Demand& /*demand*/) const override { return true; }
    bool take(const Demand& /*demand*/, Millis /*end*/, std::vector<Slice>& /*slices*/) override { return false; }
    bool take_exactly(std::span<const Slice> /*slices*/, Millis /*end*/) override { return false; }
    void give_back(std::span<const Slice> /*slices*/, Millis /*end*/) override {}
  };
  const JobTable jobs = test::small_jobs({{0, 400, 4}});
  Away placement;
  Usage usage(jobs, placement);
  const std::vector<Slice> slices = {{.node = 0, .gpus = 4}};
  usage.submitted(0, 0);
  usage.started(0, 0, slices);
  usage.passed(0, 12);
  placement.there = 8;
  usage.passed(100 * kSecond, 4);
  placement.there = 16;
  usage.passed(300 * kSecond, 12);
  usage.stopped(400 * kSecond, 0, slices, StopReason::Ended);
  usage.passed(400 * kSecond, 16);
  const UsageSummary s = usage.summary(400 * kSecond);
  CHECK(s.down_hours == doctest::Approx(1600 / 3600.0));
  CHECK(s.allocated_hours == doctest::Approx(1600 / 3600.0));
  CHECK(s.free_hours == doctest::Approx((2 * 12 * 100 + 4 * 200) / 3600.0));
  CHECK(s.down[150] == 8);
  // Of the 12 x 400 GPU-seconds that were there on average.
  CHECK(s.utilisation() == doctest::Approx(1600.0 / 4800));
}

TEST_CASE("usage: oracle, bins against an obvious sum, however often they are joined") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/bins");
    const Millis begin = static_cast<Millis>(rng.below(5000));
    TimeBins<std::int64_t> bins(2, begin, 10);
    std::vector<std::pair<Millis, std::int64_t>> changes;
    Millis now = 0;
    for (int i = 0; i < 300; ++i) {
      now += static_cast<Millis>(rng.below(200));
      const auto by = static_cast<std::int64_t>(rng.below(21)) - 10;
      bins.advance(now);
      bins.change(1, by);
      changes.emplace_back(std::max(now, begin), by);
    }
    const Millis end = std::max(begin, now) + static_cast<Millis>(rng.below(3000));
    bins.advance(end);
    const std::vector<std::int64_t> sums = bins.integrals(1);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Millis from = begin + static_cast<Millis>(i) * bins.width(), to = std::min(from + bins.width(), end);
      std::int64_t expected = 0;
      for (const auto& [at, by] : changes) expected += by * std::max<Millis>(0, to - std::max(at, from));
      CHECK(sums[i] == expected);
    }
    CHECK(bins.width() * static_cast<Millis>(sums.size()) >= end - begin);
  }
}
