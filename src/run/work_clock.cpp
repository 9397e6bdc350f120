#include "run/work_clock.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace orrery {
namespace {

/// Positions within this share of an interval of a boundary are on it.
constexpr double kRounding = 1e-9;

/// Writes of a level at the boundaries from + 1 .. to.
double writes_between(long long from, long long to, long long every) {
  const long long writes = to / every - from / every;
  return static_cast<double>(writes);
}

}  // namespace

WorkClock::WorkClock(const std::vector<CheckpointLevel>& levels, const std::vector<Seconds>& intervals, double work)
    : work_(work) {
  ORRERY_CHECK(levels.size() == intervals.size(), "each level has an interval");
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (i == 0) interval_ = intervals[0].raw();
    Level level;
    level.blocking = levels[i].blocking.raw();
    level.interfered = levels[i].interference * levels[i].lag.raw();
    level.lag = levels[i].lag.raw() - level.interfered;
    level.every = std::max(1LL, std::llround(intervals[i].raw() / interval_));
    level.retained = levels[i].retained;
    ORRERY_CHECK(interval_ > 0 && levels[i].lag <= intervals[i] * (1 + kRounding),
                 "a checkpoint counts before the next");
    levels_.push_back(level);
  }
}

double WorkClock::cost(long long boundary) const {
  double sum = 0;
  for (const Level& level : levels_) {
    if (boundary % level.every == 0) sum += level.blocking + level.interfered;
  }
  return sum;
}

double WorkClock::wall(long long k, long long j, double speed) const {
  double time = static_cast<double>(j) * interval_ / speed;
  for (const Level& level : levels_) {
    time += writes_between(k, k + j, level.every) * (level.blocking + level.interfered);
  }
  return time;
}

double WorkClock::time_to_finish(double speed) const {
  double time = write_left_ + (work_ - position_) / speed;
  if (interval_ == 0) return time;
  // Boundaries before the end: one that falls on the end is not written.
  const auto last = static_cast<long long>(std::ceil(work_ / interval_ * (1 - kRounding))) - 1;
  for (const Level& level : levels_) {
    time += writes_between(boundary_, std::max(last, boundary_), level.every) * (level.blocking + level.interfered);
  }
  return time;
}

void WorkClock::promote(Level& level, double now) {
  if (level.pending < 0 || level.counts_at > now) return;
  level.safe = level.pending;
  level.has_safe = true;
  level.pending = -1;
}

/// The writes of the boundaries from + 1 .. to have ended, those of `to` at `now`.
void WorkClock::mark(long long from, long long to, double now, double speed) {
  for (Level& level : levels_) {
    const long long first = from / level.every, last = to / level.every;
    if (last == first) continue;
    written_ += static_cast<std::uint64_t>(last - first);
    const double ended = now - wall(last * level.every, to - last * level.every, speed);
    promote(level, ended);
    if (last - first > 1) {
      level.safe = static_cast<double>((last - 1) * level.every) * interval_;
      level.has_safe = true;
    }
    level.pending = static_cast<double>(last * level.every) * interval_;
    level.counts_at = ended + level.lag;
  }
}

