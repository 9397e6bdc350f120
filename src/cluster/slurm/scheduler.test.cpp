#include "cluster/slurm/scheduler.hpp"

#include <doctest/doctest.h>

#include <string>

#include "cluster/test_workloads.hpp"

using namespace orrery;

namespace {

/// A replay that can be asked afterwards.
struct Replay {
  SharedMachine machine;
  JobTable jobs;
  std::vector<JobId> rows;
  GpuPlacement placement;
  SlurmScheduler slurm;
  test::LawObserver laws;
  JobSchedule schedule;

  Replay(SharedMachine m, JobTable j, const SlurmParameters& parameters)
      : machine(std::move(m)),
        jobs(std::move(j)),
        rows(test::all_rows(jobs)),
        placement(machine, jobs),
        slurm(parameters, machine, jobs, rows),
        laws(jobs, machine) {
    schedule = ClusterEngine(jobs, rows, placement, slurm, {}, nullptr, &laws).run();
  }
  long long start(std::size_t job) const { return schedule.first_start[job] / kSecond; }
  long long end(std::size_t job) const { return schedule.end[job] / kSecond; }
};

/// Jobs {submit s, run s, GPUs} whose limit is their run time.
JobTable jobs_of(const std::vector<test::SmallJob>& list) {
  JobTable jobs = test::small_jobs(list);
  jobs.limit = jobs.run;
  return jobs;
}

SlurmParameters builtin() {
  SlurmParameters p;
  p.scheduler_type = SlurmSchedulerType::Builtin;
  return p;
}

SlurmQos qos(const std::string& name) {
  SlurmQos of;
  of.name = name;
  return of;
}

}  // namespace

TEST_CASE("slurm scheduler: hand-computed, builtin stops at the first, backfill fills the hole before it") {
  // Two nodes. A takes one for 1000 s, B wants both. C (8 GPUs, 600 s) and D (8 GPUs, 2000 s) find one free.
  const std::vector<test::SmallJob> list = {{0, 1000, 8}, {10, 100, 16}, {20, 600, 8}, {30, 2000, 8}};
  const Replay strict(test::plain_machine(2), jobs_of(list), builtin());
  CHECK(strict.start(1) == 1000);
  CHECK(strict.start(2) == 1100);
  CHECK(strict.start(3) == 1100);
  const Replay backfill(test::plain_machine(2), jobs_of(list), {});
  CHECK(backfill.start(1) == 1000);
  CHECK(backfill.start(2) == 30);    // The next multiple of bf_interval; gone by 630.
  CHECK(backfill.start(3) == 1100);  // Would hold a promised node at 1000.
  CHECK(backfill.slurm.backfilled() == 1);
}

TEST_CASE("slurm scheduler: hand-computed, promises hold whole nodes for all who wait") {
  // One node: A takes 4 GPUs for 1000 s, B wants 6 and is promised the node from 1000 on (960 in steps of a minute),
  // to 1900. C wants 2 for 900 s and is free to go; D wants 2 for 1200 s: 2 would be left beside B, but the node is
  // promised whole.
  const std::vector<test::SmallJob> list = {{0, 1000, 4}, {10, 900, 6}, {20, 900, 2}, {30, 1200, 2}};
  const Replay replay(test::plain_machine(1), jobs_of(list), {});
  CHECK(replay.start(1) == 1000);
  CHECK(replay.start(2) == 30);
  CHECK(replay.start(3) == 1000);  // B runs then, and no promise stands.
}

