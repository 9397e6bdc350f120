#include "cluster/grants/grant_scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "cluster/grants/block_grants.hpp"
#include "cluster/queue_scheduler.hpp"
#include "cluster/test_workloads.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

/// Jobs of tenants by name, "" of none.
JobTable tenant_jobs(const std::vector<SmallJob>& list, const std::vector<std::string>& tenants) {
  JobTable jobs = small_jobs(list);
  for (const std::string& name : tenants) jobs.tenant.push_back(name.empty() ? -1 : jobs.tenants.add(name));
  return jobs;
}

struct Replayed {
  JobSchedule schedule;
  std::vector<GrantRecord> records;
  std::vector<JobId> refused;

  const GrantRecord& of(const std::string& tenant) const {
    return *std::find_if(records.begin(), records.end(), [&](const auto& record) { return record.tenant == tenant; });
  }
};

Replayed replay(const JobTable& jobs, const SharedMachine& machine, const GrantParameters& parameters,
                const EngineOptions& options = {}, Observer* observer = nullptr,
                const std::vector<RunningJob>& running = {}) {
  GpuPlacement placement(machine, jobs);
  std::vector<JobId> rows = all_rows(jobs);
  const auto scheduler = make_grant_scheduler(parameters, machine.gpus(), jobs, rows, 7);
  for (const RunningJob& job : running) std::erase(rows, job.job);
  ClusterEngine engine(jobs, rows, placement, *scheduler, options, nullptr, observer);
  for (const RunningJob& job : running) CHECK(engine.resume(job));
  Replayed result;
  result.schedule = engine.run();
  result.records = scheduler->records(options.horizon == kNever ? result.schedule.last_event : options.horizon);
  result.refused = scheduler->refused();
  return result;
}

std::vector<Millis> seconds(const std::vector<Millis>& times) {
  std::vector<Millis> list;
  for (const Millis time : times) list.push_back(time < 0 ? -1 : time / kSecond);
  return list;
}

double gpu_seconds(double gpu_time) {
  return gpu_time / static_cast<double>(kSecond);
}

GrantParameters blocks(int gpus, double length) {
  GrantParameters parameters;
  parameters.gpus = gpus;
  parameters.length = Seconds(length);
  return parameters;
}

GrantParameters credits(double period) {
  GrantParameters parameters;
  parameters.mode = GrantMode::Credits;
  parameters.period = Seconds(period);
  return parameters;
}

}  // namespace

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

TEST_CASE("grants: credits are charged as jobs run, which stop without and go on next period, hand-computed") {
  // 8 GPUs, periods of 3600 s, half of the machine in credits: 14,400 GPU-s a period, 7,200 each. `a` runs on 4 GPUs
  // for 2000 s and has spent its credits at 1800; the 200 s that are left follow at 3600.
  const JobTable jobs = tenant_jobs({{0, 2000, 4}, {0, 100, 2}}, {"a", "b"});
  GrantParameters parameters = credits(3600);
  parameters.share = 0.5;
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{3800, 100});
  CHECK(r.schedule.stops == std::vector<std::uint16_t>{1, 0});
  CHECK(gpu_seconds(r.of("a").granted) == 14'400);
  CHECK(gpu_seconds(r.of("a").used) == 8000);
  CHECK(gpu_seconds(r.of("a").idle) == 0);
  CHECK(gpu_seconds(r.of("a").held) == 6400);
  CHECK(gpu_seconds(r.of("b").idle) == 7000);  // Of the first period.
}

TEST_CASE("grants: unspent credits are carried over so many periods, hand-computed") {
  // Half of two GPUs is 3,600 GPU-s a period, 1800 s of both. A job that comes in the second period and runs for 2500 s
  // is cut after 1800 s, and goes on in the third; with what was left of the first period it is not.
  const SharedMachine machine = plain_machine(1, 2);
  const JobTable jobs = tenant_jobs({{3600, 2500, 2}}, {"a"});
  GrantParameters parameters = credits(3600);
  parameters.share = 0.5;
  CHECK(seconds(replay(jobs, machine, parameters).schedule.end) == std::vector<Millis>{2 * 3600 + 700});
  parameters.carry_over = 1;
  CHECK(seconds(replay(jobs, machine, parameters).schedule.end) == std::vector<Millis>{3600 + 2500});
  // Credits of the first period are gone in the third: those of the second and third last for 3600 s.
  const JobTable later = tenant_jobs({{7200, 4000, 2}}, {"a"});
  const Replayed r = replay(later, machine, parameters);
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{7200 + 3600 + 400});
  CHECK(gpu_seconds(r.of("a").idle) == 3600);
}

