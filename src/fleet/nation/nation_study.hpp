#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/thread_pool.hpp"
#include "fleet/nation/nation_calibration.hpp"
#include "fleet/nation/nation_replay.hpp"
#include "fleet/nation/nation_spec.hpp"

namespace orrery {

/// 10, 50 and 90 % quantiles over the sets of values that fit: an 80 % interval. Infinite where that many have no
/// answer.
struct NationBand {
  double p10 = 0, p50 = 0, p90 = 0;
};
/// NaN for no values.
NationBand band_of(std::vector<double> values);

/// A policy on the GPUs of the last survey.
struct NationPolicyAnswer {
  NationPolicy policy = NationPolicy::Fifo;
  NationBand short_share;              ///< Of all firms.
  NationBand gpus_for_target;          ///< H100-equivalents.
  NationBand gini;                     ///< Of GPU-time, over firms with need.
  NationBand use;                      ///< GPUs in use over all.
  NationBand small_half;               ///< Share of the GPU-time that goes to the half of the firms with least need.
  NationBand largest;                  ///< To the tenth with most need.
  std::optional<NationReplay> replay;  ///< Of the central set of values,
  double fluid_short = 0;              ///< and what the fluid model says of it; shares of all firms.
  double replay_short = 0;
};

/// A class of firms by people, under the policies of `NationResult::policies`.
struct NationClassAnswer {
  std::string name;
  double firms = 0, with_need = 0;
  double need = 0;                      ///< GPUs, of the central set.
  std::vector<double> gpus;             ///< In use, by policy, of the central set.
  std::vector<NationBand> short_share;  ///< Of the firms of the class, by policy.
};

/// What the surveys would mean if GPUs had been shared otherwise when they were made.
struct NationReading {
  NationPolicy reference = NationPolicy::Fifo;
  int fitting = 0;             ///< Sets of values that fit, of all draws.
  NationBand need;             ///< GPUs that all firms need at the last survey.
  NationBand growth;           ///< Of needs, a year, between the surveys.
  NationBand short_share;      ///< Under the policy aimed at, on the same GPUs.
  NationBand gpus_for_target;  ///< Under the policy aimed at.
  NationBand least_short;      ///< No policy leaves fewer, on the same GPUs.
};

/// The nation at a date.
struct NationQuarter {
  Date date;
  NationBand gpus, need;     ///< H100-equivalents.
  NationBand before, after;  ///< Share short under the reference and under the policy aimed at.
  double kept = 0;           ///< Chance that the target is kept under the policy aimed at,
  double kept_before = 0;    ///< and under the reference.
  /// Growth a year since the last survey up to which the policy keeps the target; NaN where it was not asked for.
  NationBand growth_kept;
};

/// A supply, when it has come.
struct NationMilestone {
  std::string name;
  Date p10, p50, p90;        ///< When it arrives.
  double chips = 0;          ///< Of this and all supplies before it in the list.
  NationBand h100e;          ///< Of it, of use to the firms.
  NationBand before, after;  ///< Share short if this and all before it had come at the last survey.
  NationQuarter then;        ///< On the day of p50.
  Watts power;               ///< Of the whole supply; 0: unknown.
};

/// Short firms against GPUs.
struct NationCurve {
  std::vector<double> gpus;
  std::vector<NationPolicy> policies;
  std::vector<std::vector<NationBand>> short_share;  ///< [policy][gpus]
};

/// The GPUs that are lacking for the target at the last survey; 0 where none are.
struct NationLack {
  NationPolicy policy = NationPolicy::Fifo;
  NationBand gpus, purchase, power, rent_a_year;  ///< H100-equivalents, dollars, watts, dollars a year.
};

struct NationResult {
  int draws = 0;  ///< Sets of values tried.
  std::vector<NationDraw> fitting;
  std::optional<NationDraw> central;
  NationBand need, need_per_firm, growth;  ///< At the last survey; growth between the surveys.
  std::vector<NationPolicyAnswer> policies;
  NationBand least_short;  ///< No policy leaves fewer short.
  std::vector<NationClassAnswer> classes;
  std::vector<NationReading> readings;
  NationCurve curve;
  std::vector<NationQuarter> quarters;
  std::vector<NationMilestone> milestones;
  std::vector<std::pair<NationPolicy, LorenzCurve>> lorenz;  ///< Of the central set.
  std::vector<NationLack> lacks;                             ///< Under the reference, and under the policy aimed at.
  long long replayed_jobs = 0;
  double replay_stretch = 1;

  /// Whether any set of values fits the surveys.
  bool fits() const { return !fitting.empty(); }
};

struct NationOptions {
  std::uint64_t seed = 0;
  bool replay = true;           ///< Also replay the central set's jobs, event by event.
  double replay_jobs = 80'000;  ///< At most about so many; run times are stretched until they are.
};

NationResult simulate_nation(const NationSpec& spec, const NationOptions& options, ThreadPool& pool);

/// The nation at a date, over the sets of values; with the growth up to which the target is kept where it is asked for.
NationQuarter nation_at(const NationSpec& spec, const std::vector<NationDraw>& draws, Date date, bool with_growth,
                        ThreadPool& pool);

}  // namespace orrery
