#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/unit_text.hpp"

namespace orrery {

constexpr double kMinute = 60, kHour = 3600, kDay = 86400, kYear = 365.25 * kDay;

/// One way to write a unit: what it measures and its size in base units.
struct Unit {
  std::string name;
  Dimension dimension;
  double size;
  double print_from = 0;  ///< Printed in tables for values of at least this many base units; 0 for never.
};

/// Every unit of every dimension but `None` and those of money, which are written otherwise.
const std::vector<Unit>& all_units();

/// The unit in which a table prints a value: the largest that it reaches in that many significant digits, or the
/// smallest there is; of a dimension that has units in `all_units`.
const Unit& fitting_unit(double base_units, Dimension dimension, int digits);

struct MoneyScale {
  const char* letter;
  double size;
};
/// "$3M": letters behind an amount, smallest first.
const std::vector<MoneyScale>& money_scales();

/// What a price is for: "$2.10/h", "$9.3M/MW", "$0.08/kWh".
struct PricedUnit {
  const char* text;
  Dimension dimension;  ///< Of the price.
  double size;          ///< Base units of what is priced.
};
/// Every one, the usual one of each dimension first: prices are printed for it.
const std::vector<PricedUnit>& priced_units();
const PricedUnit& usual_priced_unit(Dimension dimension);

/// Whether it is an amount of money, or a price for something.
bool is_money(Dimension dimension);

/// What a unit of another habit is called here ("Gbps" is "Gbit/s"), or "".
std::string usual_name(std::string_view unit, Dimension dimension);

}  // namespace orrery
