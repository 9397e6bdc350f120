#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/quantity.hpp"
#include "cluster/job_table.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// Jobs that ended in one way.
struct EndedShare {
  double jobs = 0;      ///< Share of the jobs.
  double gpu_time = 0;  ///< Share of the GPU-time.
};

/// What is published of a trace: enough to draw jobs that have the same totals. Jobs without GPUs are not of it.
struct TraceTotals {
  std::string name;
  long long jobs = 0;
  Seconds span;  ///< Over which they were submitted.
  Seconds mean_run, median_run, max_run;
  double mean_gpus = 1, median_gpus = 1, max_gpus = 1;  ///< Below 1: a share of one GPU.
  Seconds gpu_time;  ///< GPU-seconds of all; 0: not published, and run times do not depend on the number of GPUs.
  EndedShare completed, cancelled, failed;  ///< All 0: not published, and how jobs end is not known.

  // What is seldom published.
  int tenants = 1;  ///< Virtual clusters.
  int users = 100;
  double tenant_zipf = 1.0;  ///< Share of the k-th largest tenant's jobs ~ k^-this.
  double user_zipf = 1.0;    ///< The same of users within a tenant.
  double day_swing = 0.5;    ///< Arrivals over a day: 1 + this x cos, largest at `peak_hour`.
  double peak_hour = 15;
  double weekend = 0.7;        ///< Arrivals of Saturday and Sunday over those of a working day.
  double default_limit = 0.5;  ///< Share of the users who leave the time limit at the largest.
};
/// The files of presets/traces/.
const Schema<TraceTotals>& trace_totals_schema();
/// The totals of a preset; reports an unknown name and what is wrong with the numbers.
TraceTotals trace_totals(const std::string& preset, const Span& span, Diagnostics& diagnostics);
/// Reports totals that no jobs can have: a median above the maximum, shares that do not add up to one, ...
void check_totals(const TraceTotals& totals, const Span& span, Diagnostics& diagnostics);

struct GeneratorOptions {
  long long jobs = 0;  ///< 0: as many as the totals say. The rate of arrivals is theirs, so fewer jobs span less time.
  std::uint64_t seed = 1;
  std::uint32_t replicate = 0;
};

/// Jobs with published totals, sorted by submission, the first at 0, which is a Monday's midnight or shortly after.
///
/// Sizes are powers of two up to the largest (below 1 the shares 1/2, 1/4, 1/8 too), with probabilities s^-a plus what
/// the median takes to be the published one; a follows from the mean. Run times of a size and a way to end are
/// lognormal, cut at the longest. Their means grow as s^b; b follows from the GPU-time, their levels from the shares of
/// GPU-time, their one deviation from the median of all. Draws are stratified: the i-th of n jobs of a class takes its
/// quantile within [i/n, (i+1)/n) in random order, the eight longest take the means of theirs, so that totals hold for
/// any seed and not only on the average.
/// Arrivals are a Poisson process under a cycle of days and weeks. Tenants and users are drawn job by job; users
/// write either the largest limit or the next round time above a multiple of the run time, as users do (Tsafrir,
/// Etsion and Feitelson, "Backfilling using system-generated predictions rather than user runtime estimates", 2007).
///
/// Left out: sessions of a user, who submits similar jobs one after another; sizes and run times of a tenant's own;
/// dependence of waits, which were the real scheduler's. Totals must pass `check_totals`.
JobTable generated_jobs(const TraceTotals& totals, const GeneratorOptions& options = {});

/// The law that the totals were solved for; `generated_jobs` draws from it.
struct TraceLaw {
  std::vector<double> sizes;        ///< GPUs, ascending.
  std::vector<double> size_shares;  ///< Of the jobs.
  double size_exponent = 0;         ///< a
  double run_exponent = 0;          ///< b
  double log_deviation = 0;
  struct Ending {
    JobState state = JobState::Unknown;
    double jobs = 1;                ///< Share.
    std::vector<double> log_means;  ///< Of each size, of the run time in seconds.
  };
  std::vector<Ending> endings;
};
TraceLaw solved_law(const TraceTotals& totals);

}  // namespace orrery
