#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "run/fault_stream.hpp"
#include "run/spec.hpp"

namespace orrery {

/// The faults of a trace as a run meets them: see `RunSpec::replay`.
class ReplayStream {
 public:
  ReplayStream(const RunSpec& spec, long long nodes, std::uint64_t seed, int replication);

  double next_at() const { return next_at_; }  ///< Infinite: there is none.
  struct Struck {
    long long node = 0;
    int fault_class = 0;
    double away = 0;  ///< Seconds out of service.
  };
  Struck pop();

 private:
  void seek();
  void begin_at(double offset);

  const FaultTrace* trace_ = nullptr;
  const std::vector<int>* classes_ = nullptr;
  long long nodes_ = 0;
  std::optional<Shuffle> deal_;
  double turn_start_ = 0;  ///< Of the current pass through the trace.
  std::size_t index_ = 0;
  std::vector<Struck> at_start_;  ///< Away already where the replication begins.
  long long node_ = 0;
  double next_at_ = std::numeric_limits<double>::infinity();
};

}  // namespace orrery
