#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/buying/purchase_study.hpp"
#include "fleet/landlord/landlord.hpp"

namespace orrery {

/// One capacity, ordered at the decision, over all futures. Money in dollars, discounted.
struct LandlordPoint {
  double chips = 0;
  double capital = 0;  ///< Dollars for chips and halls, not discounted; mean.
  FutureBand npv;
  double mean_npv = 0;
  /// Regret: what the best capacity of that future would have brought more. Its mean is least where the mean value is
  /// highest; what is exceeded in one future of ten says how bad it can get.
  double mean_regret = 0, high_regret = 0;
  double shortage = 0, tenant_loss = 0, stranded = 0;    ///< Means.
  double unserved_share = 0, idle_share = 0, loses = 0;  ///< Shares of demand, of new chips, of futures.
};

/// What contract makes a project worth building.
struct LandlordContractStudy {
  double chips = 0;                     ///< The project.
  std::vector<LandlordPoint> by_years;  ///< Of the project, under contracts of 0, 1, 2, ... years.
  std::optional<double> years;          ///< Shortest whose mean net present value is not negative; none: no contract.
  std::optional<FutureBand> band;       ///< Over economic futures, where such a contract exists.
  double without = 0, never = 0;        ///< Shares of economic futures: none is needed; none is enough.
};

struct LandlordStudy {
  /// By rising capacity, from nothing: a grid, and between its rows the optimum, a row of its own.
  std::vector<LandlordPoint> points;
  std::size_t most_value = 0;    ///< Of the highest mean net present value.
  std::size_t least_regret = 0;  ///< Of the lowest `high_regret`.
  LandlordPlan staged;           ///< The best plan with a second order at the review.
  double staged_npv = 0;         ///< Mean.
  LandlordPoint uncontracted;    ///< The best capacity, had the tenant signed for nothing.
  LandlordContractStudy contract;
  std::vector<std::string> inputs;
  std::vector<Sensitivity> sensitivities;          ///< Of the net present value of the best capacity.
  std::vector<FutureBand> main, others, standing;  ///< Chips by quarter.
  int draws = 0;

  const LandlordPoint& best() const { return points[most_value]; }
};

/// `project`: chips whose contract is asked for; 0: what the main tenant lacks at the first delivery, in the middle.
/// `review`: quarter of a second order.
struct LandlordQuestion {
  double project = 0;
  int review = 6;
  int draws = 1000;
  std::uint64_t seed = 0;
};

LandlordStudy study_landlord(const LandlordSpec& spec, const LandlordQuestion& question, ThreadPool& pool);

}  // namespace orrery
