#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"

namespace orrery {

/// A figure of a replay and the bound that it has to keep: "p90 wait < 4 h".
struct Target {
  enum class Quantity : std::uint8_t {
    Wait,         ///< From submission to the first start, seconds.
    Turnaround,   ///< From submission to the end, seconds.
    Slowdown,     ///< Bounded, tau = 10 min.
    Utilisation,  ///< Share of the GPU-time that jobs hold, of all jobs.
  };
  enum class Statistic : std::uint8_t { Mean, Quantile, Max };

  Quantity quantity = Quantity::Wait;
  Statistic statistic = Statistic::Quantile;  ///< Of utilisation: always the mean.
  double quantile = 0.9;
  bool at_most = true;                                                                ///< Otherwise: at least.
  double bound = 0;                                                                   ///< Seconds, or a plain number.
  std::string tenant;                                                                 ///< Only its jobs; empty: of all.
  std::int32_t least_gpus = 0, most_gpus = std::numeric_limits<std::int32_t>::max();  ///< Only jobs of so many.

  bool of_all_sizes() const;
  bool met(double value) const { return at_most ? value <= bound : value >= bound; }
  friend bool operator==(const Target&, const Target&) = default;
};

/// Reads a target:
///
///     p90 wait < 4 h                        p50, p99.9, median, mean, max; of wait, turnaround, slowdown
///     mean wait < 30 min of tenant vision
///     p99 slowdown < 10 of jobs of 8+ GPUs  or: of jobs of 1 GPU, of jobs of 2-4 GPUs
///     utilisation > 70 %
///
/// `<=` and `>=` mean the same as `<` and `>`. Throws `InputError` with the place of the mistake, which it calls
/// `name`.
Target parse_target(std::string_view text, const std::string& name = "--target");

/// "p90 wait": the figure of a target without its bound.
std::string target_figure(const Target& target);
/// " of tenant vision, of jobs of 8+ GPUs", or nothing.
std::string target_scope(const Target& target);
/// The whole target, which `parse_target` reads back to the same.
std::string target_text(const Target& target);

}  // namespace orrery
