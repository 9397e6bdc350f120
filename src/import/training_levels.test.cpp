#include "import/training_levels.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

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

struct Published {
  const char* job;  ///< Tables of the step level.
  const char* machine;
  double tokens, days;
};

Expected<Delivery, CannotTrain> delivered(const Published& run) {
  Diagnostics diagnostics;
  std::vector<std::string> assumptions;
  TrainingPool pool;
  pool.cluster = load_cluster(run.machine, diagnostics);
  pool.spares_besides = true;
  const TrainingLevels levels = training_levels(toml(""), assumptions, diagnostics);
  TrainingTask task;
  task.name = run.job;
  task.keeps_batch = true;
  task.step = training_step(toml(run.job), pool.cluster, nullptr, diagnostics);
  diagnostics.throw_if_errors();
  task.compute = Flops(6 * parameters(task.step->model).active * run.tokens);
  return deliver(task, pool, levels);
}

TEST_CASE("training levels: published, days of runs with the layout that the search finds") {
  const Published runs[] = {
      {"model = \"llama-3.1-405b\"\ntraining = { sequence = 8192, global_batch = 2048 }", "h100-sxm:16384", 15.6e12,
       78.4},
      {"model = \"llama-65b\"\nsoftware=\"megatron-2023\"\ntraining = { sequence = 2048, global_batch = 2048 }",
       "a100-sxm:2048", 1.4e12, 21},
      {"model = \"bloom-176b\"\nsoftware=\"megatron-2021\"\ntraining = { sequence = 2048, global_batch = 2048 }",
       "a100-sxm:384", 366e9, 117},
      {"model = \"deepseek-v3\"\ntraining = { sequence = 4096, global_batch = 15360, precision = \"fp8-blockwise\", "
       "expert_imbalance=1.05 }\nsoftware = { preset=\"megatron-2024\", fused_dispatch = true, overlap_ep = \"full\", "
       "communication_units = 20 }",
       "h800:2048", 14.8e12, 54.2},
  };
  for (const Published& run : runs) {
    const auto d = delivered(run);
    REQUIRE(d);
    MESSAGE(fmt::format(
        "{} days {:.1f} ({:.1f}..{:.1f}) published {} mfu {:.3f} goodput {:.3f} ({:.3f}..{:.3f}) spares {} stops each "
        "{:.1f} h layout {}",
        run.machine, d->time.p50 / kDay, d->time.p10 / kDay, d->time.p90 / kDay, run.days, d->mfu.p50, d->goodput.p50,
        d->goodput.p10, d->goodput.p90, d->spare_nodes, d->between_stops.raw() / 3600, d->step->layout.tp));
  }
}

}  // namespace
}  // namespace orrery
