#include "cluster/start_forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "cluster/metrics/job_work.hpp"
#include "cluster/metrics/outcome.hpp"
#include "cluster/replay.hpp"

namespace orrery {
namespace {

std::size_t at_row(JobId job) {
  return static_cast<std::size_t>(job);
}

/// Run times of finished jobs: as shares of the limits, or in milliseconds.
class RunTimes {
 public:
  /// Tenant and class of size.
  using Group = std::pair<std::int32_t, std::size_t>;

  /// `by_limit`  whether limits were stated, so that they tell something of the run time.
  RunTimes(const JobTable& jobs, const JobSchedule& past, bool by_limit) : jobs_(jobs), by_limit_(by_limit) {
    for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job) {
      if (past.end[at_row(job)] < 0) continue;
      const double value = static_cast<double>(jobs.run[at_row(job)]) / scale(job);
      of_class_[size_class(jobs.gpus[at_row(job)])].push_back(value);
      of_group_[group(job)].push_back(value);
    }
    for (std::vector<double>& values : of_class_) std::sort(values.begin(), values.end());
  }

  Group group(JobId job) const { return {value_or(jobs_.tenant, job, -1), size_class(jobs_.gpus[at_row(job)])}; }
  /// In order of submission; null where there are none.
  const std::vector<double>* of_group(const Group& group) const {
    const auto found = of_group_.find(group);
    return found == of_group_.end() ? nullptr : &found->second;
  }
  /// A run time of the job's class of size that is longer than `elapsed`.
  Millis draw(JobId job, Millis elapsed, Rng& rng) const {
    const std::vector<double>& values = of_class_[size_class(jobs_.gpus[at_row(job)])];
    const auto longer = std::upper_bound(values.begin(), values.end(), static_cast<double>(elapsed) / scale(job));
    const auto count = static_cast<std::uint64_t>(values.end() - longer);
    if (count == 0) {
      // None ran that long. A stated limit bounds it; otherwise it is as likely at any share of its run (Gott 1993).
      const Millis limit = value_or(jobs_.limit, job, kNever);
      if (by_limit_ && limit != kNever && limit > elapsed)
        return elapsed + 1 + static_cast<Millis>(rng.uniform01() * static_cast<double>(limit - elapsed));
      constexpr double kLongest = 1000;
      return std::llround(static_cast<double>(std::max<Millis>(elapsed, kMinute)) *
                          std::min(kLongest, 1 / (1 - rng.uniform01())));
    }
    return run(job, elapsed, longer[static_cast<std::ptrdiff_t>(rng.below(count))]);
  }
  Millis run(JobId job, Millis elapsed, double value) const {
    return std::max<Millis>(elapsed + 1, std::llround(value * scale(job)));
  }
  double scaled(JobId job, Millis time) const { return static_cast<double>(time) / scale(job); }

 private:
  double scale(JobId job) const {
    const Millis limit = value_or(jobs_.limit, job, kNever);
    return limit == kNever || !by_limit_ ? 1.0 : static_cast<double>(limit);
  }

  const JobTable& jobs_;
  bool by_limit_;
  std::array<std::vector<double>, kSizeClasses.size()> of_class_;
  std::map<Group, std::vector<double>> of_group_;
};

/// Run times of one future. Jobs of a tenant come in sessions: those that wait together take alike long. So a tenant's
/// jobs take the run times of its last L finished jobs, one after the other; L, from one to all, is drawn once a future
/// and group, evenly on a logarithmic scale.
class FutureRuns {
 public:
  FutureRuns(const RunTimes& times, Rng& rng) : times_(times), rng_(rng) {}

  Millis draw(JobId job, Millis elapsed) {
    constexpr std::size_t kFew = 5;
    const std::vector<double>* past = times_.of_group(times_.group(job));
    if (past == nullptr || past->size() < kFew) return times_.draw(job, elapsed, rng_);
    const auto [found, is_new] = blocks_.try_emplace(times_.group(job));
    Block& block = found->second;
    if (is_new) {
      const double length = std::exp(rng_.uniform01() * std::log(static_cast<double>(past->size())));
      block.begin = block.next = past->size() - std::max<std::size_t>(1, static_cast<std::size_t>(length));
    }
    const double least = times_.scaled(job, elapsed);
    for (std::size_t tried = block.begin; tried < past->size(); ++tried) {
      const double value = (*past)[block.next];
      if (++block.next == past->size()) block.next = block.begin;
      if (value > least) return times_.run(job, elapsed, value);
    }
    return times_.draw(job, elapsed, rng_);
  }

