#include "import/job_trace/row_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <utility>

#include "base/utf8.hpp"
#include "scenario/csv.hpp"

namespace orrery {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 16U;
constexpr std::size_t kLongestLine = std::size_t{1} << 20U;

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

class CsvRows final : public RowSource {
 public:
  CsvRows(std::istream& in, const std::string& name) : csv_(in, name, {.any_length = true}) {}
  const std::vector<std::string>& header(Diagnostics& diagnostics) override { return csv_.header(diagnostics); }
  bool next(Diagnostics& diagnostics) override { return csv_.next(diagnostics); }
  const std::vector<std::string_view>& row() const override { return csv_.row(); }
  std::size_t line() const override { return csv_.line(); }

 private:
  CsvReader csv_;
};

class SeparatedRows final : public RowSource {
 public:
  SeparatedRows(std::istream& in, std::string name, char separator, std::vector<std::string> header)
      : lines_(in), name_(std::move(name)), separator_(separator), header_(std::move(header)) {}

  const std::vector<std::string>& header(Diagnostics& diagnostics) override {
    if (!header_.empty()) return header_;
    if (!next(diagnostics)) {
      if (!diagnostics.has_errors()) diagnostics.error("the file is empty; its first row must name the columns");
      return header_;
    }
    for (const std::string_view field : row_) header_.emplace_back(trimmed(field));
    // `sacct -p` and others end each line in a separator.
    if (header_.size() > 1 && header_.back().empty()) {
      header_.pop_back();
      ends_in_separator_ = true;
    }
    return header_;
  }
  bool next(Diagnostics& diagnostics) override {
    do {
      if (!lines_.next()) {
        if (lines_.too_long())
          diagnostics.error(fmt::format("`{}`: line {} has more than {} bytes", name_, lines_.number(), kLongestLine));
        return false;
      }
    } while (trimmed(lines_.line()).empty());
    split(lines_.line());
    return true;
  }
  const std::vector<std::string_view>& row() const override { return row_; }
  std::size_t line() const override { return lines_.number(); }
  bool is_text() const override { return first_bad_byte(lines_.line()) == std::string_view::npos; }

 private:
  void split(std::string_view line) {
    row_.clear();
    while (true) {
      const auto end = line.find(separator_);
      row_.push_back(line.substr(0, end));
      if (end == std::string_view::npos) break;
      line.remove_prefix(end + 1);
    }
    if (ends_in_separator_ && row_.size() == header_.size() + 1 && trimmed(row_.back()).empty()) row_.pop_back();
  }

  LineReader lines_;
  std::string name_;
  char separator_;
  bool ends_in_separator_ = false;
  std::vector<std::string> header_;
  std::vector<std::string_view> row_;
};

}  // namespace

bool LineReader::refill() {
  if (buffer_.empty()) buffer_.resize(kBufferSize);
  if (!in_) return false;
  in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  next_ = 0;
  filled_ = static_cast<std::size_t>(in_.gcount());
  return filled_ > 0;
}

bool LineReader::next() {
  line_.clear();
  if (next_ == filled_ && !refill()) return false;
  ++number_;
  while (true) {
    const char* from = buffer_.data() + next_;
    const std::size_t left = filled_ - next_;
    const auto* end = static_cast<const char*>(std::memchr(from, '\n', left));
    const std::size_t length = end == nullptr ? left : static_cast<std::size_t>(end - from);
    line_.append(from, length);
    next_ += length;
    if (line_.size() > kLongestLine) {
      too_long_ = true;
      return false;
    }
    if (end != nullptr) {
      ++next_;
      break;
    }
    if (!refill()) break;
  }
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  if (number_ == 1 && std::string_view(line_).substr(0, 3) == "\xEF\xBB\xBF") line_.erase(0, 3);
  return true;
}

std::unique_ptr<RowSource> csv_rows(std::istream& in, const std::string& name) {
  return std::make_unique<CsvRows>(in, name);
}

std::unique_ptr<RowSource> separated_rows(std::istream& in, const std::string& name, char separator,
                                          std::vector<std::string> header) {
  return std::make_unique<SeparatedRows>(in, name, separator, std::move(header));
}

