// Any bytes as a scenario of trainings on fleets: what is not rejected is written out whole and read back as the same
// question, has a task for every project on every pool, and, with the levels left out, days and cost that are positive
// and in order.
#include <cmath>
#include <cstdint>

#include "fuzz/check.hpp"
#include "import/training_scenario.hpp"

using orrery::fuzz::must;

namespace {

bool in_order(const orrery::TrainingBand& band) {
  return band.p10 > 0 && band.p10 <= band.p50 && band.p50 <= band.p90 && std::isfinite(band.p90);
}

/// Searches of layouts take their time: here only the fall-backs answer.
void leave_levels_out(orrery::TrainingScenario& scenario) {
  for (orrery::RaceFleet& fleet : scenario.race.fleets)
    for (auto& row : fleet.tasks)
      for (orrery::TrainingTask& task : row) task.step.reset();
  for (orrery::RaceChip& chip : scenario.race.chips) chip.task.step.reset();
  if (!scenario.cheapest) return;
  for (orrery::CheapestChip& chip : scenario.cheapest->chips) chip.task.step.reset();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto read = [](const Value& written, Diagnostics& d) { return read_training_scenario(written, 0, d); };
  auto accepted = fuzz::accepted(data, size, read);
  if (!accepted) return 0;
  TrainingScenario& scenario = *accepted;
  const RaceSpec& spec = scenario.race;
  if (spec.fleets.size() * spec.projects.size() > 100) return 0;
  for (const RaceFleet& fleet : spec.fleets) {
    must(!fleet.pools.empty() && fleet.offers.size() == fleet.pools.size());
    must(fleet.tasks.size() == spec.projects.size());
    for (const auto& row : fleet.tasks) must(row.size() == fleet.pools.size());
  }
  fuzz::round_trip(training_scenario_table(scenario), scenario.assumptions, read, training_scenario_table);
  leave_levels_out(scenario);
  ThreadPool pool(1);
  const RaceResult result = race(spec, pool);
  for (const auto& row : result.cells) {
    for (const RaceCell& cell : row) {
      must(cell.delivery.has_value() != !cell.reason.empty());
      if (!cell.delivery) continue;
      must(in_order(cell.delivery->time) && in_order(cell.delivery->chip_seconds) && in_order(cell.cost));
    }
  }
  if (scenario.cheapest) {
    const CheapestTraining ways = cheapest_training(*scenario.cheapest, pool);
    for (const TrainingChoice& way : ways.choices) {
      must(way.done <= scenario.cheapest->by && way.start >= scenario.cheapest->from && way.chips > 0);
      must(way.cost.p50 >= ways.choices.front().cost.p50);
    }
  }
  const GrowthShares growth = growth_shares(scenario.input.growth, 0, 20);
  must(growth.causes.size() == 5 && growth.effective.p10 <= growth.effective.p90);
  return 0;
}
