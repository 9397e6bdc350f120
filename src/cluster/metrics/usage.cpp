#include "cluster/metrics/usage.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "cluster/metrics/job_work.hpp"

namespace orrery {
namespace {

// Levels of the machine; causes follow.
constexpr std::size_t kWaiting = 0, kDown = 1, kFree = 2;
constexpr std::int64_t kWhole = 1000;  ///< Thousandths of a GPU.

std::size_t at(std::int64_t number) {
  return static_cast<std::size_t>(number);
}

/// Means over bins of an integral over them.
template <class Value>
std::vector<double> means(const std::vector<Value>& integrals, Millis width, Millis span, double unit) {
  std::vector<double> made;
  made.reserve(integrals.size());
  for (std::size_t i = 0; i < integrals.size(); ++i) {
    const Millis length = std::min(width, span - static_cast<Millis>(i) * width);
    made.push_back(static_cast<double>(integrals[i]) / static_cast<double>(length) / unit);
  }
  return made;
}

/// GPU-hours of an integral of thousandths of GPUs.
double gpu_hours(const std::vector<std::int64_t>& integrals) {
  double sum = 0;
  for (const std::int64_t part : integrals) sum += static_cast<double>(part);
  return sum / kWhole / kHour;
}

/// Joins neighbours: the first sample of two, where there is one.
void join(std::vector<long long>& samples) {
  const std::size_t half = samples.size() / 2;
  for (std::size_t i = 0; i < half; ++i) samples[i] = samples[2 * i] >= 0 ? samples[2 * i] : samples[2 * i + 1];
  std::fill(samples.begin() + static_cast<std::ptrdiff_t>(half), samples.end(), -1);
}

}  // namespace

const char* free_cause_name(FreeCause cause) {
  switch (cause) {
    case FreeCause::NoJob:
      return "no job waits";
    case FreeCause::TooLarge:
      return "fewer than the first job needs";
    case FreeCause::Scattered:
      return "enough but scattered";
    case FreeCause::Reserved:
      return "kept for a reservation";
    case FreeCause::Limited:
      return "withheld by a quota or limit";
    case FreeCause::Untold:
      return "jobs wait, why is not told";
  }
  ORRERY_CHECK(false, "every cause has a name");
}

double UsageSummary::utilisation() const {
  return useful_utilisation(0);
}

double UsageSummary::useful_utilisation(Millis lost) const {
  const double there = allocated_hours + free_hours;
  const double useful = allocated_hours - static_cast<double>(lost) / kHour;
  return there > 0 ? std::max(0.0, useful) / there : 0;
}

Usage::Usage(const JobTable& jobs, const JobPlacement& placement, UsageOptions options)
    : jobs_(jobs),
      placement_(placement),
      options_(std::move(options)),
      gpus_(placement.gpus()),
      held_(std::min(at(jobs.tenants.size()), kMostTenants) + 1, options_.begin),
      machine_(kFree + kFreeCauses, options_.begin),
      backlog_(1, options_.begin),
      gangs_(TimeBins<double>::kBins, -1),
      gang_width_(machine_.width()) {
  advance(options_.begin);
  set_free(FreeCause::NoJob, gpus_ * kWhole);
}

void Usage::advance(Millis now) {
  held_.advance(now);
  machine_.advance(now);
  backlog_.advance(now);
}

void Usage::wait(JobId job, int sign) {
  machine_.change(kWaiting, sign);
  // Sums of doubles leave a rest: nobody waits, nothing is left to do.
  if (machine_.now(kWaiting) == 0) {
    backlog_.change(0, -backlog_.now(0));
    return;
  }
  const Millis left = options_.work_left ? options_.work_left(job) : jobs_.run[at(job)];
  backlog_.change(0, sign * gpus_asked(jobs_, job) * static_cast<double>(left) / kHour);
}

void Usage::hold(JobId job, std::span<const Slice> slices, int sign) {
  std::int64_t milli = 0;
  for (const Slice& slice : slices) milli += std::int64_t{slice.gpus} * slice.gpu_milli;
  const std::int32_t tenant = value_or(jobs_.tenant, job, -1);
  const std::size_t rest = held_.levels() - 1;
  held_.change(tenant < 0 ? rest : std::min(at(tenant), rest), sign * milli);
  held_now_ += sign * milli;
}

void Usage::submitted(Millis now, JobId job) {
  advance(now);
  wait(job, 1);
}

void Usage::started(Millis now, JobId job, std::span<const Slice> slices) {
  advance(now);
  wait(job, -1);
  hold(job, slices, 1);
}

void Usage::stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) {
  advance(now);
  hold(job, slices, -1);
  if (reason != StopReason::Ended) wait(job, 1);
}

