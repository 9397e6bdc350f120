#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "fleet/capacity/result.hpp"
#include "fleet/capacity/spec.hpp"
#include "fleet/uncertainty/latin_hypercube.hpp"

namespace orrery {

inline constexpr double kNeverSeconds = std::numeric_limits<double>::infinity();

/// A law and the place of its quantile among those of a future; -1 where it is fixed.
struct FleetDrawn {
  Law law;
  int input = -1;

  double planned() const { return law.quantile(0.5); }
  double of(std::span<const double> quantiles) const {
    return input < 0 ? planned() : law.quantile(quantiles[static_cast<std::size_t>(input)]);
  }
};

/// A dated series at the moments of a plan, made ready to be drawn often: `DatedSeries::at` for many futures.
class FleetTrack {
 public:
  FleetTrack() = default;
  FleetTrack(const DatedSeries& series, std::span<const Date> moments);
  /// Values at the moments for one level of the series and one of its growth.
  void draw(double level, double growth_level, std::span<double> values) const;

 private:
  struct Place {
    std::size_t before = 0;
    double share = 0;      ///< Of the way to the next point.
    double years = 0;      ///< Of growth behind the last one.
    bool nothing = false;  ///< Before the first of counted values.
  };
  std::vector<Law> points_;
  Law growth_;
  std::vector<Place> places_;
};

/// A plan as numbers that all its futures share: moments as seconds from the start, watts, chips, dollars.
struct FleetModel {
  static constexpr std::size_t kAnyChip = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t kNoTenant = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t kNoPhase = std::numeric_limits<std::size_t>::max();

  struct Chip {
    std::string name;
    double h100e = 0, peak = 0, it_power = 0;
    double launch = 0, share = 0;
    FleetDrawn power;  ///< Of the facility, for a chip (watts).
    FleetTrack price, output, lead;
    std::vector<double> planned_ceiling, planned_lead;  ///< By step.
    std::vector<double> worth;                          ///< By step: what a unit of peak costs, for comparison.
  };
  struct Phase {
    std::size_t site = 0;
    std::string name;
    double power = 0, start = 0, planned = 0;  ///< `start`: planned, where it follows another phase.
    std::size_t after = kNoPhase;              ///< Work begins when this one stands.
    FleetDrawn build;                          ///< Its quantile is shaken by `shared_build`.
  };
  struct Feed {
    std::size_t site = 0;
    std::string name;
    bool on_site = false;
    double power = 0, asked = 0, planned = 0;
    FleetDrawn wait;
  };
  struct Site {
    std::string name;
    bool power_with_building = false;
    Law electricity;
    std::size_t chip = kAnyChip;  ///< The one that stands here.
  };
  struct Payment {
    double amount = 0, from = 0, until = 0;
  };
  struct Tenant {
    double share = 0, from = 0, until = kNeverSeconds, rent = 0;
    FleetDrawn stays;
  };
  struct Tranche {
    double amount = 0, date = 0;
    std::size_t tenant = kNoTenant;
  };
  struct Order {
    std::size_t chip = 0, step = 0;
    double count = 0;
  };
  std::size_t steps = 0;
  std::vector<Date> dates;    ///< First day of each step, and the day after the last.
  std::vector<double> begin;  ///< The same in seconds.
  std::vector<UncertainInput> inputs;
  std::vector<Chip> chips;
  std::vector<Site> sites;
  std::vector<Phase> phases;  ///< In the order in which work is planned to begin.
  std::vector<Feed> feeds;
  std::vector<Payment> equity;
  std::vector<Tranche> tranches;
  std::vector<Tenant> tenants;
  std::vector<Order> orders;
  std::vector<std::size_t> newest;  ///< Chips, the one launched last first.
  std::vector<std::size_t> ranks;   ///< By step: chips in the order in which the policy wants them.
  FleetBuying buying = FleetBuying::Newest;
  double debt_share = 0, debt_term = kNeverSeconds, rent_change = 0, let = 1, reinvest = 1, deposit = 0,
         shared_delay = 0;
  std::vector<RankCorrelation> correlations;  ///< Of `inputs`.
  int shared_build = -1, shared_feed = -1;    ///< Quantiles of what delays all at once.
  int price_level = -1, price_growth = -1, output_level = -1, output_growth = -1, lead_level = -1, power_level = -1;
  FleetDrawn hall_cost, hall_life, chip_life, network, server, capital_rate, pue, power_use, electricity, operations;
  FleetDrawn equity_delay, tranche_delay, interest, rent, mfu, goodput, allocation;

  double horizon() const { return begin.back(); }
  /// The step that holds a moment, the first for one before the start; `steps` for one after the end.
  std::size_t step_of(double moment) const;
  /// Years of a step behind the launch of a chip.
  double made_in(const Chip& chip, std::size_t step) const;
};

/// The plan as numbers; the spec is without `fleet_problems`.
FleetModel fleet_model(const FleetSpec& spec);

}  // namespace orrery
