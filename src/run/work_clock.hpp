#pragma once

#include <cstdint>
#include <vector>

#include "run/spec.hpp"

namespace orrery {

/// Where a run stands in its work, and which of its checkpoints count. Positions are seconds of useful work since the
/// start; checkpoints of a level lie at the multiples of its interval.
///
/// Running over many checkpoints costs no more than over one: their times follow from counts, so an every-step
/// checkpoint is as cheap to simulate as none.
class WorkClock {
 public:
  /// `intervals`: of each level, in seconds of work; each a whole number of the one before, and its lag not longer than
  /// the interval. `work`: to be done, more than 0.
  WorkClock(const std::vector<CheckpointLevel>& levels, const std::vector<Seconds>& intervals, double work);

  double position() const { return position_; }
  bool done() const { return position_ >= work_; }
  double work() const { return work_; }

  /// Wall time until the work is done, running at `speed` (work a second) from here on.
  double time_to_finish(double speed) const;

  /// What a stretch of time went to.
  struct Stretch {
    double work = 0;        ///< Done, at the speed given: it took work / speed.
    double blocked = 0;     ///< Waited for checkpoints.
    double interfered = 0;  ///< Lost to checkpoints that drain in the background.
  };
  /// Runs from `now` for `time` at `speed`; what is beyond the end of the work is not used.
  Stretch run(double now, double time, double speed);

  struct Restored {
    double lost = 0;  ///< Work between the checkpoint and where the job stood.
    int level = -1;   ///< -1: from the very beginning.
    /// Of work that a checkpoint was sought behind, none was kept: see `restore_before`.
    bool scratch = false;
  };
  /// Goes back to the newest checkpoint that counts at `now`, of the levels for which `outlives[i]`; what the others
  /// hold is gone.
  Restored restore(double now, const std::vector<char>& outlives);
  /// The same, to the newest that is kept and not behind `corrupted_at`; newer ones are thrown away.
  Restored restore_before(double now, const std::vector<char>& outlives, double corrupted_at);

  /// Writes where the job stands to the slowest level, outside the intervals: before a planned stop.
  void save_here();

  /// Position of the newest checkpoint of any level that counts at `now`: grows only as the run advances.
  double safe_position(double now) const;
  /// Checkpoints of any level that have been started.
  std::uint64_t written() const { return written_; }

 private:
  struct Level {
    double blocking = 0, interfered = 0, lag = 0;
    long long every = 1;  ///< In boundaries: intervals of the fastest level.
    int retained = 1;
    double safe = 0;        ///< Position of the newest that counts; the beginning always does.
    bool has_safe = false;  ///< Of its own, not the beginning.
    double pending = -1;    ///< Position of one that will count at `counts_at`; -1: none.
    double counts_at = 0;
  };

  /// Wall time from the end of the writes at boundary `k` to the end of those at `k + j`.
  double wall(long long k, long long j, double speed) const;
  double cost(long long boundary) const;
  void mark(long long from, long long to, double now, double speed);
  static void promote(Level& level, double now);
  Restored go_to(double position, int level);

  std::vector<Level> levels_;
  double interval_ = 0;  ///< Of the fastest level; 0: no checkpoints.
  double work_;
  double position_ = 0;
  long long boundary_ = 0;  ///< Boundaries passed: the position lies in boundary_ .. boundary_ + 1 intervals.
  double write_left_ = 0;   ///< Of the writes at the boundary.
  std::uint64_t written_ = 0;
};

}  // namespace orrery
