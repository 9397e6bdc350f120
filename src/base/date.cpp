#include "base/date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace orrery {
namespace {

constexpr int kFirstYear = 1, kLastYear = 9999;

std::chrono::year_month_day civil(Date date) {
  return std::chrono::sys_days(std::chrono::days(date.days()));
}

Date from_civil(std::chrono::year_month_day day) {
  return Date(static_cast<int>(std::chrono::sys_days(day).time_since_epoch().count()));
}

/// Exactly `digits` digits.
std::optional<int> number_of(std::string_view text, std::size_t digits) {
  if (text.size() != digits) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text[0] == '-') return std::nullopt;
  return value;
}

}  // namespace

Date Date::of(int year, int month, int day) {
  return from_civil(std::chrono::year_month_day(std::chrono::year(year),
                                                std::chrono::month(static_cast<unsigned>(month)),
                                                std::chrono::day(static_cast<unsigned>(day))));
}

int Date::year() const {
  return static_cast<int>(civil(*this).year());
}
int Date::month() const {
  return static_cast<int>(static_cast<unsigned>(civil(*this).month()));
}
int Date::day() const {
  return static_cast<int>(static_cast<unsigned>(civil(*this).day()));
}

Date operator+(Date date, Seconds time) {
  static const int first = Date::of(kFirstYear, 1, 1).days(), last = Date::of(kLastYear, 12, 31).days();
  const double day = std::floor(date.days() + time.raw() / 86400.0);
  if (std::isnan(day)) return date;
  return Date(static_cast<int>(std::clamp(day, static_cast<double>(first), static_cast<double>(last))));
}

std::optional<Date> parse_date(std::string_view text) {
  const auto year = number_of(text.substr(0, std::min<std::size_t>(4, text.size())), 4);
  if (!year || *year < kFirstYear) return std::nullopt;
  text.remove_prefix(4);
  if (text.empty()) return Date::of(*year, 1, 1);
  if (text[0] != '-') return std::nullopt;
  text.remove_prefix(1);
  if (text.size() == 2 && text[0] == 'Q' && text[1] >= '1' && text[1] <= '4')
    return Date::of(*year, 3 * (text[1] - '1') + 1, 1);
  const auto month = number_of(text.substr(0, std::min<std::size_t>(2, text.size())), 2);
  if (!month || *month < 1 || *month > 12) return std::nullopt;
  text.remove_prefix(2);
  if (text.empty()) return Date::of(*year, *month, 1);
  const auto day = number_of(text.substr(1), 2);
  if (text[0] != '-' || !day || *day < 1) return std::nullopt;
  const Date date = Date::of(*year, *month, *day);
  return date.month() == *month && date.day() == *day ? std::optional(date) : std::nullopt;
}

std::string date_text(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", date.year(), date.month(), date.day());
}
std::string month_text(Date date) {
  return fmt::format("{:04}-{:02}", date.year(), date.month());
}
std::string quarter_text(Date date) {
  return fmt::format("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1);
}

Date quarter_start(Date date) {
  return Date::of(date.year(), (date.month() - 1) / 3 * 3 + 1, 1);
}
Date next_quarter(Date date) {
  const int month = (date.month() - 1) / 3 * 3 + 4;
  return month > 12 ? Date::of(date.year() + 1, 1, 1) : Date::of(date.year(), month, 1);
}
Date month_start(Date date) {
  return Date::of(date.year(), date.month(), 1);
}
Date next_month(Date date) {
  return date.month() == 12 ? Date::of(date.year() + 1, 1, 1) : Date::of(date.year(), date.month() + 1, 1);
}

double years_between(Date a, Date b) {
  return (b.days() - a.days()) / 365.25;
}

}  // namespace orrery
