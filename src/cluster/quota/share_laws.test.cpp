// Laws of KAI's and Volcano's shares on random queues and jobs.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/random.hpp"
#include "cluster/quota/share_scheduler.hpp"
#include "cluster/quota/test_replay.hpp"

namespace orrery {
namespace {

/// A few top queues with a few leaves each, of any of the four rules.
SharePolicy random_policy(Rng& rng, double gpus) {
  SharePolicy policy;
  const bool is_kai = rng.bernoulli(0.5);
  if (is_kai) {
    KaiSpec spec;
    const auto departments = 1 + rng.below(3);
    for (std::uint64_t d = 0; d < departments; ++d) {
      KaiQueue department;
      department.name = "d" + std::to_string(d);
      department.gpu.quota = static_cast<double>(rng.below(10));
      if (rng.bernoulli(0.3)) department.gpu.limit = 4 + static_cast<double>(rng.below(20));
      spec.queues.push_back(department);
    }
    for (int leaf = 0; leaf < 5; ++leaf) {
      KaiQueue queue;
      queue.name = "q" + std::to_string(leaf);
      queue.parent_queue = "d" + std::to_string(rng.below(departments));
      queue.gpu = {static_cast<double>(rng.below(6)), static_cast<double>(rng.below(4)), -1};
      if (rng.bernoulli(0.3)) queue.gpu.limit = 1 + static_cast<double>(rng.below(12));
      queue.priority = static_cast<std::int32_t>(rng.below(2));
      spec.queues.push_back(queue);
    }
    spec.non_preemptible_priority = 3;
    return kai_policy(spec);
  }
  VolcanoSpec spec;
  const std::array<VolcanoSharing, 3> sharing{VolcanoSharing::Proportion, VolcanoSharing::Capacity,
                                              VolcanoSharing::Hdrf};
  spec.sharing = sharing[rng.below(3)];
  for (int leaf = 0; leaf < 5; ++leaf) {
    VolcanoQueue queue;
    queue.name = "q" + std::to_string(leaf);
    queue.weight = 1 + static_cast<double>(rng.below(4));
    queue.deserved.gpu = static_cast<double>(rng.below(8));
    queue.guarantee.gpu = std::min(*queue.deserved.gpu, static_cast<double>(rng.below(4)));
    if (rng.bernoulli(0.3)) queue.capability.gpu = *queue.deserved.gpu + static_cast<double>(rng.below(8));
    queue.reclaimable = rng.bernoulli(0.8);
    spec.queues.push_back(queue);
  }
  // Guarantees that the machine cannot keep would shut everybody else out.
  if (gpus < 16) {
    for (VolcanoQueue& queue : spec.queues) queue.guarantee.gpu.reset();
  }
  if (rng.bernoulli(0.2)) spec.sla_waiting_time = Seconds(300);
  return volcano_policy(spec);
}

/// Counts what queues hold by itself, and checks limits and guarantees after every pass.
class ShareJudge : public Observer {
 public:
  ShareJudge(const JobTable& jobs, const SharePolicy& policy, const ShareScheduler& scheduler, double gpus)
      : jobs_(jobs),
        policy_(policy),
        scheduler_(scheduler),
        gpus_(gpus),
        held_(policy.queues.size(), 0),
        fixed_(policy.queues.size(), 0) {}

  void started(Millis, JobId job, std::span<const Slice> slices) override {
    int got = 0;
    for (const Slice& slice : slices) got += slice.gpus;
    CHECK(got == jobs_.gpus[static_cast<std::size_t>(job)]);
    change(job, 1);
  }
  void stopped(Millis, JobId job, std::span<const Slice>, StopReason reason) override {
    change(job, -1);
    const std::int32_t priority = jobs_.priority[static_cast<std::size_t>(job)];
    if (reason != StopReason::Preempted) return;
    ++evictions;
    if (policy_.non_preemptible_priority) CHECK(priority < *policy_.non_preemptible_priority);
  }
  void passed(Millis, long long) override {
    double counted = 0;
    for (std::size_t q = 0; q < policy_.queues.size(); ++q) {
      CHECK(held_[q] * 1000 <= policy_.queues[q].share.limit[0]);
      CHECK(fixed_[q] * 1000 <= policy_.queues[q].share.deserved[0]);
      if (scheduler_.tree().is_leaf(ShareTree::node(static_cast<std::int32_t>(q))))
        counted += std::max(held_[q] * 1000, policy_.queues[q].share.guarantee[0]);
    }
    CHECK(counted <= gpus_ * 1000);
  }
  long long evictions = 0;

