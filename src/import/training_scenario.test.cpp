#include "import/training_scenario.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "base/unit_table.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"

namespace orrery {
namespace {

TrainingScenario scenario_of(const std::string& text, Diagnostics& diagnostics) {
  const Value root = read_toml(std::make_shared<const SourceText>(SourceText{"test.toml", text}), diagnostics);
  return read_training_scenario(root, 0, diagnostics);
}

std::vector<std::string> mistakes(const std::string& text) {
  Diagnostics diagnostics;
  scenario_of(text, diagnostics);
  std::vector<std::string> messages;
  for (const Diagnostic& each : diagnostics.all()) messages.push_back(each.message);
  return messages;
}

TEST_CASE("training scenario: published, the worked answers of Korea's 1,961 H100") {
  // At 40 % MFU without stops; DeepSeek-V3's 3.2856e24 FLOP of the table are 49 days, where 51 were worked out.
  Diagnostics diagnostics;
  const TrainingScenario scenario = scenario_of(R"(
    [train]
    levels = false
    mfu = 0.4
    goodput = 1
    projects = ["gpt-3", "exaone-3.5-32b", "deepseek-v3", "gpt-4", "grok-2", "llama-3.1-405b", "grok-3"]
    fleets = ["korea-2023", "xai-2024-09"])",
                                                diagnostics);
  diagnostics.throw_if_errors();
  ThreadPool pool(2);
  const RaceResult result = race(scenario.race, pool);
  const double korea[] = {4.7, 19, 51, 313, 441, 567, 14.3 * 365.25};
  const double on_100k[] = {0.09, 0.37, 0.97, 6.1, 8.7, 11.1, 102};
  for (std::size_t p = 0; p < 7; ++p) {
    CAPTURE(scenario.race.projects[p]);
    REQUIRE(result.cells[p][0].delivery);
    CHECK(result.cells[p][0].delivery->time.p50 / kDay == doctest::Approx(korea[p]).epsilon(0.05));
    CHECK(result.cells[p][1].delivery->time.p50 / kDay == doctest::Approx(on_100k[p]).epsilon(0.05));
    CHECK(result.cells[p][0].delivery->fallbacks.empty());
  }
  // Frontier runs spend 2 to 6 % of their cost on energy with staff in it (Cottier et al.); of hardware alone somewhat
  // more.
  CHECK(result.cells[5][1].energy_share > 0.02);
  CHECK(result.cells[5][1].energy_share < 0.09);
}

TEST_CASE("training scenario: a model, its stand-ins and its fall-backs") {
  Diagnostics diagnostics;
  const TrainingScenario scenario = scenario_of(R"toml(
    [train]
    projects = [{ name = "own", model = "llama-2-70b", tokens = 2e12 },
                { name = "other", stand_in = "llama-2-70b", flop = 1e24 }, { name = "secret", flop = 1e24 }]
    fleets = [{ name = "hall", date = "2024-06", pools = [{ offer = "h100-sxm", chips = "uniform(700, 1348)" }] }])toml",
                                                diagnostics);
  diagnostics.throw_if_errors();
  ThreadPool pool(2);
  const RaceResult result = race(scenario.race, pool);
  // 6 x 69 B x 2e12: by its own transformer.
  CHECK(scenario.race.fleets[0].tasks[0][0].compute.raw() == doctest::Approx(8.27e23).epsilon(0.01));
  CHECK(scenario.race.job_of_project == std::vector<int>{0, 0, 1});
  const auto& own = result.cells[0][0].delivery;
  const auto& other = result.cells[1][0].delivery;
  const auto& secret = result.cells[2][0].delivery;
  REQUIRE(own);
  REQUIRE(other);
  REQUIRE(secret);
  CHECK(other->mfu == own->mfu);
  CHECK(other->fallbacks == std::vector<std::string>{"other has the MFU of Llama-2-70B"});
  CHECK(secret->fallbacks.size() == 2);
  CHECK(own->speed.chips_held == 1024);
  CHECK(own->speed.chips_used < 1024);
  CHECK(own->speed.between_stops > Seconds(0));
  // A range of chips spreads the time, not the chip-hours.
  CHECK(own->time.p90 / own->time.p10 > own->chip_seconds.p90 / own->chip_seconds.p10);
}

