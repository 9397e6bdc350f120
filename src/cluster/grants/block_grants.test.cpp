#include "cluster/grants/block_grants.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "cluster/grants/test_grants.hpp"
#include "cluster/queue_scheduler.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

TEST_CASE("grants: a block is its tenant's alone, others wait for it, hand-computed") {
  // 8 GPUs, blocks of 8 for 1000 s. `a` gets the first; its second job starts when there is room in it. `b` waits for
  // the end of the block at 1000, although nothing runs after 300.
  const JobTable jobs = tenant_jobs({{0, 100, 6}, {10, 200, 4}, {20, 50, 2}}, {"a", "a", "b"});
  const Replayed r = replay(jobs, plain_machine(1), blocks(8, 1000));
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 100, 1000});
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{100, 300, 1050});
  CHECK(r.of("a").waited == 0);
  CHECK(r.of("a").grants == 1);
  CHECK(gpu_seconds(r.of("a").granted) == 8000);
  CHECK(gpu_seconds(r.of("a").used) == 6 * 100 + 4 * 200);
  CHECK(gpu_seconds(r.of("a").idle) == 8000 - 1400);
  CHECK(r.of("b").applied == 20 * kSecond);
  CHECK(r.of("b").first_granted == 1000 * kSecond);
  CHECK(r.of("b").waited == 980 * kSecond);
  CHECK(gpu_seconds(r.of("b").granted) == 8 * 50);  // Until the last event.
}

TEST_CASE("grants: use it or lose it gives an idle block to the next, hand-computed") {
  // The same with 150 s of idleness allowed: `a` is done at 300, `b` gets the pool at 450. A job of `a` that comes at
  // 460 finds the block gone: `b` runs until 500, and its own block goes back at 650.
  const JobTable jobs = tenant_jobs({{0, 100, 6}, {10, 200, 4}, {20, 50, 2}, {460, 10, 8}}, {"a", "a", "b", "a"});
  GrantParameters parameters = blocks(8, 1000);
  parameters.reclaim_after_idle = Seconds(150);
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 100, 450, 650});
  CHECK(r.of("a").reclaimed == 1);
  CHECK(r.of("b").reclaimed == 1);
  CHECK(r.of("a").waited == 190 * kSecond);
  CHECK(gpu_seconds(r.of("a").granted) == 8 * 450 + 8 * 10);
}

TEST_CASE("grants: when a block ends its jobs stop, and go on in the next one, hand-computed") {
  // `a` runs 150 s in blocks of 100 s. `b` comes at 50 and gets the pool at 100; it is done at 120 but holds it to 200,
  // when `a` gets its second block and does the 50 s that are left.
  const JobTable jobs = tenant_jobs({{0, 150, 8}, {50, 20, 8}}, {"a", "b"});
  const Replayed r = replay(jobs, plain_machine(1), blocks(8, 100));
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 100});
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{250, 120});
  CHECK(r.schedule.stops == std::vector<std::uint16_t>{1, 0});
  CHECK(r.of("a").waited == 100 * kSecond);
  CHECK(r.of("a").grants == 2);
}

TEST_CASE("grants: with nobody waiting the next block follows at once and nothing stops, hand-computed") {
  const JobTable jobs = tenant_jobs({{0, 350, 8}}, {"a"});
  const Replayed r = replay(jobs, plain_machine(1), blocks(8, 100));
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{350});
  CHECK(r.schedule.stops.empty());
  CHECK(r.of("a").grants == 4);
}

TEST_CASE(
    "grants: blocks are the largest gang, a stated number or the cap, and larger jobs are refused, hand-computed") {
  // 16 GPUs. `a` asks for its largest gang, 6; `b` states 4, so that its job of 5 can never run; `c` may have 3 at
  // most; jobs of nobody are one tenant and want 2. 6 + 4 + 3 + 2 = 15: all at once.
  const JobTable jobs =
      tenant_jobs({{0, 10, 2}, {0, 10, 6}, {0, 10, 5}, {0, 10, 4}, {0, 10, 3}, {0, 10, 2}, {0, 10, 4}},
                  {"a", "a", "b", "b", "c", "", "c"});
  GrantParameters parameters = blocks(0, 100);
  parameters.tenants = {{.name = "b", .gpus = 4}, {.name = "c", .most_gpus = 3}};
  const Replayed r = replay(jobs, plain_machine(1, 16), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 10, -1, 0, 0, 0, -1});
  CHECK(r.refused == std::vector<JobId>{2, 6});
  CHECK(gpu_seconds(r.of("a").granted) == 6 * 20);
  CHECK(gpu_seconds(r.of("-").used) == 2 * 10);
}

