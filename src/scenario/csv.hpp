#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {

/// What a reader of CSV accepts at most.
struct CsvLimits {
  std::size_t field = 64 * 1024;  ///< Bytes of one field.
  std::size_t columns = 1000;
  std::size_t diagnostics = 100;  ///< Rows of a wrong length that are reported one by one.
  bool any_length = false;        ///< Rows of a wrong length are given out like the others: the caller looks at them.
};

/// Reads a table of comma-separated values (RFC 4180) from a stream, in memory that does not grow with the file.
///
/// Fields may be quoted and then hold commas, quotes (doubled) and line ends; lines end in LF or CRLF; a byte-order
/// mark is skipped; empty lines are not rows. The first row is the header: its names must be there and differ. A row
/// that is shorter or longer than the header is reported and left out. What makes the rest unreadable (an open quote,
/// text behind a closing quote, a NUL, bytes that are not UTF-8, a field or row beyond the limits) ends the reading.
///
///   CsvReader csv(file, "open.csv");
///   while (csv.next(diagnostics)) use(csv.row()[3], csv.line());
class CsvReader {
 public:
  /// `name` is what messages call the stream. Nothing is read yet.
  CsvReader(std::istream& in, std::string name, CsvLimits limits = {});

  /// The names of the columns; reads the header when that has not been done.
  const std::vector<std::string>& header(Diagnostics& diagnostics);
  /// Index of a column, or -1. Only after `header` or `next`.
  int column(std::string_view name) const;

  /// Reads the next row with the header's number of fields (or any, if the limits say so); false at the end.
  bool next(Diagnostics& diagnostics);
  /// The fields of the current row. The views hold until the next call of `next`.
  const std::vector<std::string_view>& row() const { return row_; }
  /// Line on which the current row begins, counted from 1.
  std::size_t line() const { return row_line_; }
  /// Bytes of the stream up to the end of the current row.
  std::size_t bytes() const { return read_before_ + next_; }
  /// Place of a field of the current row, for a message: the source is the row's own line or lines.
  Span span(std::size_t field) const;

 private:
  enum class Outcome { Row, End, Broken };
  struct Field {
    std::size_t begin = 0, end = 0;                ///< In `text_`.
    std::size_t line = 0, column = 0, length = 0;  ///< In the file, quotes included.
  };
  /// What stopped the reading.
  struct Problem {
    std::string message, hint;
    std::size_t line = 0, column = 0;
  };

  Outcome read_row();
  bool read_header(Diagnostics& diagnostics);
  bool read_field();
  bool read_quoted();
  bool take_plain();
  bool check_field(Field field);
  void take();
  int peek();
  bool stop(std::string message, std::size_t line, std::size_t column, std::string hint);
  void report_stop(Diagnostics& diagnostics);
  void report_length(Diagnostics& diagnostics);
  Source row_source() const;

  std::istream& in_;
  std::string name_;
  CsvLimits limits_;
  std::vector<char> buffer_;
  std::size_t next_ = 0, filled_ = 0;
  std::size_t read_before_ = 0;        ///< Bytes of the stream before `buffer_`.
  std::size_t line_ = 1, column_ = 1;  ///< Of the next byte.
  std::string text_;                   ///< Fields of the current row, unquoted, one behind the other.
  std::string raw_;                    ///< Begin of the current row as it stands in the file, for messages.
  std::vector<Field> fields_;
  std::vector<std::string_view> row_;
  std::size_t row_line_ = 1;
  std::vector<std::string> header_;
  std::size_t reported_ = 0;
  Problem problem_;
  bool started_ = false, header_read_ = false, over_ = false;
};

}  // namespace orrery
