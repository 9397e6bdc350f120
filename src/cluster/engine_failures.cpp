// What failures of the machine do to the jobs that run on it.
#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "cluster/engine.hpp"
#include "cluster/failures.hpp"

namespace orrery {
namespace {

Millis after(Millis at, Millis span) {
  return span >= kNever - at ? kNever : at + span;
}

/// Whether the GPU of this number is among a job's slices on the node. GPUs that are not told apart are numbered as
/// they are met; `met` counts them.
bool holds_gpu(const Slice& slice, std::int32_t gpu, std::int32_t& met) {
  if (slice.gpu >= 0) return slice.gpu == gpu;
  const std::int32_t first = met;
  met += slice.gpus;
  return first <= gpu && gpu < met;
}

}  // namespace

void ClusterEngine::strike(const MachineEvent& event) {
  std::vector<JobId> hit;
  std::int32_t met = 0;
  for (const JobId job : running_) {
    const auto on_it = [&](const Slice& slice) {
      if (!std::binary_search(event.nodes.begin(), event.nodes.end(), slice.node)) return false;
      return event.gpu < 0 || holds_gpu(slice, event.gpu, met);
    };
    const std::vector<Slice>& slices = slot(job).slices;
    if (std::any_of(slices.begin(), slices.end(), on_it)) hit.push_back(job);
  }
  for (const JobId job : hit) hang(job, std::max(event.found, now_));
}

/// The job does nothing from now on; that is `found` later.
void ClusterEngine::hang(JobId job, Millis found) {
  const std::int32_t number = run_of_[index(job)];
  Run& run = runs_[static_cast<std::size_t>(number)];
  if (run.fault != kNever) return;
  run.done += static_cast<double>(now_ - run.rated) * run.speed;
  run.rated = run.fault = now_;
  if (dies_at_limit(job)) {
    const Millis killed = after(run.start, limit(job));
    if (killed <= found) {
      found = run.end = killed;
      run.fault_ends_job = true;
    }
  }
  ends_.erase(number);
  if (found <= now_ && !run.fault_ends_job) {
    fail(job);
  } else if (found < kNever) {
    ends_.push({found, job, number});
  }
}

void ClusterEngine::fail(JobId job) {
  remember_stops();
  const std::int32_t number = run_of_[index(job)];
  Run& run = runs_[static_cast<std::size_t>(number)];
  const FailureCost& cost = options_.failures->cost;
  std::int32_t gpus = 0;
  for (const Slice& slice : run.slices) gpus += slice.gpus;
  const std::uint32_t failures = setbacks_[job].failures;
  const bool gives_up = failures + 1 >= cost.give_up_after;
  Millis restart = 0;
  if (!gives_up) {
    Rng draws = Rng::stream(options_.seed, "cluster/restart", failures, static_cast<std::uint64_t>(index(job)));
    restart = std::llround(1000 * (cost.restart.draw(draws) + cost.restart_per_1000_gpus * gpus / 1000));
  }
  schedule_.gpu_time_failed += set_back(job, run, cost.checkpoint_interval, restart, run.speed);
  ++schedule_.failures;
  ++setbacks_[job].failures;
  note_stop(job, run);
  if (gives_up) {
    ++schedule_.given_up;
    finish(job, run);
    return;
  }
  ++waiting_;
  drop(job, run, StopReason::Failed);
  scheduler_.stopped(*this, job, StopReason::Failed);
}

void ClusterEngine::take_out(const MachineEvent& event) {
  if (scheduler_.keeps_nodes()) return;
  Slice slice{.node = event.slice.node, .gpus = faults_->gpus(event.slice.node)};
  while (slice.gpus > 0 && !placement_.take_exactly({&slice, 1}, event.back)) --slice.gpus;
  if (slice.gpus == 0) return;
  placement_.add_down(slice.gpus);
  faults_->hold(slice, event.back);
}

void ClusterEngine::faults_due() {
  while (faults_->next() <= now_) {
    const MachineEvent event = faults_->pop();
    switch (event.kind) {
      case MachineEvent::Kind::Strike:
        strike(event);
        break;
      case MachineEvent::Kind::Leave:
        take_out(event);
        break;
      case MachineEvent::Kind::Return:
        placement_.add_down(-event.slice.gpus);
        placement_.give_back({&event.slice, 1}, event.back);
        scheduler_.nodes_returned(*this);
        break;
    }
  }
}

/// When the machine's next fault or return matters. Where nothing runs or arrives, a job that waits can only hope for
/// nodes that return.
Millis ClusterEngine::next_fault(bool is_idle) const {
  if (faults_ == nullptr) return kNever;
  if (!is_idle) return faults_->next();
  return waiting_ > 0 ? faults_->next_return() : kNever;
}

}  // namespace orrery
