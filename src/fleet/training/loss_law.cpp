#include "fleet/training/loss_law.hpp"

#include <cmath>

#include "base/check.hpp"
#include "scenario/preset.hpp"

namespace orrery {
namespace {

constexpr double kChinchillaCompute = 5.76e23;

const Schema<FittedConstant>& constant_schema() {
  static const Schema<FittedConstant> schema = [] {
    Schema<FittedConstant> s("constant", "A fitted constant.");
    s.number("value", &FittedConstant::value, bounded("As fitted.", "0.3478", 1e-6, 1e6, true))
        .number("low", &FittedConstant::low, bounded("Lower end of its 95 % interval; 0: unknown.", "0.317", 0, 1e6))
        .number("high", &FittedConstant::high, bounded("Upper end; 0: unknown.", "0.373", 0, 1e6));
    return s;
  }();
  return schema;
}

}  // namespace

double LossLaw::loss(double parameters, double tokens) const {
  return irreducible.value + parameter_scale.value / std::pow(parameters, alpha.value) +
         token_scale.value / std::pow(tokens, beta.value);
}

OptimalTraining optimal_training(const LossLaw& law, Flops compute) {
  ORRERY_CHECK(compute.raw() > 0, "something is computed");
  const double sum = law.alpha.value + law.beta.value, pairs = compute.raw() / 6;
  const double scale =
      std::pow(law.alpha.value * law.parameter_scale.value / (law.beta.value * law.token_scale.value), 1 / sum);
  OptimalTraining best;
  best.parameters = scale * std::pow(pairs, law.beta.value / sum);
  best.tokens = pairs / best.parameters;
  best.loss = law.loss(best.parameters, best.tokens);
  const double away = compute.raw() / kChinchillaCompute;
  const double of_low = std::pow(away, law.exponent.low - law.exponent.value);
  const double of_high = std::pow(away, law.exponent.high - law.exponent.value);
  best.parameters_low = best.parameters * std::min(of_low, of_high);
  best.parameters_high = best.parameters * std::max(of_low, of_high);
  best.loss_low = best.loss - law.irreducible.value + law.irreducible.low;
  best.loss_high = best.loss - law.irreducible.value + law.irreducible.high;
  return best;
}

const Schema<LossLaw>& loss_law_schema() {
  static const Schema<LossLaw> schema = [] {
    const auto& constant = constant_schema();
    Schema<LossLaw> s("loss", "Loss of a language model by its parameters and tokens: E + A/N^alpha + B/D^beta.");
    s.text("name", &LossLaw::name, described("Of the law.", "chinchilla-corrected"))
        .table("irreducible", &LossLaw::irreducible, constant, described("E.", ""))
        .table("parameter_scale", &LossLaw::parameter_scale, constant, described("A.", ""))
        .table("token_scale", &LossLaw::token_scale, constant, described("B.", ""))
        .table("alpha", &LossLaw::alpha, constant, described("Exponent of the parameters.", ""))
        .table("beta", &LossLaw::beta, constant, described("Exponent of the tokens.", ""))
        .table("exponent", &LossLaw::exponent, constant,
               described("Of the optimal parameters in compute, beta / (alpha + beta), for its interval.", ""));
    return s;
  }();
  return schema;
}

LossLaw loss_law_preset(const std::string& name) {
  Diagnostics diagnostics;
  const auto preset = find_preset("loss", name, diagnostics);
  ORRERY_CHECK(preset.has_value(), "a loss law that the program names exists");
  LossLaw law;
  loss_law_schema().read(preset->value, law, diagnostics);
  ORRERY_CHECK(!diagnostics.has_errors(), "our presets are sound");
  for (FittedConstant* each :
       {&law.irreducible, &law.parameter_scale, &law.token_scale, &law.alpha, &law.beta, &law.exponent}) {
    if (each->low <= 0) each->low = each->value;
    if (each->high <= 0) each->high = each->value;
  }
  return law;
}

}  // namespace orrery