 private:
  struct Block {
    std::size_t begin = 0, next = 0;
  };
  const RunTimes& times_;
  Rng& rng_;
  std::map<RunTimes::Group, Block> blocks_;
};

/// What waits and runs at a time, and what came on each day before it.
struct Present {
  std::vector<RunningJob> running;
  std::vector<JobId> waiting;
  std::vector<std::vector<JobId>> days;  ///< Whole days before it, the last one first.
};

Present present_at(const JobTable& jobs, const ClusterReplay& replay, const JobSchedule& past, Millis at) {
  Present present;
  present.running = replay.running_jobs(at);
  std::vector<bool> runs(jobs.size(), false);
  for (const RunningJob& running : present.running) runs[at_row(running.job)] = true;
  for (const JobId job : replay.rows()) {
    const Millis before = at - jobs.submit[at_row(job)];
    if (before < 0) break;
    if (past.end[at_row(job)] < 0 && !runs[at_row(job)]) present.waiting.push_back(job);
    const auto day = static_cast<std::size_t>(before / kDay);
    if (at - static_cast<Millis>(day + 1) * kDay < jobs.submit.front()) continue;  // Not a whole day.
    if (present.days.size() <= day) present.days.resize(day + 1);
    present.days[day].push_back(job);
  }
  return present;
}

/// One future: the table of its jobs, of which those before `first_new` are there at its begin.
struct Future {
  JobTable jobs;
  std::vector<RunningJob> running;
  JobId asked = kNoJob;
};

JobId add_request(JobTable& jobs, const JobRequest& request, JobId row) {
  const std::size_t at = at_row(row);
  jobs.submit[at] = 0;
  jobs.run[at] = request.run;
  jobs.gpus[at] = request.gpus;
  // What the request does not state is as of a job that says nothing; what it states has a column.
  const auto set = [&](auto& column, auto value, auto silent) {
    if (column.empty() && value != silent) column.assign(jobs.size(), silent);
    if (!column.empty()) column[at] = value;
  };
  const auto name = [&](std::vector<std::int32_t>& column, Names& names, const std::string& text) {
    set(column, text.empty() ? -1 : names.add(text), -1);
  };
  set(jobs.limit, request.limit == kNever ? request.run : request.limit, kNever);
  name(jobs.tenant, jobs.tenants, request.tenant);
  name(jobs.user, jobs.users, request.user);
  name(jobs.pool, jobs.pools, request.pool);
  name(jobs.gpu_type, jobs.gpu_types, request.gpu_type);
  set(jobs.priority, request.priority, 0);
  const auto silence = [&](auto& column, auto silent) { set(column, silent, silent); };
  silence(jobs.qos, -1);
  silence(jobs.kind, -1);
  silence(jobs.workers, 0);
  silence(jobs.min_gpus, request.gpus);
  silence(jobs.gpu_milli, 1000);
  silence(jobs.cpu_milli, 0);
  silence(jobs.memory_mib, 0);
  silence(jobs.preemptible, std::uint8_t{0});
  silence(jobs.deadline, kNever);
  silence(jobs.id, std::string("asked"));
  silence(jobs.recorded_start, Millis{-1});
  return row;
}

Future draw_future(const ClusterSpec& spec, const Present& present, const RunTimes& times, const JobRequest& request,
                   const ForecastOptions& options, Rng rng, bool nobody_after) {
  const JobTable& jobs = *spec.jobs;
  std::vector<JobId> rows;
  for (const RunningJob& job : present.running) rows.push_back(job.job);
  rows.insert(rows.end(), present.waiting.begin(), present.waiting.end());
  const auto there = rows.size();
  rows.push_back(rows.empty() ? 0 : rows.front());  // The job that is asked about, filled in below.
  std::vector<Millis> submits(rows.size(), 0);
  const std::size_t days =
      nobody_after || present.days.empty() ? 0 : static_cast<std::size_t>((options.ahead + kDay - 1) / kDay);
  for (std::size_t day = 0; day < days; ++day) {
    // Days of the week come back after seven; a history shorter than that has no weekends to tell apart.
    const std::size_t history = present.days.size();
    std::size_t past = rng.below(history);
    if (history >= 14) {
      const auto is_like = [&](std::size_t other) { return (other + day + 1) % 7 == 0; };
      do past = rng.below(history);
      while (!is_like(past));
    }
    const Millis begin = options.at - static_cast<Millis>(past + 1) * kDay;
    for (const JobId job : present.days[past]) {
      rows.push_back(job);
      submits.push_back(jobs.submit[at_row(job)] - begin + static_cast<Millis>(day) * kDay);
    }
  }
  FutureRuns runs(times, rng);
  Future future;
  future.jobs = take_rows(jobs, rows);
  future.jobs.after.clear();
  for (std::size_t i = 0; i < there; ++i) {
    const bool is_running = i < present.running.size();
    const Millis elapsed = is_running ? -present.running[i].since : 0;
    future.jobs.submit[i] = jobs.submit[at_row(rows[i])] - options.at;
    future.jobs.run[i] = runs.draw(rows[i], elapsed);
    if (spec.filled_limits > 0)
      future.jobs.limit[i] = std::llround(static_cast<double>(future.jobs.run[i]) * spec.filled_limits);
    if (is_running) future.running.push_back({static_cast<JobId>(i), -elapsed, present.running[i].slices});
  }
  for (std::size_t i = there; i < rows.size(); ++i) future.jobs.submit[i] = submits[i];
  future.asked = add_request(future.jobs, request, static_cast<JobId>(there));
  return future;
}

/// Adds up for what a job waits.
class WaitObserver final : public Observer {
 public:
  enum Cause : std::size_t { JobsAhead, GpusBusy, Scattered, Kept };
  WaitObserver(const ClusterReplay& replay, JobId job, std::int32_t gpus) : replay_(replay), job_(job), gpus_(gpus) {}

