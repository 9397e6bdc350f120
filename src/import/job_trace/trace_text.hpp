#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/job_table.hpp"

namespace orrery {

/// Fields of job traces as their writers print them. Functions of a text give nothing where it does not read.

/// Stands for a time or number that a trace does not say.
inline constexpr std::int64_t kUnsaid = std::numeric_limits<std::int64_t>::min();

/// Times and lengths beyond this many milliseconds (three centuries) are out of reach.
inline constexpr Millis kLongestMillis = 10'000'000'000'000;

std::string_view trimmed(std::string_view text);
/// Whether a field says nothing: empty, "None", "nan", "N/A", "Unknown", "null" and the like.
bool says_nothing(std::string_view text);

/// A decimal number, exponents included; nothing for NaN and infinities.
std::optional<double> number_in(std::string_view text);
/// A whole number, also where it is written "8.0".
std::optional<std::int64_t> whole_number_in(std::string_view text);
/// Seconds with or without decimals as milliseconds, rounded half up; beyond `kLongestMillis` nothing.
std::optional<Millis> seconds_in(std::string_view text);

/// A point in time as a calendar writes it.
struct DateTime {
  Millis epoch = 0;       ///< Since 1970-01-01 00:00 in its own zone, or in UTC where `has_zone`.
  bool has_zone = false;  ///< It named its distance from UTC, which `epoch` takes into account.
  int zone_minutes = 0;   ///< That distance.
};
/// "2017-10-09 07:01:55", "2023-03-01T00:18:22+08:00", with decimals of the second, or without a time of day. Years
/// 1970 to 2199.
std::optional<DateTime> date_time_in(std::string_view text);
/// "2017-10-09 07:01:55" of milliseconds since 1970.
std::string date_time_text(Millis epoch);

/// A length of time as Slurm writes it: "MM", "MM:SS", "HH:MM:SS", "D-HH", "D-HH:MM", "D-HH:MM:SS", with decimals of
/// the second; `kNever` for UNLIMITED and INFINITE.
std::optional<Millis> slurm_time_in(std::string_view text);

/// A state as traces name it: COMPLETED, Pass, Succeeded, Terminated, CANCELLED by 1000, TIMEOUT, ...; `Unknown` where
/// the name is not known.
JobState job_state_in(std::string_view text);
/// "completed", "failed", ...; "" for `Unknown`.
std::string_view job_state_name(JobState state);

}  // namespace orrery
