#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"
#include "run/run.hpp"

namespace orrery {
namespace {

constexpr long long kMostSpares = 10;  ///< A node of the job: beyond, a slip.

class Problems {
 public:
  void add(std::vector<std::string> keys, std::string message, std::string hint = "") {
    all_.push_back({std::move(keys), std::move(message), std::move(hint)});
  }
  std::vector<RunProblem> take() { return std::move(all_); }

 private:
  std::vector<RunProblem> all_;
};

std::string class_key(std::size_t index, const char* field) {
  return fmt::format("run.faults.classes[{}].{}", index, field);
}

void check_job(const RunSpec& spec, Problems& problems) {
  const int node = spec.machine.gpus_per_node;
  if (spec.job.gpus < node || spec.job.gpus % node != 0) {
    const long long down = spec.job.gpus / node * node;
    problems.add({"cluster.chips", "run.gpus"},
                 fmt::format("{} GPUs are no whole number of nodes of {}", spec.job.gpus, node),
                 fmt::format("{}{}", down > 0 ? fmt::format("{} or ", down) : "", down + node));
  }
  if (!(spec.job.step_time > Seconds(0)))
    problems.add({"run.step_time"}, "a step takes no time", "a time, for example \"6.5 s\"");
  if (!(spec.job.steps > 0)) problems.add({"run.steps", "run.tokens"}, "there is nothing to do", "steps or tokens");
}

void check_domains(const RunSpec& spec, Problems& problems) {
  const long long node = spec.machine.gpus_per_node;
  const long long gpus = spec.job.gpus + spec.policy.spares * node;
  for (std::size_t i = 0; i < spec.machine.domains.size(); ++i) {
    const RunDomain& domain = spec.machine.domains[i];
    const std::string key = fmt::format("run.domains[{}].", i);
    for (std::size_t j = 0; j < i; ++j) {
      if (spec.machine.domains[j].name == domain.name)
        problems.add({key + "name"}, fmt::format("two domains are called \"{}\"", domain.name));
    }
    if (domain.name == "gpu" || domain.name == "node" || domain.name == "job" || domain.name == "site")
      problems.add({key + "name"}, fmt::format("\"{}\" is there already", domain.name), "another name");
    const bool fits = domain.gpus >= node ? domain.gpus % node == 0 : domain.gpus > 0 && node % domain.gpus == 0;
    if (!fits) {
      problems.add({key + "gpus"},
                   fmt::format("a \"{}\" of {} GPUs is no whole number of nodes of {}, nor a part of one", domain.name,
                               domain.gpus, node),
                   fmt::format("a multiple or a divisor of {}", node));
    } else if (domain.gpus > gpus) {
      problems.add({key + "gpus"},
                   fmt::format("a \"{}\" of {} GPUs is larger than the machine of {}", domain.name, domain.gpus, gpus),
                   "\"site\" means all of it");
    }
  }
}

bool is_domain(const RunMachine& machine, const std::string& unit) {
  return unit == "gpu" || unit == "node" || unit == "job" || unit == "site" ||
         std::any_of(machine.domains.begin(), machine.domains.end(),
                     [&](const RunDomain& domain) { return domain.name == unit; });
}

std::string domain_names(const RunMachine& machine) {
  std::string names = "gpu, node, job, site";
  for (const RunDomain& domain : machine.domains) names += ", " + domain.name;
  return names;
}

void check_classes(const RunSpec& spec, Problems& problems) {
  for (std::size_t i = 0; i < spec.faults.classes.size(); ++i) {
    const FaultClass& c = spec.faults.classes[i];
    for (const auto& [field, unit] : {std::pair{"unit", &c.unit}, std::pair{"burst_domain", &c.burst_domain}}) {
      if (is_domain(spec.machine, *unit)) continue;
      problems.add({class_key(i, field)},
                   fmt::format("\"{}\" hits a `{}` that this machine does not have", c.name, *unit),
                   fmt::format("it has {}", domain_names(spec.machine)));
    }
    if (!std::isfinite(c.rate.raw()) || c.rate.raw() < 0)
      problems.add({class_key(i, "rate")}, fmt::format("the rate of \"{}\" is not finite", c.name));
    if (c.effect == Effect::Slow && !(c.slow_factor > 1))
      problems.add({class_key(i, "slow_factor")}, fmt::format("\"{}\" slows nothing down", c.name), "more than 1");
    if (c.law == IntervalLaw::Piecewise) {
      bool rises = !c.hazard.empty() && c.hazard.front().age == Seconds(0);
      for (std::size_t k = 1; k < c.hazard.size(); ++k) rises = rises && c.hazard[k].age > c.hazard[k - 1].age;
      if (!rises) {
        problems.add({class_key(i, "hazard"), class_key(i, "law")},
                     fmt::format("the hazard of \"{}\" needs steps from age 0 upwards", c.name));
      }
    } else if (!c.hazard.empty()) {
      problems.add({class_key(i, "hazard")}, fmt::format("\"{}\" has steps of hazard, but another law", c.name),
                   "law = \"piecewise\"");
    }
  }
  const BadNodes& bad = spec.faults.bad;
  if (bad.share > 0 && (bad.share >= 1 || bad.factor <= 0)) {
    problems.add({"run.faults.bad_share", "run.faults.bad_factor"},
                 "bad nodes are some of the nodes, and fail more or less often than the others",
                 "a share below 1 and a factor above 0");
  }
  if (bad.share > 0 && bad.factor != 1 &&
      std::any_of(spec.faults.classes.begin(), spec.faults.classes.end(), [](const FaultClass& c) {
        return c.law != IntervalLaw::Exponential && (c.unit == "gpu" || c.unit == "node");
      })) {
    problems.add({"run.faults.bad_share"}, "bad nodes need faults of nodes to be exponential",
                 "bad batches, or a law with early failures, not both");
  }
}

void check_checkpoints(const RunSpec& spec, Problems& problems) {
  for (std::size_t i = 0; i < spec.checkpoints.size(); ++i) {
    const CheckpointLevel& level = spec.checkpoints[i];
    const std::string key = fmt::format("run.checkpoints[{}].", i);
    if (level.rule == IntervalRule::Fixed && !(level.interval > Seconds(0)))
      problems.add({key + "interval"}, fmt::format("checkpoints \"{}\" have no interval", level.name),
                   "a time, or rule = \"optimal\"");
    if (!is_domain(spec.machine, level.apart))
      problems.add({key + "apart"},
                   fmt::format("copies of \"{}\" lie in different units of `{}`, which this machine "
                               "does not have",
                               level.name, level.apart),
                   fmt::format("it has {}", domain_names(spec.machine)));
    if (level.rule == IntervalRule::Fixed && level.interval > Seconds(0) && level.lag > level.interval) {
      problems.add({key + "interval", key + "lag"},
                   fmt::format("checkpoints \"{}\" are started each {}, but one counts only {} after it was taken",
                               level.name, format_time(level.interval), format_time(level.lag)),
                   "an interval of at least the lag, or more bandwidth");
    }
    if (i > 0 && level.survives < spec.checkpoints[i - 1].survives)
      problems.add({key + "survives"},
                   fmt::format("checkpoints \"{}\" outlive less than those of \"{}\" before them", level.name,
                               spec.checkpoints[i - 1].name),
                   "levels go from the fastest to the one that outlives most");
  }
}

void check_policy(const RunSpec& spec, Problems& problems) {
  const RunPolicy& policy = spec.policy;
  const long long nodes = spec.job.gpus / std::max(1, spec.machine.gpus_per_node);
  const bool grouped = policy.recovery == Recovery::ReplicaDrop || policy.recovery == Recovery::Shrink ||
                       policy.recovery == Recovery::Redundant;
  const long long most_spares = std::max(1000LL, kMostSpares * nodes);
  if (policy.spares < 0 || policy.spares > most_spares) {
    problems.add({"run.policy.spares"}, fmt::format("{} spares for a job of {} nodes", policy.spares, nodes),
                 fmt::format("from 0 to {}", most_spares));
  }
  if (!grouped) return;
  if (policy.group_nodes < 1 || policy.group_nodes > nodes || nodes % policy.group_nodes != 0) {
    problems.add({"run.policy.group_nodes"},
                 fmt::format("groups of {} nodes do not divide the job's {}", policy.group_nodes, nodes));
    return;
  }
  const long long groups = nodes / policy.group_nodes;
  if (groups < 2) problems.add({"run.policy.group_nodes"}, "one group alone has nobody who goes on without it");
  const bool divides = policy.disjoint ? groups % std::max(1, policy.copies) == 0 : policy.copies <= groups;
  if (policy.recovery == Recovery::Redundant && (policy.copies < 2 || !divides)) {
    problems.add({"run.policy.copies"},
                 fmt::format("{} copies of each shard do not divide {} groups", policy.copies, groups),
                 "at least 2, and a divisor of the groups");
  }
}

}  // namespace

std::vector<RunProblem> run_problems(const RunSpec& spec) {
  Problems problems;
  if (spec.machine.gpus_per_node < 1) {
    problems.add({"cluster.node.chips"}, "a node has no chips");
    return problems.take();
  }
  check_job(spec, problems);
  check_domains(spec, problems);
  check_classes(spec, problems);
  check_checkpoints(spec, problems);
  check_policy(spec, problems);
  return problems.take();
}

}  // namespace orrery