  void started(Millis now, JobId job, std::span<const Slice> /*slices*/) override {
    if (job == job_) book(now);
  }
  void passed(Millis now, long long free) override {
    book(now);
    const PassState state = replay_.left_waiting();
    if (state.blocked != job_) {
      cause_ = JobsAhead;
    } else if (state.hold != PassState::Hold::Capacity) {
      cause_ = Kept;
    } else {
      cause_ = free < gpus_ ? GpusBusy : Scattered;
    }
  }
  const std::array<double, 4>& times() const { return times_; }

 private:
  void book(Millis now) {
    times_[cause_] += static_cast<double>(std::max<Millis>(0, now - since_));
    since_ = std::max<Millis>(0, now);
  }
  const ClusterReplay& replay_;
  JobId job_;
  std::int32_t gpus_;
  Millis since_ = 0;
  Cause cause_ = GpusBusy;
  std::array<double, 4> times_{};
};

struct OneWait {
  double seconds = std::numeric_limits<double>::infinity();
  std::array<double, 4> causes{};
};

OneWait wait_in(const ClusterSpec& spec, const ClusterPolicy& policy, Future future, Millis ahead, std::uint64_t seed) {
  ClusterSpec own = spec;
  own.seed = seed;  // Other faults in each.
  own.jobs = std::make_shared<const JobTable>(std::move(future.jobs));
  own.horizon = ahead;
  ClusterReplay replay(own, policy);
  WaitObserver observer(replay, future.asked, own.jobs->gpus[at_row(future.asked)]);
  const JobSchedule schedule = replay.run(&observer, future.running, future.asked);
  OneWait wait;
  const Millis start = schedule.first_start[at_row(future.asked)];
  if (start >= 0) wait.seconds = static_cast<double>(start) / kSecond;
  wait.causes = observer.times();
  return wait;
}

}  // namespace

StartForecast forecast_start(const ClusterSpec& spec, const ClusterPolicy& policy, const JobRequest& job,
                             const ForecastOptions& options, ThreadPool& pool,
                             const std::function<void(int done)>& progress) {
  const JobTable& jobs = *spec.jobs;
  ClusterSpec history = spec;
  history.horizon = options.at;
  ClusterReplay replay(history, policy);
  const JobSchedule past = replay.run();
  const Present present = present_at(jobs, replay, past, options.at);
  const RunTimes times(jobs, past, spec.filled_limits == 0);
  StartForecast forecast;
  forecast.policy = policy.name;
  forecast.job = fmt::format("{} GPU{}", job.gpus, job.gpus == 1 ? "" : "s");
  if (!job.tenant.empty()) forecast.job += " of tenant " + job.tenant;
  forecast.horizon = static_cast<double>(options.ahead) / kSecond;
  forecast.jobs_ahead = static_cast<long long>(present.waiting.size());
  for (const JobId waiting : present.waiting) forecast.gpu_hours_ahead += gpu_hours_asked(jobs, waiting);
  const auto one = [&](std::size_t i, bool nobody_after) {
    const Rng rng = Rng::stream(options.seed, "cluster/forecast", static_cast<std::uint32_t>(i));
    return wait_in(spec, policy, draw_future(spec, present, times, job, options, rng, nobody_after), options.ahead,
                   options.seed * 1'000'003 + i);
  };
  forecast.unhindered = one(0, true).seconds;
  std::atomic<int> done = 0;
  const std::vector<OneWait> waits = pool.parallel_map(static_cast<std::size_t>(options.replays), [&](std::size_t i) {
    OneWait wait = one(i, false);
    if (progress) progress(++done);
    return wait;
  });
  std::array<double, 4> causes{};
  double sum = 0;
  for (const OneWait& wait : waits) {
    forecast.waits.push_back(wait.seconds);
    for (std::size_t i = 0; i < causes.size(); ++i) {
      causes[i] += wait.causes[i];
      sum += wait.causes[i];
    }
  }
  std::sort(forecast.waits.begin(), forecast.waits.end());
  constexpr std::array<const char*, 4> kNames = {"jobs ahead of it", "GPUs to come free",
                                                 "GPUs that are free, but scattered",
                                                 "GPUs kept for others, or its quota"};
  for (std::size_t i = 0; i < causes.size(); ++i)
    if (causes[i] > 0) forecast.waits_for.push_back({kNames[i], causes[i] / sum});
  return forecast;
}

}  // namespace orrery
