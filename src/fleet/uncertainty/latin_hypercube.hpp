#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace orrery {

/// Spearman's rank correlation that two inputs of a Latin hypercube are wanted to have; pairs that are not named have
/// 0.
struct RankCorrelation {
  int a = 0, b = 0;
  double rho = 0;  ///< -1 .. 1.
};

/// Quantiles in (0, 1) of some inputs in some draws: an input's value in a draw is `law.quantile(matrix(draw, input))`.
class QuantileMatrix {
 public:
  QuantileMatrix(int draws, int inputs);

  int draws() const { return draws_; }
  int inputs() const { return inputs_; }
  double operator()(int draw, int input) const { return values_[place(draw, input)]; }
  double& operator()(int draw, int input) { return values_[place(draw, input)]; }
  /// The quantiles of all inputs in one draw.
  std::span<const double> row(int draw) const {
    return std::span(values_).subspan(place(draw, 0), static_cast<std::size_t>(inputs_));
  }

 private:
  std::size_t place(int draw, int input) const {
    return static_cast<std::size_t>(draw) * static_cast<std::size_t>(inputs_) + static_cast<std::size_t>(input);
  }

  int draws_, inputs_;
  std::vector<double> values_;
};

/// A Latin hypercube sample (McKay, Beckman and Conover 1979): each input has exactly one of its `draws` values in each
/// of as many equally likely strata, so that means and quantiles settle sooner than those of independent draws do.
///
/// Rank correlations are induced by rearranging, after Iman and Conover, "A distribution-free approach to inducing rank
/// correlation among input variables" (1982): normal scores in random order, made orthogonal, mixed by the Cholesky
/// factor of the wanted correlation of a Gaussian copula (r = 2 sin(pi rho / 6)), and ranked again. Pairs that are
/// wanted to be independent lose their chance correlation too.
///
/// An input's quantiles depend on the inputs before it, on none after it: one more input changes nothing of the others.
/// `correlations`  are possible together (`copula_factor`); `draws` at least 1. `purpose`: as of `Rng::stream`.
QuantileMatrix latin_hypercube(std::uint64_t seed, std::string_view purpose, int draws, int inputs,
                               std::span<const RankCorrelation> correlations = {});

/// The quantile of one of many inputs under a common shock, from the shock's quantile and its own: any two such inputs
/// have Spearman's correlation `rho` (0 .. 1). For inputs too many for a place each in the hypercube; the quantile is
/// uniform, but not stratified.
double shocked_quantile(double shock, double own, double rho);

}  // namespace orrery
