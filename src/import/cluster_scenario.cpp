#include "import/cluster_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "base/file.hpp"
#include "cluster/replay.hpp"
#include "import/cluster_failures.hpp"
#include "import/openb.hpp"
#include "import/scenario_tables.hpp"
#include "import/throughput_table.hpp"

namespace orrery {
namespace {

constexpr long long kMostGpus = 100'000'000, kMostNodes = 10'000'000;

Span span_of(const Value& root, const char* table, const char* key) {
  const Value* found = root.table() == nullptr ? nullptr : root.find(table);
  const Value* inner = found == nullptr || found->table() == nullptr ? nullptr : found->find(key);
  return inner != nullptr ? inner->span() : found != nullptr ? found->span() : Span{};
}

/// The jobs submitted in the window, counted from its begin.
JobTable cut_window(JobTable jobs, Millis from, Millis until) {
  std::vector<JobId> rows;
  for (JobId row = 0; row < static_cast<JobId>(jobs.size()); ++row) {
    const Millis submit = jobs.submit[static_cast<std::size_t>(row)];
    if (submit >= from && submit < until) rows.push_back(row);
  }
  if (rows.size() != jobs.size()) jobs = take_rows(jobs, rows);
  const auto shift = [&](std::vector<Millis>& times) {
    for (Millis& time : times)
      if (time >= from && time != kNever) time -= from;
  };
  if (from > 0) {
    shift(jobs.submit);
    shift(jobs.deadline);
    shift(jobs.recorded_start);
  }
  return jobs;
}

/// Stretches the time between arrivals.
void stretch(JobTable& jobs, double factor) {
  for (Millis& submit : jobs.submit) submit = std::llround(static_cast<double>(submit) * factor);
  jobs.recorded_start.clear();
  jobs.deadline.clear();
}

void check_names(const ClusterScenario& scenario, const JobTable& jobs, Diagnostics& diagnostics) {
  for (const NodesInput& nodes : scenario.machine.nodes) {
    if (!nodes.pool.empty() && jobs.pools.find(nodes.pool) < 0) {
      const std::string near = did_you_mean(nodes.pool, jobs.pools.list());
      diagnostics.error(fmt::format("no job is in the pool `{}`", nodes.pool),
                        span_of(scenario.root, "machine", "nodes"),
                        jobs.pools.size() == 0 ? "the jobs name no pools"
                        : near.empty()         ? ""
                                               : fmt::format("did you mean `{}`?", near));
    }
    if (!nodes.gpu_type.empty() && jobs.gpu_types.size() > 0 && jobs.gpu_types.find(nodes.gpu_type) < 0) {
      diagnostics.warning(fmt::format("no job asks for the GPU type `{}` by name", nodes.gpu_type),
                          span_of(scenario.root, "machine", "nodes"), "jobs that name no type may run there");
    }
  }
  double shares = 0;
  std::vector<std::string> seen;
  for (const TenantInput& tenant : scenario.scheduling.tenants) {
    shares += tenant.share;
    if (std::find(seen.begin(), seen.end(), tenant.name) != seen.end())
      diagnostics.error(fmt::format("the tenant `{}` has two shares", tenant.name),
                        span_of(scenario.root, "scheduling", "tenants"));
    seen.push_back(tenant.name);
    if (jobs.tenants.find(tenant.name) >= 0) continue;
    const std::string near = did_you_mean(tenant.name, jobs.tenants.list());
    diagnostics.error(fmt::format("no job belongs to the tenant `{}`", tenant.name),
                      span_of(scenario.root, "scheduling", "tenants"),
                      near.empty() ? "" : fmt::format("did you mean `{}`?", near));
  }
  if (!seen.empty() && shares <= 0)
    diagnostics.error("no tenant has a share", span_of(scenario.root, "scheduling", "tenants"),
                      "at least one `share` above 0");
}

/// Kueue's quantities may be written as numbers.
Value with_quantities(Value root) {
  Value* scheduling = root.find("scheduling");
  Value* policies = scheduling == nullptr || scheduling->table() == nullptr ? nullptr : scheduling->find("policies");
  if (policies == nullptr || policies->array() == nullptr) return root;
  Value::Array list = *policies->array();
  for (Value& policy : list) {
    if (policy.table() == nullptr) continue;
    if (Value* kueue = policy.find("kueue")) kueue_quantities_as_texts(*kueue);
  }
  const Span span = policies->span();
  *policies = Value(std::move(list), span);
  return root;
}

}  // namespace

ClusterScenario read_cluster_scenario(const Value& root, Diagnostics& diagnostics) {
  ClusterScenario scenario;
  scenario.root = root;
  if (root.table() == nullptr) {
    diagnostics.error("a scenario is a table", root.span());
    return scenario;
  }
  check_table_names(root, diagnostics);
  const auto read = [&](const char* name, const auto& schema, auto& into) {
    if (const Value* table = root.find(name)) schema.read(*table, into, diagnostics, &scenario.provenance, name);
  };
  read("machine", machine_schema(), scenario.machine);
  read("workload", workload_schema(), scenario.workload);
  scenario.root = with_quantities(root);
  if (const Value* scheduling = scenario.root.find("scheduling")) {
    scheduling_schema().read(with_failures(*scheduling, scenario.assumptions, diagnostics), scenario.scheduling,
                             diagnostics, &scenario.provenance, "scheduling");
  }
  const WorkloadInput& workload = scenario.workload;
  if (workload.until > Seconds(0) && workload.until <= workload.from)
    diagnostics.error("the window of submissions ends before it begins", span_of(root, "workload", "until"));
  if (!workload.trace.empty() && !workload.generator.empty()) {
    diagnostics.error("`trace` and `generator` both say whose jobs", span_of(root, "workload", "generator"),
                      "leave one of them out");
  }
  std::vector<std::string> names;
  for (PolicyInput& policy : scenario.scheduling.policies) {
    for (const PolicyName& known : policy_names())
      if (policy.name.empty() && known.kind == policy.kind) policy.name = known.name;
    if (std::find(names.begin(), names.end(), policy.name) != names.end()) {
      diagnostics.error(fmt::format("two policies are called `{}`", policy.name),
                        span_of(root, "scheduling", "policies"), "give each a `name` of its own");
    }
    names.push_back(policy.name);
  }
  return scenario;
}

double offered_load(const JobTable& jobs, const SharedMachine& machine) {
  double work = 0;
  for (std::size_t row = 0; row < jobs.size(); ++row)
    work += static_cast<double>(jobs.run[row]) * jobs.gpus[row] *
            value_or(jobs.gpu_milli, static_cast<JobId>(row), 1000) / 1000;
  const double span = static_cast<double>(jobs.submit.back() - jobs.submit.front());
  return span > 0 && machine.gpus() > 0 ? work / span / static_cast<double>(machine.gpus()) : 0;
}

ClusterSpec cluster_spec(ClusterScenario& scenario, JobTable jobs, const std::optional<SharedMachine>& machine,
                         Diagnostics& diagnostics, const std::vector<DescribedJobs>& described, std::uint64_t seed) {
  ClusterSpec spec;
  spec.seed = seed;
  spec.machine = machine ? *machine : shared_machine(scenario.machine);
  if (!scenario.machine.nodes_file.empty()) {
    SharedMachine listed = read_openb_nodes_file(scenario.machine.nodes_file, diagnostics);
    if (diagnostics.has_errors()) return spec;
    spec.machine.groups = std::move(listed.groups);
  }
  if (spec.machine.gpus() > kMostGpus || spec.machine.nodes() > kMostNodes) {
    diagnostics.error(fmt::format("a machine of {} nodes and {} GPUs is too large to replay", spec.machine.nodes(),
                                  spec.machine.gpus()),
                      span_of(scenario.root, "machine", "nodes"),
                      fmt::format("at most {} nodes and {} GPUs", kMostNodes, kMostGpus));
    return spec;
  }
  spec.rates = add_described_jobs(described, spec.machine, seed, jobs, scenario.assumptions);
  const WorkloadInput& workload = scenario.workload;
  const Millis until = workload.until > Seconds(0) ? to_millis(workload.until) : kNever;
  jobs = cut_window(std::move(jobs), to_millis(workload.from), until);
  if (jobs.empty()) {
    diagnostics.error("no job is submitted in the window", span_of(scenario.root, "workload", "from"));
    return spec;
  }
  const auto& groups = spec.machine.groups;
  const bool own_nodes = std::any_of(groups.begin(), groups.end(), [](const NodeGroup& g) { return !g.pool.empty(); });
  if (jobs.tenant.empty() && !jobs.pool.empty() && !own_nodes) {
    jobs.tenant = std::move(jobs.pool);
    jobs.tenants = std::move(jobs.pools);
    jobs.pool.clear();
    jobs.pools = {};
    scenario.assumptions.emplace_back("the jobs' pools are tenants of one machine, since no pool has nodes of its own");
  }
  check_names(scenario, jobs, diagnostics);
  if (workload.load > 0) {
    const double load = offered_load(jobs, spec.machine);
    constexpr double kLastSubmission = 1e13;  // Milliseconds: 317 years.
    if (load > 0 && static_cast<double>(jobs.submit.back()) * load / workload.load > kLastSubmission) {
      diagnostics.error("at such a load the jobs would come over centuries",
                        span_of(scenario.root, "workload", "load"));
    } else if (load <= 0) {
      diagnostics.error("all jobs come at once: their load cannot be stretched",
                        span_of(scenario.root, "workload", "load"));
    } else {
      stretch(jobs, load / workload.load);
      scenario.assumptions.push_back(
          fmt::format("the time between arrivals times {:.3g}, for a load of {:.3g} instead of {:.3g}",
                      load / workload.load, workload.load, load));
    }
  }
  const bool misses = jobs.limit.empty() || std::find(jobs.limit.begin(), jobs.limit.end(), kNever) != jobs.limit.end();
  if (misses && workload.missing_limit == MissingLimit::Run) {
    scenario.assumptions.push_back(fmt::format(
        "time limits that the jobs do not state are {} their run times",
        workload.limit_factor == 1 ? std::string("exactly") : fmt::format("{:.3g} times", workload.limit_factor)));
  }
  name_gpu_types(spec.machine, jobs);
  const bool none_stated =
      std::all_of(jobs.limit.begin(), jobs.limit.end(), [](Millis limit) { return limit == kNever; });
  if (none_stated && workload.missing_limit == MissingLimit::Run) spec.filled_limits = workload.limit_factor;
  fill_limits(jobs, workload.missing_limit, workload.limit_factor);
  if (!workload.speeds.empty()) {
    const std::vector<ThroughputRow> rows = read_throughput_table(read_text_file(workload.speeds), diagnostics);
    if (diagnostics.has_errors()) return spec;
    spec.rates = std::make_shared<const RateTable>(throughput_rates(rows, jobs, level_count(spec.machine)));
  }
  spec.jobs = std::make_shared<const JobTable>(std::move(jobs));
  add_failures(scenario, spec, diagnostics);
  spec.kill_at_limit = scenario.scheduling.kill_at_limit;
  if (scenario.scheduling.horizon > Seconds(0)) spec.horizon = to_millis(scenario.scheduling.horizon);
  return spec;
}

std::vector<ClusterPolicy> cluster_policies(const ClusterScenario& scenario, const std::string& names,
                                            Diagnostics& diagnostics) {
  std::vector<ClusterPolicy> policies;
  if (names.empty()) {
    for (const PolicyInput& input : scenario.scheduling.policies) policies.push_back(cluster_policy(input));
    if (policies.empty()) policies.emplace_back();
    return policies;
  }
  std::vector<std::string> known;
  for (const PolicyInput& input : scenario.scheduling.policies) known.push_back(input.name);
  for (const PolicyName& policy : policy_names()) known.push_back(policy.name);
  std::stringstream list(names);
  std::string name;
  while (std::getline(list, name, ',')) {
    const auto same = [&](const auto& policy) { return policy.name == name; };
    const auto& declared = scenario.scheduling.policies;
    const auto own = std::find_if(declared.begin(), declared.end(), same);
    const auto plain = std::find_if(policy_names().begin(), policy_names().end(), same);
    if (std::any_of(policies.begin(), policies.end(), same)) {
      diagnostics.error(fmt::format("the policy `{}` is named twice", name));
    } else if (own != declared.end()) {
      policies.push_back(cluster_policy(*own));
    } else if (plain != policy_names().end()) {
      PolicyInput input;
      input.name = plain->name;
      input.kind = plain->kind;
      policies.push_back(cluster_policy(input));
    } else {
      const std::string near = did_you_mean(name, known);
      diagnostics.error(
          fmt::format("unknown policy `{}`", name.substr(0, 40)), {},
          near.empty() ? fmt::format("known are {}", fmt::join(known, ", ")) : fmt::format("did you mean `{}`?", near));
    }
  }
  return policies;
}

namespace {

/// GPUs that the queues below the root are promised together.
double promised_gpus(const KaiSpec& spec) {
  double sum = 0;
  for (const KaiQueue& queue : spec.queues)
    if (queue.parent_queue.empty()) sum += std::max(0.0, queue.gpu.quota);
  return sum;
}
double promised_gpus(const VolcanoSpec& spec) {
  double sum = 0;
  for (const VolcanoQueue& queue : spec.queues)
    if (queue.parent.empty()) sum += std::max(queue.guarantee.gpu.value_or(0), queue.deserved.gpu.value_or(0));
  return sum;
}

void check_promised(const ClusterPolicy& policy, double promised, const ClusterSpec& spec, Diagnostics& diagnostics) {
  if (promised <= static_cast<double>(spec.machine.gpus())) return;
  diagnostics.warning(fmt::format("the queues of {} are promised {:.6g} GPUs, the machine has {}", policy.name,
                                  promised, spec.machine.gpus()));
}

}  // namespace

void check_policy(const ClusterPolicy& policy, const ClusterSpec& spec, Diagnostics& diagnostics) {
  switch (policy.kind) {
    case PolicyKind::Slurm:
    case PolicyKind::FairShare:
      check_slurm(policy.slurm, spec.machine, *spec.jobs, diagnostics);
      break;
    case PolicyKind::Kueue:
      check_kueue(policy.kueue, diagnostics);
      break;
    case PolicyKind::Kai:
      check_kai(policy.kai, diagnostics);
      check_promised(policy, promised_gpus(policy.kai), spec, diagnostics);
      break;
    case PolicyKind::Grants:
      check_grants(policy.grants, *spec.jobs, diagnostics);
      break;
    case PolicyKind::Volcano:
      check_volcano(policy.volcano, diagnostics);
      check_promised(policy, promised_gpus(policy.volcano), spec, diagnostics);
      break;
    default:
      break;
  }
  if (policy.kind == PolicyKind::Slurm && spec.failures != nullptr && spec.failures->repairs)
    diagnostics.warning(
        fmt::format("under {} failed nodes are back at once: Slurm keeps its own account of them", policy.name));
  const bool backfills = policy.kind == PolicyKind::Easy || policy.kind == PolicyKind::FairShare;
  if (backfills && policy.topology == TopologyRule::Require) {
    diagnostics.error(fmt::format("{} cannot promise nodes within one unit of the network", policy.name), {},
                      "`topology = \"prefer\"`, or another kind of policy");
  }
  if (!std::is_sorted(policy.thresholds.begin(), policy.thresholds.end()))
    diagnostics.error(fmt::format("the thresholds of {} do not ascend", policy.name), {},
                      "threshold_gpu_hours = [1, 10]");
  if (backfills && shares_nodes(spec)) {
    diagnostics.warning(
        fmt::format("under {} nothing is promised to the first job: where jobs share GPUs, or CPUs and "
                    "memory count, whoever fits may start",
                    policy.name));
  }
}

}  // namespace orrery
