#include "cluster/queue_scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "cluster/test_workloads.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

JobSchedule replay(const JobTable& jobs, const SharedMachine& machine, const QueueOptions& options,
                   Observer* observer = nullptr, std::unique_ptr<AccountLevels> accounts = nullptr) {
  GpuPlacement placement(machine, jobs, {.track_ends = options.discipline == QueueDiscipline::Backfill});
  const std::vector<JobId> rows = all_rows(jobs);
  QueueScheduler scheduler(jobs, rows, options, std::move(accounts));
  return ClusterEngine(jobs, rows, placement, scheduler, {}, nullptr, observer).run();
}

std::vector<Millis> starts(const JobSchedule& schedule) {
  std::vector<Millis> seconds;
  for (const Millis start : schedule.first_start) seconds.push_back(start / kSecond);
  return seconds;
}

/// EASY backfill as one would write it down, on one node: all jobs looked at, each time from the begin.
std::vector<Millis> obvious_backfill(const JobTable& jobs, int gpus) {
  std::vector<Millis> start(jobs.size(), -1);
  std::vector<std::size_t> waiting;
  std::multimap<Millis, std::size_t> running;
  std::size_t arrived = 0;
  int free = gpus;
  while (arrived < jobs.size() || !running.empty()) {
    Millis now = running.empty() ? kNever : running.begin()->first;
    if (arrived < jobs.size()) now = std::min(now, jobs.submit[arrived]);
    while (!running.empty() && running.begin()->first == now) {
      free += jobs.gpus[running.begin()->second];
      running.erase(running.begin());
    }
    while (arrived < jobs.size() && jobs.submit[arrived] == now) waiting.push_back(arrived++);
    const auto begin = [&](std::size_t job) {
      start[job] = now;
      free -= jobs.gpus[job];
      running.emplace(now + jobs.run[job], job);
      waiting.erase(std::find(waiting.begin(), waiting.end(), job));
    };
    while (!waiting.empty() && jobs.gpus[waiting.front()] <= free) begin(waiting.front());
    if (waiting.empty()) continue;
    // The first job waits until enough limits are over; what is free beyond its need then is extra.
    std::vector<std::pair<Millis, int>> ends;
    for (const auto& [end, job] : running) ends.emplace_back(start[job] + jobs.limit[job], jobs.gpus[job]);
    std::sort(ends.begin(), ends.end());
    const std::size_t head = waiting.front();
    int then = free;
    Millis shadow = now;
    for (std::size_t i = 0; i < ends.size() && (then < jobs.gpus[head] || ends[i].first == shadow); ++i) {
      then += ends[i].second;
      shadow = ends[i].first;
    }
    int extra = then - jobs.gpus[head];
    for (const std::size_t job : std::vector<std::size_t>(waiting.begin() + 1, waiting.end())) {
      if (jobs.gpus[job] > free) continue;
      if (now + jobs.limit[job] <= shadow) {
        // It is gone by then, but may run on extra GPUs as well: what it leaves of them is for others.
        begin(job);
      } else if (jobs.gpus[job] <= extra) {
        extra -= jobs.gpus[job];
        begin(job);
      }
    }
  }
  return start;
}

}  // namespace

TEST_CASE("queue: first come, first served, hand-computed") {
  // 8 GPUs. The second job waits for the first, the third behind the second although it would fit.
  const JobTable jobs = small_jobs({{0, 100, 6}, {10, 50, 4}, {20, 30, 2}, {20, 10, 8}});
  CHECK(starts(replay(jobs, plain_machine(1), {})) == std::vector<Millis>{0, 100, 100, 150});
}

TEST_CASE("queue: skipping lets those start that fit, hand-computed") {
  const JobTable jobs = small_jobs({{0, 100, 6}, {10, 50, 4}, {20, 30, 2}, {20, 10, 8}});
  const JobSchedule schedule = replay(jobs, plain_machine(1), {.discipline = QueueDiscipline::Skip});
  CHECK(starts(schedule) == std::vector<Millis>{0, 100, 20, 150});
}