TEST_CASE("grants: weights share out the credits, hand-computed") {
  const JobTable jobs = tenant_jobs({{0, 10, 1}, {0, 10, 1}}, {"a", "b"});
  GrantParameters parameters = credits(3600);
  parameters.tenants = {{.name = "a", .weight = 3}};
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(gpu_seconds(r.of("a").granted) == 21'600);  // Three quarters of 28,800.
  CHECK(gpu_seconds(r.of("b").granted) == 7200);
}

TEST_CASE("grants: reserved credits come back at the end, hand-computed") {
  // One tenant, 8 GPUs x 3600 s = 28,800. The first job reserves 4 x 4000 = 16,000, the second 4 x 4000 more than the
  // 12,800 that are left: it waits until the first ends at 100, having cost 400.
  JobTable jobs = tenant_jobs({{0, 100, 4}, {0, 50, 4}}, {"a", "a"});
  jobs.limit = {4000 * kSecond, 4000 * kSecond};
  GrantParameters parameters = credits(3600);
  parameters.charge = CreditCharge::Reserved;
  Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 100});
  CHECK(gpu_seconds(r.of("a").held) == 28'800 - 400 - 200);
  // A limit that no period's credits can pay for is refused, and so is a job without one.
  jobs.limit = {7201 * kSecond, kNever};
  r = replay(jobs, plain_machine(1), parameters);
  CHECK(r.refused == std::vector<JobId>{0, 1});
  // It may be shortened by the longest run, however: then both are paid for.
  parameters.longest = Seconds(3600);
  r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 0});
}

TEST_CASE("grants: a run ends with the credits that were reserved for it, hand-computed") {
  JobTable jobs = tenant_jobs({{0, 250, 8}}, {"a"});
  jobs.limit = {100 * kSecond};
  GrantParameters parameters = credits(3600);
  parameters.charge = CreditCharge::Reserved;
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(r.schedule.stops == std::vector<std::uint16_t>{2});
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{250});
  CHECK(gpu_seconds(r.of("a").used) == 2000);
}

TEST_CASE("grants: without credits a job runs at low priority, until one with credits needs its GPUs, hand-computed") {
  // `a` has no weight and so no credits: it runs at low priority from 0. `b` comes at 50 and stops it; at 150 it goes
  // on with 150 s that are left. A job of `b` that finds free GPUs stops nobody.
  const JobTable jobs = tenant_jobs({{0, 200, 6}, {50, 100, 4}, {160, 10, 2}}, {"a", "b", "b"});
  GrantParameters parameters = credits(3600);
  parameters.low_priority = true;
  parameters.tenants = {{.name = "a", .weight = 0}};
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 50, 160});
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{300, 150, 170});
  CHECK(r.schedule.stops == std::vector<std::uint16_t>{1, 0, 0});
  CHECK(gpu_seconds(r.of("a").unfunded) == 1200);
  CHECK(r.of("a").used == 0);
  CHECK(r.of("a").first_granted == -1);
}

TEST_CASE("grants: a job whose credits end goes on at low priority, and is paid for again next period, hand-computed") {
  // `a` has 14,400 of the 28,800 GPU-s a period: 1800 s of 8 GPUs. Its job goes on unpaid; `b` stops it at 2000 for
  // 100 s. From 3600 on it is paid for: what `b` wants at 3700 waits until it ends at 4100.
  const JobTable jobs = tenant_jobs({{0, 4000, 8}, {2000, 100, 8}, {3700, 10, 8}}, {"a", "b", "b"});
  GrantParameters parameters = credits(3600);
  parameters.low_priority = true;
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 2000, 4100});
  CHECK(seconds(r.schedule.end) == std::vector<Millis>{4100, 2100, 4110});
  CHECK(gpu_seconds(r.of("a").used) == 8 * 1800 + 8 * 500);
  CHECK(gpu_seconds(r.of("a").unfunded) == 8 * 200 + 8 * 1500);
}

