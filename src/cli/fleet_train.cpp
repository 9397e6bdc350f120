// `orrery fleet train`: trainings on fleets: days, cost and energy; the cheapest way to one by a date; what grew.
#include <algorithm>
#include <memory>

#include "base/thread_pool.hpp"
#include "cli/command.hpp"
#include "cli/fleet_inputs.hpp"
#include "import/training_scenario.hpp"
#include "report/fleet_training_document.hpp"

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
  const auto inputs = std::make_shared<FleetInputs>();
  add_fleet_options(app, *inputs, "train", "Seed of the draws of prices and growth [0]");
  return [inputs](const OutputFlags& flags) {
    const Value root = fleet_table(*inputs, "train");
    const std::uint64_t seed = inputs->input.seed;
    const TrainingScenario scenario =
        checked(flags, [&](Diagnostics& d) { return read_training_scenario(root, seed, d); });
    write_fleet_scenario(*inputs, training_scenario_table(scenario), "fleet train", scenario.assumptions);
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    TrainingAnswer answer;
    answer.race = race(scenario.race, pool);
    if (scenario.cheapest) answer.cheapest = cheapest_training(*scenario.cheapest, pool);
    answer.growth = growth_shares(scenario.input.growth, seed);
    Document document = fleet_training_document(scenario.race, scenario.cheapest ? &*scenario.cheapest : nullptr,
                                                scenario.input, answer, scenario.assumptions, scenario.provenance);
    add_inputs(scenario.provenance, {"train", "economics"}, document);
    emit(document, flags);
    return is_feasible(answer) ? kAnswer : kNoFeasibleAnswer;
  };
}

}  // namespace orrery
