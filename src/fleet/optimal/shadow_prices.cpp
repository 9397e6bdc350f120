#include "fleet/optimal/shadow_prices.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fleet/optimal/buildout_solver.hpp"

namespace orrery {
namespace {

using U = BuildoutUnits;
using Kind = ShadowPrice::Kind;

constexpr double kMillion = 1e6;
constexpr double kPercent = 0.01;

class Pricing {
 public:
  Pricing(const BuildoutProblem& problem, const std::vector<double>& wholes, const SolverLimits& limits)
      : problem_(problem), solver_(problem, limits) {
    solver_.fix(wholes);
    minimises_ = problem.aim.goal == BuildoutGoal::LeastCost || problem.aim.goal == BuildoutGoal::Earliest;
  }

  ShadowPrices find(std::size_t most) {
    ShadowPrices found;
    const LinearSolution best = solver_.relaxed();
    if (!best.has_values) return found;
    base_ = best.objective;
    duals_ = best.duals;
    const BuildoutModel& model = solver_.model();
    const double dollar = gain_of_rows({model.balance.front()}, kMillion / U::kDollars) / kMillion;
    found.per_dollar = minimises_ ? 1 : dollar;
    per_dollar_ = found.per_dollar;
    const auto append = [&](std::vector<Candidate> candidates) {
      for (const ShadowPrice& price : telling(priced(std::move(candidates), most))) found.prices.push_back(price);
    };
    append(money());
    append(supply());
    append(power());
    for (const auto& [kind, column] : {std::pair{Kind::AllMoney, model.more_money},
                                       {Kind::AllSupply, model.more_supply},
                                       {Kind::AllPower, model.more_power}}) {
      ShadowPrice price{kind, -1, -1, kPercent, 0, 0, 0};
      price.gain = gain(solver_.value_with_more(column, kPercent));
      price.dual_gain = signed_gain(best.reduced[static_cast<std::size_t>(column)] * kPercent);
      finish(price);
      if (price.gain > least()) found.prices.push_back(price);
    }
    if (problem_.aim.h100e > 0 || problem_.aim.flop > Flops(0)) add_target(best, found);
    return found;
  }

 private:
  struct Candidate {
    ShadowPrice price;
    std::vector<int> rows;
    double step = 0;  ///< In the program's units.
  };

  /// A change of the objective as a gain: of a cost, what is saved.
  double signed_gain(double change) const { return solver_.in_units(minimises_ ? -change : change); }
  double gain(double value) const { return signed_gain(value - base_); }
  double gain_of_rows(const std::vector<int>& rows, double step) { return gain(solver_.value_with(rows, step)); }

  /// What is less is nothing.
  double least() const {
    constexpr double kLeast = 1e-8;
    return kLeast * std::max(1.0, std::abs(solver_.in_units(base_)));
  }

  void add_target(const LinearSolution& best, ShadowPrices& found) {
    ShadowPrice price{Kind::Target, -1, -1, kPercent, 0, 0, 0};
    price.gain = gain(solver_.value_with_target(1 + kPercent));
    price.dual_gain = signed_gain(solver_.target_dual(best) * kPercent);
    finish(price);
    if (price.gain < -least()) found.prices.push_back(price);
  }

  void finish(ShadowPrice& price) const {
    const bool worth = per_dollar_ > 0;
    price.dollars = worth ? price.gain / per_dollar_ : std::numeric_limits<double>::quiet_NaN();
  }

  Candidate candidate(ShadowPrice price, std::vector<int> rows, double step) const {
    double change = 0;
    for (const int row : rows) change += duals_[static_cast<std::size_t>(row)] * step;
    price.dual_gain = signed_gain(change);
    return {price, std::move(rows), step};
  }

  std::vector<Candidate> money() const {
    std::vector<Candidate> all;
    const std::vector<int>& rows = solver_.model().balance;
    for (std::size_t t = 0; t < rows.size(); ++t) {
      all.push_back(
          candidate({Kind::Money, -1, static_cast<int>(t), kMillion, 0, 0, 0}, {rows[t]}, kMillion / U::kDollars));
    }
    return all;
  }

  std::vector<Candidate> supply() const {
    std::vector<Candidate> all;
    const BuildoutModel::Table& rows = solver_.model().supply;
    for (std::size_t c = 0; c < rows.size(); ++c) {
      for (std::size_t t = 0; t < rows[c].size(); ++t) {
        const double amount = problem_.chips[c].ceiling[t] * kPercent;
        if (amount <= 0) continue;
        all.push_back(candidate({Kind::Supply, static_cast<int>(c), static_cast<int>(t), amount, 0, 0, 0}, {rows[c][t]},
                                amount / U::kChips));
      }
    }
    return all;
  }

  std::vector<Candidate> power() const {
    std::vector<Candidate> all;
    const BuildoutModel& model = solver_.model();
    for (std::size_t s = 0; s < model.halls.size(); ++s) {
      std::vector<int> rows;
      double known = 0;
      for (std::size_t t = model.halls[s].size(); t-- > 0;) {
        rows.push_back(model.halls[s][t]);
        if (model.feed[s][t] >= 0) rows.push_back(model.feed[s][t]);
        Candidate earlier = candidate({Kind::Power, static_cast<int>(s), static_cast<int>(t), kMillion, 0, 0, 0}, rows,
                                      kMillion / U::kWatts);
        // What comes earlier for no more gain says nothing new, and need not be solved again.
        if (earlier.price.dual_gain <= known) continue;
        known = earlier.price.dual_gain;
        all.push_back(std::move(earlier));
      }
    }
    return all;
  }

  std::vector<ShadowPrice> priced(std::vector<Candidate> candidates, std::size_t most) {
    std::erase_if(candidates, [&](const Candidate& c) { return c.price.dual_gain <= least(); });
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.price.dual_gain > b.price.dual_gain; });
    if (candidates.size() > most) candidates.resize(most);
    std::vector<ShadowPrice> prices;
    for (Candidate& c : candidates) {
      c.price.gain = gain_of_rows(c.rows, c.step);
      finish(c.price);
      if (c.price.gain > least()) prices.push_back(c.price);
    }
    return prices;
  }

  /// The dearest first. Of money and power, which do at least as well where they come earlier, only the latest of those
  /// that gain the same.
  static std::vector<ShadowPrice> telling(const std::vector<ShadowPrice>& prices) {
    constexpr double kMore = 1e-4;
    std::vector<ShadowPrice> kept;
    for (const ShadowPrice& price : prices) {
      const bool says_no_more = std::any_of(prices.begin(), prices.end(), [&](const ShadowPrice& other) {
        return other.index == price.index && other.step > price.step && other.gain * (1 + kMore) >= price.gain;
      });
      if (price.kind == Kind::Supply || !says_no_more) kept.push_back(price);
    }
    std::stable_sort(kept.begin(), kept.end(),
                     [](const ShadowPrice& a, const ShadowPrice& b) { return a.gain > b.gain; });
    return kept;
  }

  const BuildoutProblem& problem_;
  BuildoutSolver solver_;
  bool minimises_ = false;
  double base_ = 0, per_dollar_ = 0;
  std::vector<double> duals_;
};

}  // namespace

ShadowPrices shadow_prices(const BuildoutProblem& problem, const BuildoutPlan& plan, int most,
                           const SolverLimits& limits) {
  BuildoutProblem ending = problem;
  ending.aim.by = plan.by;
  return Pricing(ending, plan.wholes, limits).find(static_cast<std::size_t>(std::max(0, most)));
}

}  // namespace orrery
