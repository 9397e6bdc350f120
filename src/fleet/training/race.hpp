#pragma once

#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"
#include "fleet/training/loss_law.hpp"
#include "fleet/training/mixed_delivery.hpp"

namespace orrery {

/// A fleet with the job of each project laid out for each of its pools.
struct RaceFleet {
  std::string name, owner;
  Date date;
  std::vector<TrainingPool> pools;
  std::vector<ChipOffer> offers;                 ///< One a pool.
  std::vector<std::vector<TrainingTask>> tasks;  ///< [project][pool].
};

/// A kind of chip for the comparison of what useful computing costs.
struct RaceChip {
  ChipOffer offer;
  TrainingPool pool;
  TrainingTask task;
};

/// Trainings on fleets.
struct RaceSpec {
  std::vector<std::string> projects;
  /// Projects of one number share a model, and so the search for its layouts.
  std::vector<int> job_of_project;
  std::vector<RaceFleet> fleets;
  std::vector<RaceChip> chips;  ///< May be empty.
  std::string chip_project;     ///< What these train.
  Date chip_date;               ///< When they are priced.
  Economics economics;
  TrainingLevels levels;
  double use = 1;  ///< Share of its hours in which an owned chip is in use.
  Seconds horizon;
  LossLaw loss, other_loss;
  std::uint64_t seed = 0;
};

/// One training on one fleet.
struct RaceCell {
  std::optional<Delivery> delivery;
  std::string reason;  ///< Why there is none.
  MixedSpeed speed;
  TrainingBand cost;        ///< Dollars: chip-hours at what an hour of use costs the owner.
  double energy_share = 0;  ///< Of that cost, at medians.
};

/// The largest model that a fleet trains within the horizon, at the rate of the largest project that it can train.
struct LargestModel {
  std::string like;  ///< That project.
  Flops compute;
  OptimalTraining best, other;
};

/// What a kind of chip makes of money.
struct RaceChipCost {
  std::string offer, owner;
  double mfu = 0;
  DollarsPerSecond hour;  ///< Of a chip, per second of use.
  TrainingBand per_flop;  ///< Dollars for 1e24 useful operations.
  Dollars price;          ///< Of a chip.
  std::string reason;     ///< Why it cannot; empty: it can.
  /// Times its price at which its useful operations cost as much as the first's; 0: not even as a gift.
  double turning_price = 0;
};

struct RaceResult {
  std::vector<std::vector<RaceCell>> cells;          ///< [project][fleet]
  std::vector<std::optional<LargestModel>> largest;  ///< By fleet.
  std::vector<RaceChipCost> chips;
};

/// Days, cost and energy of every training on every fleet. Each job is searched once on each fleet, and its speed
/// serves all trainings of that job.
RaceResult race(const RaceSpec& spec, ThreadPool& pool);

/// Equally likely costs of an hour of use of a chip (dollars a second), over what is uncertain of its price and of
/// the economics; in ascending order.
std::vector<double> hourly_costs(const ChipOffer& offer, Date bought, const Economics& economics, double use,
                                 std::uint64_t seed, int draws = 64);

}  // namespace orrery
