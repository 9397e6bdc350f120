#include "step/schedule.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {
namespace {

struct Slot {
  int chunk;
  int micro_batch;
  bool backward;
};

/// Slots are laid out for a multiple of the stages, which interleaving needs; those past the last micro-batch take no
/// time.
long long laid_out(const PipelineWork& work) {
  if (work.chunks == 1) return work.micro_batches;
  return (work.micro_batches + work.stages - 1) / work.stages * work.stages;
}

/// Forwards of one stage in order: groups of `stages` micro-batches pass through chunk 0, then chunk 1, and so on.
/// Backwards take the same order with the chunks reversed.
std::vector<Slot> passes(const PipelineWork& work, bool backward) {
  std::vector<Slot> order;
  order.reserve(static_cast<std::size_t>(laid_out(work) * work.chunks));
  const long long group = work.chunks == 1 ? 1 : work.stages;
  for (long long first = 0; first < laid_out(work); first += group) {
    const long long last = first + group;
    for (int c = 0; c < work.chunks; ++c) {
      for (long long m = first; m < last; ++m) {
        order.push_back({backward ? work.chunks - 1 - c : c, static_cast<int>(m), backward});
      }
    }
  }
  return order;
}

/// Forwards that a stage runs before its first backward.
long long warm_up(const PipelineWork& work, int stage) {
  const long long total = laid_out(work) * work.chunks;
  if (work.schedule == Schedule::GPipe) return total;
  const long long behind = work.stages - 1 - stage;
  if (work.chunks == 1) return std::min(behind, total);
  return std::min(2 * behind + static_cast<long long>(work.chunks - 1) * work.stages, total);
}

std::vector<Slot> stage_order(const PipelineWork& work, int stage) {
  const std::vector<Slot> forwards = passes(work, false);
  const std::vector<Slot> backwards = passes(work, true);
  const std::size_t total = forwards.size();
  std::vector<Slot> order;
  order.reserve(2 * total);
  std::size_t f = 0, b = 0;
  for (const auto warm = static_cast<std::size_t>(warm_up(work, stage)); f < warm; ++f) order.push_back(forwards[f]);
  while (b < total) {
    if (f < total) order.push_back(forwards[f++]);
    order.push_back(backwards[b++]);
  }
  return order;
}

/// Times at which results become available, by model chunk (stage fastest) and micro-batch; negative: not yet.
class Arrivals {
 public:
  explicit Arrivals(const PipelineWork& work)
      : micro_batches_(static_cast<std::size_t>(laid_out(work))),
        depth_(static_cast<std::size_t>(work.stages * work.chunks)),
        times_(2 * depth_ * micro_batches_, -1.0) {}

  double& at(std::size_t position, const Slot& slot, bool backward) {
    return times_[((backward ? depth_ : 0) + position) * micro_batches_ + static_cast<std::size_t>(slot.micro_batch)];
  }
  std::size_t depth() const { return depth_; }

 private:
  std::size_t micro_batches_, depth_;
  std::vector<double> times_;
};

PipelineTimes execute(const PipelineWork& work, bool keep_events) {
  Arrivals done(work);
  const auto stages = static_cast<std::size_t>(work.stages);
  std::vector<std::vector<Slot>> orders(stages);
  for (int stage = 0; stage < work.stages; ++stage) orders[static_cast<std::size_t>(stage)] = stage_order(work, stage);
  std::vector<std::size_t> next(stages, 0);
  std::vector<double> free_at(stages, 0.0);
  PipelineTimes times;

  // When the input of a slot is there; negative while it is not known yet.
  const auto input_ready = [&](const Slot& slot, std::size_t position) {
    const bool last = position + 1 == done.depth();
    if (!slot.backward && position == 0) return 0.0;
    const bool from_forward = !slot.backward || last;
    const std::size_t source = from_forward ? (slot.backward ? position : position - 1) : position + 1;
    const double ready = done.at(source, slot, !from_forward);
    if (ready < 0) return -1.0;
    return source == position || work.stages == 1 ? ready : ready + work.hop.raw();
  };

  std::size_t remaining = 0;
  for (const auto& order : orders) remaining += order.size();
  while (remaining > 0) {
    const std::size_t before = remaining;
    for (std::size_t stage = 0; stage < stages; ++stage) {
      while (next[stage] < orders[stage].size()) {
        const Slot& slot = orders[stage][next[stage]];
        const std::size_t position = static_cast<std::size_t>(slot.chunk) * stages + stage;
        const double ready = input_ready(slot, position);
        if (ready < 0) break;
        const double start = std::max(ready, free_at[stage]);
        const int s = static_cast<int>(stage);
        const bool real = slot.micro_batch < work.micro_batches;
        const Seconds length = !real           ? Seconds{}
                               : slot.backward ? work.backward_of(s, slot.chunk)
                                               : work.forward_of(s, slot.chunk);
        free_at[stage] = start + length.raw();
        done.at(position, slot, slot.backward) = free_at[stage];
        if (keep_events && real) {
          times.events.push_back({s, slot.chunk, slot.micro_batch, slot.backward, Seconds(start), length});
        }
        ++next[stage];
        --remaining;
      }
    }
    ORRERY_CHECK(remaining < before, "a pipeline schedule always makes progress");
  }
  for (const double end : free_at) {
    times.finish.emplace_back(end);
    times.makespan = max(times.makespan, Seconds(end));
  }
  return times;
}

}  // namespace

