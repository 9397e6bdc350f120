#include "import/shell_words.hpp"

#include <cctype>
#include <memory>
#include <string_view>

namespace orrery {
namespace {

// What variables may add to a text: it must not grow without bound.
constexpr std::size_t kLongestValue = 4096;
constexpr std::size_t kMostExpanded = 1U << 20U;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}
bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

using Variables = std::map<std::string, std::string>;

/// Reads the words of one text; offsets count from the beginning of the whole source.
class WordReader {
 public:
  WordReader(const Source& source, Diagnostics& diagnostics, std::vector<ShellWord>& words)
      : source_(source), text_(source->text), diagnostics_(diagnostics), words_(words) {}

  void read() {
    while (skip_to_word()) read_word();
  }

 private:
  void step() {
    if (text_[at_] == '\n') {
      ++line_;
      line_begin_ = at_ + 1;
    }
    ++at_;
  }
  bool more() const { return at_ < text_.size(); }
  /// A backslash before a line end joins the lines.
  bool joins_lines() const {
    if (text_[at_] != '\\' || at_ + 1 >= text_.size()) return false;
    return text_[at_ + 1] == '\n' || (text_[at_ + 1] == '\r' && at_ + 2 < text_.size() && text_[at_ + 2] == '\n');
  }
  Span here() const { return {source_, line_, at_ - line_begin_ + 1, 1}; }

  bool skip_to_word() {
    while (more()) {
      const char c = text_[at_];
      if (is_blank(c) || c == ';' || c == '(' || c == ')') {
        step();
      } else if (joins_lines()) {
        while (text_[at_] != '\n') step();
        step();
      } else if (c == '#') {
        while (more() && text_[at_] != '\n') step();
      } else {
        return true;
      }
    }
    return false;
  }

  /// `$NAME` or `${NAME}` where `at_` stands on the dollar: its value, or as written.
  std::string variable() {
    const std::size_t begin = at_;
    step();
    const bool braces = more() && text_[at_] == '{';
    if (braces) step();
    const std::size_t name_begin = at_;
    while (more() && is_name(text_[at_])) step();
    const std::string name(text_.substr(name_begin, at_ - name_begin));
    if (braces && more() && text_[at_] == '}') {
      step();
    } else if (braces) {
      return std::string(text_.substr(begin, at_ - begin));  // ${NAME:-...} and kin are left alone
    }
    const auto found = variables_.find(name);
    if (found == variables_.end() || expanded_ + found->second.size() > kMostExpanded)
      return std::string(text_.substr(begin, at_ - begin));
    expanded_ += found->second.size();
    return found->second;
  }

  /// A quoted part, `at_` on its opening quote. Inside it, words may be flags: "--num-layers 2 --hidden-size 8".
  void quoted_part(std::string& word) {
    const char quote = text_[at_];
    const Span open = here();
    step();
    while (more() && text_[at_] != quote) {
      if (quote == '"' && joins_lines()) {
        while (text_[at_] != '\n') step();
        step();
        word += ' ';
      } else if (quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size()) {
        step();
        word += text_[at_];
        step();
      } else if (quote == '"' && text_[at_] == '$') {
        word += variable();
      } else {
        word += text_[at_];
        step();
      }
    }
    if (!more()) {
      diagnostics_.error("a quote is not closed", open);
      return;
    }
    step();
  }

  /// True where a quote holds arguments of its own, so that it is a list and not a value.
  bool opens_list() const {
    const char quote = text_[at_];
    if (quote != '"' && quote != '\'') return false;
    std::size_t i = at_ + 1;
    while (i < text_.size() && (is_blank(text_[i]) || text_[i] == '\\')) ++i;
    if (text_.substr(i, 2) != "--") return false;
    while (i < text_.size() && text_[i] != quote && !is_blank(text_[i])) ++i;
    return i < text_.size() && is_blank(text_[i]);
  }

  void read_word() {
    // A list opens or closes: its words follow like any others.
    if (opens_list() || (in_list_ && text_[at_] == list_quote_)) {
      in_list_ = !in_list_;
      list_quote_ = text_[at_];
      step();
      return;
    }
    Span span = here();
    const std::size_t begin = at_;
    std::string word;
    while (more() && !is_blank(text_[at_]) && text_[at_] != ';' && !joins_lines()) {
      const char c = text_[at_];
      if (in_list_ && c == list_quote_) break;
      if ((c == '"' || c == '\'') && opens_list()) break;  // ARGS="--a 1 --b 2"
      if (c == ')' && (word.empty() || word.find('(') == std::string::npos)) break;
      if (c == '(' && !word.empty() && word.back() == '=') break;  // ARGS=(
      if (c == '"' || c == '\'') {
        quoted_part(word);
      } else if (c == '$') {
        word += variable();
      } else if (c == '\\' && at_ + 1 < text_.size()) {
        step();
        word += text_[at_];
        step();
      } else {
        word += c;
        step();
      }
    }
    if (at_ == begin) step();  // a lone separator; never stand still
    span.length = span.line == line_ ? at_ - begin : 1;
    if (span.length == 0) span.length = 1;
    if (!assign(word)) words_.push_back({std::move(word), span});
  }

  /// Remembers NAME=value; returns whether the word was one.
  bool assign(const std::string& word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0 || word.front() == '-') return false;
    for (std::size_t i = 0; i < equals; ++i) {
      if (!is_name(word[i])) return false;
    }
    if (std::isdigit(static_cast<unsigned char>(word.front())) != 0) return false;
    variables_[word.substr(0, equals)] = word.substr(equals + 1, kLongestValue);
    return true;
  }

  const Source& source_;
  std::string_view text_;
  Diagnostics& diagnostics_;
  std::vector<ShellWord>& words_;
  Variables variables_;
  std::size_t expanded_ = 0;
  std::size_t at_ = 0, line_ = 1, line_begin_ = 0;
  bool in_list_ = false;
  char list_quote_ = '"';
};

}  // namespace

std::vector<ShellWord> shell_words(const Source& source, Diagnostics& diagnostics) {
  std::vector<ShellWord> words;
  WordReader(source, diagnostics, words).read();
  return words;
}

}  // namespace orrery
