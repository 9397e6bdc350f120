#include "import/training_levels.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "hardware/hardware_fields.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

constexpr double kDay = 86400;

Value toml(const std::string& text) {
  Diagnostics diagnostics;
  Value value = read_toml(std::make_shared<const SourceText>(SourceText{"test.toml", text}), diagnostics);
  diagnostics.throw_if_errors();
  return value;
}

/// A run of which chips, tokens and days are published.
struct PublishedRun {
  const char* job;  ///< Tables of the step level.
  const char* machine;
  double tokens, days;
};

Delivery delivered(const PublishedRun& run) {
  Diagnostics diagnostics;
  std::vector<std::string> assumptions;
  TrainingPool pool;
  pool.cluster = load_cluster(run.machine, diagnostics);
  pool.spares_besides = true;
  const TrainingLevels levels = training_levels(toml(""), assumptions, diagnostics);
  const Value job = toml(run.job);
  TrainingTask task;
  task.name = run.machine;
  task.keeps_batch = true;
  task.keeps_layout = job.find("layout") != nullptr;
  task.step = training_step(job, pool.cluster, nullptr, diagnostics);
  diagnostics.throw_if_errors();
  task.compute = Flops(6 * parameters(task.step->model).active * run.tokens);
  const auto delivery = deliver(task, pool, levels);
  REQUIRE(delivery);
  return *delivery;
}

double error_of(const PublishedRun& run) {
  return delivered(run).time.p50 / kDay / run.days - 1;
}

// Days of the four runs of the history table, from the step and run levels alone, with faults of other clusters. Where
// the layout is published it is taken; else the search's.

TEST_CASE("training levels: published, Llama 3.1 405B in 78.4 days") {
  // arXiv:2407.21783; GPU-hours of the model card over 16,384 GPUs.
  const char* job = R"(
    model = "llama-3.1-405b"
    training = { sequence = 8192, global_batch = 2048 }
    layout = { tp = 8, pp = 16, vpp = 8, dp = 128, zero = 2, micro_batch = 1, recompute = "selective" })";
  const PublishedRun run{job, "h100-sxm:16384", 15.6e12, 78.4};
  const Delivery delivery = delivered(run);
  CHECK(delivery.time.p50 / kDay == doctest::Approx(run.days).epsilon(0.15));
  CHECK(delivery.time.p10 / kDay < run.days);
  CHECK(delivery.time.p90 / kDay > run.days);
  // Published: 419 unexpected interruptions in 54 days, one each 3.1 h.
  CHECK(delivery.speed.between_stops.raw() / 3600 > 1.5);
  CHECK(delivery.speed.between_stops.raw() / 3600 < 6);
}

TEST_CASE("training levels: published, LLaMA-65B in 21 days") {
  // arXiv:2302.13971; its layout is not published.
  const char* job = R"(
    model = "llama-65b"
    software = "megatron-2023"
    training = { sequence = 2048, global_batch = 2048 })";
  CHECK(std::abs(error_of({job, "a100-sxm:2048", 1.4e12, 21})) < 0.15);
}

TEST_CASE("training levels: published, DeepSeek-V3 in 54.2 days") {
  // arXiv:2412.19437, table 1. The search's layout: DualPipe is not modelled, in which its own is fast.
  const char* job = R"(
    model = "deepseek-v3"
    training = { sequence = 4096, global_batch = 15360, precision = "fp8-blockwise", expert_imbalance = 1.05 }
    software = { preset = "megatron-2024", fused_dispatch = true, overlap_ep = "full", communication_units = 20 })";
  CHECK(std::abs(error_of({job, "h800:2048", 14.8e12, 54.2})) < 0.15);
}

TEST_CASE("training levels: published, BLOOM in 117 days is a miss, of the step") {
  // BigScience: a step took 105 s, of which the step level finds 88, and hangs of 6 to 18 h went unseen. What a search
  // finds today is faster still; the miss stays in the table (docs/fleet-training.md).
  const char* job = R"(
    model = "bloom-176b"
    software = "megatron-2021"
    training = { sequence = 2048, global_batch = 2048 }
    layout = { tp = 4, pp = 12, dp = 8, zero = 1, micro_batch = 2, recompute = "full", sequence_parallel = false })";
  const double error = error_of({job, "a100-sxm:384", 366e9, 117});
  CHECK(error < -0.15);
  CHECK(error > -0.30);
}

TEST_CASE("training levels: law, a cluster whose parts fail more often delivers less") {
  Diagnostics diagnostics;
  std::vector<std::string> assumptions;
  TrainingPool pool;
  pool.cluster = load_cluster("h100-sxm:1024", diagnostics);
  const Value job = toml("model = \"llama-2-70b\"");
  TrainingTask task;
  task.step = training_step(job, pool.cluster, nullptr, diagnostics);
  task.compute = Flops(1e24);
  double before = 1;
  for (const char* scale : {"0.1", "1", "10"}) {
    const Value root = toml(std::string("[run.faults]\npreset = \"prior\"\nscale = ") + scale);
    const auto delivery = deliver(task, pool, training_levels(root, assumptions, diagnostics));
    diagnostics.throw_if_errors();
    REQUIRE(delivery);
    CHECK(delivery->goodput.p50 < before);
    // One rate, so one goodput; spares come out of the pool.
    CHECK(delivery->goodput.p10 == delivery->goodput.p90);
    CHECK(delivery->speed.chips_used < 1024);
    before = delivery->goodput.p50;
  }
}

TEST_CASE("training levels: what nobody knows is told at its place") {
  Diagnostics diagnostics;
  std::vector<std::string> assumptions;
  const Cluster cluster = load_cluster("h100-sxm", diagnostics);
  CHECK_FALSE(training_step(toml("model = \"lama-2-70b\""), cluster, nullptr, diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].hint == "did you mean `llama-2-70b`?");
  Diagnostics of_run;
  training_levels(toml("run.faults = \"priors\""), assumptions, of_run);
  CHECK(of_run.has_errors());
}

}  // namespace
}  // namespace orrery
