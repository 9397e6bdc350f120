#pragma once

#include <string>
#include <vector>

#include "network/network.hpp"

namespace orrery {

/// One size of an nccl-tests run.
struct MeasuredPoint {
  Bytes payload;
  Seconds time;  ///< Positive.
};

/// What a change of the machine or of the library would make of the same sizes.
struct Explanation {
  std::string what;            ///< "half of the NICs are down".
  std::vector<Seconds> times;  ///< By point.
  double error = 0;            ///< Median over the points of |log(measured / time)|.
};

struct Comparison {
  NetworkResult expected;  ///< At the sizes of the points.
  double error = 0;        ///< As of an explanation: of the machine as it is said to be.
  /// Median of expected / measured from 1 MiB on, and below; 0 without such points. 1: as expected.
  double reached_large = 0, reached_small = 0;
  std::vector<Explanation> explanations;  ///< By error, the best first.
  /// Whether the first fits clearly better: half of the error of the machine as it is, which is above 10 %.
  bool explained = false;
};

/// Compares measured points with what the machine should give, and with what it would give if one thing were otherwise:
/// NICs down or slow, an algorithm or protocol forced, a slower fabric, ranks at random, slow scale-up links. Nothing
/// is fitted to the points: each explanation is the same model with one input changed. One explanation at a time; two
/// faults at once may look like a third.
///
/// `spec.payloads` are ignored. At least one point. Throws `InputError` as `simulate_network` does.
Comparison compare_with_measured(const NetworkSpec& spec, const std::vector<MeasuredPoint>& points);

}  // namespace orrery
