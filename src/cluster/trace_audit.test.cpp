#include "cluster/trace_audit.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/statistics.hpp"

#include "cluster/gpu_placement.hpp"

namespace orrery {
namespace {

/// Two pools of their own and nodes for everybody: 16 + 8 + 8 GPUs.
SharedMachine small_machine() {
  SharedMachine machine;
  machine.groups.push_back({.name = "a", .gpu_type = "H100", .pool = "left", .nodes = 2, .gpus = 8});
  machine.groups.push_back({.name = "b", .gpu_type = "A100", .pool = "right", .nodes = 2, .gpus = 4});
  machine.groups.push_back({.name = "c", .gpu_type = "", .pool = "", .nodes = 1, .gpus = 8});
  return machine;
}

struct Job {
  double submit_h = 0, run_h = 0;
  int gpus = 1;
  const char* pool = "";
  const char* type = "";
};

JobTable table_of(const std::vector<Job>& list) {
  JobTable t;
  for (const Job& job : list) {
    t.submit.push_back(static_cast<Millis>(job.submit_h * kHour));
    t.run.push_back(static_cast<Millis>(job.run_h * kHour));
    t.gpus.push_back(job.gpus);
    t.pool.push_back(*job.pool == '\0' ? -1 : t.pools.add(job.pool));
    t.gpu_type.push_back(*job.type == '\0' ? -1 : t.gpu_types.add(job.type));
  }
  return t;
}

}  // namespace

TEST_CASE("trace audit: offered load of the whole, of pools and of types (hand-computed)") {
  const JobTable t = table_of({{0, 4, 8, "left", "H100"}, {5, 2, 4, "right", ""}, {10, 8, 1, "nowhere", ""}});
  const TraceAudit a = audit_trace(t, small_machine());
  CHECK(a.jobs == 3);
  CHECK(a.span == 10 * kHour);
  CHECK(a.end == 18 * kHour);
  CHECK(a.gpu_hours == doctest::Approx(32 + 8 + 8));
  CHECK(a.whole.gpus == 32);
  CHECK(a.whole.load == doctest::Approx(48.0 / 320));
  REQUIRE(a.pools.size() == 3);
  CHECK(a.pools[0].name == "left");
  CHECK(a.pools[0].load == doctest::Approx(32.0 / 160));
  CHECK(a.pools[1].load == doctest::Approx(8.0 / 80));
  // A pool without nodes of its own has no capacity to load; its jobs run on what is everybody's.
  CHECK(a.pools[2].name == "nowhere");
  CHECK(a.pools[2].gpus == 0);
  CHECK(std::isinf(a.pools[2].load));
  REQUIRE(a.types.size() == 2);
  CHECK(a.types[0].name == "H100");
  CHECK(a.types[0].gpus == 24);  // Its own and the nodes that name no type.
  CHECK(a.impossible.empty());
}

TEST_CASE("trace audit: why jobs are impossible (hand-computed)") {
  JobTable t = table_of({{0, 1, 33, "", ""},             // more than the machine's 32
                         {0, 1, 17, "left", ""},         // fits neither the pool's 16 nor everybody's 8
                         {0, 1, 2, "right", "H100"},     // fits on everybody's nodes, which name no type
                         {0, 1, 16, "left", "H100"},     // fits
                         {0, 1, 8, "right", "A100|T4"},  // fits
                         {1, 1, 12, "left", ""},         // a worker of 12 on nodes of 8
                         {1, 1, 9, "", ""}});            // more than everybody's 8
  t.workers = {0, 0, 0, 0, 0, 1, 0};
  const TraceAudit a = audit_trace(t, small_machine());
  REQUIRE(a.impossible.size() == 3);
  CHECK(a.impossible[0].reason == ImpossibleReason::LargerThanMachine);
  CHECK(a.impossible[0].gpu_hours == doctest::Approx(33));
  CHECK(a.impossible[1].reason == ImpossibleReason::LargerThanPool);
  CHECK(a.impossible[1].first == 6);
  CHECK(a.impossible[2].reason == ImpossibleReason::NoGroup);
  CHECK(a.impossible[2].jobs == 2);
  CHECK(a.impossible[2].first == 1);
  // The replay leaves out the same jobs.
  const GpuPlacement placement(small_machine(), t);
  long long left_out = 0;
  for (JobId job = 0; job < 7; ++job) left_out += placement.possible(demand_of(t, job)) ? 0 : 1;
  CHECK(left_out == 4);
}

TEST_CASE("trace audit: limits, censoring and what ran above capacity (hand-computed)") {
  JobTable t = table_of({{0, 2, 8, "left", ""}, {0, 3, 8, "left", ""}, {1, 4, 4, "left", ""}, {4, 1, 1, "", ""}});
  t.limit = {4 * kHour, kHour, kNever, kHour};
  t.recorded_start = {0, kHour, kHour, -1};
  t.state = {JobState::Completed, JobState::Timeout, JobState::Running, JobState::Unknown};
  const TraceAudit a = audit_trace(t, small_machine());
  CHECK(a.without_limit == 1);
  CHECK(a.over_limit == 1);
  CHECK(a.limit_over_run.median == doctest::Approx(1));  // 2, 1/3 and 1
  CHECK(a.at_begin == 2);
  CHECK(a.running_at_end == 1);
  CHECK(a.running_gpu_hours == doctest::Approx(16));
  CHECK(a.never_started == 1);
  CHECK(a.wait_s.max == doctest::Approx(3600));
  // 8 from 0 to 2, 8 from 1 to 4, 4 from 1 to 5: 20 of the pool's 16 from 1 to 2.
  REQUIRE(a.recorded.size() == 2);
  CHECK(a.recorded[1].name == "left");
  CHECK(a.recorded[1].most_gpus == doctest::Approx(20));
  CHECK(a.recorded[1].most_at == kHour);
  CHECK(a.recorded[1].above == kHour);
  CHECK(a.recorded[0].above == 0);
  // Up to hour 4: 16 + 24 + 12 GPU-hours.
  CHECK(a.recorded[0].mean_gpus == doctest::Approx(13));
}

TEST_CASE("trace audit: size classes, shares of a GPU (hand-computed)") {
  JobTable t =
      table_of({{0, 1, 1, "", ""}, {0, 3, 1, "", ""}, {0, 1, 3, "", ""}, {0, 1, 4, "", ""}, {1, 1, 0, "", ""}});
  t.gpu_milli = {500, 1000, 1000, 1000, 1000};
  const TraceAudit a = audit_trace(t, small_machine());
  REQUIRE(a.sizes.size() == 3);
  CHECK(a.sizes[0].to == 0);
  CHECK(a.cpu_jobs == 1);
  CHECK(a.sizes[1].jobs == 2);
  CHECK(a.sizes[1].gpu_hours == doctest::Approx(3.5));
  CHECK(a.sizes[1].run_s.median == doctest::Approx(7200));
  CHECK(a.sizes[2].from == 3);
  CHECK(a.sizes[2].to == 4);
  CHECK(a.sizes[2].jobs == 2);
}

TEST_CASE("trace audit: quantiles (oracle: those of base/statistics)") {
  std::vector<double> sample;
  for (int i = 0; i < 1237; ++i) sample.push_back((i * 7919) % 1009);
  const SampleSummary s = summarised(sample);
  CHECK(s.median == quantile(sample, 0.5));
  CHECK(s.p90 == quantile(sample, 0.9));
  CHECK(s.p99 == quantile(sample, 0.99));
  CHECK(s.max == quantile(sample, 1));
  CHECK(summarised({}).count == 0);
  CHECK(summarised({3}).p99 == 3);
}

TEST_CASE("trace audit: an empty trace, a machine without nodes") {
  CHECK(audit_trace({}, small_machine()).jobs == 0);
  const TraceAudit a = audit_trace(table_of({{0, 1, 8, "", ""}}), {});
  CHECK(a.whole.gpus == 0);
  CHECK(std::isinf(a.whole.load));
  CHECK(a.impossible.empty());  // Nothing is known of the machine.
}

}  // namespace orrery
