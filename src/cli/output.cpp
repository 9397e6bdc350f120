#include "cli/output.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "base/file.hpp"
#include "cli/output_file.hpp"
#include "report/render.hpp"

namespace orrery {
namespace {

constexpr std::size_t kPlainWidth = 110;  // Of files and pipes: does not depend on the window.
constexpr std::size_t kNarrowest = 40;    // Narrower windows wrap on their own.
constexpr std::size_t kWidestReadable = 160;

/// 0, or the reason why the text could not be written whole.
int write_whole(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

/// A terminal that does more than append text.
bool is_terminal(int descriptor) {
  const char* kind = std::getenv("TERM");
  return ::isatty(descriptor) == 1 && (kind == nullptr || std::strcmp(kind, "dumb") != 0);
}

/// NO_COLOR as https://no-color.org has it: set and not empty.
bool uses_color(int descriptor, ColorChoice choice) {
  if (choice != ColorChoice::Auto) return choice == ColorChoice::Always;
  return is_terminal(descriptor) && !is_set("NO_COLOR");
}

std::size_t page_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return kPlainWidth;
  return std::clamp<std::size_t>(size.ws_col, kNarrowest, kWidestReadable);
}

}  // namespace

void emit(const Document& document, const OutputFlags& flags) {
  if (flags.collect != nullptr) {
    flags.collect->push_back(document);
    return;
  }
  if (!flags.svg.empty()) {
    if (all_charts(document).empty()) throw InputError("there is nothing to draw for `--svg " + flags.svg + "`");
    write_picture_file(flags.svg, render_svg(document));
  }
  if (!flags.html.empty())
    write_page_file(flags.html, render_html(document, {flags.command_line, flags.scenario, flags.explain}));
  std::string text;
  switch (flags.format) {
    case OutputFormat::Terminal:
      text = render_terminal(document, {uses_color(STDOUT_FILENO, flags.color), flags.explain, page_width()});
      break;
    case OutputFormat::Json:
      text = render_json(document);
      break;
    case OutputFormat::Csv:
      text = render_csv(document);
      break;
  }
  emit_text(text);
  Diagnostics warnings;
  for (const std::string& warning : document.warnings) warnings.warning(warning);
  for (const Document& level : document.levels) {
    for (const std::string& warning : level.warnings) warnings.warning(level.command + ": " + warning);
  }
  emit_warnings(warnings, flags);
}

void emit_text(std::string_view text) {
  const int reason = write_whole(STDOUT_FILENO, text);
  if (reason != 0) throw OutputError(std::string("cannot write to standard output: ") + std::strerror(reason));
}

void emit_mistakes(const std::vector<Diagnostic>& diagnostics, const OutputFlags& flags) {
  if (flags.format == OutputFormat::Json) {
    emit_text(render_json(diagnostics, "input"));
  } else {
    print_error(render_text(diagnostics, uses_color(STDERR_FILENO, flags.color)));
    if (diagnostics.size() > 1) print_error(summary_line(diagnostics, "nothing was done"));
  }
}

void emit_warnings(const Diagnostics& diagnostics, const OutputFlags& flags) {
  std::vector<Diagnostic> warnings;
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.severity == Severity::Warning) warnings.push_back(d);
  }
  if (!warnings.empty()) print_error(render_text(warnings, uses_color(STDERR_FILENO, flags.color)));
}

void print_error(std::string_view text) {
  write_whole(STDERR_FILENO, text);
}

std::function<void(std::string_view)> progress_writer() {
  if (!is_terminal(STDERR_FILENO)) return {};
  return print_error;
}

}  // namespace orrery
