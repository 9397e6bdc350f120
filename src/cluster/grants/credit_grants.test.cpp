#include "cluster/grants/credit_grants.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "cluster/grants/test_grants.hpp"
#include "cluster/queue_scheduler.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

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
  CHECK(r.of("b").first_granted == 50 * kSecond);
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

}  // namespace orrery
