#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace orrery {

/// Credits of one tenant in GPU-milliseconds: so many each period, the oldest spent first.
class CreditAccount {
 public:
  /// Part of a payment: from the credits of which period.
  struct Part {
    std::int64_t period = 0, amount = 0;
  };
  using Payment = std::vector<Part>;

  /// `each`  period's credits, from period 0 on; they expire `carry_over` periods after their own.
  CreditAccount(std::int64_t each, int carry_over);

  /// Goes on to a period, not before the present one.
  void advance(std::int64_t period);
  std::int64_t each() const { return each_; }
  std::int64_t balance() const { return balance_; }
  /// Takes an amount of at most the balance.
  Payment pay(std::int64_t amount);
  /// Gives back an amount of a payment, its newest credits first; those that have expired since are lost.
  void refund(const Payment& payment, std::int64_t amount);

  long long periods() const { return period_ + 1; }
  double granted() const { return static_cast<double>(each_) * static_cast<double>(periods()); }
  double expired() const { return expired_; }

 private:
  std::int64_t each_, carry_over_;
  std::int64_t period_ = 0, balance_ = 0;
  std::deque<Part> parts_;  ///< What is left of each period, oldest first.
  double expired_ = 0;
};

}  // namespace orrery
