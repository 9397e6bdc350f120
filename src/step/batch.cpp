#include "step/batch.hpp"

#include <algorithm>
#include <numeric>

namespace orrery {

namespace {

long long nearest_multiple(long long unit, long long wanted) {
  return std::max(1LL, (wanted + unit / 2) / unit) * unit;
}

}  // namespace

long long shared_batch(long long wanted, long long chips) {
  long long unit = chips;
  while (unit % 2 == 0 && unit > wanted / 4) unit /= 2;
  return unit > wanted / 4 ? wanted : nearest_multiple(unit, wanted);
}

long long divisible_batch(long long wanted, long long chips) {
  long long odd = chips;
  while (odd % 2 == 0) odd /= 2;
  return nearest_multiple(odd, wanted);
}

long long most_ranks(long long batch, long long chips) {
  return std::gcd(batch, chips);
}

}  // namespace orrery
