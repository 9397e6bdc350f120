#include "cluster/queue_scheduler.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.hpp"

namespace orrery {
namespace {

WaitingJobs::Options waiting_options(const JobTable& jobs, const QueueOptions& options, AccountLevels* accounts) {
  WaitingJobs::Options made;
  made.value = order_value(jobs, options);
  made.by_shape = options.discipline != QueueDiscipline::Strict;
  if (accounts != nullptr) made.account = [accounts](JobId job) { return accounts->account(job); };
  if (options.discipline == QueueDiscipline::Backfill)
    made.limit = [&jobs](JobId job) { return value_or(jobs.limit, job, kNever); };
  return made;
}

}  // namespace

std::function<double(JobId)> order_value(const JobTable& jobs, const QueueOptions& options) {
  const auto row = [](JobId job) { return static_cast<std::size_t>(job); };
  switch (options.order) {
    case QueueOrder::ShortestRun:
      return [&jobs, row](JobId job) { return static_cast<double>(jobs.run[row(job)]); };
    case QueueOrder::ShortestLimit:
      return [&jobs](JobId job) { return static_cast<double>(value_or(jobs.limit, job, kNever)); };
    case QueueOrder::ShortestEstimate:
      return [&jobs, row, options](JobId job) {
        Rng rng = Rng::stream(options.seed, "cluster/estimate", 0, static_cast<std::uint64_t>(job));
        return static_cast<double>(jobs.run[row(job)]) * rng.lognormal(0, options.estimate_error);
      };
    case QueueOrder::SmallestJob:
      return [&jobs, row](JobId job) { return static_cast<double>(jobs.gpus[row(job)]); };
    case QueueOrder::Submission:
      break;
  }
  return [&jobs, row](JobId job) { return static_cast<double>(jobs.submit[row(job)]); };
}

QueueScheduler::QueueScheduler(const JobTable& jobs, std::span<const JobId> rows, const QueueOptions& options,
                               std::unique_ptr<AccountLevels> accounts)
    : options_(options),
      accounts_(std::move(accounts)),
      waiting_(jobs, rows, waiting_options(jobs, options, accounts_.get())) {}

void QueueScheduler::submitted(ClusterEngine& /*engine*/, JobId job) {
  waiting_.insert(job);
  if (options_.discipline == QueueDiscipline::Backfill) arrived_.push_back(job);
}

void QueueScheduler::resumed(ClusterEngine& engine, JobId job) {
  if (accounts_ != nullptr) accounts_->started(engine.now(), job);
}

void QueueScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  if (accounts_ != nullptr) accounts_->stopped(engine.now(), job);
  if (reason != StopReason::Ended) waiting_.insert(job);
}

bool QueueScheduler::start(ClusterEngine& engine, JobId job) {
  if (!engine.start(job)) return false;
  waiting_.erase(job);
  if (accounts_ != nullptr) accounts_->started(engine.now(), job);
  return true;
}

void QueueScheduler::update_levels(Millis now) {
  if (accounts_ == nullptr || now < accounts_->next_update()) return;
  double floor = 0;
  accounts_->update(now, levels_, floor);
  waiting_.set_levels(levels_, floor);
}

void QueueScheduler::find_open(long long free) {
  open_.clear();
  for (std::int32_t shape = waiting_.next_shape(0); shape >= 0 && waiting_.gpus(shape) <= free;
       shape = waiting_.next_shape(shape + 1)) {
    open_.push_back(shape);
  }
}

void QueueScheduler::skip(ClusterEngine& engine) {
  while (true) {
    JobId best = kNoJob;
    std::erase_if(open_, [&](std::int32_t shape) {
      const JobId job = waiting_.first(shape);
      if (job == kNoJob || !engine.placement().fits(engine.demand(job))) return true;
      if (best == kNoJob || waiting_.before(job, best)) best = job;
      return false;
    });
    if (best == kNoJob) return;
    start(engine, best);
  }
}

/// A job that is gone before the head can start may use everything; another one only what the head will not need.
JobId QueueScheduler::best_to_backfill(const ClusterEngine& engine, Millis slack, bool& uses_reserved) {
  JobId best = kNoJob;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    JobId job = waiting_.first(open_[i]);
    const bool is_short = waiting_.first(open_[i], slack) == job;
    if (!is_short && !engine.placement().fits(engine.demand(job))) job = waiting_.first(open_[i], slack);
    if (job == kNoJob || (best != kNoJob && !waiting_.before(job, best))) continue;
    best = job;
    uses_reserved = value_or(engine.jobs().limit, job, kNever) <= slack;
  }
  return best;
}

void QueueScheduler::backfill(ClusterEngine& engine, JobId head) {
  JobPlacement& placement = engine.placement();
  const auto keep_fitting = [&] {
    std::erase_if(open_, [&](std::int32_t shape) {
      const JobId job = waiting_.first(shape);
      return job == kNoJob || !placement.fits(engine.demand(job));
    });
  };
  keep_fitting();
  if (open_.empty()) return;  // Most often: then nobody has to know when the head can start.
  const Millis shadow = placement.reserve(engine.demand(head), engine.now());
  if (shadow == kNever && placement.reserves()) {
    // Nobody knows when the head can start, so nobody can be sure not to delay it.
    placement.unreserve();
    return;
  }
  const Millis slack = shadow == kNever ? -1 : shadow - engine.now();
  while (!open_.empty()) {
    placement.show_reserved(false);
    bool uses_reserved = false;
    const JobId job = best_to_backfill(engine, slack, uses_reserved);
    if (uses_reserved) placement.show_reserved(true);
    if (job == kNoJob) break;
    start(engine, job);
    placement.show_reserved(true);
    keep_fitting();
  }
  placement.unreserve();
}

void QueueScheduler::backfill_behind(ClusterEngine& engine, JobId head) {
  const std::uint64_t version = engine.placement().version();
  const long long free = engine.placement().free_gpus();
  if (version > 0 && version == settled_ && head == settled_head_) {
    // Whoever waited then waits now: no GPU came free, and what there is to backfill before has only got shorter.
    open_.clear();
    for (const JobId job : arrived_) {
      const std::int32_t shape = waiting_.shape(job);
      if (waiting_.gpus(shape) <= free && std::find(open_.begin(), open_.end(), shape) == open_.end())
        open_.push_back(shape);
    }
  } else {
    find_open(free);
  }
  backfill(engine, head);
  settled_ = engine.placement().version();
  settled_head_ = head;
}

void QueueScheduler::pass(ClusterEngine& engine) {
  update_levels(engine.now());
  if (options_.discipline == QueueDiscipline::Strict || options_.discipline == QueueDiscipline::Backfill) {
    JobId head = waiting_.first();
    while (head != kNoJob && start(engine, head)) head = waiting_.first();
    if (options_.discipline == QueueDiscipline::Strict) return;
    if (head != kNoJob) backfill_behind(engine, head);
    arrived_.clear();
    return;
  }
  find_open(engine.placement().free_gpus());
  skip(engine);
}

PassState QueueScheduler::left_waiting(const ClusterEngine& engine) const {
  const JobId job = waiting_.first();
  if (job == kNoJob) return {};
  const bool fits = engine.placement().fits(engine.demand(job));
  return {job, fits ? PassState::Hold::Reservation : PassState::Hold::Capacity};
}

}  // namespace orrery
