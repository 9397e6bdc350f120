#pragma once

#include <cstddef>
#include <vector>

#include "fleet/capacity/model.hpp"
#include "fleet/capacity/values.hpp"

namespace orrery {

/// The money of one future. Cash is never negative: what cannot be paid is not bought.
///
/// Loans pay up to `debt_share` of each dollar of capital, from tranches that have come and whose tenant stands. What
/// is drawn in a step pays interest and is paid back in equal parts over its term from then on. Interest that cash does
/// not cover is added to the debt; it and missed repayments are paid as soon as there is cash.
class FleetPurse {
 public:
  FleetPurse(const FleetModel& model, const FleetValues& values) : m_(&model), v_(&values), loans_(model.steps) {}

  void reset();
  /// Equity that comes in the step, delays counted.
  void receive(std::size_t step);

  /// What a step of the chips that are on earned and cost.
  struct Season {
    double revenue = 0, electricity = 0, operations = 0;
    double cost() const { return electricity + operations; }
  };
  /// Books it with what is owed on loans. Returns the share of the chips that cash and revenue keep running: below 1
  /// only where the fleet costs more than it earns and the cash is gone.
  double serve(std::size_t step, const Season& season);

  /// Capital that can be paid now, with the loans that it draws.
  double payable() const { return capital_of(cash_, room_); }
  void pay_halls(double amount);  ///< At most `payable()`.
  /// Chips with `cluster` dollars of servers, network and storage for each of theirs; at most `payable()` in all.
  void pay_hardware(double amount, double cluster);

  /// Own money by a date as the plan sees it: cash, and the equity pledged until then that has not come.
  double pledged(double by) const;
  /// Loans by a date as the plan sees it, not yet drawn; of tenants that stand at `now`.
  double promised(double by, double now) const;
  /// Capital that own money and loans pay together.
  double capital_of(double own, double loans) const;
  /// What an H100e earns a second at a moment, contracts and market together.
  double earning(double at) const { return earning(at, at); }
  /// The same as the plan sees it at `now`: tenants that stand then keep to their contracts.
  double earning(double at, double now) const;

  double cash() const { return cash_; }
  double debt() const { return debt_; }
  double interest_due() const { return interest_due_; }  ///< Of the last step.
  const FleetLedger& ledger() const { return ledger_; }

 private:
  void pay(double amount);
  /// Whether a tenant pays at a moment, as far as is known at `now`.
  bool stands(std::size_t tenant, double at, double now) const;
  double equity_until(double time) const;
  /// What falls due in a step of the loans of the steps before it.
  double falls_due(std::size_t step) const;

  const FleetModel* m_;
  const FleetValues* v_;
  double cash_ = 0, debt_ = 0, drawn_ = 0, received_ = 0, room_ = 0, interest_due_ = 0;
  double overdue_ = 0;         ///< Of the debt: what was to be paid by now.
  std::vector<double> loans_;  ///< Drawn, by step.
  std::size_t step_ = 0;
  FleetLedger ledger_;
};

}  // namespace orrery
