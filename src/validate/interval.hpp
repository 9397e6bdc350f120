#pragma once

#include <map>
#include <string>
#include <vector>

#include "step/result.hpp"
#include "validate/score.hpp"

namespace orrery {

/// Half-widths of 80 % intervals, as logarithms: a prediction p stands for [p exp(-w), p exp(w)].
///
/// One half-width a regime (host-bound, compute-bound, one node, many nodes, experts), one over all regimes for those
/// that are not there, and one for memory. Cross-conformal prediction (Vovk 2015; Barber et al. 2021, "CV+"): the
/// half-width is the ceil((n + 1) 0.8)-th smallest |log(measured / predicted)| of the n configurations of the fit part,
/// each predicted with constants fitted on other blocks. A regime of fewer than 20 takes the pooled quantile times its
/// mean error over the pooled mean error, both with outliers cut at 50 %, its own mean shrunk towards the pooled one by
/// 5 configurations: the quantile of so few is their worst case. New rows come from other blocks and releases than the
/// fitted ones, so the coverage that holds is the measured one (docs/accuracy.md).
struct IntervalTable {
  struct Entry {
    std::size_t configurations = 0;
    double half_width = 0;
  };
  std::map<std::string, Entry> regimes;  ///< By the name of the regime.
  Entry pooled;                          ///< Every time configuration.
  Entry memory;

  /// Log half-width of a regime's time; 0 when nothing was fitted.
  double half_width(const std::string& regime) const;
  bool empty() const { return pooled.configurations == 0; }
};

/// Smallest half-width such that the ceil((n + 1) coverage)-th of the n sorted magnitudes is inside (the largest when
/// n is too small); 0 for none.
double conformal_quantile(std::vector<double> magnitudes, double coverage);

/// Fits the table on the fit part (or on everything) of the scored configurations.
IntervalTable fit_intervals(const std::vector<ScoreBook::Configuration>& configurations, Side side = Side::Fit);

/// Sets `low` and `high` of a step's time.
void apply_interval(StepResult& result, const IntervalTable& table);
/// Sets the intervals of a scored row, in its own metric and in base units.
void apply_interval(RowScore& score, const IntervalTable& table);

/// As CSV text (`regime,configurations,half_width`), and back. A malformed table is an `InputError`.
std::string to_csv(const IntervalTable& table);
IntervalTable interval_table(const std::string& name, const std::string& csv);
/// The table that was compiled in from this path; empty when there is none.
IntervalTable embedded_intervals(const std::string& path);
/// That of steps: data/reference/intervals.csv.
const IntervalTable& reference_intervals();

}  // namespace orrery
