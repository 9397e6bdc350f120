#include "cluster/grants/credit_account.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "base/random.hpp"

namespace orrery {

TEST_CASE("credit account: the oldest are spent first and expire after their time, hand-computed") {
  CreditAccount account(100, 1);
  account.pay(30);
  account.advance(1);  // 70 of period 0, 100 of period 1.
  CHECK(account.balance() == 170);
  account.pay(90);     // All of period 0, 20 of period 1.
  account.advance(2);  // Nothing of period 0 was left to expire.
  CHECK(account.expired() == 0);
  CHECK(account.balance() == 180);
  account.advance(3);
  CHECK(account.expired() == 80);
  CHECK(account.balance() == 200);
  account.advance(1000);  // Periods 2 to 998 have expired.
  CHECK(account.expired() == 80 + 100.0 * 997);
  CHECK(account.balance() == 200);
}

TEST_CASE("credit account: a refund goes back to its periods, unless they have expired, hand-computed") {
  CreditAccount account(100, 1);
  account.advance(1);
  const CreditAccount::Payment payment = account.pay(150);  // 100 of period 0, 50 of period 1.
  account.advance(2);
  CHECK(account.balance() == 150);
  account.refund(payment, 80);  // 50 to period 1, 30 to period 0, which has expired.
  CHECK(account.balance() == 200);
  CHECK(account.expired() == 30);
}

TEST_CASE("credit account: granted = spent + expired + balance: law") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/credits");
    CreditAccount account(static_cast<std::int64_t>(rng.below(1000)), static_cast<int>(rng.below(4)));
    std::vector<std::pair<CreditAccount::Payment, std::int64_t>> open;
    std::int64_t spent = 0, period = 0;
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t what = rng.below(3);
      if (what == 0) {
        period += static_cast<std::int64_t>(rng.below(3));
        account.advance(period);
      } else if (what == 1) {
        const auto amount = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(account.balance()) + 1));
        open.emplace_back(account.pay(amount), amount);
        spent += amount;
      } else if (!open.empty()) {
        const auto back = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(open.back().second) + 1));
        account.refund(open.back().first, back);
        spent -= back;
        open.pop_back();
      }
      REQUIRE(account.balance() >= 0);
      REQUIRE(account.granted() ==
              static_cast<double>(spent) + account.expired() + static_cast<double>(account.balance()));
    }
  }
}

}  // namespace orrery
