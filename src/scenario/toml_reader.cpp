#include "scenario/toml_reader.hpp"

// toml++ 3.3 aborts on some bad input where its assertions are on ("[;a]"); it then reports an error instead.
#define TOML_ASSERT(expr) static_cast<void>(0)
#define TOML_EXCEPTIONS 1
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>

#include "base/file.hpp"

namespace orrery {
namespace {

constexpr std::size_t kMostDots = 64;       // Parts of one key.
constexpr std::size_t kMostBrackets = 64;   // Nesting.
constexpr std::size_t kMostMarks = 500000;  // Dots, commas, equals signs and brackets: values, and what they cost.

bool is_high(char c) {
  return (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// Finds what would overflow the parser's stack or memory before it runs: it descends once for every dot of a key and
/// every bracket. Texts and comments are stepped over as TOML 1.0 has them; where the text is not TOML the parser stops
/// before it meets what was misjudged here.
///
/// Refused too are characters beyond ASCII where toml++ 3.3 asks whether they are whitespace (outside texts, and behind
/// a backslash in a long text): for U+00A1 to U+0499 and others that look-up runs into `__builtin_unreachable`.
class LimitScan {
 public:
  explicit LimitScan(std::string_view text) : text_(text) {}

  /// What is beyond the limits, or "" when nothing is.
  std::string run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '#') skip_comment();
      if ((c == '"' || c == '\'') && may_open_text()) {
        const std::size_t begin = at_;
        skip_text(c);
        // Behind a dot it is part of a key or of a word that begins like a number: only the parser knows.
        const std::string_view skipped = text_.substr(begin, at_ - begin);
        if (begin > 0 && text_[begin - 1] == '.' && std::any_of(skipped.begin(), skipped.end(), is_high)) {
          return "a character beyond ASCII directly behind a dot";
        }
      }
      if (!problem_.empty()) return problem_;
      if (at_ >= text_.size()) break;
      if (text_[at_] == '\n') ++line_;
      if (is_high(text_[at_])) return "a character beyond ASCII outside texts and comments; put it in quotes";
      if (!count(text_[at_])) return problem_;
    }
    return "";
  }
  std::size_t line() const { return line_; }

