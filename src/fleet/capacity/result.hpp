#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/date.hpp"
#include "base/quantity.hpp"
#include "fleet/economics.hpp"
#include "fleet/uncertainty/sensitivity.hpp"

namespace orrery {

/// What kept the fleet of a step from being larger.
enum class FleetLimit {
  Plan,      ///< All that was planned by then is on: only a larger plan would give more.
  Build,     ///< Halls are late.
  Power,     ///< Halls stand, and the grid or the generators are not there.
  Money,     ///< What was planned could not be paid.
  Chips,     ///< The supplier's output, or the buyer's share of it.
  LeadTime,  ///< Chips are ordered and on their way.
};
inline constexpr std::size_t kFleetLimits = 6;

/// What a fleet is at the end of a step, or does in its course. Base SI units: watts, chips, operations a second,
/// dollars, joules.
enum class FleetSeries {
  Facility,     ///< Power of the halls that stand.
  Energised,    ///< Of which there is power for.
  Used,         ///< Of which chips take.
  Ordered,      ///< Chips, up to then.
  InTransit,    ///< Chips that are ordered and have not come.
  Idle,         ///< Chips that have come and have no hall, or no power.
  On,           ///< Chips.
  Retired,      ///< Chips, up to then.
  H100e,        ///< Of the chips that are on, by their peak.
  PeakFlops,    ///< Dense 16-bit peak of the chips that are on.
  UsableFlops,  ///< That peak x MFU x goodput x allocation.
  Meter,        ///< Mean power at the meter of the chips that are on.
  Cash,
  Debt,
  Spent,          ///< On halls and chips, up to then.
  Revenue,        ///< In the step.
  OperatingCost,  ///< In the step: electricity, maintenance, staff.
  Interest,       ///< In the step.
};
inline constexpr std::size_t kFleetSeries = 18;

/// What hours of the fleet cost, by what it is for.
enum class FleetCost { Halls, Chips, Cluster, Electricity, Operations };
inline constexpr std::size_t kFleetCosts = 5;

/// Where all dollars of one future came from and went until the end: what comes in is what goes out and the cash that
/// is left. Means over futures add up too.
struct FleetLedger {
  Dollars equity, debt_drawn, revenue;
  Dollars halls, chips, cluster;                         ///< `cluster`: servers, network and storage around the chips.
  Dollars electricity, operations, interest, repayment;  ///< `operations`: staff, maintenance, spares.
  Dollars paid_out;                                      ///< Revenue that the plan does not keep in the fleet.
  Dollars cash;
  Dollars unpaid_interest;  ///< In no sum: added to the debt for lack of cash.

  Dollars in() const { return equity + debt_drawn + revenue; }
  Dollars out() const { return halls + chips + cluster + electricity + operations + interest + repayment + paid_out; }
};

/// 10, 50 and 90 % quantiles over the futures, and the mean.
struct FleetBand {
  double p10 = 0, p50 = 0, p90 = 0, mean = 0;
};

/// A phase or a feed in time, for bars: what was planned, and when it is there.
struct FleetSpanResult {
  std::string site, name;
  enum class Kind { Build, Grid, OnSite } kind = Kind::Build;
  double power = 0;  ///< Watts.
  Date start, planned_end;
  /// Quantiles of its end; none where that lies behind the last step.
  std::optional<Date> p10, p50, p90;
};

struct FleetTargetResult {
  double reached_by = 0;  ///< Share of the futures that reach it by its date; NaN without one.
  double reached = 0;     ///< By the last step.
  /// Quantiles of the date over all futures; none where that lies behind the last step.
  std::optional<Date> p10, p50, p90;
};

struct FleetResult {
  std::vector<Date> ends;  ///< Day after each step: the states are of these.
  std::array<std::vector<FleetBand>, kFleetSeries> series;
  /// By step: share of the futures in which each limit binds, and the mean power that it keeps from being used (watts).
  std::vector<std::array<double, kFleetLimits>> binding, missing;
  std::vector<FleetSpanResult> spans;
  std::vector<FleetTargetResult> targets;
  FleetLedger ledger;  ///< Mean over the futures.

  /// Dollars per H100e-hour of the last year: capital in place as an annuity over its life, and operation. `hour_parts`
  /// are total dollars over total hours of all futures by what they are for, and add up to `hour_total`.
  FleetBand hour_cost;
  std::array<double, kFleetCosts> hour_parts{};
  double hour_total = 0;
  std::vector<UncertainInput> inputs;      ///< What was drawn.
  std::vector<Sensitivity> sensitivities;  ///< Of H100e at the end, the largest first.
  std::size_t draws = 0;

  const std::vector<FleetBand>& of(FleetSeries s) const { return series[static_cast<std::size_t>(s)]; }
};

}  // namespace orrery