TEST_CASE("training scenario: published, DeepSeek-V3's 2.788 M hours at $2 are its $5.58 M") {
  // The published hours as a stated MFU: 3.2856e24 / (2.788e6 h x 989.4 TFLOP/s). Rented, so that only hours count.
  Diagnostics diagnostics;
  TrainingScenario scenario = scenario_of(R"(
    [train]
    projects = [{ name = "V3", flop = 3.2856e24, mfu = 0.33087, goodput = 1 }]
    [train.cheapest]
    project = "V3"
    from = "2024-10"
    by = "2025-04"
    offers = ["h800"]
    [[offers]]
    preset = "h800"
    rent = [{ date = "2024", value = "$2/h" }]
    rent_growth = 1
    output_growth = 1
    output = [{ date = "2023-03", value = 1e6 }])",
                                          diagnostics);
  diagnostics.throw_if_errors();
  ThreadPool pool(1);
  const CheapestTraining all = cheapest_training(*scenario.cheapest, pool);
  const auto rent = std::find_if(all.choices.begin(), all.choices.end(),
                                 [](const TrainingChoice& way) { return way.tenure == Tenure::Rent; });
  REQUIRE(rent != all.choices.end());
  CHECK(rent->cost.p50 == doctest::Approx(5.576e6).epsilon(0.02));
}

TEST_CASE("training scenario: law, a larger share of the chips never loses an answer, and spares are part of it") {
  // By April the ceilings of the first two lie between sizes; that of the second is one whose spares do not fit.
  ThreadPool pool(2);
  std::optional<Date> before;
  for (const double share : {0.08, 0.09252, 0.0975}) {
    CAPTURE(share);
    Diagnostics diagnostics;
    TrainingScenario scenario = scenario_of(fmt::format(R"(
      [train]
      projects = ["llama-3.1-405b"]
      fleets = ["korea-2023"]
      [train.cheapest]
      project = "Llama 3.1 405B"
      from = "2025-01-01"
      by = "2025-04-11"
      offers = ["h100-sxm"]
      most_share = {})",
                                                        share),
                                            diagnostics);
    diagnostics.throw_if_errors();
    REQUIRE(scenario.cheapest);
    scenario.cheapest->levels.refine = 1;
    const CheapestTraining found = cheapest_training(*scenario.cheapest, pool);
    REQUIRE((found.nearest.has_value() || !found.choices.empty()));
    const TrainingChoice& way = found.nearest ? *found.nearest : found.choices.front();
    CHECK(way.spares > 0);
    const double most = share * scenario.cheapest->chips[0].offer.output_at(way.start) / 4;
    CHECK(static_cast<double>(way.chips + way.spares) <= most);
    if (before) CHECK(way.done <= *before);
    before = way.done;
    CHECK(found.choices.empty() == (share < 0.095));
  }
}

TEST_CASE("training scenario: every preset of projects and fleets reads, and says where its numbers are from") {
  for (const char* folder : {"projects", "fleets"}) {
    for (const std::string& name : preset_names(folder)) {
      CAPTURE(name);
      Diagnostics diagnostics;
      const auto preset = find_preset(folder, name, diagnostics);
      REQUIRE(preset);
      Provenance provenance;
      if (std::string(folder) == "projects") {
        TrainingProject project;
        training_project_schema().read(preset->value, project, diagnostics, &provenance);
        CHECK(project.flop.has_value());
        CHECK((!provenance["flop"].source.empty() || provenance["flop"].unverified));
        // Estimates have an interval.
        CHECK((provenance["flop"].status == ValueStatus::Confirmed) == project.flop->is_fixed());
      } else {
        TrainingFleet fleet;
        training_fleet_schema().read(preset->value, fleet, diagnostics, &provenance);
        REQUIRE_FALSE(fleet.pools.empty());
        for (std::size_t k = 0; k < fleet.pools.size(); ++k)
          CHECK_FALSE(provenance["pools[" + std::to_string(k) + "].chips"].source.empty());
      }
      CHECK_FALSE(diagnostics.has_errors());
    }
  }
}

TEST_CASE("training scenario: batches that differ from [training]'s are named, and only these") {
  const auto says = [](const std::string& batch) {
    Diagnostics diagnostics;
    const TrainingScenario scenario = scenario_of("[training]\nglobal_batch = " + batch + R"(
      [train]
      projects = ["llama-3.1-405b"]
      fleets = ["xai-2024-09"])",
                                                  diagnostics);
    diagnostics.throw_if_errors();
    return std::any_of(scenario.assumptions.begin(), scenario.assumptions.end(), [](const std::string& text) {
      return text.find("Llama 3.1 405B 2,048 sequences), where `run` has the 6,144") != std::string::npos;
    });
  };
  CHECK(says("6144"));
  CHECK_FALSE(says("2048"));
}

