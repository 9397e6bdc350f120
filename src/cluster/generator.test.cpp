#include "cluster/generator.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/statistics.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

TraceTotals preset(const std::string& name) {
  Diagnostics diagnostics;
  TraceTotals totals = trace_totals(name, {}, diagnostics);
  CHECK(render_text(diagnostics.all(), false) == "");
  return totals;
}

/// What a table holds, in the terms of the published totals.
struct Drawn {
  double mean_run = 0, median_run = 0, max_run = 0, mean_gpus = 0, median_gpus = 0, max_gpus = 0, gpu_time = 0;
  std::map<JobState, double> jobs, gpu_time_of;
};

Drawn measured(const JobTable& t) {
  Drawn d;
  std::vector<double> runs, gpus;
  for (std::size_t i = 0; i < t.size(); ++i) {
    runs.push_back(static_cast<double>(t.run[i]) / kSecond);
    gpus.push_back(t.gpu_milli.empty() ? t.gpus[i] : t.gpus[i] * t.gpu_milli[i] / 1000.0);
    const JobState state = t.state.empty() ? JobState::Unknown : t.state[i];
    d.mean_run += runs.back();
    d.mean_gpus += gpus.back();
    d.gpu_time += runs.back() * gpus.back();
    d.jobs[state] += 1;
    d.gpu_time_of[state] += runs.back() * gpus.back();
  }
  const auto n = static_cast<double>(t.size());
  d.mean_run /= n;
  d.mean_gpus /= n;
  for (auto& [state, share] : d.jobs) share /= n;
  for (auto& [state, share] : d.gpu_time_of) share /= d.gpu_time;
  d.max_run = *std::max_element(runs.begin(), runs.end());
  d.max_gpus = *std::max_element(gpus.begin(), gpus.end());
  d.median_run = median(runs);
  d.median_gpus = median(gpus);
  return d;
}

/// 20,000 jobs of a small made-up trace.
TraceTotals small_totals() {
  TraceTotals totals;
  totals.name = "small";
  totals.jobs = 20'000;
  totals.span = Seconds(28 * 86400);
  totals.mean_run = Seconds(3000);
  totals.median_run = Seconds(300);
  totals.max_run = Seconds(7 * 86400);
  totals.mean_gpus = 4;
  totals.max_gpus = 64;
  totals.tenants = 4;
  totals.users = 40;
  return totals;
}

}  // namespace

TEST_CASE("generator: published totals come back (published: AcmeTrace's summary of five traces)") {
  // Tolerances: means within 1 %, medians and GPU-time within 2 %, shares within a point of a hundred.
  struct Published {
    const char* name;
    double mean_run, median_run, mean_gpus, median_gpus, max_gpus, gpu_time;
    std::array<double, 6> shares;  // completed, cancelled, failed of the jobs, then of GPU-time
  };
  const std::vector<Published> all = {
      {"seren", 1414.335, 122, 5.68, 1, 1024, 21.51062251e9, {.497, .075, .429, .212, .664, .124}},
      {"kalos", 1259.689, 124, 26.77, 1, 1024, 5.333180061e9, {.541, .062, .397, .313, .607, .08}},
      {"philly", 18006.055, 874, 1.928, 1, 128, 6.894717531e9, {.604, .09, .305, .321, .294, .386}},
      {"helios", 6651.681, 206, 3.716, 1, 2048, 77.997740147e9, {.624, .221, .155, .513, .394, .093}},
      {"pai", 4787.109, 480.667, 0.683, 0.5, 8, 0, {}}};
  for (const Published& p : all) {
    CAPTURE(p.name);
    const TraceTotals totals = preset(p.name);
    for (const std::uint64_t seed : {1, 2}) {
      CAPTURE(seed);
      const JobTable t = generated_jobs(totals, {.seed = seed});
      CHECK(static_cast<long long>(t.size()) == totals.jobs);
      const Drawn d = measured(t);
      CHECK(d.mean_run == doctest::Approx(p.mean_run).epsilon(0.01));
      CHECK(d.median_run == doctest::Approx(p.median_run).epsilon(0.02));
      CHECK(d.max_run <= totals.max_run.raw() * 1.0001);
      CHECK(d.mean_gpus == doctest::Approx(p.mean_gpus).epsilon(0.01));
      CHECK(d.median_gpus == p.median_gpus);
      CHECK(d.max_gpus == p.max_gpus);
      if (p.gpu_time == 0) continue;
      CHECK(d.gpu_time == doctest::Approx(p.gpu_time).epsilon(0.02));
      std::size_t i = 0;
      for (const auto* shares : {&d.jobs, &d.gpu_time_of}) {
        for (const JobState state : {JobState::Completed, JobState::Cancelled, JobState::Failed})
          CHECK(std::abs(shares->at(state) - p.shares.at(i++)) < 0.01);
      }
      CHECK(static_cast<double>(t.submit.back()) / kSecond == doctest::Approx(totals.span.raw()).epsilon(0.01));
    }
  }
}

