// Our Slurm against a real one: slurm-wlm 22.05.8 of Debian 12 on 16 fake nodes of 8 GPUs, with an accelerated clock.
// tools/referee holds the program that runs it, the workload and what was recorded; `make referee` records anew, into
// the folder that ORRERY_REFEREE names. Inputs are the recorded submissions and run lengths, since the accelerated
// clock makes each job some seconds longer.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/statistics.hpp"
#include "cluster/engine.hpp"
#include "cluster/gpu_placement.hpp"
#include "cluster/slurm/scheduler.hpp"

using namespace orrery;

namespace {

const std::string kFolder = std::string(ORRERY_SOURCE_DIR) + "/tools/referee/";

std::string results_folder() {
  const char* folder = std::getenv("ORRERY_REFEREE");
  return folder != nullptr ? std::string(folder) + "/" : kFolder + "expected/";
}

/// Cells of the lines behind the header; quotes are only around lists of nodes, which come last.
std::vector<std::vector<std::string>> rows_of(const std::string& path) {
  std::ifstream in(path);
  REQUIRE_MESSAGE(in.good(), path);
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string>& cells = rows.emplace_back();
    std::stringstream cell_of(line.substr(0, line.find('"')));
    for (std::string cell; std::getline(cell_of, cell, ',');) cells.push_back(cell);
    if (const std::size_t quote = line.find('"'); quote != std::string::npos)
      cells.push_back(line.substr(quote + 1, line.rfind('"') - quote - 1));
  }
  return rows;
}

/// "n[02-03,12]" as numbers from 0.
std::vector<std::int32_t> nodes_named(const std::string& text) {
  std::vector<std::int32_t> nodes;
  std::stringstream parts(text.find('[') == std::string::npos ? text.substr(1) : text.substr(2, text.size() - 3));
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t dash = part.find('-');
    const int first = std::stoi(part), last = dash == std::string::npos ? first : std::stoi(part.substr(dash + 1));
    for (int node = first; node <= last; ++node) nodes.push_back(node - 1);
  }
  return nodes;
}

Millis time_of(const std::string& seconds) {
  return std::llround(std::stod(seconds) * kSecond);
}

/// Who started when for the first time, in order: jobs that start in one pass do so one after the other.
struct StartOrder final : Observer {
  explicit StartOrder(std::size_t jobs) : place(jobs, -1) {}
  void started(Millis /*now*/, JobId job, std::span<const Slice> /*slices*/) override {
    double& of = place[static_cast<std::size_t>(job)];
    if (of < 0) of = next++;
  }
  std::vector<double> place;
  double next = 0;
};

struct Recorded {
  JobTable jobs;
  std::vector<Millis> first_start, last_start;
  std::vector<double> place;                     ///< In the order of first starts.
  std::vector<std::pair<int, int>> preemptions;  ///< Victim, preemptor.
  Millis end = 0;
};

Recorded recorded(const std::string& mode) {
  Recorded r;
  std::vector<Millis> end;
  for (const auto& row : rows_of(kFolder + "workload-200.csv")) {
    r.jobs.gpus.push_back(std::stoi(row[2]));
    r.jobs.limit.push_back((std::stoll(row[4]) + 59) / 60 * kMinute);
    r.jobs.tenant.push_back(r.jobs.tenants.add(row[5]));
    if (mode == "preempt") r.jobs.pool.push_back(r.jobs.pools.add(row[6]));
  }
  const std::size_t jobs = r.jobs.gpus.size();
  r.jobs.submit.assign(jobs, -1);
  r.jobs.run.assign(jobs, 0);
  r.first_start.assign(jobs, -1);
  r.last_start.assign(jobs, -1);
  r.place.assign(jobs, -1);
  double next = 0;
  for (const auto& row : rows_of(results_folder() + mode + "-events.csv")) {
    const Millis time = time_of(row[0]);
    const auto job = static_cast<std::size_t>(std::stoi(row[2]));
    if (row[1] == "submit") r.jobs.submit[job] = time;
    if (row[1].starts_with("start")) {
      if (r.first_start[job] < 0) {
        r.first_start[job] = time;
        r.place[job] = next++;
      }
      r.last_start[job] = time;
    }
    if (row[1] == "end") r.jobs.run[job] = std::max<Millis>(1, time - r.last_start[job]);
    if (row[1] == "preempted") r.preemptions.emplace_back(std::stoi(row[2]), std::stoi(row[3]));
    r.end = std::max(r.end, time);
  }
  return r;
}

