#pragma once

#include <cstddef>
#include <initializer_list>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/unpacking_stream.hpp"
#include "import/job_trace/job_rows.hpp"

namespace orrery {

/// Lines of a stream, without their ends. A line of more than a MiB ends the reading.
class LineReader {
 public:
  explicit LineReader(std::istream& in) : in_(in) {}
  bool next();
  std::string_view line() const { return line_; }
  std::size_t number() const { return number_; }
  bool too_long() const { return too_long_; }

 private:
  bool refill();

  std::istream& in_;
  std::vector<char> buffer_;
  std::size_t next_ = 0, filled_ = 0;
  std::string line_;
  std::size_t number_ = 0;
  bool too_long_ = false;
};

/// Rows of fields under a header.
class RowSource {
 public:
  RowSource() = default;
  virtual ~RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  /// The names of the columns; empty where there are none that can be used, which is then an error.
  virtual const std::vector<std::string>& header(Diagnostics& diagnostics) = 0;
  /// The next row, which may be of any length; false at the end.
  virtual bool next(Diagnostics& diagnostics) = 0;
  virtual const std::vector<std::string_view>& row() const = 0;
  virtual std::size_t line() const = 0;
  /// Whether the row is UTF-8 without NULs.
  virtual bool is_text() const { return true; }
};

/// Rows of comma-separated values (RFC 4180).
std::unique_ptr<RowSource> csv_rows(std::istream& in, const std::string& name);
/// Rows of fields between single characters, without quoting. With `header` given, the first line is a row already.
std::unique_ptr<RowSource> separated_rows(std::istream& in, const std::string& name, char separator,
                                          std::vector<std::string> header = {});

/// What every reader of a format gets.
struct TraceInput {
  UnpackingStream& in;
  const std::string& name;
  const JobTraceOptions& options;
  Diagnostics& diagnostics;
};

/// The columns of a source by name, as a reader looks them up; what it does not look up is noted.
class Columns {
 public:
  Columns(RowSource& source, TraceInput& input);
  /// Index of a column, the first of these names (without regard to case) that is there; or -1.
  int find(std::initializer_list<std::string_view> names);
  /// The same; that there is none is an error, with what may have been meant.
  int need(std::initializer_list<std::string_view> names);
  bool has_errors() const { return missing_; }
  /// Notes what was not looked up.
  void note_unused(TraceReport& report) const;
  const std::vector<std::string>& header() const { return header_; }
  bool used(std::size_t column) const { return used_[column]; }

 private:
  std::vector<std::string> header_;
  std::vector<bool> used_;
  TraceInput& input_;
  bool missing_ = false;
};

/// Fields of the current row of a source.
class Fields {
 public:
  Fields(const RowSource& source, JobRows& rows) : source_(source), rows_(rows) {}
  /// As it stands; empty where there is no such column.
  std::string_view raw(int column) const;
  /// Trimmed; empty also where it says nothing ("None", "nan").
  std::string_view text(int column) const;
  // `kUnsaid` where the field says nothing or does not read. That is counted here for fields that are not needed; for
  // needed ones the job is dropped, with a reason of its own.
  enum class Need { Optional, Needed };
  std::int64_t whole(int column, Need need = Need::Optional) const;
  Millis seconds(int column, Need need = Need::Optional) const;
  Millis date(int column, Need need = Need::Optional);
  /// A whole number in `low` .. `high`, or `otherwise`.
  std::int64_t within(int column, std::int64_t low, std::int64_t high, std::int64_t otherwise) const;
  /// A number from 0 on times a factor, rounded: cores to thousandths. 0 where nothing is said.
  std::int64_t scaled(int column, double factor) const;
  /// A state; an unknown one is counted.
  JobState state(int column) const;
  bool saw_zone() const { return saw_zone_; }

 private:
  std::int64_t unread(std::string_view text, Need need) const;
  const RowSource& source_;
  JobRows& rows_;
  bool saw_zone_ = false;
};

void report_too_many(TraceInput& input);

/// Calls `read` for each row that has the header's length, until one is one too many.
template <class Read>
void for_each_row(RowSource& source, TraceInput& input, JobRows& rows, std::size_t fields, Read read) {
  while (source.next(input.diagnostics)) {
    if (!rows.count_row()) {
      report_too_many(input);
      return;
    }
    if (!source.is_text()) {
      rows.drop(TraceIssue::NotText, source.line());
      continue;
    }
    if (source.row().size() != fields) {
      rows.drop(TraceIssue::WrongLength, source.line());
      continue;
    }
    read();
  }
}
}  // namespace orrery
