#include "import/described_jobs.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "cluster/effects/speed_table.hpp"
#include "cluster/replay.hpp"
#include "hardware/hardware_fields.hpp"
#include "import/cluster_scenario.hpp"
#include "network/network_model.hpp"
#include "scenario/toml_reader.hpp"
#include "step/step.hpp"

namespace orrery {
namespace {

struct Read {
  ClusterScenario scenario;
  std::vector<DescribedJobs> kinds;
  ClusterSpec spec;
  std::vector<std::string> mistakes;  ///< "line: message".
};

Read read(const std::string& text, JobTable jobs = {}, std::uint64_t seed = 0) {
  Diagnostics diagnostics;
  Read result;
  const Value root = read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
  result.scenario = read_cluster_scenario(root, diagnostics);
  if (!diagnostics.has_errors()) result.kinds = described_jobs(result.scenario, seed, 1, diagnostics);
  if (!diagnostics.has_errors())
    result.spec = cluster_spec(result.scenario, std::move(jobs), std::nullopt, diagnostics, result.kinds, seed);
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.severity == Severity::Error) result.mistakes.push_back(std::to_string(d.span.line) + ": " + d.message);
  }
  return result;
}

const std::string kMachine = R"(
[machine]
levels = [{ name = "rack", nodes = 2 }]
nodes = [{ count = 8, gpus = 8, gpu_type = "h100-sxm" }]
)";

bool says(const Read& result, const std::string& words) {
  return std::any_of(result.mistakes.begin(), result.mistakes.end(),
                     [&](const std::string& mistake) { return mistake.find(words) != std::string::npos; });
}

}  // namespace

TEST_CASE("hand-computed: jobs described by a run time, beside those of a trace") {
  JobTable traced;
  traced.submit = {0, 90 * kMinute};
  traced.run = {kHour, kHour};
  traced.gpus = {4, 8};
  traced.tenant = {traced.tenants.add("a"), -1};
  traced.after = {kNoJob, 0};
  const Read result = read(kMachine + R"(
[[workload.described]]
name = "try"
run = "30 min"
gpus = 2
tenant = "b"
submit = "1 h"
count = 3
every = "1 h"
limit_factor = 2
priority = 3
)",
                           traced);
  REQUIRE(result.mistakes.empty());
  const JobTable& jobs = *result.spec.jobs;
  CHECK(jobs.submit == std::vector<Millis>{0, kHour, 90 * kMinute, 2 * kHour, 3 * kHour});
  CHECK(jobs.run == std::vector<Millis>{kHour, 30 * kMinute, kHour, 30 * kMinute, 30 * kMinute});
  CHECK(jobs.gpus == std::vector<std::int32_t>{4, 2, 8, 2, 2});
  CHECK(jobs.tenant == std::vector<std::int32_t>{0, 1, -1, 1, 1});
  CHECK(jobs.priority == std::vector<std::int32_t>{0, 3, 0, 3, 3});
  CHECK(jobs.after == std::vector<JobId>{kNoJob, kNoJob, 0, kNoJob, kNoJob});
  // Where the trace has none, limits are filled in afterwards.
  CHECK(jobs.limit == std::vector<Millis>{kHour, kHour, kHour, kHour, kHour});
  CHECK(result.spec.rates == nullptr);
}

TEST_CASE("hand-computed: a number of jobs a day at random times") {
  const std::string text = kMachine + R"(
[workload]
described = [{ name = "try", run = "30 min", gpus = 2, submit = "2 days", per_day = 100, days = 40 }]
)";
  const Read result = read(text);
  REQUIRE(result.mistakes.empty());
  const JobTable& jobs = *result.spec.jobs;
  CHECK(std::abs(static_cast<double>(jobs.size()) - 4000) < 4 * std::sqrt(4000.0));
  CHECK(jobs.submit.front() >= 2 * kDay);
  CHECK(jobs.submit.back() < 42 * kDay);
  CHECK(read(text).spec.jobs->submit == jobs.submit);
  CHECK(read(text, {}, 1).spec.jobs->submit != jobs.submit);
}

TEST_CASE("oracle: a described job runs for its steps at the step level's time") {
  const Read result = read(kMachine + R"(
[[workload.described]]
name = "tune"
model = "llama-3.1-8b"
tokens = 64e6
gpus = 8
gpu_type = "h100-sxm"
training = { global_batch = 64, sequence = 4096 }
layout = { tp = 2, zero = 1 }
)");
  REQUIRE(result.mistakes.empty());
  REQUIRE(result.kinds.size() == 1);
  const StepSpec& step = *result.kinds.front().step;
  CHECK(step.layout.tp == 2);
  CHECK(step.layout.dp == 4);
  Diagnostics none;
  CHECK(step.cluster == load_cluster("h100-sxm:8", none));
  const auto simulated = simulate_step(step, *network_model(step.cluster));
  REQUIRE(simulated);
  const double steps = 64e6 / (64 * 4096);
  CHECK(result.kinds.front().steps == doctest::Approx(steps));
  const double run = static_cast<double>(result.spec.jobs->run.front()) / kSecond;
  CHECK(run == doctest::Approx(steps * simulated->step_time.raw()).epsilon(1e-5));
}

