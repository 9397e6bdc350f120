#include "import/job_trace/job_trace.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "import/job_trace/canonical_trace.hpp"
#include "import/job_trace/trace_readers.hpp"

namespace orrery {
namespace {

struct Read {
  JobTable jobs;
  TraceReport report;
  std::string messages;

  long long count(TraceIssue issue) const { return report.count(issue).rows; }
};

Read read(const std::string& text, TraceFormat format = TraceFormat::Auto, JobTraceOptions options = {}) {
  std::istringstream in(text);
  Diagnostics diagnostics;
  JobTrace trace = read_job_trace(in, "trace", format, options, diagnostics);
  return {std::move(trace.jobs), std::move(trace.report), render_text(diagnostics.all(), false)};
}

/// A column's name of a row.
std::string name(const std::vector<std::int32_t>& column, const Names& names, std::size_t row) {
  return column.empty() || column[row] < 0 ? "" : names.at(column[row]);
}

bool contains(const std::string& text, const std::string& part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("job traces: canonical CSV (hand-computed)") {
  const Read r = read(
      "id,submit_s,run_s,gpus,limit_s,tenant,user,pool,gpu_type,min_gpus,gpu_milli,preemptible,deadline_s,after,start_"
      "s,state\n"
      "b,5,20.25,1,,ai,eve,p,,,500,1,,a,,failed\n"
      "a,2.5,10,8,3600,ai,bob,p,H100,4,,0,60,,3,completed\n");
  REQUIRE(r.messages == "");
  REQUIRE(r.jobs.size() == 2);
  CHECK(r.report.format == TraceFormat::Csv);
  CHECK(r.jobs.submit == std::vector<Millis>{2500, 5000});  // sorted, but not moved
  CHECK(r.jobs.run == std::vector<Millis>{10'000, 20'250});
  CHECK(r.jobs.gpus == std::vector<std::int32_t>{8, 1});
  CHECK(r.jobs.limit == std::vector<Millis>{3'600'000, kNever});
  CHECK(name(r.jobs.tenant, r.jobs.tenants, 0) == "ai");
  CHECK(name(r.jobs.user, r.jobs.users, 0) == "bob");
  CHECK(name(r.jobs.gpu_type, r.jobs.gpu_types, 0) == "H100");
  CHECK(r.jobs.gpu_type[1] == -1);
  CHECK(r.jobs.min_gpus == std::vector<std::int32_t>{4, 1});
  CHECK(r.jobs.gpu_milli == std::vector<std::int32_t>{1000, 500});
  CHECK(r.jobs.preemptible == std::vector<std::uint8_t>{0, 1});
  CHECK(r.jobs.deadline == std::vector<Millis>{60'000, kNever});
  CHECK(r.jobs.after == std::vector<JobId>{kNoJob, 0});
  CHECK(r.jobs.recorded_start == std::vector<Millis>{3000, -1});
  CHECK(r.jobs.state == std::vector<JobState>{JobState::Completed, JobState::Failed});
  CHECK(r.count(TraceIssue::OutOfOrder) == 1);
  CHECK(r.count(TraceIssue::NoLimit) == 1);
}

TEST_CASE("job traces: dates become milliseconds, the first submission 0 (hand-computed)") {
  // 12:00 in +09:00 is 03:00 UTC; a date without a zone counts as the same clock.
  const Read r = read("submit,run_s,gpus\n2024-02-29T12:00:00+09:00,5,1\n2024-02-29 03:00:01.5,7,2\n");
  REQUIRE(r.messages == "");
  CHECK(r.jobs.submit == std::vector<Millis>{0, 1500});
  CHECK(r.report.zero == "2024-02-29 03:00:00 UTC");
  // 2024-02-29 is day 19,782 since 1970: 54 years of 365 days, 13 leap days before, 59 days into the year.
  CHECK(r.report.zero_epoch == 19'782 * kDay + 3 * kHour);
}

TEST_CASE("job traces: each bad row has its reason and its line (hand-computed)") {
  const Read r = read(
      "submit_s,run_s,gpus,limit_s,after\n"
      "-1,5,1,,\n"           // 2
      "1,-5,1,,\n"           // 3
      "2,5,-1,,\n"           // 4
      "3,0,1,10,9\n"         // 5: kept, as 1 ms; there is no job 9
      "4,,1,,\n"             // 6
      "5,5,x,,\n"            // 7
      "6,5,1,abc,\n"         // 8: kept, without its limit
      ",5,1,,\n"             // 9
      "7,5\n"                // 10
      "8,5,99999999999,,\n"  // 11
      "2,5,1,,\n");          // 12: kept, out of order
  REQUIRE(r.messages == "");
  CHECK(r.report.rows == 11);
  CHECK(r.report.jobs == 3);
  CHECK(r.report.dropped() == 8);
  const auto only = [&](TraceIssue issue, std::size_t line) {
    CAPTURE(issue_text(issue));
    CHECK(r.report.count(issue).lines == std::vector<std::size_t>{line});
  };
  only(TraceIssue::NegativeSubmit, 2);
  only(TraceIssue::NegativeRun, 3);
  only(TraceIssue::NegativeGpus, 4);
  only(TraceIssue::ZeroRun, 5);
  only(TraceIssue::UnknownDependency, 5);
  only(TraceIssue::NoRun, 6);
  only(TraceIssue::BadGpus, 7);
  only(TraceIssue::BadOptional, 8);
  only(TraceIssue::BadSubmit, 9);
  only(TraceIssue::WrongLength, 10);
  only(TraceIssue::OutOfReach, 11);
  only(TraceIssue::OutOfOrder, 12);
  CHECK(r.jobs.run[1] == 1);
}

TEST_CASE("job traces: duplicate ids are dropped, duplicate rows without ids are counted (hand-computed)") {
  const Read ids = read("id,submit_s,run_s,gpus\nx,0,1,1\ny,0,1,1\nx,5,1,1\n");
  CHECK(ids.report.jobs == 2);
  CHECK(ids.report.count(TraceIssue::DuplicateId).lines == std::vector<std::size_t>{4});
  const std::string rows = "submit_s,run_s,gpus\n0,1,1\n0,2,1\n0,1,1\n0,1,1\n";
  CHECK(read(rows).count(TraceIssue::ExactDuplicate) == 2);
  CHECK(read(rows).report.jobs == 4);
  JobTraceOptions options;
  options.keep_duplicates = false;
  CHECK(read(rows, TraceFormat::Csv, options).report.jobs == 2);
}

TEST_CASE("job traces: dependencies by id, without circles (hand-computed)") {
  const Read r = read("id,submit_s,run_s,gpus,after\na,0,1,1,c\nb,1,1,1,a\nc,2,1,1,b\nd,3,1,1,d\ne,4,1,1,a\n");
  // a waits for c, which waits for b, which waits for a: one of the three is cut; d waits for itself.
  CHECK(r.count(TraceIssue::CircularDependency) == 1);
  CHECK(r.count(TraceIssue::UnknownDependency) == 1);
  CHECK(r.jobs.after[4] == 0);
  CHECK(std::count(r.jobs.after.begin(), r.jobs.after.end(), kNoJob) == 2);
}

TEST_CASE("job traces: what is refused says why (hand-computed)") {
  CHECK(contains(read("").messages, "begins like no trace that is known"));
  CHECK(contains(read("a,b\n1,2\n").messages, "begins like no trace that is known"));
  const Read misspelt = read("submit_s,run_s,gpu\n0,1,1\n", TraceFormat::Csv);
  CHECK(contains(misspelt.messages,
                 "error: no column `gpus`\n"
                 "  --> trace:1:16\n"
                 "  |\n"
                 "1 | submit_s,run_s,gpu\n"
                 "  |                ^^^ is this `gpus`?"));
  CHECK(contains(read("submit_s,run_s,gpus,tenent\n0,1,1,a\n").messages, "did you mean `tenant`?"));
  CHECK(contains(read("submit_s,run_s,gpus\n0,-1,1\n1,-1,1\n2,1,-1\n").messages, "`trace` holds no job"));
  CHECK(contains(read("submit_s,run_s,gpus\n0,1,1\n1,\"1,1\n").messages, "a quoted field does not end"));
  JobTraceOptions options;
  options.most_rows = 2;
  CHECK(read("submit_s,run_s,gpus\n0,1,1\n1,1,1\n", TraceFormat::Csv, options).report.jobs == 2);
  const Read many = read("submit_s,run_s,gpus\n0,1,1\n1,1,1\n2,1,1\n", TraceFormat::Csv, options);
  CHECK(contains(many.messages, "`trace` has more than 2 rows"));
  CHECK(many.jobs.empty());
}

TEST_CASE("job traces: the end of a cut file and jumping clocks are noted (hand-computed)") {
  const auto noted = [](const Read& r, const char* part) {
    return std::any_of(r.report.notes.begin(), r.report.notes.end(),
                       [&](const std::string& note) { return note.find(part) != std::string::npos; });
  };
  CHECK(noted(read("submit_s,run_s,gpus\n0,1,1\n5,1,1"), "cut off"));
  CHECK_FALSE(noted(read("submit_s,run_s,gpus\n0,1,1\n5,1,1\n"), "cut off"));
  // 60 days of silence in 61.
  CHECK(noted(read("submit_s,run_s,gpus\n0,1,1\n86400,1,1\n5270400,1,1\n"), "a clock that jumps?"));
  std::string steps = "submit_s,run_s,gpus\n";
  for (int i = 0; i < 300; ++i) steps += std::to_string(i < 150 ? 60 * i : 60 * i - 7200) + ",1,1\n";
  CHECK(noted(read(steps), "a clock that was set back?"));
}

TEST_CASE("job traces: Philly, both forms (hand-computed; the JSON is of the form of its documentation)") {
  const Read csv = read(
      "timestamp,duration,num_gpus,gpu_time,cluster\n"
      "2017-10-09 07:01:55,66.0,1,66.0,11cb48\n"
      "2017-10-09 06:13:03,2951.0,4,11804.0,6214e9\n");
  CHECK(csv.jobs.submit == std::vector<Millis>{0, 2'932'000});  // 48 min 52 s
  CHECK(csv.report.zero == "2017-10-09 06:13:03, local time");
  CHECK(name(csv.jobs.pool, csv.jobs.pools, 1) == "11cb48");

  const Read json =
      read(R"([{"status": "Pass", "vc": "ee9e8c", "jobid": "j1", "user": "u", "submitted_time": "2017-10-07 01:11:39",
    "attempts": [
      {"start_time": "2017-10-07 01:12:09", "end_time": "2017-10-07 01:13:23", "detail": [{"ip": "m1", "gpus": ["gpu0", "gpu1"]}]},
      {"start_time": "2017-10-07 01:13:30", "end_time": "2017-10-07 01:14:30", "detail": [{"ip": "m2", "gpus": ["gpu0"]}, {"ip": "m3", "gpus": ["gpu4"]}]}]},
    {"status": "Killed", "vc": "v", "jobid": "j2", "user": "u", "submitted_time": "2017-10-07 01:12:00", "attempts": []},
    {"status": "Failed", "vc": "v", "jobid": "j3", "user": "u", "submitted_time": "2017-10-07 01:12:39",
     "attempts": [{"start_time": "2017-10-07 01:13:00", "end_time": "None", "detail": [{"ip": "m1", "gpus": ["gpu7"]}]}]},
    {"what": 1}])");
  REQUIRE(json.messages == "");
  REQUIRE(json.jobs.size() == 2);
  CHECK(json.report.rows == 4);
  CHECK(json.count(TraceIssue::NeverStarted) == 1);
  CHECK(json.count(TraceIssue::NotAJob) == 1);
  CHECK(json.count(TraceIssue::RunFromAttempts) == 1);
  CHECK(json.jobs.gpus == std::vector<std::int32_t>{2, 1});
  CHECK(json.jobs.run[0] == (74 + 60) * kSecond);
  CHECK(json.jobs.recorded_start[0] == 30 * kSecond);
  // The last time of the record is the start of this job itself, 01:13:00.
  CHECK(json.jobs.state[1] == JobState::Running);
  CHECK(json.jobs.run[1] == 1);
}

TEST_CASE("job traces: Helios and Acme (hand-computed)") {
  const Read helios = read(
      "job_id,user,vc,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue\n"
      "1,uX,vcJ,1,4,1,COMPLETED,2020-06-09 18:41:01,2020-06-09 18:41:31,2020-06-10 04:55:39,36848,30\n"
      "2,uX,vcJ,8,4,1,CANCELLED,2020-06-09 18:41:02,None,None,0,7\n"
      "3,uX,vcJ,0,4,1,COMPLETED,2020-06-09 18:41:03,2020-06-09 18:41:03,2020-06-09 18:41:05,2,0\n"
      "4,uX,vcJ,2,4,1,TIMEOUT,2020-06-09 18:41:04,2020-06-09 18:41:03,2020-06-09 18:41:13,10,0\n");
  CHECK(helios.report.format == TraceFormat::Helios);
  CHECK(helios.report.jobs == 2);
  CHECK(helios.count(TraceIssue::NeverStarted) == 1);
  CHECK(helios.count(TraceIssue::NoGpus) == 1);
  CHECK(helios.count(TraceIssue::StartsBeforeSubmit) == 1);
  CHECK(helios.jobs.run == std::vector<Millis>{36'848'000, 10'000});
  CHECK(helios.jobs.recorded_start == std::vector<Millis>{30'000, 3000});
  CHECK(helios.jobs.cpu_milli[0] == 4000);
  CHECK(helios.jobs.state[1] == JobState::Timeout);

  // The example of its documentation: in Kalos, duration is 82 where end - start is 70.
  const Read kalos = read(
      "job_id,user,node_num,gpu_num,cpu_num,type,state,submit_time,start_time,end_time,duration,queue,gpu_time\n"
      "dlc1,uf794,8,64,960,Other,CANCELLED,2023-05-17 11:28:42+00:00,2023-05-17 11:28:54+00:00,2023-05-17 "
      "11:30:04+00:00,82,12.0,5248.0\n");
  CHECK(kalos.report.format == TraceFormat::Acme);
  CHECK(kalos.count(TraceIssue::RunDisagrees) == 1);
  CHECK(kalos.jobs.run[0] == 70 * kSecond);
  CHECK(name(kalos.jobs.kind, kalos.jobs.kinds, 0) == "Other");
  CHECK(kalos.report.zero == "2023-05-17 11:28:42 UTC");
}

TEST_CASE("job traces: Alibaba's tables (hand-computed)") {
  const Read pai = read(
      "a,tensorflow,1.0,Terminated,1739162.0,1739200.0,600.0,29.296875,50.0,MISC\n"
      "b,worker,4,Failed,1739163.0,1739173.0,600,29,50,T4\n"
      "c,worker,2,Terminated,1739164.0,1739174.0,600,29,200,V100\n"
      "d,ps,2,Terminated,1739165.0,1739175.0,600,29,,\n",
      TraceFormat::AlibabaV2020);
  REQUIRE(pai.messages == "");
  CHECK(pai.jobs.gpus == std::vector<std::int32_t>{1, 2, 4});
  CHECK(pai.jobs.gpu_milli == std::vector<std::int32_t>{500, 1000, 1000});
  CHECK(pai.jobs.workers == std::vector<std::int32_t>{0, 0, 2});
  CHECK(pai.jobs.cpu_milli == std::vector<std::int32_t>{6000, 24'000, 12'000});
  CHECK(pai.jobs.memory_mib[0] == 30'000);
  CHECK(pai.count(TraceIssue::GpuShares) == 1);
  CHECK(pai.count(TraceIssue::NoGpus) == 1);

  const Read spot = read(
      "job_name,organization,gpu_model,cpu_request,gpu_request,worker_num,submit_time,duration,job_type\n"
      "1,13,A10,20,1,1,0,2764799,HP\n"
      "2,57,A100-SXM4-80GB,15,1,94,9589663,71718,Spot\n");
  CHECK(spot.report.format == TraceFormat::AlibabaV2026);
  CHECK(spot.jobs.gpus == std::vector<std::int32_t>{1, 94});
  CHECK(spot.jobs.workers == std::vector<std::int32_t>{0, 94});
  CHECK(spot.jobs.preemptible == std::vector<std::uint8_t>{0, 1});
  CHECK(spot.jobs.cpu_milli[1] == 94 * 15'000);
}

TEST_CASE("job traces: Gavel's steps become run times, with a header and as its .trace (hand-computed)") {
  const auto path = std::filesystem::temp_directory_path() / ("orrery-rates-" + std::to_string(getpid()) + ".json");
  std::ofstream(path) << R"x({"k80": {}, "v100": {"('A (batch size 1)', 1)": {"null": 2.5, "('B', 1)": [1, 2]},
                                                "('A (batch size 1)', 4)": {"null": 8.0}}})x";
  JobTraceOptions options;
  options.gavel_rates = path.string();
  const Read csv = read(
      "vc,job_type,total_steps,arrival_s,gpus\n"
      "v,A (batch size 1),1000,2,1\n"
      "v,A (batch size 1),1000,3,8\n"
      "v,B (batch size 1),1000,4,1\n",
      TraceFormat::Auto, options);
  REQUIRE(csv.messages == "");
  // 1000 / 2.5; eight GPUs at twice the rate of four; no rate is known of B.
  CHECK(csv.jobs.run == std::vector<Millis>{400'000, 62'500});
  CHECK(csv.count(TraceIssue::RateScaled) == 1);
  CHECK(csv.count(TraceIssue::NoRun) == 1);
  for (const char* directory : {"", "/dir\t"}) {
    const Read raw = read("A (batch size 1)\tmain.py\t" + std::string(directory) + "-n\t1\t1000\t4\t1.0\t-1.0\t7.5\n",
                          TraceFormat::Gavel, options);
    REQUIRE(raw.messages == "");
    CHECK(raw.jobs.run == std::vector<Millis>{125'000});
    CHECK(raw.jobs.gpus == std::vector<std::int32_t>{4});
  }
  options.gavel_gpu_type = "a100";
  CHECK(contains(read("vc,job_type,total_steps,arrival_s,gpus\n", TraceFormat::Gavel, options).messages,
                 "has no rates of `a100`"));
  std::filesystem::remove(path);
}

TEST_CASE("job traces: sacct as text (hand-computed)") {
  const Read r = read(
      "JobID|Account|User|Partition|QOS|Submit|Start|End|ElapsedRaw|Timelimit|AllocTRES|State|Priority\n"
      "1|lab|ann|gpu|normal|2024-03-01T10:00:00|2024-03-01T10:00:05|2024-03-01T11:00:05|3600|1-00:00:00|billing=8,cpu="
      "64,gres/gpu:a100=16,gres/gpu=16,mem=500G,node=2|COMPLETED|100\n"
      "1.batch|lab||||2024-03-01T10:00:00|2024-03-01T10:00:05|2024-03-01T11:00:05|3600||cpu=64|COMPLETED|\n"
      "2_[0-9%2]|lab|ann|gpu|normal|2024-03-01T10:00:00|Unknown|Unknown|0|UNLIMITED||PENDING|1\n"
      "3_4|lab|bob|gpu|high|2024-03-01T10:00:01|2024-03-01T10:01:00|Unknown|7200|Partition_Limit|gres/gpu=4|RUNNING|1\n"
      "4|lab|bob|gpu|normal|2024-03-01T10:00:01|None|2024-03-01T10:02:00|0|10:00|gres/gpu=1|CANCELLED by 1000|1\n"
      "5|lab|bob|cpu|normal|2024-03-01T10:00:01|2024-03-01T10:00:02|2024-03-01T10:02:00|118|30|cpu=4,node=1|COMPLETED|"
      "1\n");
  REQUIRE(r.messages == "");
  CHECK(r.report.format == TraceFormat::Sacct);
  REQUIRE(r.jobs.size() == 2);
  CHECK(r.jobs.gpus == std::vector<std::int32_t>{16, 4});
  CHECK(r.jobs.run == std::vector<Millis>{kHour, 2 * kHour});
  CHECK(r.jobs.limit == std::vector<Millis>{kDay, kNever});
  CHECK(r.jobs.id == std::vector<std::string>{"1", "3_4"});
  CHECK(r.jobs.cpu_milli[0] == 64'000);
  CHECK(r.jobs.memory_mib[0] == 500 * 1024);
  CHECK(name(r.jobs.gpu_type, r.jobs.gpu_types, 0) == "a100");
  CHECK(name(r.jobs.tenant, r.jobs.tenants, 0) == "lab");
  CHECK(name(r.jobs.qos, r.jobs.qos_names, 1) == "high");
  CHECK(r.jobs.recorded_start == std::vector<Millis>{5000, 60'000});
  CHECK(r.jobs.state[1] == JobState::Running);
  CHECK(r.count(TraceIssue::JobStep) == 1);
  CHECK(r.count(TraceIssue::NeverStarted) == 2);
  CHECK(r.count(TraceIssue::NoGpus) == 1);
}

TEST_CASE("job traces: sacct with other columns: GRES of a node, times since 1970, exit codes (hand-computed)") {
  const Read r = read(
      "JobIDRaw|JobID|Submit|Start|End|Elapsed|TimelimitRaw|ReqGRES|NNodes|ExitCode|\n"
      "1|1|1709287200|1709287260|1709290860|01:00:00|90|gpu:4|2|0:0|\n"
      "2|2|1709287201|1709287260|1709290860|01:00:00|UNLIMITED|gpu:h100:4|1|1:0|\n"
      "3|3|yesterday|1709287260|1709290860|01:00:00|Partition_Limit|gpu|1|0:9|\n");
  REQUIRE(r.messages == "");
  CHECK(r.jobs.gpus == std::vector<std::int32_t>{8, 4});
  CHECK(r.jobs.limit == std::vector<Millis>{90 * kMinute, kNever});
  CHECK(r.jobs.state == std::vector<JobState>{JobState::Completed, JobState::Failed});
  CHECK(r.report.zero == "2024-03-01 10:00:00 UTC");
  CHECK(r.count(TraceIssue::BadSubmit) == 1);
}

TEST_CASE("job traces: sacct as JSON, old and new form (hand-computed)") {
  const Read r = read(R"({"meta": {"jobs": [1]}, "jobs": [
    {"account": "lab", "job_id": 7, "partition": "gpu", "user": "ann", "state": {"current": "COMPLETED"},
     "time": {"submission": 1700000000, "start": 1700000010, "end": 1700000100, "elapsed": 90, "limit": 60},
     "tres": {"allocated": [{"type": "cpu", "name": null, "count": 64}, {"type": "gres", "name": "gpu", "count": 8}]}},
    {"account": "lab", "job_id": 9, "array": {"job_id": 8, "task_id": {"set": true, "infinite": false, "number": 3}},
     "state": {"current": ["TIMEOUT"]},
     "time": {"submission": {"set": true, "number": 1700000001}, "start": 1700000020, "end": 1700000080, "elapsed": 60,
              "limit": {"set": false, "infinite": true, "number": 0}},
     "tres": {"allocated": [{"type": "gres", "name": "gpu:h100", "count": 2}, {"type": "mem", "name": "", "count": 2048}]}},
    {"job_id": 10, "time": {"submission": 1700000002, "start": 0}, "state": {"current": ["PENDING"]}}]})");
  REQUIRE(r.messages == "");
  REQUIRE(r.jobs.size() == 2);
  CHECK(r.jobs.id == std::vector<std::string>{"7", "8_3"});
  CHECK(r.jobs.gpus == std::vector<std::int32_t>{8, 2});
  CHECK(r.jobs.run == std::vector<Millis>{90'000, 60'000});
  CHECK(r.jobs.limit == std::vector<Millis>{kHour, kNever});
  CHECK(r.jobs.state == std::vector<JobState>{JobState::Completed, JobState::Timeout});
  CHECK(r.jobs.memory_mib[1] == 2048);
  CHECK(name(r.jobs.gpu_type, r.jobs.gpu_types, 1) == "h100");
  CHECK(r.report.zero == "2023-11-14 22:13:20 UTC");
  CHECK(r.count(TraceIssue::NeverStarted) == 1);
}

TEST_CASE(
    "job traces: a job of JSON that is larger than is read is dropped, and the next one is read (hand-computed)") {
  const std::string job =
      R"({"job_id": 1, "time": {"submission": 1700000000, "start": 1700000010, "end": 1700000100, "elapsed": 90},
    "tres": {"allocated": [{"type": "gres", "name": "gpu", "count": 8}]}, "note": ")";
  const Read r = read("{\"jobs\": [" + job + std::string((8U << 20U) + 1, 'x') + "\"}, " + job + "\"}]}");
  REQUIRE(r.messages == "");
  CHECK(r.report.rows == 2);
  CHECK(r.report.jobs == 1);
  CHECK(r.count(TraceIssue::OutOfReach) == 1);
}

TEST_CASE("job traces: squeue, arrays made into their jobs (hand-computed)") {
  const Read r = read(
      "JOBID|PARTITION|USER|ACCOUNT|STATE|TIME|TIME_LIMIT|NODES|TRES_PER_NODE|SUBMIT_TIME|START_TIME|PRIORITY|"
      "DEPENDENCY\n"
      "10|gpu|ann|lab|RUNNING|1:00:00|2:00:00|2|gres:gpu:8|2024-03-01T10:00:00|2024-03-01T10:30:00|100|(null)\n"
      "11_[0-2,7%2]|gpu|bob|lab|PENDING|0:00|1-00:00:00|1|gres/gpu:a100:4|2024-03-01T11:00:00|N/"
      "A|90|afterok:10(unfulfilled)\n"
      "12|gpu|bob|lab|PENDING|0:00|UNLIMITED|1|gpu|2024-03-01T11:00:00|N/A|90|\n");
  REQUIRE(r.messages == "");
  CHECK(r.report.format == TraceFormat::Squeue);
  REQUIRE(r.jobs.size() == 5);
  CHECK(r.jobs.gpus == std::vector<std::int32_t>{16, 4, 4, 4, 4});
  CHECK(r.jobs.id == std::vector<std::string>{"10", "11_0", "11_1", "11_2", "11_7"});
  CHECK(r.jobs.run == std::vector<Millis>{2 * kHour, kDay, kDay, kDay, kDay});
  CHECK(r.jobs.after == std::vector<JobId>{kNoJob, 0, 0, 0, 0});
  CHECK(r.jobs.recorded_start == std::vector<Millis>{30 * kMinute, -1, -1, -1, -1});
  CHECK(r.report.taken == 90 * kMinute);
  CHECK(r.count(TraceIssue::NoRun) == 1);  // no limit says how long it may take
  CHECK(contains(read("  JOBID PARTITION NAME USER ST TIME NODES\n 1 gpu a b R 0:10 1\n").messages, "squeue -a -o"));
}

TEST_CASE("job traces: SWF (hand-computed)") {
  const Read r = read(
      "; UnixStartTime: 1027839845\n"
      "  1  10  5  100  30 -1 -1  32 200 -1 1 7 2 -1 1 1 -1 -1\n"
      "  2  20 -1   -1   8 50 -1  -1  -1 -1 0 7 2 -1 1 1  1 10\n"
      "  3  20  1   60   8 50 -1   8  -1 -1 2 7 2 -1 1 1 -1 -1\n"
      "  4  20  1   60\n",
      TraceFormat::Swf);
  REQUIRE(r.jobs.size() == 2);
  CHECK(r.jobs.gpus == std::vector<std::int32_t>{32, 8});
  CHECK(r.jobs.submit == std::vector<Millis>{0, 10'000});
  CHECK(r.jobs.run == std::vector<Millis>{100'000, 50'000});
  CHECK(r.jobs.limit == std::vector<Millis>{200'000, kNever});
  CHECK(r.jobs.recorded_start == std::vector<Millis>{5000, -1});
  CHECK(r.jobs.after == std::vector<JobId>{kNoJob, 0});
  CHECK(r.jobs.state == std::vector<JobState>{JobState::Completed, JobState::Failed});
  CHECK(r.report.zero == "2002-07-28 07:04:15 UTC");
  CHECK(r.count(TraceIssue::JobStep) == 1);
  CHECK(r.count(TraceIssue::WrongLength) == 1);
  CHECK(r.count(TraceIssue::RunFromCpuTime) == 1);
}

TEST_CASE("job traces: canonical CSV comes back as it was written (law, random tables)") {
  const std::vector<std::string> texts = {"a", "b,c", "say \"x\"", " space ", "none", "two\nlines", "\xC3\xA9", "t1"};
  std::uint64_t state = 20261126;
  const auto random = [&](std::uint64_t n) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33U) % n;
  };
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    JobTable t;
    const std::size_t n = 1 + random(30);
    const auto fill = [&](auto& column, auto draw) {
      if (random(2) == 0) return;
      for (std::size_t i = 0; i < n; ++i) column.push_back(draw(i));
    };
    const auto names = [&](std::vector<std::int32_t>& column, Names& list) {
      // Numbered by their first row, as a reader does.
      fill(column, [&](std::size_t) { return random(4) == 0 ? -1 : list.add(texts[random(texts.size())]); });
    };
    Millis now = 0;
    for (std::size_t i = 0; i < n; ++i) {
      t.submit.push_back(now);
      now += static_cast<Millis>(random(3) * random(100'000));
      t.run.push_back(1 + static_cast<Millis>(random(10'000'000)));
      t.gpus.push_back(static_cast<std::int32_t>(random(64)));
    }
    const auto whole = [&](std::uint64_t most) {
      return [&random, most](std::size_t) { return static_cast<std::int32_t>(random(most)); };
    };
    fill(t.limit, [&](std::size_t) { return random(3) == 0 ? kNever : 1 + static_cast<Millis>(random(1'000'000)); });
    names(t.tenant, t.tenants);
    names(t.user, t.users);
    names(t.pool, t.pools);
    names(t.qos, t.qos_names);
    names(t.gpu_type, t.gpu_types);
    names(t.kind, t.kinds);
    fill(t.priority, [&](std::size_t) { return static_cast<std::int32_t>(random(2000)) - 1000; });
    fill(t.workers, [&](std::size_t i) { return t.gpus[i] % 2 == 0 ? 2 : 0; });
    fill(t.min_gpus, [&](std::size_t i) { return t.gpus[i] / 2; });
    fill(t.gpu_milli, [&](std::size_t) { return 1 + static_cast<std::int32_t>(random(1000)); });
    fill(t.cpu_milli, whole(100'000));
    fill(t.memory_mib, whole(1'000'000));
    fill(t.preemptible, [&](std::size_t) { return static_cast<std::uint8_t>(random(2)); });
    fill(t.deadline, [&](std::size_t) { return random(3) == 0 ? kNever : static_cast<Millis>(random(1'000'000)); });
    fill(t.after, [&](std::size_t i) { return static_cast<JobId>(random(i + 1)) - 1; });
    fill(t.id, [&](std::size_t i) { return "job " + std::to_string(1000 - i); });
    fill(t.recorded_start,
         [&](std::size_t i) { return random(3) == 0 ? -1 : t.submit[i] + static_cast<Millis>(random(9000)); });
    fill(t.state, [&](std::size_t) { return static_cast<JobState>(random(6)); });

    std::ostringstream out;
    write_canonical_csv(t, out);
    CAPTURE(out.str());
    const Read r = read(out.str());
    REQUIRE(r.messages == "");
    CHECK(r.report.dropped() == 0);
    CHECK(r.jobs.submit == t.submit);
    CHECK(r.jobs.run == t.run);
    CHECK(r.jobs.gpus == t.gpus);
    CHECK(r.jobs.limit == t.limit);
    CHECK(r.jobs.tenant == t.tenant);
    CHECK(r.jobs.tenants.list() == t.tenants.list());
    CHECK(r.jobs.user == t.user);
    CHECK(r.jobs.users.list() == t.users.list());
    CHECK(r.jobs.pool == t.pool);
    CHECK(r.jobs.pools.list() == t.pools.list());
    CHECK(r.jobs.qos == t.qos);
    CHECK(r.jobs.qos_names.list() == t.qos_names.list());
    CHECK(r.jobs.gpu_type == t.gpu_type);
    CHECK(r.jobs.gpu_types.list() == t.gpu_types.list());
    CHECK(r.jobs.kind == t.kind);
    CHECK(r.jobs.kinds.list() == t.kinds.list());
    CHECK(r.jobs.priority == t.priority);
    CHECK(r.jobs.workers == t.workers);
    CHECK(r.jobs.min_gpus == t.min_gpus);
    CHECK(r.jobs.gpu_milli == t.gpu_milli);
    CHECK(r.jobs.cpu_milli == t.cpu_milli);
    CHECK(r.jobs.memory_mib == t.memory_mib);
    CHECK(r.jobs.preemptible == t.preemptible);
    CHECK(r.jobs.deadline == t.deadline);
    CHECK(r.jobs.after == t.after);
    CHECK(r.jobs.id == t.id);
    CHECK(r.jobs.recorded_start == t.recorded_start);
    CHECK(r.jobs.state == t.state);
  }
}

TEST_CASE("job traces: docs/traces.md has every canonical column and every format") {
  std::ifstream in(std::string(ORRERY_SOURCE_DIR) + "/docs/traces.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  REQUIRE_FALSE(page.empty());
  for (const CanonicalColumn& column : canonical_columns()) CHECK(contains(page, "| `" + column.name + "` | "));
  for (const std::string& format : trace_format_names()) {
    if (format != "auto") CHECK(contains(page, "| `" + format + "` | "));
  }
}

}  // namespace orrery