PipelineTimes run_schedule(const PipelineWork& work, bool keep_events) {
  const double slots = 2.0 * work.stages * work.chunks * static_cast<double>(work.micro_batches);
  // Settled pipelines repeat: `stages` more micro-batches add the same time again and again. Few rounds settle all but
  // stages that differ by next to nothing, so that the longest pipelines may take fewer.
  const double round = 2.0 * work.stages * work.stages * work.chunks;
  const auto rounds = static_cast<long long>(std::clamp(kMostSlots / round, 4.0, 64.0));
  const long long settled = rounds * work.stages + work.micro_batches % work.stages;
  if (slots <= kMostSlots || work.micro_batches <= settled) return execute(work, keep_events);
  ORRERY_CHECK(!keep_events, "long timelines are refused before they are simulated");
  PipelineWork shorter = work;
  shorter.micro_batches = settled - work.stages;
  const PipelineTimes before = execute(shorter, false);
  shorter.micro_batches = settled;
  PipelineTimes times = execute(shorter, false);
  const long long groups = (work.micro_batches - settled) / work.stages;  // whole: `settled` has the same remainder
  const auto periods = static_cast<double>(groups);
  times.makespan += periods * (times.makespan - before.makespan);
  for (std::size_t stage = 0; stage < times.finish.size(); ++stage) {
    times.finish[stage] += periods * (times.finish[stage] - before.finish[stage]);
  }
  return times;
}

namespace {

/// Time in which every stage works through one micro-batch when stages interleave chunks that are not alike.
///
/// The stages move in lock step around a cycle of stages x chunks positions: at position t, stage s runs the forward
/// slot t - s of the cycle and the backward slot that its warm-up leaves it with, and the slowest stage rules.
Seconds lock_step_round(const PipelineWork& work) {
  const int cycle = work.stages * work.chunks;
  const auto chunk_at = [&](int slot) { return (slot % cycle + cycle) % cycle / work.stages; };
  Seconds round;
  for (int position = 0; position < cycle; ++position) {
    Seconds slowest;
    for (int stage = 0; stage < work.stages; ++stage) {
      const int forward = position - stage;
      const int warm = 2 * (work.stages - 1 - stage) + (work.chunks - 1) * work.stages;
      slowest = max(slowest, work.forward_of(stage, chunk_at(forward)) +
                                 work.backward_of(stage, work.chunks - 1 - chunk_at(forward - warm)));
    }
    round += slowest;
  }
  return round / work.stages;
}

}  // namespace

Seconds regular_makespan(const PipelineWork& work) {
  Seconds fill, busiest, busiest_first, busiest_backward;
  for (int stage = 0; stage < work.stages; ++stage) {
    Seconds forward, backward;
    for (int chunk = 0; chunk < work.chunks; ++chunk) {
      forward += work.forward_of(stage, chunk);
      backward += work.backward_of(stage, chunk);
    }
    const Seconds first = work.forward_of(stage, 0) + work.backward_of(stage, 0);
    fill += first;
    if (forward + backward >= busiest) busiest = forward + backward, busiest_first = first, busiest_backward = backward;
  }
  // The lock step takes the square of the stages: pipelines several times deeper than any that was published keep the
  // coarser estimate.
  constexpr double kMostPositions = 1 << 14;
  const bool affordable = 1.0 * work.stages * work.stages * work.chunks <= kMostPositions;
  if (work.chunks > 1 && affordable) busiest = max(busiest, lock_step_round(work));
  return pipeline_makespan(work.stages, work.chunks, work.micro_batches,
                           {busiest, busiest_backward, fill - busiest_first, work.hop, work.schedule});
}

Seconds pipeline_makespan(int stages, int chunks, long long micro_batches, const PipelineSums& sums) {
  const Seconds round_trip = 2.0 * (stages - 1) * sums.hop;
  Seconds makespan = static_cast<double>(micro_batches) * sums.busiest + sums.fill + round_trip;
  if (chunks == 1 && stages > 1 && sums.schedule != Schedule::GPipe) {
    // A stage keeps at most `stages` micro-batches in flight: if their way to the last stage and back takes longer than
    // the busiest stage needs for as many, every such window waits.
    const Seconds lag = sums.busiest + sums.fill + round_trip - static_cast<double>(stages) * sums.busiest;
    const long long windows = (micro_batches + stages - 1) / stages;
    if (lag > Seconds{}) makespan += static_cast<double>(windows - 1) * lag;
  }
  if (const long long last_group = micro_batches % stages; chunks > 1 && last_group > 0) {
    // A group of fewer micro-batches than stages drains with gaps: the backward pass of its next chunk waits until that
    // of the last one has been around all stages.
    const Seconds slot = sums.busiest_backward / chunks;
    makespan += static_cast<double>((chunks - 1) * (stages - last_group)) * slot;
  }
  return makespan;
}

double chunks_in_flight(int stage, int stages, int chunks, long long micro_batches, Schedule schedule) {
  const auto total = static_cast<double>(micro_batches * chunks);
  if (schedule == Schedule::GPipe) return total;
  if (stages == 1) return chunks;
  if (chunks == 1) return std::min<double>(stages - stage, total);
  return std::min(2.0 * (stages - 1 - stage) + static_cast<double>(chunks - 1) * stages + 1, total);
}

}  // namespace orrery
