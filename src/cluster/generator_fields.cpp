#include <fmt/format.h>

#include <cmath>

#include "cluster/generator.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

const Schema<EndedShare>& ended_schema() {
  static const Schema<EndedShare> schema =
      Schema<EndedShare>("ended", "Jobs that ended in one way.")
          .number("jobs", &EndedShare::jobs, bounded("Share of the jobs.", "0.6", 0, 1))
          .number("gpu_time", &EndedShare::gpu_time, bounded("Share of the GPU-time.", "0.3", 0, 1));
  return schema;
}

}  // namespace

const Schema<TraceTotals>& trace_totals_schema() {
  using T = TraceTotals;
  static const Schema<T> schema = [] {
    Schema<T> s("trace totals", "What is published of a trace.");
    s.text("name", &T::name, described("For people.", "helios"))
        .integer("jobs", &T::jobs, bounded("Jobs with GPUs.", "1580464", 1, 1e9, true))
        .quantity("span", &T::span, bounded("Time over which they were submitted.", "183 days", 1, 1e9, true))
        .quantity("mean_run", &T::mean_run, bounded("Mean run time.", "6652 s", 0.001, 1e9, true))
        .quantity("median_run", &T::median_run, bounded("Median run time.", "206 s", 0.001, 1e9, true))
        .quantity("max_run", &T::max_run, bounded("Longest run time.", "50 days", 0.001, 1e9, true))
        .number("mean_gpus", &T::mean_gpus, bounded("Mean number of GPUs.", "3.7", 0.125, 1e6, true))
        .number("median_gpus", &T::median_gpus, bounded("Median number of GPUs.", "1", 0.125, 1e6, true))
        .number("max_gpus", &T::max_gpus, bounded("Largest number of GPUs.", "2048", 1, 1e6, true))
        .quantity("gpu_time", &T::gpu_time,
                  {.help = "GPU-seconds of all jobs.",
                   .example = "7.8e10 s",
                   .minimum = 0,
                   .default_text = "run times do not depend on the number of GPUs"})
        .table("completed", &T::completed, ended_schema(), described("Jobs that ended well.", ""))
        .table("cancelled", &T::cancelled, ended_schema(), described("Jobs that a person ended.", ""))
        .table("failed", &T::failed, ended_schema(), described("Jobs that failed.", ""))
        .integer("tenants", &T::tenants, bounded("Tenants.", "15", 1, 1e5))
        .integer("users", &T::users, bounded("Users.", "300", 1, 1e6))
        .number("tenant_zipf", &T::tenant_zipf, bounded("Jobs of the k-th tenant go as k to minus this.", "1", 0, 5))
        .number("user_zipf", &T::user_zipf, bounded("Jobs of a tenant's k-th user go as k to minus this.", "1", 0, 5))
        .number("day_swing", &T::day_swing, bounded("Swing of arrivals over a day, around their mean.", "0.5", 0, 1))
        .number("peak_hour", &T::peak_hour, bounded("Hour of the day with most arrivals.", "15", 0, 24))
        .number("weekend", &T::weekend,
                bounded("Arrivals of a day of the weekend over those of another.", "0.7", 0.01, 10))
        .number("default_limit", &T::default_limit,
                bounded("Share of users who leave the time limit at the largest.", "0.5", 0, 1));
    return s;
  }();
  return schema;
}

void check_totals(const TraceTotals& totals, const Span& span, Diagnostics& diagnostics) {
  const auto wrong = [&](const char* what) {
    diagnostics.error(fmt::format("totals of `{}`: {}", totals.name, what), span);
  };
  if (totals.jobs < 1) wrong("no job");
  if (!(totals.span > Seconds(0))) wrong("no span");
  if (!(totals.median_run > Seconds(0)) || totals.median_run > totals.max_run)
    wrong("the median run time is not between 0 and the longest");
  if (!(totals.mean_run > Seconds(0)) || totals.mean_run > totals.max_run)
    wrong("the mean run time is not between 0 and the longest");
  if (totals.median_gpus > totals.max_gpus || totals.mean_gpus > totals.max_gpus)
    wrong("the mean or median number of GPUs is above the largest");
  const double jobs = totals.completed.jobs + totals.cancelled.jobs + totals.failed.jobs;
  const double time = totals.completed.gpu_time + totals.cancelled.gpu_time + totals.failed.gpu_time;
  // Published shares are rounded.
  constexpr double kRounding = 0.011;
  if (jobs != 0 && std::abs(jobs - 1) > kRounding) wrong("shares of the jobs do not add up to 1");
  if (time != 0 && std::abs(time - 1) > kRounding) wrong("shares of the GPU-time do not add up to 1");
  for (const EndedShare& share : {totals.completed, totals.cancelled, totals.failed}) {
    if (share.jobs <= 0 && share.gpu_time > 0) wrong("GPU-time of jobs of which there are none");
    if (share.jobs > 0 && time > 0 && share.gpu_time <= 0) wrong("jobs without GPU-time");
  }
  if (totals.tenants > totals.users) wrong("more tenants than users");
}

TraceTotals trace_totals(const std::string& preset, const Span& span, Diagnostics& diagnostics) {
  TraceTotals totals;
  const auto found = find_preset("traces", preset, diagnostics);
  if (!found) {
    if (!diagnostics.has_errors()) report_unknown_preset("traces", preset, span, diagnostics);
    return totals;
  }
  trace_totals_schema().read(found->value, totals, diagnostics);
  if (totals.name.empty()) totals.name = found->name;
  if (!diagnostics.has_errors()) check_totals(totals, span, diagnostics);
  return totals;
}

}  // namespace orrery
