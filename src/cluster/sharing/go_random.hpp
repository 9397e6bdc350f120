#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace orrery {

/// The numbers of Go's `math/rand` of a seed: only for reproducing published runs of programs that drew from it; our
/// own draws come from `Rng`.
///
/// The additive lagged Fibonacci generator x[n] = x[n - 607] + x[n - 273] modulo 2^64 of Mitchell and Reeds. A seed
/// fills its register by a Lehmer generator (48271 modulo 2^31 - 1), and each word is mixed with a word of the register
/// that seed 1 has after 7.8e12 steps. Those are not stored: they follow from the powers of x modulo x^607 - x^334 - 1.
class GoRandom {
 public:
  explicit GoRandom(std::uint64_t seed);

  /// 63 bits: `Int63`.
  std::uint64_t next();
  /// 0 .. n-1, by remainder: `Intn`. n at least 1 and below 2^31.
  std::int32_t below(std::int32_t n);
  /// 0 .. n-1, by product: what `Shuffle` draws.
  std::int32_t below_for_shuffle(std::int32_t n);

  static constexpr std::size_t kLength = 607, kTap = 273;

 private:
  std::array<std::uint64_t, kLength> register_{};
  std::size_t tap_ = 0, feed_ = kLength - kTap;
};

}  // namespace orrery
