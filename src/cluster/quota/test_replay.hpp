#pragma once

#include <span>
#include <string>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/gpu_placement.hpp"

namespace orrery {

/// A job as tests say it.
struct TestJob {
  std::string tenant;
  Millis submit = 0;  ///< Seconds here.
  Millis run = 100;   ///< Seconds.
  std::int32_t gpus = 1;
  std::int32_t priority = 0;
  std::int32_t workers = 0;
  std::string gpu_type{};
  std::int32_t cpu = 0;  ///< CPUs.
  std::int32_t memory_gib = 0;
};

inline JobTable table_of(const std::vector<TestJob>& said) {
  JobTable jobs;
  for (const TestJob& job : said) {
    jobs.submit.push_back(job.submit * kSecond);
    jobs.run.push_back(job.run * kSecond);
    jobs.gpus.push_back(job.gpus);
    jobs.priority.push_back(job.priority);
    jobs.workers.push_back(job.workers);
    jobs.tenant.push_back(jobs.tenants.add(job.tenant));
    jobs.gpu_type.push_back(job.gpu_type.empty() ? -1 : jobs.gpu_types.add(job.gpu_type));
    jobs.cpu_milli.push_back(job.cpu * 1000);
    jobs.memory_mib.push_back(job.memory_gib * 1024);
  }
  return jobs;
}

inline std::vector<JobId> all_rows(const JobTable& jobs) {
  std::vector<JobId> rows(jobs.size());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<JobId>(i);
  return rows;
}

inline SharedMachine nodes_of(int nodes, int gpus, const std::string& type = "") {
  SharedMachine machine;
  machine.groups.push_back({.name = "nodes", .gpu_type = type, .pool = "", .nodes = nodes, .gpus = gpus});
  return machine;
}

/// Starts and stops in seconds, in order.
struct TestEvent {
  Millis time = 0;
  char what = 's';  ///< 's'tarted, 'e'nded, 'p'reempted.
  JobId job = kNoJob;
  friend bool operator==(const TestEvent&, const TestEvent&) = default;
};

class EventLog : public Observer {
 public:
  void started(Millis now, JobId job, std::span<const Slice> /*slices*/) override {
    events.push_back({now / kSecond, 's', job});
  }
  void stopped(Millis now, JobId job, std::span<const Slice> /*slices*/, StopReason reason) override {
    events.push_back({now / kSecond, reason == StopReason::Ended ? 'e' : 'p', job});
  }
  std::vector<JobId> preempted() const {
    std::vector<JobId> jobs;
    for (const TestEvent& event : events) {
      if (event.what == 'p') jobs.push_back(event.job);
    }
    return jobs;
  }
  /// Second of the first start; -1: never.
  Millis start(JobId job) const {
    for (const TestEvent& event : events) {
      if (event.what == 's' && event.job == job) return event.time;
    }
    return -1;
  }
  std::vector<TestEvent> events;
};

/// Replays jobs under a policy made of them, and hands out what happened.
template <class MakeScheduler>
EventLog replay(const JobTable& jobs, const SharedMachine& machine, MakeScheduler&& make,
                const EngineOptions& options = {}) {
  EventLog log;
  GpuPlacement placement(machine, jobs);
  const std::vector<JobId> rows = all_rows(jobs);
  auto scheduler = make(jobs, rows);
  ClusterEngine(jobs, rows, placement, *scheduler, options, nullptr, &log).run();
  return log;
}

/// Passes every second, so that what a policy would do without any event is seen.
class Ticking final : public Scheduler {
 public:
  explicit Ticking(Scheduler& scheduler) : scheduler_(scheduler) {}
  void submitted(ClusterEngine& engine, JobId job) override { scheduler_.submitted(engine, job); }
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override {
    scheduler_.stopped(engine, job, reason);
  }
  void pass(ClusterEngine& engine) override { scheduler_.pass(engine); }
  Millis wakes(const ClusterEngine& engine) const override { return engine.now() + kSecond; }

 private:
  Scheduler& scheduler_;
};

/// Second of the last preemption when jobs arrive in the first `seconds` and none ends in ten times as long; -1: none.
template <class MakeScheduler>
Millis last_preemption(const JobTable& jobs, const SharedMachine& machine, Millis seconds, MakeScheduler&& make) {
  EventLog log;
  GpuPlacement placement(machine, jobs);
  const std::vector<JobId> rows = all_rows(jobs);
  auto scheduler = make(jobs, rows);
  Ticking ticking(*scheduler);
  EngineOptions options;
  options.horizon = 10 * seconds * kSecond;
  ClusterEngine(jobs, rows, placement, ticking, options, nullptr, &log).run();
  Millis last = -1;
  for (const TestEvent& event : log.events) {
    if (event.what == 'p') last = event.time;
  }
  return last;
}

}  // namespace orrery
