#include "scenario/csv.hpp"

#include <doctest/doctest.h>

#include <random>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

namespace orrery {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct Reading {
  std::vector<std::string> header;
  Rows rows;
  std::vector<std::size_t> lines;
  std::string messages;
};

Reading read(const std::string& text, CsvLimits limits = {}) {
  std::istringstream in(text);
  CsvReader csv(in, "rows.csv", limits);
  Diagnostics diagnostics;
  Reading reading;
  reading.header = csv.header(diagnostics);
  while (csv.next(diagnostics)) {
    reading.rows.emplace_back(csv.row().begin(), csv.row().end());
    reading.lines.push_back(csv.line());
  }
  reading.messages = render_text(diagnostics.all(), false);
  return reading;
}

/// The messages without the count line, which other tests cover.
bool begins_with(const std::string& text, const std::string& begin) {
  CAPTURE(text);
  return text.compare(0, begin.size(), begin) == 0;
}

/// The slow and obvious reader: the whole text in memory, one state machine after RFC 4180, no checks.
Rows whole_text_reader(const std::string& text) {
  Rows rows(1);
  std::string field;
  bool quoted = false, was_quoted = false, any = false;
  const auto end_field = [&] {
    rows.back().push_back(field);
    field.clear();
  };
  const auto end_row = [&] {
    if (any) {
      end_field();
      rows.emplace_back();
    }
    any = was_quoted = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') {
        field += c;
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += '"', ++i;
      } else {
        quoted = false;
      }
    } else if (c == '"' && field.empty() && !was_quoted) {
      quoted = was_quoted = any = true;
    } else if (c == ',') {
      end_field();
      any = true, was_quoted = false;
    } else if (c == '\n') {
      end_row();
    } else if (c != '\r') {
      field += c;
      any = true;
    }
  }
  end_row();
  rows.pop_back();
  return rows;
}

/// A stream without end of numbered rows, to see that memory does not follow the length of a file.
class Endless : public std::streambuf {
 public:
  explicit Endless(long long rows) : rows_(rows) {}
  long long produced() const { return bytes_; }

 private:
  int underflow() override {
    if (row_ == rows_) return traits_type::eof();
    line_ = row_ == 0 ? "id,text\n" : std::to_string(row_) + ",\"a, \"\"b\"\"\"\r\n";
    ++row_;
    bytes_ += static_cast<long long>(line_.size());
    setg(line_.data(), line_.data(), line_.data() + line_.size());
    return traits_type::to_int_type(*gptr());
  }
  long long rows_, row_ = 0, bytes_ = 0;
  std::string line_;
};

}  // namespace

TEST_CASE("csv: hand-computed, plain and quoted fields, LF and CRLF, no line end at the end") {
  const Reading reading = read("a,b,c\r\n1,\"x, y\",3\n\n\"say \"\"hi\"\"\",\"two\nlines\",\n4,5,6");
  CHECK(reading.messages == "");
  CHECK(reading.header == std::vector<std::string>{"a", "b", "c"});
  CHECK(reading.rows == Rows{{"1", "x, y", "3"}, {"say \"hi\"", "two\nlines", ""}, {"4", "5", "6"}});
  CHECK(reading.lines == std::vector<std::size_t>{2, 4, 6});
}

TEST_CASE("csv: hand-computed, byte-order mark, quote within a plain field, quoted empty line") {
  const Reading reading = read("\xEF\xBB\xBFname\n5\" disk\n\"\"\n");
  CHECK(reading.header == std::vector<std::string>{"name"});
  CHECK(reading.rows == Rows{{"5\" disk"}, {""}});
}

TEST_CASE("csv: hand-computed, columns are found by name") {
  std::istringstream in("id,value\n1,2\n");
  CsvReader csv(in, "rows.csv");
  Diagnostics diagnostics;
  csv.header(diagnostics);
  CHECK(csv.column("value") == 1);
  CHECK(csv.column("Value") == -1);
}

TEST_CASE("csv: hand-computed messages, rows of a wrong length are reported and left out") {
  const Reading reading = read("id,chip,value\n1,h100,2\n2,h100\n3,\"a,b\",4,5\n4,b200,6\n");
  CHECK(reading.rows == Rows{{"1", "h100", "2"}, {"4", "b200", "6"}});
  CHECK(begins_with(reading.messages,
                    "error: this row has 2 fields, the header 3\n"
                    "  --> rows.csv:3:3\n"
                    "  |\n"
                    "3 | 2,h100\n"
                    "  |   ^^^^ `value` is missing\n"
                    "error: this row has 4 fields, the header 3\n"
                    "  --> rows.csv:4:11\n"
                    "  |\n"
                    "4 | 3,\"a,b\",4,5\n"
                    "  |           ^ one more than `value`, the last column\n"));
}

