// Real traces beside the repository; what they hold is counted by other programs or stated by their publishers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numbers>
#include <optional>

#include <stdexcept>
#include <string>

#include "cluster/generator.hpp"
#include "import/job_trace/job_trace.hpp"

namespace orrery {
namespace {

std::optional<std::string> trace_path(const std::string& name) {
  const char* named = std::getenv("ORRERY_DATA");
  const auto folder = named != nullptr ? std::filesystem::path(named)
                                       : std::filesystem::path(ORRERY_SOURCE_DIR) / ".." / "shared" / "data";
  const auto path = folder / "traces" / name;
  if (std::filesystem::exists(path)) return path.string();
  const char* required = std::getenv("ORRERY_REQUIRE_DATA");
  if (required != nullptr && std::string(required) == "1") throw std::runtime_error("no trace at " + path.string());
  MESSAGE("skipped: no " << name << " (set ORRERY_DATA)");
  return std::nullopt;
}

JobTrace read(const std::string& path, JobTraceOptions options = {}) {
  Diagnostics diagnostics;
  JobTrace trace = read_job_trace(path, TraceFormat::Auto, options, diagnostics);
  CHECK(render_text(diagnostics.all(), false) == "");
  return trace;
}

double gpu_hours(const JobTable& jobs) {
  double hours = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    hours += static_cast<double>(jobs.run[i]) / static_cast<double>(kHour) * jobs.gpus[i];
  return hours;
}

}  // namespace

TEST_CASE("shared traces: Philly (published: its description counts rows, duplicates, GPU-hours, virtual clusters)") {
  const auto path = trace_path("philly_pollux.csv.xz");
  if (!path) return;
  const JobTrace t = read(*path);
  CHECK(t.report.format == TraceFormat::Philly);
  CHECK(t.report.rows == 82'247);
  CHECK(t.report.jobs == 82'247);
  CHECK(t.report.count(TraceIssue::ExactDuplicate).rows == 65);
  CHECK(gpu_hours(t.jobs) == doctest::Approx(978'078).epsilon(1e-6));
  CHECK(t.jobs.pools.size() == 15);
  CHECK(*std::max_element(t.jobs.gpus.begin(), t.jobs.gpus.end()) == 128);
  // One job of 53.6 days.
  CHECK(static_cast<double>(*std::max_element(t.jobs.run.begin(), t.jobs.run.end())) / static_cast<double>(kDay) ==
        doctest::Approx(53.6).epsilon(0.001));
  CHECK(t.report.count(TraceIssue::OutOfOrder).rows > 0);
  CHECK(t.report.zero == "2017-09-04 10:30:41, local time");
}

TEST_CASE(
    "shared traces: the cycle and the tenants of the preset `philly` are those of its trace (oracle: counted here)") {
  const auto path = trace_path("philly_pollux.csv.xz");
  if (!path) return;
  const JobTrace t = read(*path);
  Diagnostics diagnostics;
  const TraceTotals preset = trace_totals("philly", {}, diagnostics);
  REQUIRE(diagnostics.all().empty());
  // The first harmonic of submissions by the hour; 1970-01-01 was a Thursday.
  double cosine = 0, sine = 0, weekend = 0;
  for (const Millis submit : t.jobs.submit) {
    const Millis at = submit + t.report.zero_epoch.value();
    const double phase = 2 * std::numbers::pi * (static_cast<double>(at / kHour % 24) + 0.5) / 24;
    cosine += std::cos(phase);
    sine += std::sin(phase);
    weekend += (at / kDay + 3) % 7 >= 5 ? 1 : 0;
  }
  const auto n = static_cast<double>(t.jobs.size());
  CHECK(2 * std::hypot(cosine, sine) / n == doctest::Approx(preset.day_swing).epsilon(0.02));
  CHECK(std::atan2(sine, cosine) / (2 * std::numbers::pi) * 24 == doctest::Approx(preset.peak_hour).epsilon(0.01));
  CHECK((weekend / 2) / ((n - weekend) / 5) == doctest::Approx(preset.weekend).epsilon(0.01));
  CHECK(t.jobs.pools.size() == preset.tenants);
}

TEST_CASE("shared traces: openb (published: pods by their share of GPUs, pending ones, the length)") {
  const auto path = trace_path("alibaba_v2023_openb_pod_list_default.csv.xz");
  if (!path) return;
  const JobTrace t = read(*path);
  CHECK(t.report.jobs == 8152);
  long long shares = 0, none = 0, several = 0;
  Millis end = 0;
  for (std::size_t i = 0; i < t.jobs.size(); ++i) {
    shares += t.jobs.gpus[i] == 1 && t.jobs.gpu_milli[i] < 1000 ? 1 : 0;
    none += t.jobs.gpus[i] == 0 ? 1 : 0;
    several += t.jobs.gpus[i] > 1 ? 1 : 0;
    const Millis start = t.jobs.recorded_start[i] < 0 ? t.jobs.submit[i] : t.jobs.recorded_start[i];
    end = std::max(end, start + t.jobs.run[i]);
  }
  CHECK(shares == 3078);
  CHECK(none == 1088);
  CHECK(several == 75);
  CHECK(end == 12'902'960 * kSecond);
  CHECK(t.report.count(TraceIssue::RunWithoutStart).rows == 897);
}

TEST_CASE("shared traces: Alibaba v2025 (published: instances with GPUs and without, older ones, applications)") {
  const auto path = trace_path("alibaba_v2025_dlrm.csv.xz");
  if (!path) return;
  const JobTrace t = read(*path);
  CHECK(t.report.rows == 23'871);
  CHECK(t.report.jobs == 7386);
  CHECK(t.report.count(TraceIssue::NoGpus).rows == 16'485);
  JobTraceOptions options;
  options.keep_cpu_jobs = true;
  const JobTrace all = read(*path, options);
  CHECK(all.report.jobs == 23'871);
  CHECK(all.report.count(TraceIssue::OlderThanTrace).rows == 7280);
  CHECK(all.report.count(TraceIssue::RunUntilEnd).rows == 8878);
  CHECK(all.jobs.tenants.size() == 156);
}

TEST_CASE("shared traces: Gavel's Philly (published: rows, length; run times need rates)") {
  const auto path = trace_path("gavel_philly_vc_seed0.csv.xz");
  const auto rates = trace_path("gavel_simulation_throughputs.json.xz");
  if (!path || !rates) return;
  JobTraceOptions options;
  options.gavel_rates = *rates;
  const JobTrace t = read(*path, options);
  CHECK(t.report.jobs == 15'264);
  CHECK(static_cast<double>(t.report.span) / static_cast<double>(kDay) == doctest::Approx(125).epsilon(0.003));
  CHECK(t.jobs.kinds.size() == 26);
  // Its first job: 95,121 steps of a Transformer with batch size 128 at 5.44610521981264 steps/s of one V100.
  CHECK(t.jobs.run[0] == 17'465'876);
  Diagnostics diagnostics;
  CHECK(read_job_trace(*path, TraceFormat::Gavel, {}, diagnostics).jobs.empty());
  CHECK(diagnostics.has_errors());
}

TEST_CASE("shared traces: SWF (published: rows, length, processors; recorded waits)") {
  const auto path = trace_path("hpc2n_alea5k.swf.xz");
  const auto lublin = trace_path("lublin_256.swf.xz");
  if (!path || !lublin) return;
  const JobTrace t = read(*path);
  CHECK(t.report.jobs == 3170);
  CHECK(static_cast<double>(t.report.span) / static_cast<double>(kDay) == doctest::Approx(57).epsilon(0.01));
  CHECK(*std::max_element(t.jobs.gpus.begin(), t.jobs.gpus.end()) <= 240);
  CHECK(t.report.count(TraceIssue::NoLimit).rows == 0);
  CHECK(t.jobs.recorded_start[0] == 308'434 * kSecond);
  CHECK(t.report.zero == "2002-07-28 07:04:05 UTC");  // Its header: Sun Jul 28 09:04:05 CEST 2002
  CHECK(read(*lublin).report.jobs == 10'000);
}

TEST_CASE("shared traces: Muri and Chronus (published: rows, rows that ask for no GPU)") {
  const auto muri = trace_path("muri_trace2.csv.xz");
  const auto chronus = trace_path("chronus_philly_slo.csv.xz");
  if (!muri || !chronus) return;
  CHECK(read(*muri).report.jobs == 5755);
  const JobTrace t = read(*chronus);
  CHECK(t.report.rows == 30'940);
  CHECK(t.report.count(TraceIssue::NoGpus).rows == 205);
}

}  // namespace orrery
