// Laws of Kueue's admission on random queues, cohorts and jobs.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "base/random.hpp"
#include "cluster/quota/kueue_scheduler.hpp"
#include "cluster/quota/test_replay.hpp"

namespace orrery {
namespace {

std::string number(Rng& rng, std::uint64_t below) {
  return std::to_string(rng.below(below));
}

KueueSpec random_spec(Rng& rng) {
  KueueSpec spec;
  const auto cohorts = 1 + rng.below(4);
  for (std::uint64_t c = 0; c < cohorts; ++c) {
    KueueCohort cohort;
    cohort.name = "c" + std::to_string(c);
    if (c > 0 && rng.bernoulli(0.7)) cohort.parent = "c" + number(rng, c);
    spec.cohorts.push_back(cohort);
  }
  using P = KueuePreemption;
  const auto queues = 1 + rng.below(6);
  for (std::uint64_t q = 0; q < queues; ++q) {
    KueueClusterQueue queue;
    queue.name = "q" + std::to_string(q);
    if (rng.bernoulli(0.9)) queue.cohort = "c" + number(rng, cohorts);
    KueueResourceQuota gpu, cpu;
    gpu.name = "nvidia.com/gpu";
    gpu.nominal_quota = number(rng, 9);
    cpu.name = "cpu";
    cpu.nominal_quota = number(rng, 40);
    if (!queue.cohort.empty() && rng.bernoulli(0.3)) gpu.borrowing_limit = number(rng, 6);
    if (!queue.cohort.empty() && rng.bernoulli(0.3)) gpu.lending_limit = number(rng, 6);
    queue.resource_groups = {{{"nvidia.com/gpu", "cpu"}, {{"default", {gpu, cpu}}}}};
    if (rng.bernoulli(0.4)) queue.queueing_strategy = KueueQueueing::StrictFifo;
    const std::array<P, 3> within{P::Never, P::LowerPriority, P::LowerOrNewerEqualPriority};
    const std::array<P, 3> reclaim{P::Never, P::LowerPriority, P::Any};
    queue.preemption.within_cluster_queue = within[rng.below(3)];
    queue.preemption.reclaim_within_cohort = reclaim[rng.below(3)];
    queue.fair_sharing.weight = number(rng, 4);
    spec.cluster_queues.push_back(queue);
  }
  spec.fair_sharing.enable = rng.bernoulli(0.5);
  if (!spec.fair_sharing.enable) {
    for (KueueClusterQueue& queue : spec.cluster_queues) {
      if (queue.preemption.reclaim_within_cohort != P::Never && rng.bernoulli(0.3))
        queue.preemption.borrow_within_cohort.policy = P::LowerPriority;
    }
  }
  return spec;
}

JobTable random_jobs(Rng& rng, std::uint64_t queues, int count) {
  std::vector<TestJob> said;
  Millis time = 0;
  for (int i = 0; i < count; ++i) {
    time += static_cast<Millis>(rng.below(20));
    TestJob job;
    job.tenant = "q" + number(rng, queues);
    job.submit = time;
    job.run = 1 + static_cast<Millis>(rng.below(200));
    job.gpus = static_cast<std::int32_t>(1 + rng.below(6));
    job.priority = static_cast<std::int32_t>(rng.below(3));
    job.cpu = static_cast<std::int32_t>(rng.below(12));
    said.push_back(job);
  }
  return table_of(said);
}

/// Counts usage by itself and checks limits at every pass.
class Judge : public Observer {
 public:
  Judge(const JobTable& jobs, const KueueScheduler& scheduler)
      : jobs_(jobs), scheduler_(scheduler), used_(static_cast<std::size_t>(scheduler.model().tree.size()) * 2, 0) {}

