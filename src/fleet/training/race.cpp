#include "fleet/training/race.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.hpp"
#include "fleet/chip_cost.hpp"

namespace orrery {
namespace {

/// A job on a fleet, or why not.
struct JobSpeed {
  std::optional<MixedSpeed> speed;
  std::string reason;
};

std::vector<PoolTask> pool_tasks(const RaceFleet& fleet, std::size_t project) {
  std::vector<PoolTask> parts;
  for (std::size_t k = 0; k < fleet.pools.size(); ++k) parts.push_back({fleet.tasks[project][k], fleet.pools[k]});
  return parts;
}

/// What an hour of the pools that take part costs on average over their chips: equally likely values, high and low
/// together.
std::vector<double> mean_hourly(const RaceSpec& spec, const RaceFleet& fleet, const MixedSpeed& speed) {
  std::vector<double> mean;
  double chips = 0;
  for (const TrainingSpeed& part : speed.speeds) chips += static_cast<double>(part.chips_held);
  for (std::size_t k = 0; k < speed.pools.size(); ++k) {
    const ChipOffer& offer = fleet.offers[speed.pools[k]];
    const std::vector<double> own =
        hourly_costs(offer, std::max(offer.launch, fleet.date), spec.economics, spec.use, spec.seed);
    mean.resize(own.size(), 0.0);
    const double weight = static_cast<double>(speed.speeds[k].chips_held) / chips;
    for (std::size_t i = 0; i < own.size(); ++i) mean[i] += weight * own[i];
  }
  return mean;
}

double energy_share(const RaceSpec& spec, const RaceFleet& fleet, const MixedSpeed& speed) {
  const EconomicValues economics = values_of(spec.economics);
  DollarsPerSecond energy, total;
  for (std::size_t k = 0; k < speed.pools.size(); ++k) {
    const ChipOffer& offer = fleet.offers[speed.pools[k]];
    const ChipCost cost = chip_cost(offer, std::max(offer.launch, fleet.date), economics, spec.use);
    energy += cost.energy * static_cast<double>(speed.speeds[k].chips_held);
    total += cost.total() * static_cast<double>(speed.speeds[k].chips_held);
  }
  return energy / total;
}

RaceCell cell_of(const RaceSpec& spec, const RaceFleet& fleet, std::size_t project, const JobSpeed& job) {
  RaceCell cell;
  cell.reason = job.reason;
  if (!job.speed) return cell;
  cell.speed = *job.speed;
  cell.delivery = mixed_delivery(*job.speed, pool_tasks(fleet, project));
  cell.cost = product_band({cell.delivery->effort, mean_hourly(spec, fleet, *job.speed)});
  cell.energy_share = energy_share(spec, fleet, *job.speed);
  return cell;
}

std::optional<LargestModel> largest_model(const RaceSpec& spec, std::size_t fleet,
                                          const std::vector<std::vector<RaceCell>>& cells) {
  std::optional<LargestModel> largest;
  double most = 0;
  for (std::size_t p = 0; p < cells.size(); ++p) {
    const auto& delivery = cells[p][fleet].delivery;
    const double compute = spec.fleets[fleet].tasks[p].front().compute.raw();
    if (!delivery || compute <= most) continue;
    most = compute;
    const Flops within(delivery->rate.p50 * spec.horizon.raw());
    largest = LargestModel{spec.projects[p], within, optimal_training(spec.loss, within),
                           optimal_training(spec.other_loss, within)};
  }
  return largest;
}

RaceChipCost chip_result(const RaceSpec& spec, const RaceChip& chip) {
  RaceChipCost result;
  result.offer = chip.offer.name;
  result.owner = chip.offer.owner;
  const Date date = std::max(chip.offer.launch, spec.chip_date);
  const EconomicValues economics = values_of(spec.economics);
  result.price = Dollars(chip.offer.price.at(date));
  result.hour = chip_cost(chip.offer, date, economics, spec.use).total();
  const auto delivery = deliver(chip.task, chip.pool, spec.levels);
  if (!delivery) {
    result.reason = delivery.error().reason;
    return result;
  }
  result.mfu = delivery->mfu.p50;
  TrainingBand cost =
      product_band({delivery->effort, hourly_costs(chip.offer, date, spec.economics, spec.use, spec.seed)});
  const double unit = 1e24 / chip.task.compute.raw();
  result.per_flop = {cost.p10 * unit, cost.p50 * unit, cost.p90 * unit};
  return result;
}

/// Prices at which a chip's useful operations cost what the first's do: its cost is linear in its price.
void set_turning_prices(const RaceSpec& spec, std::vector<RaceChipCost>& results) {
  if (results.empty() || !results.front().reason.empty()) return;
  const EconomicValues economics = values_of(spec.economics);
  const double wanted = results.front().per_flop.p50;
  for (std::size_t i = 0; i < results.size(); ++i) {
    RaceChipCost& result = results[i];
    if (!result.reason.empty() || result.price <= Dollars(0)) continue;
    const ChipOffer& offer = spec.chips[i].offer;
    const auto hour = [&](Dollars price) {
      return chip_cost(price, offer.it_power, Watts(offer.facility_power.quantile(0.5)), economics, spec.use)
          .total()
          .raw();
    };
    const double with = hour(result.price), free = hour(Dollars(0));
    const double wanted_hour = with * wanted / result.per_flop.p50;
    result.turning_price = std::max(0.0, (wanted_hour - free) / (with - free));
  }
}

}  // namespace

std::vector<double> hourly_costs(const ChipOffer& offer, Date bought, const Economics& economics, double use,
                                 std::uint64_t seed, int draws) {
  const std::size_t inputs = uncertain_inputs(economics).size();
  std::vector<double> costs;
  for (int i = 0; i < draws; ++i) {
    Rng rng = Rng::stream(seed, "fleet/hourly cost", static_cast<std::uint32_t>(i));
    const auto level = [&] { return (std::floor(rng.uniform01() * draws) + 0.5) / draws; };
    std::vector<double> levels(inputs);
    for (double& each : levels) each = level();
    // Prices in order, so that no draw is missed of what matters most.
    const double price = offer.price.at(bought, (i + 0.5) / draws);
    costs.push_back(chip_cost(Dollars(price), offer.it_power, Watts(offer.facility_power.quantile(level())),
                              values_of(economics, levels), use)
                        .total()
                        .raw());
  }
  std::sort(costs.begin(), costs.end());
  return costs;
}

RaceResult race(const RaceSpec& spec, ThreadPool& pool) {
  const std::size_t projects = spec.projects.size(), fleets = spec.fleets.size();
  std::vector<std::size_t> first;  // Project that stands for each job.
  for (std::size_t p = 0; p < projects; ++p) {
    const auto job = static_cast<std::size_t>(spec.job_of_project[p]);
    if (job == first.size()) first.push_back(p);
  }
  const auto speeds = pool.parallel_map(first.size() * fleets, [&](std::size_t i) {
    auto speed = mixed_speed(pool_tasks(spec.fleets[i % fleets], first[i / fleets]), spec.levels);
    return speed ? JobSpeed{std::move(*speed), ""} : JobSpeed{std::nullopt, speed.error().reason};
  });
  RaceResult result;
  result.cells.resize(projects);
  for (std::size_t p = 0; p < projects; ++p) {
    const auto job = static_cast<std::size_t>(spec.job_of_project[p]);
    for (std::size_t f = 0; f < fleets; ++f)
      result.cells[p].push_back(cell_of(spec, spec.fleets[f], p, speeds[job * fleets + f]));
  }
  for (std::size_t f = 0; f < fleets; ++f) result.largest.push_back(largest_model(spec, f, result.cells));
  result.chips = pool.parallel_map(spec.chips.size(), [&](std::size_t i) { return chip_result(spec, spec.chips[i]); });
  set_turning_prices(spec, result.chips);
  return result;
}

}  // namespace orrery
