#include "cluster/cluster_fields.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace orrery {
namespace {

/// Weights of a fair-share policy that states none: shares decide, and a job at the greatest age makes up for a tenth.
constexpr double kFairshareWeight = 10'000, kAgeWeight = 1'000;

const Schema<NodesInput>& nodes_schema() {
  using N = NodesInput;
  static const Schema<N> schema = [] {
    Schema<N> s("nodes", "Equal nodes.");
    s.integer("count", &N::count, needed(bounded("How many.", "352", 1, 1e7)))
        .text("name", &N::name, described("What reports call them.", "a100"))
        .integer("gpus", &N::gpus, bounded("Of one node.", "8", 0, 1024))
        .text("gpu_type", &N::gpu_type,
              otherwise(described("Jobs that name a type run on it alone.", "h100-sxm"), "any job runs on them"))
        .text("pool", &N::pool,
              otherwise(described("Virtual cluster or partition whose jobs alone use them.", "6214e9"), "everybody's"))
        .number("cpus", &N::cpus, otherwise(bounded("Of one node.", "96", 0, 1e5), "not counted"))
        .quantity("memory", &N::memory, otherwise(bounded("Of one node.", "1 TB", 0, 1e15), "not counted"));
    return s;
  }();
  return schema;
}

const Schema<TopologyLevel>& level_schema() {
  using L = TopologyLevel;
  static const Schema<L> schema = [] {
    Schema<L> s("levels", "A level of the network above nodes.");
    s.text("name", &L::name, needed(described("What reports call it.", "rack")))
        .integer("nodes", &L::nodes, needed(bounded("Neighbouring nodes below one unit.", "4", 1, 1e7)));
    return s;
  }();
  return schema;
}

const Schema<PolicyInput>& policy_schema() {
  using P = PolicyInput;
  static const Schema<P> schema = [] {
    std::vector<Choice<PolicyKind>> kinds;
    for (const PolicyName& policy : policy_names()) kinds.push_back({policy.name, policy.kind, policy.help});
    std::vector<Choice<SharingRule>> rules;
    for (const SharingRule rule : kSharingRules)
      rules.push_back({std::string(name_of(rule)), rule, std::string(summary_of(rule))});
    Schema<P> s("policies", "A policy to replay the jobs under.");
    s.text("name", &P::name, otherwise(described("What reports call it.", "ours"), "its kind"))
        .choice("kind", &P::kind, kinds, described("Who starts next.", "easy"))
        .choice("nodes", &P::choice,
                {{"best-fit", NodeChoice::BestFit, "The fullest node that fits."},
                 {"first-fit", NodeChoice::FirstFit, "The first node that fits."},
                 {"worst-fit", NodeChoice::WorstFit, "The emptiest node."}},
                described("Which node a job of part of a node gets.", "best-fit"))
        .choice("topology", &P::topology,
                {{"ignore", TopologyRule::Ignore, "The first free nodes."},
                 {"prefer", TopologyRule::Prefer, "The smallest unit of the network that has room, else anywhere."},
                 {"require", TopologyRule::Require, "The same, and otherwise it waits."}},
                described("Which nodes a gang of several gets.", "prefer"))
        .choice("sharing", &P::sharing, rules,
                described("Which GPU a job gets where jobs share GPUs, or CPUs and memory count.", "fgd"))
        .number(
            "estimate_error", &P::estimate_error,
            bounded("Of shortest-estimate: standard deviation of the logarithm of estimate over truth.", "0.5", 0, 10))
        .integers("threshold_gpu_hours", &P::threshold_gpu_hours,
                  bounded("Of las: GPU-hours that lead to the next queue.", "[1, 10]", 1, 1e9))
        .boolean("keep_work", &P::keep_work,
                 described("Whether a preempted job goes on where it was; otherwise it starts anew.", "true"))
        .quantity("checkpoint_interval", &P::checkpoint_interval,
                  otherwise(bounded("Work between two checkpoints: what is behind the last one is lost.", "30 min"),
                            "nothing is lost"))
        .quantity("restart_one_gpu", &P::restart_one_gpu, bounded("Added to a preempted job of one GPU.", "7 s"))
        .quantity("restart_one_node", &P::restart_one_node, bounded("Of at most 8 GPUs.", "30 s"))
        .quantity("restart_more_nodes", &P::restart_more_nodes, bounded("Of more.", "60 s"))
        .quantity("round", &P::round,
                  otherwise(bounded("Of gavel and elastic: from one allocation to the next.", "6 min", 10),
                            "6 min of gavel, 1 min of elastic"))
        .number("fairness", &P::fairness,
                bounded("Of elastic: exponent of the mean of speedups that is made large.", "-1", -100, 1))
        .table("slurm", &P::slurm, slurm_schema(),
               described("Of slurm and fair-share: parameters by Slurm's names.", ""))
        .table("kueue", &P::kueue, kueue_schema(), described("Of kueue: its objects.", ""))
        .table("kai", &P::kai, kai_schema(), described("Of kai: its queues.", ""))
        .table("volcano", &P::volcano, volcano_schema(), described("Of volcano: its queues.", ""))
        .table("grants", &P::grants, grant_schema(), described("Of grants: what tenants are granted.", ""));
    return s;
  }();
  return schema;
}

const Schema<TenantInput>& tenant_schema() {
  static const Schema<TenantInput> schema = [] {
    Schema<TenantInput> s("tenants", "Whom the machine belongs to.");
    s.text("name", &TenantInput::name, needed(described("As in the trace.", "vc6YE")))
        .number("share", &TenantInput::share, bounded("Of the machine, over the sum of all shares.", "4", 0, 1e9));
    return s;
  }();
  return schema;
}

}  // namespace

