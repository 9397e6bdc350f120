#include "cluster/metrics/measured_replay.hpp"

#include <algorithm>

#include <algorithm>

#include "cluster/metrics/observer_list.hpp"

namespace orrery {
namespace {

/// Hears what happens up to a time.
class Until final : public Observer {
 public:
  Until(Observer& to, Millis end) : to_(to), end_(end) {}
  void submitted(Millis now, JobId job) override {
    if (now <= end_) to_.submitted(now, job);
  }
  void started(Millis now, JobId job, std::span<const Slice> slices) override {
    if (now <= end_) to_.started(now, job, slices);
  }
  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override {
    if (now <= end_) to_.stopped(now, job, slices, reason);
  }
  void passed(Millis now, long long free) override {
    if (now <= end_) to_.passed(now, free);
  }

 private:
  Observer& to_;
  Millis end_;
};

}  // namespace

MeasuredReplay measure_replay(const ClusterSpec& spec, const ClusterPolicy& policy, OutcomeOptions options,
                              std::span<const double> entitlement, Observer* also) {
  ClusterReplay replay(spec, policy);
  options.horizon = spec.horizon;
  Usage usage(*spec.jobs, replay.placement(),
              {.begin = options.from,
               .left_waiting = [&replay] { return replay.left_waiting(); },
               .largest_gang = [&replay] { return replay.largest_gang(); },
               .work_left = [&replay](JobId job) { return replay.work_left(job); }});
  Until measured(usage, options.use_until);
  std::vector<Observer*> observers = {&measured};
  if (also != nullptr) observers.push_back(also);
  ObserverList all(observers);
  MeasuredReplay made;
  made.schedule = also == nullptr ? replay.run(&measured) : replay.run(&all);
  made.rows = replay.rows();
  made.impossible = replay.impossible();
  made.outcome = outcome_of(*spec.jobs, made.rows, made.schedule, options);
  const bool is_over = std::all_of(made.rows.begin(), made.rows.end(),
                                   [&](JobId job) { return made.schedule.end[static_cast<std::size_t>(job)] >= 0; });
  made.usage = usage.summary(
      std::min(options.use_until, is_over ? made.schedule.last_event : censoring_time(made.schedule, options.horizon)));
  made.fairness = fairness_of(*spec.jobs, made.rows, made.schedule, made.usage, options, entitlement);
  made.grants = replay.grants(std::max(censoring_time(made.schedule, options.horizon), made.schedule.last_event));
  return made;
}

}  // namespace orrery