WorkClock::Stretch WorkClock::run(double now, double time, double speed) {
  Stretch stretch;
  const auto split = [&](double writing, long long from, long long to) {
    double blocking = 0, interfered = 0;
    for (const Level& level : levels_) {
      const double writes = writes_between(from, to, level.every);
      blocking += writes * level.blocking;
      interfered += writes * level.interfered;
    }
    const double all = blocking + interfered;
    if (all <= 0) return;
    stretch.blocked += writing * blocking / all;
    stretch.interfered += writing * interfered / all;
  };
  while (time > 0 && !done()) {
    if (write_left_ > 0) {
      const double used = std::min(time, write_left_);
      split(used, boundary_ - 1, boundary_);
      now += used;
      time -= used;
      write_left_ -= used;
      if (write_left_ > 0) return stretch;
      mark(boundary_ - 1, boundary_, now, speed);
      continue;
    }
    if (interval_ == 0) {
      const double advance = std::min(work_ - position_, time * speed);
      stretch.work += advance;
      position_ = work_ - position_ <= time * speed ? work_ : position_ + advance;
      return stretch;
    }
    const double next = static_cast<double>(boundary_ + 1) * interval_;
    const bool on_boundary = std::abs(next - interval_ - position_) <= kRounding * interval_;
    if (on_boundary) {
      // As many whole intervals as fit: between the count without writes and the one with all of them.
      const auto before_end = static_cast<long long>(std::ceil(work_ / interval_ * (1 - kRounding))) - 1 - boundary_;
      long long high = static_cast<long long>(std::min(time * speed / interval_, 1e15));
      high = std::min(high, before_end);
      long long low = 0;
      while (low < high) {
        const long long middle = low + (high - low + 1) / 2;
        if (wall(boundary_, middle, speed) <= time) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      if (low > 0) {
        const double used = wall(boundary_, low, speed);
        const double advance = static_cast<double>(low) * interval_;
        split(used - advance / speed, boundary_, boundary_ + low);
        stretch.work += advance;
        now += used;
        time -= used;
        mark(boundary_, boundary_ + low, now, speed);
        boundary_ += low;
        position_ = static_cast<double>(boundary_) * interval_;
        continue;
      }
    }
    const double goal = std::min(next, work_);
    if (position_ + time * speed < goal) {
      position_ += time * speed;
      stretch.work += time * speed;
      return stretch;
    }
    const double used = (goal - position_) / speed;
    stretch.work += goal - position_;
    now += used;
    time = std::max(0.0, time - used);
    position_ = goal;
    if (done()) return stretch;
    ++boundary_;
    write_left_ = cost(boundary_);
    if (write_left_ == 0) mark(boundary_ - 1, boundary_, now, speed);
  }
  return stretch;
}

WorkClock::Restored WorkClock::go_to(double position, int level) {
  Restored restored{position_ - position, level, false};
  position_ = position;
  write_left_ = 0;
  boundary_ =
      interval_ > 0 ? static_cast<long long>(std::floor(position / interval_ * (1 + kRounding) + kRounding)) : 0;
  return restored;
}

WorkClock::Restored WorkClock::restore(double now, const std::vector<char>& outlives) {
  return restore_before(now, outlives, work_);
}

WorkClock::Restored WorkClock::restore_before(double now, const std::vector<char>& outlives, double corrupted_at) {
  double best = 0;
  int best_level = -1;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    Level& level = levels_[i];
    promote(level, now);
    level.pending = -1;
    if (!outlives[i]) level.has_safe = false;
    if (level.has_safe && level.safe > corrupted_at) {
      // Older ones lie at multiples of the interval, as many as are kept.
      const double every = static_cast<double>(level.every) * interval_;
      const double newest = std::floor(level.safe / every * (1 + kRounding)) * every;
      const double sound = std::floor(corrupted_at / every) * every;
      level.has_safe = sound > 0 && sound >= newest - (level.retained - 1) * every * (1 + kRounding);
      level.safe = sound;
    }
    if (!level.has_safe) level.safe = 0;
    if (level.has_safe && level.safe > best) {
      best = level.safe;
      best_level = static_cast<int>(i);
    }
  }
  Restored restored = go_to(best, best_level);
  restored.scratch = best_level < 0 && !levels_.empty() && restored.lost > 0;
  return restored;
}

void WorkClock::save_here() {
  write_left_ = 0;
  if (levels_.empty()) return;
  Level& slowest = levels_.back();
  slowest.safe = position_;
  slowest.has_safe = position_ > 0;
  slowest.pending = -1;
}

double WorkClock::safe_position(double now) const {
  double best = 0;
  for (const Level& level : levels_) {
    if (level.has_safe) best = std::max(best, level.safe);
    if (level.pending >= 0 && level.counts_at <= now) best = std::max(best, level.pending);
  }
  return best;
}

}  // namespace orrery
