#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/law.hpp"
#include "base/quantity.hpp"
#include "run/trace.hpp"

namespace orrery {

/// The training run: what has to be computed, and on how many chips. A "node" is what is replaced as one when it fails:
/// a server, or a whole scale-up domain where a rack is exchanged as one.
struct RunJob {
  std::string name;            ///< "llama-3.1-405b"; for people.
  long long gpus = 0;          ///< That the job computes on: a whole number of nodes.
  Seconds step_time;           ///< Of one step when nothing fails.
  double steps = 0;            ///< To be done: more than 0, a fraction of one counts.
  double tokens_per_step = 0;  ///< 0: unknown.
  double mfu = 0;              ///< Of a step, so that goodput can be weighted with it; 0: unknown.
  /// Factor on the step time, drawn once a replication: how sure the step time is.
  Law step_factor = Law::fixed(1);
  Bytes checkpoint;  ///< Weights and optimizer state of the whole job; 0: checkpoint levels state their times.

  Seconds work() const { return step_time * steps; }
};

/// Chips that fail together because they share something: a rack, a leaf switch, a power unit, a pod.
struct RunDomain {
  std::string name;
  long long gpus = 0;  ///< Below one of them: a whole number of nodes, or a part of one node.
};

/// The machine: the job's nodes and its spares, numbered in the order of domains.
struct RunMachine {
  int gpus_per_node = 8;
  std::vector<RunDomain> domains;  ///< Besides "gpu", "node", "job" and "site" (everything), which there always are.
};

/// How the times between the faults of one unit are spread.
enum class IntervalLaw {
  Exponential,
  Weibull,    ///< Of this `shape`: below 1 faults come early in a life and cluster, above 1 parts wear out.
  LogNormal,  ///< `shape` is the standard deviation of the logarithm.
  Piecewise,  ///< Exponential, with the hazard multiplied by `hazard` at an age.
  Periodic    ///< The class's faults, over all units, come evenly spaced: injected faults.
};

/// What a fault does to the job.
enum class Effect {
  Stop,        ///< The job, or the replica or group that it hits, stops at once.
  Slow,        ///< The job runs `slow_factor` times slower until the fault passes or is found.
  Corruption,  ///< Results are wrong from here on; found after the detection time, everything since is lost.
  Stall,       ///< The job stands still for the detection time and goes on: a flap that a retry masks.
  Masked       ///< Nothing stops: a redundant part. It counts, and is repaired in service.
};

/// From `age` on the hazard of a unit is `factor` times its base.
struct HazardStep {
  Seconds age;
  double factor = 1;
};

/// Rates rise and fall: over each period they are multiplied by a draw of a gamma law with mean 1. Bad weeks, a
/// campaign of tests, a firmware; without it no number of nodes explains how many are away at once. Of memoryless
/// faults of hardware.
struct Swing {
  double deviation = 0;  ///< Standard deviation of the factor; 0: rates are steady.
  Seconds period{7 * 86400.0};
};

/// A kind of fault: where, how often, what it does, how it is found and mended.
///
/// Units are renewed by their faults: each waits for its next from the last one, whether or not it was in repair.
/// Faults of nodes that are out of service are void.
struct FaultClass {
  std::string name;
  std::string unit = "node";  ///< "gpu", "node", "job", "site" or the name of a domain: all of its nodes are hit.
  Hertz rate;                 ///< Faults of one unit in the long run; with a piecewise law, where its factor is 1.
  IntervalLaw law = IntervalLaw::Exponential;
  double shape = 1;
  std::vector<HazardStep> hazard;  ///< By rising age, the first at age 0; for the piecewise law.
  Seconds age;                     ///< Of every unit when the run starts.
  Effect effect = Effect::Stop;
  double slow_factor = 1;
  Law lasts;         ///< Of a slow fault that nobody finds: until it passes.
  Law detection;     ///< From the fault until it is known.
  double evict = 1;  ///< Chance that the hardware leaves service for repair; otherwise it is restarted in place.
  Law repair;        ///< Of hardware that has left service, until it is back as a spare.
  Swing swing;       ///< Of this class alone, instead of the model's.
  // Bursts: other nodes that go down at the same instant, for the same reason.
  double burst = 0;                   ///< Chance that a fault is one.
  Law burst_nodes = Law::fixed(1);    ///< Nodes beyond the first, rounded up.
  std::string burst_domain = "site";  ///< They lie in the same unit of it.
  // Imperfect repair.
  double refail = 0;  ///< Chance that a repaired node fails again in the same way,
  Law refail_after;   ///< so long after it came back.
};

/// A share of nodes (a bad batch, lemons) whose faults are `factor` times as frequent as those of the others; the rates
/// of fault classes stay the means over all.
struct BadNodes {
  double share = 0;
  double factor = 1;
};

/// How faults come: the classes and what is common to them.
struct FaultModel {
  std::string name;  ///< Of the preset, for people.
  std::vector<FaultClass> classes;
  Law scale = Law::fixed(1);  ///< Factor on every hardware rate, drawn once a replication: clusters differ.
  BadNodes bad;
  Swing swing;                         ///< Of all classes together that have none of their own.
  double false_alarms = 0;             ///< Stops and evictions of healthy nodes, per 1,000 node-days.
  Law check;                           ///< How long an evicted healthy node is away.
  double misdiagnosis = 0;             ///< Chance that the wrong node is evicted: the restarted job stops again.
  double over_eviction = 0;            ///< Healthy nodes evicted with each that is faulty, on average.
  Law recurs_after = Law::fixed(600);  ///< Until a job stops again on the fault that was missed.
};

/// Which losses of hardware a checkpoint outlives.
enum class Survives {
  Process,    ///< Stops that take no hardware: it lies in the node's own memory or disk.
  Node,       ///< The loss of nodes as long as one of the `copies` of each is left: peers' memory.
  Everything  ///< Storage outside the machine.
};

/// How the interval of a checkpoint level is chosen.
enum class IntervalRule {
  Fixed,
  Young,   ///< sqrt(2 d M) (Young, CACM 17(9), 1974).
  Daly,    ///< Its higher-order form (Daly, FGCS 22(3), 2006, eq. 37).
  Optimal  ///< M (1 + W0(-exp(-d/M - 1))): the exact minimum of the expected time.
};

/// One level of checkpoints. A level's interval is rounded to a whole number of steps, and a slower level's to a whole
/// number of the intervals of the level before.
struct CheckpointLevel {
  std::string name = "remote";
  IntervalRule rule = IntervalRule::Optimal;
  Seconds interval;  ///< Of useful work between two, where the rule is `Fixed`.
  Seconds blocking;  ///< The job waits so long for each: the whole write, or the snapshot of an asynchronous one.
  Seconds lag;       ///< From the end of the blocking part until it counts.
  double interference = 0;  ///< Share of the job's speed that is lost during the lag.
  Seconds load;             ///< To read it back.
  Survives survives = Survives::Everything;
  int copies = 2;              ///< Of `Survives::Node`: nodes that hold each part, the owner among them.
  std::string apart = "node";  ///< Copies lie in different units of this domain.
  int retained = 2;            ///< Kept, for going back behind a corruption.
};

/// The parts of a restart. They are drawn anew each time, and a stop in between starts it over.
struct Restart {
  Law place;                         ///< Diagnosis and choice of hosts.
  Law initialise;                    ///< Processes and communication groups, at any size,
  Seconds initialise_per_1000_gpus;  ///< and what every 1,000 GPUs add.
  Law warm_up;                       ///< Compilation, caches, first slow steps.
};

enum class Recovery {
  Restart,      ///< The job ends and queues again; it holds no spares but those of the scheduler.
  HotSpare,     ///< Spares stand by with the job's software running.
  WarmPool,     ///< Spares are powered and checked, and have to be set up.
  ReplicaDrop,  ///< The replicas that are not hit go on without it, until it is back (FT-HSDP, torchft).
  Shrink,       ///< The job is laid out anew over the nodes that are left (Oobleck, ReCycle).
  Redundant     ///< Every shard is computed `copies` times; the job goes on while each has a copy left (SPARe).
};

struct RunPolicy {
  std::string name;  ///< For comparisons; empty: the recovery's.
  Recovery recovery = Recovery::WarmPool;
  long long spares = 0;  ///< Nodes held besides the job's.
  Law queue;             ///< Of `Restart`: until the scheduler gives the nodes again.
  Law provision;         ///< Until a spare stands in a failed node's place, where hardware was lost.
  /// Until a node from outside arrives where no spare is left; zero: none ever does, and the job waits for a repair.
  Law outside;
  // ReplicaDrop, Shrink.
  long long group_nodes = 1;  ///< Nodes that leave together: a replica; of Redundant: a group that computes a shard.
  Law stall;                  ///< All wait so long when a group leaves or comes back.
  double penalty = 1;         ///< Speed of the remaining groups over their share, while any is away.
  double least = 0.5;         ///< Share of the groups below which the job stops.
  // Redundant.
  int copies = 2;
  /// Replicas: families of `copies` groups compute the same. Otherwise shards overlap: there are as many as groups,
  /// each on `copies` neighbours, so that more losses are fatal (SPARe's placement).
  bool disjoint = true;
  double compute_factor = 2;  ///< Work of all over the work without redundancy.
  // Nodes that fail again and again.
  int retire_after = 0;  ///< Faults of a node within the window after which it is never used again; 0: no limit.
  Seconds retire_window{28 * 86400.0};
  Law replacement;  ///< Of a retired node, until another is there; zero: none ever comes.
};

struct Maintenance {
  Seconds every;  ///< 0: none is planned.
  Law lasts;      ///< The job writes a checkpoint before, and restarts after.
};

struct RunPrices {
  DollarsPerSecond gpu;     ///< Of a GPU held, spares too; 0: unknown.
  Watts power;              ///< Of a GPU at work, with its share of everything around; 0: unknown.
  double idle_power = 0.3;  ///< Share of it that a GPU takes when it does not compute.
};

/// Everything the delivery of a run depends on.
struct RunSpec {
  RunJob job;
  RunMachine machine;
  FaultModel faults;
  std::vector<CheckpointLevel> checkpoints;  ///< From the fastest to the one that survives most; may be empty.
  Restart restart;
  RunPolicy policy;
  int repair_crews = 0;  ///< Repairs at once; 0: any number.
  Maintenance maintenance;
  RunPrices prices;
  Seconds deadline;  ///< 0: none. Answers then say how likely it is met.
  /// Faults that happened, instead of drawn ones: fault i of the trace takes its node out of service until its end,
  /// and counts for the class `replay_classes[i]`. The trace's nodes are dealt to the machine's anew in each
  /// replication (in the first in order); those beyond the machine do not matter; a run longer than the trace meets it
  /// again. Classes with a rate go on besides: give those of the trace none.
  std::shared_ptr<const FaultTrace> replay;
  std::vector<int> replay_classes;
  bool replay_anywhere = false;  ///< Each replication but the first begins at another time of the trace.
};

/// How a simulation is run; results of the same spec and seed are the same for any number of threads.
struct RunOptions {
  int replications = 200;
  std::uint64_t seed = 0;
  /// A run that takes more than this many times its work is given up as one that never finishes.
  double give_up = 100;
};

}  // namespace orrery
