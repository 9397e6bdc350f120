#include "base/table.hpp"

#include <doctest/doctest.h>

#include "base/progress.hpp"

namespace orrery {

TEST_CASE("table: hand-computed, numbers right, no trailing blanks, UTF-8 by width") {
  CHECK(text_table({"chip", "time"}, {Align::Left, Align::Right},
                   {{"H100", "6.75 s"}, {"\xE6\xB8\xAC", "12 s"}, {"", ""}}) ==
        "chip    time\n"
        "----  ------\n"
        "H100  6.75 s\n"
        "\xE6\xB8\xAC      12 s\n"
        "\n");
}

TEST_CASE("table: hand-computed, rows of unequal length and no header") {
  CHECK(text_table({}, {}, {{"a"}, {"bbb", "c"}}) == "a\nbbb  c\n");
  CHECK(text_table({}, {}, {}).empty());
}

TEST_CASE("table: hand-computed wrapping") {
  CHECK(wrapped("one two three", 7, "  ") == "one two\n  three");
  CHECK(wrapped("", 7, "  ").empty());
}

TEST_CASE("progress: hand-computed lines") {
  // Half done after 12 s leaves 12 s; 50 columns leave 50 - 6 - 20 - 4 = 20 for the bar.
  CHECK(progress_line("search", 50, 100, 12, 50) == "search  [##########          ]   50 %  12.0 s left");
  CHECK(progress_line("search", 0, 100, 0, 30) == "search  [             ]    0 %");
  CHECK(progress_line("search", 1234567, 0, 5, 80) == "search  1,234,567 done");
  CHECK(progress_line("a long title of a long loop", 1, 2, 1, 20).size() <= 20);
}

TEST_CASE("progress: law, a quick loop draws nothing") {
  std::string drawn;
  {
    Progress progress("loop", 10, [&](std::string_view text) { drawn += text; });
    for (std::size_t i = 0; i < 10; ++i) progress.reached(i);
  }
  CHECK(drawn.empty());
  Progress silent("loop", 10, {});
  CHECK_NOTHROW(silent.reached(5));
}

}  // namespace orrery
