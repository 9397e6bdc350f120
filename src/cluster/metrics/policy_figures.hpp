#pragma once

#include <array>
#include <vector>

#include "cluster/metrics/comparison.hpp"
#include "cluster/metrics/fairness.hpp"
#include "cluster/metrics/outcome.hpp"
#include "cluster/metrics/usage.hpp"

namespace orrery {

/// A figure that policies are compared by.
struct FigureKind {
  enum class Unit { Time, Share, Number };
  const char* key;
  const char* title;
  Unit unit;
};
inline constexpr std::array<FigureKind, 9> kPolicyFigures = {{
    {"wait_mean", "mean wait", FigureKind::Unit::Time},
    {"wait_p50", "median wait", FigureKind::Unit::Time},
    {"wait_p90", "90 % wait", FigureKind::Unit::Time},
    {"wait_p99", "99 % wait", FigureKind::Unit::Time},
    {"turnaround_mean", "mean turnaround", FigureKind::Unit::Time},
    {"slowdown_mean", "mean slowdown", FigureKind::Unit::Number},
    {"starved", "starved", FigureKind::Unit::Share},
    {"stops_per_job", "stops a job", FigureKind::Unit::Number},
    {"utilisation", "utilisation", FigureKind::Unit::Share},
}};

/// Share of the GPU-time between two times in which GPUs were held: a bin that lies across an end counts in proportion.
/// NaN where the summary has nothing of it.
double utilisation_between(const UsageSummary& usage, Millis from, Millis until);

/// Values of `kPolicyFigures` for a whole replay: of one seed.
std::vector<double> figures_of(const JobGroup& jobs, const UsageSummary& usage);

/// Values of `kPolicyFigures`, [figure][block], by blocks of `length` (weeks) in which jobs were submitted, from
/// `options.from` to `options.until` or to the last submission, so that they are the same for every policy; a last
/// block of less than half the length is left out. A block without jobs has NaN.
PolicyBlocks figures_by_block(const std::string& policy, const JobTable& jobs, std::span<const JobId> rows,
                              const JobSchedule& schedule, const OutcomeOptions& options, const UsageSummary& usage,
                              Millis length);

}  // namespace orrery
