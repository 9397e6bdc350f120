#pragma once

#include <vector>

#include "fleet/optimal/buildout_problem.hpp"
#include "fleet/optimal/linear_model.hpp"

namespace orrery {

/// Units in which a build-out plan is solved, chosen so that its numbers lie near one.
struct BuildoutUnits {
  static constexpr double kDollars = 1e6;
  static constexpr double kChips = 1e3;  ///< Also of H100-equivalents.
  static constexpr double kWatts = 1e6;
  static constexpr double kFlops = 1e24;
};

/// A build-out plan as a linear program (docs/optimal-plan.md has the formulas), and where its columns and rows are.
/// Its steps end with the one that counts (`BuildoutAim::by`): what comes later is of no use to it. -1 stands where
/// there is none: a chip that may not stand at a site.
struct BuildoutModel {
  using List = std::vector<int>;    ///< By step.
  using Table = std::vector<List>;  ///< By chip or site, and step.

  /// Chips of a kind that are ordered in one step and delivered in another.
  struct Order {
    int ordered = 0, delivered = 0;
    int column = -1;
  };
  /// A share of a phase on which work begins in a step.
  struct Start {
    int begin = 0, stands = 0;
    int column = -1;
    int index = 0;  ///< Among the phase's starts.
  };

  LinearModel linear;

  // Columns.
  std::vector<std::vector<Order>> orders;               ///< By chip.
  std::vector<Table> place, on;                         ///< [chip][site][step]: chips placed in it, on at its end.
  std::vector<std::vector<std::vector<Start>>> starts;  ///< [site][phase].
  List capital, running, revenue;      ///< Money for halls and chips, for what is on and what is rented; earned.
  List drawn, cash, paid_out, rented;  ///< Debt drawn, money at the step's end; what leaves the plan; H100e.
  List h100e, flop;                    ///< On at the step's end; operations from the beginning to there.
  int value = -1;                      ///< Operations until the end, by their worth.
  /// By how much more, as a share, there is of all money, of every chip's ceiling, of all power and phases; bound to 0
  /// until someone asks what more would do.
  int more_money = -1, more_supply = -1, more_power = -1;

  // Rows.
  List balance, promise, debt_share;  ///< Money in a step; all that was drawn by it; its part of what was spent.
  Table supply;                       ///< [chip][step]: what is delivered.
  Table halls, feed;                  ///< [site][step]: power that the halls take, that there is.
};

/// The problem has to be sound (`buildout_problems`). The objective is left open.
BuildoutModel buildout_model(const BuildoutProblem& problem);

}  // namespace orrery
