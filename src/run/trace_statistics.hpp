#pragma once

#include <string>
#include <utility>
#include <vector>

#include "run/trace.hpp"

namespace orrery {

/// How long how many nodes were out of service at once.
class NodesAway {
 public:
  /// [k]: seconds with exactly k nodes away.
  explicit NodesAway(std::vector<double> seconds) : seconds_(std::move(seconds)) {}

  double mean() const;
  /// Nodes that are not exceeded in a share `q` of the time.
  int quantile(double q) const;
  int most() const { return static_cast<int>(seconds_.size()) - 1; }
  const std::vector<double>& seconds() const { return seconds_; }

 private:
  std::vector<double> seconds_;
};

/// Nodes of a trace that are away, between two times of it.
NodesAway nodes_away(const FaultTrace& trace, Seconds from, Seconds to);

/// The part of a trace between two times, times counted from `from`: faults that start in it, cut at `to` (and open
/// there), those that are open at `from` left out.
FaultTrace cut(const FaultTrace& trace, Seconds from, Seconds to);

/// One kind of fault in a trace.
struct KindStatistics {
  std::string kind;
  int faults = 0;
  double per_node_year = 0;
  Seconds repair_median;  ///< By Kaplan and Meier: faults that are open when the record ends were longer.
};

struct TraceStatistics {
  int faults = 0, nodes_hit = 0;
  double per_1000_node_days = 0;
  Seconds between_mean;                          ///< From one start to the next.
  double between_cv = 0;                         ///< Their coefficient of variation: 1 for a Poisson process.
  double refail_7_days = 0, refail_30_days = 0;  ///< Share of faults with another on the node so soon after the start.
  double burst_share = 0;                        ///< Share of faults that start within a minute of another.
  int largest_burst = 0;
  Seconds repair_median, repair_mean;
  std::vector<KindStatistics> kinds;  ///< Most faults first.
};
TraceStatistics trace_statistics(const FaultTrace& trace);

/// Quantiles 0, 1/n .. 1 of the time to repair with open faults censored (Kaplan and Meier, JASA 53, 1958); the last is
/// the longest seen. `faults`: at least one.
std::vector<double> repair_quantiles(const std::vector<const TraceFault*>& faults, int n);

/// Faults that start within a minute of each other, by their first: [first, behind) in the order of the trace.
struct Burst {
  std::size_t first = 0, behind = 0;
};
std::vector<Burst> bursts_of(const FaultTrace& trace);

}  // namespace orrery
