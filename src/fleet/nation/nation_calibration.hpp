#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/nation/nation_spec.hpp"

namespace orrery {

/// Groups in which the fluid model counts firms: a step of 0.1 % of those with need.
inline constexpr int kFirmGroups = 1000;

/// The median need at which `firms` lack compute, or nothing where no need gives that number to within half a percent
/// of all: under one queue for all, either every firm with need lacks compute or none does.
std::optional<double> median_for_shortage(FirmNeeds& needs, double gpus, NationPolicy policy, double served_below,
                                          double firms, double all_firms, const GangTimes& times);

/// The fewest GPUs with which at most `firms` lack compute; nothing where no number does.
std::optional<double> gpus_for_shortage(std::span<const FirmNeed> needs, NationPolicy policy, double served_below,
                                        double firms, const GangTimes& times);

/// A set of values of what the surveys do not tell, and what follows from them.
struct NationDraw {
  double need_share = 1, sigma = 1, served_below = 1, burst = 1;
  double gpus = 0;            ///< At the last survey, H100-equivalents.
  double median = 0;          ///< Need of a firm with need then, H100-equivalents.
  double growth_between = 1;  ///< Of needs, a year, from the first survey to the last; 1: there is one only.
  double growth_after = 1;    ///< The same after the last.
  double life = 0;            ///< Seconds.
  double purchase = 0, power = 0, rent = 0;
  struct Arrival {
    double after = 0;   ///< Seconds after the last survey.
    double h100e = 0;   ///< Of use to the firms.
    double usable = 1;  ///< Share of its chips that is.
  };
  std::vector<Arrival> arrivals;  ///< In order of the supply.

  NeedLaw law(const NationSpec& spec) const;
};

/// The sets of values that fit the surveys, in order of their draw: a Latin hypercube over the laws of the spec, of
/// which those are left out that no need can bring to what the surveys say.
std::vector<NationDraw> fitted_draws(const NationSpec& spec, NationPolicy reference, std::uint64_t seed,
                                     ThreadPool& pool);

/// The fitted values at the medians of all laws; nothing where these do not fit.
std::optional<NationDraw> central_draw(const NationSpec& spec, NationPolicy reference);

/// GPUs of use at a time after the last survey, in H100-equivalents: those of then and what has come, each until it is
/// given up.
double gpus_at(const NationDraw& draw, double after);

}  // namespace orrery
