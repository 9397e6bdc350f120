#include "cli/cluster_inputs.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/file.hpp"
#include "base/unit_text.hpp"
#include "cluster/generator.hpp"
#include "cluster/metrics/job_work.hpp"
#include "import/kueue_yaml.hpp"
#include "import/slurm_conf.hpp"
#include "scenario/overrides.hpp"

namespace orrery {
namespace {

constexpr int kGpusPerNode = 8;

/// --gpus: a machine of equal nodes, or as many of the scenario's own.
void apply_gpus(Value& root, const std::string& gpus, Diagnostics& diagnostics) {
  const Value* machine = root.table() == nullptr ? nullptr : root.find("machine");
  const Value* nodes = machine == nullptr || machine->table() == nullptr ? nullptr : machine->find("nodes");
  const Value::Array* groups = nodes == nullptr ? nullptr : nodes->array();
  if (groups != nullptr && groups->size() > 1) {
    diagnostics.error("--gpus counts equal nodes, and the scenario has several kinds", nodes->span(),
                      "change the counts with --set");
    return;
  }
  long long per_node = kGpusPerNode;
  if (groups != nullptr && groups->size() == 1) {
    const Value* said = groups->front().find("gpus");
    if (said != nullptr && said->integer() != nullptr && *said->integer() > 0) per_node = *said->integer();
  }
  const long long count = std::stoll(gpus);
  if (count % per_node != 0) {
    diagnostics.error(fmt::format("{} GPUs are no whole number of nodes of {}", count, per_node), {},
                      fmt::format("{} or {}", count / per_node * per_node, (count / per_node + 1) * per_node));
    return;
  }
  const std::string prefix = groups != nullptr && groups->size() == 1 ? "machine.nodes[0]." : "";
  if (!prefix.empty()) {
    apply_overrides(root, {fmt::format("{}count={}", prefix, count / per_node)}, diagnostics);
    return;
  }
  Value group(Value::Table{}, Span{});
  group.set("count", Value(static_cast<std::int64_t>(count / per_node), Span{}), Span{});
  group.set("gpus", Value(static_cast<std::int64_t>(per_node), Span{}), Span{});
  Value made = machine == nullptr ? Value(Value::Table{}, Span{}) : *machine;
  made.set("nodes", Value(Value::Array{std::move(group)}, Span{}), Span{});
  root.set("machine", std::move(made), Span{});
}

Value cluster_table(const ClusterInputs& inputs, Diagnostics& diagnostics) {
  Value root = scenario_file(inputs.input.scenario, diagnostics);
  const auto option = [&](const char* path, const char* name, const std::string& text) {
    if (!text.empty()) apply_option(root, path, name, text, diagnostics);
  };
  const auto number = [&](const char* path, const std::string& text) {
    if (!text.empty()) apply_overrides(root, {fmt::format("{}={}", path, text)}, diagnostics);
  };
  option("workload.trace", "--trace", inputs.trace);
  option("workload.format", "--format", inputs.format);
  option("workload.generator", "--generate", inputs.generator);
  option("workload.speeds", "--speeds", inputs.speeds);
  option("workload.from", "--from", inputs.from);
  option("workload.until", "--until", inputs.until);
  number("workload.jobs", inputs.jobs);
  number("workload.load", inputs.load);
  option("machine.nodes_file", "--nodes", inputs.nodes);
  if (!inputs.gpus.empty()) apply_gpus(root, inputs.gpus, diagnostics);
  apply_overrides(root, inputs.input.sets, diagnostics);
  return root;
}

JobTable read_jobs(const ClusterScenario& scenario, std::uint64_t seed, TraceReport& report, Diagnostics& diagnostics) {
  const WorkloadInput& workload = scenario.workload;
  if (!workload.generator.empty()) {
    const TraceTotals totals = trace_totals(workload.generator, {}, diagnostics);
    if (diagnostics.has_errors()) return {};
    return generated_jobs(totals, {.jobs = workload.jobs, .seed = seed});
  }
  if (workload.trace.empty() && !workload.described.empty()) return {};
  if (workload.trace.empty()) {
    diagnostics.error("no jobs are given", {},
                      "for example --trace jobs.csv, --generate philly, or [[workload.described]]");
    return {};
  }
  JobTrace trace = read_trace(workload.trace, workload.format, workload.speeds, diagnostics);
  report = std::move(trace.report);
  return std::move(trace.jobs);
}

/// The configuration of a real scheduler over what the scenario says: its machine where there is none, its parameters.
void apply_configuration(const ClusterInputs& inputs, ClusterCase& loaded, Diagnostics& diagnostics) {
  const auto text = [](const std::string& path) { return path.empty() ? Source() : read_text_file(path); };
  const auto kind_of = [](PolicyKind kind, const std::string& name) {
    ClusterPolicy policy;
    policy.kind = kind;
    policy.name = name;
    return policy;
  };
  const bool unnamed = inputs.policies.empty() && loaded.scenario.scheduling.policies.empty();
  if (!inputs.slurm_conf.empty()) {
    const SlurmFiles files{text(inputs.slurm_conf), text(inputs.gres_conf), text(inputs.topology_conf),
                           text(inputs.slurm_accounts), text(inputs.slurm_qos)};
    SlurmConf conf = read_slurm_conf(files, diagnostics);
    if (!conf.ignored.empty()) {
      loaded.scenario.assumptions.push_back(fmt::format("{} keys of {} have no effect on a replay: {}",
                                                        conf.ignored.size(), inputs.slurm_conf,
                                                        fmt::join(conf.ignored, ", ")));
    }
    if (unnamed) loaded.policies = {kind_of(PolicyKind::Slurm, "slurm")};
    for (ClusterPolicy& policy : loaded.policies) {
      if (policy.kind == PolicyKind::Slurm || policy.kind == PolicyKind::FairShare) policy.slurm = conf.parameters;
      complete_fair_share(policy);
    }
    if (loaded.scenario.machine.nodes.empty() && loaded.scenario.machine.nodes_file.empty())
      loaded.machine = std::move(conf.machine);
  } else if (!(inputs.gres_conf.empty() && inputs.topology_conf.empty() && inputs.slurm_accounts.empty() &&
               inputs.slurm_qos.empty())) {
    diagnostics.error("a file of Slurm is given, but no slurm.conf", {}, "name it with --slurm-conf");
  }
  if (!inputs.kueue.empty()) {
    const KueueSpec kueue = read_kueue_yaml(read_text_file(inputs.kueue), diagnostics);
    if (unnamed) loaded.policies = {kind_of(PolicyKind::Kueue, "kueue")};
    for (ClusterPolicy& policy : loaded.policies)
      if (policy.kind == PolicyKind::Kueue) policy.kueue = kueue;
  }
}

/// What machine the jobs would fill to 80 %, where none is given.
std::string machine_hint(const JobTable& jobs) {
  if (jobs.empty()) return "for example --gpus 1024";
  double hours = 0;
  for (JobId job = 0; job < static_cast<JobId>(jobs.size()); ++job) hours += gpu_hours_asked(jobs, job);
  const double span = static_cast<double>(jobs.submit.back() - jobs.submit.front()) / kHour;
  if (span <= 0) return "for example --gpus 1024";
  constexpr double kLoad = 0.8;
  const long long gpus = kGpusPerNode * std::max(1LL, std::llround(hours / span / kLoad / kGpusPerNode));
  return fmt::format("the jobs fill {0} GPUs to 80 %: --gpus {0}", gpus);
}

}  // namespace

void add_format_option(CLI::App& app, std::string& format) {
  app.add_option("--format", format, fmt::format("Of the trace: {} [auto]", fmt::join(trace_format_names(), ", ")))
      ->group("Input")
      ->type_name("FORMAT");
}

JobTrace read_trace(const std::string& path, const std::string& name, const std::string& rates,
                    Diagnostics& diagnostics) {
  const auto format = trace_format(name);
  JobTraceOptions options;
  options.gavel_rates = rates;
  if (format) return read_job_trace(path, *format, options, diagnostics);
  const std::string near = did_you_mean(name, trace_format_names());
  diagnostics.error(fmt::format("unknown format `{}`", name.substr(0, 40)), {},
                    near.empty() ? fmt::format("known are {}", fmt::join(trace_format_names(), ", "))
                                 : fmt::format("did you mean `{}`?", near));
  return {};
}

Millis time_option(const std::string& text, const char* option) {
  const auto seconds = parse_quantity(text, Dimension::Time);
  if (seconds && *seconds >= 0 && *seconds < 1e10) return to_millis(Seconds(*seconds));
  throw InputError(fmt::format("{} `{}` is no time", option, text.substr(0, 40)), {}, "for example \"4 h\"");
}

std::string machine_words(const SharedMachine& machine) {
  return fmt::format("{} GPU{} on {} node{}", machine.gpus(), machine.gpus() == 1 ? "" : "s", machine.nodes(),
                     machine.nodes() == 1 ? "" : "s");
}

void add_cluster_options(CLI::App& app, ClusterInputs& inputs, const char* policy_help) {
  const std::string group = "Input";
  app.add_option("scenario", inputs.input.scenario, "Scenario file (TOML, or JSON where it ends in .json)");
  app.add_option("--trace", inputs.trace, "Jobs that ran somewhere; gzip and xz are unpacked")
      ->group(group)
      ->type_name("FILE");
  add_format_option(app, inputs.format);
  app.add_option("--generate", inputs.generator, "Jobs drawn after published totals instead, as helios")
      ->group(group)
      ->type_name("NAME");
  app.add_option("--jobs", inputs.jobs, "Jobs to draw [100000]")
      ->group(group)
      ->type_name("N")
      ->check(whole_number("number of jobs", 1, 2'000'000'000));
  app.add_option("--gpus", inputs.gpus, "GPUs of the machine, on nodes of 8 where the scenario says nothing else")
      ->group(group)
      ->type_name("N")
      ->check(whole_number("number of GPUs", 1, 100'000'000));
  app.add_option("--nodes", inputs.nodes, "A list of nodes instead, as openb publishes it")
      ->group(group)
      ->type_name("FILE");
  app.add_option("--load", inputs.load, "Stretch the time between arrivals until work over capacity is this")
      ->group(group)
      ->type_name("X");
  app.add_option("--from", inputs.from, "Leave out jobs submitted before, as \"7 days\"")
      ->group(group)
      ->type_name("TIME");
  app.add_option("--until", inputs.until, "Leave out jobs submitted from then on")->group(group)->type_name("TIME");
  app.add_option("--speeds", inputs.speeds, "Throughputs by kind of job, GPU type and placement (Gavel's JSON)")
      ->group(group)
      ->type_name("FILE");
  app.add_option("--policy", inputs.policies, policy_help)->group(group)->type_name("NAMES");
  const auto file = [&](const char* name, std::string& path, const char* help) {
    app.add_option(name, path, help)->group(group)->type_name("FILE");
  };
  file("--slurm-conf", inputs.slurm_conf, "slurm.conf: the machine, and the parameters of slurm and fair-share");
  file("--gres-conf", inputs.gres_conf, "gres.conf beside it");
  file("--topology-conf", inputs.topology_conf, "topology.conf beside it");
  file("--slurm-accounts", inputs.slurm_accounts, "What `sacctmgr dump` wrote");
  file("--slurm-qos", inputs.slurm_qos, "What `sacctmgr -P show qos` printed");
  file("--kueue", inputs.kueue, "Kueue's objects (YAML): the queues of the policy kueue");
  add_set_option(app, inputs.input);
  add_seed_option(app, inputs.input, "Seed of what is drawn [0]");
  add_threads_option(app, inputs.input);
}

ClusterCase load_cluster(const ClusterInputs& inputs, const OutputFlags& flags) {
  Diagnostics diagnostics;
  ClusterCase loaded;
  loaded.scenario = read_cluster_scenario(cluster_table(inputs, diagnostics), diagnostics);
  loaded.policies = cluster_policies(loaded.scenario, inputs.policies, diagnostics);
  apply_configuration(inputs, loaded, diagnostics);
  diagnostics.throw_if_errors();
  const std::vector<DescribedJobs> described =
      described_jobs(loaded.scenario, inputs.input.seed, static_cast<unsigned>(inputs.input.threads), diagnostics);
  diagnostics.throw_if_errors();
  JobTable jobs = read_jobs(loaded.scenario, inputs.input.seed, loaded.report, diagnostics);
  const MachineInput& machine = loaded.scenario.machine;
  if (!diagnostics.has_errors() && machine.nodes.empty() && machine.nodes_file.empty() && !loaded.machine)
    diagnostics.error("no machine is given", {}, machine_hint(jobs));
  diagnostics.throw_if_errors();
  loaded.spec =
      cluster_spec(loaded.scenario, std::move(jobs), loaded.machine, diagnostics, described, inputs.input.seed);
  diagnostics.throw_if_errors();
  for (const ClusterPolicy& policy : loaded.policies) check_policy(policy, loaded.spec, diagnostics);
  diagnostics.throw_if_errors();
  emit_warnings(diagnostics, flags);
  return loaded;
}

OutcomeOptions outcome_options(const ClusterCase& loaded) {
  const SchedulingInput& scheduling = loaded.scenario.scheduling;
  OutcomeOptions options;
  options.from = to_millis(scheduling.warm_up);
  options.horizon = loaded.spec.horizon;
  // Where everything is submitted at once there is no other time to measure.
  const Millis last = loaded.spec.jobs->submit.back();
  if (last > options.from) options.use_until = last;
  options.starved_after = to_millis(scheduling.starved_after);
  return options;
}

}  // namespace orrery
