#pragma once

#include <vector>

namespace orrery {

/// Maximise `objective` x subject to each row x <= its limit and x >= 0; limits are not negative, so that x = 0 is
/// allowed. Of all optima the one that maximises `then` x (left out where empty).
struct LinearProgram {
  std::vector<std::vector<double>> rows;
  std::vector<double> limits;
  std::vector<double> objective, then;
};

/// The optimum, exact up to rounding, by the simplex method on a dense tableau (Dantzig's rule; Bland's after many
/// steps that gain nothing, so that it ends). For some hundred rows and columns. Empty where the objective has no
/// bound.
std::vector<double> maximise(const LinearProgram& program);

}  // namespace orrery
