#include "fleet/series_fields.hpp"

#include <map>

#include "base/check.hpp"
#include "base/unit_table.hpp"

namespace orrery {
namespace {

constexpr double kMost = 1e15;

Schema<DatedValue> made(Dimension dimension) {
  Schema<DatedValue> s("series", "What was, or will be, at a date.");
  // Times are those until a chip is delivered: less than a day is a slip of the unit.
  const bool is_time = dimension == Dimension::Time;
  const char* example = dimension == Dimension::None ? "spread(1, 2, 4)"
                        : is_time                    ? "spread(2 months, 3 months, 5 months)"
                                                     : "";
  s.date("date", &DatedValue::date, {.help = "When.", .example = "2025-Q1", .required = true})
      .law(
          "value", &DatedValue::value, dimension,
          bounded("What it was, or is likely to be.", example, is_time ? kDay : 0, is_time ? 30 * kYear : kMost, true));
  return s;
}

}  // namespace

const Schema<DatedValue>& dated_schema(Dimension dimension) {
  static const std::map<Dimension, Schema<DatedValue>> schemas = [] {
    std::map<Dimension, Schema<DatedValue>> all;
    for (const Dimension d : {Dimension::None, Dimension::Time, Dimension::Power, Dimension::Money,
                              Dimension::MoneyRate, Dimension::EnergyPrice, Dimension::Operations})
      all.emplace(d, made(d));
    return all;
  }();
  const auto found = schemas.find(dimension);
  ORRERY_CHECK(found != schemas.end(), "series of this dimension are declared");
  return found->second;
}

}  // namespace orrery
