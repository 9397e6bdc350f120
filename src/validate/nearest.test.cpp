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
  CHECK(near[1].distance == doctest::Approx(1));
  CHECK(near[2].reference->row.id == "other chip");
  CHECK(near[2].distance == doctest::Approx(2));
}

TEST_CASE("unlikeness: law, symmetric and zero on itself") {
  const auto a = reference("a", "", 12, 8, "H100").meaning.spec, b = reference("b", "", 96, 512, "A100").meaning.spec;
  CHECK(unlikeness(a, b) == doctest::Approx(unlikeness(b, a)));
  CHECK(unlikeness(a, a) == 0);
}

}  // namespace
}  // namespace orrery
