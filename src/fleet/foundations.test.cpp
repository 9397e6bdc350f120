#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>

#include "base/unit_table.hpp"
#include "fleet/chip_cost.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

const Date k2024 = Date::of(2024, 1, 1), k2025 = Date::of(2025, 1, 1);

}  // namespace

TEST_CASE("dated series: hand-computed") {
  const DatedSeries price{
      DatedSeries::Shape::Curve, {{k2024, Law::fixed(100)}, {k2025, Law::fixed(400)}}, Law::fixed(0.5)};
  CHECK(price.at(Date::of(2020, 1, 1)) == 100);
  CHECK(price.at(Date::of(2024, 7, 2)) == doctest::Approx(200).epsilon(0.001));  // Half-way: the geometric mean.
  CHECK(price.at(Date::of(2027, 1, 1)) == doctest::Approx(100).epsilon(0.001));  // Two halvings.
  // 6 million in 2024, 2 million in 2025, then doubling: the second half of 2026 stands a year and a quarter behind.
  const DatedSeries output{
      DatedSeries::Shape::Steps, {{k2024, Law::fixed(6e6)}, {k2025, Law::fixed(2e6)}}, Law::fixed(2)};
  CHECK(output.at(Date::of(2023, 12, 31)) == 0);
  CHECK(output.mean(k2024, k2025) == doctest::Approx(6e6));
  // 184 days of 2024 and 181 of 2025.
  CHECK(output.mean(Date::of(2024, 7, 1), Date::of(2025, 7, 1)) ==
        doctest::Approx((184 * 6e6 + 181 * 2e6) / 365).epsilon(1e-12));
  // From 100 to 400 in a year, and then back half-way in half a year: 300 / ln 4, and 200 / ln 2.
  CHECK(price.mean(k2024, k2025) == doctest::Approx(300 / std::log(4.0)));
  CHECK(price.mean(k2025, Date::of(2026, 1, 1)) == doctest::Approx(200 / std::log(2.0)).epsilon(1e-3));
  CHECK(price.mean(Date::of(2022, 1, 1), k2024) == 100);
  CHECK(output.at(Date::of(2025, 12, 31)) == 2e6);
  CHECK(output.at(Date::of(2027, 1, 1)) == doctest::Approx(2e6 * std::pow(2, 1.5)).epsilon(0.002));
  CHECK(DatedSeries{}.at(k2024) == 0);
}

TEST_CASE("dated series: oracle, a mean is that of its days") {
  const DatedSeries steps{DatedSeries::Shape::Steps,
                          {{Date::of(2023, 5, 3), Law::fixed(10)}, {k2024, Law::fixed(3)}, {k2025, Law::fixed(70)}},
                          Law::fixed(3)};
  const DatedSeries curve{DatedSeries::Shape::Curve,
                          {{Date::of(2023, 5, 3), Law::fixed(10)}, {k2024, Law::fixed(0)}, {k2025, Law::fixed(70)}},
                          Law::fixed(0.2)};
  for (const DatedSeries& series : {steps, curve}) {
    for (const Date from : {Date::of(2022, 2, 1), Date::of(2023, 9, 9), Date::of(2025, 6, 1), Date::of(2027, 1, 1)}) {
      for (const int days : {1, 40, 400, 3000}) {
        // Over a day a curve is a line, or nearly.
        double sum = 0;
        for (int day = 0; day < days; ++day) {
          const Date today(from.days() + day), tomorrow(from.days() + day + 1);
          sum += series.shape == DatedSeries::Shape::Steps ? series.at(today)
                                                           : (series.at(today) + series.at(tomorrow)) / 2;
        }
        CAPTURE(days);
        CHECK(series.mean(from, Date(from.days() + days)) == doctest::Approx(sum / days).epsilon(2e-3));
      }
    }
  }
}

TEST_CASE("chip cost: hand-computed") {
  EconomicValues e;
  e.facility_capex = DollarsPerWatt(10);
  e.facility_life = Seconds(10 * kYear);
  e.hardware_life = Seconds(5 * kYear);
  e.network_overhead = 0.25;
  e.server_overhead = 0.15;
  e.pue = 1.25;
  e.power_use = 0.8;
  e.electricity_price = DollarsPerJoule(0.1 / 3.6e6);
  e.operations = 0.02;
  // $20,000 of chip is $28,000 of hardware; over 5 years without interest $5,600 a year. 1 kW of facility is $10,000
  // over 10 years. 1 kW x 0.8 x 1.25 draws 1 kW, or 8,766 kWh a year for $876.6. 2 % of the hardware are $560.
  const ChipCost cost = chip_cost(Dollars(20000), Watts(1000), Watts(1000), e, 0.5);
  const double used = kYear * 0.5;
  CHECK(cost.hardware.raw() * used == doctest::Approx(5600));
  CHECK(cost.facility.raw() * used == doctest::Approx(1000));
  CHECK(cost.energy.raw() * used == doctest::Approx(876.6));
  CHECK(cost.operations.raw() * used == doctest::Approx(560));
  // 10 % over two years: 1 / (1/1.1 + 1/1.21).
  CHECK(capital_recovery_factor(0.1, Seconds(2 * kYear)) == doctest::Approx(1 / (1 / 1.1 + 1 / 1.21)));
  CHECK(capital_recovery_factor(0, Seconds(4 * kYear)) == doctest::Approx(0.25));
  CHECK(capital_recovery_factor(1e-9, Seconds(4 * kYear)) == doctest::Approx(0.25));
}

