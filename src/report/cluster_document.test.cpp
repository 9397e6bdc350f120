// Documents of the cluster level. Expected: hand-computed sentences and cells, laws (what adds up to what).
#include "report/cluster_document.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "cluster/metrics/measured_replay.hpp"
#include "cluster/metrics/policy_figures.hpp"
#include "cluster/test_workloads.hpp"
#include "report/cluster_charts.hpp"
#include "report/cluster_study_document.hpp"
#include "report/render.hpp"

using namespace orrery;

namespace {

/// Random jobs of three tenants on four nodes.
ClusterSpec sample_spec() {
  JobTable jobs = test::random_jobs(3, 2000, 32, 0.9);
  for (const char* const tenant : {"a", "b", "c"}) jobs.tenants.add(tenant);
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs.tenant.push_back(static_cast<std::int32_t>(i % 3));
  ClusterSpec spec;
  spec.jobs = std::make_shared<JobTable>(std::move(jobs));
  spec.machine = test::plain_machine(4);
  return spec;
}

ClusterAnswer answer_of(const std::string& policy, const MeasuredReplay& replay) {
  return {policy, "32 GPUs on 4 nodes", replay.outcome, replay.usage, replay.fairness, {"nothing"}, {}};
}

bool contains(const std::vector<std::string>& lines, const std::string& text) {
  for (const std::string& line : lines) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("cluster document: the answer first, and the GPU-time adds up to that of the machine") {
  const ClusterSpec spec = sample_spec();
  const MeasuredReplay replay = measure_replay(spec, {});
  const Document document = cluster_document(answer_of("fifo", replay));
  CHECK(document.answer[0].starts_with("90 % of 2,000 jobs start within "));
  CHECK(document.answer[0].ends_with("fifo on 32 GPUs on 4 nodes"));
  CHECK(document.answer[1].starts_with("utilisation "));
  // Law: all parts together are the machine for the whole time.
  CHECK(document.breakdowns[1].total.value == doctest::Approx(32 * replay.usage.hours()).epsilon(1e-9));
  const auto json = nlohmann::json::parse(render_json(document));
  CHECK(json["jobs"] == 2000);
  CHECK(json["tenants"].size() == 3);
  CHECK(json["wait_p90_seconds"].get<double>() == doctest::Approx(replay.outcome.all.wait.p90));
  CHECK(json["tenants"][0]["wait_p90_is_bound"] == false);
  double received = 0;
  for (const auto& tenant : json["entitlements"]) received += tenant["received_gpu_hours"].get<double>();
  CHECK(received == doctest::Approx(replay.usage.allocated_hours).epsilon(1e-9));
  CHECK(document.charts.size() == 6);
  CHECK_FALSE(render_svg(document).empty());
  CHECK_FALSE(render_terminal(document, {}).empty());
}

TEST_CASE("cluster document: what had not happened at the horizon is marked") {
  ClusterSpec spec = sample_spec();
  spec.horizon = spec.jobs->submit[500];
  const MeasuredReplay replay = measure_replay(spec, {});
  const Document document = cluster_document(answer_of("fifo", replay));
  CHECK(contains(document.answer, "no less than"));
  CHECK(contains(document.notes, "counts as a lower bound"));
  const auto json = nlohmann::json::parse(render_json(document));
  CHECK(json["distributions"][0]["p99_is_bound"] == true);
  CHECK(render_terminal(document, {}).find("> ") != std::string::npos);
}

TEST_CASE("cluster document: no job that counts is no crash") {
  ClusterSpec spec = sample_spec();
  OutcomeOptions options;
  options.from = kNever - 1;
  const MeasuredReplay replay = measure_replay(spec, {}, options);
  const Document document = cluster_document(answer_of("fifo", replay));
  CHECK(document.answer[0] == "no job to count: fifo on 32 GPUs on 4 nodes");
  CHECK_FALSE(render_json(document).empty());
}

TEST_CASE("cluster document: policies side by side, differences paired by block") {
  const ClusterSpec spec = sample_spec();
  std::vector<ClusterAnswer> answers;
  std::vector<PolicyBlocks> blocks;
  for (const PolicyKind kind : {PolicyKind::Fifo, PolicyKind::ShortestFirst}) {
    ClusterPolicy policy;
    policy.kind = kind;
    const MeasuredReplay replay = measure_replay(spec, policy);
    const std::string name = kind == PolicyKind::Fifo ? "fifo" : "sjf";
    blocks.push_back(figures_by_block(name, *spec.jobs, replay.rows, replay.schedule, {}, replay.usage, 6 * kHour));
    answers.push_back(answer_of(name, replay));
  }
  PolicyComparison comparison;
  comparison.figures = compare_policies(blocks);
  comparison.block = "shift";
  comparison.blocks = blocks[0].figures[0].size();
  REQUIRE(comparison.blocks > 2);
  const Document document = policies_document(answers, comparison);
  CHECK(document.answer[0].starts_with("of 2 policies sjf has the shortest 90 % wait"));
  const auto json = nlohmann::json::parse(render_json(document));
  CHECK(json["policies"][1]["policy"] == "sjf");
  CHECK(json["policies"][0]["wait_mean_seconds"].get<double>() == doctest::Approx(answers[0].outcome.all.wait.mean));
  CHECK(json["policies"][0]["wait_mean_shift_mean_seconds"].get<double>() ==
        doctest::Approx(comparison.figures[0][0].value.mean));
  CHECK(json["differences"][0]["figure"] == "wait_mean");
  CHECK(document.charts[0].series.size() == 2);
  CHECK_FALSE(render_svg(document).empty());
}

TEST_CASE("cluster charts: hand-computed, tenants beyond five are summed") {
  UsageSummary usage;
  usage.end = 2 * kHour;
  usage.width = kHour;
  usage.gpus = 100;
  for (int t = 0; t < 8; ++t) {
    usage.tenants.push_back(std::to_string(t));
    usage.tenant_gpus.push_back({static_cast<double>(t), 1});
    usage.tenant_gpu_hours.push_back(t + 1);
  }
  usage.allocated = {28, 8};
  const Chart chart = gpus_over_time_chart(usage);
  REQUIRE(chart.series.size() == 6);
  CHECK(chart.series[0].name == "7");
  CHECK(chart.series[5].name == "3 others");
  // Tenants 0, 1 and 2 in the first hour, whose middle is at 1,800 s.
  CHECK(chart.series[5].points[0].y == 3);
  CHECK(chart.series[5].points[0].x == 1800);
}

TEST_CASE("cluster charts: hand-computed, jobs on GPUs") {
  // 2 nodes of 2 GPUs: jobs of 2 GPUs and 1 GPU at once, then another of 1.
  const JobTable jobs = test::small_jobs({{0, 100, 2}, {0, 50, 1}, {10, 20, 1}});
  ClusterSpec spec;
  spec.jobs = std::make_shared<JobTable>(jobs);
  spec.machine = test::plain_machine(2, 2);
  Gantt gantt(spec.machine);
  measure_replay(spec, {}, {}, {}, &gantt);
  REQUIRE(gantt.bars().size() == 4);
  CHECK(gantt.bars()[0].gpu == 0);
  CHECK(gantt.bars()[1].gpu == 1);
  CHECK(gantt.bars()[1].end == 100 * kSecond);
  CHECK(gantt.bars()[2].gpu == 2);
  CHECK(gantt.bars()[3].gpu == 3);
  CHECK(gantt.bars()[3].start == 10 * kSecond);
  CHECK(gantt.bars()[3].end == 30 * kSecond);
  const Chart chart = gantt_chart(gantt, jobs, 100 * kSecond);
  REQUIRE(chart.series.size() == 1);
  CHECK(chart.series[0].points.size() == 12);
  Document document;
  document.charts = {chart};
  CHECK_FALSE(render_svg(document).empty());
  // A machine that is too large has no picture.
  Gantt large(test::plain_machine(1000));
  large.started(0, 0, {});
  CHECK(large.bars().empty());
}

TEST_CASE("cluster size: the smallest machine that keeps the target, and none") {
  SizeStudy study;
  study.target = parse_target("p90 wait < 4 h");
  study.policy = "easy";
  study.gpus_now = 64;
  for (int i = 0; i < 4; ++i) {
    SizePoint point;
    point.gpus = 64 * (i + 1);
    point.nodes = 8 * (i + 1);
    point.value = {3600.0 * (8 >> i), 3600.0 * (7 >> i), 3600.0 * (9 >> i)};
    point.load = 1.2 / (i + 1);
    point.met = i >= 2;
    study.points.push_back(point);
  }
  study.points[0].at_least = true;
  study.answer = 2;
  const Document document = cluster_size_document(study);
  CHECK(document.answer[0] == "192 GPUs on 24 nodes keep p90 wait < 4 h under easy: p90 wait 2.00 h");
  CHECK(contains(document.answer, "128 GPUs are too few: p90 wait 4.00 h"));
  CHECK(contains(document.answer, "that is +200.0 % of the 64 GPUs of today"));
  const auto json = nlohmann::json::parse(render_json(document));
  CHECK(json["gpus"] == 192);
  CHECK(json["points"][0]["value_is_bound"] == true);
  CHECK(json["points"][0]["value_seconds"] == 8 * 3600);
  CHECK(document.charts.size() == 2);
  // By load, ascending: the largest machine comes first.
  CHECK(document.charts[1].series[0].points[0].y == doctest::Approx(1));
  study.answer = -1;
  CHECK(cluster_size_document(study).answer[0].starts_with("none of the machines tried keeps p90 wait < 4 h"));
  study.points.clear();
  CHECK_FALSE(render_json(cluster_size_document(study)).empty());
}

TEST_CASE("cluster when: hand-computed interval of starts, some of which never came") {
  StartForecast forecast;
  forecast.job = "64 GPUs for 12 h";
  forecast.policy = "easy";
  forecast.horizon = 86'400;
  for (int i = 1; i <= 10; ++i) forecast.waits.push_back(3600.0 * i);
  forecast.waits.back() = std::numeric_limits<double>::infinity();
  forecast.unhindered = 1800;
  forecast.waits_for = {{"its quota", 0.25}, {"64 GPUs to come free", 0.75}};
  forecast.jobs_ahead = 3;
  forecast.gpu_hours_ahead = 500;
  Document document = cluster_when_document(forecast);
  CHECK(document.answer[0] == "starts in 5.00 h (80 %: 60.0 min to 9.00 h): 64 GPUs for 12 h, under easy");
  CHECK(document.answer[1] == "3 jobs of 500 GPU-hours wait before it");
  CHECK(contains(document.notes, "it starts within 24.0 h in 90 % of the replays"));
  auto json = nlohmann::json::parse(render_json(document));
  CHECK(json["wait_p50_seconds"] == 5 * 3600);
  CHECK(document.charts[0].series[0].points.size() == 10);
  // Most of the replays never start it.
  for (std::size_t i = 2; i < 10; ++i) forecast.waits[i] = std::numeric_limits<double>::infinity();
  document = cluster_when_document(forecast);
  CHECK(document.answer[0].starts_with("starts later than in 24.0 h (80 %: 60.0 min to more than 24.0 h)"));
  json = nlohmann::json::parse(render_json(document));
  CHECK(json["wait_p50"].is_null());
  forecast.waits.assign(5, 0);
  CHECK(cluster_when_document(forecast).answer[0] == "starts at once: 64 GPUs for 12 h, under easy");
}
