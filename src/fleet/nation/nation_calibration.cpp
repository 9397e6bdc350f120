#include "fleet/nation/nation_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

#include "base/check.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {
namespace {

constexpr int kBisections = 60;
constexpr double kPrecision = 1e-5;

/// Smallest x between two positive bounds at which `holds`, which stays true once it is; on a logarithmic scale.
template <class Holds>
std::optional<double> first_where(const Holds& holds, double low, double high) {
  if (!holds(high)) return std::nullopt;
  if (holds(low)) return low;
  for (int i = 0; i < kBisections && high / low > 1 + kPrecision; ++i) {
    const double middle = std::sqrt(low * high);
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

/// Which law each column of the hypercube is of.
enum Input : int {
  kNeedShare,
  kSigma,
  kServedBelow,
  kGpusFirst,
  kGpusLast,
  kGrowth,
  kLife,
  kPurchase,
  kPower,
  kRent,
  kBurst,
  kSupply,  // Three for each: usable, delivered, delay.
};

using Quantile = std::function<double(int)>;

std::optional<NationDraw> fitted(const NationSpec& spec, NationPolicy reference, const GangTimes& times,
                                 const Quantile& at) {
  NationDraw draw;
  draw.need_share = spec.need_share.quantile(at(kNeedShare));
  draw.sigma = spec.sigma.quantile(at(kSigma));
  draw.served_below = spec.served_below.quantile(at(kServedBelow));
  draw.burst = spec.burst.quantile(at(kBurst));
  draw.growth_after = spec.growth.quantile(at(kGrowth));
  draw.life = spec.life.quantile(at(kLife));
  draw.purchase = spec.prices.purchase.quantile(at(kPurchase));
  draw.power = spec.prices.power.quantile(at(kPower));
  draw.rent = spec.prices.rent.quantile(at(kRent));
  const NationSurvey& last = spec.surveys.back();
  for (std::size_t i = 0; i < spec.supply.size(); ++i) {
    const NationSupply& supply = spec.supply[i];
    const int column = kSupply + 3 * static_cast<int>(i);
    const double usable = supply.usable.quantile(at(column));
    const double share = usable * supply.delivered.quantile(at(column + 1));
    draw.arrivals.push_back({(supply.date - last.date).raw() + supply.delay.quantile(at(column + 2)),
                             supply.gpus * supply.h100e * share, usable});
  }
  FirmNeeds needs(draw.law(spec), kFirmGroups);
  // Blocks and quotas are of whole chips of the time, so that needs are fitted in these.
  const auto median_of = [&](const NationSurvey& survey, double chips) {
    const auto median = median_for_shortage(needs, chips, reference, draw.served_below, survey.short_share * spec.firms,
                                            spec.firms, times);
    return median ? std::optional<double>(*median * survey.h100e) : std::nullopt;
  };
  const double chips = last.gpus.quantile(at(kGpusLast));
  draw.gpus = chips * last.h100e;
  const auto median = median_of(last, chips);
  if (!median) return std::nullopt;
  draw.median = *median;
  if (spec.surveys.size() == 1) return draw;
  const NationSurvey& first = spec.surveys.front();
  const auto before = median_of(first, first.gpus.quantile(at(kGpusFirst)));
  if (!before) return std::nullopt;
  draw.growth_between = std::pow(*median / *before, 1 / years_between(first.date, last.date));
  return draw;
}

}  // namespace

NeedLaw NationDraw::law(const NationSpec& spec) const {
  return {spec.firms, need_share, std::max(median, 1e-300), sigma, burst};
}

std::optional<double> median_for_shortage(FirmNeeds& needs, double gpus, NationPolicy policy, double served_below,
                                          double firms, double all_firms, const GangTimes& times) {
  constexpr double kTolerance = 0.005;
  const auto short_at = [&](double median) {
    const std::span<const FirmNeed> those = needs.at_median(median);
    return firms_short(those, fluid_shares(those, gpus, policy, times), served_below);
  };
  const auto median = first_where([&](double value) { return short_at(value) >= firms; }, 1e-9 * gpus, 1e9 * gpus);
  if (!median || std::abs(short_at(*median) - firms) > kTolerance * all_firms) return std::nullopt;
  return median;
}

std::optional<double> gpus_for_shortage(std::span<const FirmNeed> needs, NationPolicy policy, double served_below,
                                        double firms, const GangTimes& times) {
  // Firms that are cut into groups: those of the last group may be counted in part.
  const double rounding = 1e-9 * (1 + firms);
  const double with_need = std::accumulate(needs.begin(), needs.end(), 0.0,
                                           [](double sum, const FirmNeed& need) { return sum + need.firms; });
  if (with_need <= firms + rounding) return 0;
  const auto enough = [&](double gpus) {
    return firms_short(needs, fluid_shares(needs, gpus, policy, times), served_below) <= firms + rounding;
  };
  return first_where(enough, 1e-6, 1e12);
}

std::vector<NationDraw> fitted_draws(const NationSpec& spec, NationPolicy reference, std::uint64_t seed,
                                     ThreadPool& pool) {
  ORRERY_CHECK(!spec.surveys.empty() && spec.draws > 0, "a nation was surveyed");
  const GangTimes times = gang_times(spec.jobs.trace);
  const auto supplies = static_cast<int>(spec.supply.size());
  // What holds up one hall holds up others: rank correlation of their delays.
  constexpr double kSharedDelay = 0.5;
  std::vector<RankCorrelation> together;
  for (int a = 0; a < supplies; ++a)
    for (int b = 0; b < a; ++b) together.push_back({kSupply + 3 * a + 2, kSupply + 3 * b + 2, kSharedDelay});
  const QuantileMatrix quantiles = latin_hypercube(seed, "nation/draws", spec.draws, kSupply + 3 * supplies, together);
  const auto draws = pool.parallel_map(static_cast<std::size_t>(spec.draws), [&](std::size_t i) {
    return fitted(spec, reference, times, [&](int input) { return quantiles(static_cast<int>(i), input); });
  });
  std::vector<NationDraw> fitting;
  for (const std::optional<NationDraw>& draw : draws)
    if (draw) fitting.push_back(*draw);
  return fitting;
}

std::optional<NationDraw> central_draw(const NationSpec& spec, NationPolicy reference) {
  return fitted(spec, reference, gang_times(spec.jobs.trace), [](int) { return 0.5; });
}

double gpus_at(const NationDraw& draw, double after) {
  double gpus = after < draw.life ? draw.gpus : 0;
  for (const NationDraw::Arrival& arrival : draw.arrivals)
    if (arrival.after <= after && after < arrival.after + draw.life) gpus += arrival.h100e;
  return gpus;
}

}  // namespace orrery
