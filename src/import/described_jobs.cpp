#include "import/described_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.hpp"
#include "base/unit_text.hpp"
#include "cluster/effects/gavel_scheduler.hpp"
#include "cluster/effects/speed_table.hpp"
#include "cluster/effects/step_rates.hpp"
#include "hardware/hardware_fields.hpp"
#include "import/cluster_scenario.hpp"
#include "import/step_scenario.hpp"
#include "network/hierarchical.hpp"
#include "network/network_model.hpp"
#include "scenario/preset.hpp"
#include "step/layout.hpp"
#include "validate/interval.hpp"

namespace orrery {
namespace {

constexpr double kMostJobs = 2e7;
constexpr double kDaySeconds = 86400;

Span span_of(const Value& written, const char* key) {
  const Value* found = written.find(key);
  return found == nullptr ? written.span() : found->span();
}

double expected_jobs(const DescribedInput& input) {
  return input.per_day > 0 ? input.per_day * input.days : static_cast<double>(input.count);
}

void check(const DescribedJobs& kind, Diagnostics& diagnostics) {
  const DescribedInput& input = kind.input;
  const int said = (input.tokens ? 1 : 0) + (input.steps ? 1 : 0) + (input.run ? 1 : 0);
  if (said != 1) {
    diagnostics.error(
        fmt::format("`{}` says {} how long it runs", input.name, said == 0 ? "nowhere" : "more than once"),
        kind.written.span(), "one of `tokens`, `steps` (of a `model`) and `run`");
  } else if (!input.run && input.model.empty()) {
    diagnostics.error(fmt::format("`{}` names no model whose steps these are", input.name),
                      span_of(kind.written, input.tokens ? "tokens" : "steps"),
                      "for example model = \"llama-3.1-8b\", or `run` instead");
  }
  if (input.per_day > 0 && (input.count > 1 || input.every > Seconds(0)))
    diagnostics.error(fmt::format("`{}` comes both `per_day` and by `count` and `every`", input.name),
                      span_of(kind.written, "per_day"), "leave one of them out");
  if ((input.per_day > 0) != (input.days > 0))
    diagnostics.error(fmt::format("`{}` needs both `per_day` and `days`", input.name),
                      span_of(kind.written, input.per_day > 0 ? "per_day" : "days"));
}

/// The node that the steps of a kind are simulated on; empty: nothing says so.
std::string node_of(const DescribedInput& input, const MachineInput& machine) {
  if (!input.node.empty()) return input.node;
  if (!input.gpu_type.empty()) return input.gpu_type;
  for (const NodesInput& nodes : machine.nodes)
    if (!nodes.gpu_type.empty()) return nodes.gpu_type;
  return {};
}

Value machine_text(const std::string& node, int gpus, const Span& span) {
  return Value(fmt::format("{}:{}", node, gpus), span);
}

/// The scenario of the step level that a kind stands for.
Value step_table(const DescribedJobs& kind, const std::string& node) {
  Value root(Value::Table{}, kind.written.span());
  for (const char* key : {"model", "software", "training", "layout"}) {
    if (const Value* found = kind.written.find(key)) root.set(key, *found, found->span());
  }
  const Span span = span_of(kind.written, kind.input.node.empty() ? "gpu_type" : "node");
  root.set("cluster", machine_text(node, kind.input.gpus, span), span);
  return root;
}

/// Settles the layout and its step; an error where none runs or fits.
void settle_step(DescribedJobs& kind, StepScenario& scenario, std::uint64_t seed, unsigned threads,
                 Diagnostics& diagnostics) {
  StepSpec& spec = scenario.spec;
  const auto network = network_model(spec.cluster, seed);
  std::optional<StepResult> result;
  if (kind.input.layout) {
    if (auto step = simulate_step(spec, *network)) result = *step;
    if (!result) {
      for (const LayoutProblem& problem : layout_problems(spec))
        diagnostics.error(fmt::format("the layout of `{}` cannot run: {}", kind.input.name, problem.message),
                          span_of(kind.written, "layout"), problem.hint);
      return;
    }
    if (!result->fits()) {
      diagnostics.error(fmt::format("`{}` does not fit in the memory of its GPUs in this layout", kind.input.name),
                        span_of(kind.written, "layout"), "without a layout the best one is searched");
      return;
    }
  } else {
    PlanOptions search = scenario.plan;
    search.threads = threads;
    search.finalists = network.get();
    search.upper_factor = [](const StepResult& step) {
      StepResult with_interval = step;
      apply_interval(with_interval, reference_intervals());
      return with_interval.high / with_interval.step_time;
    };
    const auto plan = plan_layouts(spec, HierarchicalModel(spec.cluster), search);
    if (!plan) {
      diagnostics.error(
          fmt::format("`{}` runs on {} GPUs in no layout: {}", kind.input.name, kind.input.gpus, plan.error().reason),
          span_of(kind.written, "gpus"), "more GPUs, or another global batch in `training`");
      return;
    }
    spec.layout = plan->best.front().layout;
    result = plan->best.front().result;
  }
  apply_interval(*result, reference_intervals());
  kind.step = spec;
  kind.step_time = result->step_time;
  kind.low = result->low;
  kind.high = result->high;
  const double tokens = static_cast<double>(spec.training.global_batch) * spec.training.sequence;
  if (kind.input.tokens) kind.steps = *kind.input.tokens / tokens;
  if (kind.input.steps) kind.steps = *kind.input.steps;
}

/// When jobs of a kind come.
std::vector<Millis> submissions(const DescribedInput& input, std::uint64_t seed, std::size_t number) {
  std::vector<Millis> times;
  const Millis first = to_millis(input.submit);
  if (input.per_day <= 0) {
    for (long long i = 0; i < input.count; ++i) times.push_back(first + i * to_millis(input.every));
    return times;
  }
  Rng rng = Rng::stream(seed, "cluster/described", 0, number);
  const double end = input.days * kDaySeconds, gap = kDaySeconds / input.per_day;
  for (double at = rng.exponential(gap); at < end; at += rng.exponential(gap))
    times.push_back(first + std::llround(at * 1000));
  return times;
}

template <class T>
void fill_up(std::vector<T>& column, std::size_t size, T value) {
  if (!column.empty()) column.resize(size, value);
}

/// The values of one kind's jobs in a column that says something only where one of them does.
template <class T>
void add_value(std::vector<T>& column, std::size_t before, std::size_t after, T value, T otherwise) {
  if (column.empty() && value == otherwise) return;
  column.resize(before, otherwise);
  column.resize(after, value);
}

std::int32_t name_in(Names& names, const std::string& name) {
  return name.empty() ? -1 : names.add(name);
}

void add_rows(const DescribedJobs& kind, std::uint64_t seed, std::size_t number, JobTable& jobs) {
  const DescribedInput& input = kind.input;
  const std::vector<Millis> times = submissions(input, seed, number);
  const std::size_t before = jobs.size(), after = before + times.size();
  jobs.submit.insert(jobs.submit.end(), times.begin(), times.end());
  const Seconds run = input.run ? *input.run : kind.step_time * kind.steps;
  jobs.run.resize(after, to_millis(run, 1));
  jobs.gpus.resize(after, input.gpus);
  add_value(jobs.tenant, before, after, name_in(jobs.tenants, input.tenant), -1);
  add_value(jobs.user, before, after, name_in(jobs.users, input.user), -1);
  add_value(jobs.pool, before, after, name_in(jobs.pools, input.pool), -1);
  add_value(jobs.gpu_type, before, after, name_in(jobs.gpu_types, input.gpu_type), -1);
  add_value(jobs.kind, before, after, jobs.kinds.add(input.name), -1);
  add_value(jobs.priority, before, after, input.priority, 0);
  fill_up(jobs.limit, after, kNever);
  fill_up(jobs.qos, after, -1);
  fill_up(jobs.workers, after, 0);
  fill_up(jobs.min_gpus, after, input.gpus);
  fill_up(jobs.gpu_milli, after, 1000);
  fill_up(jobs.cpu_milli, after, 0);
  fill_up(jobs.memory_mib, after, 0);
  fill_up(jobs.preemptible, after, std::uint8_t{0});
  fill_up(jobs.deadline, after, kNever);
  fill_up(jobs.after, after, kNoJob);
  fill_up(jobs.recorded_start, after, Millis{-1});
  fill_up(jobs.state, after, JobState::Unknown);
  if (jobs.id.empty()) return;
  for (std::size_t i = 0; i < times.size(); ++i) jobs.id.push_back(fmt::format("{}-{}", input.name, i + 1));
}

/// The step of a kind on nodes of another type, in the same layout; nothing where no node is called so.
std::optional<StepSpec> step_on(const DescribedJobs& kind, const std::string& type) {
  Diagnostics unknown;
  if (!find_preset("nodes", type, unknown)) return std::nullopt;
  StepSpec step = *kind.step;
  step.cluster = read_cluster(machine_text(type, kind.input.gpus, {}), unknown);
  if (unknown.has_errors()) return std::nullopt;
  return step;
}

/// The rates of a kind on all types of GPU that it may run on.
void set_rates(const DescribedJobs& kind, const SharedMachine& machine, const JobTable& jobs, RateTable& rates) {
  const std::int32_t number = jobs.kinds.find(kind.input.name);
  const std::int32_t own = jobs.gpu_types.find(kind.input.gpu_type);
  const bool has_unnamed = std::any_of(machine.groups.begin(), machine.groups.end(),
                                       [](const NodeGroup& group) { return group.gpu_type.empty(); });
  const std::string node = kind.step->cluster.node.name;
  for (std::int32_t type = 0; type < rates.gpu_types(); ++type) {
    const std::string& name = type < jobs.gpu_types.size() ? jobs.gpu_types.at(type) : node;
    const bool may_run = own < 0 || type == own || (has_unnamed && type == 0);
    if (!may_run) continue;
    // Nodes of no named type are the described one's; so is a type that is called like it, or is the only one.
    const bool same =
        type == own || (has_unnamed && type == 0) || name == node || name == kind.input.node || rates.gpu_types() == 1;
    const std::optional<StepSpec> step = same ? kind.step : step_on(kind, name);
    if (step) set_step_rates(*step, machine, number, type, rates);
  }
}

/// The rate on a kind's own number of GPUs, packed; 0: it is not known.
double packed_rate(const DescribedJobs& kind, const SharedMachine& machine, const JobTable& jobs,
                   const RateTable& rates) {
  const std::int32_t own = std::max(0, jobs.gpu_types.find(kind.input.gpu_type));
  int node_gpus = 0;
  for (const NodeGroup& group : machine.groups) {
    const std::int32_t type = jobs.gpu_types.find(group.gpu_type);
    if ((type < 0 ? 0 : type) == own) node_gpus = std::max(node_gpus, group.gpus);
  }
  const int level = PlacementLevels(machine).packed(kind.input.gpus, node_gpus);
  return rates.rate(jobs.kinds.find(kind.input.name), own, level, kind.input.gpus);
}

std::string words(const DescribedJobs& kind, Millis run) {
  const DescribedInput& input = kind.input;
  if (!kind.step) return fmt::format("{}: {} on {} GPUs", input.name, format_time(*input.run), input.gpus);
  const std::string steps = kind.steps > 0 ? fmt::format(", {:.6g} steps in {}", kind.steps,
                                                         format_time(Seconds(static_cast<double>(run) / 1000)))
                                           : fmt::format(", run for {}", format_time(*input.run));
  return fmt::format("{}: {}, {} a step on {} {} by the step level (80 %: {} to {}), {}{}", input.name,
                     kind.step->model.name, format_time(kind.step_time), input.gpus, kind.step->cluster.node.name,
                     format_time(kind.low), format_time(kind.high), describe(kind.step->layout), steps);
}

}  // namespace

std::vector<DescribedJobs> described_jobs(ClusterScenario& scenario, std::uint64_t seed, unsigned threads,
                                          Diagnostics& diagnostics) {
  std::vector<DescribedJobs> kinds;
  const std::vector<DescribedInput>& inputs = scenario.workload.described;
  if (inputs.empty()) return kinds;
  const Value* workload = scenario.root.find("workload");
  const Value* list = workload == nullptr ? nullptr : workload->find("described");
  if (list == nullptr || list->array() == nullptr || list->array()->size() != inputs.size()) return kinds;
  double all = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    DescribedJobs& kind = kinds.emplace_back();
    kind.input = inputs[i];
    kind.written = (*list->array())[i];
    check(kind, diagnostics);
    all += expected_jobs(kind.input);
    const auto same = [&](const DescribedInput& other) { return other.name == kind.input.name; };
    if (std::any_of(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(i), same))
      diagnostics.error(fmt::format("two kinds of job are called `{}`", kind.input.name), span_of(kind.written, "name"),
                        "give each a `name` of its own");
  }
  if (all > kMostJobs)
    diagnostics.error(fmt::format("{:.3g} jobs are described, more than {:.3g}", all, kMostJobs), list->span());
  const bool any_model =
      std::any_of(inputs.begin(), inputs.end(), [](const auto& input) { return !input.model.empty(); });
  if (any_model && !scenario.workload.speeds.empty())
    diagnostics.error("both `speeds` and the models of described jobs say how fast jobs are",
                      span_of(*workload, "speeds"), "leave one of them out, or describe jobs by `run`");
  if (diagnostics.has_errors()) return kinds;
  for (DescribedJobs& kind : kinds) {
    if (kind.input.model.empty()) continue;
    const std::string node = node_of(kind.input, scenario.machine);
    if (node.empty()) {
      diagnostics.error(fmt::format("nothing says what `{}` computes on", kind.input.name), kind.written.span(),
                        "for example gpu_type = \"h100-sxm\", or node = \"h100-sxm\" where the machine names no types");
      continue;
    }
    Diagnostics found;
    StepScenario step = read_step_scenario(step_table(kind, node), found);
    for (const Diagnostic& d : found.all()) {
      if (d.severity == Severity::Error) {
        diagnostics.error(d.message, d.span, d.hint);
      } else {
        diagnostics.warning(d.message, d.span, d.hint);
      }
    }
    if (found.has_errors()) continue;
    settle_step(kind, step, seed, threads, diagnostics);
    if (!step.assumptions.empty())
      scenario.assumptions.push_back(fmt::format("{}: {}", kind.input.name, fmt::join(step.assumptions, ", ")));
  }
  return kinds;
}

