#include "import/buildout_scenario.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "fleet/optimal/buildout_plan.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/toml_reader.hpp"

using namespace orrery;

namespace {

const char* const kFleet = R"([fleet]
start = "2025-01"
steps = 8
chips = ["h100-sxm", "gb200"]
[[fleet.money.equity]]
amount = "$1B"
date = "2025-01"
[[fleet.sites]]
name = "here"
power_with_building = true
[[fleet.sites.phases]]
name = "hall"
power = "50 MW"
start = "2025-01"
build = "365 days"
)";

Value parsed(const std::string& text, Diagnostics& diagnostics) {
  return read_toml(std::make_shared<SourceText>(SourceText{"test.toml", text}), diagnostics);
}

BuildoutScenario good(const std::string& buildout) {
  Diagnostics diagnostics;
  BuildoutScenario scenario = read_buildout_scenario(parsed(kFleet + buildout, diagnostics), diagnostics);
  CHECK(render_text(diagnostics.all(), false) == "");
  return scenario;
}

/// The first mistake and the line on which it is.
void bad(const std::string& buildout, const std::string& message, std::size_t line) {
  CAPTURE(buildout);
  Diagnostics diagnostics;
  read_buildout_scenario(parsed(kFleet + buildout, diagnostics), diagnostics);
  REQUIRE(diagnostics.has_errors());
  CHECK(diagnostics.all().front().message == message);
  CHECK(diagnostics.all().front().span.line == line);
}

}  // namespace

TEST_CASE("buildout scenarios: what is said, and what is filled in") {
  const BuildoutScenario plain = good("");
  CHECK(plain.problem.steps.front() == "2025-Q1");
  CHECK(plain.problem.aim.by == 7);
  CHECK(plain.problem.aim.goal == BuildoutGoal::MostH100e);
  CHECK(plain.problem.chips.size() == 2);
  // The hall stands after a year, at the end of the fourth quarter where work starts in the first.
  REQUIRE(plain.problem.sites.size() == 1);
  CHECK(plain.problem.sites[0].phases[0].starts[0].stands == 3);
  // By 2026-01-01 four quarters are over.
  const BuildoutScenario said = good("[buildout]\ngoal = \"least-cost\"\nh100e = 1000\nby = \"2026-01-01\"\n");
  CHECK(said.problem.aim.by == 3);
  CHECK(said.problem.aim.h100e == 1000);
  CHECK(good("[buildout]\nby = \"2026-02-01\"\n").problem.aim.by == 3);
  // $2 an hour for a whole quarter of 90 days, at the middle of which nothing has changed yet.
  const BuildoutScenario rent = good("[buildout.rental]\nprice = \"$2/h\"\nmost = 10\n");
  CHECK(rent.problem.rental.price[0].raw() == doctest::Approx(2.0 * 24 * 90));
  CHECK(good("[buildout]\nblock = 72\n").problem.aim.whole_blocks);
}

TEST_CASE("buildout scenarios: written out, they are read back the same") {
  const BuildoutScenario scenario = good("[buildout]\ngoal = \"earliest\"\nh100e = 1000\ndelay_quantile = 0.7\n");
  const std::string text = scenario_text(buildout_scenario_table(scenario), "fleet plan", "", scenario.assumptions);
  Diagnostics diagnostics;
  const BuildoutScenario again = read_buildout_scenario(parsed(text, diagnostics), diagnostics);
  CHECK(render_text(diagnostics.all(), false) == "");
  CHECK(again.input.delay_quantile == 0.7);
  const auto first = optimal_buildout(scenario.problem), second = optimal_buildout(again.problem);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  CHECK(first->value == second->value);
}

TEST_CASE("buildout scenarios: mistakes are told with their place") {
  bad("[buildout]\ngoal = \"least-cost\"\n", "the goal needs a target, and there is none", 17);
  bad("[buildout]\nby = \"2025-02-01\"\n", "no step of the plan is over by 2025-02-01", 17);
  bad("[buildout]\nby = \"2030-01-01\"\n", "the plan ends before 2030-01-01", 17);
  bad("[buildout]\nh100e = -1\n", "`buildout.h100e` is out of range", 17);
  bad("[buildout]\ngoal = \"best\"\n", "`buildout.goal`: unknown choice `best`", 17);
  bad("[buildout]\ntarget = 5\n", "unknown key `target` in [buildout]", 17);
  bad("[buildout.rental]\nprice = \"$2/h\"\n", "`buildout.rental.most` is missing", 16);
  bad("[[fleet.targets]]\nh100e = 1\nby = \"2026\"\n[buildout]\nblock = 1.5\n",
      "`buildout.block` is a number, expected a whole number", 20);
}
