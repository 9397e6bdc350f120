#include "import/landlord_scenario.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "base/unit_table.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

Value toml(const std::string& text) {
  Diagnostics diagnostics;
  return read_toml(std::make_shared<SourceText>(SourceText{"a.toml", text}), diagnostics);
}

std::string mistakes(const std::string& text) {
  Diagnostics diagnostics;
  read_landlord_scenario(toml(text), diagnostics);
  std::string all;
  for (const Diagnostic& d : diagnostics.all()) all += d.message + "|" + d.hint + "\n";
  return all;
}

bool has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string cloud(const std::string& more, const std::string& demand = "100") {
  return "[landlord]\nchip = \"h100-sxm\"\ndate = \"2025-01\"\nhorizon = \"4 years\"\nstanding = 50\n" + more +
         "[landlord.main]\ndemand = " + demand + "\ngrowth = 2\n[landlord.others]\ndemand = 10\ngrowth = 1\n";
}

}  // namespace

TEST_CASE(
    "landlord scenario: hand-computed, inference of chip-hours a month as chips, and a contract at the market's rent") {
  Diagnostics diagnostics;
  // 730,500 chip-hours a month of 730.5 hours are a thousand chips.
  const LandlordScenario scenario =
      read_landlord_scenario(toml(cloud("serving = [{ date = \"2024\", value = 730500 }]\n")), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  const LandlordSpec spec = landlord_spec(scenario);
  CHECK(spec.quarters == 16);
  CHECK(spec.serving.front() == doctest::Approx(1000));
  CHECK(spec.contract_price.quantile(0.5) == doctest::Approx(rent_band(spec.market, spec.date).p50.raw()));
  CHECK(landlord_question(scenario, 0).review == 6);
}

TEST_CASE("landlord scenario: hand-computed, what the world makes in the lead time, and who says so") {
  const std::string offer =
      "[[offers]]\npreset = \"h100-sxm\"\noutput = [{ date = \"2024\", value = 6e6 }, { date = \"2025\", value = { "
      "value "
      "= 2e6, source = \"a count\" } }, { date = \"2026\", value = { value = 1e6, source = \"a plan\" } }]\n";
  Diagnostics diagnostics;
  // All of 2025, and 2026's first 181 days of 365.
  const LandlordScenario scenario =
      read_landlord_scenario(toml(cloud("lead_time = \"546 days\"\n") + offer), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  CHECK(landlord_spec(scenario).made == doctest::Approx((365 * 2e6 + 181 * 1e6) / 365.25));
  CHECK(scenario.output_source == "a count; a plan");
  const LandlordScenario usual = read_landlord_scenario(toml(cloud("lead_time = \"2 years\"\n")), diagnostics);
  CHECK(has(usual.output_source, "Epoch AI, AI chip counts"));
  CHECK(has(usual.output_source, "its growth after the last count: no source"));
}

TEST_CASE("landlord scenario: bad input, what is wrong and what to do") {
  CHECK(has(mistakes("model = \"llama-3.1-8b\"\n"), "no landlord is given|[landlord]"));
  CHECK(has(mistakes(cloud("", "0")), "the main tenant's demand is zero: nobody to build for"));
  CHECK(has(mistakes(cloud("review = \"5 years\"\n")), "a review after"));
  CHECK(has(mistakes(cloud("contract = { length = \"3 years\" }\n")),
            "a contract for no share of the chips binds nobody"));
  CHECK(has(mistakes(cloud("contract = { share = 1.5 }\n")), "share"));
  CHECK(has(mistakes(cloud("serving = [{ date = \"2026\", value = 1 }, { date = \"2025\", value = 1 }]\n")),
            "the dates of `serving` do not ascend: 2025-01-01 after 2026-01-01"));
  CHECK(has(mistakes("[landlord]\nchip = \"h100-sxm\"\ndate = \"2025\"\nstanding = 1\n"),
            "nothing says what the main tenant wants"));
  CHECK(has(
      mistakes("[landlord]\nchip = \"h100-smx\"\ndate = \"2025\"\nstanding = 1\n[landlord.main]\ndemand = 1\ngrowth = "
               "1\n[landlord.others]\ndemand = 1\ngrowth = 1\n"),
      "h100-sxm"));
  CHECK(
      has(mistakes("[landlord]\nchip = \"b200\"\ndate = \"2022\"\nstanding = 1\n[landlord.main]\ndemand = 1\ngrowth = "
                   "1\n[landlord.others]\ndemand = 1\ngrowth = 1\n"),
          "is not sold before 2024-11-15"));
}

TEST_CASE("landlord scenario: bad input, what has no effect is said once") {
  CHECK(has(mistakes(cloud("project = 0\n")), "`landlord.project` is out of range"));
  CHECK(mistakes(cloud("serving_growth = 2\n")) ==
        "`serving_growth` says nothing where nothing is served|`serving`, or no `serving_growth`\n");
  CHECK(mistakes(cloud("", "100\njump = 2")) ==
        "`main.jump` says nothing where demand does not jump|`jump_rate` above zero, or no `jump`\n");
  CHECK(has(mistakes(cloud("", "100\nleave_share = 0.5")), "`main.leave_share` says nothing where the tenant never"));
  CHECK(mistakes(cloud("", "100\nleave_share = 0.5\nleave_rate = 0.1\njump = 2\njump_rate = 1")).empty());
  Diagnostics diagnostics;
  const LandlordScenario scenario = read_landlord_scenario(toml(cloud("")), diagnostics);
  CHECK(landlord_question(scenario, 0).project == 0);  // What the main tenant lacks.
}

TEST_CASE("landlord scenario: bad input, bounds on times are in the unit of the field's example") {
  CHECK(mistakes(cloud("review = \"1 day\"\n")) == "`landlord.review` is out of range|from 0.25 years to 20 years\n");
}

TEST_CASE("landlord scenario: bad input, demand beyond all bounds is told once, at its place") {
  const auto told = [](const std::string& more, const std::string& demand) { return mistakes(cloud(more, demand)); };
  CHECK(told("", "100\njump_rate = 12\njump = 10") ==
        "the main tenant's demand can pass 10 trillion chips within 4.00 years|a lower `jump_rate` or `jump`, or a "
        "shorter "
        "`horizon`\n");
  CHECK(has(told("", "100\njump_rate = 100\njump = 2"), "`landlord.main.jump_rate` is out of range"));
  CHECK(has(told("", "1e9\nvolatility = 3"), "the main tenant's demand can pass 10 trillion chips"));
  CHECK(has(told("serving = [{ date = \"2025\", value = 1e15 }]\nserving_growth = 100\n", "100"),
            "what inference wants can pass 10 trillion chips"));
  CHECK(has(mistakes("[[offers]]\npreset = \"h100-sxm\"\noutput = [{ date = \"2024\", value = 1e15 }]\n" + cloud("")),
            "what the world makes of the chip can pass 10 trillion chips"));
  CHECK(told("", "100\njump_rate = 12\njump = 0.1").empty());
}

TEST_CASE("landlord scenario: law, what is written out is read back as the same") {
  Diagnostics diagnostics;
  const LandlordScenario scenario = read_landlord_scenario(
      toml(cloud("serving = [{ date = \"2025\", value = 5e6 }]\ncontract = { share = 0.5, length = \"2 years\" }\n")),
      diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  const Value table = landlord_scenario_table(scenario);
  const LandlordScenario again = read_landlord_scenario(toml(write_toml(table)), diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  CHECK(write_toml(landlord_scenario_table(again)) == write_toml(table));
  CHECK(has(scenario.output_source, "Epoch AI"));
  CHECK(again.output_source == scenario.output_source);
}

}  // namespace orrery
