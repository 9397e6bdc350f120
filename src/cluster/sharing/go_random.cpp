#include "cluster/sharing/go_random.hpp"

#include <vector>

namespace orrery {
namespace {

constexpr std::size_t kLength = GoRandom::kLength, kTap = GoRandom::kTap;
using Words = std::array<std::uint64_t, kLength>;

/// Lehmer's generator.
class Lehmer {
 public:
  explicit Lehmer(std::uint64_t seed) : x_(seed % kModulus == 0 ? 89482311 : seed % kModulus) {
    for (int i = 0; i < 20; ++i) next();
  }
  std::uint64_t next() { return x_ = x_ * 48271 % kModulus; }
  /// Three numbers joined, each `shift` bits above the next.
  std::uint64_t word(unsigned shift) {
    const std::uint64_t high = next(), middle = next();
    return (high << 2 * shift) ^ (middle << shift) ^ next();
  }

 private:
  static constexpr std::uint64_t kModulus = (1ULL << 31U) - 1;
  std::uint64_t x_;
};

/// Place in the register of the number of step n, n counted from 606 steps before the first, which is written there.
std::size_t place_of(std::uint64_t n) {
  // Step 1 (n = 607) writes just below the feed, and each further step one below.
  return (kLength - kTap + kLength - 1 - n % kLength) % kLength;
}

/// Coefficients c with x^steps = sum of c[i] x^i modulo x^607 - x^334 - 1.
Words power_of_x(std::uint64_t steps) {
  Words power{};
  power[0] = 1;
  for (int bit = 63; bit >= 0; --bit) {
    std::vector<std::uint64_t> square(2 * kLength, 0);
    const std::size_t shift = (steps >> static_cast<unsigned>(bit)) & 1U;
    for (std::size_t i = 0; i < kLength; ++i) {
      if (power[i] == 0) continue;
      for (std::size_t j = 0; j < kLength; ++j) square[i + j + shift] += power[i] * power[j];
    }
    for (std::size_t i = square.size() - 1; i >= kLength; --i) {
      square[i - kLength] += square[i];
      square[i - kTap] += square[i];
    }
    for (std::size_t i = 0; i < kLength; ++i) power[i] = square[i];
  }
  return power;
}

/// The register of seed 1 after 7.8e12 steps.
Words register_far_on() {
  constexpr std::uint64_t kSteps = 7'800'000'000'000;
  Words first{};
  Lehmer lehmer(1);
  for (std::uint64_t& word : first) word = lehmer.word(10);
  std::vector<std::uint64_t> x(2 * kLength);
  for (std::size_t n = 0; n < kLength; ++n) x[n] = first[place_of(n)];
  for (std::size_t n = kLength; n < x.size(); ++n) x[n] = x[n - kLength] + x[n - kTap];
  const Words power = power_of_x(kSteps);
  Words far{};
  for (std::size_t n = 0; n < kLength; ++n) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kLength; ++i) sum += power[i] * x[n + i];
    far[place_of(kSteps + n)] = sum;
  }
  return far;
}

}  // namespace

GoRandom::GoRandom(std::uint64_t seed) {
  static const Words far = register_far_on();
  Lehmer lehmer(seed);
  for (std::size_t i = 0; i < kLength; ++i) register_[i] = lehmer.word(20) ^ far[i];
}

std::uint64_t GoRandom::next() {
  tap_ = (tap_ + kLength - 1) % kLength;
  feed_ = (feed_ + kLength - 1) % kLength;
  register_[feed_] += register_[tap_];
  return register_[feed_] & ((1ULL << 63U) - 1);
}

std::int32_t GoRandom::below(std::int32_t n) {
  constexpr std::uint64_t kRange = 1ULL << 31U;
  const auto size = static_cast<std::uint64_t>(n);
  const std::uint64_t fair = kRange - kRange % size;
  std::uint64_t drawn = next() >> 32U;
  while (drawn >= fair) drawn = next() >> 32U;
  return static_cast<std::int32_t>(drawn % size);
}

std::int32_t GoRandom::below_for_shuffle(std::int32_t n) {
  constexpr std::uint64_t kRange = 1ULL << 32U;
  const auto size = static_cast<std::uint64_t>(n);
  const std::uint64_t unfair = kRange % size;
  std::uint64_t product = (next() >> 31U) * size;
  while (product % kRange < unfair) product = (next() >> 31U) * size;
  return static_cast<std::int32_t>(product / kRange);
}

}  // namespace orrery
