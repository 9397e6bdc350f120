#include "run/run_fields.hpp"

#include <string>
#include <utility>

namespace orrery {
namespace {

constexpr double kMost = 1e15;

const Schema<CheckpointInput>& checkpoint_schema() {
  using C = CheckpointInput;
  static const Schema<C> schema = [] {
    Schema<C> s("checkpoints", "One level of checkpoints, from the fastest to the one that outlives most.");
    s.text(
         "name", [](C& c) -> std::string& { return c.level.name; }, described("What reports call it.", "remote"))
        .choice(
            "rule", [](C& c) -> IntervalRule& { return c.level.rule; },
            {{"optimal", IntervalRule::Optimal, "The exact optimum, by Lambert's W."},
             {"daly", IntervalRule::Daly, "Daly's higher-order estimate of it."},
             {"young", IntervalRule::Young, "sqrt(2 d M)."},
             {"fixed", IntervalRule::Fixed, "As `interval` says."}},
            described("How the interval is chosen.", "optimal"))
        .quantity(
            "interval", [](C& c) -> Seconds& { return c.level.interval; },
            otherwise(bounded("Of useful work between two.", "30 min"), "what the rule gives"))
        .boolean(
            "asynchronous", &C::asynchronous,
            described("Whether the job waits only for a copy in the hosts' memory, which is written behind its back.",
                      "true"))
        .quantity("snapshot_bandwidth", &C::snapshot_bandwidth,
                  bounded("Of an asynchronous level's copy into host memory, per GPU.", "10 GB/s", 0, kMost))
        .quantity("bandwidth", &C::bandwidth,
                  otherwise(bounded("Of writing, the whole job.", "100 GB/s", 0, kMost),
                            "of copies in peers' memory the network between nodes"))
        .quantity("read_bandwidth", &C::read_bandwidth,
                  otherwise(bounded("Of reading back, the whole job.", "100 GB/s", 0, kMost), "that of writing"))
        .quantity("blocking", &C::blocking, bounded("The job waits so long for each; instead of a bandwidth.", "40 s"))
        .quantity("lag", &C::lag, bounded("From then until the checkpoint counts; instead of a bandwidth.", "60 s"))
        .quantity("load", &C::load, bounded("To read it back; instead of a bandwidth.", "2 min"))
        .number(
            "interference", [](C& c) -> double& { return c.level.interference; },
            bounded("Share of the job's speed that is lost during the lag.", "0.02", 0, 0.99))
        .choice(
            "survives", [](C& c) -> Survives& { return c.level.survives; },
            {{"everything", Survives::Everything, "Storage outside the machine."},
             {"node", Survives::Node, "Lost nodes, as long as a copy of each part is left: peers' memory."},
             {"process", Survives::Process, "Stops that take no hardware: the node's own memory."}},
            described("What it outlives.", "node"))
        .integer(
            "copies", [](C& c) -> int& { return c.level.copies; },
            bounded("Nodes that hold each part, the owner among them.", "2", 1, 100))
        .text(
            "apart", [](C& c) -> std::string& { return c.level.apart; },
            described("Copies lie in different units of this domain.", "rack"))
        .integer(
            "retained", [](C& c) -> int& { return c.level.retained; },
            bounded("Kept, for going back behind a corruption.", "3", 1, 1e6));
    return s;
  }();
  return schema;
}

const Schema<Restart>& restart_schema() {
  using R = Restart;
  static const Schema<R> schema = [] {
    Schema<R> s("restart", "The parts of a restart, drawn anew each time.");
    s.law("place", &R::place, Dimension::Time, bounded("Diagnosis and choice of hosts.", "uniform(1 min, 5 min)"))
        .law("initialise", &R::initialise, Dimension::Time, bounded("Processes and communication groups.", "30 s"))
        .quantity("initialise_per_1000_gpus", &R::initialise_per_1000_gpus,
                  bounded("What every 1,000 GPUs add to that.", "2 s"))
        .law("warm_up", &R::warm_up, Dimension::Time, bounded("Compilation, caches, first slow steps.", "1 min"));
    return s;
  }();
  return schema;
}

/// A member of the run's policy, as a member of the whole input: the spares of [run.policy] may be left to us.
template <class M>
auto of_policy(M RunPolicy::*member) {
  return [member](RunInput& input) -> M& { return input.policy.*member; };
}

const Schema<RunInput>& policy_schema() {
  using P = RunPolicy;
  static const Schema<RunInput> schema = [] {
    Schema<RunInput> s("policy", "What is done when something fails.");
    s.choice("recovery", of_policy(&P::recovery),
             {{"restart", Recovery::Restart, "The job ends and queues again."},
              {"hot_spare", Recovery::HotSpare, "Spares stand by with the job's software running."},
              {"warm_pool", Recovery::WarmPool, "Spares are powered and checked, and have to be set up."},
              {"replica_drop", Recovery::ReplicaDrop, "Replicas that are not hit go on alone until it is back."},
              {"shrink", Recovery::Shrink, "The job is laid out anew over the nodes that are left."},
              {"redundant", Recovery::Redundant, "Every shard is computed several times."}},
             described("How the job goes on.", "hot_spare"))
        .integer("spares", &RunInput::spares,
                 otherwise(bounded("Nodes (or racks, as `replaced` says) held besides the job's.", "40", 0, 1e8),
                           "enough for 99 % of the time on a cluster worse than nine in ten"))
        .law("queue", of_policy(&P::queue), Dimension::Time,
             bounded("Of `restart`: until the scheduler gives nodes again.", "exponential(mean 20 min)"))
        .law("provision", of_policy(&P::provision), Dimension::Time,
             bounded("Until a spare stands in a failed node's place.", "2 min"))
        .law("outside", of_policy(&P::outside), Dimension::Time,
             bounded("Until a node from outside arrives where no spare is left; zero: never.",
                     "exponential(mean 1 day)"))
        .integer("group_nodes", of_policy(&P::group_nodes),
                 bounded("Nodes that leave together: a replica, a pipeline, a group of shards.", "64", 1, 1e8))
        .law("stall", of_policy(&P::stall), Dimension::Time,
             bounded("All wait so long when a group leaves or comes back.", "10 s"))
        .number("penalty", of_policy(&P::penalty),
                bounded("Speed of the groups that are left, over their share.", "0.95", 0.01, 1))
        .number("least", of_policy(&P::least), bounded("Share of the groups below which the job waits.", "0.5", 0, 1))
        .integer("copies", of_policy(&P::copies), bounded("Of `redundant`: of each shard.", "3", 2, 100))
        .number("compute_factor", of_policy(&P::compute_factor),
                bounded("Of `redundant`: work of all over the work without.", "2", 1, 100))
        .boolean(
            "disjoint", of_policy(&P::disjoint),
            described("Of `redundant`: families of groups compute the same; otherwise shards overlap (SPARe).", "true"))
        .integer(
            "retire_after", of_policy(&P::retire_after),
            bounded("Faults of a node within the window after which it is never used again; 0: no limit.", "3", 0, 1e6))
        .quantity("retire_window", of_policy(&P::retire_window), bounded("That window.", "28 days"))
        .law("replacement", of_policy(&P::replacement), Dimension::Time,
             bounded("Until another node stands for a retired one; zero: never.", "7 days"));
    return s;
  }();
  return schema;
}

const Schema<RunDomain>& domain_schema() {
  static const Schema<RunDomain> schema = [] {
    Schema<RunDomain> s("domains", "GPUs that fail together, besides scale-up domains and tiers of the fabric.");
    FieldOptions name = described("What fault classes call it.", "pdu");
    FieldOptions gpus = bounded("GPUs below one of them.", "64", 1, 1e8);
    name.required = gpus.required = true;
    s.text("name", &RunDomain::name, name).integer("gpus", &RunDomain::gpus, gpus);
    return s;
  }();
  return schema;
}

const Schema<Maintenance>& maintenance_schema() {
  static const Schema<Maintenance> schema = [] {
    Schema<Maintenance> s("maintenance", "Planned stops, a checkpoint before each.");
    s.quantity("every", &Maintenance::every, bounded("From one to the next; 0: none.", "7 days"))
        .law("lasts", &Maintenance::lasts, Dimension::Time, bounded("How long.", "2 h"));
    return s;
  }();
  return schema;
}

const Schema<RunPrices>& prices_schema() {
  static const Schema<RunPrices> schema = [] {
    Schema<RunPrices> s("prices", "What GPUs cost.");
    s.quantity("gpu", &RunPrices::gpu, bounded("Of a GPU held, spares too; 0: unknown.", "$2.10/h", 0, 1e3))
        .quantity("power", &RunPrices::power,
                  bounded("Of a GPU at work with its share of everything around; 0: unknown.", "1.3 kW", 0, 1e6))
        .number("idle_power", &RunPrices::idle_power,
                bounded("Share of it that a GPU takes when it does not compute.", "0.3", 0, 1));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<RunInput>& run_schema() {
  using R = RunInput;
  static const Schema<R> schema = [] {
    Schema<R> s("run", "A training run under failures, checkpoints and spares.");
    s.number("tokens", &R::tokens, bounded("Tokens to train on; or `steps`.", "15.6e12", 1, 1e18))
        .number("steps", &R::steps, bounded("Steps to do; or `tokens`.", "1e6", 1e-3, 1e15))
        .quantity("step_time", &R::step_time,
                  otherwise(bounded("Of one step when nothing fails.", "6.5 s", 1e-6), "what the step level answers"))
        .number("tokens_per_step", &R::tokens_per_step,
                otherwise(bounded("Where a step time is stated.", "16e6", 0, 1e15), "what the step level says"))
        .law("step_factor", &R::step_factor, Dimension::None,
             otherwise(bounded("Factor on the step time, drawn once a replication.", "lognormal(median 1, p90 1.08)",
                               0.01, 100),
                       "the interval of the step level; 1 with a stated step time"))
        .quantity("checkpoint", &R::checkpoint,
                  otherwise(bounded("Size of a checkpoint, the whole job.", "6.5 TB", 0, kMost),
                            "16-bit weights, and FP32 weights and two moments: 14 bytes a parameter"))
        .choice("replaced", &R::replaced,
                {{"node", ReplacedUnit::Node, "A server."},
                 {"scale_up_domain", ReplacedUnit::ScaleUpDomain, "All of a scale-up domain: a rack."}},
                described("What is exchanged as one when it fails.", "node"))
        .integer("repair_crews", &R::repair_crews, bounded("Repairs at once; 0: any number.", "4", 0, 1e6))
        .quantity("deadline", &R::deadline, bounded("0: none; otherwise how likely it is met is said.", "90 days"))
        .integer("replications", &R::replications, bounded("Simulated runs.", "200", 1, 1e6))
        .table("faults", &R::faults, fault_model_schema(), described("How faults come, are found and mended.", ""))
        .list("checkpoints", &R::checkpoints, checkpoint_schema(), described("Levels of checkpoints.", ""))
        .table("restart", &R::restart, restart_schema(), described("Parts of a restart.", ""))
        .table(
            "policy", [](R& r) -> R& { return r; }, policy_schema(),
            described("What is done when something fails.", ""))
        .list("domains", &R::domains, domain_schema(), described("What fails together.", ""))
        .table("maintenance", &R::maintenance, maintenance_schema(), described("Planned stops.", ""))
        .table("prices", &R::prices, prices_schema(), described("What GPUs cost.", ""));
    return s;
  }();
  return schema;
}

CheckpointLevel checkpoint_level(const CheckpointInput& input, Bytes bytes, long long gpus) {
  CheckpointLevel level = input.level;
  const auto moved = [](Bytes size, BytesPerSecond rate) {
    return rate > BytesPerSecond(0) ? size / rate : Seconds(0);
  };
  const Seconds write = moved(bytes, input.bandwidth);
  const Seconds snapshot = moved(bytes / static_cast<double>(gpus), input.snapshot_bandwidth);
  const BytesPerSecond read = input.read_bandwidth > BytesPerSecond(0) ? input.read_bandwidth : input.bandwidth;
  level.blocking = input.blocking.value_or(input.asynchronous ? snapshot : write);
  level.lag = input.lag.value_or(input.asynchronous ? write : Seconds(0));
  level.load = input.load.value_or(moved(bytes, read));
  return level;
}

}  // namespace orrery
