#include "fleet/capacity/purse.hpp"

#include <algorithm>
#include <cmath>

#include "base/unit_table.hpp"

namespace orrery {

void FleetPurse::reset() {
  cash_ = debt_ = drawn_ = received_ = room_ = interest_due_ = overdue_ = 0;
  std::fill(loans_.begin(), loans_.end(), 0.0);
  step_ = 0;
  ledger_ = {};
}

double FleetPurse::equity_until(double time) const {
  double sum = 0;
  for (const FleetModel::Payment& payment : m_->equity) {
    if (time <= payment.from) continue;
    const double length = payment.until - payment.from;
    sum += length > 0 ? payment.amount * std::min(1.0, (time - payment.from) / length) : payment.amount;
  }
  return sum;
}

double FleetPurse::falls_due(std::size_t step) const {
  double due = 0;
  for (std::size_t drawn = 0; drawn < step; ++drawn) {
    const double from = m_->begin[drawn + 1], until = from + m_->debt_term;
    const double length = std::min(m_->begin[step + 1], until) - m_->begin[step];
    if (length > 0) due += loans_[drawn] * length / m_->debt_term;
  }
  return due;
}

void FleetPurse::receive(std::size_t step) {
  step_ = step;
  const double due = equity_until(m_->begin[step + 1] - v_->equity_delay) - received_;
  if (due > 0) {
    received_ += due;
    cash_ += due;
    ledger_.equity += Dollars(due);
  }
}

bool FleetPurse::stands(std::size_t tenant, double at, double now) const {
  if (tenant == FleetModel::kNoTenant) return true;
  const FleetModel::Tenant& t = m_->tenants[tenant];
  return at < t.until && std::min(at, now) < t.from + v_->stays[tenant];
}

double FleetPurse::earning(double at, double now) const {
  double let = 0, rent = 0;
  for (std::size_t i = 0; i < m_->tenants.size(); ++i) {
    const FleetModel::Tenant& tenant = m_->tenants[i];
    if (at < tenant.from || !stands(i, at, now)) continue;
    let += tenant.share;
    rent += tenant.share * tenant.rent;
  }
  const double market = v_->rent * std::pow(1 + m_->rent_change, at / kYear);
  return rent + std::max(0.0, 1 - let) * m_->let * market;
}

double FleetPurse::serve(std::size_t step, const Season& season) {
  const double length = m_->begin[step + 1] - m_->begin[step];
  const double short_of = season.cost() - season.revenue;
  const double running = short_of > cash_ ? cash_ / short_of : 1.0;
  cash_ = std::max(0.0, cash_ - running * short_of);
  ledger_.revenue += Dollars(running * season.revenue);
  ledger_.electricity += Dollars(running * season.electricity);
  ledger_.operations += Dollars(running * season.operations);

  interest_due_ = debt_ * v_->interest * length / kYear;
  const double interest = std::min(cash_, interest_due_);
  cash_ -= interest;
  debt_ += interest_due_ - interest;
  ledger_.interest += Dollars(interest);
  ledger_.unpaid_interest += Dollars(interest_due_ - interest);
  overdue_ += interest_due_ - interest + falls_due(step);
  const double repaid = std::min({cash_, debt_, overdue_});
  overdue_ -= repaid;
  cash_ -= repaid;
  debt_ -= repaid;
  ledger_.repayment += Dollars(repaid);

  const double left = -running * short_of - interest - repaid;
  if (left > 0 && m_->reinvest < 1) {
    const double out = std::min(cash_, (1 - m_->reinvest) * left);
    cash_ -= out;
    ledger_.paid_out += Dollars(out);
  }
  // Loans of this step: tranches that have come by its end, of tenants that stand then.
  const double end = m_->begin[step + 1];
  double open = 0;
  for (const FleetModel::Tranche& tranche : m_->tranches) {
    if (tranche.date + v_->tranche_delay < end && stands(tranche.tenant, end, end)) open += tranche.amount;
  }
  room_ = std::max(0.0, open - drawn_);
  return running;
}

double FleetPurse::promised(double by, double now) const {
  double open = 0;
  for (const FleetModel::Tranche& tranche : m_->tranches) {
    if (tranche.date < by && stands(tranche.tenant, now, now)) open += tranche.amount;
  }
  return std::max(0.0, open - drawn_);
}

double FleetPurse::pledged(double by) const {
  return cash_ + std::max(0.0, equity_until(by) - received_);
}

double FleetPurse::capital_of(double own, double loans) const {
  if (own <= 0) return 0;
  return std::min(own / (1 - m_->debt_share), own + loans);
}

void FleetPurse::pay(double amount) {
  const double loan = std::min(room_, m_->debt_share * amount);
  room_ -= loan;
  drawn_ += loan;
  loans_[step_] += loan;
  debt_ += loan;
  cash_ = std::max(0.0, cash_ - (amount - loan));
  ledger_.debt_drawn += Dollars(loan);
}

void FleetPurse::pay_halls(double amount) {
  pay(amount);
  ledger_.halls += Dollars(amount);
}

void FleetPurse::pay_hardware(double amount, double cluster) {
  pay(amount);
  ledger_.chips += Dollars(amount / (1 + cluster));
  ledger_.cluster += Dollars(amount * cluster / (1 + cluster));
}

}  // namespace orrery
