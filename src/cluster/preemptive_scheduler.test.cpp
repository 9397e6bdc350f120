#include "cluster/preemptive_scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "cluster/test_workloads.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

JobSchedule replay(const JobTable& jobs, const SharedMachine& machine, const PreemptiveOptions& options,
                   const StopCost& cost = {}, Observer* observer = nullptr) {
  GpuPlacement placement(machine, jobs);
  const std::vector<JobId> rows = all_rows(jobs);
  PreemptiveScheduler scheduler(jobs, options);
  return ClusterEngine(jobs, rows, placement, scheduler, {.stop_cost = cost}, nullptr, observer).run();
}

/// Shortest remaining time first on one node, second by second: the job with the least work left that waits starts, and
/// if it does not fit, running jobs with more left go, the longest first; those that need not go stay.
std::vector<Millis> obvious_shortest_remaining(const JobTable& jobs, int gpus, Millis restart) {
  std::vector<Millis> left = jobs.run, end(jobs.size(), -1);
  std::vector<Millis> owed(jobs.size(), 0);  // Of a restart, which the next one takes the place of.
  std::vector<bool> runs(jobs.size(), false);
  std::size_t done = 0;
  int free = gpus;
  for (Millis now = 0; done < jobs.size(); now += kSecond) {
    for (std::size_t job = 0; job < jobs.size(); ++job) {
      if (!runs[job]) continue;
      left[job] -= kSecond;
      owed[job] = std::max<Millis>(0, owed[job] - kSecond);
      if (left[job] > 0) continue;
      runs[job] = false;
      free += jobs.gpus[job];
      end[job] = now;
      ++done;
    }
    const auto before = [&](std::size_t a, std::size_t b) { return std::tie(left[a], a) < std::tie(left[b], b); };
    while (true) {
      std::size_t first = jobs.size();
      std::vector<std::size_t> behind;
      for (std::size_t job = 0; job < jobs.size(); ++job) {
        const bool waits = !runs[job] && end[job] < 0 && jobs.submit[job] <= now;
        if (waits && (first == jobs.size() || before(job, first))) first = job;
      }
      if (first == jobs.size()) break;
      for (std::size_t job = 0; job < jobs.size(); ++job)
        if (runs[job] && before(first, job)) behind.push_back(job);
      std::sort(behind.begin(), behind.end(), [&](std::size_t a, std::size_t b) { return before(b, a); });
      int room = free;
      std::size_t count = 0;
      while (count < behind.size() && room < jobs.gpus[first]) room += jobs.gpus[behind[count++]];
      if (room < jobs.gpus[first]) break;
      behind.resize(count);
      for (std::size_t i = behind.size(); i-- > 0;) {
        if (room - jobs.gpus[behind[i]] >= jobs.gpus[first]) {
          room -= jobs.gpus[behind[i]];
        } else {
          runs[behind[i]] = false;
          free += jobs.gpus[behind[i]];
          left[behind[i]] += restart - owed[behind[i]];
          owed[behind[i]] = restart;
        }
      }
      runs[first] = true;
      free -= jobs.gpus[first];
    }
  }
  return end;
}

}  // namespace

