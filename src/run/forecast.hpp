#pragma once

#include <memory>
#include <vector>

#include "base/thread_pool.hpp"
#include "run/spec.hpp"
#include "run/trace_statistics.hpp"

namespace orrery {

/// Nodes of a machine that are away over `horizon`, under a fault model, without a job: one drawn future.
/// `away`: nodes that are in repair at the start, and since how long; their repairs go on as the law of `repair` has it
/// for those that took so long.
struct FutureNodes {
  long long nodes = 0;
  Seconds horizon;
  std::vector<Seconds> away;
  Law repair;
};
struct Future {
  int faults = 0;  ///< Nodes that leave service.
  NodesAway away{{}};
};
Future draw_future(const FaultModel& model, const FutureNodes& machine, std::uint64_t seed, int replication);

/// An 80 % interval and its middle.
struct Interval80 {
  double low = 0, middle = 0, high = 0;
};
/// What a model fitted to the past says of the time after it.
struct Forecast {
  Interval80 faults, mean_away, p95_away, p99_away;
};
Forecast forecast(const FaultModel& model, const FutureNodes& machine, std::uint64_t seed, int replications,
                  ThreadPool& pool);

/// Independent faults at the model's rate with its mean repair, and nothing else: no bursts, no swing, no repair that
/// does not last.
FaultModel plain_poisson(const FaultTrace& trace);

/// The machine as it is at a time of a trace: who is away, since when.
FutureNodes machine_at(const FaultTrace& trace, Seconds at, Seconds horizon);

/// Fits on the part of a trace before `at` and forecasts the part after it, up to `until`.
struct ScoredForecast {
  Forecast ours, poisson;
  double faults = 0, mean_away = 0, p95_away = 0, p99_away = 0;  ///< What happened.
};
ScoredForecast score_forecast(const FaultTrace& trace, Seconds at, Seconds until, std::uint64_t seed, int replications,
                              ThreadPool& pool);

}  // namespace orrery
