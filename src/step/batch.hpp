#pragma once

namespace orrery {

/// The global batch nearest to `wanted` that all `chips` can share evenly, or a large part of them where they are more:
/// a multiple of the odd part of their number, times as many twos as leave four multiples in the batch. `wanted` itself
/// where no such number is near.
long long shared_batch(long long wanted, long long chips);

/// The global batch nearest to `wanted` that the odd part of the number of chips divides: the other degrees can take
/// the twos, but seldom an odd factor.
long long divisible_batch(long long wanted, long long chips);

/// The most data-parallel ranks among `chips` that divide a global batch.
long long most_ranks(long long batch, long long chips);

}  // namespace orrery
