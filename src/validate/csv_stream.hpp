#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <vector>

namespace orrery {

/// Reads RFC 4180 rows from a stream in constant memory: quoted cells may hold commas, quotes and line ends; lines end
/// in LF or CRLF; a byte-order mark is skipped; empty lines are not rows.
class CsvStream {
 public:
  explicit CsvStream(std::istream& in) : in_(in) {}

  enum class Outcome { Row, End, Broken };
  /// The next row. After `Broken` (see `problem`) the stream is of no use: where the next row begins is unknown.
  Outcome next();

  const std::vector<std::string>& cells() const { return cells_; }
  /// Where cell `i` of the current row begins: 1-based line and column in bytes.
  std::size_t line(std::size_t i) const { return places_[i].line; }
  std::size_t column(std::size_t i) const { return places_[i].column; }
  std::size_t row_line() const { return row_line_; }

  /// What broke the stream and where: an open quote, a byte that no text has, a cell or row without end.
  struct Problem {
    std::string message, hint;
    std::size_t line = 0, column = 0;
  };
  const Problem& problem() const { return problem_; }

  static constexpr std::size_t kMaxCell = 64 * 1024;
  static constexpr std::size_t kMaxCells = 1000;

 private:
  struct Place {
    std::size_t line = 1, column = 1;
  };
  int get();
  int peek();
  void begin_cell();
  Outcome broken(std::string message, std::string hint, Place place);
  Outcome read_quoted();

  std::istream& in_;
  std::string buffer_;
  std::size_t next_ = 0;
  Place here_;  ///< Of the next byte.
  std::vector<std::string> cells_;
  std::vector<Place> places_;
  std::size_t row_line_ = 0;
  Problem problem_;
  bool started_ = false;
};

/// Whether a text is valid UTF-8 (no overlong forms, no surrogates).
bool is_utf8(const std::string& text);

}  // namespace orrery
