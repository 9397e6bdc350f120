#include "cluster/failures.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <memory>

#include "cluster/metrics/measured_replay.hpp"
#include "cluster/replay.hpp"
#include "cluster/test_workloads.hpp"

using namespace orrery;
using namespace orrery::test;

namespace {

FaultClass fault_class(const char* unit, double rate, double detection = 0, double repair = 0) {
  FaultClass fault;
  fault.name = unit;
  fault.unit = unit;
  fault.rate = Hertz(rate);
  fault.detection = Law::fixed(detection);
  fault.evict = repair > 0 ? 1 : 0;
  fault.repair = Law::fixed(repair);
  return fault;
}

std::shared_ptr<ClusterFailures> failures_of(const FaultClass& fault, const SharedMachine& machine) {
  FaultModel model;
  model.classes = {fault};
  std::vector<std::string> unknown;
  auto failures = std::make_shared<ClusterFailures>(cluster_failures(model, machine, unknown));
  REQUIRE(unknown.empty());
  failures->cost = {.checkpoint_interval = kHour, .restart = Law::fixed(0)};
  return failures;
}

/// A job that says when a fault comes: on one node, periodic every `every` seconds.
std::shared_ptr<ClusterFailures> periodic_failures(double every, double detection, double repair,
                                                   const SharedMachine& machine) {
  FaultClass fault = fault_class("node", 1 / every / static_cast<double>(machine.nodes()), detection, repair);
  fault.law = IntervalLaw::Periodic;
  return failures_of(fault, machine);
}

ClusterSpec spec_of(JobTable jobs, SharedMachine machine, std::shared_ptr<const ClusterFailures> failures) {
  ClusterSpec spec;
  spec.jobs = std::make_shared<const JobTable>(std::move(jobs));
  spec.machine = std::move(machine);
  spec.failures = std::move(failures);
  return spec;
}

/// GPUs that are busy, and those that are free or out of service; no GPU is given twice. (Unlike `LawObserver`'s, GPUs
/// may be neither busy nor free.)
class HeldTime final : public Observer {
 public:
  explicit HeldTime(long long gpus) : gpus_(gpus) {}
  void started(Millis now, JobId /*job*/, std::span<const Slice> slices) override { change(now, slices, 1); }
  void stopped(Millis now, JobId /*job*/, std::span<const Slice> slices, StopReason /*reason*/) override {
    change(now, slices, -1);
  }
  void passed(Millis /*now*/, long long free) override {
    CHECK(free >= 0);
    CHECK(busy_ + free <= gpus_);
    most_out_ = std::max(most_out_, gpus_ - busy_ - free);
  }
  Millis held() const { return held_; }
  long long most_out() const { return most_out_; }

 private:
  void change(Millis now, std::span<const Slice> slices, int sign) {
    held_ += busy_ * (now - since_);
    since_ = now;
    for (const Slice& slice : slices) busy_ += sign * slice.gpus;
  }
  long long gpus_, busy_ = 0, most_out_ = 0;
  Millis held_ = 0, since_ = 0;
};

}  // namespace

TEST_CASE("hand-computed: a failed job goes on from its last checkpoint after detection and restart") {
  const SharedMachine machine = plain_machine(1);
  // 5 h of work; faults at 2.5 h, 5 h, 7.5 h ... of the clock, found after 6 min, restarted in 30 min.
  auto failures = periodic_failures(2.5 * 3600, 360, 0, machine);
  failures->cost.restart = Law::fixed(1800);
  const ClusterSpec spec = spec_of(small_jobs({{0, 5 * 3600, 8}}), machine, failures);
  ClusterReplay replay(spec, {});
  HeldTime held(8);
  const JobSchedule schedule = replay.run(&held);
  // 2.5 h: 2 h kept. Runs from 2.6 h; restart until 3.1 h; fault at 5 h: 1.9 h of work, 1 h kept, 3 in all. From 5.1 h;
  // restart until 5.6 h; fault at 7.5 h: 1.9 h, 1 h kept, 4 in all. From 7.6 h, restart until 8.1 h, done at 9.1 h.
  CHECK(schedule.end[0] == 9 * kHour + 6 * kMinute);
  CHECK(schedule.failures == 3);
  CHECK(schedule.stops[0] == 3);
  CHECK(schedule.gpu_time_lost == 8 * (schedule.end[0] - 5 * kHour));
  CHECK(schedule.gpu_time_failed == schedule.gpu_time_lost);
  CHECK(held.held() == 8 * schedule.end[0]);
}

