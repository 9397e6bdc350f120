#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// Levels that change over time (GPUs of a tenant, jobs that wait), integrated exactly over equal bins.
///
/// A change costs the same however long a level then stays: it is booked for the rest of its bin, and once for all bins
/// behind that. The end need not be known: when time passes the last bin, neighbours are joined and bins are twice as
/// wide, so that between half of `kBins` and all of them are in use in the end. `Value`: an integer for what must add
/// up to the last unit.
template <class Value>
class TimeBins {
 public:
  static constexpr std::size_t kBins = 512;
  /// Times beyond are at it: nothing happens then, and sums stay within their range.
  static constexpr Millis kLatest = kNever / 4;

  /// Time before `begin` is left out: what changes there counts from `begin` on.
  TimeBins(std::size_t levels, Millis begin, Millis width = kSecond) : begin_(std::min(begin, kLatest)), width_(width) {
    for (std::size_t i = 0; i < levels; ++i) add_level();
  }

  std::size_t levels() const { return levels_.size(); }
  Millis width() const { return width_; }
  /// One level more, at zero; its number.
  std::size_t add_level() {
    levels_.push_back({std::vector<Value>(kBins), std::vector<Value>(kBins), Value{}});
    return levels_.size() - 1;
  }

  /// Goes on to a time; one that is earlier than the last, or than `begin`, is as late as that.
  void advance(Millis now) {
    now_ = std::max({now_, std::min(now, kLatest), begin_});
    if (now_ < bin_end()) return;
    while ((now_ - begin_) / width_ >= static_cast<Millis>(kBins)) join();
    bin_ = static_cast<std::size_t>((now_ - begin_) / width_);
  }
  /// Changes a level from now on.
  void change(std::size_t level, Value by) {
    Level& its = levels_[level];
    its.now += by;
    its.partial[bin_] += by * static_cast<Value>(bin_end() - now_);
    if (bin_ + 1 < kBins) its.steps[bin_ + 1] += by;
  }
  Value now(std::size_t level) const { return levels_[level].now; }
  /// Bin of the present time.
  std::size_t bin() const { return bin_; }

  /// Integral of a level over each bin, in its unit times milliseconds, the last one up to the present time.
  std::vector<Value> integrals(std::size_t level) const {
    const Level& its = levels_[level];
    std::vector<Value> sums(its.partial.begin(), its.partial.begin() + static_cast<std::ptrdiff_t>(bin_) + 1);
    Value height{};
    for (std::size_t i = 0; i <= bin_; ++i) {
      height += its.steps[i];
      sums[i] += height * static_cast<Value>(width_);
    }
    sums[bin_] -= its.now * static_cast<Value>(bin_end() - now_);
    if (bin_ > 0 && now_ == begin_ + static_cast<Millis>(bin_) * width_) sums.pop_back();  // Of no length.
    return sums;
  }

 private:
  struct Level {
    std::vector<Value> partial;  ///< Of changes within a bin, up to its end.
    std::vector<Value> steps;    ///< By how much a bin begins higher than the one before began, and what changed there.
    Value now;
  };

  Millis bin_end() const { return begin_ + (static_cast<Millis>(bin_) + 1) * width_; }

  void join() {
    constexpr std::size_t kHalf = kBins / 2;
    for (Level& its : levels_) {
      Value height{}, inside{};
      for (std::size_t i = 0; i < kHalf; ++i) {
        const Value step = its.steps[2 * i] + inside;
        inside = its.steps[2 * i + 1];
        its.partial[i] = its.partial[2 * i] + its.partial[2 * i + 1] + inside * static_cast<Value>(width_);
        its.steps[i] = step;
        height += step;
      }
      std::fill(its.partial.begin() + kHalf, its.partial.end(), Value{});
      std::fill(its.steps.begin() + kHalf, its.steps.end(), Value{});
      its.steps[kHalf] = its.now - height;
    }
    width_ *= 2;
    bin_ /= 2;
  }

  Millis begin_, width_;
  Millis now_ = 0;
  std::size_t bin_ = 0;
  std::vector<Level> levels_;
};

}  // namespace orrery
