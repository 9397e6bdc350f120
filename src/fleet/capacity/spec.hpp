#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/law.hpp"
#include "base/quantity.hpp"
#include "fleet/chip_offer.hpp"
#include "fleet/economics.hpp"
#include "fleet/uncertainty/build_time.hpp"

namespace orrery {

/// Length of the steps in which a fleet grows.
enum class FleetStep { Quarter, Month };

/// A chip on the menu, and how much of it this buyer can get.
struct FleetOffer {
  ChipOffer offer;
  /// Ceiling of the buyer's deliveries as a share of the world's output at the time; 1 where the silicon is its own.
  double share = 0.25;
};

/// Equity, grants or a programme's announced money: all on `date`, or evenly from `date` until `until`.
struct FleetEquity {
  std::string name;
  Dollars amount;
  Date date;
  std::optional<Date> until;
};

/// A lender's promise. It finances up to `FleetMoney::debt_share` of what is spent on halls and chips; what is drawn
/// pays interest and is paid back evenly over `FleetMoney::debt_term`.
struct FleetTranche {
  std::string name;
  Dollars amount;
  Date date;           ///< From when on it can be drawn.
  std::string tenant;  ///< It can be drawn only while this tenant's contract stands; empty: none is needed.
};

/// Who rents a part of the fleet by contract.
struct FleetTenant {
  std::string name;
  double share = 0;  ///< Of the chips that are on.
  Date from;
  std::optional<Date> until;  ///< None: to the end.
  DollarsPerSecond rent;      ///< Of one H100-equivalent.
  /// How long the tenant keeps the contract from `from` on; none: as long as it says. After that the share is let at
  /// the market, and tranches that need the tenant are closed.
  std::optional<Law> stays;
};

struct FleetMoney {
  std::vector<FleetEquity> equity;
  Law equity_delay;  ///< By which all equity comes later than it says (seconds).
  double debt_share = 0;
  std::vector<FleetTranche> tranches;
  Law tranche_delay;  ///< By which all tranches come later than they say (seconds).
  Law interest;       ///< A year.
  Seconds debt_term;
  std::vector<FleetTenant> tenants;
  /// What an H100-equivalent that no tenant has earns at the market at the start; 0: nothing, it is used by its owner.
  Law rent;
  double rent_change = 0;  ///< Of that price, a year: -0.28 falls by 28 %.
  double let = 1;          ///< Share of what no tenant has that finds a taker.
  double reinvest = 1;     ///< Share of what is left of revenue that may be spent on more halls and chips.
  double deposit = 0;      ///< Share of a chip's price that is paid when it is ordered; the rest when it comes.
};

/// A part of a site that is built as one.
struct FleetPhase {
  std::string name;
  Watts power;                ///< Of the facility.
  std::optional<Date> start;  ///< Of work on the ground; none: when the phase before it stands.
  Law build;                  ///< From then until the halls take chips (seconds).
  std::optional<Date> stood;  ///< When they did: to compare with, no input of the plan.
};

/// Power that reaches a site: a grid connection, a substation, generators of its own.
struct FleetFeed {
  std::string name;
  Watts power;
  Date asked;  ///< When it was ordered or applied for.
  Law wait;    ///< From then until it is there (seconds).
};

struct FleetSite {
  std::string name, owner, region;
  std::string evidence;  ///< Its name in the evidence on build times, where that is another; empty: `name`.
  BuildKind ground = BuildKind::Greenfield;  ///< What is there at the start.
  std::vector<FleetPhase> phases;
  std::vector<FleetFeed> grid, on_site;
  /// The power comes with the building: build times that were measured until a site ran hold the wait for its power.
  bool power_with_building = false;
  std::optional<Law> electricity;  ///< Dollars a joule; otherwise that of the economics.
  std::string chip;                ///< Name of the offer that stands here; empty: what the policy buys.
};

/// What becomes of peak FLOP. Each is drawn, or comes from a lower level as its law.
struct FleetUse {
  Law mfu, goodput, allocation;
};

enum class FleetBuying {
  Newest,  ///< The chip that was launched last; what the supply leaves over of the need from the one before it.
  Value,   ///< The chip with the lowest cost of a peak FLOP: chip, cluster, halls, energy and operations over its life.
  Plan,    ///< The orders that are listed, replayed; halls are begun by date, whatever is pledged.
};

struct FleetOrder {
  Date date;
  std::string chip;  ///< Name of an offer.
  double count = 0;
};

enum class FleetMeasure { H100e, Gpus, Power, Spent };

/// "1 M H100e by 2026": what is asked for, and whether it is reached.
struct FleetTarget {
  FleetMeasure measure = FleetMeasure::H100e;
  double amount = 0;       ///< Chips, watts or dollars.
  std::optional<Date> by;  ///< None: when it is reached is all that is asked.
};

/// A plan of building a fleet under money, power, supply and time.
struct FleetSpec {
  std::string name;
  Date start;
  FleetStep step = FleetStep::Quarter;
  int steps = 20;
  std::vector<FleetOffer> offers;
  Economics economics;
  FleetMoney money;
  std::vector<FleetSite> sites;
  FleetUse use;
  FleetBuying buying = FleetBuying::Newest;
  std::vector<FleetOrder> orders;  ///< Of FleetBuying::Plan.
  std::vector<FleetTarget> targets;
  /// Correlation of the (normal scores of the) durations of any two phases, and of any two feeds.
  double shared_delay = 0.5;
  /// Rank correlation of the price of chips with their lead time, and of both with less output: one scarcity moves all
  /// three. Ours.
  double shared_scarcity = 0.5;
};

}  // namespace orrery