TEST_CASE("hand-computed: the failed node is away for its repair, other nodes take the job") {
  const SharedMachine machine = plain_machine(2);
  auto failures = periodic_failures(3600, 0, 2 * 3600, machine);
  failures->cost.checkpoint_interval = 0;
  // A job of both nodes: fault at 1 h, both nodes again at 3 h; faults at 2 h and 3 h hit the other node or the one
  // away.
  ClusterSpec spec = spec_of(small_jobs({{0, 5400, 16}}), machine, failures);
  spec.horizon = kDay;
  ClusterReplay replay(spec, {});
  HeldTime held(16);
  const JobSchedule schedule = replay.run(&held);
  CHECK(schedule.failures >= 1);
  CHECK(held.most_out() >= 8);
  // Small jobs find room on the other node as long as one is there.
  const ClusterSpec small = spec_of(small_jobs({{0, 5400, 8}}), machine, failures);
  ClusterReplay again(small, {});
  const JobSchedule done = again.run();
  CHECK(done.end[0] >= 5400 * kSecond);
  CHECK(done.end[0] < kDay);
}

TEST_CASE("hand-computed: the time that GPUs are out of service") {
  const SharedMachine machine = plain_machine(1);
  auto failures = periodic_failures(3600, 0, 1800, machine);
  failures->cost.checkpoint_interval = 0;
  // Up from 0 to 1 h; away until 1.5 h; up until 2 h, away until 2.5 h, done at 2.5 h + 6 min. The short job comes
  // last.
  const ClusterSpec spec = spec_of(small_jobs({{0, 5760, 8}, {9361, 1, 8}}), machine, failures);
  const MeasuredReplay replay = measure_replay(spec, {}, {}, {});
  CHECK(replay.schedule.end[0] == 156 * kMinute);
  CHECK(replay.schedule.failures == 2);
  CHECK(replay.usage.down_hours == doctest::Approx(8));
  CHECK(replay.usage.allocated_hours == doctest::Approx(8 * 5761.0 / 3600));
}

TEST_CASE("hand-computed: a job that fails again and again is given up, and ends what waits for it") {
  const SharedMachine machine = plain_machine(1);
  auto failures = periodic_failures(3600, 0, 0, machine);
  failures->cost.checkpoint_interval = kNever;
  failures->cost.give_up_after = 4;
  JobTable jobs = small_jobs({{0, 2 * 3600, 8}, {1, 60, 8}});
  jobs.after = {kNoJob, 0};
  const ClusterSpec spec = spec_of(std::move(jobs), machine, failures);
  ClusterReplay replay(spec, {});
  const JobSchedule schedule = replay.run();
  CHECK(schedule.given_up == 1);
  CHECK(schedule.failures == 4);
  CHECK(schedule.end[0] == 4 * kHour);
  CHECK(schedule.end[1] == 4 * kHour + kMinute);
}

TEST_CASE("hand-computed: a job that stands still ends at its time limit where that is enforced") {
  const SharedMachine machine = plain_machine(1);
  const auto failures = periodic_failures(3600, 7200, 0, machine);
  JobTable jobs = small_jobs({{0, 5400, 8}});
  jobs.limit = {5400 * kSecond};
  ClusterSpec spec = spec_of(std::move(jobs), machine, failures);
  spec.kill_at_limit = true;
  ClusterReplay replay(spec, {});
  const JobSchedule schedule = replay.run();
  CHECK(schedule.end[0] == 5400 * kSecond);
  CHECK(schedule.failures == 0);
}