std::shared_ptr<const RateTable> add_described_jobs(const std::vector<DescribedJobs>& described,
                                                    const SharedMachine& machine, std::uint64_t seed, JobTable& jobs,
                                                    std::vector<std::string>& assumptions) {
  if (described.empty()) return nullptr;
  const auto traced = static_cast<std::int64_t>(jobs.size());
  name_gpu_types(machine, jobs);
  std::vector<std::int32_t> columns;
  for (std::size_t i = 0; i < described.size(); ++i) {
    add_rows(described[i], seed, i, jobs);
    columns.push_back(described[i].input.gpus);
  }
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  RateTable rates(jobs.kinds.size(), std::max(1, jobs.gpu_types.size()), level_count(machine), columns);
  std::vector<Millis> run_of(static_cast<std::size_t>(jobs.kinds.size()), 0);
  std::vector<double> limit_of(run_of.size(), 0);
  bool any_limit = false, any_model = false;
  for (const DescribedJobs& kind : described) {
    const auto number = static_cast<std::size_t>(jobs.kinds.find(kind.input.name));
    Seconds run = kind.input.run ? *kind.input.run : kind.step_time * kind.steps;
    if (kind.step) {
      any_model = true;
      set_rates(kind, machine, jobs, rates);
      const double rate = packed_rate(kind, machine, jobs, rates);
      if (rate > 0 && kind.steps > 0) run = Seconds(kind.steps / rate);
    }
    run_of[number] = to_millis(run, 1);
    limit_of[number] = kind.input.limit_factor;
    any_limit = any_limit || kind.input.limit_factor > 0;
    assumptions.push_back(words(kind, run_of[number]));
  }
  if (any_limit && jobs.limit.empty()) jobs.limit.assign(jobs.size(), kNever);
  for (auto row = static_cast<std::size_t>(traced); row < jobs.size(); ++row) {
    const auto kind = static_cast<std::size_t>(jobs.kind[row]);
    jobs.run[row] = run_of[kind];
    if (limit_of[kind] > 0)
      jobs.limit[row] = static_cast<Millis>(std::ceil(static_cast<double>(run_of[kind]) * limit_of[kind]));
  }
  sort_by_submission(jobs);
  return any_model ? std::make_shared<const RateTable>(std::move(rates)) : nullptr;
}

}  // namespace orrery
