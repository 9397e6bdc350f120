#include "import/job_trace/json_elements.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "scenario/json_reader.hpp"

namespace orrery {
namespace {

constexpr int kEnd = std::istream::traits_type::eof();

}  // namespace

JsonElements::JsonElements(std::istream& in, std::string key) : in_(in), key_(std::move(key)) {}

int JsonElements::get() {
  const int c = in_.rdbuf() == nullptr || !in_ ? kEnd : in_.get();
  if (c == '\n') ++line_;
  return c;
}

/// The next character that is not white space.
int JsonElements::get_word() {
  while (true) {
    const int c = get();
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return c;
  }
}

bool JsonElements::stop(std::string problem) {
  over_ = true;
  problem_ = std::move(problem);
  return false;
}

/// From its first character to its end; a number, true, false or null ends before what follows, which stays.
bool JsonElements::take_value(int first, bool keep) {
  too_long_ = false;
  const auto put = [&](int c) {
    if (keep && !too_long_) text_ += static_cast<char>(c);
    too_long_ = text_.size() > kLargestJson;
  };
  long long depth = 0;
  bool in_text = false, escaped = false;
  for (int c = first;; c = get()) {
    if (c == kEnd) return stop("the text ends within a value");
    put(c);
    if (in_text) {
      if (!escaped && c == '"') in_text = false;
      escaped = !escaped && c == '\\';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
    if (in_text || depth > 0) continue;
    if (depth < 0) return stop(fmt::format("a bracket too many in line {}", line_));
    if (c == '"' || c == '}' || c == ']') return true;
    const int next = in_.peek();
    if (next == ',' || next == ']' || next == '}' || next == kEnd || next == '\n' || next == ' ' || next == '\r' ||
        next == '\t') {
      return true;
    }
  }
}

bool JsonElements::skip_value(int first) {
  return take_value(first, false);
}

bool JsonElements::find_list() {
  int c = get_word();
  if (key_.empty()) return c == '[' || stop("it is no list of jobs");
  if (c != '{') return stop(fmt::format("it is no object with a list `{}`", key_));
  while (true) {
    c = get_word();
    if (c == ',') c = get_word();
    if (c != '"') return stop(fmt::format("there is no list `{}`", key_));
    text_.clear();
    if (!take_value(c, true)) return false;
    const bool found = text_.size() == key_.size() + 2 && text_.compare(1, key_.size(), key_) == 0;
    text_.clear();
    if (get_word() != ':') return stop(fmt::format("a key without a value in line {}", line_));
    c = get_word();
    if (found) return c == '[' || stop(fmt::format("`{}` is no list", key_));
    if (c == ',' || c == ':') return stop(fmt::format("a key without a value in line {}", line_));
    if (!skip_value(c)) return false;
  }
}

bool JsonElements::next() {
  text_.clear();
  if (over_) return false;
  if (!begun_) {
    begun_ = true;
    if (!find_list()) return false;
  }
  int c = get_word();
  if (c == ',') c = get_word();
  if (c == ']') {
    over_ = true;
    return false;
  }
  if (c == kEnd) return stop("the list of jobs does not end: the file is cut off");
  if (c == ',' || c == ':' || c == '}') return stop(fmt::format("a job is missing in line {}", line_));
  first_line_ = line_;
  return take_value(c, true);
}

void for_each_element(TraceInput& input, JobRows& rows, const std::string& key,
                      const std::function<void(const Value&, std::size_t)>& use) {
  JsonElements elements(input.in, key);
  while (elements.next()) {
    if (!rows.count_row()) return report_too_many(input);
    if (elements.too_long()) {
      rows.drop(TraceIssue::OutOfReach, elements.line());
      continue;
    }
    auto source = std::make_shared<SourceText>();
    source->name = input.name;
    source->text = elements.text();
    source->first_line = elements.line();
    Diagnostics diagnostics;
    const Value value = read_json(source, diagnostics);
    if (diagnostics.has_errors() || value.table() == nullptr) {
      rows.drop(TraceIssue::NotAJob, elements.line());
    } else {
      use(value, elements.line());
    }
  }
  if (!elements.problem().empty())
    input.diagnostics.error(fmt::format("`{}`: {}", input.name, elements.problem()), {}, "");
}

}  // namespace orrery