TEST_CASE("grants: a cap on GPUs holds back its tenant alone, hand-computed") {
  // 8 GPUs, `a` may use 4. Its second job waits for the first, while `b` goes past it.
  const JobTable jobs = tenant_jobs({{0, 100, 4}, {0, 100, 4}, {0, 100, 4}}, {"a", "a", "b"});
  GrantParameters parameters = credits(3600);
  parameters.tenants = {{.name = "a", .most_gpus = 4}};
  const Replayed r = replay(jobs, plain_machine(1), parameters);
  CHECK(seconds(r.schedule.first_start) == std::vector<Millis>{0, 100, 0});
}

namespace {

/// What the last pass left waiting, asked at a time.
PassState left_at(const JobTable& jobs, const SharedMachine& machine, const GrantParameters& parameters, Millis time) {
  GpuPlacement placement(machine, jobs);
  const std::vector<JobId> rows = all_rows(jobs);
  const auto scheduler = make_grant_scheduler(parameters, machine.gpus(), jobs, rows, 1);
  EngineOptions options;
  options.horizon = time;
  ClusterEngine engine(jobs, rows, placement, *scheduler, options);
  engine.run();
  return scheduler->left_waiting(engine);
}

}  // namespace

TEST_CASE("grants: what holds the first job is said, hand-computed") {
  const JobTable jobs = tenant_jobs({{0, 100, 8}, {10, 50, 4}}, {"a", "b"});
  PassState state = left_at(jobs, plain_machine(1), blocks(8, 1000), 200 * kSecond);
  CHECK(state.blocked == 1);
  CHECK(state.hold == PassState::Hold::Limit);
  GrantParameters parameters = credits(3600);
  state = left_at(jobs, plain_machine(1), parameters, 20 * kSecond);
  CHECK(state.blocked == 1);
  CHECK(state.hold == PassState::Hold::Capacity);
  parameters.tenants = {{.name = "b", .weight = 1e-6}};  // 28,800 GPU-s x 1e-6: gone after 7 ms.
  state = left_at(jobs, plain_machine(1), parameters, 200 * kSecond);
  CHECK(state.blocked == 1);
  CHECK(state.hold == PassState::Hold::Limit);
  CHECK(left_at(jobs, plain_machine(1), blocks(4, 1000), 0).blocked == kNoJob);  // Refused, so not waiting.
}

namespace {

/// Each tenant's GPU-time by the events, and the most GPUs that it had at once.
class TenantLaws final : public Observer {
 public:
  TenantLaws(const JobTable& jobs, const SharedMachine& machine) : jobs_(jobs), laws_(jobs, machine) {}
  void submitted(Millis now, JobId job) override { laws_.submitted(now, job); }
  void started(Millis now, JobId job, std::span<const Slice> slices) override {
    laws_.started(now, job, slices);
    change(now, job, jobs_.gpus[static_cast<std::size_t>(job)]);
  }
  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override {
    laws_.stopped(now, job, slices, reason);
    change(now, job, -jobs_.gpus[static_cast<std::size_t>(job)]);
  }
  void passed(Millis now, long long free) override {
    laws_.passed(now, free);
    for (auto& [tenant, its] : use_) its.most = std::max(its.most, its.gpus);
  }

  struct Use {
    long long gpus = 0, most = 0;
    Millis since = 0;
    double gpu_time = 0;
  };
  const Use& of(const std::string& tenant) { return use_[tenant]; }
  Millis ran(JobId job) const { return laws_.ran(job); }

 private:
  void change(Millis now, JobId job, long long gpus) {
    Use& its = use_[jobs_.tenants.at(jobs_.tenant[static_cast<std::size_t>(job)])];
    its.gpu_time += static_cast<double>(its.gpus * (now - its.since));
    its.since = now;
    its.gpus += gpus;
  }

  const JobTable& jobs_;
  LawObserver laws_;
  std::map<std::string, Use> use_;
};

JobTable random_tenants(std::uint64_t seed, std::size_t count, int gpus, double load) {
  JobTable jobs = random_jobs(seed, count, gpus, load);
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) jobs.tenants.add(name);
  jobs.tenant = jobs.user;
  return jobs;
}

