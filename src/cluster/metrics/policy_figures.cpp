#include "cluster/metrics/policy_figures.hpp"

#include <algorithm>
#include <limits>

namespace orrery {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> figures(const JobGroup& jobs, double utilisation) {
  if (jobs.jobs == 0) return std::vector<double>(kPolicyFigures.size(), kNaN);
  const auto count = static_cast<double>(jobs.jobs);
  return {jobs.wait.mean,
          jobs.wait.median,
          jobs.wait.p90,
          jobs.wait.p99,
          jobs.turnaround.mean,
          jobs.slowdown.mean,
          static_cast<double>(jobs.starved) / count,
          static_cast<double>(jobs.stops) / count,
          utilisation};
}

}  // namespace

double utilisation_between(const UsageSummary& usage, Millis from, Millis until) {
  double held = 0, there = 0;
  for (std::size_t i = 0; i < usage.allocated.size(); ++i) {
    const Millis begin = usage.begin + static_cast<Millis>(i) * usage.width;
    const Millis end = std::min(begin + usage.width, usage.end);
    const auto length = static_cast<double>(std::max<Millis>(0, std::min(end, until) - std::max(begin, from)));
    held += length * usage.allocated[i];
    there += length * (usage.allocated[i] + usage.free[i]);
  }
  return there > 0 ? held / there : kNaN;
}

std::vector<double> figures_of(const JobGroup& jobs, const UsageSummary& usage) {
  return figures(jobs, usage.utilisation());
}

PolicyBlocks figures_by_block(const std::string& policy, const JobTable& jobs, std::span<const JobId> rows,
                              const JobSchedule& schedule, const OutcomeOptions& options, const UsageSummary& usage,
                              Millis length) {
  PolicyBlocks made{policy, std::vector<std::vector<double>>(kPolicyFigures.size())};
  // By all jobs of the table: policies differ in which of them they replay.
  Millis until = std::min(options.until, jobs.empty() ? options.from : jobs.submit.back() + 1);
  if (until <= options.from) return made;
  const Millis rest = (until - options.from) % length;
  if (rest < length / 2 && rest < until - options.from) until -= rest;
  const std::vector<JobGroup> blocks =
      outcome_by(jobs, rows, schedule, options, by_block(jobs, options.from, until, length));
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const Millis begin = options.from + static_cast<Millis>(b) * length;
    const std::vector<double> values =
        figures(blocks[b], utilisation_between(usage, begin, std::min(begin + length, until)));
    for (std::size_t f = 0; f < values.size(); ++f) made.figures[f].push_back(values[f]);
  }
  return made;
}

}  // namespace orrery
