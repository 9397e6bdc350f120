#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "network/network.hpp"

namespace orrery {

/// Sizes below are judged apart: latencies rule there, bandwidths from here up.
inline constexpr Bytes kLargeMessage = 1_MiB;

/// Time of one operation, as a benchmark reports it.
struct MeasuredTime {
  Bytes payload;
  Seconds time;  ///< Above zero.
};

/// Between which times an expected one is to be found, 80 % of the time.
struct TimeRange {
  Seconds low, high;
};
using RangeOf = std::function<TimeRange(const Group& group, const NetworkRow& expected)>;

/// What a benchmark should show on a machine, and what it did show.
struct ExpectSpec {
  NetworkSpec question;  ///< Its payloads are answered where nothing was measured.
  std::vector<MeasuredTime> measured;
  RangeOf range;
};

enum class Standing {
  Inside,  ///< The range holds what was measured.
  Short,   ///< It took longer than the range allows.
  Ahead    ///< It took less.
};

struct ExpectRow {
  NetworkRow expected;
  TimeRange range;  ///< Of the time.
  std::optional<Seconds> measured;
  Standing standing = Standing::Inside;

  /// Bandwidth measured over bandwidth expected.
  double reached() const { return expected.time / *measured; }
};

/// Median of |log(measured / predicted)| of the time on each side of `kLargeMessage`; unset where nothing was measured.
struct CurveError {
  std::optional<double> small, large;
};

/// A physical change of the machine or of NCCL's settings, and how near it brings the model to the measurement.
/// Nothing of it is fitted: the change has one size.
struct Explanation {
  std::string change;  ///< "one NIC of 8 down"
  CurveError error;
  bool fits = false;  ///< See `explains`.
};

struct ExpectResult {
  NetworkResult model;
  std::vector<ExpectRow> rows;  ///< By payload; several of one payload where it was measured several times.
  CurveError error;             ///< Of the model as it is.
  std::optional<double> reached_small, reached_large;  ///< Medians of `ExpectRow::reached`.
  std::vector<Explanation> explanations;               ///< Those that fit, then by error; empty without measurement.
  /// How many of the first cannot be told apart: they fit, and their errors differ by less than half of `kLeastGain`.
  std::size_t equally_good = 0;
};

/// Throws `InputError` as `simulate_network` does, and for a group of one, which has nothing to send.
ExpectResult expect_collective(const ExpectSpec& spec);

/// Whether an explanation fits clearly better than the model as it is: on one side of `kLargeMessage` it halves the
/// error and takes off at least `kLeastGain`; on the other it adds less than that.
bool explains(const CurveError& explained, const CurveError& as_it_is);

/// Runs of a benchmark on one healthy machine scatter by a few percent: nothing smaller asks for an explanation.
inline constexpr double kLeastGain = 0.05;

}  // namespace orrery
