#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace orrery {

/// "search  [#####     ]  50 %  12.0 s left", at most `columns` wide. `total` 0 means unknown: the count alone.
std::string progress_line(std::string_view title, std::size_t done, std::size_t total, double elapsed_seconds,
                          std::size_t columns);

/// A progress bar with the time left. Draws nothing in its first second, then at most ten times a second, and removes
/// itself at its end.
class Progress {
 public:
  /// `write`  takes the text for the terminal; empty for no bar (standard error is no terminal).
  Progress(std::string title, std::size_t total, std::function<void(std::string_view)> write, std::size_t columns = 80);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `total` are behind us.
  void reached(std::size_t done);

 private:
  using Clock = std::chrono::steady_clock;
  std::string title_;
  std::size_t total_;
  std::function<void(std::string_view)> write_;
  std::size_t columns_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_draw_ = start_ + std::chrono::seconds(1);
  bool drawn_ = false;
};

}  // namespace orrery
