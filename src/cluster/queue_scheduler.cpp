#include "cluster/queue_scheduler.hpp"

#include <algorithm>
#include <cmath>

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
                               AccountLevels* accounts)
    : options_(options), accounts_(accounts), waiting_(jobs, rows, waiting_options(jobs, options, accounts)) {}

void QueueScheduler::submitted(Engine& /*engine*/, JobId job) {
  waiting_.insert(job);
}

void QueueScheduler::stopped(Engine& engine, JobId job, StopReason reason) {
  if (accounts_ != nullptr) accounts_->stopped(engine.now(), job);
  if (reason != StopReason::Ended) waiting_.insert(job);
}

bool QueueScheduler::start(Engine& engine, JobId job) {
  if (!engine.start(job)) return false;
  waiting_.erase(job);
  if (accounts_ != nullptr) accounts_->started(engine.now(), job);
  return true;
}

JobId QueueScheduler::best_of_all() const {
  JobId best = kNoJob;
  for (std::int32_t shape = 0; shape < waiting_.shapes(); ++shape) {
    const JobId job = waiting_.first(shape);
    if (job != kNoJob && (best == kNoJob || waiting_.before(job, best))) best = job;
  }
  return best;
}

void QueueScheduler::update_levels(Millis now) {
  if (accounts_ == nullptr || now < accounts_->next_update()) return;
  double floor = 0;
  accounts_->update(now, levels_, floor);
  waiting_.set_levels(levels_, floor);
}

void QueueScheduler::find_open(long long free) {
  open_.clear();
  for (std::int32_t shape = 0; shape < waiting_.shapes(); ++shape)
    if (waiting_.gpus(shape) <= free) open_.push_back(shape);
}

void QueueScheduler::skip(Engine& engine) {
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

void QueueScheduler::backfill(Engine& engine, JobId head) {
  Placement& placement = engine.placement();
  bool reserved = false;
  Millis shadow = kNever;
  while (true) {
    JobId best = kNoJob;
    bool best_shown = false;
    std::erase_if(open_, [&](std::int32_t shape) {
      const JobId first = waiting_.first(shape);
      if (first == kNoJob) return true;
      const Demand demand = engine.demand(first);
      if (!reserved) {
        // Most often nothing fits anyway, and then nobody has to know when the first could start.
        if (!placement.fits(demand)) return true;
        shadow = placement.reserve(engine.demand(head), engine.now());
        reserved = true;
      }
      JobId job = first;
      bool shown = false;
      if (!placement.fits(demand)) {
        job = shadow == kNever ? kNoJob : waiting_.first(shape, shadow - engine.now());
        if (job == kNoJob) return true;
        placement.show_reserved(true);
        shown = placement.fits(demand);
        placement.show_reserved(false);
        if (!shown) return true;
      }
      if (best == kNoJob || waiting_.before(job, best)) {
        best = job;
        best_shown = shown;
      }
      return false;
    });
    if (best == kNoJob) break;
    if (best_shown) placement.show_reserved(true);
    start(engine, best);
    if (best_shown) placement.show_reserved(false);
  }
  if (reserved) placement.unreserve();
}

void QueueScheduler::pass(Engine& engine) {
  update_levels(engine.now());
  if (options_.discipline == QueueDiscipline::Strict || options_.discipline == QueueDiscipline::Backfill) {
    JobId head = best_of_all();
    while (head != kNoJob && start(engine, head)) head = best_of_all();
    if (head == kNoJob || options_.discipline == QueueDiscipline::Strict) return;
    find_open(engine.placement().free_gpus());
    backfill(engine, head);
    return;
  }
  find_open(engine.placement().free_gpus());
  skip(engine);
}

}  // namespace orrery
