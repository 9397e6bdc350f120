#include "import/yaml_reader.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/file.hpp"

namespace orrery {
namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostValues = 500'000;
/// Parts of a line between commas: the parser looks back over all of them at each one.
constexpr std::size_t kMostCommas = 4096;

/// What ends the reading.
struct SyntaxError {
  std::string message;
  YAML::Mark mark;
};

/// Lines of a text, and the places in them that the parser's marks mean.
class Places {
 public:
  explicit Places(const Source& source) : source_(source), text_(source->text) {
    begins_.push_back(text_.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] == '\n') begins_.push_back(i + 1);
    }
  }

  Span at(const YAML::Mark& mark, std::size_t length = 1) const {
    if (mark.is_null()) return {source_, 0, 0, 1};
    const std::size_t line = std::min(static_cast<std::size_t>(std::max(mark.line, 0)), begins_.size() - 1);
    const std::size_t end = line + 1 < begins_.size() ? begins_[line + 1] - 1 : text_.size();
    // The parser's columns count bytes as well, but for a byte order mark.
    const std::size_t byte = std::min(begins_[line] + static_cast<std::size_t>(std::max(mark.column, 0)), end);
    const std::size_t first = begins_[line] == 3 && line == 0 ? 0 : begins_[line];
    return {source_, line + 1, byte - first + 1, std::max<std::size_t>(1, std::min(length, end - byte))};
  }

 private:
  const Source& source_;
  std::string_view text_;
  std::vector<std::size_t> begins_;
};

std::optional<Value::Data> number(std::string_view text) {
  const char* const begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* const end = text.data() + text.size();
  if (begin == end || (*begin != '-' && *begin != '.' && (*begin < '0' || *begin > '9'))) return std::nullopt;
  std::int64_t whole = 0;
  if (const auto [rest, error] = std::from_chars(begin, end, whole); error == std::errc{} && rest == end) return whole;
  double real = 0;
  const auto [rest, error] = std::from_chars(begin, end, real);
  if (error != std::errc{} || rest != end || !std::isfinite(real)) return std::nullopt;
  return real;
}

/// A scalar without quotes, as YAML's core schema reads it.
Value::Data plain(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return std::monostate{};
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (auto found = number(text)) return *found;
  return text;
}

/// Builds documents from the parser's events: no graph of nodes, so that nothing grows behind our back.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Source& source, Diagnostics& diagnostics) : places_(source), diagnostics_(diagnostics) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {
    frames_.clear();
    anchors_.clear();
    document_ = Value();
  }
  void OnDocumentEnd() override { documents_.push_back(std::move(document_)); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(Value(Value::Data{}, places_.at(mark)), mark, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw SyntaxError{"an alias inside what it stands for", mark};
    values_ += found->second.size - 1;
    add(found->second.value, mark, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const std::size_t shown = text.find('\n') == std::string::npos ? text.size() : 1;
    Value::Data data = tag == "?" ? plain(text) : Value::Data(text);
    add(Value(std::move(data), places_.at(mark, shown)), mark, anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Value(Value::Array{}, places_.at(mark)), mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& /*tag*/, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Value(Value::Table{}, places_.at(mark)), mark, anchor);
  }
  void OnMapEnd() override { close(); }

  std::vector<Value>& documents() { return documents_; }
  const Places& places() const { return places_; }

 private:
  /// A list or table that is being read.
  struct Frame {
    Value value;
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    std::size_t first_value = 0;
    bool has_key = false;
    std::string key;
    Span key_span;
    std::unordered_map<std::string, std::size_t> lines;  ///< Of keys so far.
  };
  struct Anchored {
    Value value;
    std::size_t size = 1;  ///< Values in it.
  };

  void open(Value value, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (frames_.size() >= kDeepest) throw SyntaxError{fmt::format("nested deeper than {}", kDeepest), mark};
    if (!frames_.empty() && frames_.back().value.table() != nullptr && !frames_.back().has_key)
      throw SyntaxError{"a key that is a list or a table", mark};
    Frame& frame = frames_.emplace_back();
    frame.value = std::move(value);
    frame.mark = mark;
    frame.anchor = anchor;
    frame.first_value = values_;
  }

  void close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    add(std::move(frame.value), frame.mark, frame.anchor, frame.first_value);
  }

  void add(Value value, const YAML::Mark& mark, YAML::anchor_t anchor, std::optional<std::size_t> first = {}) {
    if (++values_ > kMostValues) throw SyntaxError{fmt::format("more than {} values", kMostValues), mark};
    if (anchor != 0) anchors_[anchor] = {value, values_ - first.value_or(values_ - 1)};
    if (frames_.empty()) {
      document_ = std::move(value);
      return;
    }
    Frame& frame = frames_.back();
    if (Value::Array* list = frame.value.array()) {
      list->push_back(std::move(value));
    } else if (!frame.has_key) {
      set_key(frame, value, mark);
    } else {
      frame.has_key = false;
      const auto [first_line, is_new] = frame.lines.try_emplace(frame.key, frame.key_span.line);
      if (is_new) {
        frame.value.table()->push_back({std::move(frame.key), std::move(frame.key_span), std::move(value)});
      } else {
        diagnostics_.error(fmt::format("key `{}` stands twice", frame.key), frame.key_span,
                           fmt::format("first on line {}", first_line->second));
      }
    }
  }

  static void set_key(Frame& frame, const Value& value, const YAML::Mark& mark) {
    frame.has_key = true;
    frame.key_span = value.span();
    if (const std::string* text = value.string()) {
      frame.key = *text;
    } else if (const std::int64_t* whole = value.integer()) {
      frame.key = std::to_string(*whole);
    } else if (const bool* truth = value.boolean()) {
      frame.key = *truth ? "true" : "false";
    } else {
      throw SyntaxError{"a key that is no text", mark};
    }
  }

  Places places_;
  Diagnostics& diagnostics_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t values_ = 0;
  Value document_;
  std::vector<Value> documents_;
};

}  // namespace

std::vector<Value> read_yaml(const Source& source, Diagnostics& diagnostics, std::size_t limit) {
  const Span whole{source, 0, 0, 1};
  if (source->text.size() > limit) {
    diagnostics.error(fmt::format("larger than {} MiB", limit >> 20U), whole);
    return {};
  }
  if (const std::size_t bad = first_bad_byte(source->text); bad != std::string_view::npos) {
    diagnostics.error(fmt::format("not UTF-8 text: bad byte at offset {}", bad), whole);
    return {};
  }
  std::size_t commas = 0, line = 1;
  for (const char c : source->text) {
    if (c == '\n') {
      commas = 0;
      ++line;
    }
    if (c == ',' && ++commas > kMostCommas) {
      diagnostics.error(fmt::format("a line with more than {} commas", kMostCommas), Span{source, line, 1, 1},
                        "break the line behind some of them");
      return {};
    }
  }
  Builder builder(source, diagnostics);
  try {
    std::istringstream stream(source->text);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const SyntaxError& error) {
    diagnostics.error(fmt::format("not read as YAML: {}", error.message), builder.places().at(error.mark));
  } catch (const YAML::Exception& error) {
    diagnostics.error(fmt::format("not valid YAML: {}", error.msg), builder.places().at(error.mark));
  }
  return std::move(builder.documents());
}

}  // namespace orrery
