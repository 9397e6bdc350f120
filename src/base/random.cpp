#include "base/random.hpp"

#include <Random123/philox.h>

#include <cmath>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr double kTwoPi = 6.283185307179586476925286766559;

/// FNV-1a, 64 bits: fixed by its definition, unlike std::hash.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

std::uint64_t join(std::uint32_t low, std::uint32_t high) {
  return (static_cast<std::uint64_t>(high) << 32U) | low;
}

std::uint32_t low_half(std::uint64_t x) {
  return static_cast<std::uint32_t>(x);
}

std::uint32_t high_half(std::uint64_t x) {
  return static_cast<std::uint32_t>(x >> 32U);
}

}  // namespace

std::array<std::uint32_t, 4> philox_block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  r123::Philox4x32::ctr_type c{};
  r123::Philox4x32::key_type k{};
  for (unsigned i = 0; i < 4; ++i) c[i] = counter[i];
  for (unsigned i = 0; i < 2; ++i) k[i] = key[i];
  const auto out = r123::Philox4x32()(c, k);
  return {out[0], out[1], out[2], out[3]};
}

Rng Rng::stream(std::uint64_t seed, std::string_view purpose, std::uint32_t replicate, std::uint64_t entity) {
  // The 64-bit key must depend on the seed (64 bits), the purpose and the upper half of the entity: one block of the
  // generator itself mixes them. What is left of the block, one word, goes into the counter, so that two purposes share
  // draws only where 96 bits collide.
  const std::uint64_t hash = hash_of(purpose);
  const auto mixed = philox_block({low_half(hash), high_half(hash), high_half(entity), 0x6f727279U},
                                  {low_half(seed), high_half(seed)});
  Rng rng;
  rng.key_ = {mixed[0], mixed[1]};
  rng.counter_ = {0, mixed[2], low_half(entity), replicate};
  return rng;
}

std::uint32_t Rng::next_u32() {
  if (used_ == 4) {
    block_ = philox_block(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

std::uint64_t Rng::next_u64() {
  const std::uint32_t low = next_u32();
  return join(low, next_u32());
}

double Rng::uniform01() {
  return static_cast<double>(next_u64() >> 11U) * 0x1p-53;
}

double Rng::uniform(double low, double high) {
  const double x = low + (high - low) * uniform01();
  return x < high ? x : low;  // The sum may round up to the end.
}

std::uint64_t Rng::below(std::uint64_t n) {
  ORRERY_CHECK(n > 0, "a draw below zero choices");
  __extension__ using Wide = unsigned __int128;
  Wide product = static_cast<Wide>(next_u64()) * n;
  if (static_cast<std::uint64_t>(product) < n) {
    const std::uint64_t threshold = (0 - n) % n;
    while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>(next_u64()) * n;
  }
  return static_cast<std::uint64_t>(product >> 64U);
}

bool Rng::bernoulli(double p) {
  return uniform01() < p;
}

double Rng::normal(double mean, double deviation) {
  const double radius = std::sqrt(-2 * std::log1p(-uniform01()));
  return mean + deviation * radius * std::cos(kTwoPi * uniform01());
}

double Rng::lognormal(double log_mean, double log_deviation) {
  return std::exp(normal(log_mean, log_deviation));
}

double Rng::exponential(double mean) {
  return -mean * std::log1p(-uniform01());
}

double Rng::weibull(double shape, double scale) {
  return scale * std::pow(-std::log1p(-uniform01()), 1 / shape);
}

double Rng::gamma(double shape, double scale) {
  ORRERY_CHECK(shape > 0 && scale >= 0, "the shape of a gamma distribution is positive");
  if (shape < 1) {
    const double boosted = gamma(shape + 1, scale);
    return boosted * std::pow(1 - uniform01(), 1 / shape);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1 + c * x, 3);
    if (v <= 0) continue;
    if (std::log1p(-uniform01()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v * scale;
  }
}

std::uint64_t Rng::poisson(double mean) {
  ORRERY_CHECK(mean >= 0 && mean < 1e15, "the mean of a Poisson count is between 0 and 1e15");
  std::uint64_t count = 0;
  // The m-th event of a unit-rate process comes at a gamma(m) time x. Before the mean: m events and a Poisson count of
  // the rest. After it: of the m - 1 earlier events each came before the mean with probability mean / x.
  while (mean >= 30) {
    const auto m = static_cast<std::uint64_t>(mean * 7 / 8);
    const double x = gamma(static_cast<double>(m), 1);
    if (x > mean) return count + binomial(m - 1, mean / x);
    count += m;
    mean -= x;
  }
  for (double t = exponential(1.0); t < mean; t += exponential(1.0)) ++count;
  return count;
}

std::uint64_t Rng::binomial(std::uint64_t n, double p) {
  ORRERY_CHECK(p >= 0 && p <= 1, "a probability is between 0 and 1");
  std::uint64_t count = 0;
  // The a-th smallest of n uniforms is beta(a, n + 1 - a) distributed; p falls below or above it.
  while (n > 30 && p > 0 && p < 1) {
    const std::uint64_t a = 1 + n / 2, b = n + 1 - a;
    const double left = gamma(static_cast<double>(a), 1), right = gamma(static_cast<double>(b), 1);
    const double x = left / (left + right);
    if (x >= p) {
      n = a - 1;
      p /= x;
    } else {
      count += a;
      n = b - 1;
      p = (p - x) / (1 - x);
    }
  }
  for (std::uint64_t i = 0; i < n; ++i) count += bernoulli(p) ? 1 : 0;
  return count;
}

}  // namespace orrery
