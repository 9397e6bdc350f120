#include "cluster/quota/kueue_scheduler.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <memory>

#include "cluster/quota/test_replay.hpp"

namespace orrery {
namespace {

using P = KueuePreemption;

/// A queue of GPUs of one flavor.
KueueClusterQueue gpu_queue(const std::string& name, const std::string& cohort, int nominal, int borrowing = -1,
                            int lending = -1) {
  KueueClusterQueue queue;
  queue.name = name;
  queue.cohort = cohort;
  KueueResourceQuota quota;
  quota.name = "nvidia.com/gpu";
  quota.nominal_quota = std::to_string(nominal);
  if (borrowing >= 0) quota.borrowing_limit = std::to_string(borrowing);
  if (lending >= 0) quota.lending_limit = std::to_string(lending);
  queue.resource_groups = {{{"nvidia.com/gpu"}, {{"default", {quota}}}}};
  return queue;
}

KueueClusterQueue with(KueueClusterQueue queue, P within, P reclaim) {
  queue.preemption.within_cluster_queue = within;
  queue.preemption.reclaim_within_cohort = reclaim;
  return queue;
}

EventLog run(const KueueSpec& spec, const std::vector<TestJob>& said, const SharedMachine& machine) {
  Diagnostics diagnostics;
  check_kueue(spec, diagnostics);
  REQUIRE_MESSAGE(!diagnostics.has_errors(), render_text(diagnostics.all(), false));
  return replay(table_of(said), machine, [&](const JobTable& jobs, const std::vector<JobId>& rows) {
    return std::make_unique<KueueScheduler>(spec, jobs, rows);
  });
}

TEST_CASE("Kueue: borrowing up to the limit, hand-computed") {
  // a owns 4 and may borrow 2 of b's 8: of three jobs of 3 GPUs two run, one waits until the first ends.
  KueueSpec spec;
  spec.cluster_queues = {gpu_queue("a", "team", 4, 2), gpu_queue("b", "team", 8)};
  const EventLog log = run(spec, {{"a", 0, 100, 3}, {"a", 1, 100, 3}, {"a", 2, 100, 3}}, nodes_of(12, 1));
  CHECK(log.start(0) == 0);
  CHECK(log.start(1) == 1);
  CHECK(log.start(2) == 100);
}

TEST_CASE("Kueue: StrictFIFO blocks, BestEffortFIFO skips (hand-computed)") {
  for (const bool strict : {true, false}) {
    KueueSpec spec;
    spec.cluster_queues = {gpu_queue("a", "", 8)};
    if (strict) spec.cluster_queues[0].queueing_strategy = KueueQueueing::StrictFifo;
    // 6 run; 4 do not fit; 2 behind them would.
    const EventLog log = run(spec, {{"a", 0, 100, 6}, {"a", 1, 100, 4}, {"a", 2, 100, 2}}, nodes_of(8, 1));
    CHECK(log.start(1) == 100);
    CHECK(log.start(2) == (strict ? 100 : 2));
  }
}

TEST_CASE("Kueue: priority goes before submission") {
  KueueSpec spec;
  spec.cluster_queues = {gpu_queue("a", "", 4)};
  spec.workload_priority_classes = {{"prod", 1000}};
  JobTable jobs = table_of({{"a", 0, 100, 4}, {"a", 1, 100, 4}, {"a", 2, 100, 4}});
  const std::int32_t prod = jobs.qos_names.add("prod");
  jobs.qos = {-1, -1, prod};
  const EventLog log = replay(jobs, nodes_of(4, 1), [&](const JobTable& of, const std::vector<JobId>& rows) {
    return std::make_unique<KueueScheduler>(spec, of, rows);
  });
  CHECK(log.start(2) == 100);
  CHECK(log.start(1) == 200);
}

TEST_CASE("Kueue: reclaim takes as few and as late jobs as needed (hand-computed)") {
  // b borrows all of a's 8 with four jobs of 4 started at 0..3; a asks 4: the newest goes, nobody else.
  KueueSpec spec;
  spec.cluster_queues = {with(gpu_queue("a", "team", 8), P::Never, P::Any), gpu_queue("b", "team", 8)};
  const EventLog log = run(spec,
                           {{"b", 0, 1000, 4},
                            {"b", 1, 1000, 4},
                            {"b", 2, 1000, 4},
                            {"b", 3, 1000, 4},
                            {"a", 10, 100, 4},
                            {"a", 20, 100, 8}},
                           nodes_of(16, 1));
  CHECK(log.start(4) == 10);
  // 4 + 8 is more than a owns; when its first job ends, 4 are free and one more of b's goes, now the newest.
  CHECK(log.start(5) == 110);
  CHECK(log.preempted() == std::vector<JobId>{3, 2});
}

TEST_CASE("Kueue: the lowest priority goes first, and what is not needed comes back (hand-computed)") {
  // b borrows with 1 + 1 + 6 GPUs, the large one of the highest priority. a asks 6: by priority 1, 1 and 6 are taken;
  // then the small ones are not needed.
  KueueSpec spec;
  spec.cluster_queues = {with(gpu_queue("a", "team", 8), P::Never, P::Any), gpu_queue("b", "team", 0)};
  const EventLog log =
      run(spec, {{"b", 0, 1000, 1, 0}, {"b", 1, 1000, 1, 0}, {"b", 2, 1000, 6, 5}, {"a", 10, 100, 6}}, nodes_of(8, 1));
  CHECK(log.preempted() == std::vector<JobId>{2});
  CHECK(log.start(3) == 10);
}

TEST_CASE("Kueue: never, lower priority, lower or newer equal within a queue (hand-computed)") {
  for (const P policy : {P::Never, P::LowerPriority, P::LowerOrNewerEqualPriority}) {
    KueueSpec spec;
    spec.cluster_queues = {with(gpu_queue("a", "", 4), policy, P::Never)};
    const EventLog lower = run(spec, {{"a", 0, 100, 4, 0}, {"a", 10, 100, 4, 1}}, nodes_of(4, 1));
    CHECK(lower.start(1) == (policy == P::Never ? 100 : 10));
    const EventLog equal = run(spec, {{"a", 0, 100, 4, 1}, {"a", 10, 100, 4, 1}}, nodes_of(4, 1));
    CHECK(equal.start(1) == 100);  // The one that runs is the older one.
  }
}

TEST_CASE("Kueue: a job that waits takes back what a newer equal one got (hand-computed)") {
  // BestEffortFIFO: job 1 (4 GPUs) does not fit beside job 0 (2 of 4), job 2 (2 GPUs) slips in and is newer.
  KueueSpec spec;
  spec.cluster_queues = {with(gpu_queue("a", "", 4), P::LowerOrNewerEqualPriority, P::Never)};
  const EventLog log = run(spec, {{"a", 0, 50, 2}, {"a", 1, 100, 4}, {"a", 2, 500, 2}}, nodes_of(4, 1));
  CHECK(log.start(2) == 2);
  CHECK(log.start(1) == 50);
  CHECK(log.preempted() == std::vector<JobId>{2});
}

TEST_CASE("Kueue: borrowWithinCohort and its threshold (KEP-1337, hand-computed)") {
  // Both queues borrow from a shared one of 8. The job of priority 200 preempts while borrowing, but only 100 and
  // below.
  for (const std::int32_t victim_priority : {50, 150}) {
    KueueSpec spec;
    spec.cluster_queues = {with(gpu_queue("standard", "all", 0), P::Never, P::LowerPriority),
                           gpu_queue("best-effort", "all", 0), gpu_queue("shared", "all", 8)};
    spec.cluster_queues[0].preemption.borrow_within_cohort = {P::LowerPriority, 100};
    const EventLog log =
        run(spec, {{"best-effort", 0, 100, 8, victim_priority}, {"standard", 10, 100, 8, 200}}, nodes_of(8, 1));
    CHECK(log.start(1) == (victim_priority == 50 ? 10 : 100));
  }
}

TEST_CASE("Kueue: a cohort's own quota is reclaimed for a queue that has none (kueue#3948)") {
  // root(0) has best-effort(0) and cohort guaranteed(8) with a queue of nominal 0: its job takes back what lies
  // outside.
  KueueSpec spec;
  KueueCohort root, guaranteed;
  root.name = "root";
  guaranteed.name = "guaranteed";
  guaranteed.parent = "root";
  guaranteed.resource_groups = gpu_queue("", "", 8).resource_groups;
  spec.cohorts = {root, guaranteed};
  spec.cluster_queues = {gpu_queue("best-effort", "root", 0),
                         with(gpu_queue("sure", "guaranteed", 0), P::Never, P::Any)};
  const EventLog log = run(spec, {{"best-effort", 0, 100, 8}, {"sure", 10, 100, 8}}, nodes_of(8, 1));
  CHECK(log.start(1) == 10);
  CHECK(log.preempted() == std::vector<JobId>{0});
}

KueueSpec three_teams() {
  // kueue#10131: three teams below a root, each with a queue of its own quota and one that only borrows.
  KueueSpec spec;
  spec.fair_sharing.enable = true;
  KueueCohort root;
  root.name = "root";
  spec.cohorts = {root};
  for (const auto& [team, nominal] : {std::pair{"a", 2}, {"b", 2}, {"c", 8}}) {
    KueueCohort cohort;
    cohort.name = std::string("team-") + team;
    cohort.parent = "root";
    spec.cohorts.push_back(cohort);
    spec.cluster_queues.push_back(
        with(gpu_queue(std::string(team) + "-guaranteed", cohort.name, nominal, 0), P::LowerPriority, P::Any));
    spec.cluster_queues.push_back(
        with(gpu_queue(std::string(team) + "-borrowing", cohort.name, 0), P::LowerPriority, P::Any));
  }
  return spec;
}

TEST_CASE("Kueue fair sharing: equal shares give way by priority, and no more than needed (kueue#10131)") {
  // Teams a and b borrow 4 each beside their 2, c stays within its 8. c asks 4 of its own: a and b borrow 2 each beyond
  // their own 2 (nominal 2, used 4), equal shares; the job of lower priority goes, and only that one.
  const std::vector<TestJob> jobs{{"a-borrowing", 0, 1000, 4, 100},
                                  {"b-borrowing", 0, 1000, 4, 50},
                                  {"c-borrowing", 0, 1000, 4, 1},
                                  {"c-guaranteed", 10, 100, 4, 10}};
  const EventLog log = run(three_teams(), jobs, nodes_of(12, 1));
  CHECK(log.preempted() == std::vector<JobId>{1});
  CHECK(log.start(3) == 10);
}

TEST_CASE("Kueue fair sharing: two guaranteed tenants over best effort do not preempt for ever (kueue#3779)") {
  // Two tenants with 150 each own all 300, two best-effort queues own nothing and run two jobs of 75 each. Each
  // guaranteed job of 150 takes two of the best-effort jobs; then nothing moves until somebody ends.
  KueueSpec spec;
  spec.fair_sharing.enable = true;
  for (const char* tenant : {"a", "b"}) {
    const std::string name = tenant;
    spec.cluster_queues.push_back(with(gpu_queue("guaranteed-" + name, "all", 150), P::LowerPriority, P::Any));
    spec.cluster_queues.push_back(with(gpu_queue("best-effort-" + name, "all", 0), P::LowerPriority, P::Any));
  }
  const EventLog log = run(spec,
                           {{"best-effort-a", 0, 1000, 75},
                            {"best-effort-b", 1, 1000, 75},
                            {"best-effort-b", 2, 1000, 75},
                            {"best-effort-a", 3, 1000, 75},
                            {"guaranteed-a", 10, 500, 150},
                            {"guaranteed-b", 20, 500, 150}},
                           nodes_of(300, 1));
  CHECK(log.start(4) == 10);
  CHECK(log.start(5) == 20);
  CHECK(log.preempted().size() == 4);
}

TEST_CASE("Kueue fair sharing: 4 against 4 after the preemption (kueue#7101, hand-computed)") {
  // proj-1 borrows 8 of 8 with four jobs of 2. proj-2 asks 4: 0:8 goes to 4:4, which LessThanOrEqualToFinalShare
  // allows. One of 5 or 6 would leave proj-2 with more than proj-1.
  for (const std::int32_t asked : {6, 5, 4, 3}) {
    KueueSpec spec;
    spec.fair_sharing.enable = true;
    spec.fair_sharing.preemption_strategies = {KueueFairStrategy::LessThanOrEqualToFinalShare};
    spec.cluster_queues = {with(gpu_queue("proj-1", "all", 0), P::LowerPriority, P::Any),
                           with(gpu_queue("proj-2", "all", 0), P::LowerPriority, P::Any), gpu_queue("pool", "all", 8)};
    std::vector<TestJob> jobs;
    for (int i = 0; i < 4; ++i) jobs.push_back({"proj-1", 0, 1000, 2});
    jobs.push_back({"proj-2", 10, 100, asked});
    const EventLog log = run(spec, jobs, nodes_of(8, 1));
    CHECK((log.start(4) == 10) == (asked <= 4));
    CHECK(log.preempted().size() == (asked <= 4 ? 2u : 0u));
  }
}

TEST_CASE("Kueue fair sharing: one greedy job gives way to a smaller share (KEP-1714, S2-b)") {
  // One job holds all 8. A job of 2 elsewhere: without the victim the others' share would be 0, so only
  // LessThanInitialShare lets it go.
  for (const bool initial : {false, true}) {
    KueueSpec spec;
    spec.fair_sharing.enable = true;
    spec.fair_sharing.preemption_strategies = {KueueFairStrategy::LessThanOrEqualToFinalShare};
    if (initial) spec.fair_sharing.preemption_strategies.push_back(KueueFairStrategy::LessThanInitialShare);
    spec.cluster_queues = {with(gpu_queue("x", "all", 0), P::Never, P::Any),
                           with(gpu_queue("y", "all", 0), P::Never, P::Any), gpu_queue("pool", "all", 8)};
    const EventLog log = run(spec, {{"y", 0, 100, 8}, {"x", 10, 50, 2}}, nodes_of(8, 1));
    CHECK(log.start(1) == (initial ? 10 : 100));
    CHECK(log.preempted().size() == (initial ? 1u : 0u));
  }
}

TEST_CASE("Kueue fair sharing: weights 1:1 between cohorts and 1:1:3 inside (KEP-1714, story 3)") {
  // A cohort of its own offers 300; C1 has 1A, 1B, 1C (weight 3), C2 has 2A. Backlogs of single GPUs: 150 go to each
  // cohort, and inside C1 30, 30 and 90.
  KueueSpec spec;
  spec.fair_sharing.enable = true;
  KueueCohort top, c1, c2;
  top.name = "top";
  c1.name = "c1";
  c2.name = "c2";
  c1.parent = c2.parent = "top";
  spec.cohorts = {top, c1, c2};
  spec.cluster_queues = {gpu_queue("shared", "top", 300), gpu_queue("1a", "c1", 0), gpu_queue("1b", "c1", 0),
                         gpu_queue("1c", "c1", 0), gpu_queue("2a", "c2", 0)};
  spec.cluster_queues[3].fair_sharing.weight = "3";
  std::vector<TestJob> jobs;
  for (int i = 0; i < 200; ++i) {
    for (const char* queue : {"1a", "1b", "1c", "2a"}) jobs.push_back({queue, 0, 1000, 1});
  }
  const EventLog log = run(spec, jobs, nodes_of(300, 1));
  std::map<std::string, int> started;
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    if (log.start(static_cast<JobId>(job)) == 0) ++started[jobs[job].tenant];
  }
  CHECK(started["1a"] == 30);
  CHECK(started["1b"] == 30);
  CHECK(started["1c"] == 90);
  CHECK(started["2a"] == 150);
}

TEST_CASE("Kueue: victims are chosen so that the gang finds its nodes (kueue#10815)") {
  // Two nodes of 4. b borrows everything with jobs of 2; by age alone one on each node would go, which leaves a gang of
  // one whole node without a place. The ones that go share a node.
  KueueSpec spec;
  spec.cluster_queues = {with(gpu_queue("a", "team", 8), P::Never, P::Any), gpu_queue("b", "team", 0)};
  // Best fit puts 0, 1 on the first node and 2, 3 on the second; priorities make 1 and 2 the first to go.
  const EventLog log = run(
      spec, {{"b", 0, 1000, 2, 5}, {"b", 1, 1000, 2, 1}, {"b", 2, 1000, 2, 1}, {"b", 3, 1000, 2, 5}, {"a", 10, 100, 4}},
      nodes_of(2, 4));
  CHECK(log.start(4) == 10);
  const std::vector<JobId> out = log.preempted();
  CHECK(out.size() == 2);
  CHECK((out == std::vector<JobId>{1, 0} || out == std::vector<JobId>{2, 3}));
}

TEST_CASE("Kueue: flavors in order, and when the next one is tried (hand-computed)") {
  // 4 A100 of its own, then V100; a cohort lends 4 more A100.
  const auto spec_of = [](KueueFungibility borrow) {
    KueueSpec spec;
    spec.resource_flavors = {{"a100", "A100", ""}, {"v100", "V100", ""}};
    KueueClusterQueue queue;
    queue.name = "a";
    queue.cohort = "team";
    queue.resource_groups = {
        {{"nvidia.com/gpu"},
         {{"a100", {{"nvidia.com/gpu", "4", {}, {}}}}, {"v100", {{"nvidia.com/gpu", "4", {}, {}}}}}}};
    queue.flavor_fungibility.when_can_borrow = borrow;
    KueueClusterQueue lender;
    lender.name = "b";
    lender.cohort = "team";
    lender.resource_groups = {{{"nvidia.com/gpu"}, {{"a100", {{"nvidia.com/gpu", "4", {}, {}}}}}}};
    spec.cluster_queues = {queue, lender};
    return spec;
  };
  SharedMachine machine = nodes_of(2, 4, "A100");
  machine.groups.push_back({.name = "old", .gpu_type = "V100", .pool = "", .nodes = 1, .gpus = 4});
  for (const KueueFungibility borrow : {KueueFungibility::MayStopSearch, KueueFungibility::TryNextFlavor}) {
    JobTable jobs = table_of({{"a", 0, 100, 4}, {"a", 1, 100, 4}});
    jobs.gpu_types.add("A100");
    jobs.gpu_types.add("V100");
    std::vector<std::int32_t> nodes;
    class Nodes : public Observer {
     public:
      explicit Nodes(std::vector<std::int32_t>& list) : list_(list) {}
      void started(Millis, JobId, std::span<const Slice> slices) override { list_.push_back(slices.front().node); }

     private:
      std::vector<std::int32_t>& list_;
    } log(nodes);
    GpuPlacement placement(machine, jobs);
    const std::vector<JobId> rows = all_rows(jobs);
    KueueScheduler scheduler(spec_of(borrow), jobs, rows);
    ClusterEngine(jobs, rows, placement, scheduler, {}, nullptr, &log).run();
    CHECK(nodes == std::vector<std::int32_t>{0, borrow == KueueFungibility::MayStopSearch ? 1 : 2});
  }
}

TEST_CASE("Kueue: LocalQueues that used less go first (AdmissionFairSharing, hand-computed)") {
  // One ClusterQueue of 1 GPU. Team x ran for 100 s; then x and y have a job each, x's submitted first: y goes first.
  KueueSpec spec;
  spec.cluster_queues = {gpu_queue("cq", "", 1)};
  spec.cluster_queues[0].admission_scope.admission_mode = KueueAdmissionMode::UsageBasedAdmissionFairSharing;
  KueueLocalQueue x, y;
  x.name = "x";
  y.name = "y";
  x.cluster_queue = y.cluster_queue = "cq";
  spec.local_queues = {x, y};
  const EventLog log = run(spec, {{"x", 0, 100, 1}, {"x", 1, 100, 1}, {"y", 2, 100, 1}}, nodes_of(1, 1));
  CHECK(log.start(2) == 100);
  CHECK(log.start(1) == 200);
}

}  // namespace
}  // namespace orrery
