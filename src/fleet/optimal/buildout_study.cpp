#include "fleet/optimal/buildout_study.hpp"

#include <utility>

#include "fleet/capacity/study.hpp"

namespace orrery {
namespace {

PlayedBuildout play(const FleetSpec& spec, PlayedBuildout::Who who, int by, const FleetOptions& options,
                    ThreadPool& pool) {
  const FleetResult result = simulate_fleet(spec, options, pool);
  const auto step = static_cast<std::size_t>(by);
  return {who, median_fleet(spec, by), result.of(FleetSeries::H100e)[step], result.of(FleetSeries::Spent)[step],
          result.binding[step][static_cast<std::size_t>(FleetLimit::Money)]};
}

}  // namespace

BuildoutStudy study_buildout(const FleetSpec& spec, const BuildoutProblem& problem, int draws, std::uint64_t seed,
                             ThreadPool& pool) {
  BuildoutStudy study{optimal_buildout(problem), {}, {}, {}};
  if (study.plan && is_empty(*study.plan)) study.plan = Unexpected<BuildoutInfeasible>(why_empty(problem, *study.plan));
  if (!study.plan) return study;
  const int by = study.plan->by;
  study.targets = planned_targets(spec, problem, *study.plan);
  study.prices = shadow_prices(problem, *study.plan);
  FleetSpec own = spec;
  own.targets.clear();
  const FleetOptions options{draws, seed};
  study.played.push_back(play(planned_fleet(own, problem, *study.plan), PlayedBuildout::Who::Plan, by, options, pool));
  own.orders.clear();
  own.buying = FleetBuying::Newest;
  study.played.push_back(play(own, PlayedBuildout::Who::Newest, by, options, pool));
  own.buying = FleetBuying::Value;
  study.played.push_back(play(own, PlayedBuildout::Who::Value, by, options, pool));
  return study;
}

}  // namespace orrery