 private:
  void change(JobId job, int sign) {
    const double gpus = jobs_.gpus[static_cast<std::size_t>(job)];
    const bool fixed = policy_.non_preemptible_priority &&
                       jobs_.priority[static_cast<std::size_t>(job)] >= *policy_.non_preemptible_priority;
    for (std::int32_t q = scheduler_.queue(job); q >= 0; q = policy_.queues[static_cast<std::size_t>(q)].share.parent) {
      held_[static_cast<std::size_t>(q)] += sign * gpus;
      if (fixed) fixed_[static_cast<std::size_t>(q)] += sign * gpus;
    }
  }
  const JobTable& jobs_;
  const SharePolicy& policy_;
  const ShareScheduler& scheduler_;
  double gpus_;
  std::vector<double> held_, fixed_;
};

TEST_CASE("KAI and Volcano: laws on random workloads: limits, guarantees, fixed jobs within quota, conservation") {
  long long evictions = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/shares");
    const int nodes = static_cast<int>(1 + rng.below(8));
    const SharePolicy policy = random_policy(rng, 4.0 * nodes);
    std::vector<TestJob> said;
    Millis time = 0;
    for (int i = 0; i < 150; ++i) {
      time += static_cast<Millis>(rng.below(15));
      said.push_back({"q" + std::to_string(rng.below(5)), time, 1 + static_cast<Millis>(rng.below(150)),
                      static_cast<std::int32_t>(1 + rng.below(6)), static_cast<std::int32_t>(rng.below(4))});
    }
    const JobTable jobs = table_of(said);
    const SharedMachine machine = nodes_of(nodes, 4);
    GpuPlacement placement(machine, jobs);
    const std::vector<JobId> rows = all_rows(jobs);
    ShareScheduler scheduler(policy, machine, jobs, rows);
    ShareJudge judge(jobs, policy, scheduler, 4.0 * nodes);
    const JobSchedule schedule = ClusterEngine(jobs, rows, placement, scheduler, {}, nullptr, &judge).run();
    evictions += judge.evictions;
    CHECK(placement.free_gpus() == placement.gpus());
    // Jobs that fit their queue's limits on an empty machine were all done.
    for (const JobId job : rows) {
      bool possible = placement.possible(demand_of(jobs, job));
      const double gpus = 1000.0 * jobs.gpus[static_cast<std::size_t>(job)];
      double others = 0;
      for (std::size_t q = 0; q < policy.queues.size(); ++q) others += policy.queues[q].share.guarantee[0];
      const auto& own = policy.queues[static_cast<std::size_t>(scheduler.queue(job))].share;
      possible = possible && std::max(gpus, own.guarantee[0]) + others - own.guarantee[0] <= 4000.0 * nodes;
      const bool fixed = policy.non_preemptible_priority &&
                         jobs.priority[static_cast<std::size_t>(job)] >= *policy.non_preemptible_priority;
      for (std::int32_t q = scheduler.queue(job); q >= 0; q = policy.queues[static_cast<std::size_t>(q)].share.parent) {
        const auto& share = policy.queues[static_cast<std::size_t>(q)].share;
        possible = possible && gpus <= (fixed ? std::min(share.limit[0], share.deserved[0]) : share.limit[0]);
      }
      CHECK((schedule.end[static_cast<std::size_t>(job)] >= 0) == possible);
    }
  }
  CHECK(evictions > 100);
}

TEST_CASE("KAI: law, what a queue deserves comes back in the pass in which it asks") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/kai_quota");
    KaiSpec spec;
    int total = 0;
    std::vector<int> owned;
    const auto owners = 1 + rng.below(4);
    for (std::uint64_t q = 0; q < owners; ++q) {
      KaiQueue queue;
      queue.name = "owner" + std::to_string(q);
      owned.push_back(static_cast<int>(1 + rng.below(12)));
      total += owned.back();
      queue.gpu.quota = owned.back();
      spec.queues.push_back(queue);
    }
    KaiQueue guest;
    guest.name = "guest";
    guest.priority = 1000;
    guest.gpu.over_quota_weight = 50;
    spec.queues.push_back(guest);
    std::vector<TestJob> said;
    for (int i = 0; i < 40; ++i) said.push_back({"guest", 0, 10'000, static_cast<std::int32_t>(1 + rng.below(3)), 9});
    for (std::uint64_t q = 0; q < owners; ++q)
      said.push_back({"owner" + std::to_string(q), 10 * static_cast<Millis>(q + 1), 100'000, owned[q]});
    const SharedMachine machine = nodes_of(total, 1);
    const EventLog log = replay(table_of(said), machine, [&](const JobTable& jobs, const std::vector<JobId>& rows) {
      return std::make_unique<ShareScheduler>(kai_policy(spec), machine, jobs, rows);
    });
    for (std::uint64_t q = 0; q < owners; ++q)
      CHECK(log.start(static_cast<JobId>(40 + q)) == 10 * static_cast<Millis>(q + 1));
  }
}

TEST_CASE("KAI and Volcano: law, evictions come to an end when nothing else happens") {
  int evicting = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/endless_shares");
    const int nodes = static_cast<int>(1 + rng.below(8));
    const SharePolicy policy = random_policy(rng, 4.0 * nodes);
    std::vector<TestJob> said;
    for (int i = 0; i < 40; ++i) {
      said.push_back({"q" + std::to_string(rng.below(5)), i, 100'000, static_cast<std::int32_t>(1 + rng.below(6)),
                      static_cast<std::int32_t>(rng.below(4))});
    }
    const SharedMachine machine = nodes_of(nodes, 4);
    const Millis last =
        last_preemption(table_of(said), machine, 40, [&](const JobTable& jobs, const std::vector<JobId>& rows) {
          return std::make_unique<ShareScheduler>(policy, machine, jobs, rows);
        });
    CHECK(last < 60);
    evicting += last >= 0 ? 1 : 0;
  }
  CHECK(evicting > 100);
}

}  // namespace
}  // namespace orrery
