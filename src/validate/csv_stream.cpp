#include "validate/csv_stream.hpp"

#include <utility>

namespace orrery {
namespace {

constexpr std::size_t kChunk = 64 * 1024;
constexpr int kEnd = -1;

}  // namespace

bool is_utf8(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U; };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (length == 0) return false;
    unsigned code = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
      if (byte(k) >> 6 != 2) return false;
      code = code << 6 | (byte(k) & 0x3F);
    }
    const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += length;
  }
  return true;
}

int CsvStream::peek() {
  if (next_ == buffer_.size()) {
    buffer_.resize(kChunk);
    in_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.resize(static_cast<std::size_t>(in_.gcount()));
    next_ = 0;
    if (buffer_.empty()) return kEnd;
  }
  return static_cast<unsigned char>(buffer_[next_]);
}

int CsvStream::get() {
  const int c = peek();
  if (c == kEnd) return c;
  ++next_;
  if (c == '\n') {
    ++here_.line;
    here_.column = 1;
  } else {
    ++here_.column;
  }
  return c;
}

void CsvStream::begin_cell() {
  cells_.emplace_back();
  places_.push_back(here_);
}

CsvStream::Outcome CsvStream::broken(std::string message, std::string hint, Place place) {
  problem_ = {std::move(message), std::move(hint), place.line, place.column};
  return Outcome::Broken;
}

/// After the opening quote: up to and with the closing one.
CsvStream::Outcome CsvStream::read_quoted() {
  const Place opened = places_.back();
  std::string& cell = cells_.back();
  for (;;) {
    const Place place = here_;
    const int c = get();
    if (c == kEnd) return broken("this quoted cell is never closed", "close it with a second \"", opened);
    if (c == 0) return broken("a zero byte: this is not a text file", "", place);
    if (c == '"') {
      if (peek() != '"') return Outcome::Row;
      get();
    }
    if (cell.size() == kMaxCell) return broken("a cell is longer than 64 KiB", "is a quote left open?", opened);
    cell += static_cast<char>(c);
  }
}

CsvStream::Outcome CsvStream::next() {
  if (!started_) {
    started_ = true;
    if (peek() == 0xEF && buffer_.compare(0, 3, "\xEF\xBB\xBF") == 0) next_ = 3;
  }
  while (peek() == '\n' || peek() == '\r') get();
  if (peek() == kEnd) return in_.bad() ? broken("the file cannot be read", "", here_) : Outcome::End;
  cells_.clear();
  places_.clear();
  row_line_ = here_.line;
  begin_cell();
  bool was_quoted = false;
  for (;;) {
    const Place place = here_;
    const int c = get();
    if (c == kEnd || c == '\n') break;
    if (c == '\r' && (peek() == '\n' || peek() == kEnd)) continue;
    if (c == 0) return broken("a zero byte: this is not a text file", "", place);
    if (c == ',') {
      if (cells_.size() == kMaxCells) return broken("a row has more than 1,000 cells", "", place);
      begin_cell();
      was_quoted = false;
      continue;
    }
    if (was_quoted)
      return broken("text after the closing quote of a cell", "a quote inside a cell is doubled: \"\"", place);
    if (c == '"') {
      if (!cells_.back().empty()) {
        return broken("a quote inside an unquoted cell", "quote the cell and double the quote: \"\"", place);
      }
      if (read_quoted() == Outcome::Broken) return Outcome::Broken;
      was_quoted = true;
      continue;
    }
    if (cells_.back().size() == kMaxCell) return broken("a cell is longer than 64 KiB", "", places_.back());
    cells_.back() += static_cast<char>(c);
  }
  return Outcome::Row;
}

}  // namespace orrery