/// All jobs that are not refused end, having run for their work; records agree with what was seen.
void check_laws(const JobTable& jobs, const Replayed& r, TenantLaws& laws) {
  std::vector<bool> refused(jobs.size(), false);
  for (const JobId job : r.refused) refused[static_cast<std::size_t>(job)] = true;
  for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job) {
    const auto row = static_cast<std::size_t>(job);
    if (refused[row]) continue;
    REQUIRE(r.schedule.end[row] >= 0);
    REQUIRE(laws.ran(job) == jobs.run[row]);
  }
  for (const GrantRecord& record : r.records) {
    CAPTURE(record.tenant);
    REQUIRE(record.used + record.unfunded == laws.of(record.tenant).gpu_time);
    REQUIRE(record.granted == record.used + record.idle + record.held);
    REQUIRE(record.idle >= 0);
    REQUIRE(record.held >= 0);
  }
}

}  // namespace

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

TEST_CASE("grants: credits keep the laws on random jobs: law") {
  for (const CreditCharge charge : {CreditCharge::Running, CreditCharge::Reserved}) {
    for (const bool low : {false, true}) {
      for (const int carry_over : {0, 2}) {
        for (std::uint64_t seed = 1; seed <= 4; ++seed) {
          CAPTURE(seed);
          const SharedMachine machine = plain_machine(4);
          const JobTable jobs = random_tenants(seed, 400, 32, 0.8);
          GrantParameters parameters = credits(2 * 3600);
          parameters.share = 0.7;
          parameters.charge = charge;
          parameters.low_priority = low;
          parameters.carry_over = carry_over;
          if (seed > 2) parameters.most_gpus = 20;
          TenantLaws laws(jobs, machine);
          const Replayed r = replay(jobs, machine, parameters, {}, &laws);
          check_laws(jobs, r, laws);
          const double each = 32.0 * 2 * kHour * 0.7 / 7;
          for (const GrantRecord& record : r.records) {
            const Millis begun = r.schedule.last_event / (2 * kHour) + 1;
            const auto periods = static_cast<double>(begun);
            CHECK(std::abs(record.granted - each * periods) <= periods);  // GPU-milliseconds.
            CHECK(record.held <= (carry_over + 1) * (each + 1));          // Nothing older is kept.
            if (!low) CHECK(record.unfunded == 0);
            if (seed > 2) CHECK(laws.of(record.tenant).most <= 20);
          }
          const Replayed again = replay(jobs, machine, parameters);
          CHECK(again.schedule.end == r.schedule.end);
        }
      }
    }
  }
}