  void submitted(Millis, JobId job) override { waiting.push_back(job); }
  void started(Millis, JobId job, std::span<const Slice> slices) override {
    long long got = 0;
    for (const Slice& slice : slices) got += slice.gpus;
    CHECK(got == jobs_.gpus[static_cast<std::size_t>(job)]);  // All or nothing.
    std::erase(waiting, job);
    change(job, 1);
    running.push_back(job);
    check_order(job);
  }
  void stopped(Millis, JobId job, std::span<const Slice>, StopReason reason) override {
    change(job, -1);
    std::erase(running, job);
    if (reason == StopReason::Preempted) waiting.push_back(job);
    if (reason == StopReason::Preempted) ++preemptions;
  }
  void passed(Millis, long long) override { check_limits(); }

  std::vector<JobId> waiting, running;
  long long preemptions = 0;

 private:
  Amount& used(std::int32_t node, int cell) { return used_[static_cast<std::size_t>(node * 2 + cell)]; }
  void change(JobId job, int sign) {
    const std::int32_t node = scheduler_.model().queues[static_cast<std::size_t>(scheduler_.queue(job))].node;
    used(node, 0) += sign * 1000LL * jobs_.gpus[static_cast<std::size_t>(job)];
    used(node, 1) += sign * static_cast<Amount>(jobs_.cpu_milli[static_cast<std::size_t>(job)]);
  }
  Amount balance(std::int32_t node, int cell) {
    const QuotaTree& tree = scheduler_.model().tree;
    const auto slot = static_cast<std::size_t>(cell);
    Amount sum = tree.entitlement(node, slot).nominal - used(node, cell);
    for (std::int32_t child = node + 1; child < tree.size(); ++child) {
      if (tree.parent(child) == node)
        sum += std::min(tree.entitlement(child, slot).lending_limit, balance(child, cell));
    }
    return sum;
  }
  void check_limits() {
    const QuotaTree& tree = scheduler_.model().tree;
    for (std::int32_t node = 0; node < tree.size(); ++node) {
      for (int cell = 0; cell < 2; ++cell) {
        const Amount least =
            tree.parent(node) < 0 ? 0 : -tree.entitlement(node, static_cast<std::size_t>(cell)).borrowing_limit;
        CHECK(balance(node, cell) >= least);
        CHECK(balance(node, cell) == tree.balance(node, static_cast<std::size_t>(cell)));
      }
    }
  }
  /// A strict queue starts the first of its waiting jobs.
  void check_order(JobId job) {
    const std::int32_t queue = scheduler_.queue(job);
    if (!scheduler_.model().queues[static_cast<std::size_t>(queue)].strict) return;
    const auto key = [&](JobId j) {
      const auto row = static_cast<std::size_t>(j);
      return std::tuple(-jobs_.priority[row], jobs_.submit[row], j);
    };
    for (const JobId other : waiting) {
      const std::vector<JobId>& refused = scheduler_.refused();
      if (scheduler_.queue(other) == queue && std::find(refused.begin(), refused.end(), other) == refused.end())
        CHECK(key(job) < key(other));
    }
  }