TEST_CASE("grants: a round accepts by score, until the pool or the share of proposals is used up, hand-computed") {
  // 8 GPUs, rounds at 0, 100, 200, ..., blocks of 4 for 300 s. All apply at 10 and wait for 100. By score b, c, a, d.
  const JobTable jobs = tenant_jobs({{10, 50, 4}, {10, 50, 4}, {10, 50, 4}, {10, 50, 4}}, {"a", "b", "c", "d"});
  GrantParameters parameters = blocks(4, 300);
  parameters.admission = GrantAdmission::Lottery;
  parameters.order = LotteryOrder::Score;
  parameters.round = Seconds(100);
  parameters.tenants = {{.name = "a", .score = 1}, {.name = "b", .score = 3}, {.name = "c", .score = 2}};
  // Two fit; those of the first round end at 400.
  Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{400, 100, 100, 400});
  CHECK(r.of("a").turned_down == 3);  // At 100, 200 and 300.
  // One of four proposals is accepted, then one of three, at 200; the pool is full until 400, when it is one of two, at
  // 500 the last one.
  parameters.accepted_share = 0.25;
  r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{400, 100, 200, 500});
}

TEST_CASE("grants: lots favour nobody, and the same seed draws the same: law") {
  // Ten tenants apply for a pool that holds one. Over many rounds (a seed each) everybody comes first about as often.
  std::vector<SmallJob> list(10, SmallJob{0, 10, 8});
  std::vector<std::string> names;
  for (char name = 'a'; name < 'k'; ++name) names.emplace_back(1, name);
  const JobTable jobs = tenant_jobs(list, names);
  GrantParameters parameters = blocks(8, 3600);
  parameters.admission = GrantAdmission::Lottery;
  parameters.round = Seconds(3600);
  std::vector<int> first(10, 0);
  const std::vector<JobId> rows = all_rows(jobs);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    std::vector<Millis> starts;
    for (int again = 0; again < 2; ++again) {
      GpuPlacement placement(plain_machine(1), jobs);
      const auto scheduler = make_grant_scheduler(parameters, 8, jobs, rows, seed);
      const JobSchedule schedule = ClusterEngine(jobs, rows, placement, *scheduler).run();
      if (again == 1) CHECK(starts == schedule.first_start);
      starts = schedule.first_start;
    }
    const auto winner = std::find(starts.begin(), starts.end(), 0);
    REQUIRE(winner != starts.end());
    ++first[static_cast<std::size_t>(winner - starts.begin())];
    std::sort(starts.begin(), starts.end());
    for (std::size_t i = 0; i < 10; ++i) REQUIRE(starts[i] == static_cast<Millis>(i) * kHour);  // One a round.
  }
  // Chi-square of 9 degrees of freedom: 27.9 is passed once in a thousand.
  double chi = 0;
  for (const int count : first) chi += (count - 100.0) * (count - 100.0) / 100;
  CHECK(chi < 27.9);
}

TEST_CASE("grants: a run over the wall time is cut and queues behind others, hand-computed") {
  // One block, a wall of 100 s. The job of 150 s is cut at 100, the other one runs, then the first does its last 50 s.
  const JobTable jobs = tenant_jobs({{0, 150, 8}, {10, 20, 8}}, {"a", "a"});
  GrantParameters parameters = blocks(8, 1000);
  parameters.longest = Seconds(100);
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 100});
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{170, 120});
}

TEST_CASE("grants: who never gets on in what is granted gives up, hand-computed") {
  // 150 s of work without checkpoints never end in runs of 100 s: it is cut 20 times.
  const JobTable jobs = tenant_jobs({{0, 150, 8}}, {"a"});
  GrantParameters parameters = blocks(8, 1000);
  parameters.longest = Seconds(100);
  EngineOptions options;
  options.stop_cost.checkpoint_interval = kNever;
  const Replayed r = replay(jobs, plain_machine(1), parameters, options);
  CHECK(r.refused == std::vector<JobId>{0});
  CHECK(r.schedule.stops == std::vector<std::uint16_t>{20});
  CHECK(r.schedule.last_event == 2000 * kSecond);
}

