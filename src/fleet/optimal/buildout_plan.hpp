#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "fleet/optimal/buildout_problem.hpp"
#include "fleet/optimal/linear_solver.hpp"

namespace orrery {

/// What a plan does. Lists go by step, up to the one that counts.
struct BuildoutPlan {
  using List = std::vector<double>;
  using Table = std::vector<List>;

  /// Chips ordered in one step and delivered in another.
  struct Order {
    int chip = 0, ordered = 0, delivered = 0;
    double count = 0;
  };
  /// Work on a share of a phase.
  struct Start {
    int site = 0, phase = 0, begin = 0, stands = 0;
    double share = 0;
    int index = 0;  ///< Among the phase's starts.
  };

  std::vector<Order> orders;         ///< By chip, then delivery.
  std::vector<Start> starts;         ///< By site, phase and beginning.
  Table delivered, on;               ///< [chip][step]: chips; on: at the step's end.
  std::vector<Table> placed;         ///< [chip][site][step]: chips.
  Table halls, used;                 ///< [site][step]: watts that halls take, that chips take, at the step's end.
  List h100e;                        ///< Owned and on at the step's end.
  List rented;                       ///< H100-equivalents.
  List flop;                         ///< Usable operations in the step.
  List capital, running, revenue;    ///< Dollars in the step; running holds what is rented.
  List drawn, owed, cash, paid_out;  ///< Dollars: debt drawn in the step, owed and held at its end; what left the plan.

  int by = 0;           ///< The step that counts: of BuildoutGoal::Earliest, the first that reaches the target.
  double value = 0;     ///< What was optimised: H100-equivalents, operations, or dollars.
  double bound = 0;     ///< No plan is better than this.
  double relaxed = 0;   ///< The optimum if phases and blocks could be split.
  Dollars cost;         ///< Present value of halls, chips, running and renting.
  bool settled = true;  ///< The search for whole phases ended by itself, not by its limit.
  int rows = 0, columns = 0, integers = 0, entries = 0;  ///< Size of the program.
  long long iterations = 0, nodes = 0;                   ///< That it took.
  /// The program's columns, where some are whole numbers: for further questions with these as they are.
  List wholes;
};

/// How much more of one thing, and nothing else, would let the target be reached.
struct BuildoutRemedy {
  enum class Kind { Money, Supply, Power, Time } kind = Kind::Money;
  /// As a share of what there is, each dollar, ceiling or watt grown alike; of Time: steps later. Nothing: no amount
  /// of it alone would do.
  std::optional<double> more;
};

/// Why there is no plan: the target is beyond what can be had by then.
struct BuildoutInfeasible {
  int by = 0;
  double target = 0, most = 0;  ///< H100-equivalents, or operations, of the target that is missed.
  bool is_flop = false;
  bool is_empty = false;  ///< Nothing was asked for but the most, and that is less than one H100-equivalent.
  std::vector<BuildoutRemedy> remedies;
  /// Shares by which money, supply and power have to grow together, of least sum; nothing: not even so.
  std::optional<std::array<double, 3>> together;
  std::string broken;  ///< Where the solver found no answer: why. Then nothing else is said.
};

/// The plan that is best by the problem's aim, and of all such plans the one that costs least (where H100-equivalents
/// at the end count: of those that compute most until then). The problem has to be sound (`buildout_problems`).
Expected<BuildoutPlan, BuildoutInfeasible> optimal_buildout(const BuildoutProblem& problem,
                                                            const SolverLimits& limits = {});

/// Whether a plan never has a whole H100-equivalent, owned or rented: no answer to anybody, though it may be the best.
bool is_empty(const BuildoutPlan& plan);
/// What keeps the best plan of a problem, which is empty, from having one H100-equivalent.
BuildoutInfeasible why_empty(const BuildoutProblem& problem, const BuildoutPlan& plan, const SolverLimits& limits = {});

}  // namespace orrery
