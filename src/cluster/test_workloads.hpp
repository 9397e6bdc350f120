#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <vector>

#include "base/check.hpp"
#include "base/random.hpp"
#include "cluster/engine.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/scheduler.hpp"

namespace orrery::test {

inline std::vector<JobId> all_rows(const JobTable& jobs) {
  std::vector<JobId> rows(jobs.size());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

inline SharedMachine plain_machine(int nodes, int gpus = 8) {
  SharedMachine machine;
  machine.groups.push_back({.name = "nodes", .nodes = nodes, .gpus = gpus});
  return machine;
}

/// A job each: {submit s, run s, GPUs}.
struct SmallJob {
  Millis submit = 0, run = 1;
  std::int32_t gpus = 1;
};
inline JobTable small_jobs(const std::vector<SmallJob>& list) {
  JobTable jobs;
  for (const SmallJob& job : list) {
    jobs.submit.push_back(job.submit * kSecond);
    jobs.run.push_back(job.run * kSecond);
    jobs.gpus.push_back(job.gpus);
  }
  return jobs;
}

/// Jobs of mixed sizes on a machine that is too small for them now and then, with limits above the run times.
inline JobTable random_jobs(std::uint64_t seed, std::size_t count, int machine_gpus, double load) {
  JobTable jobs;
  Rng rng = Rng::stream(seed, "test/jobs");
  constexpr double kMeanRun = 600, kMeanGpus = 4.4;
  const double gap = kMeanRun * kMeanGpus / (load * machine_gpus);
  double now = 0;
  for (std::size_t i = 0; i < count; ++i) {
    now += rng.bernoulli(0.2) ? 0 : rng.exponential(gap / 0.8);
    const double run = rng.exponential(kMeanRun);
    std::int32_t gpus = 1 << rng.below(5);
    if (rng.bernoulli(0.1)) gpus = static_cast<std::int32_t>(1 + rng.below(20));
    jobs.submit.push_back(static_cast<Millis>(now) * kSecond);
    jobs.run.push_back(std::max<Millis>(1, static_cast<Millis>(run)) * kSecond);
    jobs.gpus.push_back(std::min(gpus, machine_gpus));
    jobs.limit.push_back(jobs.run.back() * static_cast<Millis>(1 + rng.below(3)));
    jobs.user.push_back(static_cast<std::int32_t>(rng.below(7)));
    jobs.priority.push_back(static_cast<std::int32_t>(rng.below(3)));
  }
  return jobs;
}

/// What must hold of any replay: no GPU is given twice, gangs are all or nothing, GPU-time in is GPU-time out.
class LawObserver final : public Observer {
 public:
  LawObserver(const JobTable& jobs, const SharedMachine& machine) : jobs_(jobs) {
    for (const NodeGroup& group : machine.groups) {
      capacity_.insert(capacity_.end(), static_cast<std::size_t>(group.nodes), group.gpus);
    }
    used_.assign(capacity_.size(), 0);
    ran_.assign(jobs.size(), 0);
    since_.assign(jobs.size(), -1);
  }

  void submitted(Millis now, JobId job) override {
    ORRERY_CHECK(jobs_.submit[index(job)] <= now, "no job arrives before it is submitted");
  }

  void started(Millis now, JobId job, std::span<const Slice> slices) override {
    ORRERY_CHECK(since_[index(job)] < 0, "a job runs once at a time");
    ORRERY_CHECK(now >= jobs_.submit[index(job)], "no job starts before it is submitted");
    since_[index(job)] = now;
    std::int32_t gang = 0;
    for (const Slice& slice : slices) {
      gang += slice.gpus;
      used_[index(slice.node)] += slice.gpus;
      ORRERY_CHECK(used_[index(slice.node)] <= capacity_[index(slice.node)], "no GPU is given twice");
    }
    ORRERY_CHECK(gang == jobs_.gpus[index(job)], "gangs are all or nothing");
    busy_ += gang;
  }

  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason /*reason*/) override {
    ORRERY_CHECK(since_[index(job)] >= 0, "only what runs stops");
    ran_[index(job)] += now - since_[index(job)];
    since_[index(job)] = -1;
    for (const Slice& slice : slices) {
      used_[index(slice.node)] -= slice.gpus;
      busy_ -= slice.gpus;
      ORRERY_CHECK(used_[index(slice.node)] >= 0, "no GPU comes back twice");
    }
  }

  void passed(Millis /*now*/, long long free) override {
    ORRERY_CHECK(busy_ + free == std::accumulate(capacity_.begin(), capacity_.end(), 0LL), "GPUs are busy or free");
  }

  /// Time that a job ran in all.
  Millis ran(JobId job) const { return ran_[index(job)]; }

 private:
  static std::size_t index(std::int32_t number) { return static_cast<std::size_t>(number); }

  const JobTable& jobs_;
  std::vector<std::int32_t> capacity_, used_;
  std::vector<Millis> ran_, since_;
  long long busy_ = 0;
};

}  // namespace orrery::test