TEST_CASE("grants: jobs that run already hold blocks, hand-computed") {
  // 8 GPUs; job 0 of `a` has run on 2 since 50 s before. Its block of 6 leaves 2 to `b`, which wants 4 and waits for
  // 100.
  const JobTable jobs = tenant_jobs({{0, 80, 2}, {0, 10, 4}, {5, 10, 4}}, {"a", "b", "a"});
  GrantParameters parameters = blocks(4, 100);
  parameters.tenants = {{.name = "a", .gpus = 6}};
  const Replayed r = replay(jobs, plain_machine(1), parameters, {}, nullptr, {{0, -50 * kSecond, {}}});
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{-1, 100, 5});
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{30, 110, 15});
  CHECK(gpu_seconds(r.of("a").used) == 2 * 30 + 4 * 10);
  CHECK(gpu_seconds(r.of("a").granted) == 6 * 100);
}

TEST_CASE("grants: blocks keep the laws on random jobs: law") {
  int replays = 0;
  for (const GrantAdmission admission : {GrantAdmission::FirstCome, GrantAdmission::Lottery}) {
    for (const double reclaim : {0.0, 1800.0}) {
      for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        const SharedMachine machine = plain_machine(6);
        const JobTable jobs = random_tenants(seed, 400, 32, 0.8);
        GrantParameters parameters = blocks(seed % 2 == 0 ? 16 : 0, 6 * 3600);
        parameters.admission = admission;
        parameters.round = Seconds(2 * 3600);
        parameters.accepted_share = 0.5;
        parameters.reclaim_after_idle = Seconds(reclaim);
        if (seed > 3) parameters.longest = Seconds(900);
        TenantLaws laws(jobs, machine);
        const Replayed r = replay(jobs, machine, parameters, {}, &laws);
        check_laws(jobs, r, laws);
        double granted = 0;
        for (const GrantRecord& record : r.records) {
          granted += record.granted;
          REQUIRE(record.first_granted >= record.applied);
          REQUIRE(record.grants <= record.applications);
        }
        CHECK(granted <= static_cast<double>(machine.gpus() * r.schedule.last_event));
        if (seed % 2 == 0)
          for (const GrantRecord& record : r.records) CHECK(laws.of(record.tenant).most <= 16);
        const Replayed again = replay(jobs, machine, parameters);
        CHECK(again.schedule.first_start == r.schedule.first_start);
        CHECK(again.schedule.end == r.schedule.end);
        ++replays;
      }
    }
  }
  CHECK(replays == 24);
}

TEST_CASE("grants: never is more granted than the pool has: law") {
  /// Looks at every pass.
  class Watch final : public Observer {
   public:
    explicit Watch(const BlockGrants& grants) : grants_(grants) {}
    void passed(Millis /*now*/, long long free) override {
      most_ = std::max(most_, grants_.granted());
      REQUIRE(grants_.granted() <= 48);
      REQUIRE(48 - free <= grants_.granted());
    }
    long long most_ = 0;

   private:
    const BlockGrants& grants_;
  };
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const JobTable jobs = random_tenants(seed, 400, 32, 0.8);
    const std::vector<JobId> rows = all_rows(jobs);
    GpuPlacement placement(plain_machine(6), jobs);
    BlockGrants grants(blocks(0, 4 * 3600), 48, jobs, rows, seed);
    Watch watch(grants);
    ClusterEngine(jobs, rows, placement, grants, {}, nullptr, &watch).run();
    CHECK(watch.most_ > 24);
  }
}