TEST_CASE("queue: shortest first, hand-computed") {
  const JobTable jobs = small_jobs({{0, 100, 8}, {10, 50, 8}, {20, 30, 8}, {30, 40, 8}});
  const JobSchedule schedule = replay(jobs, plain_machine(1), {.order = QueueOrder::ShortestRun});
  CHECK(starts(schedule) == std::vector<Millis>{0, 170, 100, 130});
}

TEST_CASE("queue: backfill does not delay the first job, hand-computed") {
  // Job 1 needs all GPUs and waits for job 0 until 100. Job 2 is gone by 90 and starts, job 3 would be in the way.
  JobTable jobs = small_jobs({{0, 100, 6}, {10, 50, 8}, {20, 60, 2}, {30, 200, 2}, {40, 30, 1}});
  jobs.limit = {100'000, 50'000, 70'000, 200'000, 30'000};
  const JobSchedule schedule = replay(jobs, plain_machine(1), {.discipline = QueueDiscipline::Backfill});
  // Job 2 frees its GPUs at 80; job 4 would then be gone only at 110.
  CHECK(starts(schedule) == std::vector<Millis>{0, 100, 20, 150, 150});
}

TEST_CASE("queue: backfill uses GPUs that the first job will not need, hand-computed") {
  // Two nodes: job 0 has 8, job 1 has 4 of the other node; job 2 wants 8 and gets node 0 at 100. Job 3 is long, but
  // fits beside job 1 on node 1, where nobody waits for GPUs.
  JobTable jobs = small_jobs({{0, 100, 8}, {0, 1000, 4}, {10, 50, 8}, {20, 500, 4}});
  jobs.limit = {100'000, 1'000'000, 50'000, 500'000};
  const JobSchedule schedule = replay(jobs, plain_machine(2), {.discipline = QueueDiscipline::Backfill});
  CHECK(starts(schedule) == std::vector<Millis>{0, 0, 100, 20});
}

TEST_CASE("queue: behind a job without a limit nobody is backfilled, hand-computed") {
  JobTable jobs = small_jobs({{0, 100, 6}, {10, 50, 8}, {20, 60, 2}});
  jobs.limit = {kNever, 50'000, 60'000};
  const JobSchedule schedule = replay(jobs, plain_machine(1), {.discipline = QueueDiscipline::Backfill});
  CHECK(starts(schedule) == std::vector<Millis>{0, 100, 150});
}

TEST_CASE("queue: the remainder of a gang is promised a node of its own, hand-computed") {
  // Two whole nodes and one GPU more: the head can start at 100, and the last job would be in the way until 3002.
  const JobTable plain = small_jobs({{0, 1, 8}, {0, 100, 8}, {0, 5000, 7}, {1, 10, 17}, {2, 3000, 1}});
  JobTable jobs = plain;
  jobs.limit = jobs.run;
  const JobSchedule schedule = replay(jobs, plain_machine(3), {.discipline = QueueDiscipline::Backfill});
  CHECK(starts(schedule)[3] == 100);
}

TEST_CASE("queue: backfill is that of an obvious version on one node: oracle") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    const JobTable jobs = random_jobs(seed, 400, 32, 1.1);
    const JobSchedule schedule = replay(jobs, plain_machine(1, 32), {.discipline = QueueDiscipline::Backfill});
    CHECK(schedule.first_start == obvious_backfill(jobs, 32));
  }
}

