#include "fleet/buying/rent_market.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "fleet/chip_cost.hpp"

namespace orrery {
namespace {

double per_hour(DollarsPerSecond rent) {
  return rent.raw() * 3600;
}
long long inside(const std::vector<RentScore>& scores) {
  for (const RentScore& s : scores) {
    MESSAGE(date_text(s.from) << " -> " << date_text(s.date) << ": quoted " << per_hour(s.quoted) << ", 80 % "
                              << per_hour(s.band.p10) << " to " << per_hour(s.band.p90) << ", median "
                              << per_hour(s.band.p50));
  }
  return std::count_if(scores.begin(), scores.end(), [](const RentScore& s) { return s.inside(); });
}

}  // namespace

TEST_CASE("rents of H100s: published, one fitted number, quotes after September 2024 that it did not see") {
  // economics.csv: 2.94 (March 2025), 1.70 (October 2025), 2.35 (March 2026), 2.60 (May 2026); the fit stands on the
  // five quotes before. With four points 3 or 4 inside is what an 80 % band should give.
  const auto scores = score_rents(offer_preset("h100-sxm"), landlord_economics(), Date::of(2024, 9, 1));
  REQUIRE(scores.size() == 4);
  CHECK(inside(scores) >= 3);
  // The V: the low of October 2025 lies in a band that holds the rise after it as well.
  CHECK(scores[1].inside());
}

TEST_CASE("rents of H100s: published, each quote from those before it") {
  const auto scores = score_next_rents(offer_preset("h100-sxm"), landlord_economics());
  REQUIRE(scores.size() == 7);
  CHECK(inside(scores) >= 5);
}

TEST_CASE("rents: law, a market known later knows more quotes, and an offer without quotes borrows") {
  const ChipOffer h100 = offer_preset("h100-sxm"), gb300 = offer_preset("gb300");
  const EconomicValues landlord = landlord_economics();
  const RentMarket early = rent_market(h100, h100, landlord, Date::of(2024, 9, 1));
  const RentMarket late = rent_market(h100, h100, landlord, Date::of(2026, 6, 1));
  CHECK(early.quotes < late.quotes);
  CHECK_FALSE(late.borrowed);
  CHECK(per_hour(late.rent) == doctest::Approx(2.6));
  const RentBand band = rent_band(late, Date::of(2028, 1, 1));
  CHECK(band.p10 < band.p50);
  CHECK(band.p50 < band.p90);
  CHECK(band.p10 > late.cost.operating);
  const RentMarket borrowed = rent_market(gb300, h100, landlord, Date::of(2026, 6, 1));
  if (gb300.rent.empty()) {
    CHECK(borrowed.borrowed);
    CHECK(borrowed.premium == doctest::Approx(late.premium));
    CHECK(borrowed.rent > late.rent);
  }
}

TEST_CASE("cost of a chip-hour: published, H100s of 2023 and 2025, at 85 % use and $0.07 a kWh") {
  // docs/fleet.md: 2.1 (8.5 %, 5 years), 2.6 (12 %, 4 years), 2.9 (8.5 %, 3 years) at the price of 2023; 1.6, 2.0, 2.3
  // at that of 2025; Korean power (0.13) adds 0.10; GB200 2.6 to 3.6. Reckoned apart from this program.
  EconomicValues e = values_of(economics_preset());
  const ChipOffer h100 = offer_preset("h100-sxm"), gb200 = offer_preset("gb200");
  const auto hour = [&](const ChipOffer& offer, Date bought, double rate, double years) {
    e.cost_of_capital = rate;
    e.hardware_life = Seconds(years * 365.25 * 86400);
    return per_hour(chip_cost(offer, bought, e, 0.85).total());
  };
  const Date y2023 = Date::of(2023, 7, 1), y2025 = Date::of(2025, 7, 1);
  CHECK(hour(h100, y2023, 0.085, 5) == doctest::Approx(2.1).epsilon(0.1));
  CHECK(hour(h100, y2023, 0.12, 4) == doctest::Approx(2.6).epsilon(0.1));
  CHECK(hour(h100, y2023, 0.085, 3) == doctest::Approx(2.9).epsilon(0.1));
  CHECK(hour(h100, y2025, 0.085, 5) == doctest::Approx(1.6).epsilon(0.1));
  CHECK(hour(h100, y2025, 0.12, 4) == doctest::Approx(2.0).epsilon(0.1));
  CHECK(hour(h100, y2025, 0.085, 3) == doctest::Approx(2.3).epsilon(0.1));
  CHECK(hour(gb200, y2025, 0.085, 5) == doctest::Approx(2.6).epsilon(0.1));
  CHECK(hour(gb200, y2025, 0.085, 3) == doctest::Approx(3.6).epsilon(0.1));
  const double us = hour(h100, y2025, 0.085, 5);
  e.electricity_price = DollarsPerJoule(0.13 / 3.6e6);
  CHECK(per_hour(chip_cost(h100, y2025, e, 0.85).total()) - us == doctest::Approx(0.10).epsilon(0.15));
}

}  // namespace orrery