TEST_CASE("grants: jobs without checkpoints end or are given up, whatever stops them: law") {
  for (const bool low : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      CAPTURE(seed);
      const SharedMachine machine = plain_machine(4);
      const JobTable jobs = random_tenants(seed, 200, 32, 1.0);
      GrantParameters parameters = seed % 2 == 0 ? blocks(0, 3600) : credits(3600);
      parameters.share = 0.8;
      parameters.low_priority = low;
      if (!low) parameters.longest = Seconds(2400);
      EngineOptions options;
      options.stop_cost.checkpoint_interval = kNever;
      const Replayed r = replay(jobs, machine, parameters, options);
      long long ended = 0;
      for (const Millis end : r.schedule.end) ended += end >= 0 ? 1 : 0;
      CHECK(ended + static_cast<long long>(r.refused.size()) == 200);
      CHECK(ended > 150);
    }
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

namespace {

/// Credits that are charged as jobs run, on one node: at each event everything is looked at.
std::vector<Millis> obvious_credits(const JobTable& jobs, long long gpus, Millis period, long long each, int carry_over,
                                    long long most) {
  struct Tenant {
    std::vector<long long> left;  // Of the last periods, oldest first.
    long long busy = 0;
    bool dry = false;
    long long balance() const { return std::accumulate(left.begin(), left.end(), 0LL); }
  };
  std::map<std::int32_t, Tenant> tenants;
  for (const std::int32_t tenant : jobs.tenant) tenants[tenant].left = {each};
  std::vector<Millis> end(jobs.size(), -1), left = jobs.run;
  std::vector<std::size_t> queue, running;
  std::size_t arrived = 0;
  Millis before = 0, now = jobs.submit.front();
  while (true) {
    for (auto& [tenant, its] : tenants) {
      long long cost = its.busy * (now - before);
      for (long long& part : its.left) {
        const long long taken = std::min(part, cost);
        part -= taken;
        cost -= taken;
      }
      CHECK(cost == 0);
    }
    const auto stop = [&](std::size_t job) { tenants[jobs.tenant[job]].busy -= jobs.gpus[job]; };
    std::erase_if(running, [&](std::size_t job) {
      left[job] -= now - before;
      if (left[job] > 0) return false;
      end[job] = now;
      stop(job);
      return true;
    });
    for (; arrived < jobs.size() && jobs.submit[arrived] == now; ++arrived) queue.push_back(arrived);
    // Periods that began since, of which only the last one can lie at an event that matters.
    for (Millis at = (before / period + 1) * period; at <= now; at += period) {
      for (auto& [tenant, its] : tenants) {
        its.left.push_back(each);
        if (its.left.size() > static_cast<std::size_t>(carry_over) + 1) its.left.erase(its.left.begin());
        its.dry = false;
      }
    }
    for (auto& [tenant, its] : tenants) {
      if (its.busy == 0 || its.balance() >= its.busy) continue;
      its.dry = true;
      for (std::size_t i = 0; i < running.size();) {
        const std::size_t job = running[i];
        if (jobs.tenant[job] != tenant) {
          ++i;
          continue;
        }
        stop(job);
        queue.push_back(job);
        running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    std::sort(queue.begin(), queue.end());
    long long free = gpus;
    for (const auto& [tenant, its] : tenants) free -= its.busy;
    std::erase_if(queue, [&](std::size_t job) {
      Tenant& its = tenants[jobs.tenant[job]];
      const long long busy = its.busy + jobs.gpus[job];
      if (jobs.gpus[job] > free || busy > most || its.dry || its.balance() < busy) return false;
      free -= jobs.gpus[job];
      its.busy = busy;
      running.push_back(job);
      return true;
    });
    if (running.empty() && queue.empty() && arrived == jobs.size()) return end;
    before = now;
    now = (now / period + 1) * period;
    if (arrived < jobs.size()) now = std::min(now, jobs.submit[arrived]);
    for (const std::size_t job : running) now = std::min(now, before + left[job]);
    for (const auto& [tenant, its] : tenants)
      if (its.busy > 0) now = std::min<Millis>(now, before + its.balance() / its.busy);
  }
}

}  // namespace

TEST_CASE("grants: credits are those of an obvious version on one node: oracle") {
  long long stops = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const JobTable jobs = random_tenants(seed, 200, 32, 0.9);
    GrantParameters parameters = credits(3600);
    parameters.share = 0.8;
    parameters.carry_over = static_cast<int>(seed % 3);
    parameters.most_gpus = seed % 2 == 0 ? 20 : 32;
    const Replayed r = replay(jobs, plain_machine(1, 32), parameters);
    const auto each = static_cast<long long>(std::floor(32.0 * kHour * 0.8 / 7));
    REQUIRE(std::abs(r.records.front().granted / static_cast<double>(r.records.front().grants) - each) < 1);
    CHECK(r.schedule.end == obvious_credits(jobs, 32, kHour, each, parameters.carry_over, parameters.most_gpus));
    for (const std::uint16_t times : r.schedule.stops) stops += times;
  }
  CHECK(stops > 50);
}

TEST_CASE("grants: unlimited credits are a skipping queue: oracle") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    const SharedMachine machine = plain_machine(4);
    const JobTable jobs = random_tenants(seed, 400, 32, 1.2);
    GrantParameters parameters = credits(3600);
    parameters.share = 100;
    const std::vector<JobId> rows = all_rows(jobs);
    GpuPlacement placement(machine, jobs);
    QueueScheduler queue(jobs, rows, {.discipline = QueueDiscipline::Skip});
    const JobSchedule expected = ClusterEngine(jobs, rows, placement, queue).run();
    CHECK(replay(jobs, machine, parameters).schedule.first_start == expected.first_start);
  }
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