  const JobTable& jobs_;
  const KueueScheduler& scheduler_;
  std::vector<Amount> used_;
};

TEST_CASE("Kueue: laws on random workloads: limits, cohort sums, strict order, gangs, conservation") {
  long long preemptions = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/kueue");
    const KueueSpec spec = random_spec(rng);
    const JobTable jobs = random_jobs(rng, spec.cluster_queues.size(), 120);
    const SharedMachine machine = nodes_of(static_cast<int>(1 + rng.below(10)), 4);
    GpuPlacement placement(machine, jobs);
    const std::vector<JobId> rows = all_rows(jobs);
    KueueScheduler scheduler(spec, jobs, rows);
    Judge judge(jobs, scheduler);
    const JobSchedule schedule = ClusterEngine(jobs, rows, placement, scheduler, {}, nullptr, &judge).run();
    preemptions += judge.preemptions;
    // What is left waiting finds no quota or no nodes even alone, or stands behind such a job in a strict queue.
    CHECK(judge.running.empty());
    for (const JobId job : judge.waiting) {
      const std::int32_t queue = scheduler.queue(job);
      bool blocked = !scheduler.possible(placement, job);
      for (const JobId other : judge.waiting) {
        blocked = blocked || (scheduler.model().queues[static_cast<std::size_t>(queue)].strict &&
                              scheduler.queue(other) == queue && !scheduler.possible(placement, other));
      }
      CHECK(blocked);
    }
    // Nobody is lost, and everybody who ended ran for as long as he had to in the end.
    std::size_t ended = 0;
    for (const JobId job : rows) ended += schedule.end[static_cast<std::size_t>(job)] >= 0 ? 1 : 0;
    CHECK(ended + judge.waiting.size() == rows.size());
    CHECK(placement.free_gpus() == placement.gpus());
  }
  CHECK(preemptions > 100);  // Otherwise the laws were not tried.
}

TEST_CASE("Kueue: law, an owner gets its nominal quota back in the pass in which it asks") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/reclaim");
    // Borrowers fill a cohort with small jobs; each owner then asks for all it owns at once.
    KueueSpec spec;
    std::vector<TestJob> said;
    const auto owners = 1 + rng.below(4);
    int total = 0;
    std::vector<int> owned;
    for (std::uint64_t q = 0; q < owners; ++q) {
      KueueClusterQueue queue;
      queue.name = "owner" + std::to_string(q);
      queue.cohort = "all";
      owned.push_back(static_cast<int>(1 + rng.below(12)));
      total += owned.back();
      queue.resource_groups = {{{"gpu"}, {{"default", {{"gpu", std::to_string(owned.back()), {}, {}}}}}}};
      queue.preemption.reclaim_within_cohort = KueuePreemption::Any;
      spec.cluster_queues.push_back(queue);
    }
    spec.fair_sharing.enable = rng.bernoulli(0.5);
    for (const char* name : {"guest0", "guest1"}) {
      KueueClusterQueue queue;
      queue.name = name;
      queue.cohort = "all";
      queue.resource_groups = {{{"gpu"}, {{"default", {{"gpu", "0", {}, {}}}}}}};
      queue.preemption.reclaim_within_cohort = rng.bernoulli(0.5) ? KueuePreemption::Any : KueuePreemption::Never;
      spec.cluster_queues.push_back(queue);
    }
    for (int i = 0; i < 40; ++i)
      said.push_back({"guest" + number(rng, 2), 0, 10'000, static_cast<std::int32_t>(1 + rng.below(3)), 9});
    for (std::uint64_t q = 0; q < owners; ++q)
      said.push_back({"owner" + std::to_string(q), 10 * static_cast<Millis>(q + 1), 100'000, owned[q]});
    const JobTable jobs = table_of(said);
    const EventLog log = replay(jobs, nodes_of(total, 1), [&](const JobTable& of, const std::vector<JobId>& rows) {
      return std::make_unique<KueueScheduler>(spec, of, rows);
    });
    for (std::uint64_t q = 0; q < owners; ++q)
      CHECK(log.start(static_cast<JobId>(40 + q)) == 10 * static_cast<Millis>(q + 1));
  }
}

TEST_CASE("Kueue: law, preemptions come to an end when nothing else happens (kueue#3779, #14543)") {
  int preempting = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/endless");
    KueueSpec spec = random_spec(rng);
    if (rng.bernoulli(0.3)) spec.fair_sharing.preemption_strategies = {KueueFairStrategy::LessThanInitialShare};
    JobTable jobs = random_jobs(rng, spec.cluster_queues.size(), 40);
    for (std::size_t job = 0; job < jobs.size(); ++job) {
      jobs.submit[job] = static_cast<Millis>(job) * kSecond;
      jobs.run[job] = kDay;
    }
    const SharedMachine machine = nodes_of(static_cast<int>(1 + rng.below(10)), 4);
    const Millis last = last_preemption(jobs, machine, 40, [&](const JobTable& of, const std::vector<JobId>& rows) {
      return std::make_unique<KueueScheduler>(spec, of, rows);
    });
    CHECK(last < 60);
    preempting += last >= 0 ? 1 : 0;
  }
  CHECK(preempting > 100);
}

}  // namespace
}  // namespace orrery
