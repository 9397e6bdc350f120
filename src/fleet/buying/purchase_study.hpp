#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/buying/purchase.hpp"
#include "fleet/uncertainty/sensitivity.hpp"

namespace orrery {

/// 10, 50 and 90 % quantiles of something over futures.
struct FutureBand {
  double p10 = 0, p50 = 0, p90 = 0;
};
FutureBand future_band(std::vector<double> values);

/// One option over all futures.
struct PurchaseOptionStudy {
  PurchaseOption option = PurchaseOption::Buy;
  FutureBand total;                    ///< Dollars, discounted.
  FutureBand per_hour;                 ///< Dollars of the decision's day for an hour of use.
  double cheapest = 0;                 ///< Share of the futures in which none that can be done is cheaper.
  std::vector<FutureBand> cumulative;  ///< By month.
  PurchaseCost median;                 ///< With every input at its median: the parts.
  bool delivered = true;               ///< At medians hardware comes before the need is over (true for Rent).
};

/// Where the cheaper of buying and renting turns, as one input moves and all others stay.
struct TurningPoint {
  enum class Input { Price, Rent, Use, PriceFactor, Months };
  Input input = Input::Price;
  double now = 0;            ///< At medians.
  std::optional<double> at;  ///< In the middle of the futures; none where the answer does not turn there.
  bool below = true;         ///< On the buying side (for PriceFactor: on the waiting side) the input is below `at`.
  bool always = false;       ///< Where it does not turn: buying (waiting) is the cheaper all along.
  std::optional<FutureBand> band;            ///< Over the futures; the input's bound where it does not turn.
  bool open_low = false, open_high = false;  ///< The band's end is such a bound.
  double turns = 1;                          ///< Share of the futures in which it does.
};

struct PurchaseStudy {
  std::vector<PurchaseOptionStudy> options;  ///< As kPurchaseOptions.
  std::size_t best = 0;                      ///< Of the lowest median.
  std::vector<TurningPoint> turning;
  std::vector<std::string> inputs;         ///< Names for `sensitivities`; the last is the market's mean premium.
  std::vector<Sensitivity> sensitivities;  ///< Of buying less renting, dollars.
  FutureBand buy_less_rent;
  std::vector<FutureBand> rents;  ///< USD/s of a chip by month, as the buyer pays them.
  int draws = 0;
};

/// The options over Latin-hypercube draws of the inputs, each with one path of rents; the same futures for all.
PurchaseStudy study_purchase(const PurchaseSpec& spec, int draws, std::uint64_t seed, ThreadPool& pool);

/// The root of `difference` between `low` and `high`, where it changes sign; by bisection on the logarithm.
std::optional<double> turning_root(const std::function<double(double)>& difference, double low, double high);

}  // namespace orrery
