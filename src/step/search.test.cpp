#include "step/search.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "step/test_random.hpp"

namespace orrery {
namespace {

StepSpec job(const Transformer& model, const Cluster& cluster, long long global_batch) {
  StepSpec spec;
  spec.model = model;
  spec.cluster = cluster;
  spec.training.global_batch = global_batch;
  return spec;
}

/// The fastest layout that fits, by executing every layout that a nest of plain loops finds.
std::optional<PlannedLayout> brute_force(StepSpec spec, const CollectiveModel& network) {
  std::optional<PlannedLayout> best;
  const int chips = static_cast<int>(spec.cluster.chips);
  const int batch = static_cast<int>(spec.training.global_batch);
  Layout l;
  const auto attempt = [&] {
    spec.layout = l;
    const auto result = simulate_step(spec, network);
    if (!result || !result->fits()) return;
    if (!best || result->step_time < best->result.step_time) best = PlannedLayout{l, {}, *result};
  };
  for (l.tp = 1; l.tp <= chips; ++l.tp) {
    for (l.pp = 1; l.pp <= std::min(chips, spec.model.layers); ++l.pp) {
      if (chips % (l.tp * l.pp) != 0) continue;
      l.dp = chips / (l.tp * l.pp);
      for (l.vpp = 1; l.vpp <= spec.model.layers / l.pp; ++l.vpp) {
        if (spec.model.layers / l.pp % l.vpp != 0) continue;
        for (l.ep = 1; l.ep <= (spec.model.experts ? spec.model.experts->count : 1); ++l.ep) {
          for (const int expert_tp : {1, l.tp}) {
            l.expert_tp = spec.model.experts ? expert_tp : 1;
            for (l.micro_batch = 1; l.micro_batch <= batch; ++l.micro_batch) {
              for (const int zero : {0, 1, 3}) {
                if ((zero > 0 && l.dp == 1) || (zero == 3 && l.pp > 1)) continue;
                l.zero = zero;
                for (const Recompute recompute : {Recompute::None, Recompute::Selective, Recompute::Full}) {
                  l.recompute = recompute;
                  for (const bool sp : {false, true}) {
                    l.sequence_parallel = sp;
                    if (!sp || l.tp > 1) attempt();
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return best;
}

void check_argmin(const StepSpec& spec) {
  const HierarchicalModel network(spec.cluster);
  PlanOptions options;
  options.space.cp = {1};
  const auto plan = plan_layouts(spec, network, options);
  const auto best = brute_force(spec, network);
  REQUIRE(best);
  REQUIRE(plan);
  CAPTURE(describe(best->layout));
  CAPTURE(describe(plan->best.front().layout));
  CHECK(plan->best.front().result.step_time.raw() == doctest::Approx(best->result.step_time.raw()).epsilon(1e-12));
}

/// Everything that a plan says about its layouts, as text: two plans with the same text are the same.
std::string text(const Plan& plan) {
  std::string all;
  const auto add = [&](const Layout& layout, Seconds time, Bytes memory) {
    all += describe(layout) + " " + std::to_string(layout.sequence_parallel) + " " + std::to_string(time.raw()) + " " +
           std::to_string(memory.raw()) + "\n";
  };
  for (const auto* list : {&plan.best, &plan.pareto}) {
    for (const PlannedLayout& p : *list) add(p.layout, p.result.step_time, p.result.peak_memory());
  }
  for (const Alternative& a : plan.alternatives) {
    all += a.axis + " ";
    add(a.candidate.layout, a.candidate.cost.time, a.candidate.cost.memory);
  }
  return all + std::to_string(plan.counts.costed) + " " + std::to_string(plan.counts.settled);
}

StepSpec tight_job() {
  // 13 billion parameters of 18 bytes on 16 chips: some layouts fit and some do not.
  return job(test::gpt(40, 5120, 40), test::a100_cluster(16), 64);
}

}  // namespace

TEST_CASE("plan: oracle, the argmin of spaces small enough to enumerate") {
  const auto models = test::small_models();
  check_argmin(job(models[0], test::a100_cluster(8), 16));
  check_argmin(job(test::gpt(20, 5120, 40), test::a100_cluster(8), 12));  // memory is tight
  check_argmin(job(models[3], test::h100_cluster(16), 24));               // 30 layers
  check_argmin(job(models[4], test::h100_cluster(8), 8));                 // experts
  check_argmin(job(models[6], test::a100_cluster(16), 8));                // windows, 26 layers
}

TEST_CASE("plan: law, every axis can be bound, and layouts that are asked for are costed as they run") {
  StepSpec spec = job(test::small_models()[4], test::h100_cluster(64), 64);  // experts
  const HierarchicalModel network(spec.cluster);
  const auto each = [&](const SearchSpace& space, const std::function<bool(const Layout&)>& holds) {
    long long seen = 0;
    for_each_layout(spec, network, space, [&](const StepSpec& one, const LayoutCost& cost) {
      ++seen;
      CAPTURE(describe(one.layout));
      CHECK(holds(one.layout));
      if (seen % 16 != 1) return;
      const auto result = simulate_step(one, network);
      REQUIRE(result);
      CHECK(result->peak_memory() == cost.memory);
      CHECK(result->step_time.raw() == doctest::Approx(cost.time.raw()).epsilon(0.2));
    });
    CHECK(seen > 0);
  };
  each({.tp = {4}}, [](const Layout& l) { return l.tp == 4; });
  each({.pp = {2, 8}}, [](const Layout& l) { return l.pp == 2 || l.pp == 8; });
  each({.pp = {4}, .vpp = {3}}, [](const Layout& l) { return l.vpp == 3; });  // 16 layers in 12 chunks
  each({.cp = {2}}, [](const Layout& l) { return l.cp == 2; });
  each({.ep = {8}}, [](const Layout& l) { return l.ep == 8; });
  each({.tp = {4}, .expert_tp = {2}}, [](const Layout& l) { return l.expert_tp == 2; });
  each({.micro_batch = {2}}, [](const Layout& l) { return l.micro_batch == 2; });
  each({.pp = {4}, .zero = {3}}, [](const Layout& l) { return l.zero == 3; });
  each({.zero = {2}}, [](const Layout& l) { return l.zero == 2; });
  each({.tp = {8}, .pp = {8}, .zero = {1}}, [](const Layout& l) { return l.dp == 1 && l.zero == 1; });
  each({.recompute = {Recompute::Full}}, [](const Layout& l) { return l.recompute == Recompute::Full; });
  each({.max_tp = 2}, [](const Layout& l) { return l.tp <= 2; });
  each({.max_cp = 2}, [](const Layout& l) { return l.cp <= 2; });
  spec.model = test::gpt(24, 2048, 16);
  each({.sequence_parallel = {false}}, [](const Layout& l) { return !l.sequence_parallel; });
  each({.tp = {16}, .max_tp = 2}, [](const Layout& l) { return l.tp == 16; });  // a list is taken at its word
}

TEST_CASE("plan: law, the same for any number of threads") {
  const StepSpec spec = tight_job();
  const HierarchicalModel network(spec.cluster);
  PlanOptions options;
  options.fewer_chips = true;
  const auto one = plan_layouts(spec, network, options);
  options.threads = 3;
  const auto three = plan_layouts(spec, network, options);
  REQUIRE(one);
  REQUIRE(three);
  CHECK(text(*one) == text(*three));
}

TEST_CASE("plan: law, no alternative beats the answer, and at most four values of an axis are shown") {
  for (const StepSpec& spec : {tight_job(), job(test::small_models()[5], test::h100_cluster(32), 64),
                               job(test::small_models()[3], test::a100_cluster(32), 96)}) {
    const HierarchicalModel network(spec.cluster);
    const auto plan = plan_layouts(spec, network, {});
    REQUIRE(plan);
    CHECK(!plan->alternatives.empty());
    std::map<std::string, int> values;
    for (const Alternative& other : plan->alternatives) {
      CAPTURE(other.axis);
      ++values[other.axis.substr(0, other.axis.find('='))];
      if (!other.fits) {
        CHECK(other.candidate.cost.memory > spec.cluster.chip.memory);
        continue;
      }
      CHECK(other.slowdown >= 0);
      CHECK(other.candidate.cost.time >= plan->best.front().result.step_time);
      CHECK(other.candidate.cost.memory <= spec.cluster.chip.memory);
    }
    for (const auto& [axis, count] : values) CHECK(count <= 4);
    for (std::size_t i = 1; i < plan->best.size(); ++i) {
      CHECK(plan->best[i - 1].result.step_time <= plan->best[i].result.step_time);
    }
  }
}

TEST_CASE("plan: law, no member of the front beats another in time, memory and chips, and the fastest is in it") {
  const StepSpec spec = tight_job();
  const HierarchicalModel network(spec.cluster);
  PlanOptions options;
  options.fewer_chips = true;
  const auto plan = plan_layouts(spec, network, options);
  REQUIRE(plan);
  bool holds_answer = false, holds_fewer = false;
  for (const PlannedLayout& a : plan->pareto) {
    holds_answer |= a.result.step_time <= plan->best.front().result.step_time;
    holds_fewer |= a.layout.chips() < spec.cluster.chips;
    for (const PlannedLayout& b : plan->pareto) {
      if (&a == &b) continue;
      const bool beats = a.result.step_time <= b.result.step_time && a.result.peak_memory() <= b.result.peak_memory() &&
                         a.layout.chips() <= b.layout.chips();
      CHECK_FALSE(beats);
    }
  }
  CHECK(holds_answer);
  CHECK(holds_fewer);
}

TEST_CASE("plan: law, the upper end of the interval decides") {
  // The winner is said to take up to twice as long, the others at most as long as predicted.
  const StepSpec spec = tight_job();
  const HierarchicalModel network(spec.cluster);
  PlanOptions options;
  const auto plain = plan_layouts(spec, network, options);
  REQUIRE(plain);
  const Seconds fastest = plain->best.front().result.step_time;
  options.upper_factor = [&](const StepResult& r) { return r.step_time <= 1.001 * fastest ? 2.0 : 1.0; };
  const auto careful = plan_layouts(spec, network, options);
  REQUIRE(careful);
  CHECK(careful->best.front().result.step_time > 1.001 * fastest);
}

TEST_CASE("plan: hand-computed, nothing fits") {
  // 175 billion parameters of at least 2 + 4 bytes do not fit on 8 chips of 80 GiB, however they are laid out.
  const StepSpec spec = job(test::gpt(96, 12288, 96), test::a100_cluster(8), 8);
  const auto plan = plan_layouts(spec, HierarchicalModel(spec.cluster), {});
  REQUIRE_FALSE(plan);
  REQUIRE(plan.error().closest);
  CHECK(plan.error().closest->cost.memory.raw() > 6 * 175e9 / 8);
  CHECK(plan.error().closest->cost.memory > spec.cluster.chip.memory);
}

TEST_CASE("plan: hand-computed, nothing divides") {
  // 7 chips can be neither tensor parallel (16 heads) nor data parallel (1 sequence), and stages are not allowed.
  StepSpec spec = job(test::small_models()[0], test::a100_cluster(7), 1);
  PlanOptions options;
  options.space.pp = {1};
  const auto plan = plan_layouts(spec, HierarchicalModel(spec.cluster), options);
  REQUIRE_FALSE(plan);
  CHECK_FALSE(plan.error().closest);
}

}  // namespace orrery
