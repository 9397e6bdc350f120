#include "cluster/metrics/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "cluster/metrics/job_work.hpp"

namespace orrery {
namespace {

/// Priorities that differ more are computed values, not classes.
constexpr std::size_t kMostPriorities = 50;

std::size_t at(std::int64_t number) {
  return static_cast<std::size_t>(number);
}

double seconds(Millis time) {
  return static_cast<double>(time) / kSecond;
}

/// From submission to an event, or to the end of the replay where that did not happen.
Censored since_submission(const JobTable& jobs, const std::vector<Millis>& event, JobId job, Millis censoring) {
  const Millis submit = jobs.submit[at(job)];
  const bool known = event[at(job)] >= 0;
  return {seconds(std::max<Millis>(0, (known ? event[at(job)] : censoring) - submit)), !known};
}

Grouping by_names(const Names& names, const std::vector<std::int32_t>& column) {
  if (column.empty()) return {};
  Grouping made{names.list(), [&column](JobId job) { return column[at(job)]; }};
  // Jobs without a name are a group too.
  if (std::any_of(column.begin(), column.end(), [](std::int32_t number) { return number < 0; })) {
    const std::int32_t none = names.size();
    made.names.emplace_back("-");
    made.of = [&column, none](JobId job) { return column[at(job)] < 0 ? none : column[at(job)]; };
  }
  return made;
}

bool counts(const JobTable& jobs, const OutcomeOptions& options, JobId job) {
  const Millis submit = jobs.submit[at(job)];
  return submit >= options.from && submit < options.until;
}

std::vector<JobGroup> without_empty(std::vector<JobGroup> groups) {
  std::erase_if(groups, [](const JobGroup& group) { return group.jobs == 0; });
  return groups;
}

}  // namespace

Grouping all_jobs() {
  return {{"all"}, [](JobId) { return 0; }};
}

Grouping by_tenant(const JobTable& jobs) {
  return by_names(jobs.tenants, jobs.tenant);
}

Grouping by_pool(const JobTable& jobs) {
  return by_names(jobs.pools, jobs.pool);
}

std::size_t size_class(std::int32_t gpus) {
  constexpr std::array<std::int32_t, kSizeClasses.size() - 1> kMost = {0, 1, 4, 8, 32, 128};
  return static_cast<std::size_t>(std::lower_bound(kMost.begin(), kMost.end(), gpus) - kMost.begin());
}

Grouping by_size(const JobTable& jobs) {
  return {{kSizeClasses.begin(), kSizeClasses.end()},
          [&jobs](JobId job) { return static_cast<std::int32_t>(size_class(jobs.gpus[at(job)])); }};
}

Grouping by_priority(const JobTable& jobs) {
  if (!jobs.qos.empty()) return by_names(jobs.qos_names, jobs.qos);
  if (jobs.priority.empty()) return {};
  const auto numbers = std::make_shared<std::map<std::int32_t, std::int32_t, std::greater<>>>();
  for (const std::int32_t priority : jobs.priority) {
    numbers->try_emplace(priority, 0);
    if (numbers->size() > kMostPriorities) return {};
  }
  Grouping made;
  for (auto& [priority, number] : *numbers) {
    number = static_cast<std::int32_t>(made.names.size());
    made.names.push_back(fmt::format("priority {}", priority));
  }
  made.of = [&jobs, numbers](JobId job) { return numbers->at(jobs.priority[at(job)]); };
  return made;
}

Grouping by_block(const JobTable& jobs, Millis from, Millis until, Millis length) {
  Grouping made;
  for (Millis begin = from; begin < until; begin += length) made.names.push_back(std::to_string(made.names.size() + 1));
  made.of = [&jobs, from, until, length](JobId job) {
    const Millis submit = jobs.submit[at(job)];
    return submit < from || submit >= until ? -1 : static_cast<std::int32_t>((submit - from) / length);
  };
  return made;
}

Millis censoring_time(const JobSchedule& schedule, Millis horizon) {
  return horizon == kNever ? schedule.last_event : horizon;
}

Censored wait_of(const JobTable& jobs, const JobSchedule& schedule, JobId job, Millis censoring) {
  return since_submission(jobs, schedule.first_start, job, censoring);
}

Censored turnaround_of(const JobTable& jobs, const JobSchedule& schedule, JobId job, Millis censoring) {
  return since_submission(jobs, schedule.end, job, censoring);
}

Censored slowdown_of(const JobTable& jobs, const JobSchedule& schedule, JobId job, Millis censoring) {
  const Censored turnaround = turnaround_of(jobs, schedule, job, censoring);
  const double run = seconds(std::max(jobs.run[at(job)], kSlowdownBound));
  return {std::max(1.0, turnaround.value / run), turnaround.at_least};
}

std::vector<JobGroup> outcome_by(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                                 const OutcomeOptions& options, const Grouping& grouping) {
  std::vector<JobGroup> groups(grouping.names.size());
  if (groups.empty()) return groups;
  for (std::size_t g = 0; g < groups.size(); ++g) groups[g].name = grouping.names[g];
  const auto group = [&](JobId job) { return counts(jobs, options, job) ? grouping.of(job) : -1; };
  const Millis censoring = censoring_time(schedule, options.horizon);
  std::vector<double> runs(groups.size());
  std::vector<double> turnarounds(groups.size());
  for (const JobId job : rows) {
    const std::int32_t number = group(job);
    if (number < 0) continue;
    JobGroup& its = groups[at(number)];
    ++its.jobs;
    if (schedule.first_start[at(job)] >= 0) ++its.started;
    if (schedule.end[at(job)] >= 0) {
      ++its.finished;
      runs[at(number)] += seconds(jobs.run[at(job)]);
      turnarounds[at(number)] += turnaround_of(jobs, schedule, job, censoring).value;
    }
    if (wait_of(jobs, schedule, job, censoring).value > seconds(options.starved_after)) ++its.starved;
    const int stops = value_or<std::uint16_t>(schedule.stops, job, 0);
    its.stopped += stops > 0 ? 1 : 0;
    its.stops += stops;
    its.gpu_hours += gpu_hours_asked(jobs, job);
  }
  using Value = Censored (*)(const JobTable&, const JobSchedule&, JobId, Millis);
  const auto measure = [&](Distribution JobGroup::*figure, Value value) {
    const std::vector<Distribution> made =
        distributions_by(rows, groups.size(), group, [&](JobId job) { return value(jobs, schedule, job, censoring); });
    for (std::size_t g = 0; g < groups.size(); ++g) groups[g].*figure = made[g];
  };
  measure(&JobGroup::wait, wait_of);
  measure(&JobGroup::turnaround, turnaround_of);
  measure(&JobGroup::slowdown, slowdown_of);
  for (std::size_t g = 0; g < groups.size(); ++g) groups[g].stretch = runs[g] > 0 ? turnarounds[g] / runs[g] : 0;
  return groups;
}

WaitCurve wait_curve(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                     const OutcomeOptions& options) {
  constexpr int kPerDecade = 25;
  constexpr double kLongest = 365.25 * 86'400;
  WaitCurve made;
  for (int i = 0; made.waits.empty() || made.waits.back() < kLongest; ++i)
    made.waits.push_back(std::pow(10.0, static_cast<double>(i) / kPerDecade));
  std::vector<std::int64_t> within(made.waits.size() + 1);
  std::int64_t count = 0;
  for (const JobId job : rows) {
    if (!counts(jobs, options, job)) continue;
    ++count;
    if (schedule.first_start[at(job)] < 0) continue;
    const double wait = wait_of(jobs, schedule, job, 0).value;
    ++within[at(std::lower_bound(made.waits.begin(), made.waits.end(), wait) - made.waits.begin())];
  }
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < made.waits.size(); ++i) {
    sum += within[i];
    made.shares.push_back(count > 0 ? static_cast<double>(sum) / static_cast<double>(count) : 0);
  }
  return made;
}

Outcome outcome_of(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                   const OutcomeOptions& options) {
  Outcome made;
  made.options = options;
  const auto grouped = [&](const Grouping& grouping) {
    return without_empty(outcome_by(jobs, rows, schedule, options, grouping));
  };
  made.all = outcome_by(jobs, rows, schedule, options, all_jobs()).front();
  made.tenants = grouped(by_tenant(jobs));
  made.sizes = grouped(by_size(jobs));
  made.priorities = grouped(by_priority(jobs));
  made.pools = grouped(by_pool(jobs));
  made.waits = wait_curve(jobs, rows, schedule, options);
  Millis first = kNever, last = -1;
  for (const JobId job : rows) {
    if (!counts(jobs, options, job)) {
      ++made.left_out;
      continue;
    }
    first = std::min(first, jobs.submit[at(job)]);
    last = std::max(last, schedule.end[at(job)]);
  }
  made.makespan = last > first ? seconds(last - first) : 0;
  made.gpu_hours_lost = static_cast<double>(schedule.gpu_time_lost) / kHour;
  made.failures = schedule.failures;
  made.gpu_hours_failed = static_cast<double>(schedule.gpu_time_failed) / kHour;
  made.given_up = schedule.given_up;
  return made;
}

}  // namespace orrery
