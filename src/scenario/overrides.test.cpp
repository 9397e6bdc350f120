#include "scenario/overrides.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

/// The scenario after the arguments, as TOML, or the messages.
std::string after(const std::string& text, const std::vector<std::string>& arguments) {
  Diagnostics diagnostics;
  Value root = read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
  apply_overrides(root, arguments, diagnostics);
  return diagnostics.has_errors() ? render_text(diagnostics.all(), false) : write_toml(root);
}

}  // namespace

TEST_CASE("--set: hand-computed, every kind of value") {
  CHECK(after("", {"a=8", "b=true", "c=0.5", "d=\"80 GiB\"", "e=80 GiB", "f=[1, 2]", "g="}) ==
        "a = 8\nb = true\nc = 0.5\nd = \"80 GiB\"\ne = \"80 GiB\"\nf = [1, 2]\ng = \"\"\n");
  CHECK(after("", {"a=x = 1"}) == "a = \"x = 1\"\n");
  CHECK(after("", {"a=1\nb=2"}) == "a = \"1\\nb=2\"\n");
}

TEST_CASE("overrides: hand-computed, places inside a list are those of the argument") {
  Value root(Value::Table{}, {});
  Diagnostics diagnostics;
  apply_overrides(root, {"plan.tp=[4, 8]"}, diagnostics);
  const Value& second = root.find("plan")->find("tp")->array()->at(1);
  CHECK(second.span().column == 13);
  CHECK(second.span().source->text == "plan.tp=[4, 8]");
}

TEST_CASE("--set: hand-computed, tables, sources, lists and presets on the way") {
  CHECK(after("[layout]\ntp = 1\npp = 2\n", {"layout.tp=8", "plan.top=3"}) ==
        "[layout]\ntp = 8\npp = 2\n\n[plan]\ntop = 3\n");
  CHECK(after("m = { value = 1, source = \"s\" }\n", {"m=2"}) == "m = 2\n");
  CHECK(after("[[tiers]]\nchips = 1\n[[tiers]]\nchips = 2\n", {"tiers.1.chips=7"}) ==
        "[[tiers]]\nchips = 1\n\n[[tiers]]\nchips = 7\n");
  CHECK(after("model = \"gpt3-175b\"\n", {"model.layers=4"}) == "[model]\npreset = \"gpt3-175b\"\nlayers = 4\n");
}

TEST_CASE("--set: hand-computed messages") {
  CHECK(after("", {"layout.tp"}) ==
        "error: `--set` takes path=value\n"
        "  --> --set:1:1\n"
        "  |\n"
        "1 | layout.tp\n"
        "  | ^^^^^^^^^ for example --set layout.tp=8\n");
  CHECK(after("a = 1", {"a.b=2"}) ==
        "error: `a` is a whole number, not a table\n"
        "  --> --set:1:1\n"
        "  |\n"
        "1 | a.b=2\n"
        "  | ^\n");
  CHECK(after("", {"layout..tp=2"}) ==
        "error: empty key in `--set`\n"
        "  --> --set:1:8\n"
        "  |\n"
        "1 | layout..tp=2\n"
        "  |        ^ for example --set layout.tp=8\n");
  CHECK(after("a = [1]", {"a.1=2"}) ==
        "error: `1` is no place in a list of 1\n"
        "  --> --set:1:3\n"
        "  |\n"
        "1 | a.1=2\n"
        "  |   ^ places count from 0\n");
}

TEST_CASE("--set: law, a long path is refused and not descended") {
  std::string path = "a";
  for (int i = 0; i < 100000; ++i) path += ".a";
  CHECK(after("", {path + "=1"}).find("a path of more than 32 keys") != std::string::npos);
}

}  // namespace orrery