TEST_CASE("slurm scheduler: hand-computed, limits of QOS and accounts") {
  JobTable jobs = jobs_of({{0, 100, 2}, {0, 100, 2}, {0, 100, 2}, {0, 100, 9}});
  jobs.user = {0, 0, 1, 0};
  jobs.users.add("ada");
  jobs.users.add("bob");
  jobs.qos = {0, 0, 0, 0};
  jobs.qos_names.add("small");
  SlurmParameters p;
  p.qos = {qos("small")};
  p.qos[0].limits.max_tres_per_user.gpu = 2;
  const Replay replay(test::plain_machine(2), jobs, p);
  CHECK(replay.start(0) == 0);
  CHECK(replay.start(1) == 100);  // Ada has 2 GPUs until then.
  CHECK(replay.start(2) == 0);    // Bob has his own, and is not held up.
  CHECK(replay.slurm.refused() == std::vector<JobId>{3});

  // A budget of 5 GPU-minutes without decay: 2 GPUs x 100 s = 3.33 GPU-minutes fit once.
  SlurmParameters budget;
  budget.priority_decay_half_life = Seconds(0);
  budget.qos = {qos("small")};
  budget.qos[0].limits.grp_tres_mins.gpu = 5;
  const Replay spent(test::plain_machine(2), jobs, budget);
  CHECK(spent.start(0) == 0);
  CHECK(spent.schedule.first_start[1] == -1);
  CHECK(spent.schedule.first_start[2] == -1);

  // With a half-life of 1 h: used are 2 x 3600 / ln 2 x (1 - 2^(-100/3600)) = 198 GPU-seconds at 100 s, and at most 100
  // may be left for the next 200 to fit into 300. That is so 3550 s later; budgets are looked at every 5 minutes.
  budget.priority_decay_half_life = Seconds(3600);
  const Replay recovered(test::plain_machine(2), jobs, budget);
  CHECK(recovered.start(1) == 3900);
}

TEST_CASE("slurm scheduler: hand-computed, limits of accounts hold for all below") {
  // Account lab has groups a and b below it and 6 GPUs at once; b may run one job.
  JobTable jobs = jobs_of({{0, 100, 4}, {0, 300, 2}, {0, 100, 1}, {0, 100, 1}, {0, 100, 8}});
  jobs.tenant = {0, 1, 0, 1, 2};
  for (const char* name : {"a", "b", "other"}) jobs.tenants.add(name);
  SlurmParameters p;
  p.associations.resize(3);
  p.associations[0].account = "lab";
  p.associations[0].limits.grp_tres.gpu = 6;
  p.associations[1].account = "a";
  p.associations[1].parent = "lab";
  p.associations[2].account = "b";
  p.associations[2].parent = "lab";
  p.associations[2].limits.grp_jobs = 1;
  const Replay replay(test::plain_machine(2), jobs, p);
  CHECK(replay.start(0) == 0);
  CHECK(replay.start(1) == 0);
  CHECK(replay.start(2) == 100);  // Lab has 6 GPUs until then.
  CHECK(replay.start(3) == 300);  // b's other job.
  CHECK(replay.start(4) == 0);    // Not held up.
  // With assoc_limit_stop they are held up: by job 2 until 100, by job 3 until 300.
  p.assoc_limit_stop = true;
  p.scheduler_type = SlurmSchedulerType::Builtin;
  CHECK(Replay(test::plain_machine(2), jobs, p).start(4) == 300);
  // A longer limit than max_wall is refused, as is none at all.
  p.associations[0].limits.max_wall = Seconds(200);
  CHECK(Replay(test::plain_machine(2), jobs, p).slurm.refused() == std::vector<JobId>{1});
}

TEST_CASE("slurm scheduler: hand-computed, workers get a node each") {
  JobTable jobs = jobs_of({{0, 100, 4}, {0, 100, 12}, {0, 100, 8}});
  jobs.workers = {2, 0, 4};
  const Replay replay(test::plain_machine(3), jobs, builtin());
  CHECK(replay.start(0) == 0);                             // 2 and 2: nodes 0 and 1 have 6 left.
  CHECK(replay.start(1) == 0);                             // Node 2 whole, and 4 on node 0.
  CHECK(replay.slurm.refused() == std::vector<JobId>{2});  // Four nodes.
}

