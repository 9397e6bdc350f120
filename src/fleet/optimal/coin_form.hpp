#pragma once

#include <vector>

#include "fleet/optimal/linear_model.hpp"

namespace orrery {

/// A linear program as COIN-OR's solvers take it: always to be minimised, by columns, entries of one place summed.
struct CoinForm {
  int columns = 0, rows = 0;
  std::vector<int> starts;  ///< Of each column's entries, and their number at the end.
  std::vector<int> row_of;
  std::vector<double> coefficients;
  std::vector<double> column_lower, column_upper, row_lower, row_upper, objective;
  double sign = 1;  ///< -1 where the model maximises.
};
CoinForm coin_form(const LinearModel& model);

/// Infinity as COIN-OR knows it.
double coin_bound(double bound);

}  // namespace orrery
