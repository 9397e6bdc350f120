#include "scenario/json_reader.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace orrery {
namespace {

Value read(const std::string& text, Diagnostics& diagnostics, std::size_t limit = kLargestJson) {
  return read_json(std::make_shared<SourceText>(SourceText{"config.json", text}), diagnostics, limit);
}

std::string messages(const std::string& text) {
  Diagnostics diagnostics;
  read(text, diagnostics);
  return render_text(diagnostics.all(), false);
}

/// The first message without its place.
std::string refusal(const std::string& text) {
  Diagnostics diagnostics;
  const Value value = read(text, diagnostics);
  REQUIRE(diagnostics.has_errors());
  return diagnostics.all().front().message;
}

std::string place(const Span& span) {
  return std::to_string(span.line) + ":" + std::to_string(span.column) + "+" + std::to_string(span.length);
}

}  // namespace

TEST_CASE("JSON: hand-computed values and places") {
  Diagnostics diagnostics;
  const Value root =
      read("{\n  \"layers\": 32,\n  \"eps\": -1.5e-3, \"tied\": true,\n  \"list\": [null, \"a\\u00e9\\n\"]\n}\n",
           diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  REQUIRE(root.table() != nullptr);
  REQUIRE(root.table()->size() == 4);
  CHECK(place(root.table()->at(0).key_span) == "2:3+8");
  CHECK(*root.find("layers")->integer() == 32);
  CHECK(place(root.find("layers")->span()) == "2:13+2");
  CHECK(*root.find("eps")->real() == -0.0015);
  CHECK(place(root.find("eps")->span()) == "3:10+7");
  CHECK(*root.find("tied")->boolean());
  const Value::Array& list = *root.find("list")->array();
  CHECK(list[0].is_null());
  CHECK(*list[1].string() == "a\xC3\xA9\n");
  CHECK(place(list[1].span()) == "4:18+11");
}

TEST_CASE("JSON: hand-computed, surrogate pairs and large whole numbers") {
  Diagnostics diagnostics;
  // U+1F600 is D83D DE00 in UTF-16 and F0 9F 98 80 in UTF-8.
  const Value root = read("[\"\\ud83d\\uDE00\", 9223372036854775807, 9223372036854775808]", diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(*root.array()->at(0).string() == "\xF0\x9F\x98\x80");
  CHECK(*root.array()->at(1).integer() == INT64_MAX);
  CHECK(*root.array()->at(2).real() == 9223372036854775808.0);
}

TEST_CASE("JSON: hand-computed messages") {
  CHECK(messages("{\"a\": 1,\n \"a\": 2, \"b\": 3, \"b\": 4}") ==
        "error: key `a` stands twice in one object\n"
        "  --> config.json:2:2\n"
        "  |\n"
        "2 |  \"a\": 2, \"b\": 3, \"b\": 4}\n"
        "  |  ^^^ first on line 1\n"
        "error: key `b` stands twice in one object\n"
        "  --> config.json:2:18\n"
        "  |\n"
        "2 |  \"a\": 2, \"b\": 3, \"b\": 4}\n"
        "  |                  ^^^ first on line 2\n");
  CHECK(messages("{\"a\": [1, 2") ==
        "error: not valid JSON: the text ends early\n"
        "  --> config.json:1:12\n"
        "  |\n"
        "1 | {\"a\": [1, 2\n"
        "  |            ^ expected `,` or `]`\n");
  CHECK(messages("{\"a\": NaN}") ==
        "error: not valid JSON: `NaN` is no JSON number\n"
        "  --> config.json:1:7\n"
        "  |\n"
        "1 | {\"a\": NaN}\n"
        "  |       ^^^ numbers are finite\n");
}

TEST_CASE("JSON: hand-computed, what RFC 8259 refuses") {
  CHECK(refusal("") == "not valid JSON: the text ends early");
  CHECK(refusal("[1,]") == "not valid JSON: a comma before `]`");
  CHECK(refusal("{\"a\":1,}") == "not valid JSON: a comma before `}`");
  CHECK(refusal("[01]") == "not valid JSON: a number with a leading zero");
  CHECK(refusal("[1.]") == "not valid JSON: expected a digit");
  CHECK(refusal("[+1]") == "not valid JSON: expected a value");
  CHECK(refusal("[1e999]") == "not valid JSON: a number too large or too small to keep");
  CHECK(refusal("[-Infinity]") == "not valid JSON: expected a digit");
  CHECK(refusal("['a']") == "not valid JSON: expected a value");
  CHECK(refusal("[\"a\nb\"]") == "not valid JSON: a control character in a text");
  CHECK(refusal("[\"\\x\"]") == "not valid JSON: unknown escape in a text");
  CHECK(refusal("[\"\\ud800\"]") == "not valid JSON: half of a surrogate pair");
  CHECK(refusal("[\"\\u00") == "not valid JSON: `\\u` takes four hexadecimal digits");
  CHECK(refusal("[\"\\u0000\"]") == "not valid JSON: NUL in a text");
  CHECK(refusal("{} {}") == "not valid JSON: text behind the value");
  CHECK(refusal("// note\n{}") == "not valid JSON: expected a value");
  CHECK(refusal("[\"\xFF\"]") == "not UTF-8 text: bad byte at offset 2");
}

TEST_CASE("JSON: hand-computed limits") {
  CHECK(refusal(std::string(100000, '[')) == "not valid JSON: lists and objects nested deeper than 64");
  Diagnostics deep;
  read(std::string(64, '[') + std::string(64, ']'), deep);
  CHECK_FALSE(deep.has_errors());
  Diagnostics large;
  CHECK(read("[1, 2, 3]", large, 8).is_null());
  CHECK(large.has_errors());
  std::string many = "[0";
  for (int i = 0; i < 1000000; ++i) many += ",0";
  CHECK(refusal(many + "]") == "not valid JSON: more than 1000000 values");
}

}  // namespace orrery
