#include "base/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/terminal_text.hpp"
#include "base/unit_text.hpp"

namespace orrery {

std::string progress_line(std::string_view title, std::size_t done, std::size_t total, double elapsed_seconds,
                          std::size_t columns) {
  if (total == 0) {
    return shortened(fmt::format("{}  {} done", title, format_count(static_cast<long long>(done))), columns);
  }
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  std::string tail = fmt::format("  {:3.0f} %", std::floor(100 * share));
  if (share > 0) tail += fmt::format("  {} left", format_time(Seconds(elapsed_seconds * (1 - share) / share)));
  const std::size_t used = display_width(title) + tail.size() + 4;  // Two blanks and two brackets.
  if (used + 10 > columns) return shortened(fmt::format("{}{}", title, tail), columns);
  const std::size_t width = std::min<std::size_t>(40, columns - used);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  return fmt::format("{}  [{}{}]{}", title, std::string(filled, '#'), std::string(width - filled, ' '), tail);
}

Progress::Progress(std::string title, std::size_t total, std::function<void(std::string_view)> write,
                   std::size_t columns)
    : title_(std::move(title)), total_(total), write_(std::move(write)), columns_(columns) {}

Progress::~Progress() {
  if (drawn_) write_("\r\033[K");
}

void Progress::reached(std::size_t done) {
  const Clock::time_point now = Clock::now();
  if (!write_ || now < next_draw_) return;
  next_draw_ = now + std::chrono::milliseconds(100);
  drawn_ = true;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  write_(fmt::format("\r{}\033[K", progress_line(title_, done, total_, elapsed, columns_ - 1)));
}

}  // namespace orrery
