#include "scenario/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/file.hpp"

namespace orrery {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;
constexpr std::size_t kRawLimit = 4096;  // Bytes of a row that are kept for messages.
constexpr int kEnd = -1;

bool is_special(char c) {
  return c == ',' || c == '\n' || c == '\r' || c == '\0';
}

}  // namespace

CsvReader::CsvReader(std::istream& in, std::string name, CsvLimits limits)
    : in_(in), name_(std::move(name)), limits_(limits), buffer_(kBufferSize) {}

const std::vector<std::string>& CsvReader::header(Diagnostics& diagnostics) {
  if (!header_read_ && !over_) over_ = !read_header(diagnostics);
  return header_;
}

int CsvReader::column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  return found == header_.end() ? -1 : static_cast<int>(found - header_.begin());
}

bool CsvReader::next(Diagnostics& diagnostics) {
  header(diagnostics);
  row_.clear();
  while (!over_) {
    const Outcome outcome = read_row();
    if (outcome == Outcome::Broken) report_stop(diagnostics);
    over_ = outcome != Outcome::Row;
    if (over_) return false;
    if (fields_.size() == header_.size() || limits_.any_length) {
      for (const Field& field : fields_)
        row_.push_back(std::string_view(text_).substr(field.begin, field.end - field.begin));
      return true;
    }
    report_length(diagnostics);
  }
  return false;
}

Span CsvReader::span(std::size_t field) const {
  if (field >= fields_.size()) return {row_source(), row_line_, 1, 1};
  const Field& place = fields_[field];
  return {row_source(), place.line, place.column, std::max<std::size_t>(1, place.length)};
}

Source CsvReader::row_source() const {
  auto source = std::make_shared<SourceText>();
  source->name = name_;
  source->text = raw_;
  source->first_line = row_line_;
  return source;
}

bool CsvReader::read_header(Diagnostics& diagnostics) {
  header_read_ = true;
  const Outcome outcome = read_row();
  if (outcome == Outcome::Broken) {
    report_stop(diagnostics);
    return false;
  }
  if (outcome == Outcome::End) {
    diagnostics.error("the file is empty; its first row must name the columns", {row_source(), 0, 0, 1});
    return false;
  }
  bool good = true;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    std::string name = text_.substr(fields_[i].begin, fields_[i].end - fields_[i].begin);
    if (name.empty()) {
      diagnostics.error(fmt::format("column {} has no name", i + 1), span(i));
      good = false;
    } else if (column(name) >= 0) {
      diagnostics.error(fmt::format("column `{}` stands twice", name.substr(0, 64)), span(i));
      good = false;
    }
    header_.push_back(std::move(name));
  }
  if (!good) header_.clear();
  return good;
}

/// The next row that is not an empty line.
CsvReader::Outcome CsvReader::read_row() {
  if (!started_) {
    started_ = true;
    if (peek() == 0xEF) {  // A byte-order mark is three bytes; what else begins so is checked with its field.
      const std::string_view begin(buffer_.data(), filled_);
      if (begin.substr(0, 3) == "\xEF\xBB\xBF") next_ += 3;
    }
  }
  while (true) {
    text_.clear();
    raw_.clear();
    fields_.clear();
    row_line_ = line_;
    if (peek() == kEnd) return problem_.message.empty() ? Outcome::End : Outcome::Broken;
    while (true) {
      if (fields_.size() == limits_.columns) {
        stop(fmt::format("a row of more than {} fields", limits_.columns), line_, column_, "");
        return Outcome::Broken;
      }
      if (!read_field()) return Outcome::Broken;
      if (peek() != ',') break;
      take();
    }
    // A row ends in LF, CRLF or the end of the file; `read_field` stops nowhere else.
    const bool is_empty = fields_.size() == 1 && fields_[0].length == 0;
    if (peek() == '\r') {
      const std::size_t line = line_, column = column_;
      take();
      if (peek() != '\n') {
        stop("a carriage return without a line feed", line, column, "quote the field, or end lines in LF or CRLF");
        return Outcome::Broken;
      }
    }
    if (peek() == '\n') take();
    if (!problem_.message.empty()) return Outcome::Broken;
    if (!is_empty) return Outcome::Row;
  }
}

bool CsvReader::read_field() {
  Field field{text_.size(), text_.size(), line_, column_, 0};
  const std::size_t raw_begin = raw_.size();
  const bool is_quoted = peek() == '"';
  if (!(is_quoted ? read_quoted() : take_plain())) return false;
  field.end = text_.size();
  // On a caret's one line: a quoted field that spans lines is marked on its first.
  field.length = std::min(raw_.find('\n', raw_begin), raw_.size()) - std::min(raw_begin, raw_.size());
  if (field.line == line_) field.length = column_ - field.column;
  return check_field(field);
}

