#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "fleet/buying/purchase_study.hpp"
#include "fleet/training/delivery.hpp"

namespace orrery {

/// A kind of chips that models may be trained on, bought at a date.
struct TrainedChipSpec {
  ChipOffer offer;
  RentMarket market;     ///< As known at the date.
  bool rentable = true;  ///< Chips that their owner keeps, and that nobody quotes, are not rented.
};

/// A model, and what each kind of chips makes of it: a task and a pool a kind, in the same order.
struct TrainedModelSpec {
  std::string name;
  std::vector<TrainingTask> tasks;
  std::vector<TrainingPool> pools;
  std::vector<std::string> problems;  ///< By kind: why it cannot be tried; empty: it can.
};

/// Which kinds others are compared with: those for sale, or all where none is.
std::vector<std::size_t> compared_chips(const std::vector<TrainedChipSpec>& chips);

/// The question which chip trains models for the least money.
struct TrainedChipsSpec {
  Date date;
  Economics economics;
  Law use;  ///< Share of the hours of own chips that are used, this model's among them.
  std::vector<TrainedChipSpec> chips;
  std::vector<TrainedModelSpec> models;
};

/// One model on one kind of chips.
struct TrainedCell {
  std::optional<Delivery> delivery;
  std::string reason;   ///< Why there is none.
  FutureBand owned;     ///< Dollars a trained model, on own chips: their cost per hour of use.
  FutureBand rented;    ///< The same at the market's rent; zeros where they cannot be rented.
  double cheapest = 0;  ///< Share of the futures in which no chips that are for sale cost less.
  std::optional<double>
      turns_at;  ///< Dollars a chip at which they cost, at medians, what the cheapest of the others do.
};

struct TrainedChipStudy {
  FutureBand hour;      ///< Dollars an hour of use of own chips.
  FutureBand rent;      ///< Dollars an hour, rented; zeros where they cannot be.
  FutureBand per_peak;  ///< Dollars for 1e18 operations at the dense BF16 peak.
  double price = 0;     ///< Dollars a chip at the date, median.
};

struct TrainedChips {
  std::vector<TrainedChipStudy> chips;
  std::vector<std::vector<TrainedCell>> cells;  ///< By model, then by chip.
  /// Of the kinds that are for sale, or, where none is, of all: the lowest medians, for a peak operation and by model.
  std::size_t best_per_peak = 0;
  std::vector<std::optional<std::size_t>> best;
  int draws = 0;
};

/// Delivers every model on every kind of chips (step MFU and goodput by the levels below) and prices what it takes. The
/// futures of economics are the same for all kinds; prices of different kinds differ independently. Own silicon is
/// compared with what is for sale, never the other way round: what it costs to make is no price.
TrainedChips study_trained_chips(const TrainedChipsSpec& spec, const TrainingLevels& levels, int draws,
                                 std::uint64_t seed, ThreadPool& pool);

}  // namespace orrery
