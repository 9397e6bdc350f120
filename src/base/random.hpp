#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace orrery {

/// One stream of random numbers, a pure function of what it is for: the same (seed, purpose, replicate, entity) gives
/// the same draws on any machine, for any number of threads and in any order of the streams.
///
/// Philox4x32-10, a counter-based generator (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// The seed is the key together with a hash of the purpose; replicate, entity and the place in the stream are the
/// counter. A stream holds 2^32 blocks of 128 bits; entities have 64 bits, of which the upper half is folded into the
/// key. Distributions are our own, since those of `std::` differ between standard libraries. They use `log`, `exp`,
/// `sqrt` and `cos` of the C library, whose last bit may differ between libraries.
class Rng {
 public:
  /// `purpose`  what the draws are for, such as "run/failures"; streams of different purposes are independent.
  static Rng stream(std::uint64_t seed, std::string_view purpose, std::uint32_t replicate = 0,
                    std::uint64_t entity = 0);

  std::uint32_t next_u32();
  std::uint64_t next_u64();

  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform01();
  /// Uniform in [low, high).
  double uniform(double low, double high);
  /// Uniform in 0 .. n-1 without bias (Lemire 2019, "Fast random integer generation in an interval"); n at least 1.
  std::uint64_t below(std::uint64_t n);
  /// True with probability p.
  bool bernoulli(double p);
  /// Normal with this mean and standard deviation (Box and Muller 1958; uses one of the pair).
  double normal(double mean = 0.0, double deviation = 1.0);
  /// exp of a normal: `log_mean` and `log_deviation` are those of the logarithm; the median is exp(log_mean).
  double lognormal(double log_mean, double log_deviation);
  /// Exponential with this mean: -mean ln(1 - U). Takes and returns the same unit.
  double exponential(double mean);
  template <class Q>
  Q exponential(Q mean) {
    return Q(exponential(mean.raw()));
  }
  /// Weibull, P(X > x) = exp(-(x / scale)^shape): scale (-ln(1 - U))^(1 / shape).
  double weibull(double shape, double scale);
  /// Gamma with mean shape x scale (Marsaglia and Tsang 2000; below shape 1 by their boost U^(1/shape)).
  double gamma(double shape, double scale);
  /// Poisson count with this mean: by exponential gaps below 30, otherwise by halving (Ahrens and Dieter 1974).
  std::uint64_t poisson(double mean);
  /// Binomial count of n trials, by halving with beta draws (Ahrens and Dieter 1974), so cheap for large n.
  std::uint64_t binomial(std::uint64_t n, double p);

 private:
  std::array<std::uint32_t, 4> counter_{};
  std::array<std::uint32_t, 2> key_{};
  std::array<std::uint32_t, 4> block_{};
  unsigned used_ = 4;  // Words of `block_` that were given out.
};

/// One block of Philox4x32-10: for known-answer tests and for draws that need no stream.
std::array<std::uint32_t, 4> philox_block(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

}  // namespace orrery