TEST_CASE("slurm scheduler: hand-computed, QOS preemption with exempt and grace time") {
  JobTable jobs = jobs_of({{0, 2000, 8}, {100, 1000, 8}, {200, 50, 8}});
  jobs.qos = {0, 0, 1};
  jobs.qos_names.add("low");
  jobs.qos_names.add("high");
  SlurmParameters p;
  p.preempt_type = SlurmPreemptType::Qos;
  p.preempt_mode = SlurmPreemptMode::Requeue;
  p.preempt_youngest_first = true;
  p.qos = {qos("low"), qos("high")};
  p.qos[1].priority = 10;
  p.qos[1].preempt = {"low"};
  p.priority_type = SlurmPriorityType::Multifactor;
  p.priority_weight_qos = 1000;
  {
    const Replay replay(test::plain_machine(2), jobs, p);
    CHECK(replay.start(2) == 200);
    REQUIRE(replay.slurm.preemptions().size() == 1);
    CHECK(replay.slurm.preemptions()[0].victim == 1);  // The younger one.
    CHECK(replay.end(1) == 200 + 120 + 1000);          // Waits 2 min and begins anew.
  }
  p.preempt_exempt_time = Seconds(150);
  {
    const Replay replay(test::plain_machine(2), jobs, p);
    CHECK(replay.slurm.preemptions()[0].victim == 0);  // The younger one has run for 100 s.
  }
  p.preempt_exempt_time = Seconds(300);
  {
    const Replay replay(test::plain_machine(2), jobs, p);
    CHECK(replay.start(2) == 300);
  }
  p.preempt_exempt_time = Seconds(0);
  p.qos[0].grace_time = Seconds(60);
  {
    const Replay replay(test::plain_machine(2), jobs, p);
    CHECK(replay.start(2) == 260);
    CHECK(replay.slurm.preemptions().size() == 1);
  }
  p.qos[0].grace_time = Seconds(0);
  p.preempt_mode = SlurmPreemptMode::Cancel;
  {
    const Replay replay(test::plain_machine(2), jobs, p);
    CHECK(replay.schedule.end[1] == -1);
  }
  p.preempt_mode = SlurmPreemptMode::Suspend;
  {
    const Replay replay(test::plain_machine(2), jobs, p);
    CHECK(replay.end(1) == 1150);  // Keeps its first 100 s, waits for 50.
  }
}

TEST_CASE("slurm scheduler: hand-computed, reservations") {
  // Maintenance of node 0 from 1000 to 2000: what would reach into it goes to the other node or waits.
  SlurmParameters p;
  SlurmReservation maintenance;
  maintenance.start = Seconds(1000);
  maintenance.duration = Seconds(1000);
  maintenance.node_count = 1;
  p.reservations = {maintenance};
  JobTable jobs = jobs_of({{0, 600, 8}, {0, 1500, 8}, {10, 500, 8}, {700, 100, 8}});
  const Replay replay(test::plain_machine(2), jobs, p);
  CHECK(replay.start(0) == 0);
  CHECK(replay.start(1) == 0);
  CHECK(replay.start(2) == 1500);  // Node 0 is free at 600, but needed at 1000.
  CHECK(replay.start(3) == 720);   // Ends at 820.
  // The same nodes kept for an account are open to it.
  jobs.tenant = {0, 0, 1, 0};
  jobs.tenants.add("a");
  jobs.tenants.add("b");
  p.reservations[0].accounts = {"b"};
  const Replay open(test::plain_machine(2), jobs, p);
  CHECK(open.start(2) == 600);
}

TEST_CASE("slurm scheduler: hand-computed, partitions, defaults, dependencies") {
  SharedMachine machine;
  machine.groups.push_back({.name = "a", .nodes = 1});
  machine.groups.push_back({.name = "b", .nodes = 2, .gpus = 4});
  SlurmParameters p;
  p.partitions.resize(2);
  p.partitions[0].name = "big";
  p.partitions[0].nodes = {"a"};
  p.partitions[1].name = "small";
  p.partitions[1].nodes = {"b"};
  p.partitions[1].is_default = true;
  p.partitions[1].max_time = Seconds(1000);
  JobTable jobs = jobs_of({{0, 100, 8}, {0, 100, 8}, {0, 100, 16}, {0, 2000, 4}, {0, 50, 1}});
  jobs.pool = {0, -1, 0, -1, 0};
  jobs.pools.add("big");
  jobs.after = {-1, -1, -1, -1, 1};
  const Replay replay(machine, jobs, p);
  CHECK(replay.start(0) == 0);
  CHECK(replay.start(1) == 0);  // Two nodes of 4.
  CHECK(replay.start(4) == 100);
  // 16 GPUs are not in `big`, 2000 s are over MaxTime.
  CHECK(replay.slurm.refused() == std::vector<JobId>{2, 3});
  // What depends on a job that is refused waits for ever, and is told.
  jobs.after = {-1, -1, -1, 2, 3};
  CHECK(Replay(machine, jobs, p).slurm.refused() == std::vector<JobId>{2, 3, 4});

  // Without partitions pools are those.
  machine.groups[0].pool = "big";
  jobs.after.clear();
  const Replay pools(machine, jobs, {});
  CHECK(pools.start(0) == 0);
  CHECK(pools.start(1) == 0);
  CHECK(pools.start(3) == 100);
  CHECK(pools.slurm.refused() == std::vector<JobId>{2});
}

