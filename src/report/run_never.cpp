#include "report/run_never.hpp"

#include <fmt/format.h>

#include <cmath>

#include <algorithm>

#include "base/check.hpp"
#include "base/unit_text.hpp"

namespace orrery {
namespace {

/// As it was simulated; as it is expected where nothing was.
std::string stops_text(const RunResult& result) {
  const Seconds between =
      result.stops.mean > 0 ? Seconds(result.wall.mean / result.stops.mean) : result.closed.mean_time_between_stops;
  if (!std::isfinite(between.raw())) return "faults are without number, though none stops the job";
  return fmt::format("the job stops each {}", format_time(between));
}

std::string interval_words(const RunResult& result) {
  const auto& intervals = result.closed.intervals;
  if (intervals.empty()) return "no checkpoint is written, so each stop loses everything";
  return fmt::format("the {} of work between two checkpoints", format_time(intervals.front()));
}

/// Until the first of the levels counts.
Seconds soonest_checkpoint(const RunSpec& spec) {
  Seconds soonest{};
  for (std::size_t i = 0; i < spec.checkpoints.size(); ++i) {
    const Seconds counts = spec.checkpoints[i].blocking + spec.checkpoints[i].lag;
    soonest = i == 0 ? counts : min(soonest, counts);
  }
  return soonest;
}

/// Whether a use takes more than half of the GPU-time of the replications that did not finish.
bool mostly(const RunResult& result, GpuUse use) {
  Ledger all;
  for (const Replication& run : result.replications) {
    if (!run.finished) all += run.ledger;
  }
  return all[use] > 0.5 * all.total();
}

}  // namespace

const char* never_key(NeverReason reason) {
  switch (reason) {
    case NeverReason::None:
      return "";
    case NeverReason::NoProgress:
      return "no_progress";
    case NeverReason::CheckpointsLag:
      return "checkpoints_lag";
    case NeverReason::NoNodes:
      return "no_nodes";
    case NeverReason::TooSlow:
      return "too_slow";
    case NeverReason::TooManyEvents:
      return "too_many_events";
  }
  ORRERY_CHECK(false, "every reason has a key");
}

std::string never_because(const RunSpec& spec, const RunResult& result) {
  switch (result.reason) {
    case NeverReason::None:
      return "nothing stops it";
    case NeverReason::NoProgress:
      return result.closed.intervals.empty()
                 ? fmt::format("{} and {}", stops_text(result), interval_words(result))
                 : fmt::format("{}, recovery takes {}, and {} are never done and kept", stops_text(result),
                               format_time(result.closed.recovery), interval_words(result));
    case NeverReason::CheckpointsLag:
      return fmt::format("{}, but a checkpoint counts only {} after it was begun, so that none ever does",
                         stops_text(result), format_time(soonest_checkpoint(spec)));
    case NeverReason::NoNodes:
      return fmt::format("nodes leave service until fewer than the job's {} are left, and none comes back",
                         format_count(spec.job.gpus / std::max(1, spec.machine.gpus_per_node)));
    case NeverReason::TooSlow:
      if (mostly(result, GpuUse::WaitForNode))
        return fmt::format("it waits for nodes: {} spares are held, and what is in repair comes back too late",
                           format_count(spec.policy.spares));
      if (mostly(result, GpuUse::Rework))
        return fmt::format("{}, and most of what it does in between is lost again", stops_text(result));
      return fmt::format("{} and recovery takes {}, so that it hardly advances", stops_text(result),
                         format_time(result.closed.recovery));
    case NeverReason::TooManyEvents:
      return fmt::format("{}: more faults than are simulated would come before its end", stops_text(result));
  }
  ORRERY_CHECK(false, "every reason has a sentence");
}

std::string what_helps(const RunResult& result) {
  const char* const more_nodes = "more spares, nodes from outside, or repairs that bring nodes back sooner";
  switch (result.reason) {
    case NeverReason::None:
      return "nothing is needed";
    case NeverReason::NoProgress:
      return "checkpoints that are written more often, or fewer faults; check the rates and the interval";
    case NeverReason::CheckpointsLag:
      return "checkpoints that count sooner: a level in the memory of peers, more bandwidth to storage";
    case NeverReason::NoNodes:
      return more_nodes;
    case NeverReason::TooSlow:
      if (mostly(result, GpuUse::WaitForNode)) return more_nodes;
      if (mostly(result, GpuUse::Rework))
        return "checkpoints that are written more often or count sooner, or fewer faults";
      return "a faster recovery (detection, restart, load), more spares, or fewer faults";
    case NeverReason::TooManyEvents:
      return "check the rates: a unit's faults should come days to years apart";
  }
  ORRERY_CHECK(false, "every reason has a remedy");
}

}  // namespace orrery
