#include "base/date.hpp"

#include <doctest/doctest.h>

using namespace orrery;

TEST_CASE("date: hand-computed, known days") {
  CHECK(Date::of(1970, 1, 1).days() == 0);
  CHECK(Date::of(2000, 3, 1).days() == 11017);  // 30 years, 7 of them leap, then 31 + 29 days.
  // Colossus 1: retrofit on 24 April, 100,000 chips on 2 September 2024, told as 131 days.
  CHECK(Date::of(2024, 9, 2) - Date::of(2024, 4, 24) == Seconds(131 * 86400.0));
  CHECK(Date::of(2024, 4, 24) + Seconds(131 * 86400.0 + 3600) == Date::of(2024, 9, 2));
  CHECK(years_between(Date::of(2021, 1, 1), Date::of(2025, 1, 1)) == doctest::Approx(4));
}

TEST_CASE("date: hand-computed, what a text means") {
  CHECK(parse_date("2025-01-21") == Date::of(2025, 1, 21));
  CHECK(parse_date("2025-09") == Date::of(2025, 9, 1));
  CHECK(parse_date("2025-Q3") == Date::of(2025, 7, 1));
  CHECK(parse_date("2025") == Date::of(2025, 1, 1));
  CHECK(parse_date("2024-02-29").has_value());
  for (const char* text :
       {"",           "2",          "202",        "20255",      "2025-",      "2025-Q5",   "2025-q1",     "2025-13",
        "2025-00",    "2025-1",     "2025-02-29", "2025-02-00", "2025-04-31", "2025-01-2", "2025-01-21 ", "-025-01-01",
        "0000-01-01", "2025/01/21", "2025-01-1x", "21-01-2025"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_date(text).has_value());
  }
}

TEST_CASE("date: law, every day of four centuries is the text that it gives") {
  for (Date day = Date::of(1900, 1, 1); day < Date::of(2300, 1, 1); day = Date(day.days() + 1)) {
    REQUIRE(parse_date(date_text(day)) == day);
    REQUIRE(parse_date(month_text(day)) == month_start(day));
    REQUIRE(parse_date(quarter_text(day)) == quarter_start(day));
    REQUIRE(quarter_start(day) <= day);
    REQUIRE(day < next_quarter(day));
    REQUIRE(day < next_month(day));
    REQUIRE(quarter_start(Date(next_quarter(day).days() - 1)) == quarter_start(day));
  }
  CHECK(Date::of(2025, 1, 1) + Seconds(1e300) == Date::of(9999, 12, 31));
}