Millis to_millis(Seconds time, Millis least) {
  return std::max<Millis>(least, std::llround(time.raw() * 1000));
}

const std::vector<PolicyName>& policy_names() {
  static const std::vector<PolicyName> names = {
      {"fifo", PolicyKind::Fifo, "First come, first served; all wait behind the first."},
      {"skip", PolicyKind::Skip, "First come, first served, but whoever fits may start."},
      {"easy", PolicyKind::Easy, "EASY backfill: whoever fits may start if that does not delay the first."},
      {"fair-share", PolicyKind::FairShare, "EASY backfill in the order of Slurm's age and fair-share factors."},
      {"sjf", PolicyKind::ShortestFirst, "Shortest run time first, which is known."},
      {"shortest-estimate", PolicyKind::ShortestEstimate, "Shortest first, by an estimate that errs."},
      {"shortest-limit", PolicyKind::ShortestLimit, "Shortest time limit first."},
      {"smallest", PolicyKind::SmallestFirst, "Fewest GPUs first."},
      {"srtf", PolicyKind::ShortestRemaining, "Preemptive: shortest remaining time first, which is known."},
      {"las", PolicyKind::LeastAttained, "Preemptive: least attained service first (Tiresias)."},
      {"priority", PolicyKind::Priority, "Preemptive: larger priority first."},
      {"slurm", PolicyKind::Slurm, "Slurm by its own parameters, in the table `slurm`."},
      {"kueue", PolicyKind::Kueue, "Kueue by its objects, in the table `kueue`."},
      {"kai", PolicyKind::Kai, "The KAI scheduler by its queues, in the table `kai`."},
      {"volcano", PolicyKind::Volcano, "Volcano by its queues, in the table `volcano`."},
      {"grants", PolicyKind::Grants,
       "Blocks of GPUs, or GPU-hours, that are granted to tenants, in the table `grants`."},
      {"gavel", PolicyKind::Gavel, "Max-min fairness over GPU types, in rounds (Gavel)."},
      {"elastic", PolicyKind::Elastic, "Jobs grow and shrink by their goodput, in rounds (Pollux)."},
  };
  return names;
}

const Schema<MachineInput>& machine_schema() {
  using M = MachineInput;
  static const Schema<M> schema = [] {
    Schema<M> s("machine", "The machine that tenants share.");
    s.list("nodes", &M::nodes, nodes_schema(), described("Groups of equal nodes.", ""))
        .list("levels", &M::levels, level_schema(), described("Levels of the network: racks, pods.", ""))
        .text("nodes_file", &M::nodes_file, described("A list of nodes instead, as openb publishes it.", "nodes.csv"));
    return s;
  }();
  return schema;
}

SharedMachine shared_machine(const MachineInput& input) {
  SharedMachine machine;
  machine.levels = input.levels;
  for (const NodesInput& nodes : input.nodes) {
    machine.groups.push_back({.name = nodes.name,
                              .gpu_type = nodes.gpu_type,
                              .pool = nodes.pool,
                              .nodes = nodes.count,
                              .gpus = nodes.gpus,
                              .cpu_milli = std::llround(nodes.cpus * 1000),
                              .memory_mib = std::llround(nodes.memory / 1_MiB)});
  }
  return machine;
}