bool CsvReader::check_field(Field field) {
  const std::string_view text = std::string_view(text_).substr(field.begin);
  const std::size_t bad = first_bad_byte(text);
  if (bad != std::string_view::npos) {
    return stop("the text is not UTF-8", field.line, field.column, fmt::format("byte {} of this field", bad + 1));
  }
  fields_.push_back(field);
  return true;
}

/// An unquoted field, taken in runs: most of a file passes here.
bool CsvReader::take_plain() {
  const std::size_t begin = text_.size();
  while (peek() != kEnd) {
    const auto from = buffer_.begin() + static_cast<std::ptrdiff_t>(next_);
    const auto to = buffer_.begin() + static_cast<std::ptrdiff_t>(filled_);
    const auto end = std::find_if(from, to, is_special);
    const auto length = static_cast<std::size_t>(end - from);
    text_.append(from, end);
    if (raw_.size() < kRawLimit) raw_.append(from, end);
    next_ += length;
    column_ += length;
    if (text_.size() - begin > limits_.field) {
      return stop(fmt::format("a field of more than {} bytes", limits_.field), line_, column_, "");
    }
    if (end == to) continue;
    if (*end == '\0') return stop("a NUL byte: this is no text", line_, column_, "");
    break;
  }
  return problem_.message.empty();
}

/// From the opening quote to behind the closing one.
bool CsvReader::read_quoted() {
  const std::size_t line = line_, column = column_, begin = text_.size();
  take();
  while (true) {
    const int byte = peek();
    if (byte == kEnd) {
      return problem_.message.empty() ? stop("a quoted field does not end", line, column, "its quote opens here")
                                      : false;
    }
    if (byte == 0) return stop("a NUL byte: this is no text", line_, column_, "");
    take();
    if (byte == '"') {
      if (peek() != '"') break;
      take();
    }
    text_.push_back(static_cast<char>(byte));
    if (text_.size() - begin > limits_.field) {
      return stop(fmt::format("a quoted field of more than {} bytes", limits_.field), line, column,
                  "its quote opens here");
    }
  }
  const int after = peek();
  if (after == ',' || after == '\n' || after == '\r' || after == kEnd) return problem_.message.empty();
  return stop("text behind a closing quote", line_, column_, "write a quote inside a field twice");
}

int CsvReader::peek() {
  if (next_ == filled_) {
    if (!in_) return kEnd;
    read_before_ += filled_;
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    next_ = 0;
    filled_ = static_cast<std::size_t>(in_.gcount());
    if (in_.bad()) stop("the file cannot be read to its end", 0, 0, "");
    if (filled_ == 0) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[next_]);
}

/// Moves over the byte that `peek` showed.
void CsvReader::take() {
  const char c = buffer_[next_++];
  if (raw_.size() < kRawLimit) raw_.push_back(c);
  ++column_;
  if (c == '\n') ++line_, column_ = 1;
}

bool CsvReader::stop(std::string message, std::size_t line, std::size_t column, std::string hint) {
  if (problem_.message.empty()) problem_ = {std::move(message), std::move(hint), line, column};
  return false;
}

void CsvReader::report_stop(Diagnostics& diagnostics) {
  // The rest of the line, so that the message shows what follows the caret.
  while (problem_.line == line_ && raw_.size() < kRawLimit && peek() != kEnd && peek() != '\n') take();
  diagnostics.error(problem_.message, {row_source(), problem_.line, problem_.column, 1}, problem_.hint);
}

void CsvReader::report_length(Diagnostics& diagnostics) {
  const std::size_t got = fields_.size(), wanted = header_.size();
  if (reported_++ == limits_.diagnostics) {
    diagnostics.error(fmt::format("more than {} rows of a wrong length; the rest is not read", limits_.diagnostics),
                      {row_source(), row_line_, 1, 1});
    over_ = true;
    return;
  }
  const std::string hint = got < wanted
                               ? fmt::format("`{}` is missing", header_[got].substr(0, 64))
                               : fmt::format("one more than `{}`, the last column", header_.back().substr(0, 64));
  diagnostics.error(fmt::format("this row has {} field{}, the header {}", got, got == 1 ? "" : "s", wanted),
                    span(got < wanted ? got - 1 : wanted), hint);
}

}  // namespace orrery
