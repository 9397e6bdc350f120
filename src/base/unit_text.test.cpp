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
  CHECK(parsed("2 quarters", Dimension::Time) == parsed("6 months", Dimension::Time));
  CHECK(parsed("18 months", Dimension::Time) == doctest::Approx(1.5 * 365.25 * 86400));
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
  CHECK(refused("1e308 years", Dimension::Time).starts_with("`1e308 years` is too large"));
  CHECK(refused("2.10/h", Dimension::MoneyRate).starts_with("`2.10/h` has no currency"));
  CHECK(refused("5B", Dimension::Money).starts_with("`5B` has no currency"));
  CHECK(refused("\xE2\x82\xAC"
                "5B",
                Dimension::Money)
            .find("is not in dollars") != std::string::npos);
  CHECK(refused("5000B KRW", Dimension::Money).find("is not in dollars") != std::string::npos);
  CHECK(refused("3 s later", Dimension::Time).starts_with("unknown unit `s later`"));
}

TEST_CASE("units: hand-computed mistakes of case and habit") {
  CHECK(refused("400 gb/s", Dimension::Bandwidth) ==
        "unknown unit `gb/s`; did you mean `GB/s` (bytes) or `Gb/s` (bits)?");
  CHECK(refused("400 Gbps", Dimension::Bandwidth) == "unknown unit `Gbps`; did you mean `Gbit/s`?");
  CHECK(refused("80 gib", Dimension::Size) == "unknown unit `gib`; did you mean `GiB`?");
  CHECK(refused("80 Gb", Dimension::Size) == "unknown unit `Gb`; did you mean `Gbit`?");
  CHECK(refused("12 \xC2\xB5s", Dimension::Time) == "unknown unit `\xC2\xB5s`; did you mean `us`?");
  CHECK(refused("989 TFLOPS", Dimension::FlopRate) == "unknown unit `TFLOPS`; did you mean `TFLOP/s`?");
  CHECK(refused("10 mw", Dimension::Power) == "unknown unit `mw`; did you mean `MW`?");
  CHECK(refused("5 parsecs", Dimension::Power) == "unknown unit `parsecs`; a power, for example \"10 MW\"");
}

TEST_CASE("units: hand-computed mistakes in numbers and money") {
  CHECK(refused("16,384 GB", Dimension::Size) ==
        "`16,384 GB` has `,` inside its number; digits with a point and no separators, for example 16384 or 2.5");
  CHECK(refused("1e400 s", Dimension::Time).starts_with("`1e400 s` is too large or too small"));
  CHECK(refused("inf s", Dimension::Time).starts_with("`inf s` is not a time"));
  CHECK(refused("+-5 s", Dimension::Time).starts_with("`+-5 s` is not a time"));
  CHECK(refused("0x10 s", Dimension::Time).starts_with("unknown unit `x10 s`"));
  CHECK(refused("", Dimension::Time).starts_with("`` is not a time"));
  CHECK(refused("5 s", Dimension::None) == "`5 s` has a unit; a number, for example 0.5");
  CHECK(refused("$2.10", Dimension::MoneyRate) == "`$2.10` has no period; a price per time, for example \"$2.10/h\"");
  CHECK(refused("$2.10/h", Dimension::Money) ==
        "`$2.10/h` is a price per time, not an amount of money; an amount of money, for example \"$30k\"");
  CHECK(refused("$30K", Dimension::Money).starts_with("unknown unit `K` behind an amount"));
  CHECK(refused("$1e308T", Dimension::Money).starts_with("`$1e308T` is too large"));
  // A long text is cut, between characters.
  CHECK(
      refused(std::string(200, 'x').c_str(), Dimension::Time).starts_with("`" + std::string(37, 'x') + "...` is not"));
}

TEST_CASE("units: law, an exact text reads back to the same number") {
  std::mt19937_64 random(23);
  for (int trial = 0; trial < 2000; ++trial) {
    const double value = std::ldexp(static_cast<double>(random() >> 11U), static_cast<int>(random() % 60) - 70) *
                         (trial % 3 == 0 ? -1 : 1);
    for (int d = 0; d <= static_cast<int>(Dimension::Frequency); ++d) {
      const auto dimension = static_cast<Dimension>(d);
      const std::string text = exact_quantity(value, dimension);
      const auto back = parse_quantity(text, dimension);
      CAPTURE(text);
      REQUIRE(back.has_value());
      CHECK(*back == value);
    }
  }
}

TEST_CASE("units: hand-computed exact texts are short") {
  CHECK(exact_quantity(80.0 * 1073741824.0, Dimension::Size) == "80 GiB");
  CHECK(exact_quantity(450e9, Dimension::Bandwidth) == "450 GB/s");
  CHECK(exact_quantity(0, Dimension::Time) == "0 s");
  CHECK(exact_quantity(2e-6, Dimension::Time) == "2 us");
  CHECK(exact_quantity(3e11, Dimension::Money) == "$300B");
  CHECK(exact_quantity(0.5, Dimension::None) == "0.5");
  CHECK(exact_quantity(3350e9, Dimension::Bandwidth) == "3.35 TB/s");  // "3350 GB/s" is as long
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
  CHECK(format_time(90_s) == "90.0 s");
  CHECK(format_time(119.96_s) == "2.00 min");  // what will be printed decides the unit
  CHECK(format_time(Seconds(3 * 86400.0)) == "3.00 days");
  CHECK(format_time(0_s) == "0 s");
  CHECK(format_bandwidth(999.96_GB_per_s) == "1.00 TB/s");
  CHECK(format_quantity(-1536, Dimension::Size, 4) == "-1.500 KiB");
  CHECK(format_quantity(3.8e25, Dimension::Operations, 3) == "38.0 YFLOP");
  CHECK(format_quantity(2.1 / 3600, Dimension::MoneyRate, 3) == "$2.10/h");
  CHECK(format_money(Dollars(30000)) == "$30000");
  CHECK(format_money(Dollars(-999999)) == "-$1.00M");
}

TEST_CASE("units: hand-computed significant digits") {
  CHECK(format_significant(999.96, 4) == "1000");
  CHECK(format_significant(0.00012345, 3) == "0.000123");
  CHECK(format_significant(-12.345, 3) == "-12.3");
  CHECK(format_significant(123456, 3) == "123000");
  CHECK(format_significant(1000, 3) == "1000");
  CHECK(format_significant(1.5e17, 3) == "1.50e+17");
}

}  // namespace orrery
