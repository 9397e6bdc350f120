#include "cluster/grants/credit_account.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace orrery {

CreditAccount::CreditAccount(std::int64_t each, int carry_over) : each_(each), carry_over_(carry_over) {
  parts_.push_back({0, each_});
  balance_ = each_;
}

void CreditAccount::advance(std::int64_t period) {
  if (period <= period_) return;
  const std::int64_t oldest = period - carry_over_;
  while (!parts_.empty() && parts_.front().period < oldest) {
    expired_ += static_cast<double>(parts_.front().amount);
    balance_ -= parts_.front().amount;
    parts_.pop_front();
  }
  // Periods that came and expired while nobody looked.
  const std::int64_t first = std::max(period_ + 1, oldest);
  expired_ += static_cast<double>(each_) * static_cast<double>(first - period_ - 1);
  for (std::int64_t next = first; next <= period; ++next) parts_.push_back({next, each_});
  balance_ += each_ * (period - first + 1);
  period_ = period;
}

CreditAccount::Payment CreditAccount::pay(std::int64_t amount) {
  ORRERY_CHECK(amount <= balance_, "nobody spends more than the credits that are left");
  Payment payment;
  balance_ -= amount;
  for (Part& part : parts_) {
    if (amount == 0) break;
    const std::int64_t taken = std::min(part.amount, amount);
    if (taken == 0) continue;
    part.amount -= taken;
    amount -= taken;
    payment.push_back({part.period, taken});
  }
  return payment;
}

void CreditAccount::refund(const Payment& payment, std::int64_t amount) {
  for (auto part = payment.rbegin(); part != payment.rend() && amount > 0; ++part) {
    const std::int64_t back = std::min(part->amount, amount);
    amount -= back;
    const auto same = [&](const Part& kept) { return kept.period == part->period; };
    const auto found = std::find_if(parts_.begin(), parts_.end(), same);
    if (found == parts_.end()) {
      expired_ += static_cast<double>(back);
      continue;
    }
    found->amount += back;
    balance_ += back;
  }
}

}  // namespace orrery