FreeCause Usage::cause(long long free) const {
  if (machine_.now(kWaiting) == 0) return FreeCause::NoJob;
  const PassState left = options_.left_waiting ? options_.left_waiting() : PassState{};
  if (left.blocked == kNoJob) return FreeCause::Untold;
  if (left.hold == PassState::Hold::Limit) return FreeCause::Limited;
  if (left.hold == PassState::Hold::Reservation) return FreeCause::Reserved;
  return jobs_.gpus[at(left.blocked)] > free ? FreeCause::TooLarge : FreeCause::Scattered;
}

void Usage::set_free(FreeCause cause, long long milli) {
  const auto before = kFree + static_cast<std::size_t>(cause_), after = kFree + static_cast<std::size_t>(cause);
  if (before != after) machine_.change(before, -machine_.now(before));
  if (milli != machine_.now(after)) machine_.change(after, milli - machine_.now(after));
  cause_ = cause;
}

void Usage::sample_gang() {
  for (; gang_width_ < machine_.width(); gang_width_ *= 2) join(gangs_);
  if (gangs_[machine_.bin()] < 0) gangs_[machine_.bin()] = options_.largest_gang();
}

void Usage::passed(Millis now, long long free) {
  advance(now);
  const long long up = placement_.gpus();
  const long long down = gpus_ - up;
  if (down != machine_.now(kDown)) machine_.change(kDown, down - machine_.now(kDown));
  set_free(cause(free), up * kWhole - held_now_);
  if (now < options_.begin) return;
  if (options_.largest_gang) sample_gang();
  peak_allocated_ = std::max(peak_allocated_, static_cast<double>(held_now_) / kWhole);
  peak_backlog_ = std::max(peak_backlog_, backlog_.now(0));
  if (machine_.now(kWaiting) > peak_waiting_) {
    peak_waiting_ = machine_.now(kWaiting);
    peak_waiting_at_ = now;
  }
}

UsageSummary Usage::summary(Millis end) const {
  TimeBins<std::int64_t> held = held_, machine = machine_;
  TimeBins<double> backlog = backlog_;
  held.advance(end);
  machine.advance(end);
  backlog.advance(end);
  UsageSummary made;
  made.begin = options_.begin;
  made.end = std::max(end, options_.begin);
  made.width = machine.width();
  made.gpus = gpus_;
  const Millis span = made.end - made.begin;
  if (span == 0) return made;
  made.tenants.assign(jobs_.tenants.list().begin(),
                      jobs_.tenants.list().begin() + static_cast<std::ptrdiff_t>(held.levels()) - 1);
  const auto tenant = [&](std::size_t level) {
    const std::vector<std::int64_t> integrals = held.integrals(level);
    made.tenant_gpus.push_back(means(integrals, made.width, span, kWhole));
    made.tenant_gpu_hours.push_back(gpu_hours(integrals));
  };
  for (std::size_t t = 0; t < held.levels(); ++t) tenant(t);
  if (made.tenant_gpu_hours.back() > 0) {
    made.tenants.emplace_back("-");
  } else {
    made.tenant_gpus.pop_back();
    made.tenant_gpu_hours.pop_back();
  }
  made.waiting = means(machine.integrals(kWaiting), made.width, span, 1);
  made.backlog = means(backlog.integrals(0), made.width, span, 1);
  const std::vector<std::int64_t> down = machine.integrals(kDown);
  made.down = means(down, made.width, span, 1);
  made.down_hours = gpu_hours(down) * kWhole;
  std::vector<std::int64_t> free(down.size());
  for (std::size_t c = 0; c < kFreeCauses; ++c) {
    const std::vector<std::int64_t> part = machine.integrals(kFree + c);
    made.free_by_cause[c] = gpu_hours(part);
    for (std::size_t i = 0; i < free.size(); ++i) free[i] += part[i];
  }
  made.free = means(free, made.width, span, kWhole);
  made.free_hours = std::accumulate(made.free_by_cause.begin(), made.free_by_cause.end(), 0.0);
  made.allocated.assign(free.size(), 0);
  for (const std::vector<double>& gpus : made.tenant_gpus) {
    for (std::size_t i = 0; i < gpus.size(); ++i) made.allocated[i] += gpus[i];
  }
  made.allocated_hours = std::accumulate(made.tenant_gpu_hours.begin(), made.tenant_gpu_hours.end(), 0.0);
  std::vector<long long> gangs = gangs_;
  for (Millis width = gang_width_; width < made.width; width *= 2) join(gangs);
  gangs.resize(free.size(), -1);
  made.largest_gang = std::move(gangs);
  made.peak_allocated = peak_allocated_;
  made.peak_waiting = peak_waiting_;
  made.peak_waiting_at = peak_waiting_at_;
  made.peak_backlog = peak_backlog_;
  return made;
}

}  // namespace orrery