const Schema<WorkloadInput>& workload_schema() {
  using W = WorkloadInput;
  static const Schema<W> schema = [] {
    Schema<W> s("workload", "The jobs.");
    s.text("trace", &W::trace, described("A file of jobs that ran somewhere; may be packed.", "philly.csv.xz"))
        .text("format", &W::format, described("Of that file.", "philly"))
        .text("generator", &W::generator, described("Published totals to draw jobs after, instead.", "helios"))
        .integer("jobs", &W::jobs, bounded("Jobs to draw.", "100000", 1, 2e9))
        .number("load", &W::load,
                otherwise(bounded("Work over capacity: arrivals are stretched until it is so.", "0.9", 0, 100),
                          "as the jobs come"))
        .quantity("from", &W::from, bounded("Jobs submitted before are left out.", "7 days"))
        .quantity("until", &W::until, otherwise(bounded("Jobs submitted from then on are left out.", "60 days"), "all"))
        .text("speeds", &W::speeds,
              otherwise(described("Throughputs of kinds of jobs by GPU type and placement, as Gavel publishes them.",
                                  "throughputs.json"),
                        "a job is as fast wherever it runs"))
        .choice(
            "missing_limit", &W::missing_limit,
            {{"run", MissingLimit::Run, "Its run time times `limit_factor`."},
             {"unknown", MissingLimit::Unknown, "Nothing: while the first waits for its GPUs, nobody is backfilled."}},
            described("What a scheduler knows of a job without a time limit.", "run"))
        .number("limit_factor", &W::limit_factor, bounded("Limit over run time.", "2", 1, 1000))
        .list("described", &W::described, described_schema(),
              described("Jobs that are described instead of recorded, alone or besides.", ""));
    return s;
  }();
  return schema;
}

const Schema<SchedulingInput>& scheduling_schema() {
  using S = SchedulingInput;
  static const Schema<S> schema = [] {
    Schema<S> s("scheduling", "Policies to compare, and who is entitled to what.");
    s.list("policies", &S::policies, policy_schema(), described("Policies.", ""))
        .list("tenants", &S::tenants, tenant_schema(), described("Tenants and their shares.", ""))
        .boolean("kill_at_limit", &S::kill_at_limit,
                 described("Whether a job ends at its time limit when it would run longer.", "true"))
        .quantity("horizon", &S::horizon, otherwise(bounded("The replay ends then.", "30 days"), "the last job's end"))
        .quantity("warm_up", &S::warm_up, bounded("Jobs submitted before are not counted.", "1 day"))
        .quantity("starved_after", &S::starved_after, bounded("A job that waits longer has starved.", "1 day"))
        .optional_table("failures", &S::failures, failures_schema(),
                        described("How the machine fails under its jobs: a preset of faults, or a table.", "prior"));
    return s;
  }();
  return schema;
}

void complete_fair_share(ClusterPolicy& policy) {
  if (policy.kind != PolicyKind::FairShare) return;
  policy.slurm.priority_type = SlurmPriorityType::Multifactor;
  if (policy.slurm.priority_weight_fairshare > 0) return;
  policy.slurm.priority_weight_fairshare = kFairshareWeight;
  if (policy.slurm.priority_weight_age <= 0) policy.slurm.priority_weight_age = kAgeWeight;
}

ClusterPolicy cluster_policy(const PolicyInput& input) {
  ClusterPolicy policy;
  policy.name = input.name;
  policy.kind = input.kind;
  policy.choice = input.choice;
  policy.topology = input.topology;
  policy.estimate_error = input.estimate_error;
  policy.thresholds.clear();
  for (const long long hours : input.threshold_gpu_hours) policy.thresholds.push_back(hours * kHour);
  policy.stop_cost = {input.keep_work ? to_millis(input.checkpoint_interval) : kNever, to_millis(input.restart_one_gpu),
                      to_millis(input.restart_one_node), to_millis(input.restart_more_nodes)};
  policy.sharing = input.sharing;
  policy.slurm = input.slurm;
  policy.kueue = input.kueue;
  policy.kai = input.kai;
  policy.volcano = input.volcano;
  policy.grants = input.grants;
  complete_fair_share(policy);
  if (input.round > Seconds(0)) policy.gavel.round = policy.elastic.round = to_millis(input.round, kSecond);
  policy.elastic.fairness = input.fairness;
  return policy;
}

}  // namespace orrery