TEST_CASE("law: a described job is as fast as its reference where it is packed, and never faster elsewhere") {
  const Read result = read(kMachine + R"(
[[workload.described]]
name = "tune"
model = "llama-3.1-8b"
steps = 100
gpus = 16
training = { global_batch = 128, sequence = 4096 }
)");
  REQUIRE(result.mistakes.empty());
  REQUIRE(result.spec.rates != nullptr);
  const JobTable& jobs = *result.spec.jobs;
  const SpeedTable speeds(result.spec.machine, jobs, *result.spec.rates);
  const std::vector<Slice> packed = {{.node = 2, .gpus = 8}, {.node = 3, .gpus = 8}};
  const std::vector<Slice> apart = {{.node = 1, .gpus = 8}, {.node = 2, .gpus = 8}};
  CHECK(speeds.speed(jobs, 0, packed) == 1);
  CHECK(speeds.speed(jobs, 0, apart) > 0.1);
  CHECK(speeds.speed(jobs, 0, apart) <= 1);
  // Alone on the machine it ends when its steps are done.
  const double rate = result.spec.rates->rate(0, 0, kNodeLevel + 1, 16);
  ClusterReplay replay(result.spec, {});
  CHECK(static_cast<double>(replay.run().end[0]) / kSecond == doctest::Approx(100 / rate).epsilon(1e-5));
}

TEST_CASE("mistakes in described jobs are told where they stand") {
  const auto mistakes = [](const std::string& job) { return read(kMachine + "[[workload.described]]\n" + job); };
  CHECK(says(mistakes("name = \"a\"\ngpus = 8"), "5: `a` says nowhere how long it runs"));
  CHECK(says(mistakes("name = \"a\"\ngpus = 8\nrun = \"1 h\"\nsteps = 4"), "`a` says more than once how long"));
  CHECK(says(mistakes("name = \"a\"\ngpus = 8\ntokens = 1e9"), "8: `a` names no model whose steps these are"));
  CHECK(says(mistakes("name = \"a\"\ngpus = 8\nrun = \"1 h\"\nper_day = 3"), "9: `a` needs both"));
  CHECK(says(mistakes("name = \"a\"\ngpus = 8\nrun = \"1 h\"\nper_day = 3\ndays = 2\ncount = 2"), "9: `a` comes both"));
  CHECK(says(mistakes("name = \"a\"\ngpus = 8\nrun = \"1 h\"\nper_day = 1e6\ndays = 1e5"), "jobs are described"));
  CHECK(says(
      mistakes("name = \"a\"\nrun = \"1 h\"\ngpus = 8\n[[workload.described]]\nname = \"a\"\nrun = \"1 h\"\ngpus = 8"),
      "10: two kinds of job are called `a`"));
  CHECK(says(mistakes("name = \"a\"\nmodel = \"llama-3.1-8c\"\nsteps = 1\ngpus = 8"), "7: no preset `llama-3.1-8c`"));
  CHECK(says(mistakes("name = \"a\"\nmodel = \"llama-3.1-405b\"\nsteps = 1\ngpus = 8"),
             "9: `a` runs on 8 GPUs in no layout"));
  CHECK(says(mistakes("name = \"a\"\nmodel = \"llama-3.1-8b\"\nsteps = 1\ngpus = 8\nlayout = { tp = 3 }"),
             "10: the layout of `a` cannot run"));
  CHECK(says(mistakes("run = \"1 h\"\ngpus = 8"), "name"));
}

TEST_CASE("mistakes in failures are told where they stand; a preset alone is a table of it") {
  const std::string jobs = "[workload]\ndescribed = [{ name = \"a\", run = \"1 h\", gpus = 8 }]\n";
  const Read preset = read(kMachine + jobs + "[scheduling]\nfailures = \"llama-3\"");
  REQUIRE(preset.mistakes.empty());
  REQUIRE(preset.spec.failures != nullptr);
  CHECK(preset.spec.failures->cost.checkpoint_interval == kHour);
  CHECK(preset.spec.failures->faults.name == "llama-3");
  CHECK(preset.spec.failures->left_out.size() == 2);  // Software of the job and its dependencies.
  CHECK(read(kMachine + jobs).spec.failures == nullptr);
  CHECK(says(read(kMachine + jobs + "[scheduling]\nfailures = \"llama-4\""), "8: no preset `llama-4` in faults"));
  CHECK(says(read(kMachine + jobs + "[scheduling]\nfailures = 3"), "8:"));
  CHECK(
      says(read(kMachine + jobs +
                "[scheduling.failures]\nfaults = { classes = [{ name = \"x\", unit = \"pod\", rate = \"1 /year\" }] }"),
           "faults strike units `pod`"));
}

}  // namespace orrery
