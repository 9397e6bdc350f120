#include "report/document.hpp"

#include <doctest/doctest.h>

#include <memory>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "report/render.hpp"
#include "report/sources.hpp"

using namespace orrery;

namespace {

Document sample() {
  Document document;
  document.command = "sample";
  document.answer = {"6.75 s a step, 41.8 % MFU"};
  document.fields = {{"step_time", "step", figure(Seconds(6.75))}, {"hidden_from_people", "", count(3)}};
  document.breakdowns = {{"breakdown",
                          "time",
                          figure(Seconds(6.75)),
                          {{"compute", figure(Seconds(5.5))}, {"bubble", figure(Seconds(1.25))}}}};
  Table table;
  table.key = "layouts";
  table.title = "Layouts";
  table.columns = {{"name", "layout"}, {"memory", "memory"}, {"raw", ""}, {"", "mark"}};
  table.rows = {{std::string("tp=8, \"pp\"=4"), figure(Bytes(1073741824.0)), number(0.5), std::string("*")},
                {std::string("tp=4"), Cell{}, Cell{}, std::string("")}};
  document.tables = {table};
  document.notes = {"a note"};
  document.warnings = {"a warning"};
  return document;
}

}  // namespace

TEST_CASE("terminal: hand-computed page") {
  CHECK(render_terminal(sample(), {}) ==
        "6.75 s a step, 41.8 % MFU\n"
        "  time:  compute 5.50 s  bubble 1.25 s\n"
        "  step: 6.75 s\n"
        "\n"
        "Layouts\n"
        "layout          memory  mark\n"
        "------------  --------  ----\n"
        "tp=8, \"pp\"=4  1.00 GiB  *\n"
        "tp=4                 -\n"
        "\n"
        "a note\n");
}

TEST_CASE("JSON: hand-computed, base units in the keys, people's columns left out") {
  const auto json = nlohmann::json::parse(render_json(sample()));
  CHECK(json.at("schema") == "orrery/1");
  CHECK(json.at("command") == "sample");
  CHECK(json.at("step_time_seconds") == 6.75);
  CHECK(json.at("hidden_from_people") == 3);
  CHECK(json.at("breakdown_seconds").at("total") == 6.75);
  CHECK(json.at("breakdown_seconds").at("parts").at("bubble") == 1.25);
  const auto& row = json.at("layouts").at(0);
  CHECK(row.size() == 3);
  CHECK(row.at("memory_bytes") == 1073741824.0);
  CHECK(row.at("raw") == 0.5);
  CHECK(json.at("layouts").at(1).at("memory_bytes").is_null());
  CHECK(json.at("warnings").at(0) == "a warning");
}

TEST_CASE("JSON: law, a number that is not finite is null and bad UTF-8 does not break the text") {
  Document document = sample();
  document.fields = {{"a", "", figure(Seconds(std::numeric_limits<double>::infinity()))},
                     {"b", "", number(std::numeric_limits<double>::quiet_NaN())},
                     {"c", "", std::string("\xff\"\n")}};
  const auto json = nlohmann::json::parse(render_json(document));
  CHECK(json.at("a_seconds").is_null());
  CHECK(json.at("b").is_null());
}

TEST_CASE("JSON and CSV: a column of several units names each") {
  Document document = sample();
  document.tables[0].columns = {{"input", "input"}, {"value", "value"}};
  document.tables[0].rows = {{std::string("t"), figure(Seconds(2))}, {std::string("n"), count(3)}};
  const auto rows = nlohmann::json::parse(render_json(document)).at("layouts");
  CHECK(rows.at(0).at("value") == 2);
  CHECK(rows.at(0).at("value_unit") == "seconds");
  CHECK(rows.at(1).at("value_unit").is_null());
  CHECK(render_csv(document) == "input,value,value_unit\r\nt,2,seconds\r\nn,3,\r\n");
}