TEST_CASE("csv: hand-computed messages, what ends the reading") {
  CHECK(begins_with(read("a,b\n1,\"open\n2,3\n").messages,
                    "error: a quoted field does not end\n"
                    "  --> rows.csv:2:3\n"
                    "  |\n"
                    "2 | 1,\"open\n"
                    "  |   ^ its quote opens here\n"));
  CHECK(begins_with(read("a,b\n\"1\"x,2\n").messages,
                    "error: text behind a closing quote\n"
                    "  --> rows.csv:2:4\n"
                    "  |\n"
                    "2 | \"1\"x,2\n"
                    "  |    ^ write a quote inside a field twice\n"));
  CHECK(begins_with(read("a,b\n1,\xFF\n").messages,
                    "error: the text is not UTF-8\n"
                    "  --> rows.csv:2:3\n"));
  CHECK(begins_with(read(std::string("a,b\n1,x\0y\n", 10)).messages,
                    "error: a NUL byte: this is no text\n"
                    "  --> rows.csv:2:4\n"));
  CHECK(begins_with(read("a,b\n1\r2,3\n").messages,
                    "error: a carriage return without a line feed\n"
                    "  --> rows.csv:2:2\n"));
}

TEST_CASE("csv: hand-computed messages, headers") {
  CHECK(begins_with(read("").messages, "error: the file is empty; its first row must name the columns\n"));
  CHECK(begins_with(read("\n\r\n").messages, "error: the file is empty; its first row must name the columns\n"));
  const Reading twice = read("id,chip,id,\n1,2,3,4\n");
  CHECK(twice.rows.empty());
  CHECK(begins_with(twice.messages,
                    "error: column `id` stands twice\n"
                    "  --> rows.csv:1:9\n"
                    "  |\n"
                    "1 | id,chip,id,\n"
                    "  |         ^^\n"
                    "error: column 4 has no name\n"
                    "  --> rows.csv:1:12\n"));
}

TEST_CASE("csv: hand-computed, limits are tight") {
  const CsvLimits limits{.field = 4, .columns = 3, .diagnostics = 2};
  CHECK(read("a,b,c\nwxyz,\"wxyz\",1\n", limits).rows.size() == 1);
  CHECK(begins_with(read("a,b,c\nvwxyz,1,1\n", limits).messages, "error: a field of more than 4 bytes\n"));
  CHECK(begins_with(read("a,b,c\n\"vwxyz\",1,1\n", limits).messages, "error: a quoted field of more than 4 bytes\n"));
  CHECK(begins_with(read("a,b,c,d\n", limits).messages, "error: a row of more than 3 fields\n"));
  // Two rows of a wrong length are reported one by one, the third ends the reading: the good row is not reached.
  const Reading many = read("a,b\n1\n2\n3\n4,5\n", limits);
  CHECK(many.rows.empty());
  CHECK(many.messages.find("more than 2 rows of a wrong length; the rest is not read") != std::string::npos);
}

TEST_CASE("csv: hand-computed, a field's place for later messages") {
  std::istringstream in("id,value\n1,2\n22,\"ab\ncd\"\n");
  CsvReader csv(in, "rows.csv");
  Diagnostics diagnostics;
  REQUIRE(csv.next(diagnostics));
  REQUIRE(csv.next(diagnostics));
  diagnostics.error("bad value", csv.span(1), "a number");
  CHECK(begins_with(render_text(diagnostics.all(), false),
                    "error: bad value\n"
                    "  --> rows.csv:3:4\n"
                    "  |\n"
                    "3 | 22,\"ab\n"
                    "  |    ^^^ a number\n"));
}

TEST_CASE("csv: oracle, random tables against a reader of the whole text") {
  std::mt19937 random(20261124);
  const std::string alphabet = "ab,\"\n\r\xC3\xA9 1";
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    const std::size_t columns = 1 + random() % 5, rows = random() % 6;
    std::string text;
    Rows expected;
    for (std::size_t r = 0; r <= rows; ++r) {
      expected.emplace_back();
      for (std::size_t c = 0; c < columns; ++c) {
        std::string field = r == 0 ? "column " + std::to_string(c) : "";
        for (std::size_t n = random() % 8; r > 0 && n > 0; --n) {
          const char byte = alphabet[random() % alphabet.size()];
          field += static_cast<unsigned char>(byte) >= 0x80 ? "\xC3\xA9" : std::string(1, byte);
        }
        expected.back().push_back(field);
        const bool must_quote = field.find_first_of(",\"\r\n") != std::string::npos || (columns == 1 && field.empty());
        text += c == 0 ? "" : ",";
        if (must_quote || random() % 3 == 0) {
          text += '"';
          for (const char byte : field) text += byte == '"' ? std::string("\"\"") : std::string(1, byte);
          text += '"';
        } else {
          text += field;
        }
      }
      if (r < rows || random() % 2 == 0) text += random() % 2 == 0 ? "\r\n" : "\n";
    }
    const Reading reading = read(text);
    Rows got = reading.rows;
    got.insert(got.begin(), reading.header);
    CAPTURE(text);
    CHECK(reading.messages == "");
    CHECK(got == expected);
    CHECK(got == whole_text_reader(text));
  }
}

TEST_CASE("csv: law, rows do not depend on how the stream is cut") {
  // A stream buffer of one line at a time, far longer than the reader's buffer.
  Endless endless(20001);
  std::istream in(&endless);
  CsvReader csv(in, "endless.csv");
  Diagnostics diagnostics;
  long long rows = 0;
  bool good = true;
  while (csv.next(diagnostics)) {
    ++rows;
    good = good && csv.row()[0] == std::to_string(rows) && csv.row()[1] == "a, \"b\"" &&
           csv.line() == static_cast<std::size_t>(rows) + 1;
  }
  CHECK(good);
  CHECK(rows == 20000);
  CHECK(diagnostics.all().empty());
  CHECK(endless.produced() > 300'000);
}

}  // namespace orrery
