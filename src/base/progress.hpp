#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace orrery {

/// Whether the stream of this file descriptor is a terminal that understands cursor movement (not TERM=dumb).
bool is_terminal(int descriptor);

/// Whether to colour it: a terminal, and NO_COLOR is unset or empty (no-color.org).
bool wants_colour(int descriptor);

/// Columns of the terminal, or `otherwise` where it is none or does not say.
std::size_t terminal_columns(int descriptor, std::size_t otherwise = 80);

/// "search  [#####     ]  50 %  12.0 s left", at most `columns` wide. `total` 0 means unknown: the count alone.
std::string progress_line(std::string_view title, std::size_t done, std::size_t total, double elapsed_seconds,
                          std::size_t columns);

/// A progress bar with the time left. Draws nothing in its first second, then at most ten times a second, and removes
/// itself at its end. Threads may advance it at once.
class Progress {
 public:
  /// `write`  takes the text for the terminal; empty for no bar (a file, a pipe, --quiet).
  Progress(std::string title, std::size_t total, std::function<void(std::string_view)> write, std::size_t columns = 80);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(std::size_t steps = 1);

 private:
  using Clock = std::chrono::steady_clock;
  std::string title_;
  std::size_t total_;
  std::function<void(std::string_view)> write_;
  std::size_t columns_;
  std::mutex mutex_;
  std::size_t done_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_draw_ = start_ + std::chrono::seconds(1);
  bool drawn_ = false;
};

/// What writes to the standard error stream when that is a terminal, and nothing otherwise: for `Progress`.
std::function<void(std::string_view)> terminal_writer();

}  // namespace orrery
