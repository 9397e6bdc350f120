// Documents of the run level. Expected: laws (what the ledger adds up to), hand-computed sentences.
#include "report/run_document.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "base/thread_pool.hpp"
#include "report/render.hpp"
#include "report/run_charts.hpp"
#include "report/run_decision_document.hpp"
#include "report/run_never.hpp"
#include "run/run.hpp"

using namespace orrery;

namespace {

/// 2,048 GPUs for ten days, a fault of a GPU in 6 years on average.
RunSpec sample_spec() {
  RunSpec spec;
  spec.job.name = "sample";
  spec.job.gpus = 2048;
  spec.job.step_time = Seconds(10);
  spec.job.steps = 86'400;
  spec.job.mfu = 0.4;
  FaultClass gpu;
  gpu.name = "gpu";
  gpu.unit = "gpu";
  gpu.rate = Hertz(1 / (6 * 365.25 * 86'400));
  gpu.detection = Law::fixed(120);
  gpu.repair = Law::exponential(3 * 86'400);
  FaultClass software;
  software.name = "software";
  software.unit = "job";
  software.rate = Hertz(1 / (5 * 86'400.0));
  software.evict = 0;
  spec.faults.classes = {software, gpu};
  CheckpointLevel level;
  level.blocking = Seconds(20);
  level.load = Seconds(60);
  spec.checkpoints = {level};
  spec.restart.initialise = Law::uniform(120, 600);
  spec.policy.spares = 6;
  spec.policy.provision = Law::fixed(60);
  spec.prices.gpu = DollarsPerSecond(2 / 3600.0);
  spec.prices.power = Watts(1000);
  spec.deadline = Seconds(10.3 * 86'400);
  return spec;
}

RunResult simulated(const RunSpec& spec, int replications = 40) {
  ThreadPool pool(1);
  RunOptions options;
  options.replications = replications;
  return simulate_run(spec, options, pool);
}

bool contains(const std::vector<std::string>& lines, const std::string& text) {
  for (const std::string& line : lines) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("run: the ledger adds up to the wall time times the GPUs held, and the answer comes first") {
  const RunSpec spec = sample_spec();
  const RunResult result = simulated(spec);
  const Document document = run_document(spec, result, {{}, "", false, 40});
  const auto json = nlohmann::json::parse(render_json(document));
  const double held = result.wall.mean * static_cast<double>(2048 + 6 * 8) / 3600;
  CHECK(document.breakdowns[1].total.value == doctest::Approx(held).epsilon(1e-9));
  double shares = 0;
  for (const auto& [name, part] : document.breakdowns[0].parts) shares += part.value;
  CHECK(shares == doctest::Approx(1).epsilon(1e-12));
  CHECK(document.answer.front().starts_with("done in "));
  CHECK(contains(document.answer, "chance of meeting the deadline of 10.3 days: "));
  CHECK(json["finishes"] == true);
  CHECK(json["deadline_met"].get<double>() == doctest::Approx(result.deadline_met));
  // Causes by what they cost: GPUs fail twice a day here, the software each fifth day.
  CHECK(json["causes"][0]["cause"] == "gpu");
  CHECK(document.warnings.empty());
  CHECK(document.charts.size() == 3);
  CHECK(render_svg(document).find("deadline") != std::string::npos);
}

TEST_CASE("run: fewer replications than were asked for are said") {
  const RunSpec spec = sample_spec();
  const RunResult result = simulated(spec, 5);
  CHECK(contains(run_document(spec, result, {{}, "", true, 200}).warnings, "rests on 5 of 200 replications"));
  RunResult none;
  none.closed = result.closed;
  const Document document = run_document(spec, none, {{}, "", true, 200});
  CHECK(contains(document.answer, "interrupted before a replication was done"));
  CHECK_FALSE(render_json(document).empty());
}

TEST_CASE("run: that a run never ends is an answer with a reason and a remedy") {
  RunSpec spec = sample_spec();
  spec.faults.classes[0].rate = Hertz(1 / 60.0);
  const RunResult result = simulated(spec, 8);
  REQUIRE(result.finished == 0);
  const Document document = run_document(spec, result, {{}, "", false, 8});
  CHECK_FALSE(finishes(result));
  CHECK(document.answer.front().starts_with("never finishes, because "));
  CHECK(document.answer[1].starts_with("what would help: "));
  CHECK(document.warnings.empty());
  CHECK_FALSE(render_terminal(document, {}).empty());
}

TEST_CASE("run: every reason has a key, a sentence and a remedy") {
  const RunSpec spec = sample_spec();
  RunResult result;
  result.closed.mean_time_between_stops = Seconds(60);
  for (const NeverReason reason : {NeverReason::NoProgress, NeverReason::CheckpointsLag, NeverReason::NoNodes,
                                   NeverReason::TooSlow, NeverReason::TooManyEvents}) {
    result.reason = reason;
    CHECK(std::string(never_key(reason)) != "");
    CHECK_FALSE(never_because(spec, result).empty());
    CHECK_FALSE(what_helps(result).empty());
  }
  // What most of the time went to is the reason why a run is slow.
  result.reason = NeverReason::TooSlow;
  result.replications.resize(1);
  result.replications[0].ledger[GpuUse::WaitForNode] = 3;
  result.replications[0].ledger[GpuUse::Rework] = 1;
  CHECK(never_because(spec, result).starts_with("it waits for nodes"));
  result.replications[0].ledger[GpuUse::Rework] = 5;
  CHECK(never_because(spec, result).find("lost again") != std::string::npos);
  CHECK(what_helps(result).starts_with("checkpoints"));
  // Hand-computed: 20 s of blocking and 100 s of lag.
  RunSpec lagging = spec;
  lagging.checkpoints[0].lag = Seconds(100);
  result.reason = NeverReason::CheckpointsLag;
  CHECK(never_because(lagging, result).find("2.00 min") != std::string::npos);
}

TEST_CASE("run: the Poisson law beside the nodes that are away") {
  // Hand-computed: half of the time one node or two, 0.75 on average.
  const Chart chart = nodes_down_chart({0.5, 0.25, 0.25}, "simulated", 0);
  CHECK(chart.series[0].points[0].y == doctest::Approx(0.5));
  CHECK(chart.series[1].points[0].y == doctest::Approx(1 - std::exp(-0.75)));
}

TEST_CASE("run: studies add their best to the answer, and what never ends has no place in a picture") {
  const RunSpec spec = sample_spec();
  Document document;
  document.command = "run";
  IntervalStudy intervals;
  intervals.optimal = Seconds(1000);
  for (const double value : {100.0, 1000.0, 10'000.0}) {
    DecisionPoint point;
    point.value = value;
    point.finishes = value < 10'000;
    point.goodput.mean = value == 1000 ? 0.95 : 0.8;
    point.goodput.error = 0.002;
    point.closed_goodput = point.goodput.mean;
    intervals.points.push_back(point);
  }
  intervals.best = 1;
  add_interval_study(spec, intervals, document);
  CHECK(contains(document.answer, "goodput 95.0 %"));
  CHECK(document.charts[0].series[1].points.size() == 2);

  SparesStudy spares;
  for (const double value : {0.0, 4.0, 8.0}) {
    DecisionPoint point;
    point.value = value;
    point.wall.mean = value == 0 ? 1.2e6 : 1e6;
    point.held_gpu_seconds = point.wall.mean * (2048 + 8 * value);
    spares.points.push_back(point);
  }
  spares.best = 1;
  add_spares_study(spec, spares, document);
  // Hand-computed: 2048 + 64 over 2048 + 32 GPUs.
  CHECK(document.charts[1].series[0].points[2].y == doctest::Approx(2112.0 / 2080.0 - 1).epsilon(1e-12));

  std::vector<PolicyOutcome> outcomes(2);
  outcomes[0].policy.recovery = Recovery::Restart;
  outcomes[0].result = simulated(spec, 6);
  outcomes[1].policy.recovery = Recovery::HotSpare;
  outcomes[1].result.reason = NeverReason::NoNodes;
  add_policies(spec, outcomes, document);
  CHECK(contains(document.answer, "best policy by GPU-time held: restart from the queue"));
  CHECK(contains(document.notes, "hot spares never finishes"));

  add_tornado({{"rate of gpu", -0.02, std::numeric_limits<double>::infinity(), 0, 0}, {"load", -0.001, 0.002, 0, 0}},
              document);
  CHECK(document.charts.back().categories.size() == 2);
  check_document(document);
  CHECK_FALSE(render_svg(document).empty());
  CHECK_FALSE(render_csv(document).empty());
}
