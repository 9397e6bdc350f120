#include "validate/baseline.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/check.hpp"

namespace orrery {
namespace {

StepSpec spec(int hidden, int layers, long long chips, long long batch) {
  StepSpec s;
  s.model.layers = layers;
  s.model.hidden = hidden;
  s.model.attention.heads = s.model.attention.kv_heads = hidden / 128;
  s.model.attention.head_dim = 128;
  s.model.ffn = 4 * hidden;
  s.model.vocab = 51200;
  s.cluster.chip.peak_bf16 = 312_TFLOP_per_s;
  s.cluster.chip.memory_bandwidth = 2_TB_per_s;
  s.cluster.node.scale_out_bandwidth = 25_GB_per_s;
  s.cluster.chips = chips;
  s.layout.dp = static_cast<int>(chips);
  s.training.global_batch = batch;
  return s;
}

TEST_CASE("cholesky: hand-computed") {
  // [4 2; 2 3] x = [10; 9] has x = (1.5, 2).
  const auto x = solve_cholesky({4, 2, 2, 3}, {10, 9});
  CHECK(x[0] == doctest::Approx(1.5));
  CHECK(x[1] == doctest::Approx(2.0));
  CHECK_THROWS_AS(solve_cholesky({1, 2, 2, 1}, {1, 1}), InternalError);
}

TEST_CASE("ridge: law, a plane is recovered, a constant feature does no harm") {
  std::vector<std::vector<double>> rows;
  std::vector<double> targets;
  for (int i = 0; i < 20; ++i) {
    const double a = i % 5, b = i / 5;
    rows.push_back({a, b, 7});
    targets.push_back(1 + 2 * a - 3 * b);
  }
  const Ridge ridge(rows, targets, 0);
  CHECK(ridge({1.5, 2.5, 7}) == doctest::Approx(1 + 3 - 7.5));
  CHECK(ridge({10, 10, 7}) == doctest::Approx(ridge({4, 3, 7})));  // no extrapolation
  CHECK(Ridge({}, {}, 1)({}) == 0);
}

TEST_CASE("baseline: law, what follows a power law is learned") {
  std::vector<BaselineRow> rows;
  int i = 0;
  for (const int hidden : {1024, 2048, 4096, 8192}) {
    for (const int chips : {8, 16, 32, 64, 128}) {
      for (const int batch : {256, 512, 1024}) {
        StepSpec s = spec(hidden, 24, chips, batch);
        const double flops =
            training_flops(s.model, 2048.0 * batch, s.training.sequence, AttentionFlops::Full).raw() / chips;
        rows.push_back({"law", i++ % 2 == 0, s, Seconds(flops / 150e12)});
      }
    }
  }
  const auto scores = score_baseline(rows);
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].family == "law");
  CHECK(scores[0].configurations == 30);
  CHECK(scores[0].mape < 0.02);
  CHECK(scores[1].family == "all");
}

}  // namespace
}  // namespace orrery