TEST_CASE("generator: every preset reads, each number with a source or said to have none") {
  Diagnostics diagnostics;
  const auto presets = all_presets("traces", diagnostics);
  CHECK(presets.size() == 5);
  for (const Preset& p : presets) {
    TraceTotals totals;
    Provenance provenance;
    trace_totals_schema().read(p.value, totals, diagnostics, &provenance);
    for (const auto& [path, from] : provenance) {
      CAPTURE(path);
      CHECK((path == "name" || from.unverified || !from.source.empty()));
    }
  }
  CHECK(render_text(diagnostics.all(), false) == "");
  Diagnostics unknown;
  trace_totals("helois", {}, unknown);
  CHECK(render_text(unknown.all(), false).find("helios") != std::string::npos);
}

TEST_CASE("generator: totals that no jobs can have are refused") {
  const auto mistakes = [](auto change) {
    TraceTotals totals = small_totals();
    change(totals);
    Diagnostics diagnostics;
    check_totals(totals, {}, diagnostics);
    return diagnostics.all().size();
  };
  CHECK(mistakes([](TraceTotals&) {}) == 0);
  CHECK(mistakes([](TraceTotals& t) { t.median_run = Seconds(1e7); }) == 1);
  CHECK(mistakes([](TraceTotals& t) { t.mean_gpus = 65; }) == 1);
  CHECK(mistakes([](TraceTotals& t) { t.completed = {0.5, 0}; }) == 1);
  CHECK(mistakes([](TraceTotals& t) { t.tenants = 41; }) == 1);
  CHECK(mistakes([](TraceTotals& t) { t.completed = {1, 0.5}, t.failed = {0, 0.5}; }) == 1);
}

TEST_CASE("generator: law, a seed gives the same jobs and another one others") {
  const TraceTotals totals = small_totals();
  const JobTable a = generated_jobs(totals, {.seed = 7}), b = generated_jobs(totals, {.seed = 7});
  CHECK(a.submit == b.submit);
  CHECK(a.run == b.run);
  CHECK(a.limit == b.limit);
  CHECK(a.user == b.user);
  const JobTable c = generated_jobs(totals, {.seed = 7, .replicate = 1});
  CHECK(a.submit != c.submit);
  CHECK(a.run != c.run);
}

TEST_CASE("generator: law, jobs are sorted, sound, and fewer of them span less time") {
  const TraceTotals totals = small_totals();
  for (const long long jobs : {1LL, 2LL, 10'000LL}) {
    CAPTURE(jobs);
    const JobTable t = generated_jobs(totals, {.jobs = jobs});
    CHECK(static_cast<long long>(t.size()) == jobs);
    CHECK(t.submit.front() == 0);
    CHECK(std::is_sorted(t.submit.begin(), t.submit.end()));
    for (std::size_t i = 0; i < t.size(); ++i) {
      CHECK(t.run[i] >= 1);
      CHECK(t.gpus[i] >= 1);
      CHECK(t.limit[i] >= t.run[i]);
      CHECK(t.user[i] < t.users.size());
      CHECK(t.pool[i] < t.pools.size());
    }
  }
  const JobTable half = generated_jobs(totals, {.jobs = 10'000});
  CHECK(static_cast<double>(half.submit.back()) / kDay == doctest::Approx(14).epsilon(0.05));
}

TEST_CASE("generator: arrivals follow the day and the week (oracle: the cycle's integral)") {
  TraceTotals totals = small_totals();
  totals.jobs = 200'000;
  const JobTable t = generated_jobs(totals);
  double weekend = 0;
  std::array<double, 24> by_hour{};
  for (const Millis time : t.submit) {
    weekend += time / kDay % 7 >= 5 ? 1 : 0;
    by_hour.at(static_cast<std::size_t>(time / kHour % 24)) += 1;
  }
  // Two days of 0.7 against five of 1; four standard deviations of a share of 200,000 are 0.0037.
  CHECK(weekend / 200'000 == doctest::Approx(1.4 / 6.4).epsilon(0.02));
  // From 14 to 15 h the swing is near its height, from 2 to 3 h near its bottom: 1.5 against 0.5.
  CHECK(by_hour[14] / by_hour[2] == doctest::Approx(3).epsilon(0.1));
}

TEST_CASE("generator: tenants and users by Zipf's law (hand-computed)") {
  const TraceTotals totals = small_totals();
  const JobTable t = generated_jobs(totals, {.jobs = 200'000});
  std::vector<double> tenants(4), users(40);
  for (std::size_t i = 0; i < t.size(); ++i) {
    tenants[static_cast<std::size_t>(t.pool[i])] += 1.0 / 200'000;
    users[static_cast<std::size_t>(t.user[i])] += 1.0 / 200'000;
  }
  // 1, 1/2, 1/3, 1/4 of 25/12.
  CHECK(tenants[0] == doctest::Approx(12.0 / 25).epsilon(0.01));
  CHECK(tenants[3] == doctest::Approx(3.0 / 25).epsilon(0.03));
  // The largest of the ten users of a tenant: 1 over the tenth harmonic number, 2.92897.
  CHECK(users[0] == doctest::Approx(12.0 / 25 / 2.92897).epsilon(0.02));
}

}  // namespace orrery
