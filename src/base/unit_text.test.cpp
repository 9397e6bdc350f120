#include "base/unit_text.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

namespace orrery {
namespace {

double parsed(const char* text, Dimension dimension) {
  const auto value = parse_quantity(text, dimension);
  REQUIRE_MESSAGE(value.has_value(), text);
  return *value;
}

std::string refused(const char* text, Dimension dimension) {
  const auto value = parse_quantity(text, dimension);
  REQUIRE_MESSAGE(!value.has_value(), text);
  return value.error().message + "; " + value.error().hint;
}

}  // namespace

TEST_CASE("units: hand-computed values in base units") {
  CHECK(parsed("400 Gbit/s", Dimension::Bandwidth) == doctest::Approx(50e9));
  CHECK(parsed("400 Gb/s", Dimension::Bandwidth) == doctest::Approx(50e9));
  CHECK(parsed("50 GB/s", Dimension::Bandwidth) == doctest::Approx(50e9));
  CHECK(parsed("80GiB", Dimension::Size) == doctest::Approx(80.0 * 1073741824.0));
  CHECK(parsed("2 us", Dimension::Time) == doctest::Approx(2e-6));
  CHECK(parsed("1.5 days", Dimension::Time) == doctest::Approx(129600.0));
  CHECK(parsed("$2.10/h", Dimension::MoneyRate) == doctest::Approx(2.10 / 3600));
  CHECK(parsed("$500B", Dimension::Money) == doctest::Approx(5e11));
  CHECK(parsed("10 MW", Dimension::Power) == doctest::Approx(1e7));
  CHECK(parsed("2 MWh", Dimension::Energy) == doctest::Approx(7.2e9));
  CHECK(parsed("85 %", Dimension::None) == doctest::Approx(0.85));
}

TEST_CASE("units: hand-computed mistakes name the likely fix") {
  CHECK(refused("2", Dimension::Time) == "`2` has no unit; a time, for example \"2 us\"");
  CHECK(refused("400 gbit/s", Dimension::Bandwidth) == "unknown unit `gbit/s`; did you mean `Gbit/s`?");
  CHECK(refused("80 GB/s", Dimension::Size) == "`80 GB/s` is a bandwidth, not a size; a size, for example \"80 GiB\"");
  CHECK(refused("fast", Dimension::Time) == "`fast` is not a time; a time, for example \"2 us\"");
  CHECK(refused("nan s", Dimension::Time).starts_with("`nan s` is not a time"));
  CHECK(refused("1e308 years", Dimension::Time).starts_with("`1e308 years` is not a time"));
  CHECK(refused("2.10/h", Dimension::MoneyRate).starts_with("`2.10/h` has no currency"));
  CHECK(refused("3 s later", Dimension::Time).starts_with("unknown unit `s later`"));
}

TEST_CASE("units: law, what is printed reads back") {
  std::mt19937 random(11);
  for (int trial = 0; trial < 2000; ++trial) {
    const double value = std::pow(10.0, -9 + static_cast<double>(random() % 2400) / 100);
    for (const Dimension dimension : {Dimension::Time, Dimension::Size, Dimension::Bandwidth, Dimension::FlopRate,
                                      Dimension::Power, Dimension::Money, Dimension::MoneyRate, Dimension::Energy}) {
      const std::string text = format_quantity(value, dimension, 12);
      const auto back = parse_quantity(text, dimension);
      CAPTURE(text);
      REQUIRE(back.has_value());
      CHECK(*back == doctest::Approx(value).epsilon(1e-9));
    }
  }
}

TEST_CASE("units: hand-computed texts") {
  CHECK(format_time(6.752_s) == "6.75 s");
  CHECK(format_time(12.34_ms) == "12.3 ms");
  CHECK(format_bytes(61_GiB) == "61.0 GiB");
  CHECK(format_bandwidth(450_GB_per_s) == "450 GB/s");
  CHECK(format_flop_rate(989.4_TFLOP_per_s) == "989 TFLOP/s");
  CHECK(format_count(16384) == "16,384");
  CHECK(format_count(-1234567) == "-1,234,567");
  CHECK(format_count(999) == "999");
  CHECK(format_money(Dollars(1.234e6)) == "$1.23M");
  CHECK(format_percent(0.4182) == "41.8 %");
}

}  // namespace orrery
