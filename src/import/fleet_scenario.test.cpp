#include "import/fleet_scenario.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "base/file.hpp"
#include "base/unit_table.hpp"
#include "fleet/uncertainty/build_fit.hpp"
#include "scenario/overrides.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

const std::string kSmall = R"(
[fleet]
start = "2025-01"
steps = 8
chips = ["gb200", "tpu-v6e"]
share = 0.3
[[fleet.shares]]
chip = "gb200"
share = 0.1
[[fleet.money.equity]]
amount = "$1B"
date = "2025-01"
[[fleet.sites]]
name = "field"
power_with_building = true
[[fleet.sites.phases]]
power = "100 MW"
start = "2025-01"
[[fleet.sites.phases]]
power = "50 MW"
[[fleet.sites]]
name = "Abilene"
[[fleet.sites.phases]]
power = "147 MW"
start = "2024-05-31"
stood = "2025-06-28"
[[fleet.sites.grid]]
power = "80 MW"
asked = "2023-01"
)";

FleetScenario read(const std::string& text, Diagnostics& diagnostics) {
  const auto source = std::make_shared<SourceText>(SourceText{"test.toml", text});
  return read_fleet_scenario(read_toml(source, diagnostics), diagnostics);
}

FleetScenario sound(const std::string& text) {
  Diagnostics diagnostics;
  FleetScenario scenario = read(text, diagnostics);
  CHECK_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  return scenario;
}