 private:
  bool count(char c) {
    if (c == '.') ++dots_;
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (std::string_view(".,=[{").find(c) != std::string_view::npos) ++marks_;
    if (std::string_view("\n,=[{").find(c) != std::string_view::npos) dots_ = 0;
    if (dots_ >= kMostDots) problem_ = fmt::format("a key of more than {} parts", kMostDots);
    if (depth_ > kMostBrackets) problem_ = fmt::format("tables and lists nested deeper than {}", kMostBrackets);
    if (marks_ > kMostMarks) problem_ = fmt::format("more than {} values and keys", kMostMarks);
    return problem_.empty();
  }
  /// A quote within a bare word opens no text: the parser reads on to the end of the word before it complains.
  bool may_open_text() const {
    return at_ == 0 || std::string_view(" \t\r\n,=[{.\xBF").find(text_[at_ - 1]) != std::string_view::npos;
  }
  void skip_comment() { at_ = std::min(text_.find('\n', at_), text_.size()); }
  /// From the opening quote to the closing one.
  void skip_text(char quote) {
    const std::string three(3, quote);
    const bool is_long = text_.substr(at_, 3) == three;
    at_ += is_long ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n' && !is_long) return;
      if (c == '\n') ++line_;
      if (c == '\\' && quote == '"' && is_long) {
        const std::size_t next = text_.find_first_not_of(" \t\r\n", at_ + 1);
        if (next != std::string_view::npos && is_high(text_[next])) {
          problem_ = "a character beyond ASCII behind a backslash; begin the line with an ASCII one";
          return;
        }
      }
      if (c == '\\' && quote == '"' && text_.substr(at_ + 1, 1) != "\n") {
        ++at_;
      } else if (c == quote && !is_long) {
        return;
      } else if (c == quote && text_.substr(at_, 3) == three) {
        at_ += 2;
        // Up to two quotes may stand before the closing three.
        for (int extra = 0; extra < 2 && text_.substr(at_ + 1, 1) == three.substr(0, 1); ++extra) ++at_;
        return;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0, line_ = 1, dots_ = 0, depth_ = 0, marks_ = 0;
  std::string problem_;
};

/// Turns columns in characters, as toml++ counts, into columns in bytes.
class Columns {
 public:
  explicit Columns(std::string_view text) : text_(text), is_ascii_(std::none_of(text.begin(), text.end(), is_high)) {
    if (is_ascii_) return;
    bool begins_line = true;
    // The parser does not count a byte-order mark.
    for (std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; i < text.size(); ++i) {
      if (is_continuation(text[i])) continue;
      if (begins_line) lines_.push_back({characters_, i});
      begins_line = text[i] == '\n';
      if (characters_++ % kStride == 0) marks_.push_back(i);
    }
  }

  std::size_t in_bytes(std::size_t line, std::size_t column) const {
    if (is_ascii_ || line == 0 || line > lines_.size() || column == 0) return column;
    const Line& start = lines_[line - 1];
    const std::size_t character = start.character + column - 1;
    // A byte-order mark is part of the line that messages show.
    const std::size_t line_begin = line == 1 ? 0 : start.byte;
    if (character >= characters_) return text_.size() - line_begin + 1;
    std::size_t byte = marks_[character / kStride];
    for (std::size_t i = 0; i < character % kStride; ++i) {
      do ++byte;
      while (byte < text_.size() && is_continuation(text_[byte]));
    }
    return byte - line_begin + 1;
  }

 private:
  static constexpr std::size_t kStride = 256;  // Every so many characters the byte is known.
  struct Line {
    std::size_t character = 0, byte = 0;
  };
  static bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

  std::string_view text_;
  bool is_ascii_;
  std::size_t characters_ = 0;
  std::vector<Line> lines_;
  std::vector<std::size_t> marks_;
};

class Converter {
 public:
  Converter(const Source& source, Diagnostics& diagnostics)
      : source_(source), columns_(source->text), diagnostics_(diagnostics) {}

  Span span_of(const toml::source_region& region) const {
    const auto [begin, end] = std::pair(region.begin, region.end);
    Span span{source_, begin.line, columns_.in_bytes(begin.line, begin.column), 1};
    if (end.line == begin.line && end.column > begin.column) {
      span.length = columns_.in_bytes(end.line, end.column) - span.column;
    }
    return span;
  }

  Value convert(const toml::node& node, std::size_t depth) const {
    const Span span = span_of(node.source());
    if (depth > kMostBrackets) {
      diagnostics_.error(fmt::format("tables and lists nested deeper than {}", kMostBrackets), span);
      return {Value::Data{}, span};
    }
    if (const auto* table = node.as_table()) return {convert_table(*table, depth), span};
    if (const auto* array = node.as_array()) {
      Value::Array list;
      for (const toml::node& element : *array) list.push_back(convert(element, depth + 1));
      return {std::move(list), span};
    }
    if (const auto* text = node.as_string()) return {text->get(), span};
    if (const auto* whole = node.as_integer()) return {whole->get(), span};
    if (const auto* truth = node.as_boolean()) return {truth->get(), span};
    if (const auto* real = node.as_floating_point()) {
      if (!std::isfinite(real->get())) diagnostics_.error("numbers must be finite", span);
      return {real->get(), span};
    }
    // A date may stand bare; it reads as its text.
    if (const auto* date = node.as_date()) {
      const toml::date& day = date->get();
      return {fmt::format("{:04}-{:02}-{:02}", day.year, day.month, day.day), span};
    }
    diagnostics_.error("times of the day are not used here", span, "a date, 2025-01-21, or a text with a unit");
    return {Value::Data{}, span};
  }

 private:
  /// toml++ sorts keys; we keep the order of the text.
  Value::Table convert_table(const toml::table& table, std::size_t depth) const {
    Value::Table entries;
    for (const auto& [key, node] : table) {
      entries.push_back({std::string(key.str()), span_of(key.source()), convert(node, depth + 1)});
    }
    std::stable_sort(entries.begin(), entries.end(), [](const Value::Entry& a, const Value::Entry& b) {
      return std::pair(a.key_span.line, a.key_span.column) < std::pair(b.key_span.line, b.key_span.column);
    });
    return entries;
  }

  const Source& source_;
  Columns columns_;
  Diagnostics& diagnostics_;
};

}  // namespace

Value read_toml(const Source& source, Diagnostics& diagnostics) {
  const Value nothing(Value::Table{}, Span{source, 1, 1, 1});
  if (source->text.size() > kLargestToml) {
    diagnostics.error(fmt::format("larger than {} MiB", kLargestToml >> 20U), Span{source, 0, 0, 1});
    return nothing;
  }
  if (const std::size_t bad = first_bad_byte(source->text); bad != std::string_view::npos) {
    const std::string before = source->text.substr(0, bad);
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    diagnostics.error(fmt::format("not UTF-8 text: bad byte at offset {}", bad), Span{source, line, 1, 1});
    return nothing;
  }
  LimitScan scan(source->text);
  if (const std::string problem = scan.run(); !problem.empty()) {
    diagnostics.error(problem, Span{source, scan.line(), 1, 1});
    return nothing;
  }
  const Converter converter(source, diagnostics);
  try {
    const toml::table table = toml::parse(std::string_view(source->text), std::string_view(source->name));
    Value value = converter.convert(table, 0);
    return {value.data(), Span{source, 1, 1, 1}};
  } catch (const toml::parse_error& error) {
    diagnostics.error(fmt::format("not valid TOML: {}", error.description()), converter.span_of(error.source()));
    return nothing;
  }
}

}  // namespace orrery