/// SchedulerParameters, partitions and accounts as tools/referee/referee.py sets them.
SlurmParameters parameters_of(const std::string& mode) {
  SlurmParameters p;
  if (mode == "fifo") {
    p.scheduler_type = SlurmSchedulerType::Builtin;
    return p;
  }
  p.bf_window = Seconds(20160 * 60.0);
  p.bf_max_job_test = 100000;
  p.bf_continue = p.preempt_youngest_first = true;
  p.preempt_reorder_count = 5;
  if (mode == "multifactor") {
    p.priority_type = SlurmPriorityType::Multifactor;
    p.priority_decay_half_life = Seconds(86400);
    p.priority_calc_period = Seconds(60);
    p.priority_weight_fairshare = 10000;
    p.priority_weight_age = 1000;
    const int shares[] = {4, 2, 1, 1};
    for (int i = 0; i < 4; ++i) {
      SlurmAssociation account;
      account.account = std::string(1, static_cast<char>('a' + i));
      account.fairshare = shares[i];
      p.associations.push_back(account);
    }
  }
  if (mode == "preempt") {
    p.preempt_type = SlurmPreemptType::PartitionPrio;
    p.preempt_mode = SlurmPreemptMode::Requeue;
    SlurmPartition main, hi, lo;
    main.name = "main";
    main.is_default = true;
    main.priority_tier = 10;
    hi.name = "hi";
    hi.priority_tier = 100;
    hi.preempt_mode = SlurmPreemptMode::Off;
    lo.name = "lo";
    lo.priority_tier = 1;
    lo.preempt_mode = SlurmPreemptMode::Requeue;
    p.partitions = {main, hi, lo};
  }
  return p;
}

struct Comparison {
  double tau = 0;               ///< Of first starts.
  double within_minute = 0;     ///< Share of first starts.
  double ours = 0, theirs = 0;  ///< Mean wait to the first start, s.
  std::set<std::pair<int, int>> same_pairs;
  std::size_t our_pairs = 0, their_pairs = 0;
  std::map<std::string, double> factors, usage;  ///< Of users: fair share; GPU-seconds, decayed.
};

Comparison compare(const std::string& mode) {
  const Recorded r = recorded(mode);
  SharedMachine machine;
  machine.groups.emplace_back().nodes = 16;
  std::vector<JobId> rows(r.jobs.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::stable_sort(rows.begin(), rows.end(), [&](JobId a, JobId b) {
    return r.jobs.submit[static_cast<std::size_t>(a)] < r.jobs.submit[static_cast<std::size_t>(b)];
  });
  GpuPlacement placement(machine, r.jobs);
  SlurmScheduler slurm(parameters_of(mode), machine, r.jobs, rows);
  StartOrder order(r.jobs.size());
  const JobSchedule schedule = ClusterEngine(r.jobs, rows, placement, slurm, {}, nullptr, &order).run();
  CHECK(slurm.refused().empty());

  Comparison c;
  for (std::size_t job = 0; job < r.jobs.size(); ++job) {
    REQUIRE(schedule.first_start[job] >= 0);
    REQUIRE(r.first_start[job] >= 0);
    const auto seconds = [](Millis time) { return static_cast<double>(time) / kSecond; };
    const double ours = seconds(schedule.first_start[job]), theirs = seconds(r.first_start[job]);
    c.ours += (ours - seconds(r.jobs.submit[job])) / 200;
    c.theirs += (theirs - seconds(r.jobs.submit[job])) / 200;
    if (std::abs(ours - theirs) <= 60) c.within_minute += 1.0 / 200;
  }
  c.tau = kendall_tau_b(order.place, r.place);
  std::set<std::pair<int, int>> pairs;
  for (const SlurmScheduler::Preemption& p : slurm.preemptions()) pairs.emplace(p.victim, p.preemptor);
  for (const auto& pair : r.preemptions) {
    if (pairs.contains(pair)) c.same_pairs.insert(pair);
  }
  c.our_pairs = pairs.size();
  c.their_pairs = r.preemptions.size();
  slurm.update_fair_share(r.end);
  const SlurmAccounts& accounts = slurm.accounts();
  for (std::size_t node = 0; node < accounts.size(); ++node) {
    const auto number = static_cast<std::int32_t>(node);
    if (!accounts.tree()[node].is_user) continue;
    c.factors[accounts.name(number)] = accounts.factor(number);
    c.usage[accounts.name(number)] = accounts.tree()[node].usage;
  }
  MESSAGE(mode << ": tau " << c.tau << ", starts within 60 s " << c.within_minute << ", mean wait " << c.ours
               << " s of " << c.theirs << " s, preemptions " << c.same_pairs.size() << " of " << c.their_pairs
               << " the same, ours " << c.our_pairs << ", by backfill " << slurm.backfilled());
  return c;
}

}  // namespace