TEST_CASE("slurm scheduler: hand-computed, fair share decides who is next") {
  // Account a has used the node for an hour; then both wait for it, a's job first in time.
  JobTable jobs = jobs_of({{0, 3600, 8}, {10, 100, 8}, {20, 100, 8}});
  jobs.tenant = {0, 0, 1};
  jobs.tenants.add("a");
  jobs.tenants.add("b");
  SlurmParameters p;
  p.priority_type = SlurmPriorityType::Multifactor;
  p.priority_weight_fairshare = 1000;
  const Replay replay(test::plain_machine(1), jobs, p);
  CHECK(replay.start(2) == 3600);
  CHECK(replay.start(1) == 3700);
  // Enough weight on age, and the first is first again.
  p.priority_weight_age = 1e9;
  p.priority_max_age = Seconds(3600 * 24);
  CHECK(Replay(test::plain_machine(1), jobs, p).start(1) == 3600);
}

TEST_CASE("slurm scheduler: laws, everybody ends, under any policy") {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    for (int policy = 0; policy < 5; ++policy) {
      CAPTURE(seed);
      CAPTURE(policy);
      JobTable jobs = test::random_jobs(seed, 400, 64, 1.1);
      for (std::size_t job = 0; job < jobs.size(); ++job) {
        jobs.tenant.push_back(static_cast<std::int32_t>(job % 3));
        jobs.pool.push_back(static_cast<std::int32_t>(job % 5 == 0 ? 0 : 1));
        jobs.qos.push_back(jobs.pool.back());
      }
      for (const char* name : {"a", "b", "c"}) jobs.tenants.add(name);
      for (int user = 0; user < 7; ++user) jobs.users.add("u" + std::to_string(user));
      for (const char* name : {"hi", "lo"}) jobs.pools.add(name), jobs.qos_names.add(name);
      SlurmParameters p;
      if (policy == 0) p.scheduler_type = SlurmSchedulerType::Builtin;
      if (policy >= 2) {
        p.priority_type = SlurmPriorityType::Multifactor;
        p.priority_weight_fairshare = p.priority_weight_age = 1000;
        p.priority_weight_job_size = 10;
        p.fair_tree = policy != 3;
      }
      if (policy >= 3) {
        p.preempt_type = policy == 3 ? SlurmPreemptType::PartitionPrio : SlurmPreemptType::Qos;
        p.preempt_mode = SlurmPreemptMode::Requeue;
        p.partitions.resize(2);
        p.partitions[0].name = "hi";
        p.partitions[0].priority_tier = 10;
        p.partitions[0].preempt_mode = SlurmPreemptMode::Off;
        p.partitions[1].name = "lo";
        p.partitions[1].grace_time = Seconds(policy == 3 ? 30 : 0);
        p.qos = {qos("hi"), qos("lo")};
        p.qos[0].preempt = {"lo"};
        p.qos[1].grace_time = Seconds(45);
        p.qos[1].limits.max_tres_per_user.gpu = 32;
      }
      const Replay replay(test::plain_machine(8), jobs, p);
      CHECK(replay.slurm.refused().empty());
      for (std::size_t job = 0; job < jobs.size(); ++job) {
        REQUIRE(replay.schedule.end[job] >= 0);
        // What was lost is run again, never less than the job.
        CHECK(replay.laws.ran(static_cast<JobId>(job)) >= jobs.run[job]);
        if (replay.schedule.stops.empty()) CHECK(replay.laws.ran(static_cast<JobId>(job)) == jobs.run[job]);
      }
      if (policy >= 3) CHECK_FALSE(replay.slurm.preemptions().empty());
    }
  }
}

