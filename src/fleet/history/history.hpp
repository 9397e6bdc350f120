#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/quantity.hpp"

namespace orrery {

/// What a figure of history measures; its numbers are in base units.
enum class HistoryMeasure {
  Count,
  Money,
  HourlyPrice,  ///< Dollars a second.
  Power,        ///< Watts.
  Time,         ///< Seconds.
  Share
};

/// Whether what is predicted already lies in what predicts it.
enum class HistoryCircle {
  No,
  Partly,  ///< Some inputs rest on the same source's estimate of the same thing.
  Yes      ///< It only shows that the arithmetic returns what was put in.
};

/// How a prediction is held against the truth.
enum class HistoryRule {
  Near,      ///< The prediction lies between `least` and `most`.
  BandHolds  ///< The prediction's 80 % band holds the truth.
};

/// One number that the models predict and history knows.
struct HistoryFigure {
  std::string name;
  HistoryMeasure measure = HistoryMeasure::Count;
  double predicted = 0, p10 = 0, p90 = 0;  ///< 80 % band; equal to `predicted` where nothing was drawn.
  double truth = 0, low = 0, high = 0;     ///< As published, with its range; equal where it has none.
  HistoryRule rule = HistoryRule::Near;
  double least = 0, most = 0;  ///< Of `Near`.
  HistoryCircle circle = HistoryCircle::No;
  std::string circle_why{};
  bool forecast = false;  ///< The "truth" was itself a forecast when it was published.
  bool again = false;     ///< Another prediction of the truth of a figure before it.
  bool compares = false;  ///< The truth is another quantity, which the predicted one is held against: a rent.
  std::string source{};   ///< Of the truth.
  std::string miss{};     ///< Why, where it misses.

  double error() const { return predicted / truth - 1; }
  bool passes() const;
};

/// A row of the table of checks against history.
struct HistoryCheck {
  int number = 0;  ///< 1 to 14, as the table of docs/fleet-history.md.
  std::string name;
  std::string how;   ///< Which models predict it, under which assumptions.
  std::string band;  ///< "within 20 %"
  std::vector<HistoryFigure> figures;
  std::size_t needed = 0;  ///< Figures that have to pass; all where 0.

  bool passes() const;
};

/// How many figures' 80 % bands hold the truth, of those that could miss: not circular, no forecasts themselves, and of
/// the same quantity; one for each truth. Those that are partly circular are counted beside them.
struct HistoryCoverage {
  int inside = 0, of = 0;
  int partly_inside = 0, partly_of = 0;
};
HistoryCoverage history_coverage(std::span<const HistoryCheck> checks);

/// A training run whose length the levels step and run predicted.
struct HistoryRun {
  std::string id;         ///< "llama-3.1-405b", as in the facts, or one of those below.
  Seconds p10, p50, p90;  ///< Wall time.
  long long chips = 0;
};

/// DeepSeek-V3 in the best layout that the search finds, and with the time of a step that its published GPU-hours make.
inline constexpr const char* kDeepSeekBestLayout = "deepseek-v3 in the best layout";
inline constexpr const char* kDeepSeekAtItsStep = "deepseek-v3 at its step";

/// The fourteen checks, each with what the shared models (economics, chip offers, build times) say of the past, on
/// facts of data/reference/fleet_history.csv and build_phases.csv. Those of training runs need `runs`: a run that is
/// not among them is left out.
std::vector<HistoryCheck> history_checks(std::span<const HistoryRun> runs, std::uint64_t seed = 0);

}  // namespace orrery
