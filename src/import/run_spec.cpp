// From what a scenario says to the run that is simulated.
#include "import/run_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "hardware/hardware_fields.hpp"
#include "import/scenario_writer.hpp"
#include "run/first_order.hpp"

namespace orrery {
namespace {

/// 16-bit weights, and weights and both of Adam's moments in FP32.
constexpr double kBytesPerParameter = 2 + 4 + 4 + 4;

/// What the run replaces as one, the domains of the machine and what fault classes call them.
RunMachine machine_of(const RunScenario& scenario, std::vector<FaultClass>& classes) {
  const Cluster& cluster = scenario.cluster;
  RunMachine machine;
  const bool racks = scenario.input.replaced == ReplacedUnit::ScaleUpDomain;
  const int server = std::max(1, cluster.node.chips), domain = std::max(server, cluster.node.scale_up_domain);
  machine.gpus_per_node = racks ? domain : server;
  const auto rename = [&](const char* from, const char* to) {
    for (FaultClass& c : classes) {
      if (c.unit == from) c.unit = to;
      if (c.burst_domain == from) c.burst_domain = to;
    }
  };
  const auto add = [&](const std::string& name, long long gpus) {
    const bool known = std::any_of(machine.domains.begin(), machine.domains.end(),
                                   [&](const RunDomain& each) { return each.name == name; });
    const bool whole = gpus % machine.gpus_per_node == 0 || machine.gpus_per_node % gpus == 0;
    if (!known && whole && gpus != machine.gpus_per_node && gpus <= cluster.chips)
      machine.domains.push_back({name, gpus});
  };
  if (racks && domain > server) {
    machine.domains.push_back({"server", server});
    rename("node", "server");
    rename("scale_up", "node");
  } else {
    rename("server", "node");
    if (domain == server) rename("scale_up", "node");
    add("scale_up", domain);
  }
  for (const Fabric::Tier& tier : cluster.fabric.tiers) {
    if (tier.chips > 0) add(tier.name, tier.chips);
  }
  for (const RunDomain& own : scenario.input.domains) machine.domains.push_back(own);
  return machine;
}

/// A key of a problem, as provenance has it: lists of the scenario are where the spec's are.
Span span_of(const RunScenario& scenario, const RunProblem& problem) {
  for (const std::string& key : problem.keys) {
    const auto written = scenario.provenance.find(key);
    if (written != scenario.provenance.end()) return written->second.span;
  }
  return {};
}

void fill_job(RunScenario& scenario, const RunStep* step, RunSpec& spec) {
  const RunInput& input = scenario.input;
  RunJob& job = spec.job;
  job.gpus = scenario.cluster.chips;
  job.tokens_per_step = input.tokens_per_step;
  if (step != nullptr) {
    const StepResult& result = step->result;
    job.name = step->spec.model.name;
    job.step_time = result.step_time;
    job.mfu = result.mfu_full;
    if (job.tokens_per_step <= 0) job.tokens_per_step = result.tokens;
    if (result.high > result.low) {
      // The step's interval covers 80 %.
      const double middle = std::sqrt(result.low / result.step_time * (result.high / result.step_time));
      job.step_factor = Law::lognormal(middle, std::log(result.high / result.low) / (2 * normal_quantile(0.9)));
    }
    job.checkpoint = Bytes(kBytesPerParameter * parameters(step->spec.model).total());
  } else if (scenario.step) {
    job.name = scenario.step->spec.model.name;
    job.checkpoint = Bytes(kBytesPerParameter * parameters(scenario.step->spec.model).total());
    const Training& training = scenario.step->spec.training;
    if (job.tokens_per_step <= 0) job.tokens_per_step = static_cast<double>(training.global_batch) * training.sequence;
  }
  if (input.step_time) job.step_time = *input.step_time;
  if (input.step_factor) job.step_factor = *input.step_factor;
  if (input.checkpoint) job.checkpoint = *input.checkpoint;
  if (input.steps) job.steps = *input.steps;
  if (input.tokens && job.tokens_per_step > 0) job.steps = *input.tokens / job.tokens_per_step;
}

/// Spares of which none is left in 1 % of the time on a cluster that is worse than nine in ten, were those in repair a
/// Poisson number.
void fill_spares(RunScenario& scenario, RunSpec& spec) {
  if (scenario.input.spares || spec.policy.recovery == Recovery::Redundant) return;
  const Law& scale = spec.faults.scale;
  const double worse = scale.mean() > 0 ? scale.quantile(0.9) / scale.mean() : 1;
  // Where more nodes are in repair than the job has, no number of spares is sensible.
  const long long nodes = spec.job.gpus / spec.machine.gpus_per_node;
  const double away = std::min(worse * mean_nodes_away(spec), static_cast<double>(nodes));
  spec.policy.spares = poisson_quantile(away, 0.99);
  if (spec.policy.spares == 0) return;
  scenario.assumptions.push_back(fmt::format("{} spare node{}, of which none is left in 1 % of the time{}",
                                             format_count(spec.policy.spares), spec.policy.spares == 1 ? "" : "s",
                                             scale.is_fixed() ? "" : " on a cluster worse than nine in ten"));
}

/// Copies in peers' memory go over the job's own network, where nothing else is said: every GPU writes its part at
/// once.
void fill_peer_bandwidths(RunScenario& scenario) {
  const Cluster& cluster = scenario.cluster;
  const BytesPerSecond all =
      cluster.node.scale_out_bandwidth * (cluster.fabric.efficiency * static_cast<double>(cluster.chips));
  for (CheckpointInput& level : scenario.input.checkpoints) {
    const bool stated = level.bandwidth > BytesPerSecond(0) || level.lag || level.load;
    if (level.level.survives != Survives::Node || stated || !(all > BytesPerSecond(0))) continue;
    level.bandwidth = all;
    scenario.assumptions.push_back(fmt::format("checkpoints \"{}\" over the network between the nodes, {} of the job",
                                               level.level.name, format_bandwidth(all)));
  }
}

/// What leaves together where a replica drops out, as the layout has it; its peers wait as `run scale` has them wait.
void fill_groups(RunScenario& scenario, const RunStep* step, RunSpec& spec) {
  RunPolicy& policy = spec.policy;
  if (policy.recovery != Recovery::ReplicaDrop && policy.recovery != Recovery::Redundant) return;
  if (step == nullptr || scenario.provenance.contains("run.policy.group_nodes")) return;
  const long long replica = replica_nodes(spec, step);
  // Of nodes that several replicas share none goes on alone: one group of all of them, which is a mistake.
  policy.group_nodes = replica > 0 ? replica : spec.job.gpus / std::max(1, spec.machine.gpus_per_node);
  scenario.assumptions.push_back(
      fmt::format("{} nodes leave together, a replica of the layout", format_count(policy.group_nodes)));
  if (policy.recovery == Recovery::ReplicaDrop && !scenario.provenance.contains("run.policy.stall")) {
    policy.stall = Law::fixed(10);
    scenario.assumptions.emplace_back("10 s in which all wait when a replica leaves or comes back");
  }
}

}  // namespace

long long replica_nodes(const RunSpec& spec, const RunStep* step) {
  if (step == nullptr) return 0;
  const Layout& layout = step->spec.layout;
  const long long chips = 1LL * layout.tp * layout.pp * layout.cp;
  const long long nodes = std::max(1LL, (chips + spec.machine.gpus_per_node - 1) / spec.machine.gpus_per_node);
  return spec.job.gpus / spec.machine.gpus_per_node % nodes == 0 ? nodes : 0;
}

RunSpec run_spec(RunScenario& scenario, const RunStep* step, Diagnostics& diagnostics) {
  const RunInput& input = scenario.input;
  RunSpec spec;
  spec.faults = input.faults;
  spec.machine = machine_of(scenario, spec.faults.classes);
  fill_job(scenario, step, spec);
  fill_peer_bandwidths(scenario);
  const bool moves = std::any_of(input.checkpoints.begin(), input.checkpoints.end(), [](const CheckpointInput& level) {
    return level.bandwidth > BytesPerSecond(0) || level.snapshot_bandwidth > BytesPerSecond(0);
  });
  if (moves && !input.checkpoint && spec.job.checkpoint == Bytes(0))
    scenario.assumptions.emplace_back(
        "checkpoints of unknown size, which take no time (`checkpoint` in [run] says it)");
  for (const CheckpointInput& level : input.checkpoints) {
    spec.checkpoints.push_back(checkpoint_level(level, spec.job.checkpoint, std::max(1LL, spec.job.gpus)));
  }
  spec.restart = input.restart;
  spec.policy = input.policy;
  spec.policy.spares = input.spares.value_or(0);
  fill_groups(scenario, step, spec);
  spec.repair_crews = input.repair_crews;
  spec.maintenance = input.maintenance;
  spec.prices = input.prices;
  spec.deadline = input.deadline;
  const auto report = [&] {
    const std::vector<RunProblem> problems = run_problems(spec);
    for (const RunProblem& problem : problems)
      diagnostics.error(problem.message, span_of(scenario, problem), problem.hint);
    return !problems.empty();
  };
  if (report()) return spec;
  fill_spares(scenario, spec);
  return spec;
}

Value run_scenario_table(const RunScenario& scenario, const RunSpec& spec, const RunStep* step) {
  Value root(Value::Table{}, Span{});
  if (scenario.step) {
    StepScenario whole = *scenario.step;
    if (step != nullptr) whole.spec.layout = step->spec.layout;
    root = step_scenario_table(whole);
  } else {
    add_table("cluster", cluster_schema().write(scenario.cluster), scenario.provenance, root);
  }
  RunInput input = scenario.input;
  input.spares = spec.policy.spares;
  input.policy.group_nodes = spec.policy.group_nodes;
  input.policy.stall = spec.policy.stall;
  input.step_factor = spec.job.step_factor;
  input.checkpoint = spec.job.checkpoint;
  input.tokens_per_step = spec.job.tokens_per_step;
  // A step that is not stated is simulated again: the layout stands in the file.
  add_table("run", run_schema().write(input), scenario.provenance, root);
  return root;
}

}  // namespace orrery
