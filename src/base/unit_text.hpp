#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/quantity.hpp"

namespace orrery {

/// What a text with a unit measures. `None` is a plain number.
enum class Dimension {
  None,
  Time,         ///< seconds
  Size,         ///< bytes
  Bandwidth,    ///< bytes a second
  Operations,   ///< operations
  FlopRate,     ///< operations a second
  Power,        ///< watts
  Energy,       ///< joules
  Money,        ///< dollars
  MoneyRate,    ///< dollars a second
  PowerPrice,   ///< dollars a watt
  EnergyPrice,  ///< dollars a joule
  Frequency,    ///< hertz
};

/// Why a text is no quantity of the wanted dimension, and the likely fix.
struct UnitError {
  std::string message;  ///< "`2` has no unit"
  std::string hint;     ///< "a time, for example \"2 us\""
};

/// The number in base SI units that a text such as "400 Gbit/s", "80 GiB", "2 us", "$2.10/h" or "10 MW" means. Case
/// matters (`b` is a bit, `B` a byte); a missing unit, a unit of another dimension, a number that is not finite or text
/// behind the unit is an error. `None` takes "0.85" and "85 %". Bits have prefixes in powers of 1000, as bytes do; Ki,
/// Mi, Gi, ... are powers of 1024; a year has 365.25 days. Independent of the locale.
Expected<double, UnitError> parse_quantity(std::string_view text, Dimension dimension);

/// "a time, for example \"2 us\"".
std::string dimension_hint(Dimension dimension);
/// "a time": for messages and reference pages.
const char* dimension_name(Dimension dimension);
/// Every unit of a dimension, as written.
std::vector<std::string> unit_names(Dimension dimension);

/// Text of a quantity for people, in a fitting unit, which `parse_quantity` reads back to within rounding: `digits`
/// significant ones. Sizes are printed in binary units, bandwidths in decimal bytes, prices by the hour.
std::string format_quantity(double base_units, Dimension dimension, int digits = 4);

/// The shortest text that `parse_quantity` reads back to exactly this finite number: "80 GiB", "0.1 us"; of those as
/// short one whose number is from 1 to 1,000. For scenarios that reproduce a run.
std::string exact_quantity(double base_units, Dimension dimension);

std::string format_time(Seconds time);                          ///< "6.75 s", "12.3 ms", "4.2 days"
std::string format_bytes(Bytes size);                           ///< Binary units: "61.0 GiB".
std::string format_bandwidth(BytesPerSecond rate);              ///< Decimal units: "450 GB/s".
std::string format_flop_rate(FlopsPerSecond rate);              ///< "989 TFLOP/s"
std::string format_money(Dollars amount);                       ///< "$1.2M"
std::string format_count(long long n);                          ///< "16,384"
std::string format_percent(double fraction, int decimals = 1);  ///< "41.8 %"
/// `value` with that many significant digits; scientific notation only from 1e15 up and below 1e-6.
std::string format_significant(double value, int digits);

/// Dimension of a quantity type.
template <class Q>
struct DimensionOf;
template <>
struct DimensionOf<Seconds> {
  static constexpr Dimension value = Dimension::Time;
};
template <>
struct DimensionOf<Bytes> {
  static constexpr Dimension value = Dimension::Size;
};
template <>
struct DimensionOf<BytesPerSecond> {
  static constexpr Dimension value = Dimension::Bandwidth;
};
template <>
struct DimensionOf<Flops> {
  static constexpr Dimension value = Dimension::Operations;
};
template <>
struct DimensionOf<FlopsPerSecond> {
  static constexpr Dimension value = Dimension::FlopRate;
};
template <>
struct DimensionOf<Watts> {
  static constexpr Dimension value = Dimension::Power;
};
template <>
struct DimensionOf<Joules> {
  static constexpr Dimension value = Dimension::Energy;
};
template <>
struct DimensionOf<Dollars> {
  static constexpr Dimension value = Dimension::Money;
};
template <>
struct DimensionOf<DollarsPerSecond> {
  static constexpr Dimension value = Dimension::MoneyRate;
};
template <>
struct DimensionOf<DollarsPerWatt> {
  static constexpr Dimension value = Dimension::PowerPrice;
};
template <>
struct DimensionOf<DollarsPerJoule> {
  static constexpr Dimension value = Dimension::EnergyPrice;
};
template <>
struct DimensionOf<Hertz> {
  static constexpr Dimension value = Dimension::Frequency;
};

}  // namespace orrery