TEST_CASE("slurm scheduler: oracle, the plan tries every time") {
  // With reservations the plan takes no short cuts; one that nobody lives to see changes nothing else.
  for (std::uint64_t seed = 10; seed < 14; ++seed) {
    CAPTURE(seed);
    JobTable jobs = test::random_jobs(seed, 1500, 96, 1.2);
    for (std::size_t job = 0; job < jobs.size(); ++job) {
      jobs.tenant.push_back(static_cast<std::int32_t>(job % 4));
      // Some overrun their limit.
      if (job % 10 == 0) jobs.limit[job] = std::max<Millis>(kMinute, jobs.run[job] / 2);
    }
    for (const char* name : {"a", "b", "c", "d"}) jobs.tenants.add(name);
    for (int user = 0; user < 7; ++user) jobs.users.add("u" + std::to_string(user));
    SlurmParameters p;
    p.priority_type = SlurmPriorityType::Multifactor;
    p.priority_weight_fairshare = p.priority_weight_age = 1000;
    p.bf_max_job_test = 60;
    const Replay quick(test::plain_machine(12), jobs, p);
    p.reservations.resize(1);
    p.reservations[0].start = Seconds(1e9);
    p.reservations[0].duration = Seconds(1);
    const Replay slow(test::plain_machine(12), jobs, p);
    CHECK(quick.slurm.backfilled() > 100);
    CHECK(quick.schedule.first_start == slow.schedule.first_start);
  }
}

TEST_CASE("slurm parameters: written and read again they are the same") {
  SlurmParameters p;
  p.bf_interval = Seconds(45);
  p.fair_tree = false;
  p.partitions.resize(1);
  p.partitions[0].name = "gpu";
  p.partitions[0].max_time = Seconds(86400);
  p.partitions[0].tres_billing_weights.gpu = 2;
  p.qos = {qos("high")};
  p.qos[0].limits.grp_tres_mins.gpu = 1000;
  p.associations.resize(1);
  p.associations[0].account = "physics";
  p.associations[0].limits.max_jobs_per_user = 3;
  Diagnostics diagnostics;
  SlurmParameters read;
  slurm_schema().read(slurm_schema().write(p), read, diagnostics);
  CHECK(diagnostics.all().empty());
  CHECK(read == p);
}

TEST_CASE("slurm parameters: mistakes are told with what was likely meant") {
  SharedMachine machine = test::plain_machine(4);
  JobTable jobs;
  jobs.pools.add("gpux");
  SlurmParameters p;
  p.partitions.resize(2);
  p.partitions[0].name = p.partitions[1].name = "gpu";
  p.partitions[0].nodes = {"node"};
  p.partitions[0].is_default = p.partitions[1].is_default = true;
  p.partitions[1].qos = "hihg";
  p.qos = {qos("high")};
  p.qos[0].preempt = {"low"};
  p.associations.resize(3);
  p.associations[0].account = "a";
  p.associations[0].parent = "b";
  p.associations[1].account = "b";
  p.associations[1].parent = "a";
  p.associations[2].account = "c";
  p.associations[2].limits.max_tres_per_user.gpu = 4;
  p.reservations.resize(1);
  p.reservations[0].name = "down";
  p.reservations[0].node_count = 5;
  p.preempt_mode = SlurmPreemptMode::Requeue;
  Diagnostics diagnostics;
  check_slurm(p, machine, jobs, diagnostics);
  std::string said;
  for (const Diagnostic& d : diagnostics.all()) said += d.message + " / " + d.hint + "\n";
  CHECK(
      said ==
      "no group of nodes `node`, which partition `gpu` names / did you mean `nodes`?\n"
      "no QOS `hihg`, which partition `gpu` names / did you mean `high`?\n"
      "partition `gpu` is declared twice / \n"
      "more than one partition is the default / \n"
      "no QOS `low`, which QOS `high` names / \n"
      "account `c` has a limit that only a QOS can have / max_tres_per_user and limits per account\n"
      "account `a` is above itself / \n"
      "reservation `down` has no duration / as duration = \"8 h\"\n"
      "reservation `down` wants 5 of 4 nodes / \n"
      "preempt_mode has no effect: preempt_type is none / \n"
      "1 of the jobs' partitions is not declared, as `gpux`: their jobs go to the default one / did you mean `gpu`?\n");
}
