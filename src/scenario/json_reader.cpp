#include "scenario/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <unordered_map>

#include "base/file.hpp"

namespace orrery {
namespace {

constexpr std::size_t kDeepest = 64;  // Nesting; the reader descends once for each.
constexpr std::size_t kMostValues = 1000000;

/// What ends the reading.
struct SyntaxError {
  std::string message;
  std::size_t begin = 0, end = 0;
  std::string hint;
};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::string& text, unsigned code) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6U), put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12U), put(0x80 | (code >> 6U & 0x3F)), put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18U), put(0x80 | (code >> 12U & 0x3F)), put(0x80 | (code >> 6U & 0x3F)),
        put(0x80 | (code & 0x3F));
  }
}

/// Recursive descent over RFC 8259, with the place of every value.
class JsonParser {
 public:
  JsonParser(const Source& source, Diagnostics& diagnostics)
      : source_(source), text_(source->text), diagnostics_(diagnostics) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  Value parse() {
    Value value = parse_value(0);
    skip_space();
    if (at_ < text_.size()) throw SyntaxError{"text behind the value", at_, at_ + 1, ""};
    return value;
  }

  /// Place of the bytes from `begin` to `end`, at least one; no token runs over the end of a line.
  Span span(std::size_t begin, std::size_t end) {
    begin = std::min(begin, text_.size());
    // Places are asked for in the order of the text, errors aside: only what is new is searched for line ends.
    if (begin < line_begin_) line_ = 1, line_begin_ = 0, scanned_ = 0;
    for (; scanned_ < begin; ++scanned_) {
      if (text_[scanned_] == '\n') ++line_, line_begin_ = scanned_ + 1;
    }
    return {source_, line_, begin - line_begin_ + 1, std::max(end, begin + 1) - begin};
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  [[noreturn]] void fail(std::string message, std::string hint = "") const {
    if (at_ >= text_.size()) throw SyntaxError{"the text ends early", at_, at_ + 1, std::move(message)};
    throw SyntaxError{std::move(message), at_, at_ + 1, std::move(hint)};
  }

  Value parse_value(std::size_t depth) {
    skip_space();
    if (++values_ > kMostValues) fail(fmt::format("more than {} values", kMostValues));
    const std::size_t begin = at_;
    const char c = peek();
    if (c == '{' || c == '[') {
      if (depth >= kDeepest) fail(fmt::format("lists and objects nested deeper than {}", kDeepest));
      // The place is taken first: places that go forward through the text cost nothing to find.
      Span place = span(begin, begin + 1);
      ++at_;
      if (c == '{') return {parse_object(depth + 1), std::move(place)};
      return {parse_array(depth + 1), std::move(place)};
    }
    Value::Data data;
    if (c == '"') {
      data = parse_string();
    } else if (c == '-' || is_digit(c)) {
      data = parse_number();
    } else {
      data = parse_word();
    }
    return {std::move(data), span(begin, at_)};
  }

  Value::Array parse_array(std::size_t depth) {
    Value::Array list;
    skip_space();
    if (peek() == ']') return ++at_, list;
    while (true) {
      list.push_back(parse_value(depth));
      skip_space();
      const char c = peek();
      if (c != ',' && c != ']') fail("expected `,` or `]`");
      ++at_;
      if (c == ']') return list;
      skip_space();
      if (peek() == ']') fail("a comma before `]`", "JSON has no trailing commas");
    }
  }

  Value::Table parse_object(std::size_t depth) {
    Value::Table table;
    std::unordered_map<std::string, std::size_t> lines;
    skip_space();
    if (peek() == '}') return ++at_, table;
    while (true) {
      const std::size_t begin = at_;
      if (peek() != '"') fail("expected a key in double quotes");
      std::string key = parse_string();
      Span key_span = span(begin, at_);
      skip_space();
      if (peek() != ':') fail("expected `:` behind the key");
      ++at_;
      Value value = parse_value(depth);
      if (const auto [first, is_new] = lines.try_emplace(key, key_span.line); is_new) {
        table.push_back({std::move(key), std::move(key_span), std::move(value)});
      } else {
        diagnostics_.error(fmt::format("key `{}` stands twice in one object", key), key_span,
                           fmt::format("first on line {}", first->second));
      }
      skip_space();
      const char c = peek();
      if (c != ',' && c != '}') fail("expected `,` or `}`");
      ++at_;
      if (c == '}') return table;
      skip_space();
      if (peek() == '}') fail("a comma before `}`", "JSON has no trailing commas");
    }
  }

  std::string parse_string() {
    const std::size_t begin = at_++;
    std::string result;
    while (true) {
      if (at_ >= text_.size()) throw SyntaxError{"a text without its closing quote", begin, begin + 1, ""};
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) < 0x20) {
        throw SyntaxError{"a control character in a text", at_, at_ + 1, "write it as an escape, for example \\n"};
      }
      ++at_;
      if (c == '"') return result;
      if (c == '\\') {
        parse_escape(result);
      } else {
        result += c;
      }
    }
  }

  void parse_escape(std::string& result) {
    const std::size_t begin = at_ - 1;
    static constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    const char c = peek();
    if (const auto index = kLetters.find(c); c != '\0' && index != std::string_view::npos) {
      result += kMeanings[index];
      ++at_;
      return;
    }
    if (c != 'u') throw SyntaxError{"unknown escape in a text", begin, at_ + 1, ""};
    unsigned code = parse_hex4(begin);
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      ++at_;
      const unsigned low = parse_hex4(begin);
      if (low < 0xDC00 || low > 0xDFFF) throw SyntaxError{"half of a surrogate pair", begin, at_, ""};
      code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
    }
    if (code >= 0xD800 && code < 0xE000) throw SyntaxError{"half of a surrogate pair", begin, at_, ""};
    if (code == 0) throw SyntaxError{"NUL in a text", begin, at_, ""};
    append_utf8(result, code);
  }

  /// Of `u` and four digits, at `u`; moves behind them.
  unsigned parse_hex4(std::size_t begin) {
    const std::string_view digits = text_.substr(at_ + 1, 4);
    unsigned code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (error != std::errc{} || end != digits.data() + 4) {
      throw SyntaxError{"`\\u` takes four hexadecimal digits", begin, at_ + 1, ""};
    }
    at_ += 5;
    return code;
  }

  Value::Data parse_number() {
    const std::size_t begin = at_;
    bool is_whole = true;
    const auto digits = [&] {
      if (!is_digit(peek())) fail("expected a digit");
      while (is_digit(peek())) ++at_;
    };
    if (peek() == '-') ++at_;
    const bool leading_zero = peek() == '0';
    const std::size_t first = at_;
    digits();
    if (leading_zero && at_ > first + 1) throw SyntaxError{"a number with a leading zero", begin, at_, ""};
    if (peek() == '.') is_whole = false, ++at_, digits();
    if (peek() == 'e' || peek() == 'E') {
      is_whole = false;
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      digits();
    }
    const char* const from = text_.data() + begin;
    const char* const to = text_.data() + at_;
    if (is_whole) {
      std::int64_t whole = 0;
      if (std::from_chars(from, to, whole).ec == std::errc{}) return whole;
    }
    double real = 0;
    const auto result = std::from_chars(from, to, real);
    if (result.ec != std::errc{} || !std::isfinite(real)) {
      throw SyntaxError{"a number too large or too small to keep", begin, at_, ""};
    }
    return real;
  }

  Value::Data parse_word() {
    const std::size_t begin = at_;
    while (std::isalnum(static_cast<unsigned char>(peek())) != 0) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true") return true;
    if (word == "false") return false;
    if (word == "null") return std::monostate{};
    at_ = begin;
    if (word == "NaN" || word == "Infinity") {
      throw SyntaxError{fmt::format("`{}` is no JSON number", word), begin, begin + word.size(), "numbers are finite"};
    }
    fail("expected a value", peek() == '\'' ? "texts stand in double quotes" : "");
  }

  const Source& source_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::size_t at_ = 0, values_ = 0;
  std::size_t line_ = 1, line_begin_ = 0, scanned_ = 0;  ///< The furthest place asked for.
};

}  // namespace

Value read_json(const Source& source, Diagnostics& diagnostics, std::size_t limit) {
  const Span whole{source, 0, 0, 1};
  if (source->text.size() > limit) {
    diagnostics.error(fmt::format("larger than {} MiB", limit >> 20U), whole);
    return {};
  }
  if (const std::size_t bad = first_bad_byte(source->text); bad != std::string_view::npos) {
    diagnostics.error(fmt::format("not UTF-8 text: bad byte at offset {}", bad), whole);
    return {};
  }
  JsonParser parser(source, diagnostics);
  try {
    return parser.parse();
  } catch (const SyntaxError& error) {
    diagnostics.error(fmt::format("not valid JSON: {}", error.message), parser.span(error.begin, error.end),
                      error.hint);
    return {};
  }
}

}  // namespace orrery
