// The event engine of pipelines against the longest path through their dependencies, with the order of slots written
// down anew from Megatron-LM's schedules (megatron/core/pipeline_parallel/schedules.py).
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "step/schedule.hpp"

using namespace orrery;

namespace {

struct Task {
  int chunk, micro_batch;
  bool backward;
};

/// The k-th forward (or backward) slot of a stage: groups of `stages` micro-batches go through chunk after chunk.
Task task_of(const PipelineWork& work, long long k, bool backward) {
  if (work.chunks == 1) return {0, static_cast<int>(k), backward};
  const long long group = k / (work.stages * work.chunks), within = k % (work.stages * work.chunks);
  const int chunk = static_cast<int>(within / work.stages);
  return {backward ? work.chunks - 1 - chunk : chunk, static_cast<int>(group * work.stages + within % work.stages),
          backward};
}

std::vector<Task> tasks_of_stage(const PipelineWork& work, int stage) {
  const long long total = work.micro_batches * work.chunks;
  long long warm_up = work.stages - stage - 1;
  if (work.chunks > 1) warm_up = 2 * warm_up + (work.chunks - 1) * work.stages;
  if (work.schedule == Schedule::GPipe) warm_up = total;
  warm_up = std::min(warm_up, total);
  std::vector<Task> tasks;
  for (long long k = 0; k < warm_up; ++k) tasks.push_back(task_of(work, k, false));
  for (long long k = warm_up; k < total; ++k) {
    tasks.push_back(task_of(work, k, false));
    tasks.push_back(task_of(work, k - warm_up, true));
  }
  for (long long k = total - warm_up; k < total; ++k) tasks.push_back(task_of(work, k, true));
  return tasks;
}

/// End of the last slot: ends are pushed up along the dependencies until nothing moves.
double longest_path(const PipelineWork& work) {
  const int depth = work.stages * work.chunks;
  const auto count = static_cast<int>(work.micro_batches);
  std::vector<double> end(static_cast<std::size_t>(2 * depth * count), 0.0);
  const auto at = [&](bool backward, int position, int micro_batch) -> double& {
    return end[static_cast<std::size_t>(((backward ? depth : 0) + position) * count + micro_batch)];
  };
  std::vector<std::vector<Task>> tasks;
  for (int stage = 0; stage < work.stages; ++stage) tasks.push_back(tasks_of_stage(work, stage));
  bool moved = true;
  while (moved) {
    moved = false;
    for (int stage = 0; stage < work.stages; ++stage) {
      double free_at = 0;
      for (const Task& task : tasks[static_cast<std::size_t>(stage)]) {
        const int position = task.chunk * work.stages + stage;
        double ready = 0;
        if (!task.backward && position > 0) ready = at(false, position - 1, task.micro_batch) + work.hop.raw();
        if (task.backward && position + 1 == depth) ready = at(false, position, task.micro_batch);
        if (task.backward && position + 1 < depth) ready = at(true, position + 1, task.micro_batch) + work.hop.raw();
        const Seconds length = task.backward ? work.backward_of(stage, task.chunk) : work.forward_of(stage, task.chunk);
        const double ends = std::max(ready, free_at) + length.raw();
        double& known = at(task.backward, position, task.micro_batch);
        if (ends > known) known = ends, moved = true;
        free_at = known;
      }
    }
  }
  return *std::max_element(end.begin(), end.end());
}

}  // namespace

TEST_CASE("pipeline: oracle, events against the longest path through the dependencies") {
  std::mt19937 random(3);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  for (int trial = 0; trial < 300; ++trial) {
    PipelineWork work;
    work.stages = 2 + below(5);
    work.chunks = 1 + below(3);
    work.micro_batches = work.chunks > 1 ? work.stages * (1 + below(4)) : 1 + below(20);
    if (work.chunks == 1 && below(3) == 0) work.schedule = Schedule::GPipe;
    work.hop = Seconds(0.1 * below(5));
    for (int slot = 0; slot < work.stages * work.chunks; ++slot) {
      work.forward.emplace_back(0.5 + 0.01 * below(100));
      work.backward.emplace_back(1.0 + 0.01 * below(200));
    }
    CAPTURE(trial);
    CAPTURE(work.stages);
    CAPTURE(work.chunks);
    CAPTURE(work.micro_batches);
    CHECK(run_schedule(work).makespan.raw() == doctest::Approx(longest_path(work)).epsilon(1e-12));
  }
}