bool complains(const std::string& text, const std::string& words) {
  Diagnostics diagnostics;
  read(text, diagnostics);
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.message.find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("fleet scenario: hints of times are of the size that is meant, and a lead time of microseconds is a slip") {
  const auto told = [](const std::string& more) {
    Diagnostics diagnostics;
    read(kSmall + more, diagnostics);
    return render_text(diagnostics.all(), false);
  };
  const std::string site =
      "[[fleet.sites]]\nname = \"s\"\npower_with_building = true\n[[fleet.sites.phases]]\n"
      "power = \"1 MW\"\nstart = \"2025-01\"\nbuild = ";
  CHECK(told(site + "\"2 fortnights\"\n").find("for example \"spread(1 year, 2.2 years, 3.6 years)\"") !=
        std::string::npos);
  CHECK(told(site + "\"6 quarters\"\n").empty());
  const auto lead = [&](const std::string& time) {
    std::string text = kSmall;
    text.replace(text.find("chips = [\"gb200\", \"tpu-v6e\"]"), 28, "");
    text += "[[offers]]\npreset = \"gb200\"\nlead_time = [{ date = \"2024\", value = \"" + time + "\" }]\n";
    Diagnostics diagnostics;
    read(text, diagnostics);
    return render_text(diagnostics.all(), false);
  };
  CHECK(lead("3 months").empty());
  CHECK(lead("2 us").find("out of range") != std::string::npos);
}

TEST_CASE("fleet scenario: a start long after what is known of chips is a mistake, one a little after is said") {
  const auto from = [](const std::string& start) {
    std::string text = kSmall;
    text.replace(text.find("2025-01"), 7, start);
    const auto site = text.find("start = \"2025-01\"", text.find("[[fleet.sites.phases]]"));
    return text.replace(site + 9, 7, start);
  };
  const auto late = [](const std::string& words) { return words.find("growth alone") != std::string::npos; };
  const auto says = [&](const std::string& text) {
    const FleetScenario s = sound(text);
    return std::any_of(s.assumptions.begin(), s.assumptions.end(), late);
  };
  CHECK_FALSE(says(from("2025-01")));
  CHECK(says(from("2030-01")));
  Diagnostics diagnostics;
  read(from("2060-01"), diagnostics);
  CHECK(render_text(diagnostics.all(), false).find("what is known of chips ends on 2025") != std::string::npos);
}

TEST_CASE("own silicon on a menu is said to be its maker's alone: law") {
  const auto notes = [](const std::string& text) {
    std::string all;
    for (const std::string& assumption : sound(text).assumptions) all += assumption + "\n";
    return all;
  };
  CHECK(notes(kSmall).find("tpu-v6e is not sold: only Google has it") != std::string::npos);
  CHECK(notes(kSmall).find("gets all of its output") != std::string::npos);
  CHECK(notes(kSmall).find("gb200 is not sold") == std::string::npos);
  // Its maker's own plan, and one whose sites cannot hold it.
  for (const char* site_has : {"owner = \"Google\"\n", "chip = \"gb200\"\n"}) {
    std::string text = kSmall;
    for (const std::string name : {"name = \"field\"\n", "name = \"Abilene\"\n"})
      text.insert(text.find(name) + name.size(), site_has);
    CHECK(notes(text).find("is not sold") == std::string::npos);
  }
}

TEST_CASE("fleet scenario: what is silent is filled, and said to be") {
  const FleetScenario s = sound(kSmall);
  const FleetSpec& plan = s.plan;
  REQUIRE(plan.offers.size() == 2);
  CHECK(plan.offers[0].share == 0.1);
  CHECK(plan.offers[1].share == 1);  // Google's own.
  CHECK(plan.use.mfu == Law::spread(0.30, 0.40, 0.47));
  const BuildModel builds = build_model_preset();
  CHECK(plan.sites[0].phases[0].build == build_duration(builds, BuildKind::Greenfield, Watts(100e6)));
  CHECK(plan.sites[0].phases[1].build == builds.growth);
  // Compared with what happened: from a fit that has not seen the site.
  CHECK(plan.sites[1].phases[0].build ==
        build_duration(fit_build_model(build_evidence(), "Abilene"), BuildKind::Greenfield, Watts(147e6)));
  CHECK(plan.sites[1].grid[0].wait == Law::spread(2 * kYear, 4 * kYear, 7 * kYear));
  CHECK(s.assumptions.size() == 6);
}

TEST_CASE("fleet scenario: the fit leaves a site out by its name in the evidence, and says so only then") {
  const auto annex = [](const std::string& more) {
    return kSmall + "[[fleet.sites]]\nname = \"annex\"\nground = \"growth\"\npower_with_building = true\n" + more +
           "[[fleet.sites.phases]]\npower = \"75 MW\"\nstart = \"2026-02-17\"\nstood = \"2026-07-22\"\n";
  };
  const auto says = [](const FleetScenario& s, const std::string& words) {
    return std::any_of(s.assumptions.begin(), s.assumptions.end(),
                       [&](const std::string& text) { return text.find(words) != std::string::npos; });
  };
  const FleetScenario seen = sound(annex("")), unseen = sound(annex("evidence = \"Colossus 1\"\n"));
  CHECK(seen.plan.sites[2].phases[0].build == build_model_preset().growth);
  CHECK_FALSE(says(seen, "build times of annex"));
  CHECK(unseen.plan.sites[2].phases[0].build ==
        build_duration(fit_build_model(build_evidence(), "Colossus 1"), BuildKind::Growth, Watts(75e6)));
  CHECK(says(unseen, "build times of annex are fitted without Colossus 1"));
  CHECK(complains(annex("evidence = \"Colossus\"\n"), "no site called `Colossus`"));
}

TEST_CASE("fleet scenario: a variant changes the plan, or an earlier variant") {
  const FleetScenario s = sound(kSmall + R"(
[[fleet.variants]]
name = "rich"
set = ['fleet.money.equity.0.amount="$2B"']
[[fleet.variants]]
name = "rich and late"
like = "rich"
set = ['fleet.money.equity_delay="1 year"', 'fleet.shares.0.share=0.2']
)");
  REQUIRE(s.variants.size() == 2);
  CHECK(s.plan.money.equity[0].amount == Dollars(1e9));
  CHECK(s.variants[0].plan.money.equity[0].amount == Dollars(2e9));
  CHECK(s.variants[0].plan.money.equity_delay.is_zero());
  CHECK(s.variants[1].plan.money.equity[0].amount == Dollars(2e9));
  CHECK(s.variants[1].plan.money.equity_delay == Law::fixed(kYear));
  CHECK(s.variants[1].plan.offers[0].share == 0.2);
}

TEST_CASE("fleet scenario: mistakes") {
  CHECK(complains("[fleet]\n", "start"));
  CHECK(complains("[run]\nsteps = 1\n", "nothing says what is to be built"));
  CHECK(complains(kSmall + "[[fleet.targets]]\ngpus = 1\npower = \"1 GW\"\n", "one measure"));
  CHECK(complains(kSmall + "[[offers]]\npreset = \"h100-sxm\"\n", "both `chips` and [[offers]]"));
  CHECK(complains(kSmall + "[[fleet.shares]]\nchip = \"gb200\"\nshare = 0.2\n", "two shares"));
  CHECK(complains(kSmall + "[[fleet.variants]]\nname = \"a\"\nlike = \"b\"\nset = []\n", "no earlier variant"));
  CHECK(complains(kSmall + "[[fleet.variants]]\nname = \"a\"\nset = [\"fleet.stepz=1\"]\n", "variant `a`"));
  CHECK(complains(kSmall + "[[fleet.sites.on_site]]\npower = \"1 MW\"\nasked = \"2025\"\n", "how long generators"));
  std::string unknown = kSmall;
  unknown.replace(unknown.find("tpu-v6e"), 7, "tpu-v66");
  CHECK(complains(unknown, "no preset `tpu-v66`"));
  std::string many = kSmall;
  for (int i = 0; i < 250; ++i) many += "[[fleet.sites]]\nname = \"" + std::to_string(i) + "\"\n";
  CHECK(complains(many, "more than 200"));
}

TEST_CASE("fleet scenario: Stargate reads, and its written form is the same plan") {
  Diagnostics diagnostics;
  const Source source = read_text_file(std::string(ORRERY_SOURCE_DIR) + "/scenarios/stargate.toml", 1U << 20U);
  const FleetScenario s = read_fleet_scenario(read_toml(source, diagnostics), diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  double power = 0;
  for (const FleetSite& site : s.plan.sites) {
    for (const FleetPhase& phase : site.phases) power += phase.power.raw();
  }
  CHECK(power == doctest::Approx(10e9));  // The programme's target.
  const FleetScenario again = read_fleet_scenario(fleet_scenario_table(s), diagnostics);
  CHECK_FALSE(diagnostics.has_errors());
  REQUIRE(again.plan.sites.size() == s.plan.sites.size());
  CHECK(again.plan.sites[0].phases[3].build == s.plan.sites[0].phases[3].build);
  CHECK(again.variants.size() == s.variants.size());
}

}  // namespace orrery
