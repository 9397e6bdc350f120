// `orrery fleet train`: trainings on fleets: days, cost and energy; the cheapest way to one by a date; what grew.
#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/input.hpp"
#include "import/training_scenario.hpp"
#include "report/fleet_training_document.hpp"
#include "report/sources.hpp"
#include "scenario/overrides.hpp"

namespace orrery {

RunCommand declare_fleet_train(CLI::App& app);

namespace {

/// Whether anything that was asked for can be done.
bool is_feasible(const TrainingAnswer& answer) {
  if (answer.cheapest && answer.cheapest->choices.empty()) return false;
  if (answer.race.cells.empty() || answer.race.cells.front().empty()) return true;
  return std::any_of(answer.race.cells.begin(), answer.race.cells.end(), [](const auto& row) {
    return std::any_of(row.begin(), row.end(), [](const RaceCell& cell) { return cell.delivery.has_value(); });
  });
}

}  // namespace

RunCommand declare_fleet_train(CLI::App& app) {
  struct Words {
    InputOptions input;
    std::string written;
  };
  const auto words = std::make_shared<Words>();
  app.add_option("scenario", words->input.scenario, "Scenario file (TOML, or JSON where it ends in .json)");
  add_set_option(app, words->input);
  add_seed_option(app, words->input, "Seed of the draws of prices and growth [0]");
  add_threads_option(app, words->input);
  add_write_scenario_option(app, words->written);
  return [words](const OutputFlags& flags) {
    const InputOptions* options = &words->input;
    Diagnostics diagnostics;
    Value root = scenario_file(options->scenario, diagnostics);
    apply_overrides(root, options->sets, diagnostics);
    diagnostics.throw_if_errors();
    const TrainingScenario scenario = read_training_scenario(root, options->seed, diagnostics);
    diagnostics.throw_if_errors();
    emit_warnings(diagnostics, flags);
    if (!words->written.empty()) {
      write_scenario(words->written, training_scenario_table(scenario), "fleet train", seed_words(words->input),
                     scenario.assumptions);
    }
    ThreadPool pool(static_cast<unsigned>(options->threads));
    TrainingAnswer answer;
    answer.race = race(scenario.race, pool);
    if (scenario.cheapest) answer.cheapest = cheapest_training(*scenario.cheapest, pool);
    answer.growth = growth_shares(scenario.input.growth, options->seed);
    Document document = fleet_training_document(scenario.race, scenario.cheapest ? &*scenario.cheapest : nullptr,
                                                scenario.input, answer, scenario.assumptions, scenario.provenance);
    std::vector<FieldInfo> declared = train_schema().fields();
    for (FieldInfo& field : declared) field.path = "train." + field.path;
    Table sources = source_table(scenario.provenance, declared);
    sources.detail = true;  // Longer than the answer.
    document.tables.push_back(std::move(sources));
    document.tables.push_back(default_table(scenario.provenance, declared));
    emit(document, flags);
    return is_feasible(answer) ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
