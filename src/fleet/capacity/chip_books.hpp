#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "fleet/capacity/model.hpp"
#include "fleet/capacity/purse.hpp"
#include "fleet/capacity/values.hpp"
#include "fleet/capacity/works.hpp"

namespace orrery {

/// The chips of one future: ordered, on their way, delivered below the ceiling of the supply, placed, retired. What was
/// ordered is on its way, idle, on or retired.
///
/// Sites that take one kind of chip alone have orders of their own; the others share what the policy buys. Chips are
/// ordered for the power that is expected when they come, not to be stored.
class FleetChipBooks {
 public:
  FleetChipBooks(const FleetModel& model, const FleetValues& values);

  void reset();

  /// Orders for the power that `works` foresees, as far as supply and the money pledged until the delivery go; or
  /// replays the list of orders.
  void order(std::size_t step, const FleetWorks& works, FleetPurse& purse);
  void deliver(std::size_t step, FleetPurse& purse);  ///< What has come, can be supplied and can be paid.
  void retire(std::size_t step);
  void place(std::size_t step, const FleetWorks& works);

  /// What a watt of a group of sites costs in chips and cluster, by what the policy would buy at a step; 0 where the
  /// orders are listed.
  double cost_per_watt(std::size_t group, std::size_t step) const;
  /// H100 equivalents and server nameplate of a watt filled so.
  double h100e_per_watt(std::size_t group, std::size_t step) const;
  double it_per_watt(std::size_t group, std::size_t step) const;
  /// Capital that the halls begun are still to be filled with (group by group), or the listed orders until `by`.
  double unordered(std::size_t step, double by, const FleetWorks& works) const;

  /// For all that was ordered and not delivered, without what was paid with the order.
  double owed() const { return owed_; }
  double used(std::size_t site) const { return used_[site]; }  ///< Power.
  std::size_t group_of(std::size_t site) const { return groups_[site]; }
  std::size_t group_count() const { return m_->chips.size() + 1; }

  struct Totals {
    double ordered = 0, transit = 0, idle = 0, on = 0, retired = 0;
    double h100e = 0, peak = 0, power = 0;  ///< Of those on.
    double electricity = 0;                 ///< Dollars a second of those on,
    double meter = 0;                       ///< and their mean power at the meter.
    double hardware = 0;                    ///< What those not retired cost, chips and cluster.
  };
  Totals totals() const;

  /// Power without chips, by cause, of the step that was delivered last (watts): not paid, above the ceiling.
  double unpaid_power() const { return unpaid_power_; }
  double unsupplied_power() const { return unsupplied_power_; }
  /// The same of what could not be ordered for a step.
  double unordered_for_money(std::size_t step) const;
  double unordered_for_supply(std::size_t step) const;

 private:
  struct Book {
    std::size_t chip = 0, group = 0;
    double waiting = 0, waiting_owed = 0;  ///< At the maker's door.
    double transit = 0;                    ///< Ordered and not delivered; those at the door too.
    double idle = 0, on = 0;
  };
  std::size_t first_choice(std::size_t group, std::size_t step) const;
  double unit_cost(std::size_t chip, std::size_t step) const;
  double committed(std::size_t group, std::size_t until) const;
  void order_for(std::size_t group, std::size_t step, const FleetWorks& works, FleetPurse& purse);
  /// Returns what was ordered: as many of `count` as there is money for their deposits.
  double enter(std::size_t book, std::size_t step, double count, FleetPurse& purse);
  std::size_t book_of(std::size_t group, std::size_t chip) const { return group == 0 ? chip : m_->chips.size() + chip; }
  double& row(std::vector<double>& rows, std::size_t line, std::size_t step) const {
    return rows[line * m_->steps + step];
  }

  const FleetModel* m_;
  const FleetValues* v_;
  std::vector<std::size_t> groups_;  // By site: 0, or 1 + the chip that it takes alone.
  std::vector<bool> has_sites_;      // By group.
  std::vector<Book> books_;
  std::vector<double> arriving_, arriving_owed_, cohort_, cohort_cost_;  // By book, then step.
  std::vector<double> booked_;                                           // By chip, then step for which it was ordered.
  std::vector<double> on_, used_;                                        // By site, then chip; by site.
  std::vector<double> money_gap_, supply_gap_;                           // By group, then step.
  double ordered_ = 0, retired_ = 0, owed_ = 0, hardware_ = 0, unpaid_power_ = 0, unsupplied_power_ = 0;
};

}  // namespace orrery
