#pragma once

#include <vector>

#include "fleet/optimal/buildout_plan.hpp"
#include "fleet/optimal/buildout_problem.hpp"
#include "fleet/optimal/linear_solver.hpp"

namespace orrery {

/// What a little more of one thing is worth to the best plan, with its whole phases and blocks as they are.
struct ShadowPrice {
  enum class Kind {
    Money,      ///< A million dollars more in a step, of equity.
    Supply,     ///< One percent more of a chip that may be delivered in a step.
    Power,      ///< One more megawatt of halls with power at a site, from the end of a step on, for nothing.
    AllMoney,   ///< One percent more of all equity and promised debt.
    AllSupply,  ///< One percent more of every chip in every step.
    AllPower,   ///< One percent more power at every site, and room for it in split phases.
    Target,     ///< One percent more asked for.
  };
  Kind kind = Kind::Money;
  int index = -1;     ///< Of the chip or the site.
  int step = -1;      ///< Of those that have one.
  double amount = 0;  ///< That was added: dollars, chips, watts, or a share.
  /// Change of the goal's value by `amount`, from solving again: H100-equivalents, operations, or dollars (of a cost:
  /// what is saved). Never negative but for `Target`.
  double gain = 0;
  /// The same by the duals of the first solution: what it would be if nothing else came to bind on the way.
  double dual_gain = 0;
  /// The gain in dollars of the first step: by what a dollar then brings to the goal. NaN where money does not bind.
  double dollars = 0;
};

struct ShadowPrices {
  double per_dollar = 0;  ///< What a dollar more in the first step brings to the goal; 1 of a cost.
  /// Of what binds, the dearest of each kind first; of money and of a site's power, that may come earlier for the same
  /// gain, the latest.
  std::vector<ShadowPrice> prices;
};

/// Prices of what binds at the best plan of a problem. Of each kind that goes by step at most `most` are solved again,
/// those with the largest duals.
ShadowPrices shadow_prices(const BuildoutProblem& problem, const BuildoutPlan& plan, int most = 12,
                           const SolverLimits& limits = {});

}  // namespace orrery
