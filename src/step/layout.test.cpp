#include "step/layout.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "base/random.hpp"
#include "step/test_random.hpp"

namespace orrery {

TEST_CASE("layout: hand-computed layers of chunks, the short ones at the ends, the last first") {
  CHECK(layers_by_chunk(8, 4) == std::vector{2, 2, 2, 2});
  CHECK(layers_by_chunk(7, 4) == std::vector{2, 2, 2, 1});
  CHECK(layers_by_chunk(6, 4) == std::vector{1, 2, 2, 1});
  CHECK(layers_by_chunk(5, 4) == std::vector{1, 2, 1, 1});
  CHECK(layers_by_chunk(2, 4) == std::vector{0, 1, 1, 0});
}

TEST_CASE("layout: published, Llama 3 405B takes a layer from the first and from the last of 16 stages") {
  // arXiv:2407.21783, section 3.3.2: 126 layers = 14 x 8 + 2 x 7.
  const std::vector<int> layers = layers_by_chunk(126, 16);
  CHECK(layers.front() == 7);
  CHECK(layers.back() == 7);
  CHECK(std::all_of(layers.begin() + 1, layers.end() - 1, [](int n) { return n == 8; }));
}

TEST_CASE("layout: law, chunks hold all layers and differ by at most one") {
  for (int layers = 1; layers < 40; ++layers) {
    for (int chunks = 1; chunks <= layers + 2; ++chunks) {
      const std::vector<int> sizes = layers_by_chunk(layers, chunks);
      CHECK(std::accumulate(sizes.begin(), sizes.end(), 0) == layers);
      const auto [least, most] = std::minmax_element(sizes.begin(), sizes.end());
      CHECK(*most - *least <= 1);
    }
  }
}

TEST_CASE("layout: law, chunks of a model with prediction modules hold its layers, the last ones fewer") {
  for (int chunks = 1; chunks <= 16; ++chunks) {
    const Transformer model = test::small_models().back();
    REQUIRE(model.mtp_layers == 1);
    const std::vector<int> sizes = layers_by_chunk(model, chunks);
    CAPTURE(chunks);
    CHECK(std::accumulate(sizes.begin(), sizes.end(), 0) == model.layers);
    CHECK(*std::min_element(sizes.begin(), sizes.end()) >= 0);
    CHECK(sizes.back() <= sizes[sizes.size() / 2]);
  }
}

TEST_CASE("layout: hand-computed reasons why a layout cannot run") {
  StepSpec good = test::gpt3_on_512_a100();
  good.layout = {.tp = 8, .pp = 8, .vpp = 3, .dp = 8, .sequence_parallel = true};
  CHECK(layout_problem(good) == "");
  const auto problem = [&](auto change) {
    StepSpec spec = good;
    change(spec.layout);
    return layout_problem(spec);
  };
  const auto mentions = [](const std::string& text, const char* what) { return text.find(what) != std::string::npos; };
  CHECK(mentions(problem([](Layout& l) { l.dp = 4; }), "512 chips"));
  CHECK(mentions(problem([](Layout& l) { l.tp = 64, l.dp = 1; }), "tp=64 does not divide 96 attention heads"));
  CHECK(mentions(problem([](Layout& l) { l.micro_batch = 5; }), "global batch of 1,536"));
  CHECK(mentions(problem([](Layout& l) { l.vpp = 20; }), "only 96 layers"));
  CHECK(mentions(problem([](Layout& l) { l.ep = 2; }), "no experts"));
  CHECK(mentions(problem([](Layout& l) { l.micro_batch = 64; }), "at least pp=8 micro-batches, there are 3"));
  CHECK(mentions(problem([](Layout& l) { l.schedule = Schedule::GPipe; }), "GPipe"));
  CHECK(mentions(problem([](Layout& l) { l.zero = 4; }), "zero"));
  CHECK(mentions(problem([](Layout& l) { l.shard_group = 2; }), "zero is 0"));
  CHECK(mentions(problem([](Layout& l) { l.zero = 1, l.shard_group = 3; }), "shard_group=3"));
  CHECK(mentions(problem([](Layout& l) { l.pp = 0; }), "pp must be at least 1"));
  StepSpec odd = good;
  odd.training.sequence = 2047;
  odd.layout.sequence_parallel = true;
  CHECK(mentions(layout_problem(odd), "does not divide the 2,047 tokens"));
  odd.layout.cp = 2;
  odd.layout.dp /= 2;
  CHECK(mentions(layout_problem(odd), "2 x cp does not divide"));
  CHECK(micro_batches(good) == 192);
}

TEST_CASE("layout: hand-computed, all reasons at once, with the inputs concerned and the nearest value that divides") {
  StepSpec spec = test::gpt3_on_512_a100();
  spec.layout = {.tp = 7, .pp = 8, .vpp = 20, .ep = 2, .dp = 8, .shard_group = 3};
  const std::vector<LayoutProblem> problems = layout_problems(spec);
  const auto about = [&](const char* key) -> const LayoutProblem* {
    const auto has = [&](const LayoutProblem& p) { return p.keys.front() == key; };
    const auto found = std::find_if(problems.begin(), problems.end(), has);
    return found == problems.end() ? nullptr : &*found;
  };
  // 7 x 8 x 8 = 448 chips of 512, which 7 does not divide; pp = 8 x vpp = 20 against 96 layers and two ends.
  CHECK(problems.front().message == "tp x pp x cp x dp = 448 but the cluster has 512 chips");
  REQUIRE(about("layout.tp"));
  REQUIRE(about("layout.vpp"));
  REQUIRE(about("layout.ep"));
  REQUIRE(about("layout.shard_group"));
  CHECK(about("layout.tp")->hint == "nearest that divides: tp=8");
  CHECK(about("layout.vpp")->hint == "at most vpp=12");
  spec.layout = {.tp = 8, .pp = 8, .dp = 8, .micro_batch = 5};
  REQUIRE(layout_problems(spec).size() == 1);
  CHECK(layout_problems(spec).front().hint == "nearest that divides: micro_batch=6");  // 1536 / 8 = 192 = 6 x 32
  spec.layout = {.tp = 8, .pp = 8, .dp = 4};
  REQUIRE(layout_problems(spec).size() == 1);
  CHECK(layout_problems(spec).front().hint == "dp=8 fills them");
  constexpr int kHuge = 2'000'000'000;
  spec.layout = {.tp = kHuge, .pp = kHuge, .vpp = kHuge, .cp = kHuge, .dp = kHuge, .micro_batch = kHuge};
  CHECK(layout_problems(spec).size() == 2);  // too many stages, and chips
  spec.layout = {.tp = 8, .pp = 8, .dp = 8, .shard_group = kHuge, .micro_batch = kHuge};
  CHECK(layout_problems(spec).size() == 3);  // nothing is sharded, the group and the batch do not divide
  spec.layout = {.tp = 0, .pp = 0};
  CHECK(layout_problems(spec).size() == 2);
}

TEST_CASE("layout: law, the first reason is the one that is told alone, and there is none where it runs") {
  Rng rng = Rng::stream(7, "layout problems");
  for (int i = 0; i < 2000; ++i) {
    StepSpec spec = test::gpt3_on_512_a100();
    const auto any = [&](int most) { return static_cast<int>(rng.below(static_cast<std::uint64_t>(most) + 1)); };
    spec.layout = {.tp = any(12), .pp = any(12), .vpp = any(4), .cp = any(3), .ep = any(2), .dp = any(16)};
    spec.layout.zero = any(4);
    spec.layout.shard_group = any(4);
    const std::vector<LayoutProblem> all = layout_problems(spec);
    CAPTURE(describe(spec.layout));
    CHECK((all.empty() ? "" : all.front().message) == layout_problem(spec));
  }
}

TEST_CASE("layout: hand-computed, a vocabulary over ranks and the share of layers that recompute") {
  Transformer model = test::gpt(30, 1024, 16);
  model.vocab = 50257;
  CHECK(vocab_per_chip(model, {.tp = 1}) == 50257);
  CHECK(vocab_per_chip(model, {.tp = 8}) == 6283);  // 50,264 in all
  CHECK(recomputed_share(model, {.pp = 4}) == 1);
  CHECK(recomputed_share(model, {.pp = 4, .recompute_layers = 3}) == 0.4);  // of 7.5
  CHECK(recomputed_share(model, {.pp = 4, .recompute_layers = 9}) == 1);
}

TEST_CASE("layout: hand-computed text") {
  CHECK(describe({.tp = 8, .pp = 16, .vpp = 4, .dp = 128, .zero = 1}) ==
        "tp=8 pp=16 vpp=4 dp=128 zero=1, micro-batch 1, recompute none");
}

}  // namespace orrery
