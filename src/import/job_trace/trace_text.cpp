#include "import/job_trace/trace_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace orrery {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view text, std::string_view lower_word) {
  if (text.size() != lower_word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_word[i]) return false;
  }
  return true;
}

/// Takes digits from the front, at most `most` of them; nothing where there is none.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t most) {
  std::int64_t value = 0;
  std::size_t n = 0;
  while (n < most && n < text.size() && is_digit(text[n])) value = value * 10 + (text[n++] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// ".123" as milliseconds, half up; false where the dot has no digits or something else follows.
bool take_fraction(std::string_view& text, Millis& millis) {
  if (!take_char(text, '.')) return true;
  std::size_t n = 0;
  Millis value = 0;
  bool up = false;
  for (; n < text.size() && is_digit(text[n]); ++n) {
    if (n < 3) value = value * 10 + (text[n] - '0');
    if (n == 3) up = text[n] >= '5';
  }
  if (n == 0) return false;
  for (std::size_t i = n; i < 3; ++i) value *= 10;
  text.remove_prefix(n);
  millis = value + (up ? 1 : 0);
  return true;
}

/// Days from 1970-01-01 in the Gregorian calendar: days of whole 400-year eras from March on, after Hinnant,
/// "chrono-compatible low-level date algorithms".
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = year / 400, of_era = year - era * 400;
  const std::int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

std::int64_t days_in_month(std::int64_t year, std::int64_t month) {
  constexpr std::array<std::int64_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays.at(static_cast<std::size_t>(month - 1)) + (month == 2 && leap ? 1 : 0);
}

/// "+08:00", "+0800", "+08", "Z", "UTC".
bool take_zone(std::string_view text, DateTime& time) {
  if (text == "Z" || text == "UTC") {
    time.has_zone = true;
    return true;
  }
  const bool minus = !text.empty() && text.front() == '-';
  if (!minus && (text.empty() || text.front() != '+')) return false;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 14) return false;
  take_char(text, ':');
  std::int64_t minutes = 0;
  if (!text.empty()) {
    const auto read = take_digits(text, 2);
    if (!read || *read > 59 || !text.empty()) return false;
    minutes = *read;
  }
  time.has_zone = true;
  time.zone_minutes = static_cast<int>((*hours * 60 + minutes) * (minus ? -1 : 1));
  time.epoch -= time.zone_minutes * kMinute;
  return true;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

bool says_nothing(std::string_view text) {
  if (text.empty()) return true;
  // Most fields are numbers or names of another kind: decided by the first letter.
  switch (lower(text.front())) {
    case 'n':
      return same_word(text, "none") || same_word(text, "nan") || same_word(text, "null") || same_word(text, "n/a") ||
             same_word(text, "na");
    case 'u':
      return same_word(text, "unknown");
    case '(':
      return same_word(text, "(null)");
    default:
      return false;
  }
}

std::optional<double> number_in(std::string_view text) {
  if (take_char(text, '+') && !text.empty() && text.front() == '-') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::int64_t> whole_number_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) return value;
  const auto real = number_in(text);
  if (!real || *real != std::floor(*real) || std::abs(*real) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

std::optional<Millis> seconds_in(std::string_view text) {
  std::string_view rest = text;
  const bool minus = take_char(rest, '-');
  // Up to ten digits and a fraction read exactly; the rest (exponents, huge numbers) as a double.
  const auto whole = take_digits(rest, 11);
  Millis fraction = 0;
  if (whole && take_fraction(rest, fraction) && rest.empty() && *whole <= kLongestMillis / 1000) {
    const Millis millis = *whole * 1000 + fraction;
    return minus ? -millis : millis;
  }
  const auto real = number_in(text);
  if (!real || std::abs(*real) > static_cast<double>(kLongestMillis) / 1000) return std::nullopt;
  return static_cast<Millis>(std::floor(*real * 1000 + 0.5));
}

std::optional<DateTime> date_time_in(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || *year < 1970 || *year > 2199 || !take_char(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12 || !take_char(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  DateTime time;
  time.epoch = days_from_civil(*year, *month, *day) * kDay;
  if (text.empty()) return time;
  if (!take_char(text, ' ') && !take_char(text, 'T')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take_char(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t second = 0;
  Millis fraction = 0;
  if (take_char(text, ':')) {
    const auto read = take_digits(text, 2);
    if (!read || *read > 60 || !take_fraction(text, fraction)) return std::nullopt;
    second = *read;
  }
  time.epoch += *hour * kHour + *minute * kMinute + second * kSecond + fraction;
  text = trimmed(text);
  if (!text.empty() && !take_zone(text, time)) return std::nullopt;
  return time;
}

std::string date_time_text(Millis epoch) {
  const Millis of_day = ((epoch % kDay) + kDay) % kDay;
  // The inverse of `days_from_civil`, after the same source.
  const std::int64_t days = (epoch - of_day) / kDay + 719468;
  const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097, of_era = days - era * 146097;
  const std::int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * of_year + 2) / 153;
  const std::int64_t day = of_year - (153 * shifted + 2) / 5 + 1;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", year, month, day, of_day / kHour,
                                 of_day / kMinute % 60, of_day / kSecond % 60);
  if (of_day % kSecond != 0) text += fmt::format(".{:03}", of_day % kSecond);
  return text;
}

std::optional<Millis> slurm_time_in(std::string_view text) {
  if (same_word(text, "unlimited") || same_word(text, "infinite")) return kNever;
  std::array<std::int64_t, 3> parts{};
  const auto dash = text.find('-');
  std::int64_t days = 0;
  if (dash != std::string_view::npos) {
    const auto read = take_digits(text, 6);
    if (!read || !take_char(text, '-')) return std::nullopt;
    days = *read;
  }
  std::size_t n = 0;
  do {
    const auto read = take_digits(text, 9);
    if (!read) return std::nullopt;
    parts.at(n++) = *read;
  } while (n < 3 && take_char(text, ':'));
  Millis fraction = 0;
  if (!take_fraction(text, fraction) || !text.empty()) return std::nullopt;
  // With days the parts are hours, minutes, seconds from the left; without, one is minutes and two are MM:SS.
  if (dash == std::string_view::npos && n == 1) parts = {0, parts[0], 0};
  if (dash == std::string_view::npos && n == 2) parts = {0, parts[0], parts[1]};
  const Millis millis = days * kDay + parts[0] * kHour + parts[1] * kMinute + parts[2] * kSecond + fraction;
  return millis <= kLongestMillis ? std::optional(millis) : std::nullopt;
}

JobState job_state_in(std::string_view text) {
  // "CANCELLED by 1000", "COMPLETED+".
  text = text.substr(0, text.find_first_of(" +,"));
  static constexpr std::array<std::pair<std::string_view, JobState>, 40> kStates = {{
      {"completed", JobState::Completed},
      {"complete", JobState::Completed},
      {"pass", JobState::Completed},
      {"succeeded", JobState::Completed},
      {"terminated", JobState::Completed},
      {"cd", JobState::Completed},
      {"success", JobState::Completed},
      {"failed", JobState::Failed},
      {"fail", JobState::Failed},
      {"node_fail", JobState::Failed},
      {"out_of_memory", JobState::Failed},
      {"boot_fail", JobState::Failed},
      {"f", JobState::Failed},
      {"nf", JobState::Failed},
      {"oom", JobState::Failed},
      {"cancelled", JobState::Cancelled},
      {"canceled", JobState::Cancelled},
      {"killed", JobState::Cancelled},
      {"revoked", JobState::Cancelled},
      {"preempted", JobState::Cancelled},
      {"ca", JobState::Cancelled},
      {"pr", JobState::Cancelled},
      {"timeout", JobState::Timeout},
      {"deadline", JobState::Timeout},
      {"to", JobState::Timeout},
      {"dl", JobState::Timeout},
      {"running", JobState::Running},
      {"suspended", JobState::Running},
      {"completing", JobState::Running},
      {"r", JobState::Running},
      {"s", JobState::Running},
      {"cg", JobState::Running},
      {"configuring", JobState::Running},
      {"cf", JobState::Running},
      {"resizing", JobState::Running},
      {"stage_out", JobState::Running},
      {"signaling", JobState::Running},
      {"stopped", JobState::Running},
      {"st", JobState::Running},
      {"so", JobState::Running},
  }};
  for (const auto& [name, state] : kStates) {
    if (same_word(text, name)) return state;
  }
  return JobState::Unknown;
}

std::string_view job_state_name(JobState state) {
  switch (state) {
    case JobState::Completed:
      return "completed";
    case JobState::Failed:
      return "failed";
    case JobState::Cancelled:
      return "cancelled";
    case JobState::Timeout:
      return "timeout";
    case JobState::Running:
      return "running";
    case JobState::Unknown:
      break;
  }
  return "";
}

}  // namespace orrery
