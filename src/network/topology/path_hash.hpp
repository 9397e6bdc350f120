#pragma once

#include <cstdint>

namespace orrery {

/// A bijection of 64-bit words that flips each output bit with probability 1/2 for each input bit: the finaliser of
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

/// What a switch hashes of a flow. Real switches hash addresses and ports with functions of their own; this one stands
/// for a good one: every choice on the way is independent of the others (no polarisation).
constexpr std::uint64_t path_hash(std::uint64_t seed, std::uint32_t source, std::uint32_t destination,
                                  std::uint64_t key) {
  const std::uint64_t pair = (static_cast<std::uint64_t>(source) << 32U) | destination;
  return mix(mix(pair + 0x9e3779b97f4a7c15U * (seed + 1)) ^ mix(key + 0x632be59bd9b4e019U));
}

/// The n-th choice of a flow among `choices`.
constexpr std::uint32_t hashed_choice(std::uint64_t hash, std::uint32_t n, std::uint32_t choices) {
  if (choices <= 1) return 0;
  const std::uint64_t word = mix(hash + 0x9e3779b97f4a7c15U * (n + 1));
  return static_cast<std::uint32_t>(((word >> 32U) * choices) >> 32U);
}

}  // namespace orrery