TEST_CASE("offers: published, H100 equivalents as Epoch AI counts them") {
  CHECK(h100_equivalents(offer_preset("h100-sxm")) == doctest::Approx(1));
  CHECK(h100_equivalents(offer_preset("gb200")) == doctest::Approx(2.527).epsilon(0.001));
  CHECK(h100_equivalents(offer_preset("b200")) == doctest::Approx(2.274).epsilon(0.001));
  CHECK(h100_equivalents(offer_preset("trainium2")) == doctest::Approx(0.656).epsilon(0.001));
}

TEST_CASE("offers: published, shipments of a year come back") {
  // 891,655 H100s in 2023, 2,678,614 H100s and H200s in 2024 (Epoch AI).
  const ChipOffer h100 = offer_preset("h100-sxm");
  CHECK(h100.output_at(Date::of(2023, 6, 1)) == doctest::Approx(891655));
  CHECK(h100.output_at(Date::of(2024, 11, 30)) == doctest::Approx(2678614));
  CHECK(h100.output_at(Date::of(2022, 8, 1)) == 0);
  // Epoch AI's ends are 5 and 95 % quantiles: 747,011 and 1,049,151 in 2023; of H20s in 2024 737,395 and 1,246,802.
  CHECK(h100.output_at(Date::of(2023, 6, 1), 0.05) == doctest::Approx(747011).epsilon(0.001));
  CHECK(h100.output_at(Date::of(2023, 6, 1), 0.95) == doctest::Approx(1049151).epsilon(0.001));
  CHECK(offer_preset("h20").output_at(Date::of(2024, 6, 1), 0.05) == doctest::Approx(737395).epsilon(0.001));
  CHECK(offer_preset("h20").output_at(Date::of(2024, 6, 1), 0.95) == doctest::Approx(1246802).epsilon(0.001));
  // TPUs of all kinds at the end of 2023: 868,039 to 1,427,183 about 1,129,462.
  const ChipOffer v4 = offer_preset("tpu-v4");
  CHECK(v4.output_at(Date::of(2023, 6, 1), 0.05) / v4.output_at(Date::of(2023, 6, 1)) ==
        doctest::Approx(868039.0 / 1129462).epsilon(0.001));
  // FluidStack in October 2023 (Epoch AI hardware prices).
  CHECK(h100.rent.at(Date::of(2023, 10, 1)) * kHour == doctest::Approx(4.76));
  // Ordered in November 2023: 44 weeks; in April 2024: 10.
  CHECK(h100.lead_time.at(Date::of(2023, 11, 1)) == doctest::Approx(44 * 7 * kDay));
  CHECK(h100.lead_time.at(Date::of(2024, 4, 1)) == doctest::Approx(10 * 7 * kDay));
}

TEST_CASE("offers and economics: law, every preset reads and has what answers need") {
  for (const std::string& name : preset_names("offers")) {
    CAPTURE(name);
    const ChipOffer offer = offer_preset(name);
    CHECK(offer.name == name);
    CHECK(offer.peak_8bit > FlopsPerSecond(0));
    CHECK(offer.hardware.peak_bf16 > FlopsPerSecond(0));
    CHECK_FALSE(offer.price.empty());
    CHECK(offer.it_power < Watts(offer.facility_power.quantile(0.5)));
    Diagnostics diagnostics;
    CHECK(find_preset("nodes", offer.node, diagnostics).has_value());
  }
  for (const std::string& name : preset_names("economics")) {
    CAPTURE(name);
    Diagnostics diagnostics;
    const Value table = Value(Value::Table{{"preset", Span{}, Value(name, Span{})}}, Span{});
    const Economics economics = read_economics(&table, diagnostics);
    CHECK_FALSE(diagnostics.has_errors());
    CHECK(economics.name == name);
    CHECK(uncertain_inputs(economics).size() == 11);
    CHECK(economics_preset(name).name == name);
  }
}

TEST_CASE("offers: bad input, every mistake at once") {
  Diagnostics diagnostics;
  const std::string text =
      "[[offers]]\npreset = \"h100-smx\"\n"
      "[[offers]]\npreset = \"gb200\"\nprice = [{ date = 2026, value = \"$3k\" }, "
      "{ date = \"2025-01-01\", value = \"$2k\" }]\n"
      "[[offers]]\nchip = \"h101\"\nlaunch = \"2025-13\"\nfacility_power = 3\n";
  const Value root = read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
  read_offers(root.find("offers"), {}, diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) all += d.message + "|" + d.hint + "\n";
  for (const char* part : {"`h100-smx`", "h100-sxm", "the dates of `price` do not ascend: 2025-01-01 after 2026-01-01",
                           "h101", "`2025-13` is no date", "`offers[2].facility_power` has no unit"}) {
    CAPTURE(part);
    CHECK(all.find(part) != std::string::npos);
  }
}

}  // namespace orrery