TEST_CASE("hand-computed: one failed GPU of eight stops one job in eight") {
  const SharedMachine machine = plain_machine(1);
  const auto failures = failures_of(fault_class("gpu", 1e-5), machine);
  std::vector<SmallJob> list(4, SmallJob{0, 100'000, 1});
  long long failed = 0;
  constexpr int kSeeds = 400;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ClusterSpec spec = spec_of(small_jobs(list), machine, failures);
    spec.seed = seed;
    spec.horizon = 50'000 * kSecond;
    ClusterReplay replay(spec, {});
    failed += replay.run().failures;
  }
  // Four jobs of one GPU, 0.5 failures each: a Poisson number of mean 800, deviation 28.
  CHECK(std::abs(static_cast<double>(failed) - 800) < 4 * std::sqrt(800.0));
}

TEST_CASE("closed form: the expected time of a job with memoryless failures") {
  // n (M + D) e^{R/M} (e^{tau/M} - 1): Daly's equation 20 with detection, as the run level has it.
  const SharedMachine machine = plain_machine(4);
  constexpr double kRate = 1.0 / 40'000, kDetection = 300, kRestart = 900, kTau = 3600;
  const auto failures = failures_of(fault_class("node", kRate, kDetection), machine);
  failures->cost.restart = Law::fixed(kRestart);
  const double mean = 1 / (4 * kRate);
  const double expected = 10 * (mean + kDetection) * std::exp(kRestart / mean) * (std::exp(kTau / mean) - 1);
  double sum = 0, squares = 0;
  constexpr int kSeeds = 4000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ClusterSpec spec = spec_of(small_jobs({{0, 36'000, 32}}), machine, failures);
    spec.seed = seed;
    ClusterReplay replay(spec, {});
    const double end = static_cast<double>(replay.run().end[0]) / kSecond;
    sum += end;
    squares += end * end;
  }
  const double found = sum / kSeeds;
  const double error = std::sqrt((squares / kSeeds - found * found) / kSeeds);
  CHECK(error < 0.02 * expected);
  CHECK(std::abs(found - expected) < 4 * error);
}

TEST_CASE("law: a machine that cannot fail replays bit for bit as one without failures") {
  const SharedMachine machine = plain_machine(6);
  const JobTable jobs = random_jobs(3, 600, 48, 1.1);
  for (const PolicyKind kind : {PolicyKind::Fifo, PolicyKind::Easy, PolicyKind::ShortestRemaining}) {
    ClusterPolicy policy;
    policy.kind = kind;
    const ClusterSpec without = spec_of(jobs, machine, nullptr);
    const ClusterSpec with = spec_of(jobs, machine, failures_of(fault_class("node", 0), machine));
    ClusterReplay one(without, policy), two(with, policy);
    LawObserver laws(jobs, machine);
    const JobSchedule a = one.run(), b = two.run(&laws);
    CHECK(a.first_start == b.first_start);
    CHECK(a.end == b.end);
    CHECK(a.stops == b.stops);
    CHECK(a.passes == b.passes);
    CHECK(a.gpu_time_lost == b.gpu_time_lost);
  }
}

TEST_CASE("law: under any policy GPU-time held is work and what stops cost; the same seed gives the same answer") {
  SharedMachine machine = plain_machine(6);
  machine.levels = {{"rack", 2}};
  JobTable jobs = random_jobs(5, 400, 48, 0.9);
  for (const char* user : {"a", "b", "c", "d", "e", "f", "g"}) jobs.users.add(user);
  for (Millis& run : jobs.run) run *= 10;
  for (Millis& submit : jobs.submit) submit *= 10;
  for (Millis& limit : jobs.limit) limit *= 10;
  FaultModel model;
  model.classes = {fault_class("gpu", 1e-6, 60, 7200), fault_class("node", 4e-6, 0, 7200),
                   fault_class("rack", 2e-6, 600)};
  model.classes[1].burst = 0.3;
  model.classes[1].burst_domain = "rack";
  model.classes[1].refail = 0.5;
  model.classes[1].refail_after = Law::exponential(3600);
  model.false_alarms = 5;
  model.check = Law::fixed(600);
  model.swing.deviation = 0.8;
  model.bad = {0.2, 5};
  std::vector<std::string> unknown;
  auto failures = std::make_shared<ClusterFailures>(cluster_failures(model, machine, unknown));
  REQUIRE(unknown.empty());
  failures->cost.restart = Law::fixed(120);
  for (const PolicyKind kind : {PolicyKind::Fifo, PolicyKind::Skip, PolicyKind::Easy, PolicyKind::ShortestFirst,
                                PolicyKind::ShortestRemaining, PolicyKind::LeastAttained, PolicyKind::Priority,
                                PolicyKind::Slurm, PolicyKind::FairShare, PolicyKind::Gavel, PolicyKind::Elastic}) {
    CAPTURE(static_cast<int>(kind));
    ClusterPolicy policy;
    policy.kind = kind;
    const ClusterSpec spec = spec_of(jobs, machine, failures);
    ClusterReplay replay(spec, policy), again(spec, policy);
    HeldTime held(48);
    const JobSchedule schedule = replay.run(&held);
    CHECK(schedule.failures > 10);
    Millis work = 0;
    for (const JobId job : replay.rows()) {
      CHECK(schedule.end[static_cast<std::size_t>(job)] >= 0);
      work += jobs.run[static_cast<std::size_t>(job)] * jobs.gpus[static_cast<std::size_t>(job)];
    }
    CHECK(held.held() == work + schedule.gpu_time_lost);
    CHECK(schedule.gpu_time_failed > 0);
    CHECK(replay.placement().gpus() == replay.placement().free_gpus());  // Nothing runs; the others are in repair.
    const JobSchedule same = again.run();
    CHECK(same.end == schedule.end);
    CHECK(same.failures == schedule.failures);
    if (kind != PolicyKind::Slurm) CHECK(held.most_out() > 0);
  }
}

TEST_CASE("hand-computed: what of a fault model counts on a machine") {
  SharedMachine machine = plain_machine(3);
  machine.levels = {{"rack", 2}};
  FaultModel model;
  model.classes = {fault_class("job", 1), fault_class("rack", 1), fault_class("pod", 1), fault_class("gpu", 1)};
  model.classes[3].effect = Effect::Slow;
  model.classes[3].name = "slow gpu";
  model.false_alarms = 1;
  std::vector<std::string> unknown;
  const ClusterFailures failures = cluster_failures(model, machine, unknown);
  CHECK(unknown == std::vector<std::string>{"pod"});
  CHECK(failures.left_out == std::vector<std::string>{"job", "slow gpu"});
  REQUIRE(failures.faults.classes.size() == 2);
  CHECK(failures.faults.classes[1].rate.raw() == doctest::Approx(1.0 / 1000 / 86400));
  CHECK(failures.node_gpus == std::vector<std::int32_t>{8, 8, 8});
}
