#pragma once

#include <cstddef>
#include <vector>

#include "step/result.hpp"
#include "step/spec.hpp"

namespace orrery {

/// What the pipeline executes: time of every chunk's forward and backward slot, and the delay of an edge.
struct PipelineWork {
  int stages = 1;
  int chunks = 1;  ///< Model chunks a stage (interleaving).
  long long micro_batches = 1;
  std::vector<Seconds> forward;   ///< [stage * chunks + chunk]
  std::vector<Seconds> backward;  ///< [stage * chunks + chunk]
  Seconds hop{0};                 ///< Delay between a slot and the one on the next stage that needs its result.
  Schedule schedule = Schedule::OneForwardOneBackward;

  Seconds forward_of(int stage, int chunk) const { return forward[index(stage, chunk)]; }
  Seconds backward_of(int stage, int chunk) const { return backward[index(stage, chunk)]; }

 private:
  std::size_t index(int stage, int chunk) const { return static_cast<std::size_t>(stage * chunks + chunk); }
};

struct PipelineTimes {
  Seconds makespan;
  std::vector<Seconds> finish;        ///< When each stage ends its last slot.
  std::vector<PipelineEvent> events;  ///< Only when asked for, in order of each stage's execution.
};

/// Slots that are executed one by one.
inline constexpr double kMostSlots = 1e6;

/// Executes the schedule event by event: every stage runs its slots in the order of the schedule, a slot starts when
/// its stage is free and its input has arrived. Orders: GPipe (all forwards, then all backwards; Huang et al. 2019),
/// 1F1B (PipeDream-Flush) and interleaved 1F1B as Megatron-LM orders it (Narayanan et al. 2021, section 2.2), also
/// where the micro-batches are no multiple of the stages. Cost: proportional to the number of slots.
///
/// Beyond `kMostSlots` slots a pipeline has long settled: it is executed for two lengths, one group of micro-batches
/// apart, and continued by their difference, in time and memory that do not grow with the batch. Events cannot be kept
/// then.
PipelineTimes run_schedule(const PipelineWork& work, bool keep_events = false);

/// Closed form of the same makespan: the busiest stage works without a gap, and the other stages' first forward and
/// last backward fill and drain. Exact when all stages are equal and the micro-batches are a multiple of the stages, or
/// there is one chunk a stage and the last is the busiest; elsewhere an estimate (its error: docs/performance.md),
/// which the search refines with `run_schedule`.
Seconds regular_makespan(const PipelineWork& work);

/// What the closed form needs to know of the stages.
struct PipelineSums {
  Seconds busiest;           ///< The busiest stage's time for one micro-batch, all its chunks.
  Seconds busiest_backward;  ///< The backward part of it.
  Seconds fill;              ///< The first chunk's forward and backward summed over the other stages.
  Seconds hop;
  Schedule schedule = Schedule::OneForwardOneBackward;
};
/// The same from sums, where chunks are alike.
Seconds pipeline_makespan(int stages, int chunks, long long micro_batches, const PipelineSums& sums);

/// Micro-batch chunks whose activations a stage holds at its peak.
double chunks_in_flight(int stage, int stages, int chunks, long long micro_batches, Schedule schedule);

}  // namespace orrery
