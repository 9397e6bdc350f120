#include "validate/measured_row.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace orrery {
namespace {

std::string header() {
  std::string text;
  for (const std::string& column : measured_columns()) text += (text.empty() ? "" : ",") + column;
  return text + "\n";
}

/// A line with these cells, blanks elsewhere.
std::string line(std::map<std::string, std::string> cells) {
  cells.try_emplace("metric", "step_seconds");
  cells.try_emplace("value", "1.5");
  std::string text;
  for (const std::string& column : measured_columns()) {
    if (column != measured_columns().front()) text += ",";
    if (cells.contains(column)) text += cells[column];
  }
  return text + "\n";
}

std::vector<MeasuredRow> read(const std::string& text) {
  std::istringstream in(text);
  std::vector<MeasuredRow> rows;
  read_measured_rows(in, "test.csv", [&](const MeasuredRow& row) { rows.push_back(row); });
  return rows;
}

std::vector<Diagnostic> mistakes(const std::string& text) {
  std::istringstream in(text);
  std::size_t used = 0;
  try {
    read_measured_rows(in, "test.csv", [&](const MeasuredRow&) { ++used; });
  } catch (const InputError& error) {
    return error.diagnostics();
  }
  return {};
}

TEST_CASE("measured rows: hand-computed, typed cells and blanks") {
  const auto rows = read("\xEF\xBB\xBF" + header() +
                         line({{"id", "x"},
                               {"layers", "24"},
                               {"gpus", "8.0"},
                               {"sequence_parallel", "1"},
                               {"attention_flops", "causal"},
                               {"notes", "\"a, \"\"quoted\"\" note\nof two lines\""}}) +
                         "\r\n" + line({{"id", "y"}, {"metric", "mfu"}, {"value", "0.5"}}));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id == "x");
  CHECK(rows[0].layers == 24);
  CHECK(rows[0].gpus == 8);
  CHECK(rows[0].sequence_parallel == true);
  CHECK(rows[0].attention_flops == AttentionFlops::Causal);
  CHECK(rows[0].notes == "a, \"quoted\" note\nof two lines");
  CHECK_FALSE(rows[0].hidden.has_value());
  CHECK(rows[0].line == 2);
  CHECK(rows[1].line == 5);
  CHECK(rows[1].metric == Metric::Mfu);
}

TEST_CASE("measured rows: hand-computed, every mistake with its place") {
  const auto found = mistakes(header() + line({{"id", "x"}, {"layers", "many"}, {"tp", "1.5"}}) +
                              line({{"id", "y"}, {"value", "-1"}, {"metric", "step_second"}}) + "only,three,cells\n");
  REQUIRE(found.size() == 5);
  CHECK(found[0].message == "`layers` is not a number");
  CHECK(found[0].span.line == 2);
  CHECK(found[0].span.column == 6);  // after "x,,,," stand five bytes
  CHECK(found[1].message == "`tp` is not a whole number");
  CHECK(found[2].message == "unknown metric `step_second`");
  CHECK(found[2].hint == "did you mean `step_seconds`?");
  CHECK(found[3].message == "`value` is out of range");
  CHECK(found[4].span.line == 4);
}

TEST_CASE("measured rows: hand-computed, an id names one row") {
  const auto found = mistakes(header() + line({{"id", "x"}}) + line({{"id", "y"}}) + line({{"id", "x"}}) +
                              line({{"id", "\"x\""}}) + line({}));
  REQUIRE(found.size() == 3);
  CHECK(found[0].message == "the id `x` stands twice");
  CHECK(found[0].span.line == 4);
  CHECK(found[0].hint == "first on line 2");
  CHECK(found[1].span.line == 5);  // as text, quotes or not
  CHECK(found[2].message == "`id` is blank");
  CHECK(found[2].span.line == 6);
}

TEST_CASE("measured rows: law, the last row ends where the table does") {
  const std::string text = "\xEF\xBB\xBF" + header() + line({{"id", "x"}}) + line({{"id", "y"}});
  const auto rows = read(text);
  CHECK(rows[0].end < rows[1].end);
  CHECK(rows[1].end == text.size());
  std::string many = header();
  for (int i = 0; i < 3000; ++i) many += line({{"id", std::to_string(i)}});
  CHECK(read(many).back().end == many.size());  // beyond a buffer
}

TEST_CASE("measured rows: hand-computed, wrong columns") {
  std::string renamed = header();
  renamed.replace(renamed.find("hidden"), 6, "hiden");
  const auto found = mistakes(renamed + line({}));
  REQUIRE(found.size() == 1);
  CHECK(found[0].message == "unknown column `hiden`");
  CHECK(found[0].hint == "did you mean `hidden`?");
  const auto missing = mistakes("id,family,colour\n1,2,3\n");  // one message of all but the two
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].message.starts_with(fmt::format("{} columns are missing: source, ", measured_columns().size() - 2)));
  std::string twice = header();
  twice.insert(twice.size() - 1, ",id");
  CHECK(mistakes(twice).front().message == "column `id` stands twice");
  std::string more = header();
  more.insert(more.size() - 1, ",colour");
  std::string row = line({{"id", "x"}});
  row.insert(row.size() - 1, ",red");
  CHECK(read(more + row).size() == 1);  // further columns are ignored
}

TEST_CASE("measured rows: hand-computed, what is no table") {
  CHECK(mistakes("").front().message == "the file is empty; its first row must name the columns");
  CHECK(mistakes(std::string("\x7F"
                             "ELF\0\0",
                             6))
            .front()
            .message == "a NUL byte: this is no text");
  CHECK(mistakes(header() + line({{"notes", "\"never closed"}})).front().message == "a quoted field does not end");
  CHECK(mistakes(header() + line({{"notes", "\xFF\xFE"}})).front().message == "the text is not UTF-8");
  CHECK(mistakes(header() + line({{"notes", std::string(70000, 'x')}})).front().message ==
        "a field of more than 65536 bytes");
  CHECK(mistakes(header() + std::string(2000, ',')).front().message == "a row of more than 1000 fields");
  std::string bad;
  for (int i = 0; i < 1000; ++i) bad += line({{"layers", "x"}});
  CHECK(mistakes(header() + bad).size() == 100);
  CHECK_THROWS_AS(read_measured_file("/", [](const MeasuredRow&) {}), InputError);
  CHECK_THROWS_AS(read_measured_file("/no/such/file.csv", [](const MeasuredRow&) {}), InputError);
}

TEST_CASE("measured rows: published, the reference table reads and every row has its source") {
  const auto path = std::filesystem::path(ORRERY_SOURCE_DIR) / "data/reference/measurements.csv";
  std::size_t rows = read_measured_file(path.string(), [](const MeasuredRow& row) {
    CHECK_FALSE(row.source.empty());
    CHECK(row.value > 0);
  });
  CHECK(rows >= 60);
}

}  // namespace
}  // namespace orrery