TEST_CASE("preemption: shortest remaining time first, hand-computed") {
  // 8 GPUs. At 10 job 0 has 90 s left and goes for job 1 (20 s); job 2 (85 s) waits for it and comes before job 0.
  const JobTable jobs = small_jobs({{0, 100, 8}, {10, 20, 4}, {15, 85, 8}});
  const JobSchedule schedule = replay(jobs, plain_machine(1), {}, {.restart_node = 7'000});
  CHECK(schedule.end == std::vector<Millis>{212'000, 30'000, 115'000});  // 115 + 90 + 7 s.
  CHECK(schedule.stops == std::vector<std::uint16_t>{1, 0, 0});
  CHECK(schedule.gpu_time_lost == 8 * 7'000);
}

TEST_CASE("preemption: work behind the last checkpoint is done again, hand-computed") {
  const JobTable jobs = small_jobs({{0, 100, 8}, {37, 10, 8}});
  const JobSchedule kept = replay(jobs, plain_machine(1), {}, {.checkpoint_interval = 20'000});
  CHECK(kept.end == std::vector<Millis>{127'000, 47'000});  // 20 s of 37 s are kept: 47 + 80.
  const JobSchedule lost = replay(jobs, plain_machine(1), {}, {.checkpoint_interval = kNever});
  CHECK(lost.end == std::vector<Millis>{147'000, 47'000});
}

TEST_CASE("preemption: only who has to go goes, hand-computed") {
  // Of the three running jobs, behind the new one in the order of their ends, the last two give 4 GPUs. The 8 of the
  // longest alone would do, but it is on the other node: the new job needs 4 on one node.
  const JobTable jobs = small_jobs({{0, 300, 2}, {0, 400, 2}, {0, 500, 2}, {0, 200, 2}, {10, 50, 4}});
  const JobSchedule schedule = replay(jobs, plain_machine(1), {});
  CHECK(schedule.stops == std::vector<std::uint16_t>{0, 1, 1, 0, 0});
}

TEST_CASE("preemption: shortest remaining time first is that of an obvious version: oracle") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    for (const Millis restart : {Millis{0}, 7 * kSecond}) {
      CAPTURE(seed);
      const JobTable jobs = random_jobs(seed, 150, 16, 1.2);
      const StopCost cost{.restart_one = restart, .restart_node = restart, .restart_more = restart};
      CHECK(replay(jobs, plain_machine(1, 16), {}, cost).end == obvious_shortest_remaining(jobs, 16, restart));
    }
  }
}

TEST_CASE("preemption: least attained service, hand-computed") {
  // Queues end at 100 GPU-s. Job 0 (4 GPUs) is demoted at 25 s and makes way for job 1, which waits since 10 s and is
  // demoted at 50 s; then job 0 comes first again, by submission.
  const JobTable jobs = small_jobs({{0, 60, 4}, {10, 60, 4}});
  const PreemptiveOptions options{PreemptiveOrder::LeastAttained, {100'000}};
  const JobSchedule schedule = replay(jobs, plain_machine(1, 4), options);
  CHECK(schedule.first_start == std::vector<Millis>{0, 25'000});
  CHECK(schedule.end == std::vector<Millis>{85'000, 120'000});  // 50 + 35, then 35 s more.
}

TEST_CASE("preemption: larger priority first, hand-computed") {
  JobTable jobs = small_jobs({{0, 100, 8}, {10, 20, 8}, {20, 5, 8}});
  jobs.priority = {0, 1, 1};
  const JobSchedule schedule = replay(jobs, plain_machine(1), {.order = PreemptiveOrder::Priority});
  CHECK(schedule.end == std::vector<Millis>{125'000, 30'000, 35'000});
}

TEST_CASE("preemption: schedules keep the laws, and every job gets all of its work: law") {
  for (const PreemptiveOrder order :
       {PreemptiveOrder::ShortestRemaining, PreemptiveOrder::LeastAttained, PreemptiveOrder::Priority}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      CAPTURE(seed);
      const SharedMachine machine = plain_machine(6);
      const JobTable jobs = random_jobs(seed, 400, 48, 1.1);
      LawObserver laws(jobs, machine);
      const JobSchedule schedule =
          replay(jobs, machine, {order, {600'000, 6'000'000}}, {.restart_more = 60'000}, &laws);
      Millis gpu_time = 0, work = 0;
      for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job) {
        const auto row = static_cast<std::size_t>(job);
        REQUIRE(schedule.end[row] > 0);
        REQUIRE(laws.ran(job) >= jobs.run[row]);
        gpu_time += laws.ran(job) * jobs.gpus[row];
        work += jobs.run[row] * jobs.gpus[row];
      }
      CHECK(gpu_time == work + schedule.gpu_time_lost);
    }
  }
}

}  // namespace orrery
