#include "step/schedule.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "step/layout.hpp"

namespace orrery {
namespace {

PipelineWork equal_work(int stages, int chunks, long long micro_batches, double forward, double backward) {
  PipelineWork work;
  work.stages = stages;
  work.chunks = chunks;
  work.micro_batches = micro_batches;
  work.forward.assign(static_cast<std::size_t>(stages * chunks), Seconds(forward));
  work.backward.assign(static_cast<std::size_t>(stages * chunks), Seconds(backward));
  return work;
}

double makespan(const PipelineWork& work) {
  return run_schedule(work).makespan.raw();
}

}  // namespace

TEST_CASE("schedule: hand-computed, one stage runs its slots back to back") {
  CHECK(makespan(equal_work(1, 1, 5, 1.0, 2.0)) == doctest::Approx(15.0));
}

TEST_CASE("schedule: hand-computed, two stages and two micro-batches of 1F1B") {
  // Stage 0: F0 [0,1] F1 [1,2], B0 waits for stage 1: F0 [1,2] B0 [2,4] -> B0 [4,6]; stage 1: F1 [4,5] B1 [5,7] -> B1
  // [7,9].
  CHECK(makespan(equal_work(2, 1, 2, 1.0, 2.0)) == doctest::Approx(9.0));
}

TEST_CASE("schedule: published bubble of GPipe and 1F1B, (p - 1)(f + b)") {
  // Narayanan et al. 2021 (arXiv:2104.04473), section 2.2.1.
  for (const int stages : {2, 3, 8}) {
    for (const long long count : {8LL, 17LL}) {
      PipelineWork work = equal_work(stages, 1, count, 1.0, 2.0);
      CHECK(makespan(work) == doctest::Approx(3.0 * static_cast<double>(count) + 3.0 * (stages - 1)));
      work.schedule = Schedule::GPipe;
      CHECK(makespan(work) == doctest::Approx(3.0 * static_cast<double>(count) + 3.0 * (stages - 1)));
    }
  }
}

TEST_CASE("schedule: published bubble of interleaving, (p - 1)(f + b) / v") {
  // The same, section 2.2.2; micro-batches are a multiple of the stages.
  for (const int stages : {2, 4, 8}) {
    for (const int chunks : {2, 3, 5}) {
      const PipelineWork work = equal_work(stages, chunks, 3 * stages, 1.0, 2.0);
      CHECK(makespan(work) == doctest::Approx(3.0 * 3 * stages * chunks + 3.0 * (stages - 1)));
    }
  }
}

TEST_CASE("schedule: law, closed form equals the events where stages are equal, with any delay between them") {
  for (const int stages : {2, 5}) {
    PipelineWork work = equal_work(stages, 1, 12, 1.0, 2.0);
    work.hop = Seconds(0.25);
    CHECK(regular_makespan(work).raw() == doctest::Approx(makespan(work)).epsilon(1e-12));
    work.backward.back() = Seconds(2.75);  // a head on the last stage
    work.forward.back() = Seconds(1.5);
    CHECK(regular_makespan(work).raw() == doctest::Approx(makespan(work)).epsilon(1e-12));
  }
}

TEST_CASE("schedule: law, every slot runs once, in order, after what it needs") {
  std::mt19937 random(7);
  for (int trial = 0; trial < 60; ++trial) {
    const int stages = 1 + static_cast<int>(random() % 6);
    const int chunks = stages == 1 ? 1 : 1 + static_cast<int>(random() % 4);
    const long long count = stages + static_cast<long long>(random() % 9);
    PipelineWork work = equal_work(stages, chunks, count, 1.0, 1.0);
    for (auto& slot : work.forward) slot = Seconds(0.5 + static_cast<double>(random() % 100) / 50);
    for (auto& slot : work.backward) slot = Seconds(0.5 + static_cast<double>(random() % 100) / 50);
    work.hop = Seconds(static_cast<double>(random() % 10) / 20);
    const PipelineTimes times = run_schedule(work, true);
    CAPTURE(trial);
    CHECK(times.events.size() == static_cast<std::size_t>(2 * stages * chunks * count));
    double busiest = 0;
    for (int stage = 0; stage < stages; ++stage) {
      double busy = 0;
      for (int c = 0; c < chunks; ++c) busy += (work.forward_of(stage, c) + work.backward_of(stage, c)).raw();
      busiest = std::max(busiest, busy * static_cast<double>(count));
    }
    CHECK(times.makespan.raw() >= busiest - 1e-9);
    for (const PipelineEvent& late : times.events) {
      if (late.backward || late.stage == 0) continue;
      for (const PipelineEvent& early : times.events) {
        const bool feeds = !early.backward && early.stage == late.stage - 1 && early.chunk == late.chunk &&
                           early.micro_batch == late.micro_batch;
        if (feeds) CHECK(late.start >= early.start + early.duration + work.hop - Seconds(1e-12));
      }
    }
  }
}

TEST_CASE("schedule: hand-computed, interleaving with fewer micro-batches in the last group than stages") {
  // 4 stages, 2 chunks, 5 micro-batches of slots 1 and 2: busy 5 * 2 * 3 = 30, fill 3 * 3 = 9. The last group is one
  // micro-batch: its backward pass leaves chunk 1 of the last stage, goes round the 3 others, and comes back to chunk 0
  // 3 slots of 2 later than if the stage had been kept busy: 6.
  const PipelineWork work = equal_work(4, 2, 5, 1.0, 2.0);
  CHECK(makespan(work) == doctest::Approx(45.0));
  CHECK(regular_makespan(work).raw() == doctest::Approx(45.0));
}

TEST_CASE("schedule: oracle, error of the closed form on uneven interleaved stages") {
  // Slots as a model has them: layers that do not divide, an embedding on the first chunk and a head on the last.
  std::mt19937 random(11);
  const auto uniform = [&](double most) { return most * static_cast<double>(random() % 1000) / 1000; };
  double sum = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    const int stages = 2 << (random() % 4), chunks = 2 + static_cast<int>(random() % 6);
    PipelineWork work = equal_work(stages, chunks, stages + static_cast<long long>(random() % 64), 0.0, 0.0);
    const int depth = stages * chunks;
    const std::vector<int> layers = layers_by_chunk(depth + static_cast<int>(random() % depth), depth);
    const double embedding = uniform(0.3), head = uniform(1.5);
    for (int position = 0; position < depth; ++position) {
      double length = layers[static_cast<std::size_t>(position)];
      length += position == 0 ? embedding : position == depth - 1 ? head : 0.0;
      const auto slot = static_cast<std::size_t>(position % stages * chunks + position / stages);
      work.forward[slot] = Seconds(length);
      work.backward[slot] = Seconds(2 * length);
    }
    const double error = regular_makespan(work).raw() / makespan(work) - 1.0;
    CAPTURE(trial);
    CHECK(error > -0.06);
    CHECK(error < 0.2);
    sum += std::abs(error);
  }
  MESSAGE("mean error " << 100 * sum / kTrials << " %");
  CHECK(sum / kTrials < 0.03);
}

