#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/thread_pool.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"
#include "fleet/training/delivery.hpp"

namespace orrery {

/// A kind of chip that the training may run on, with the job laid out for it.
struct CheapestChip {
  ChipOffer offer;
  Cluster cluster;  ///< Its usual machine; the number of chips is chosen.
  TrainingTask task;
};

/// "How is this trained by then at the least cost?"
struct CheapestSpec {
  std::string project;
  Date from, by;             ///< When it is decided, and when it has to be done.
  double confidence = 0.5;   ///< Chance of being done by then.
  double most_share = 0.25;  ///< Of a quarter's world output that one buyer gets.
  double use = 1;            ///< Share of its hours in which an owned chip is in use, before and after too.
  std::string buyer;         ///< Own silicon of this owner may be used.
  Economics economics;
  std::vector<CheapestChip> chips;
  TrainingLevels levels;
  std::uint64_t seed = 0;
};

enum class Tenure { Buy, Rent };
const char* tenure_name(Tenure tenure);

/// A way to train the project.
struct TrainingChoice {
  std::string offer;
  Tenure tenure = Tenure::Buy;
  long long chips = 0;    ///< That compute.
  long long spares = 0;   ///< Chips held besides.
  Date ordered, start;    ///< Rented chips are there when they are ordered.
  Date done;              ///< With the chance that was asked for.
  TrainingBand time;      ///< Seconds of training.
  TrainingBand cost;      ///< Dollars.
  DollarsPerSecond hour;  ///< Of a chip, at medians.
  double mfu = 0, goodput = 0;
  /// Of `hour`: at this many times as much it costs what the next best kind of chip or tenure costs. For the best one.
  double turns_at = 0;
};

struct CheapestTraining {
  std::vector<TrainingChoice> choices;    ///< The best of each chip and tenure that is done in time, cheapest first.
  std::vector<std::string> excluded;      ///< Why others are not among them.
  std::optional<TrainingChoice> nearest;  ///< Where none is in time: what is done first.
};

/// Searches chips, their number, bought or rented, and when: every month from the decision on is tried, with the fewest
/// chips, of whole nodes times powers of two and their halves more, that are done in time with the chance asked for.
///
/// Bought chips come after the lead time of the order's date, not before their launch, and are charged for the hours of
/// the training at what an hour of use costs their owner, who uses them otherwise before and after (`use`). Rented ones
/// are there at once, not before the launch, at what quotes until the decision say of that date. Nobody gets more than
/// `most_share` of a quarter's world output, bought or rented, spares among them. Halls are taken to stand. Prices,
/// lead times and rents are those known at the decision, and go on by their growth; what is made is as it was.
/// Deterministic, whatever the number of threads.
CheapestTraining cheapest_training(const CheapestSpec& spec, ThreadPool& pool);

}  // namespace orrery
