#include "cluster/size_study.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "cluster/start_forecast.hpp"
#include "cluster/target_text.hpp"
#include "cluster/test_workloads.hpp"

namespace orrery {

using namespace test;  // NOLINT(google-build-using-namespace)

namespace {

ClusterSpec spec_of(JobTable jobs, int nodes) {
  ClusterSpec spec;
  fill_limits(jobs, MissingLimit::Run);
  jobs.user.clear();
  spec.jobs = std::make_shared<const JobTable>(std::move(jobs));
  spec.machine = plain_machine(nodes);
  return spec;
}

}  // namespace

TEST_CASE("sizing: the smallest machine is that of trying all sizes: oracle") {
  const ClusterSpec spec = spec_of(random_jobs(5, 800, 128, 1.0), 16);
  const Target target = parse_target("p90 wait < 10 min");
  ThreadPool pool(2);
  const SizeStudy study = study_size(spec, {}, target, {}, pool);
  REQUIRE(study.answer >= 0);
  int smallest = 0;
  for (int nodes = 40; nodes >= 1; --nodes) {
    ClusterSpec other = spec;
    other.machine = plain_machine(nodes);
    if (!measure_target(other, {}, target, {}).met) break;
    smallest = nodes;
  }
  CHECK(study.points[static_cast<std::size_t>(study.answer)].nodes == smallest);
}

TEST_CASE("sizing: the same for any number of threads: law") {
  const ClusterSpec spec = spec_of(random_jobs(6, 400, 64, 1.0), 8);
  const Target target = parse_target("mean wait < 5 min");
  ThreadPool one(1), two(2);
  const SizeStudy a = study_size(spec, {}, target, {}, one), b = study_size(spec, {}, target, {}, two);
  REQUIRE(a.points.size() == b.points.size());
  for (std::size_t i = 0; i < a.points.size(); ++i) CHECK(a.points[i].value.mean == b.points[i].value.mean);
}

TEST_CASE("start forecast: on an empty machine a job starts at once, hand-computed") {
  const ClusterSpec spec = spec_of(small_jobs({{0, 10, 1}, {100, 10, 1}}), 2);
  ThreadPool pool(1);
  const StartForecast forecast = forecast_start(spec, {}, {.gpus = 16}, {.at = 200'000, .replays = 10}, pool);
  REQUIRE(forecast.waits.size() == 10);
  CHECK(forecast.waits.back() == 0);
  CHECK(forecast.unhindered == 0);
  CHECK(forecast.jobs_ahead == 0);
}

TEST_CASE("start forecast: behind a job whose tenant's jobs all took as long, hand-computed") {
  // Twenty jobs of 100 s on all GPUs, one after the other; at 1950 s the last but one has 50 s to go.
  std::vector<SmallJob> list;
  for (int i = 0; i < 20; ++i) list.push_back({100 * i, 100, 8});
  const ClusterSpec spec = spec_of(small_jobs(list), 1);
  ThreadPool pool(2);
  const StartForecast forecast = forecast_start(spec, {}, {.gpus = 8}, {.at = 1'950'000, .replays = 20}, pool);
  CHECK(forecast.waits.front() == doctest::Approx(50));
  CHECK(forecast.waits.back() == doctest::Approx(50));
  REQUIRE(forecast.waits_for.size() == 1);
  CHECK(forecast.waits_for[0].share == doctest::Approx(1));
}

}  // namespace orrery
