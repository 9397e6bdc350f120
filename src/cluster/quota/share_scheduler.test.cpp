#include "cluster/quota/share_scheduler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>

#include "cluster/quota/test_replay.hpp"

namespace orrery {
namespace {

KaiQueue kai_queue(const std::string& name, double quota, double weight = 1, std::int32_t priority = 100,
                   const std::string& parent = "", double limit = -1) {
  KaiQueue queue;
  queue.name = name;
  queue.parent_queue = parent;
  queue.priority = priority;
  queue.gpu = {quota, weight, limit};
  return queue;
}

VolcanoQueue volcano_queue(const std::string& name, double weight = 1) {
  VolcanoQueue queue;
  queue.name = name;
  queue.weight = weight;
  return queue;
}

EventLog run(const SharePolicy& policy, const std::vector<TestJob>& said, const SharedMachine& machine) {
  return replay(table_of(said), machine, [&](const JobTable& jobs, const std::vector<JobId>& rows) {
    return std::make_unique<ShareScheduler>(policy, machine, jobs, rows);
  });
}

EventLog run(const KaiSpec& spec, const std::vector<TestJob>& said, const SharedMachine& machine) {
  Diagnostics diagnostics;
  check_kai(spec, diagnostics);
  REQUIRE(!diagnostics.has_errors());
  return run(kai_policy(spec), said, machine);
}

EventLog run(const VolcanoSpec& spec, const std::vector<TestJob>& said, const SharedMachine& machine) {
  Diagnostics diagnostics;
  check_volcano(spec, diagnostics);
  REQUIRE(!diagnostics.has_errors());
  return run(volcano_policy(spec), said, machine);
}

/// GPUs that each tenant holds just after a time, in seconds.
std::map<std::string, int> held_at(const EventLog& log, const std::vector<TestJob>& jobs, Millis time) {
  std::map<std::string, int> held;
  for (const TestEvent& event : log.events) {
    if (event.time > time) break;
    const TestJob& job = jobs[static_cast<std::size_t>(event.job)];
    held[job.tenant] += event.what == 's' ? job.gpus : -job.gpus;
  }
  return held;
}

std::vector<TestJob> single_gpu_jobs(const std::vector<std::string>& tenants, int each, Millis submit = 0) {
  std::vector<TestJob> jobs;
  for (int i = 0; i < each; ++i) {
    for (const std::string& tenant : tenants) jobs.push_back({tenant, submit, 10'000, 1});
  }
  return jobs;
}

TEST_CASE("KAI fair shares: the guide's 10 GPUs, three queues (published)") {
  // docs/scheduling-deep-dive of KAI: quotas first, whatever the priority; the 3 GPUs left go to the two queues of the
  // highest priority as 2:1. Quotas that add up to 7: 3, 2 and 2.
  KaiSpec spec;
  spec.queues = {kai_queue("vision", 3, 2, 200), kai_queue("llm", 2, 1, 200), kai_queue("other", 2, 5, 100)};
  std::vector<ShareQueue> queues;
  for (const SharePolicy::Queue& queue : kai_policy(spec).queues) queues.push_back(queue.share);
  ShareTree tree(queues, {10'000, kNoLimit, kNoLimit}, ShareRule::Kai);
  for (std::int32_t number = 0; number < 3; ++number) tree.request(ShareTree::node(number), {20'000, 0, 0, 1}, 1);
  tree.share();
  CHECK(tree.fair_share(1)[0] == 5000);
  CHECK(tree.fair_share(2)[0] == 3000);
  CHECK(tree.fair_share(3)[0] == 2000);
}

TEST_CASE("KAI: jobs start by quota, then priority, then weight (hand-computed)") {
  // The same with jobs: all three have more than enough single-GPU jobs.
  KaiSpec spec;
  spec.queues = {kai_queue("vision", 3, 2, 200), kai_queue("llm", 2, 1, 200), kai_queue("other", 2, 5, 100)};
  const std::vector<TestJob> jobs = single_gpu_jobs({"other", "llm", "vision"}, 12);
  const EventLog log = run(spec, jobs, nodes_of(10, 1));
  CHECK(held_at(log, jobs, 0) == std::map<std::string, int>{{"vision", 5}, {"llm", 3}, {"other", 2}});
}

TEST_CASE("KAI: shares go down the tree (hand-computed)") {
  // 12 GPUs; departments deserve 6 and 2, the 4 left go 1:1. Below the first, a deserves 2 and b none, the 6 left 1:2.
  KaiSpec spec;
  spec.queues = {kai_queue("d1", 6), kai_queue("d2", 2), kai_queue("a", 2, 1, 100, "d1"),
                 kai_queue("b", 0, 2, 100, "d1"), kai_queue("c", 0, 1, 100, "d2")};
  const std::vector<TestJob> jobs = single_gpu_jobs({"a", "b", "c"}, 12);
  const EventLog log = run(spec, jobs, nodes_of(12, 1));
  CHECK(held_at(log, jobs, 0) == std::map<std::string, int>{{"a", 4}, {"b", 4}, {"c", 4}});
}

TEST_CASE("KAI: who comes late takes back its share, no more (hand-computed)") {
  // a holds all 8; b, equal weight and no quota either, gets 4, by the newest jobs of a.
  KaiSpec spec;
  spec.queues = {kai_queue("a", 0), kai_queue("b", 0)};
  std::vector<TestJob> jobs = single_gpu_jobs({"a"}, 8);
  for (const TestJob& job : single_gpu_jobs({"b"}, 8, 10)) jobs.push_back(job);
  const EventLog log = run(spec, jobs, nodes_of(8, 1));
  CHECK(held_at(log, jobs, 10) == std::map<std::string, int>{{"a", 4}, {"b", 4}});
  CHECK(log.preempted().size() == 4);
}

TEST_CASE("KAI: within quota nothing is reclaimed; quota always comes back (hand-computed)") {
  KaiSpec spec;
  spec.queues = {kai_queue("a", 8), kai_queue("b", 0, 100, 1000), kai_queue("c", 4)};
  // a is within its quota: b of the higher priority waits. c's 4 are held by b: they come back although b's one job is
  // larger.
  const std::vector<TestJob> jobs{{"a", 0, 1000, 8}, {"b", 1, 1000, 4}, {"b", 2, 1000, 4}, {"c", 10, 100, 2}};
  const EventLog log = run(spec, jobs, nodes_of(12, 1));
  CHECK(log.start(1) == 1);
  CHECK(log.start(2) == 1000);
  CHECK(log.start(3) == 10);
  CHECK(log.preempted() == std::vector<JobId>{1});
}

TEST_CASE("KAI: preemption is within the queue, by priority; from 100 on jobs stay and stay within quota") {
  KaiSpec spec;
  spec.queues = {kai_queue("a", 2), kai_queue("b", 2)};
  // Train jobs of priority 50 fill the queues' quotas; an inference job (125) of a evicts one of a, never of b. A
  // second and third one: the quota of 2 has room for one more that cannot be preempted, not for two.
  const std::vector<TestJob> jobs{{"a", 0, 1000, 1, 50},  {"a", 1, 1000, 1, 50},  {"b", 2, 1000, 2, 50},
                                  {"a", 10, 500, 1, 125}, {"a", 11, 500, 1, 125}, {"a", 12, 500, 1, 125}};
  const EventLog log = run(spec, jobs, nodes_of(4, 1));
  CHECK(log.preempted() == std::vector<JobId>{1, 0});
  CHECK(log.start(3) == 10);
  CHECK(log.start(4) == 11);
  CHECK(log.start(5) == 510);
}

TEST_CASE("KAI: minimum run times protect (KAI's design, hand-computed)") {
  // The settings of the design's example: across queues the victim's side counts, here 60 s.
  KaiSpec spec;
  spec.queues = {kai_queue("b", 0), kai_queue("c", 0, 1, 100, "b"), kai_queue("d", 0, 1, 100, "b"),
                 kai_queue("leaf1", 0, 1, 100, "c"), kai_queue("leaf3", 0, 1, 100, "d")};
  spec.queues[0].reclaim_min_runtime = Seconds(600);
  spec.queues[2].reclaim_min_runtime = Seconds(60);
  spec.queues[4].reclaim_min_runtime = Seconds(5);
  spec.k_value = 1e-9;  // So that shares are looked at every minute.
  spec.schedule_period = Seconds(1);
  const std::vector<TestJob> jobs{{"leaf3", 0, 1000, 1}, {"leaf3", 0, 1000, 1}, {"leaf1", 10, 1000, 1}};
  const EventLog log = run(spec, jobs, nodes_of(2, 1));
  CHECK(log.start(2) == 60);
}

TEST_CASE("KAI: two queues that both want everything take turns by what they used (time-based fair share)") {
  // The documentation's plot: 16 GPUs, no quotas, equal weights, jobs of 16 GPUs. Shares follow the past.
  KaiSpec spec;
  spec.queues = {kai_queue("a", 0), kai_queue("b", 0)};
  spec.k_value = 1e4;
  spec.half_life_period = Seconds(600);
  std::vector<TestJob> jobs;
  for (int i = 0; i < 4; ++i) {
    jobs.push_back({"a", 0, 3000, 16});
    jobs.push_back({"b", 0, 3000, 16});
  }
  const EventLog log = run(spec, jobs, nodes_of(2, 8));
  CHECK(log.preempted().size() > 4);
  // Over the first hours both got about the same.
  double a = 0, b = 0;
  Millis last = 0;
  std::map<std::string, int> held;
  for (const TestEvent& event : log.events) {
    if (event.time > 7200) break;
    a += held["a"] * static_cast<double>(event.time - last);
    b += held["b"] * static_cast<double>(event.time - last);
    last = event.time;
    const TestJob& job = jobs[static_cast<std::size_t>(event.job)];
    held[job.tenant] += event.what == 's' ? job.gpus : -job.gpus;
  }
  CHECK(a / (a + b) > 0.4);
  CHECK(a / (a + b) < 0.6);
}

TEST_CASE("KAI: running jobs are moved together so that a gang finds a node (hand-computed)") {
  for (const bool consolidate : {true, false}) {
    KaiSpec spec;
    spec.queues = {kai_queue("a", 16)};
    spec.consolidate = consolidate;
    // Best fit fills one node with 3 + 1, the other with 3 + 1; the threes end: 1 + 1 run on two nodes, 4 find none.
    const std::vector<TestJob> jobs{
        {"a", 0, 10, 3}, {"a", 0, 1000, 1}, {"a", 1, 10, 3}, {"a", 1, 1000, 1}, {"a", 20, 50, 4}};
    const EventLog log = run(spec, jobs, nodes_of(2, 4));
    CHECK(log.start(4) == (consolidate ? 20 : 1000));
    const std::map<std::string, int> held = held_at(log, jobs, 20);
    CHECK(held.at("a") == (consolidate ? 6 : 2));
  }
}

TEST_CASE("Volcano hdrf: the example of the DRF paper (Ghodsi et al., NSDI 2011)") {
  // 9 CPUs, 18 GB. A's tasks take 1 CPU and 4 GB, B's 3 CPUs and 1 GB: A runs 3, B runs 2.
  VolcanoSpec spec;
  spec.sharing = VolcanoSharing::Hdrf;
  spec.queues = {volcano_queue("a"), volcano_queue("b")};
  SharedMachine machine = nodes_of(1, 1);
  machine.groups[0].cpu_milli = 9000;
  machine.groups[0].memory_mib = 18 * 1024;
  std::vector<TestJob> jobs;
  for (int i = 0; i < 6; ++i) {
    jobs.push_back({"a", 0, 1000, 0, 0, 0, "", 1, 4});
    jobs.push_back({"b", 0, 1000, 0, 0, 0, "", 3, 1});
  }
  const EventLog log = run(spec, jobs, machine);
  std::map<std::string, int> started;
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    if (log.start(static_cast<JobId>(job)) == 0) ++started[jobs[job].tenant];
  }
  CHECK(started == std::map<std::string, int>{{"a", 3}, {"b", 2}});
}

TEST_CASE("Volcano proportion: weights 1:3, taken back by who comes late (hand-computed)") {
  VolcanoSpec spec;
  spec.queues = {volcano_queue("a", 1), volcano_queue("b", 3)};
  std::vector<TestJob> jobs = single_gpu_jobs({"a"}, 8);
  for (const TestJob& job : single_gpu_jobs({"b"}, 8, 10)) jobs.push_back(job);
  CHECK(held_at(run(spec, jobs, nodes_of(8, 1)), jobs, 10) == std::map<std::string, int>{{"a", 2}, {"b", 6}});
  spec.queues[0].reclaimable = false;
  CHECK(held_at(run(spec, jobs, nodes_of(8, 1)), jobs, 10) == std::map<std::string, int>{{"a", 8}});
}

TEST_CASE("Volcano capacity: deserved comes back, guarantees are never lent, capability is the limit (published)") {
  // The capacity design's stories with 100 GPUs: queue 1 deserves 20 (guarantee 10, capability 60), queue 2 80 (10).
  VolcanoSpec spec;
  spec.sharing = VolcanoSharing::Capacity;
  spec.queues = {volcano_queue("q1"), volcano_queue("q2")};
  spec.queues[0].deserved.gpu = 20;
  spec.queues[0].guarantee.gpu = 10;
  spec.queues[1].deserved.gpu = 80;
  spec.queues[1].guarantee.gpu = 10;
  std::vector<TestJob> jobs = single_gpu_jobs({"q1"}, 120);
  const std::vector<TestJob> alone = jobs;
  CHECK(held_at(run(spec, alone, nodes_of(100, 1)), alone, 0)["q1"] == 90);  // q2's guarantee stays free.
  spec.queues[0].capability.gpu = 60;
  CHECK(held_at(run(spec, alone, nodes_of(100, 1)), alone, 0)["q1"] == 60);
  for (const TestJob& job : single_gpu_jobs({"q2"}, 120, 10)) jobs.push_back(job);
  std::map<std::string, int> held = held_at(run(spec, jobs, nodes_of(100, 1)), jobs, 10);
  CHECK(held["q1"] == 20);
  CHECK(held["q2"] == 80);
}

TEST_CASE("Volcano sla: a job that waited too long goes first, and nobody before it (hand-computed)") {
  for (const bool sla : {true, false}) {
    VolcanoSpec spec;
    spec.queues = {volcano_queue("a")};
    if (sla) spec.sla_waiting_time = Seconds(50);
    // Jobs of 1 GPU and 100 s keep coming, one every 25 s, and hold 4 of 4 GPUs; the job of 4 waits for all of them.
    std::vector<TestJob> jobs{{"a", 1, 10, 4}};
    for (int i = 0; i < 40; ++i) jobs.push_back({"a", 25 * i, 100, 1});
    std::stable_sort(jobs.begin(), jobs.end(), [](const TestJob& x, const TestJob& y) { return x.submit < y.submit; });
    const EventLog log = run(spec, jobs, nodes_of(4, 1));
    const JobId large = 1;
    REQUIRE(jobs[1].gpus == 4);
    // Overdue at 51: the three that run then end at 150 at the latest; otherwise it waits until the stream ends.
    CHECK(log.start(large) == (sla ? 150 : 1075));
  }
}

TEST_CASE("Volcano backfill: a job that asks for nothing starts at once") {
  VolcanoSpec spec;
  spec.queues = {volcano_queue("a")};
  const EventLog log = run(spec, {{"a", 0, 100, 1}, {"a", 1, 100, 1}, {"a", 2, 5, 0}}, nodes_of(1, 1));
  CHECK(log.start(2) == 2);
}

}  // namespace
}  // namespace orrery
