#include "scenario/toml_reader.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>

#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

Value read(const std::string& text, Diagnostics& diagnostics) {
  return read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
}

std::string messages(const std::string& text) {
  Diagnostics diagnostics;
  read(text, diagnostics);
  return render_text(diagnostics.all(), false);
}

std::string refusal(const std::string& text) {
  Diagnostics diagnostics;
  const Value value = read(text, diagnostics);
  REQUIRE(diagnostics.has_errors());
  return diagnostics.all().front().message;
}

bool is_read(const std::string& text) {
  Diagnostics diagnostics;
  read(text, diagnostics);
  return !diagnostics.has_errors();
}

std::string place(const Span& span) {
  return std::to_string(span.line) + ":" + std::to_string(span.column) + "+" + std::to_string(span.length);
}

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

/// A random tree of tables, lists and plain values.
Value random_value(std::mt19937& random, int depth) {
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  switch (below(depth > 3 ? 4 : 6)) {
    case 0:
      return {below(2) == 1, Span{}};
    case 1:
      return {static_cast<std::int64_t>(random()) - (std::int64_t{1} << 31), Span{}};
    case 2:
      return {static_cast<double>(random()) / (1 + below(1000)) * (below(2) == 1 ? 1e-9 : 1e200), Span{}};
    case 3: {
      std::string text;
      for (int i = below(8); i > 0; --i) text += "ab\"\\\n\t'#=.[ \x01\x7F"[below(14)];
      return {text + (below(2) == 1 ? "\xC3\xA9" : ""), Span{}};
    }
    case 4: {
      Value::Array list;
      const bool of_tables = below(2) == 1;
      for (int i = below(4); i > 0; --i) {
        list.push_back(of_tables ? Value(Value::Table{}, Span{}) : random_value(random, depth + 2));
        if (of_tables) list.back().set("x", random_value(random, depth + 1), Span{});
      }
      return {list, Span{}};
    }
    default: {
      Value table(Value::Table{}, Span{});
      static const char* const kKeys[] = {"a", "b-c", "two words", "", "d.e", "\"q\"", "value", "9"};
      for (int i = below(5); i > 0; --i) table.set(kKeys[below(8)], random_value(random, depth + 1), Span{});
      return table;
    }
  }
}

/// Values without their places. Tables are compared as sets of keys: a text puts plain values first.
bool same(const Value& a, const Value& b) {
  if (a.data().index() != b.data().index()) return false;
  if (const auto* list = a.array()) {
    if (list->size() != b.array()->size()) return false;
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (!same((*list)[i], (*b.array())[i])) return false;
    }
    return true;
  }
  if (const auto* table = a.table()) {
    if (table->size() != b.table()->size()) return false;
    for (const Value::Entry& entry : *table) {
      const Value* other = b.find(entry.key);
      if (other == nullptr || !same(entry.value, *other)) return false;
    }
    return true;
  }
  if (const auto* text = a.string()) return *text == *b.string();
  if (const auto* real = a.real()) return *real == *b.real();
  if (const auto* whole = a.integer()) return *whole == *b.integer();
  if (const auto* truth = a.boolean()) return *truth == *b.boolean();
  return true;
}

}  // namespace

TEST_CASE("TOML: hand-computed values, places and order") {
  Diagnostics diagnostics;
  const Value root = read("zeta = \"80 GiB\"\nalpha = 2\n[chip]\nx = [1, 2.5]\n", diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  REQUIRE(root.table() != nullptr);
  REQUIRE(root.table()->size() == 3);
  CHECK(root.table()->at(0).key == "zeta");
  CHECK(place(root.table()->at(0).key_span) == "1:1+4");
  CHECK(place(root.find("zeta")->span()) == "1:8+8");
  CHECK(*root.find("alpha")->integer() == 2);
  CHECK(place(root.find("chip")->span()) == "3:1+6");
  const Value* list = root.find("chip")->find("x");
  CHECK(*list->array()->at(1).real() == 2.5);
  CHECK(place(list->array()->at(1).span()) == "4:9+3");
}

TEST_CASE("TOML: hand-computed, columns count bytes") {
  Diagnostics diagnostics;
  // Two letters of two bytes each stand before the key `b`: character 17, byte 19.
  const Value root = read("t = { a = \"\xC3\xA9\xC3\xA9\", b = 1 }\n", diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(place(root.find("t")->find("a")->span()) == "1:11+6");
  CHECK(place(root.find("t")->table()->at(1).key_span) == "1:19+1");
  // A byte-order mark is three bytes of the first line.
  const Value marked = read(
      "\xEF\xBB\xBF"
      "a = 1\r\nb = 2\r\n",
      diagnostics);
  CHECK(place(marked.table()->at(0).key_span) == "1:4+1");
  CHECK(place(marked.table()->at(1).key_span) == "2:1+1");
}

TEST_CASE("TOML: hand-computed messages") {
  CHECK(messages("a = 1\n[;a]\n") ==
        "error: not valid TOML: Error while parsing key: expected bare key starting character or string delimiter, saw "
        "';'\n"
        "  --> a.toml:2:2\n"
        "  |\n"
        "2 | [;a]\n"
        "  |  ^\n");
  CHECK(messages("x = 1979-05-27T10:00:00\ny = nan\n") ==
        "error: times of the day are not used here\n"
        "  --> a.toml:1:5\n"
        "  |\n"
        "1 | x = 1979-05-27T10:00:00\n"
        "  |     ^^^^^^^^^^^^^^^^^^^ a date, 2025-01-21, or a text with a unit\n"
        "error: numbers must be finite\n"
        "  --> a.toml:2:5\n"
        "  |\n"
        "2 | y = nan\n"
        "  |     ^^^\n");
}

TEST_CASE("TOML: hand-computed limits, and what only looks like them") {
  CHECK(refusal(repeated("a.", 100000) + "x = 1") == "a key of more than 64 parts");
  CHECK(refusal(repeated("\"=\".", 100000) + "x = 1") == "a key of more than 64 parts");
  CHECK(refusal("a = " + std::string(100000, '[')) == "tables and lists nested deeper than 64");
  CHECK(refusal("a = [" + repeated("1,", 600000) + "]") == "more than 500000 values and keys");
  CHECK(refusal(std::string(kLargestToml + 1, '#')) == "larger than 8 MiB");
  CHECK(refusal("a = \"\xFF\"").find("not UTF-8") == 0);
  CHECK(refusal("a = 1\na = 2\n").find("not valid TOML") == 0);

  CHECK(is_read("a = [" + repeated("0.5,", 200) + "]"));  // dots, but of numbers
  CHECK(is_read("a = \"" + repeated("[.", 200) + "\""));
  CHECK(is_read("a = '" + repeated("[.", 200) + "'  # " + repeated("[.", 200)));
  CHECK(is_read("a = \"\"\"" + repeated("[.\n", 200) + "\"\"\"\"\"\nb = '''x''''\nc = 1\n"));
  CHECK(is_read("a = \"quote \\\" inside\"\nb = " + repeated("[", 60) + repeated("]", 60)));
}

TEST_CASE("TOML: law, what is written reads back") {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Value tree(Value::Table{}, Span{});
    for (const char* key : {"one", "two", "three"}) tree.set(key, random_value(random, 0), Span{});
    const std::string text = write_toml(tree);
    CAPTURE(text);
    Diagnostics diagnostics;
    const Value again = read(text, diagnostics);
    REQUIRE(render_text(diagnostics.all(), false) == "");
    REQUIRE(same(tree, again));
  }
}

}  // namespace orrery
