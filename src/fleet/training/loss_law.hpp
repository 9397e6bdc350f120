#pragma once

#include <string>

#include "base/quantity.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// A constant that was fitted, with its 95 % interval; `low` = `high` = `value` where none is known.
struct FittedConstant {
  double value = 0, low = 0, high = 0;
};

/// Loss of a language model on Chinchilla's own data, L = E + A / N^alpha + B / D^beta in nats a token, of N parameters
/// trained on D tokens (Hoffmann et al., arXiv:2203.15556, approach 3). On other data and tokenisers E and the scales
/// differ: a relative measure only. Presets: presets/loss.
struct LossLaw {
  std::string name{};
  FittedConstant irreducible;      ///< E
  FittedConstant parameter_scale;  ///< A
  FittedConstant token_scale;      ///< B
  FittedConstant alpha, beta;
  FittedConstant exponent;  ///< Of the optimal N in compute: beta / (alpha + beta), as the bootstrap has it.

  double loss(double parameters, double tokens) const;
};

/// What a number of operations trains to the lowest loss.
struct OptimalTraining {
  double parameters = 0, tokens = 0, loss = 0;
  /// The 95 % interval of the exponent alone, turned about Chinchilla's own compute (5.76e23 FLOP).
  double parameters_low = 0, parameters_high = 0;
  /// The 95 % interval of E alone: what no model of any size gets below.
  double loss_low = 0, loss_high = 0;
};

/// Parameters and tokens with the lowest loss at `compute` = 6 N D: N = G (C / 6)^(beta / (alpha + beta)) with
/// G = (alpha A / (beta B))^(1 / (alpha + beta)) (equation 4 of the paper). `compute` above zero.
OptimalTraining optimal_training(const LossLaw& law, Flops compute);

/// What may be said of a loss law: presets/loss.
const Schema<LossLaw>& loss_law_schema();
/// The preset of that name, which exists: "chinchilla-corrected" (Besiroglu et al., arXiv:2404.10102), "chinchilla".
LossLaw loss_law_preset(const std::string& name = "chinchilla-corrected");

}  // namespace orrery
