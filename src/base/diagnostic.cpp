#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

#include "base/terminal_text.hpp"

namespace orrery {
namespace {

constexpr std::size_t kLineLimit = 160;  // Bytes of an input line that a message shows.
constexpr std::size_t kMostShown = 100;  // Messages in one text: the rest are counted.

/// The first error, for whoever catches a plain exception.
std::string summary_of(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return "input error";
  const auto is_error = [](const Diagnostic& d) { return d.severity == Severity::Error; };
  const auto first = std::find_if(diagnostics.begin(), diagnostics.end(), is_error);
  std::string text = first == diagnostics.end() ? diagnostics.front().message : first->message;
  if (diagnostics.size() > 1) text += fmt::format(" (and {} more)", diagnostics.size() - 1);
  return text;
}

/// A line of a text, counted from 1, without its end.
std::string_view line_of(std::string_view text, std::size_t line) {
  for (std::size_t current = 1; current < line; ++current) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

struct Excerpt {
  std::string text;
  std::size_t caret_column = 0;  ///< Terminal columns before the caret.
  std::size_t caret_width = 1;
};

/// The part of the line around the span that fits on a terminal, "..." where it was cut, and where the caret goes.
Excerpt excerpt(std::string_view line, const Span& span) {
  const std::size_t marked = std::min(span.column > 0 ? span.column - 1 : 0, line.size());
  const std::size_t marked_end = marked + std::min(span.length, line.size() - marked);
  const std::size_t begin = line.size() > kLineLimit && marked > kLineLimit / 2 ? marked - kLineLimit / 2 : 0;
  const std::size_t end = std::min(line.size(), begin + kLineLimit);
  Excerpt result;
  std::size_t columns = 0, caret_end = 0;
  const auto append = [&](std::string_view text) {
    result.text += printable(text);
    columns += display_width(text);
  };
  if (begin > 0) append("...");
  bool before = true;
  // Whole characters only: the cut may fall inside one, whose rest is then skipped.
  for (std::size_t at = begin; at < end;) {
    const std::size_t bytes = first_character(line.substr(at)).bytes;
    const bool stray = at == begin && begin > 0 && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U;
    if (before && at + bytes > marked) {
      result.caret_column = columns;
      before = false;
    }
    if (!stray) append(line.substr(at, bytes));
    if (at < marked_end) caret_end = columns;
    at += bytes;
  }
  if (before) result.caret_column = columns;
  if (end < line.size()) append("...");
  result.caret_width = caret_end > result.caret_column ? caret_end - result.caret_column : 1;
  return result;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

/// Edit distance with transpositions of neighbours (Damerau 1964, restricted form).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

InputError::InputError(std::vector<Diagnostic> diagnostics)
    : diagnostics_(std::move(diagnostics)), what_(summary_of(diagnostics_)) {}

InputError::InputError(std::string message, Span span, std::string hint)
    : InputError(std::vector<Diagnostic>{{Severity::Error, std::move(message), std::move(span), std::move(hint)}}) {}

void Diagnostics::error(std::string message, Span span, std::string hint) {
  list_.push_back({Severity::Error, std::move(message), std::move(span), std::move(hint)});
}

void Diagnostics::warning(std::string message, Span span, std::string hint) {
  list_.push_back({Severity::Warning, std::move(message), std::move(span), std::move(hint)});
}

bool Diagnostics::has_errors() const {
  return std::any_of(list_.begin(), list_.end(), [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

void Diagnostics::throw_if_errors() const {
  if (has_errors()) throw InputError(list_);
}

std::string render_text(const std::vector<Diagnostic>& diagnostics, bool colour) {
  const char* const bold = colour ? "\033[1m" : "";
  const char* const red = colour ? "\033[1;31m" : "";
  const char* const yellow = colour ? "\033[1;33m" : "";
  const char* const reset = colour ? "\033[0m" : "";
  std::string text;
  std::size_t shown = 0;
  for (const Diagnostic& d : diagnostics) {
    if (shown++ == kMostShown) {
      text += fmt::format("... and {} more\n", diagnostics.size() - kMostShown);
      break;
    }
    const bool is_error = d.severity == Severity::Error;
    const std::string hint = printable(d.hint);
    text += fmt::format("{}{}{}: {}{}{}\n", is_error ? red : yellow, is_error ? "error" : "warning", reset, bold,
                        printable(d.message), reset);
    if (d.span.source && d.span.line > 0) {
      const SourceText& source = *d.span.source;
      const std::size_t first = source.first_line;
      const Excerpt line = excerpt(d.span.line < first ? "" : line_of(source.text, d.span.line - first + 1), d.span);
      const std::string number = std::to_string(d.span.line);
      const std::string margin(number.size(), ' ');
      text += fmt::format("  --> {}:{}:{}\n", printable(source.name), d.span.line, d.span.column);
      text += fmt::format("{} |\n{} | {}\n", margin, number, line.text);
      text += fmt::format("{} | {}{}{}{}{}{}\n", margin, std::string(line.caret_column, ' '), red,
                          std::string(line.caret_width, '^'), reset, hint.empty() ? "" : " ", hint);
    } else {
      if (d.span.source) text += fmt::format("  --> {}\n", printable(d.span.source->name));
      if (!hint.empty()) text += fmt::format("  {}\n", hint);
    }
  }
  return text;
}

std::string summary_line(const std::vector<Diagnostic>& diagnostics, std::string_view consequence) {
  std::size_t errors = 0, warnings = 0;
  std::vector<std::string_view> names;
  for (const Diagnostic& d : diagnostics) {
    ++(d.severity == Severity::Error ? errors : warnings);
    if (!d.span.source) continue;
    const std::string_view name = d.span.source->name;
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  const auto counted = [](std::size_t n, const char* noun) {
    return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
  };
  std::string text;
  if (errors > 0) text = counted(errors, "error");
  if (warnings > 0) text += (text.empty() ? "" : " and ") + counted(warnings, "warning");
  if (names.size() == 1) text += " in " + printable(names.front());
  if (names.size() > 1) text += fmt::format(" in {} inputs", names.size());
  if (!consequence.empty()) text += fmt::format("{}{}", text.empty() ? "" : "; ", consequence);
  return text + "\n";
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > 64) return "";
  const std::string wanted = lower(word);
  std::string best;
  std::size_t best_distance = SIZE_MAX;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > 128) continue;
    const std::size_t distance = edit_distance(wanted, lower(candidate));
    if (distance < best_distance) best_distance = distance, best = candidate;
  }
  const std::size_t allowed = std::max<std::size_t>(1, std::min(word.size(), best.size()) / 3);
  return best_distance <= allowed ? best : "";
}

}  // namespace orrery
