#include "base/diagnostic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace orrery {
namespace {

constexpr std::size_t kLineLimit = 160;  // Bytes of an input line that a message shows.

std::string summary_of(const std::vector<Diagnostic>& diagnostics) {
  if (diagnostics.empty()) return "input error";
  std::string text = diagnostics.front().message;
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

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

/// Control characters, which could steer a terminal, become spaces.
std::string harmless(std::string_view text) {
  std::string result;
  for (const char c : text) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  return result;
}

struct Excerpt {
  std::string text;
  std::size_t caret_column = 0;  ///< Characters before the caret.
  std::size_t caret_width = 1;
};

/// The part of the line around the span that fits on a terminal, and where the caret goes, in characters.
Excerpt excerpt(std::string_view line, const Span& span) {
  std::size_t begin = 0;
  const std::size_t column = std::min(span.column > 0 ? span.column - 1 : 0, line.size());
  if (column > kLineLimit / 2 && line.size() > kLineLimit) begin = column - kLineLimit / 2;
  while (begin > 0 && begin < line.size() && is_continuation(line[begin])) --begin;
  std::size_t length = std::min(line.size() - begin, kLineLimit);
  while (begin + length < line.size() && is_continuation(line[begin + length])) ++length;
  const std::string_view shown = line.substr(begin, length);
  const auto characters = [](std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
  };
  Excerpt result;
  result.text = harmless(shown);
  result.caret_column = characters(shown.substr(0, column - begin));
  result.caret_width = std::max<std::size_t>(1, characters(shown.substr(column - begin).substr(0, span.length)));
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
  for (const Diagnostic& d : diagnostics) {
    const bool is_error = d.severity == Severity::Error;
    text += fmt::format("{}{}{}: {}{}{}\n", is_error ? red : yellow, is_error ? "error" : "warning", reset, bold,
                        harmless(d.message), reset);
    if (!d.span.source) {
      if (!d.hint.empty()) text += fmt::format("  {}\n", harmless(d.hint));
      continue;
    }
    const std::string name = harmless(d.span.source->name);
    if (d.span.line == 0) {
      text += fmt::format("  --> {}\n", name);
      if (!d.hint.empty()) text += fmt::format("  {}\n", harmless(d.hint));
      continue;
    }
    const Excerpt shown = excerpt(line_of(d.span.source->text, d.span.line), d.span);
    const std::string number = std::to_string(d.span.line);
    const std::string margin(number.size(), ' ');
    text += fmt::format("  --> {}:{}:{}\n", name, d.span.line, d.span.column);
    text += fmt::format("{} |\n{} | {}\n", margin, number, shown.text);
    text += fmt::format("{} | {}{}{}{}{}{}\n", margin, std::string(shown.caret_column, ' '), red,
                        std::string(shown.caret_width, '^'), reset, d.hint.empty() ? "" : " ", harmless(d.hint));
  }
  return text;
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