TEST_CASE("schedule: law, a long schedule continues as a shorter one that is executed whole") {
  for (const int chunks : {1, 3}) {
    PipelineWork work = equal_work(4, chunks, 1'000'003, 1.0, 2.0);
    work.backward.back() = Seconds(2.75);
    work.hop = Seconds(0.25);
    PipelineWork whole = work;
    whole.micro_batches = 20'003;  // below the limit, and the same remainder of the stages
    PipelineWork next = whole;
    next.micro_batches += 4;
    const double period = makespan(next) - makespan(whole);
    const double expected = makespan(whole) + period * static_cast<double>((1'000'003 - 20'003) / 4);
    CHECK(makespan(work) == doctest::Approx(expected).epsilon(1e-9));
  }
}

TEST_CASE("schedule: oracle, the longest pipeline continues to the closed form where that is exact") {
  // One chunk a stage, unlike stages, the last of them the busiest; sends cost nothing.
  std::mt19937 random(7);
  PipelineWork work = equal_work(kMostStages, 1, 1'000'003, 1.0, 2.0);
  for (auto* times : {&work.forward, &work.backward}) {
    for (Seconds& time : *times) time *= 0.5 + 0.5 * static_cast<double>(random() % 1000) / 1000;
  }
  work.forward.back() = Seconds(1.0);
  work.backward.back() = Seconds(2.0);
  CHECK(makespan(work) / regular_makespan(work).raw() == doctest::Approx(1).epsilon(1e-9));
}

TEST_CASE("schedule: hand-computed in-flight micro-batches") {
  CHECK(chunks_in_flight(0, 4, 1, 100, Schedule::OneForwardOneBackward) == 4);
  CHECK(chunks_in_flight(3, 4, 1, 100, Schedule::OneForwardOneBackward) == 1);
  CHECK(chunks_in_flight(0, 4, 1, 100, Schedule::GPipe) == 100);
  CHECK(chunks_in_flight(0, 4, 2, 100, Schedule::OneForwardOneBackward) == 11);  // 2 * 3 + 4 + 1
}

}  // namespace orrery