TEST_CASE("slurm: referee, sched/builtin") {
  const Comparison c = compare("fifo");
  CHECK(c.tau >= 0.999);
  CHECK(c.ours == doctest::Approx(c.theirs).epsilon(0.05));
}

TEST_CASE("slurm: referee, sched/backfill") {
  const Comparison c = compare("backfill");
  CHECK(c.within_minute >= 0.85);
  CHECK(c.ours == doctest::Approx(c.theirs).epsilon(0.15));
}

TEST_CASE("slurm: referee, multifactor priority with fair tree") {
  const Comparison c = compare("multifactor");
  CHECK(c.tau >= 0.95);
  for (const auto& row : rows_of(results_folder() + "multifactor-sshare.txt")) {
    // " a|root|parent|0.444444|1328584|1.000000|0.400000"
    std::vector<std::string> cells;
    std::stringstream cell_of(row[0]);
    for (std::string cell; std::getline(cell_of, cell, '|');) cells.push_back(cell);
    if (cells.size() < 7) continue;
    const std::string user = cells[0].substr(cells[0].find_first_not_of(' ')) + "|" + cells[1];
    CAPTURE(user);
    CHECK(c.factors.at(user) == doctest::Approx(std::stod(cells[6])).epsilon(1e-6));
    // What was used and not yet forgotten; the real one decays in steps, and was asked a little later.
    CHECK(c.usage.at(user) == doctest::Approx(std::stod(cells[4])).epsilon(0.01));
  }
}

TEST_CASE("slurm: referee, preemption by partition") {
  const Comparison c = compare("preempt");
  CHECK(c.tau >= 0.95);
}

TEST_CASE("slurm: referee, victims chosen in the recorded states") {
  // Who is preempted hangs on all that went before, which the accelerated clock disturbs. So every recorded preemption
  // is asked for again, from what ran where at that moment.
  const Recorded r = recorded("preempt");
  SharedMachine machine;
  machine.groups.emplace_back().nodes = 16;
  SlurmNodes nodes(machine, Names());
  struct Run {
    Millis start = 0;
    std::vector<Slice> slices;
  };
  std::map<int, Run> running;
  const auto demand = [&](int job) {
    Demand d;
    d.gpus = r.jobs.gpus[static_cast<std::size_t>(job)];
    return request_of(d, 8);
  };
  const auto rows = rows_of(results_folder() + "preempt-events.csv");
  int same = 0, asked = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int job = std::stoi(rows[i][2]);
    if (rows[i][1].starts_with("start")) {
      Run& run = running[job];
      run = {time_of(rows[i][0]), {}};
      for (const std::int32_t node : nodes_named(rows[i][3]))
        run.slices.push_back({.node = node, .gpus = demand(job).part.gpus});
      nodes.take(run.slices);
    }
    if (rows[i][1] == "preempted" && running.contains(job)) {
      const int preemptor = std::stoi(rows[i][3]);
      std::set<int> theirs, ours;
      for (std::size_t k = i; k < rows.size() && std::stod(rows[k][0]) < std::stod(rows[i][0]) + 5; ++k) {
        if (rows[k][1] == "preempted" && std::stoi(rows[k][3]) == preemptor) theirs.insert(std::stoi(rows[k][2]));
      }
      std::vector<int> young;
      for (const auto& [number, run] : running) {
        if (r.jobs.pools.at(r.jobs.pool[static_cast<std::size_t>(number)]) == "lo") young.push_back(number);
      }
      std::stable_sort(young.begin(), young.end(),
                       [&](int a, int b) { return running[a].start / kSecond > running[b].start / kSecond; });
      std::vector<std::span<const Slice>> victims;
      for (const int number : young) victims.emplace_back(running[number].slices);
      const auto eviction = choose_victims(nodes, demand(preemptor), NodeBits(16, true), victims, 5);
      REQUIRE(eviction);
      for (const std::size_t number : eviction->leaving) ours.insert(young[number]);
      ++asked;
      if (ours == theirs) ++same;
      std::string said;
      for (const int number : theirs) said += " " + std::to_string(number);
      said += " left for " + std::to_string(preemptor) + ", ours:";
      for (const int number : ours) said += " " + std::to_string(number);
      if (ours != theirs) MESSAGE(said);
      for (const int number : theirs) {
        nodes.give_back(running[number].slices);
        running.erase(number);
      }
    }
    if (rows[i][1] == "end" && running.contains(job)) {
      nodes.give_back(running[job].slices);
      running.erase(job);
    }
  }
  MESSAGE(same << " of " << asked << " preemptors send the same jobs away");
  CHECK(same == asked);
}