TEST_CASE("queue: every order and discipline keeps the laws of a schedule: law") {
  for (const QueueDiscipline discipline : {QueueDiscipline::Strict, QueueDiscipline::Skip, QueueDiscipline::Backfill}) {
    for (const QueueOrder order : {QueueOrder::Submission, QueueOrder::ShortestRun, QueueOrder::ShortestLimit,
                                   QueueOrder::ShortestEstimate, QueueOrder::SmallestJob}) {
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        CAPTURE(seed);
        const SharedMachine machine = plain_machine(8);
        const JobTable jobs = random_jobs(seed, 500, 64, 1.2);
        LawObserver laws(jobs, machine);
        const JobSchedule schedule =
            replay(jobs, machine, {discipline, order, order == QueueOrder::ShortestEstimate ? 0.5 : 0, seed}, &laws);
        for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job) {
          const auto row = static_cast<std::size_t>(job);
          REQUIRE(schedule.end[row] == schedule.first_start[row] + jobs.run[row]);  // All end, none is stopped.
          REQUIRE(laws.ran(job) == jobs.run[row]);
        }
      }
    }
  }
}

TEST_CASE("queue: with backfill nobody starves, and the first job never starts later than promised: law") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const SharedMachine machine = plain_machine(4);
    const JobTable jobs = random_jobs(seed, 600, 32, 1.3);
    const JobSchedule strict = replay(jobs, machine, {});
    const JobSchedule easy = replay(jobs, machine, {.discipline = QueueDiscipline::Backfill});
    for (const Millis end : easy.end) REQUIRE(end > 0);
    // Not each job, but their sum: backfill exists to make this smaller.
    const auto sum = [](const JobSchedule& s) {
      return std::accumulate(s.first_start.begin(), s.first_start.end(), 0LL);
    };
    CHECK(sum(easy) <= sum(strict));
  }
}

TEST_CASE("queue: one GPU more never makes a job of one GPU start later, first come, first served: law") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    JobTable jobs = random_jobs(seed, 400, 16, 4.0);
    for (std::int32_t& gpus : jobs.gpus) gpus = 1;
    std::vector<Millis> before = replay(jobs, plain_machine(1, 8), {}).first_start;
    for (int gpus = 9; gpus <= 12; ++gpus) {
      const std::vector<Millis> after = replay(jobs, plain_machine(1, gpus), {}).first_start;
      for (std::size_t row = 0; row < jobs.size(); ++row) REQUIRE(after[row] <= before[row]);
      before = after;
    }
  }
}

namespace {

/// Accounts whose levels a test sets.
class FixedLevels final : public AccountLevels {
 public:
  FixedLevels(const JobTable& jobs, std::vector<double> levels) : jobs_(jobs), levels_(std::move(levels)) {}
  std::int32_t account(JobId job) const override { return jobs_.user[static_cast<std::size_t>(job)]; }
  void started(Millis /*now*/, JobId /*job*/) override {}
  void stopped(Millis /*now*/, JobId /*job*/) override {}
  Millis next_update() const override { return updated_ ? kNever : 0; }
  void update(Millis /*now*/, std::vector<double>& levels, double& floor) override {
    updated_ = true;
    levels = levels_;
    floor = -1e300;
  }

 private:
  const JobTable& jobs_;
  std::vector<double> levels_;
  bool updated_ = false;
};

}  // namespace

TEST_CASE("queue: accounts' levels move their jobs ahead by so much age, hand-computed") {
  JobTable jobs = small_jobs({{0, 100, 8}, {10, 10, 8}, {20, 10, 8}, {30, 10, 8}});
  jobs.user = {0, 0, 1, 1};
  // Account 1 is 15 s ahead: the job of 20 s counts as of 5 s, that of 30 s as of 15 s.
  const auto with = [&](double ahead) {
    auto levels = std::make_unique<FixedLevels>(jobs, std::vector<double>{0, ahead});
    return starts(replay(jobs, plain_machine(1), {}, nullptr, std::move(levels)));
  };
  CHECK(with(15'000) == std::vector<Millis>{0, 110, 100, 120});
  CHECK(with(25'000) == std::vector<Millis>{0, 120, 100, 110});
}

}  // namespace orrery
