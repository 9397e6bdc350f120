#include "cluster/engine.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "cluster/failures.hpp"

namespace orrery {
namespace {

/// Passes in a row that a scheduler may ask for although nothing runs, arrives or starts.
constexpr int kIdleWakes = 100'000;
/// Nothing has run for so long although jobs wait: nodes come and go, but never enough of them at once.
constexpr Millis kLongestIdle = 2 * 365 * kDay;

Millis restart_cost(const StopCost& cost, std::int32_t gpus) {
  if (gpus <= 1) return cost.restart_one;
  return gpus <= 8 ? cost.restart_node : cost.restart_more;
}

}  // namespace

ClusterEngine::ClusterEngine(const JobTable& jobs, std::span<const JobId> rows, JobPlacement& placement,
                             Scheduler& scheduler, const EngineOptions& options, const JobSpeed* speed,
                             Observer* observer)
    : jobs_(jobs),
      rows_(rows),
      placement_(placement),
      scheduler_(scheduler),
      options_(options),
      speed_(speed),
      observer_(observer),
      run_of_(jobs.size(), -1) {
  schedule_.first_start.assign(jobs.size(), -1);
  schedule_.end.assign(jobs.size(), -1);
  if (options.failures != nullptr) faults_ = std::make_unique<MachineFaults>(*options.failures, options.seed);
  if (jobs.after.empty() || scheduler.minds_dependencies()) return;
  replayed_.assign(jobs.size(), false);
  for (const JobId job : rows) replayed_[index(job)] = true;
}

ClusterEngine::~ClusterEngine() = default;

Millis ClusterEngine::limit(JobId job) const {
  return value_or(jobs_.limit, job, kNever);
}

Millis ClusterEngine::work_left(JobId job) const {
  const Millis left = left_.empty() ? jobs_.run[index(job)] : left_[index(job)];
  if (!running(job)) return left;
  const Run& run = slot(job);
  const Millis until = std::min(now_, run.fault);
  return std::max<Millis>(0, left - std::llround(run.done + static_cast<double>(until - run.rated) * run.speed));
}

Millis ClusterEngine::attained(JobId job) const {
  const Millis before = attained_.empty() ? 0 : attained_[index(job)];
  return running(job) ? before + now_ - slot(job).start : before;
}

ClusterEngine::Run& ClusterEngine::claim(JobId job) {
  ORRERY_CHECK(!running(job), "only a job that waits is started");
  if (free_runs_.empty()) {
    free_runs_.push_back(static_cast<std::int32_t>(runs_.size()));
    runs_.emplace_back();
  }
  Run& run = runs_[static_cast<std::size_t>(free_runs_.back())];
  run.job = job;
  run.slices.clear();
  const Millis most = limit(job);
  run.expected_end = most >= kNever - std::max<Millis>(now_, 0) ? kNever : now_ + most;
  return run;
}

bool ClusterEngine::dies_at_limit(JobId job) const {
  return options_.kill_at_limit && value_or(jobs_.limit_is_guess, job, std::uint8_t{0}) == 0;
}

/// When a run that was rated now ends.
Millis ClusterEngine::end_of(JobId job, const Run& run) const {
  const Millis left = left_.empty() ? jobs_.run[index(job)] : left_[index(job)];
  Millis lasts = left;
  if (run.speed != 1.0 || run.done > 0)
    lasts = static_cast<Millis>(std::ceil((static_cast<double>(left) - run.done) / run.speed));
  if (dies_at_limit(job)) lasts = std::min(lasts, limit(job) - (now_ - run.start));
  return now_ + std::max<Millis>(lasts, 1);
}

void ClusterEngine::begin(JobId job, Run& run) {
  const std::int32_t number = free_runs_.back();
  free_runs_.pop_back();
  run_of_[index(job)] = number;
  run.place = static_cast<std::int32_t>(running_.size());
  running_.push_back(job);
  run.start = now_;
  run.speed = speed_ == nullptr ? 1.0 : speed_->speed(jobs_, job, run.slices);
  run.rated = now_;
  run.done = 0;
  run.fault = kNever;
  run.fault_ends_job = false;
  --waiting_;
  run.end = end_of(job, run);
  ends_.push({run.end, job, number});
  Millis& first = schedule_.first_start[index(job)];
  if (first < 0) first = now_;
  if (observer_ != nullptr) observer_->started(now_, job, run.slices);
}

bool ClusterEngine::start(JobId job) {
  return start(job, demand(job));
}

bool ClusterEngine::start(JobId job, const Demand& demand) {
  Run& run = claim(job);
  if (!placement_.take(demand, run.expected_end, run.slices)) return false;
  begin(job, run);
  return true;
}

bool ClusterEngine::start_on(JobId job, std::span<const Slice> slices) {
  Run& run = claim(job);
  if (!placement_.take_exactly(slices, run.expected_end)) return false;
  run.slices.assign(slices.begin(), slices.end());
  begin(job, run);
  return true;
}

void ClusterEngine::drop(JobId job, Run& run, StopReason reason) {
  const std::int32_t number = run_of_[index(job)];
  placement_.give_back(run.slices, run.expected_end);
  const JobId last = running_.back();
  running_[static_cast<std::size_t>(run.place)] = last;
  runs_[static_cast<std::size_t>(run_of_[index(last)])].place = run.place;
  running_.pop_back();
  run_of_[index(job)] = -1;
  free_runs_.push_back(number);
  if (observer_ != nullptr) observer_->stopped(now_, job, run.slices, reason);
}

void ClusterEngine::preempt(JobId job) {
  preempt(job, options_.stop_cost);
}

/// Keeps account of what is left of jobs from now on.
void ClusterEngine::remember_stops() {
  if (!left_.empty()) return;
  left_ = jobs_.run;
  attained_.assign(jobs_.size(), 0);
  schedule_.stops.assign(jobs_.size(), 0);
}

void ClusterEngine::note_stop(JobId job, const Run& run) {
  attained_[index(job)] += now_ - run.start;
  std::uint16_t& stops = schedule_.stops[index(job)];
  if (stops < std::numeric_limits<std::uint16_t>::max()) ++stops;
}

double ClusterEngine::gpus_held(const Run& run) {
  double gpus = 0;
  for (const Slice& slice : run.slices) gpus += static_cast<double>(slice.gpus) * slice.gpu_milli / 1000;
  return gpus;
}

/// Takes a job that stops back to its last checkpoint, and adds a restart to what is left of it; the one before, as far
/// as it was still to come, falls away. All of a restart, which
/// is done at `speed`, counts as lost when it is added. Returns the GPU-time lost.
Millis ClusterEngine::set_back(JobId job, const Run& run, Millis checkpoint_interval, Millis restart, double speed) {
  Millis& left = left_[index(job)];
  Millis& owed = setbacks_[job].owed;
  const Millis useful = std::max<Millis>(0, left - work_left(job) - owed);
  const Millis keeps = checkpoint_interval <= 0 ? useful : useful - useful % checkpoint_interval;
  const auto lasted = [&](Millis work) { return std::llround(static_cast<double>(work) / run.speed); };
  const Millis time = now_ - run.start - lasted(keeps) - lasted(owed) + restart;
  left -= owed + keeps;
  owed = std::llround(static_cast<double>(restart) * speed);
  left += owed;
  const auto lost = static_cast<Millis>(std::llround(static_cast<double>(time) * gpus_held(run)));
  schedule_.gpu_time_lost += lost;
  return lost;
}

void ClusterEngine::preempt(JobId job, const StopCost& cost) {
  ORRERY_CHECK(running(job), "only a running job is preempted");
  remember_stops();
  const std::int32_t number = run_of_[index(job)];
  Run& run = runs_[static_cast<std::size_t>(number)];
  std::int32_t gpus = 0;
  for (const Slice& slice : run.slices) gpus += slice.gpus;
  set_back(job, run, cost.checkpoint_interval, restart_cost(cost, gpus), 1.0);
  if (run.fault != kNever)  // It stood still until then.
    schedule_.gpu_time_failed += std::llround(static_cast<double>(now_ - run.fault) * gpus_held(run));
  note_stop(job, run);
  ++waiting_;
  ends_.erase(number);
  drop(job, run, StopReason::Preempted);
  scheduler_.stopped(*this, job, StopReason::Preempted);
}

void ClusterEngine::rerate(JobId job, double speed) {
  ORRERY_CHECK(running(job) && speed > 0, "only a running job is rated anew");
  const std::int32_t number = run_of_[index(job)];
  Run& run = runs_[static_cast<std::size_t>(number)];
  if (speed == run.speed) return;
  if (run.fault != kNever) {
    run.speed = speed;  // It stands still, and its end is that of its fault.
    return;
  }
  run.done += static_cast<double>(now_ - run.rated) * run.speed;
  run.rated = now_;
  run.speed = speed;
  run.end = end_of(job, run);
  ends_.erase(number);
  ends_.push({run.end, job, number});
}

void ClusterEngine::finish(JobId job, Run& run) {
  if (dies_at_limit(job) && run.fault == kNever && work_left(job) > 0) ++schedule_.killed;
  drop(job, run, StopReason::Ended);
  schedule_.end[index(job)] = now_;
  scheduler_.stopped(*this, job, StopReason::Ended);
  if (held_.empty()) return;
  const auto held = held_.find(job);
  if (held == held_.end()) return;
  const std::vector<JobId> next = std::move(held->second);
  held_.erase(held);
  for (const JobId follower : next) submit(follower);
}

void ClusterEngine::end_due() {
  while (!ends_.empty() && ends_.top().time <= now_) {
    const EndHeap::Entry entry = ends_.top();
    ends_.pop();
    Run& run = runs_[static_cast<std::size_t>(entry.run)];
    if (run.fault != kNever && !run.fault_ends_job) {
      fail(entry.job);
    } else {
      finish(entry.job, run);
    }
  }
}

void ClusterEngine::submit_due() {
  while (next_row_ < rows_.size() && jobs_.submit[index(rows_[next_row_])] <= now_) {
    const JobId job = rows_[next_row_++];
    if (waits_for_another(job)) {
      held_[jobs_.after[index(job)]].push_back(job);
    } else {
      submit(job);
    }
  }
}

void ClusterEngine::submit(JobId job) {
  ++waiting_;
  if (observer_ != nullptr) observer_->submitted(now_, job);
  scheduler_.submitted(*this, job);
}

bool ClusterEngine::waits_for_another(JobId job) const {
  if (replayed_.empty()) return false;
  const JobId other = jobs_.after[index(job)];
  return other != kNoJob && replayed_[index(other)] && schedule_.end[index(other)] < 0;
}

bool ClusterEngine::resume(const RunningJob& running) {
  const Millis begin = now_;
  now_ = running.since;
  const bool placed = running.slices.empty() ? start(running.job) : start_on(running.job, running.slices);
  now_ = begin;
  if (placed) {
    ++waiting_;  // It was never submitted here.
    scheduler_.resumed(*this, running.job);
  }
  return placed;
}

JobSchedule ClusterEngine::run() {
  int idle_wakes = 0;
  Millis busy = 0;  // When something last ran or arrived.
  while (options_.until_started == kNoJob || schedule_.first_start[index(options_.until_started)] < 0) {
    const Millis arrival = next_row_ < rows_.size() ? jobs_.submit[index(rows_[next_row_])] : kNever;
    const Millis change = std::min(arrival, ends_.empty() ? kNever : ends_.top().time);
    const Millis event = std::min(change, next_fault(change == kNever));
    const Millis wake = scheduler_.wakes(*this);
    const Millis next = std::max(std::min(event, wake), now_);
    if (next == kNever || next > options_.horizon) break;
    // A job that can never start must not keep a scheduler ticking for ever.
    idle_wakes = event == kNever && running_.empty() ? idle_wakes + 1 : 0;
    if (change != kNever) busy = next;
    if (idle_wakes > kIdleWakes || next - busy > kLongestIdle) break;
    now_ = next;
    end_due();
    if (faults_ != nullptr) faults_due();
    submit_due();
    scheduler_.pass(*this);
    ++schedule_.passes;
    schedule_.last_event = now_;
    if (observer_ != nullptr) observer_->passed(now_, placement_.free_gpus());
  }
  return std::move(schedule_);
}

}  // namespace orrery
