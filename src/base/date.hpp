#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/quantity.hpp"

namespace orrery {

/// A day of the Gregorian calendar, from year 1 to 9999.
class Date {
 public:
  constexpr Date() = default;  ///< 1970-01-01.
  constexpr explicit Date(int days_since_1970) : days_(days_since_1970) {}
  /// `month` and `day` from 1, as `parse_date` checks them.
  static Date of(int year, int month, int day);

  constexpr int days() const { return days_; }
  int year() const;
  int month() const;  ///< 1 to 12.
  int day() const;    ///< 1 to 31.

  friend constexpr auto operator<=>(Date, Date) = default;
  friend constexpr Seconds operator-(Date a, Date b) { return Seconds((a.days_ - b.days_) * 86400.0); }
  /// The day that holds the moment; within the calendar.
  friend Date operator+(Date date, Seconds time);

 private:
  int days_ = 0;
};

/// "2025-01-21"; "2025-01", "2025-Q1" and "2025" are the first day of the month, quarter or year. Nothing where it is
/// no such text, or no day of the calendar.
std::optional<Date> parse_date(std::string_view text);

std::string date_text(Date date);     ///< "2025-01-21"
std::string month_text(Date date);    ///< "2025-01"
std::string quarter_text(Date date);  ///< "2025-Q1"

/// First day of the quarter that holds the day, and of the one after it.
Date quarter_start(Date date);
Date next_quarter(Date date);
Date month_start(Date date);
Date next_month(Date date);

/// Years from `a` to `b`, of 365.25 days; negative where `b` is before `a`.
double years_between(Date a, Date b);

}  // namespace orrery
