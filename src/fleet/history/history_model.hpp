#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/date.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"
#include "fleet/history/history.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {

/// A number as somebody published it: a row of data/reference/fleet_history.csv.
struct HistoryFact {
  double value = 0, low = 0, high = 0;  ///< The range is the value itself where none is given.
  Date date;
  bool forecast = false;
  std::string source;
};
HistoryFact history_fact(const std::string& id);

/// One future of what the models hold for uncertain: economics, and the levels (0 .. 1) of offers.
struct HistoryDraw {
  EconomicValues economics;
  double price = 0.5, power = 0.5, output = 0.5, share = 0.5;
};

/// Predicts figures with their bands, each from the same draws.
class HistoryModel {
 public:
  explicit HistoryModel(std::uint64_t seed);

  /// Median and 80 % band of `f` over the draws.
  HistoryFigure predict(std::string name, HistoryMeasure measure,
                        const std::function<double(const HistoryDraw&)>& f) const;

 private:
  Economics economics_;
  QuantileMatrix levels_;
};

/// The figure with a truth, and `tolerance` (0.2: within 20 %) of it as its band.
HistoryFigure against(HistoryFigure figure, const HistoryFact& fact, double tolerance);
/// The same with the mark of a circle.
HistoryFigure circular(HistoryFigure figure, HistoryCircle circle, std::string why);

/// Dollars of one chip of an offer at a date, in a draw.
Dollars drawn_price(const ChipOffer& offer, Date date, const HistoryDraw& draw);
/// Facility power of one chip in a draw.
Watts drawn_power(const ChipOffer& offer, const HistoryDraw& draw);

std::vector<HistoryCheck> history_cost_checks(const HistoryModel& model);
std::vector<HistoryCheck> history_supply_checks(const HistoryModel& model);
std::vector<HistoryCheck> history_time_checks(std::span<const HistoryRun> runs);

}  // namespace orrery
