#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "cluster/grants/grant_scheduler.hpp"
#include "cluster/test_workloads.hpp"

namespace orrery::test {

/// Jobs of tenants by name, "" of none.
inline JobTable tenant_jobs(const std::vector<SmallJob>& list, const std::vector<std::string>& tenants) {
  JobTable jobs = small_jobs(list);
  for (const std::string& name : tenants) jobs.tenant.push_back(name.empty() ? -1 : jobs.tenants.add(name));
  return jobs;
}

struct Replayed {
  JobSchedule schedule;
  std::vector<GrantRecord> records;
  std::vector<JobId> refused;

  const GrantRecord& of(const std::string& tenant) const {
    return *std::find_if(records.begin(), records.end(), [&](const auto& record) { return record.tenant == tenant; });
  }
};

inline Replayed replay(const JobTable& jobs, const SharedMachine& machine, const GrantParameters& parameters,
                       const EngineOptions& options = {}, Observer* observer = nullptr,
                       const std::vector<RunningJob>& running = {}) {
  GpuPlacement placement(machine, jobs);
  std::vector<JobId> rows = all_rows(jobs);
  const auto scheduler = make_grant_scheduler(parameters, machine.gpus(), jobs, rows, 7);
  for (const RunningJob& job : running) std::erase(rows, job.job);
  ClusterEngine engine(jobs, rows, placement, *scheduler, options, nullptr, observer);
  for (const RunningJob& job : running) ORRERY_CHECK(engine.resume(job), "its GPUs are free");
  Replayed result;
  result.schedule = engine.run();
  result.records = scheduler->records(options.horizon == kNever ? result.schedule.last_event : options.horizon);
  result.refused = scheduler->refused();
  return result;
}

inline std::vector<Millis> seconds(const std::vector<Millis>& times) {
  std::vector<Millis> list;
  for (const Millis time : times) list.push_back(time < 0 ? -1 : time / kSecond);
  return list;
}

inline double gpu_seconds(double gpu_time) {
  return gpu_time / static_cast<double>(kSecond);
}

inline GrantParameters blocks(int gpus, double length) {
  GrantParameters parameters;
  parameters.gpus = gpus;
  parameters.length = Seconds(length);
  return parameters;
}

inline GrantParameters credits(double period) {
  GrantParameters parameters;
  parameters.mode = GrantMode::Credits;
  parameters.period = Seconds(period);
  return parameters;
}

/// Each tenant's GPU-time by the events, and the most GPUs that it had at once.
class TenantLaws final : public Observer {
 public:
  TenantLaws(const JobTable& jobs, const SharedMachine& machine) : jobs_(jobs), laws_(jobs, machine) {}
  void submitted(Millis now, JobId job) override { laws_.submitted(now, job); }
  void started(Millis now, JobId job, std::span<const Slice> slices) override {
    laws_.started(now, job, slices);
    change(now, job, jobs_.gpus[static_cast<std::size_t>(job)]);
  }
  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override {
    laws_.stopped(now, job, slices, reason);
    change(now, job, -jobs_.gpus[static_cast<std::size_t>(job)]);
  }
  void passed(Millis now, long long free) override {
    laws_.passed(now, free);
    for (auto& [tenant, its] : use_) its.most = std::max(its.most, its.gpus);
  }

  struct Use {
    long long gpus = 0, most = 0;
    Millis since = 0;
    double gpu_time = 0;
  };
  const Use& of(const std::string& tenant) { return use_[tenant]; }
  Millis ran(JobId job) const { return laws_.ran(job); }

 private:
  void change(Millis now, JobId job, long long gpus) {
    Use& its = use_[jobs_.tenants.at(jobs_.tenant[static_cast<std::size_t>(job)])];
    its.gpu_time += static_cast<double>(its.gpus * (now - its.since));
    its.since = now;
    its.gpus += gpus;
  }

  const JobTable& jobs_;
  LawObserver laws_;
  std::map<std::string, Use> use_;
};

inline JobTable random_tenants(std::uint64_t seed, std::size_t count, int gpus, double load) {
  JobTable jobs = random_jobs(seed, count, gpus, load);
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) jobs.tenants.add(name);
  jobs.tenant = jobs.user;
  return jobs;
}

/// All jobs that are not refused end, having run for their work; records agree with what was seen.
inline void check_laws(const JobTable& jobs, const Replayed& r, TenantLaws& laws) {
  std::vector<bool> refused(jobs.size(), false);
  for (const JobId job : r.refused) refused[static_cast<std::size_t>(job)] = true;
  for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job) {
    const auto row = static_cast<std::size_t>(job);
    if (refused[row]) continue;
    ORRERY_CHECK(r.schedule.end[row] >= 0, "a job that is not refused ends");
    ORRERY_CHECK(laws.ran(job) == jobs.run[row], "a job runs for its work");
  }
  for (const GrantRecord& record : r.records) {
    ORRERY_CHECK(record.used + record.unfunded == laws.of(record.tenant).gpu_time, "use is what ran");
    ORRERY_CHECK(record.granted == record.used + record.idle + record.held, "nothing granted is lost");
    ORRERY_CHECK(record.idle >= 0 && record.held >= 0, "nobody uses more than is granted");
  }
}

}  // namespace orrery::test