TEST_CASE(
    "objects and lines to copy: hand-computed, in JSON as such, in CSV not at all, joined for a shell for people") {
  const Object layout{{{"tp", count(8)}, {"sequence_parallel", true}, {"recompute", std::string("none")}}};
  Document document;
  document.command = "plan";
  document.fields = {{"layout_table", "", layout}};
  document.tables = {
      {"layouts", "Layouts", {{"layout", "layout"}, {"layout_table", ""}}, {{std::string("tp=8"), layout}}, ""}};
  document.literals = {{"megatron_args", "Megatron-LM arguments", {"--num-layers 2", "--swiglu"}}};
  const std::string json = render_json(document);
  const auto has = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  CHECK(
      has(json,
          "  \"layout_table\": {\n    \"tp\": 8,\n    \"sequence_parallel\": true,\n    \"recompute\": \"none\"\n  }"));
  CHECK(has(json, "  \"megatron_args\": [\n    \"--num-layers 2\",\n    \"--swiglu\"\n  ]"));
  CHECK(render_csv(document) == "layout\r\ntp=8\r\n");
  CHECK(has(render_terminal(document, {}), "\nMegatron-LM arguments\n--num-layers 2 \\\n--swiglu\n"));
  document.tables.clear();
  CHECK(render_csv(document) == "key,value\r\n");
  document.literals.push_back(document.literals.front());
  CHECK_THROWS(render_json(document));  // keys clash
}

TEST_CASE("CSV: hand-computed, quotes and empty cells") {
  CHECK(render_csv(sample()) ==
        "name,memory_bytes,raw\r\n"
        "\"tp=8, \"\"pp\"\"=4\",1073741824,0.5\r\n"
        "tp=4,,\r\n");
}

TEST_CASE("documents: parts that do not add up, keys that clash and rows too long are our bugs") {
  Document parts = sample();
  parts.breakdowns[0].parts.pop_back();
  CHECK_THROWS_AS(render_json(parts), InternalError);
  Document keys = sample();
  keys.fields.push_back({"layouts", "", count(1)});
  CHECK_THROWS_AS(render_terminal(keys, {}), InternalError);
  Document reserved = sample();
  reserved.fields = {{"answer", "", count(1)}};
  CHECK_THROWS_AS(render_json(reserved), InternalError);
  Document row = sample();
  row.tables[0].rows[0].resize(9);
  CHECK_THROWS_AS(render_csv(row), InternalError);
}

TEST_CASE("mistakes as JSON: hand-computed") {
  const auto source = std::make_shared<SourceText>(SourceText{"a.toml", "x = 1\n"});
  const auto json = nlohmann::json::parse(
      render_json({{Severity::Error, "unknown key `x`", {source, 1, 1, 1}, "did you mean `y`?"}}, "input"));
  CHECK(json.at("error").at("kind") == "input");
  const auto& d = json.at("error").at("diagnostics").at(0);
  CHECK(d.at("severity") == "error");
  CHECK(d.at("file") == "a.toml");
  CHECK(d.at("line") == 1);
  CHECK(d.at("column") == 1);
  CHECK(d.at("hint") == "did you mean `y`?");
}

TEST_CASE("figures: hand-computed texts") {
  CHECK(cell_text(large(405.85e9)) == "405.9 B");
  CHECK(cell_text(large(999.96e6, 4)) == "1.000 B");
  CHECK(cell_text(large(125)) == "125.0");
  CHECK(cell_text(fraction(-1e-9)) == "0.0 %");
  CHECK(cell_text(signed_fraction(0.031)) == "+3.1 %");
  CHECK(cell_text(Cell{}) == "-");
  CHECK(cell_text(count(16384)) == "16,384");
}

TEST_CASE("sources: hand-computed, as written for people and in base units for machines") {
  FieldInfo memory;
  memory.path = "memory";
  memory.type = "quantity";
  memory.unit = dimension_name(Dimension::Size);
  FieldInfo tier;
  tier.path = "tiers[].chips";
  tier.type = "integer";
  FieldInfo clock;
  clock.path = "clock";
  clock.type = "number";
  clock.default_text = "0.9";
  Provenance written;
  written["tiers[0].chips"] = {"16", "", true, {}};
  written["memory"] = {
      "80 GiB", "a datasheet", false, {std::make_shared<SourceText>(SourceText{"chip.toml", ""}), 3, 1, 1}};
  const Table table = source_table(written, {memory, tier, clock});
  REQUIRE(table.rows.size() == 2);
  CHECK(std::get<Figure>(table.rows[0][1]).value == 80 * 1073741824.0);
  CHECK(cell_text(table.rows[0][2]) == "80 GiB");
  CHECK(cell_text(table.rows[0][3]) == "a datasheet");
  CHECK(cell_text(table.rows[1][0]) == "tiers[0].chips");
  CHECK(cell_text(table.rows[1][3]) == "unverified");
  const Table defaults = default_table(written, {memory, tier, clock});
  REQUIRE(defaults.rows.size() == 1);
  CHECK(cell_text(defaults.rows[0][0]) == "clock");
  CHECK(defaults.detail);
}
