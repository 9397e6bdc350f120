// Laws of one training step, on random jobs. A failure prints the trial and the layout.
#include <doctest/doctest.h>

#include <algorithm>

#include "network/hierarchical.hpp"
#include "step/layout.hpp"
#include "step/step.hpp"
#include "step/test_random.hpp"

namespace orrery {
namespace {

constexpr int kTrials = 1000;

StepResult run(const StepSpec& spec) {
  const auto result = simulate_step(spec, HierarchicalModel(spec.cluster));
  REQUIRE(result);
  return *result;
}

template <class Law>
void for_random_jobs(unsigned seed, Law&& law) {
  test::RandomSpecs specs(seed);
  for (int trial = 0; trial < kTrials; ++trial) {
    const StepSpec spec = specs.next();
    CAPTURE(seed);
    CAPTURE(trial);
    CAPTURE(spec.model.layers);
    CAPTURE(describe(spec.layout));
    law(spec);
  }
}

Seconds communication(const Breakdown& parts) {
  return parts[Part::TensorComm] + parts[Part::ContextComm] + parts[Part::ExpertComm] + parts[Part::PipelineComm] +
         parts[Part::DataComm];
}

}  // namespace

TEST_CASE("step: law, the breakdown adds up to the step and no part is negative") {
  for_random_jobs(1, [](const StepSpec& spec) {
    const StepResult result = run(spec);
    CHECK(result.breakdown.total().raw() == doctest::Approx(result.step_time.raw()).epsilon(1e-9));
    for (std::size_t part = 0; part < kPartCount; ++part) {
      CAPTURE(part_name(static_cast<Part>(part)));
      CHECK(result.breakdown[static_cast<Part>(part)] >= -1e-9 * result.step_time);
    }
    CHECK(result.mfu_full > 0);
    CHECK(result.mfu_full < 1.0);
    CHECK(result.mfu_causal <= result.mfu_full);
  });
}

TEST_CASE("step: law, one chip has no communication and no bubble") {
  for_random_jobs(2, [](StepSpec spec) {
    Layout one;
    one.micro_batch = spec.layout.micro_batch;
    one.recompute = spec.layout.recompute;
    spec.training.global_batch /= spec.layout.dp;
    spec.layout = one;
    spec.cluster.chips = 1;
    const StepResult result = run(spec);
    CHECK(communication(result.breakdown).raw() == doctest::Approx(0.0));
    CHECK(result.breakdown[Part::Bubble].raw() == doctest::Approx(0.0));
  });
}

TEST_CASE("step: law, faster links never slow a step down, and only communication and waiting change") {
  for_random_jobs(3, [](StepSpec spec) {
    const StepResult before = run(spec);
    spec.cluster.node.scale_up_bandwidth *= 4;
    spec.cluster.node.scale_out_bandwidth *= 4;
    spec.cluster.node.scale_up_latency /= 4;
    spec.cluster.fabric.latency /= 4;
    const StepResult after = run(spec);
    CHECK(after.step_time <= before.step_time * (1 + 1e-9));
  });
}

TEST_CASE("step: law, a faster host never slows a step down") {
  for_random_jobs(4, [](StepSpec spec) {
    const StepResult before = run(spec);
    spec.software.host_per_kernel /= 2;
    spec.software.host_per_step /= 2;
    CHECK(run(spec).step_time <= before.step_time * (1 + 1e-9));
  });
}

TEST_CASE("step: law, what fits still fits with more memory, and the step takes as long") {
  for_random_jobs(5, [](StepSpec spec) {
    const StepResult before = run(spec);
    spec.cluster.chip.memory *= 2;
    const StepResult after = run(spec);
    CHECK(after.fits() >= before.fits());
    CHECK(after.step_time == before.step_time);
    CHECK(after.peak_memory() == before.peak_memory());
  });
}

TEST_CASE("step: law, twice the batch takes at most twice as long, and needs more memory only in flight") {
  for_random_jobs(6, [](StepSpec spec) {
    spec.software.overlap_ep = ExpertOverlap::None;  // a second micro-batch is something to run dispatch under
    const StepResult before = run(spec);
    spec.training.global_batch *= 2;
    const StepResult after = run(spec);
    CHECK(after.step_time <= 2.0 * before.step_time * (1 + 1e-9));
    CHECK(after.step_time >= before.step_time);
    CHECK(after.tokens == 2 * before.tokens);
    CHECK(after.peak_memory() >= before.peak_memory());
  });
}

TEST_CASE("step: law, sharding saves memory") {
  for_random_jobs(7, [](StepSpec spec) {
    if (spec.layout.zero == 3 || spec.layout.dp * spec.layout.cp == 1) return;
    spec.layout.shard_group = 0;
    Bytes last(1e300);
    for (const int zero : {0, 1, 2}) {
      spec.layout.zero = zero;
      const Bytes memory = run(spec).peak_memory();
      CHECK(memory <= last);
      last = memory;
    }
  });
}

TEST_CASE("step: law, ZeRO-2 without a pipeline pays for the reduction in every micro-batch, ZeRO-1 once") {
  StepSpec spec;
  spec.model = test::llama(4, 2048, 16, 4, 5632);
  spec.cluster = test::h100_cluster(16);
  spec.layout.dp = 16;
  spec.software.overlap_dp = false;
  const auto exchange = [&](int zero, int micro_batches) {
    spec.layout.zero = zero;
    spec.training.global_batch = 16LL * micro_batches;
    return run(spec).breakdown[Part::DataComm].raw();
  };
  CHECK(exchange(1, 3) == doctest::Approx(exchange(1, 1)));
  const double once = exchange(2, 2) - exchange(2, 1);
  CHECK(once > 0);
  CHECK(exchange(2, 5) - exchange(2, 2) == doctest::Approx(3 * once));
}

TEST_CASE("step: law, overlap of data and pipeline exchange never slows a step down") {
  for_random_jobs(8, [](StepSpec spec) {
    spec.software.overlap_dp = spec.software.overlap_pp = false;
    const Seconds exposed = run(spec).step_time;
    spec.software.overlap_pp = true;
    const Seconds sends = run(spec).step_time;
    spec.software.overlap_dp = true;
    CHECK(run(spec).step_time <= sends * (1 + 1e-9));
    // A send under compute still delays the stage that waits for it: with few micro-batches this may cost what the
    // slots save.
    CHECK(sends <= exposed * 1.02);
  });
}

TEST_CASE("step: law, no more operations run than the chips can do, and recomputation only adds some") {
  for_random_jobs(10, [](const StepSpec& spec) {
    const StepResult result = run(spec);
    CHECK(result.hfu >= result.mfu_full * (1 - 1e-12));
    CHECK(result.mfu_causal <= result.mfu_full);
    CHECK(result.mfu_causal < 1);
  });
}

TEST_CASE("step: law, a slower fabric slows every job of several domains that sends between them") {
  for_random_jobs(11, [](StepSpec spec) {
    const Seconds before = run(spec).step_time;
    spec.cluster.node.scale_out_bandwidth /= 1000.0;
    const Seconds after = run(spec).step_time;
    CHECK(after >= before * (1 - 1e-9));
    const bool several = spec.cluster.chips > spec.cluster.node.scale_up_domain;
    if (several && spec.layout.pp > 1) CHECK(after > before);
  });
}

TEST_CASE("step: law, a step is never shorter than its dispatch on the wire") {
  StepSpec spec;
  spec.model = test::llama(4, 2048, 16, 4, 5632);
  spec.model.experts = Experts{.count = 64, .top_k = 4, .expert_ffn = 1024};
  spec.cluster = test::h100_cluster(64);
  spec.layout.dp = spec.layout.ep = 64;
  spec.training.global_batch = 128;
  spec.software.overlap_ep = ExpertOverlap::None;
  for (const double slower : {1.0, 10.0, 100.0}) {
    StepSpec job = spec;
    job.cluster.node.scale_out_bandwidth /= slower;
    const Seconds wire = run(job).breakdown[Part::ExpertComm];
    job.software.overlap_ep = ExpertOverlap::Full;
    CHECK(run(job).step_time >= wire);
    CHECK(run(job).breakdown[Part::ExpertComm] < wire);
    job.training.global_batch = 64;  // one micro-batch: nothing to run it under
    CHECK(run(job).breakdown[Part::ExpertComm].raw() == doctest::Approx(wire.raw() / 2));
  }
}

TEST_CASE("step: law, the timeline fills the stages and ends with the pipeline") {
  for_random_jobs(9, [](const StepSpec& spec) {
    const auto result = simulate_step(spec, HierarchicalModel(spec.cluster), {.timeline = true});
    REQUIRE(result);
    const auto slots = 2 * micro_batches(spec) * spec.layout.pp * spec.layout.vpp;
    CHECK(static_cast<long long>(result->timeline.size()) == slots);
    Seconds end;
    for (const PipelineEvent& event : result->timeline) end = max(end, event.start + event.duration);
    CHECK(end <= result->step_time);
  });
}

}  // namespace orrery