Columns::Columns(RowSource& source, TraceInput& input)
    : header_(source.header(input.diagnostics)), used_(header_.size()), input_(input) {
  missing_ = header_.empty();
}

int Columns::find(std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (lowered(trimmed(header_[i])) != lowered(name)) continue;
      used_[i] = true;
      return static_cast<int>(i);
    }
  }
  return -1;
}

int Columns::need(std::initializer_list<std::string_view> names) {
  const int found = find(names);
  if (found >= 0 || header_.empty()) return found;
  missing_ = true;
  const std::string wanted(*names.begin());
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!used_[i]) unused.push_back(header_[i]);
  }
  const std::string near = did_you_mean(wanted, unused);
  auto source = std::make_shared<SourceText>();
  source->name = input_.name;
  source->text = fmt::format("{}", fmt::join(header_, ","));
  const auto place = near.empty() ? std::string::npos : source->text.find(near);
  Span span{source, 1, place == std::string::npos ? 1 : place + 1, std::max<std::size_t>(1, near.size())};
  input_.diagnostics.error(
      fmt::format("no column `{}`", wanted), std::move(span),
      near.empty() ? fmt::format("needed is {}", fmt::join(names, " or ")) : fmt::format("is this `{}`?", wanted));
  return -1;
}

void Columns::note_unused(TraceReport& report) const {
  std::vector<std::string> unused;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (!used_[i]) unused.push_back(header_[i].substr(0, 64));
  }
  constexpr std::size_t kShown = 30;
  if (unused.empty()) return;
  const std::string more = unused.size() > kShown ? fmt::format(" and {} more", unused.size() - kShown) : "";
  unused.resize(std::min(unused.size(), kShown));
  report.notes.push_back(fmt::format("columns without use: {}{}", fmt::join(unused, ", "), more));
}

std::string_view Fields::raw(int column) const {
  return column < 0 ? std::string_view() : source_.row()[static_cast<std::size_t>(column)];
}

std::string_view Fields::text(int column) const {
  const std::string_view text = trimmed(raw(column));
  return says_nothing(text) ? std::string_view() : text;
}

std::int64_t Fields::unread(std::string_view text, Need need) const {
  if (!text.empty() && need == Need::Optional) rows_.note(TraceIssue::BadOptional, source_.line());
  return kUnsaid;
}

std::int64_t Fields::whole(int column, Need need) const {
  const std::string_view field = text(column);
  if (field.empty()) return kUnsaid;
  const auto value = whole_number_in(field);
  return value ? *value : unread(field, need);
}

Millis Fields::seconds(int column, Need need) const {
  const std::string_view field = text(column);
  if (field.empty()) return kUnsaid;
  const auto value = seconds_in(field);
  return value ? *value : unread(field, need);
}

Millis Fields::date(int column, Need need) {
  const std::string_view field = text(column);
  if (field.empty()) return kUnsaid;
  const auto value = date_time_in(field);
  if (!value) return unread(field, need);
  saw_zone_ = saw_zone_ || value->has_zone;
  return value->epoch;
}

std::int64_t Fields::within(int column, std::int64_t low, std::int64_t high, std::int64_t otherwise) const {
  const std::string_view field = text(column);
  if (field.empty()) return otherwise;
  const auto value = whole_number_in(field);
  if (value && *value >= low && *value <= high) return *value;
  unread(field, Need::Optional);
  return otherwise;
}

std::int64_t Fields::scaled(int column, double factor) const {
  const std::string_view field = text(column);
  if (field.empty()) return 0;
  const auto value = number_in(field);
  if (value && *value >= 0 && *value * factor <= 2e9) return std::llround(*value * factor);
  unread(field, Need::Optional);
  return 0;
}

JobState Fields::state(int column) const {
  const std::string_view field = text(column);
  const JobState state = job_state_in(field);
  if (state == JobState::Unknown && !field.empty()) rows_.note(TraceIssue::UnknownState, source_.line());
  return state;
}

void report_too_many(TraceInput& input) {
  input.diagnostics.error(fmt::format("`{}` has more than {} rows", input.name, input.options.most_rows), {},
                          "cut it by time, or raise the limit of rows");
}

}  // namespace orrery