namespace {

/// Blocks as one would write them down, on one node, second by second. Ends of all jobs in seconds.
std::vector<Millis> obvious_blocks(const JobTable& jobs, long long gpus, long long block, Millis length,
                                   Millis reclaim) {
  struct Tenant {
    std::vector<std::size_t> waiting, running;
    bool granted = false, applied = false;
    Millis until = 0, idle = 0;
  };
  std::map<std::int32_t, Tenant> tenants;
  for (const std::int32_t tenant : jobs.tenant) tenants[tenant];
  std::vector<std::int32_t> list;  // Applications.
  std::vector<Millis> end(jobs.size(), -1), left;
  for (const Millis run : jobs.run) left.push_back(run / kSecond);
  std::size_t arrived = 0, done = 0;
  const auto apply = [&](std::int32_t tenant) {
    Tenant& its = tenants[tenant];
    if (its.granted || its.applied) return;
    its.applied = true;
    list.push_back(tenant);
  };
  for (Millis now = 0; done < jobs.size() && now < 10'000'000; ++now) {
    for (auto& [tenant, its] : tenants) {
      std::erase_if(its.running, [&](std::size_t job) {
        if (left[job] > 0) return false;
        end[job] = now;
        ++done;
        return true;
      });
    }
    std::vector<std::int32_t> ended;
    for (auto& [tenant, its] : tenants) {
      if (!its.granted || its.until > now) continue;
      its.granted = false;
      if (!its.waiting.empty() || !its.running.empty()) apply(tenant);
      ended.push_back(tenant);
    }
    for (auto& [tenant, its] : tenants)
      if (its.granted && reclaim > 0 && its.idle == reclaim) its.granted = false;
    for (; arrived < jobs.size() && jobs.submit[arrived] == now * kSecond; ++arrived) {
      tenants[jobs.tenant[arrived]].waiting.push_back(arrived);
      apply(jobs.tenant[arrived]);
    }
    long long granted = 0;
    for (const auto& [tenant, its] : tenants) granted += its.granted ? block : 0;
    for (; !list.empty() && granted + block <= gpus; granted += block) {
      Tenant& its = tenants[list.front()];
      its.granted = true;
      its.applied = false;
      its.until = now + length;
      its.idle = 0;
      list.erase(list.begin());
    }
    for (const std::int32_t tenant : ended) {
      Tenant& its = tenants[tenant];
      if (its.granted) continue;
      its.waiting.insert(its.waiting.end(), its.running.begin(), its.running.end());
      its.running.clear();
      std::sort(its.waiting.begin(), its.waiting.end());
    }
    for (auto& [tenant, its] : tenants) {
      long long busy = 0;
      for (const std::size_t job : its.running) busy += jobs.gpus[job];
      while (its.granted && !its.waiting.empty() && busy + jobs.gpus[its.waiting.front()] <= block) {
        its.running.push_back(its.waiting.front());
        busy += jobs.gpus[its.waiting.front()];
        its.waiting.erase(its.waiting.begin());
      }
      for (const std::size_t job : its.running) --left[job];
      its.idle = its.waiting.empty() && its.running.empty() ? its.idle + 1 : 0;
    }
  }
  return end;
}

}  // namespace

TEST_CASE("grants: blocks are those of an obvious version on one node: oracle") {
  long long stops = 0, reclaimed = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    JobTable jobs = random_tenants(seed, 150, 64, 0.7);
    for (std::int32_t& gpus : jobs.gpus) gpus = std::min(gpus, 16);
    GrantParameters parameters = blocks(16, seed % 2 == 0 ? 1200 : 5000);
    const Millis reclaim = seed % 3 == 0 ? 0 : 400;
    parameters.reclaim_after_idle = Seconds(static_cast<double>(reclaim));
    const Replayed r = replay(jobs, plain_machine(1, 40), parameters);  // Two blocks.
    CHECK(seconds(r.schedule.end) == obvious_blocks(jobs, 40, 16, seed % 2 == 0 ? 1200 : 5000, reclaim));
    for (const std::uint16_t times : r.schedule.stops) stops += times;
    for (const GrantRecord& record : r.records) reclaimed += record.reclaimed;
  }
  CHECK(stops > 50);
  CHECK(reclaimed > 20);
}

TEST_CASE("grants: one tenant whose block is the machine is a strict queue: oracle") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const SharedMachine machine = plain_machine(4);
    const JobTable jobs = random_jobs(seed, 400, 32, 1.1);
    const std::vector<JobId> rows = all_rows(jobs);
    GpuPlacement placement(machine, jobs);
    QueueScheduler queue(jobs, rows, {});
    const JobSchedule expected = ClusterEngine(jobs, rows, placement, queue).run();
    CHECK(replay(jobs, machine, blocks(32, 3e8)).schedule.first_start == expected.first_start);
  }
}

}  // namespace orrery
