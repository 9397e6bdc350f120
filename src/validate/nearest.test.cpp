#include "validate/nearest.hpp"

#include <doctest/doctest.h>

namespace orrery {
namespace {

ReferenceMeasurement reference(const char* id, const char* group, int layers, long long chips, const char* chip) {
  ReferenceMeasurement r;
  r.row.id = id;
  r.row.group = group;
  Transformer& m = r.meaning.spec.model;
  m.layers = layers;
  m.hidden = 4096;
  m.attention.heads = m.attention.kv_heads = 32;
  m.attention.head_dim = 128;
  m.ffn = 16384;
  m.vocab = 51200;
  r.meaning.spec.cluster.chip.name = chip;
  r.meaning.spec.cluster.chip.peak_bf16 = 1000_TFLOP_per_s;
  r.meaning.spec.cluster.chips = chips;
  r.meaning.spec.training.global_batch = 8 * chips;
  return r;
}

TEST_CASE("nearest measurements: hand-computed order, one a configuration") {
  const std::vector<ReferenceMeasurement> all = {
      reference("far", "g1", 96, 1024, "H100"), reference("twice the chips", "g2", 32, 128, "H100"),
      reference("same", "g3", 32, 64, "H100"), reference("same again", "g3", 32, 64, "H100"),
      reference("other chip", "g4", 32, 64, "A100")};
  const auto near = nearest_measurements(all[2].meaning.spec, all, 3);
  REQUIRE(near.size() == 3);
  CHECK(near[0].reference->row.id == "same");
  CHECK(near[0].distance == 0);
  CHECK(near[1].reference->row.id == "twice the chips");
  CHECK(near[1].distance == doctest::Approx(0.5));
  CHECK(near[2].reference->row.id == "other chip");
  CHECK(near[2].distance == doctest::Approx(1));
}

TEST_CASE("unlikeness: hand-computed") {
  const StepSpec a = reference("a", "", 32, 64, "H100").meaning.spec;
  StepSpec b = a;
  b.cluster.chip.name = "TPU";
  b.cluster.chip.vendor = "another";
  CHECK(unlikeness(a, b) == doctest::Approx(1 + 2));
  b.cluster.chip.peak_bf16 = 4 * a.cluster.chip.peak_bf16;
  CHECK(unlikeness(a, b) == doctest::Approx(1 + 2 + 2));
  b = a;
  b.training.precision = Precision::Fp16;
  CHECK(unlikeness(a, b) == doctest::Approx(0.25));
  b.training.precision = Precision::Nvfp4;
  CHECK(unlikeness(a, b) == doctest::Approx(2));
  b = a;
  b.training.sequence *= 4;
  b.training.global_batch /= 4;
  CHECK(unlikeness(a, b) == doctest::Approx(1));  // as many tokens a chip
  b.training.global_batch *= 16;
  CHECK(unlikeness(a, b) == doctest::Approx(1 + 2));
}

TEST_CASE("nearest measurements: law, dense and mixtures are not mixed while there is one of the kind") {
  std::vector<ReferenceMeasurement> all = {reference("near", "", 32, 64, "H100"), reference("far", "", 1, 8, "TPU"),
                                           reference("mixture", "", 32, 64, "H100")};
  all[2].meaning.spec.model.experts = Experts{.count = 8, .top_k = 8, .expert_ffn = 2048};
  const auto of_dense = nearest_measurements(all[0].meaning.spec, all, 3);
  REQUIRE(of_dense.size() == 2);
  CHECK(of_dense[1].reference->row.id == "far");
  const auto of_mixture = nearest_measurements(all[2].meaning.spec, all, 3);
  REQUIRE(of_mixture.size() == 1);
  CHECK(of_mixture[0].reference->row.id == "mixture");
  all.pop_back();
  StepSpec mixture = all[0].meaning.spec;
  mixture.model.experts = Experts{.count = 8, .top_k = 2, .expert_ffn = 2048};
  CHECK(nearest_measurements(mixture, all, 3).size() == 2);
}

TEST_CASE("unlikeness: law, symmetric and zero on itself") {
  const auto a = reference("a", "", 12, 8, "H100").meaning.spec, b = reference("b", "", 96, 512, "A100").meaning.spec;
  CHECK(unlikeness(a, b) == doctest::Approx(unlikeness(b, a)));
  CHECK(unlikeness(a, a) == 0);
}

}  // namespace
}  // namespace orrery