TEST_CASE("training scenario: law, what is written out is read back as the same question") {
  Diagnostics diagnostics;
  const TrainingScenario scenario = scenario_of(R"toml(
    [train]
    projects = ["gpt-3", { preset = "gpt-4", name = "mine", flop = "spread(1e25, 2e25, 4e25)" }]
    fleets = ["google-2023", { name = "f", date = "2025-06", pools = [{ offer = "H200", chips = 800 }] }]
    growth = { preset = "2025" }
    [train.cheapest]
    project = "GPT-3"
    from = "2025-01"
    by = "2025-12"
    [run]
    restart = { initialise = "20 s" })toml",
                                                diagnostics);
  diagnostics.throw_if_errors();
  const std::string text = write_toml(training_scenario_table(scenario));
  const TrainingScenario again = scenario_of(text, diagnostics);
  CAPTURE(text);
  CHECK(render_text(diagnostics.all(), false).empty());
  CHECK(write_toml(training_scenario_table(again)) == text);
  CHECK(again.provenance.at("train.fleets[0].pools[0].chips").status == ValueStatus::Estimate);
  // The same chips to choose from, though those of the fleets are offers now.
  REQUIRE(again.cheapest);
  REQUIRE(again.cheapest->chips.size() == scenario.cheapest->chips.size());
  for (std::size_t i = 0; i < again.cheapest->chips.size(); ++i)
    CHECK(again.cheapest->chips[i].offer.name == scenario.cheapest->chips[i].offer.name);
  for (std::size_t p = 0; p < 2; ++p) {
    const TrainingTask &before = scenario.race.fleets[0].tasks[p][0], &after = again.race.fleets[0].tasks[p][0];
    CHECK(after.compute.raw() == doctest::Approx(before.compute.raw()));
    REQUIRE(before.step);
    CHECK(after.step->training.global_batch == before.step->training.global_batch);
  }
}

TEST_CASE("training scenario: a fall-back that nobody takes is a mistake") {
  const auto message = [](const std::string& levels) {
    Diagnostics diagnostics;
    scenario_of("[train]\nprojects = [\"gpt-3\"]\nfleets = [\"xai-2024-09\"]\nmfu = 0.3\nlevels = " + levels,
                diagnostics);
    return diagnostics.all().empty() ? std::string() : diagnostics.all().front().message;
  };
  CHECK(message("true") == "no project takes this `mfu`: each has its own, or asks the level below");
  CHECK(message("false").empty());
}

TEST_CASE("training scenario: mistakes are told, all of a kind at once") {
  CHECK(mistakes("") == std::vector<std::string>{"no table [train] says what is trained on which fleets"});
  CHECK(mistakes("train = 3") == std::vector<std::string>{"no table [train] says what is trained on which fleets"});
  CHECK(mistakes("[train]\nprojects = [\"gpt-3\"]") ==
        std::vector<std::string>{"neither a fleet nor the cheapest way is asked for"});
  CHECK(mistakes("[train]\nfleets = [\"korea-2023\"]") == std::vector<std::string>{"nothing is trained"});
  CHECK(mistakes("[train]\nprojects = []\n[train.cheapest]\nproject = \"GPT-4\"\nfrom = \"2025\"\nby = \"2026\"") ==
        std::vector<std::string>{"nothing is trained"});
  CHECK(mistakes("[train]\nprojects = [\"gpt-33\"]\nfleets = [\"korea-2024\"]").size() == 2);
  CHECK(mistakes("[train]\nprojects = [{ name = \"x\" }]\nfleets = [\"korea-2023\"]") ==
        std::vector<std::string>{"nothing says how much `x` computes"});
  CHECK(mistakes("[train]\nprojects = [\"gpt-3\", \"gpt-3\"]\nfleets = [\"korea-2023\", \"korea-2023\"]") ==
        std::vector<std::string>{"two projects are called `GPT-3`"});
  // Chips before their launch, and none at all.
  CHECK(mistakes("[train]\nprojects = [\"gpt-3\"]\nfleets = [{ name = \"f\", date = \"2022-01\", pools = [{ offer = "
                 "\"h100-sxm\", chips = 8 }] }]") ==
        std::vector<std::string>{"`f` has h100-sxm on 2022-01-01, before their launch on 2022-09-20"});
  CHECK(mistakes("[train]\nprojects = [\"gpt-3\"]\nfleets = [{ name = \"f\", date = \"2024\", pools = [{ offer = "
                 "\"h100-sxm\", chips = 0 }] }]")
            .size() == 1);
  CHECK(mistakes("[train]\nprojects = [\"gpt-3\"]\nfleets = [{ name = \"f\", date = \"2024\" }]") ==
        std::vector<std::string>{"`f` has no chips"});
  // Deadlines before decisions, and of what nobody named.
  CHECK(mistakes("[train]\nprojects = [\"gpt-3\"]\n[train.cheapest]\nproject = \"GPT-4\"\nfrom = \"2025-01\"\nby = "
                 "\"2024-12\"") ==
        std::vector<std::string>{"it has to be done by 2024-12-01, which is not after the decision on 2025-01-01",
                                 "no project is called `GPT-4`"});
  CHECK(mistakes("[train]\nprojects = [\"gpt-3\"]\n[train.cheapest]\nproject = \"GPT-3\"\nfrom = \"2025-01\"\nby = "
                 "\"2025-12\"\noffers = [\"h100-sxm\", \"H100-SXM\"]") ==
        std::vector<std::string>{"`h100-sxm` is among the chips twice"});
}

}  // namespace
}  // namespace orrery
