#include <CbcHeuristic.hpp>
#include <CbcHeuristicFPump.hpp>
#include <CbcHeuristicRINS.hpp>
#include <CbcModel.hpp>
#include <CglGomory.hpp>
#include <CglKnapsackCover.hpp>
#include <CglMixedIntegerRounding2.hpp>
#include <CglProbing.hpp>
#include <CoinError.hpp>
#include <OsiClpSolverInterface.hpp>
#include <cmath>

#include "fleet/optimal/coin_form.hpp"
#include "fleet/optimal/linear_solver.hpp"

namespace orrery {
namespace {

void load(const LinearModel& model, const CoinForm& form, OsiClpSolverInterface& solver) {
  solver.messageHandler()->setLogLevel(0);
  solver.getModelPtr()->setLogLevel(0);
  solver.setHintParam(OsiDoReducePrint, true, OsiHintTry);
  solver.loadProblem(form.columns, form.rows, form.starts.data(), form.row_of.data(), form.coefficients.data(),
                     form.column_lower.data(), form.column_upper.data(), form.objective.data(), form.row_lower.data(),
                     form.row_upper.data());
  for (int column = 0; column < form.columns; ++column) {
    if (model.columns()[static_cast<std::size_t>(column)].integer) solver.setInteger(column);
  }
}

/// The cuts and heuristics that Cbc's own program uses most, all deterministic.
void equip(CbcModel& cbc) {
  CglProbing probing;
  probing.setUsingObjective(1);
  probing.setMaxPass(1);
  probing.setMaxProbe(10);
  probing.setMaxLook(10);
  probing.setRowCuts(3);
  CglGomory gomory;
  gomory.setLimit(200);
  CglKnapsackCover cover;
  CglMixedIntegerRounding2 rounding_cuts;
  cbc.addCutGenerator(&probing, -98, "Probing");
  cbc.addCutGenerator(&gomory, -98, "Gomory");
  cbc.addCutGenerator(&cover, -98, "Knapsack");
  cbc.addCutGenerator(&rounding_cuts, -98, "MixedIntegerRounding2");
  CbcRounding rounding(cbc);
  CbcHeuristicFPump pump(cbc);
  pump.setMaximumPasses(20);
  CbcHeuristicRINS neighbourhood(cbc);
  cbc.addHeuristic(&rounding, "rounding");
  cbc.addHeuristic(&pump, "feasibility pump");
  cbc.addHeuristic(&neighbourhood, "RINS");
}

LinearStatus status_of(const CbcModel& cbc) {
  if (cbc.isProvenInfeasible()) return LinearStatus::Infeasible;
  if (cbc.isContinuousUnbounded()) return LinearStatus::Unbounded;
  if (cbc.isProvenOptimal()) return LinearStatus::Optimal;
  return LinearStatus::Limit;
}

}  // namespace

LinearSolution solve_integer(const LinearModel& model, const SolverLimits& limits, const std::vector<double>& start) {
  LinearSolution solution;
  if (!model.problem().empty()) return solution;
  const CoinForm form = coin_form(model);
  try {
    OsiClpSolverInterface solver;
    load(model, form, solver);
    CbcModel cbc(solver);
    cbc.setLogLevel(0);
    cbc.messageHandler()->setLogLevel(0);
    cbc.solver()->messageHandler()->setLogLevel(0);
    cbc.setMaximumNodes(limits.nodes);
    cbc.setMaximumSeconds(limits.seconds);
    cbc.setAllowableFractionGap(limits.gap);
    cbc.setPrintFrequency(0);
    equip(cbc);
    cbc.initialSolve();
    if (cbc.solver()->isProvenPrimalInfeasible()) {
      solution.status = LinearStatus::Infeasible;
      return solution;
    }
    if (cbc.solver()->isProvenDualInfeasible()) {
      solution.status = LinearStatus::Unbounded;
      return solution;
    }
    if (start.size() == model.columns().size()) {
      double value = 0;
      for (std::size_t i = 0; i < start.size(); ++i) value += form.objective[i] * start[i];
      cbc.setBestSolution(start.data(), static_cast<int>(start.size()), value, true);
    }
    cbc.branchAndBound();
    solution.status = status_of(cbc);
    solution.nodes = cbc.getNodeCount();
    solution.iterations = cbc.getIterationCount();
    if (cbc.bestSolution() == nullptr) return solution;
    solution.has_values = true;
    solution.objective = form.sign * cbc.getObjValue();
    solution.bound = form.sign * cbc.getBestPossibleObjValue();
    solution.values.assign(cbc.bestSolution(), cbc.bestSolution() + form.columns);
    for (std::size_t i = 0; i < solution.values.size(); ++i) {
      if (model.columns()[i].integer) solution.values[i] = std::round(solution.values[i]);
    }
  } catch (const CoinError&) {
    return {};
  }
  return solution;
}

}  // namespace orrery
