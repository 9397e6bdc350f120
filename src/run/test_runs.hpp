#pragma once

// Runs that tests of the event engine start from, and what holds for every one of them.

#include <cmath>
#include <numeric>
#include <vector>

#include "run/engine.hpp"

namespace orrery::test {

constexpr double kDay = 86400;

/// 128 nodes, a stop of the job every `between` seconds on average, checkpoints each `interval` of work.
inline RunSpec plain_run(double between, double detection, double restart, double interval, double blocking,
                         double lag = 0) {
  RunSpec spec;
  spec.job.gpus = 1024;
  spec.job.step_time = Seconds(1);
  FaultClass fault;
  fault.name = "gpu";
  fault.unit = "gpu";
  fault.rate = Hertz(1 / between / 1024);
  fault.detection = Law::fixed(detection);
  fault.evict = 0;
  spec.faults.classes = {fault};
  CheckpointLevel level;
  level.rule = IntervalRule::Fixed;
  level.interval = Seconds(interval);
  level.blocking = Seconds(blocking);
  level.lag = Seconds(lag);
  spec.checkpoints = {level};
  spec.restart.place = Law::fixed(restart);
  return spec;
}

inline std::vector<Seconds> intervals_of(const RunSpec& spec) {
  std::vector<Seconds> all;
  for (const CheckpointLevel& level : spec.checkpoints) all.push_back(level.interval);
  return all;
}

inline Replication replicate(const RunSpec& spec, std::uint64_t seed = 0, int replication = 0) {
  return RunEngine(spec, {.seed = seed}, replication, intervals_of(spec)).run();
}

/// Whether a ledger adds up to wall time x GPUs held, the counts of nodes away to the wall time, both to 1e-9, and no
/// use is negative.
inline bool ledger_closes(const RunSpec& spec, const Replication& run) {
  const double gpus = static_cast<double>(spec.job.gpus + spec.policy.spares * spec.machine.gpus_per_node);
  const double wall = run.wall.raw();
  const double down = std::accumulate(run.seconds_down.begin(), run.seconds_down.end(), 0.0);
  bool closes =
      std::abs(run.ledger.total() - gpus * wall) <= 1e-9 * gpus * wall && std::abs(down - wall) <= 1e-9 * wall;
  for (std::size_t i = 0; i < kGpuUses; ++i)
    closes = closes && run.ledger[static_cast<GpuUse>(i)] >= -1e-6 * gpus * wall;
  return closes;
}

}  // namespace orrery::test
