#include "fleet/training/loss_law.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"

namespace orrery {
namespace {

TEST_CASE("loss law: published, compute-optimal models by the corrected constants") {
  // The worked answers of the design: parameters, tokens and loss at three sizes.
  const LossLaw law = loss_law_preset();
  const struct {
    double compute, parameters, tokens, loss;
  } rows[] = {{5.76e23, 72e9, 1.33e12, 1.974}, {1e25, 312e9, 5.3e12, 1.911}, {3.5e26, 1.93e12, 30e12, 1.867}};
  for (const auto& row : rows) {
    const OptimalTraining best = optimal_training(law, Flops(row.compute));
    CHECK(best.parameters == doctest::Approx(row.parameters).epsilon(0.01));
    CHECK(best.tokens == doctest::Approx(row.tokens).epsilon(0.02));
    CHECK(best.loss == doctest::Approx(row.loss).epsilon(0.0005));
  }
  // About 20 tokens a parameter, as both papers agree.
  const OptimalTraining chinchilla = optimal_training(law, Flops(5.76e23));
  CHECK(chinchilla.tokens / chinchilla.parameters == doctest::Approx(18.5).epsilon(0.02));
}

TEST_CASE("loss law: hand-computed, Chinchilla itself") {
  // 1.69 + 406.4 / (70e9)^0.34 + 410.7 / (1.4e12)^0.28 = 1.69 + 0.0836 + 0.1633
  CHECK(loss_law_preset("chinchilla").loss(70e9, 1.4e12) == doctest::Approx(1.937).epsilon(0.001));
  // 1.8169 + 482.01 / (70e9)^0.3478 + 2085.43 / (1.4e12)^0.3658 = 1.8169 + 0.0822 + 0.0748
  CHECK(loss_law_preset().loss(70e9, 1.4e12) == doctest::Approx(1.974).epsilon(0.001));
}

TEST_CASE("loss law: law, the optimum is one, and more of anything never hurts") {
  for (const char* name : {"chinchilla", "chinchilla-corrected"}) {
    const LossLaw law = loss_law_preset(name);
    Rng rng = Rng::stream(7, "test/loss");
    for (int i = 0; i < 200; ++i) {
      const double compute = std::pow(10, rng.uniform(19, 30));
      CAPTURE(compute);
      const OptimalTraining best = optimal_training(law, Flops(compute));
      CHECK(6 * best.parameters * best.tokens == doctest::Approx(compute));
      for (const double factor : {0.5, 0.9, 1.1, 2.0})
        CHECK(law.loss(best.parameters * factor, best.tokens / factor) > best.loss);
      CHECK(law.loss(best.parameters * 2, best.tokens) < best.loss);
      CHECK(law.loss(best.parameters, best.tokens * 2) < best.loss);
      CHECK(optimal_training(law, Flops(compute * 2)).loss < best.loss);
      CHECK(best.loss > law.irreducible.value);
      CHECK(best.parameters_low <= best.parameters);
      CHECK(best.parameters_high >= best.parameters);
      CHECK(best.loss_low <= best.loss);
      CHECK(best.loss_high >= best.loss);
    }
  }
}

}  // namespace
}  // namespace orrery
