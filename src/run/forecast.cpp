#include "run/forecast.hpp"

#include <algorithm>
#include <utility>

#include "base/statistics.hpp"
#include "run/engine.hpp"
#include "run/trace_fit.hpp"

namespace orrery {
namespace {

/// Of a stay that has lasted `since`, what is left: a draw of the law given that it is longer.
double left_to_stay(const Law& repair, double since, Rng& rng) {
  // The level at which the law passes `since`, by bisection of its quantiles.
  double low = 0, high = 1;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    (repair.quantile(middle) <= since ? low : high) = middle;
  }
  const double level = std::min(low + (1 - low) * rng.uniform01(), 1 - 1e-9);
  return std::max(0.0, repair.quantile(level) - since);
}

Interval80 interval_of(std::vector<double> values) {
  return {quantile(values, 0.1), quantile(values, 0.5), quantile(values, 0.9)};
}

}  // namespace

Future draw_future(const FaultModel& model, const FutureNodes& machine, std::uint64_t seed, int replication) {
  // A job of one node on a machine of spares, with more work than time.
  RunSpec spec;
  spec.machine.gpus_per_node = 1;
  spec.job.gpus = 1;
  spec.job.step_time = Seconds(1);
  spec.job.steps = 1e15;
  spec.policy.spares = machine.nodes - 1;
  spec.faults = model;
  auto before = std::make_shared<FaultTrace>();
  before->node_count = static_cast<int>(machine.nodes);
  before->length = machine.horizon * 2;
  Rng rng = Rng::stream(seed, "run/away", static_cast<std::uint32_t>(replication));
  FaultClass known;
  known.name = "in repair at the start";
  for (std::size_t i = 0; i < machine.away.size(); ++i) {
    const double left = left_to_stay(machine.repair, machine.away[i].raw(), rng);
    before->faults.push_back(
        {static_cast<int>(machine.nodes) - 1 - static_cast<int>(i), Seconds(0), Seconds(left), false, known.name, ""});
    spec.replay_classes.push_back(static_cast<int>(model.classes.size()));
  }
  spec.faults.classes.push_back(known);
  spec.replay = std::move(before);
  const RunOptions options{.replications = 1, .seed = seed, .give_up = machine.horizon.raw() / 1e15};
  const Replication run = RunEngine(spec, options, replication, {}).run();
  Future future;
  future.faults = static_cast<int>(run.node_faults) - static_cast<int>(machine.away.size());
  future.away = NodesAway(run.seconds_down);
  return future;
}

Forecast forecast(const FaultModel& model, const FutureNodes& machine, std::uint64_t seed, int replications,
                  ThreadPool& pool) {
  const auto futures = pool.parallel_map(static_cast<std::size_t>(replications), [&](std::size_t i) {
    return std::make_unique<Future>(draw_future(model, machine, seed, static_cast<int>(i)));
  });
  const auto of = [&](auto value) {
    std::vector<double> values;
    for (const auto& future : futures) values.push_back(value(*future));
    return interval_of(std::move(values));
  };
  return {of([](const Future& f) { return static_cast<double>(f.faults); }),
          of([](const Future& f) { return f.away.mean(); }),
          of([](const Future& f) { return static_cast<double>(f.away.quantile(0.95)); }),
          of([](const Future& f) { return static_cast<double>(f.away.quantile(0.99)); })};
}

FaultModel plain_poisson(const FaultTrace& trace) {
  FaultModel model;
  model.name = "plain Poisson";
  FaultClass c;
  c.name = "fault";
  c.rate = Hertz(static_cast<double>(trace.faults.size()) / trace.node_count / trace.length.raw());
  std::vector<const TraceFault*> all;
  for (const TraceFault& fault : trace.faults) all.push_back(&fault);
  if (!all.empty()) c.repair = Law::empirical(repair_quantiles(all, 20));
  model.classes = {c};
  return model;
}

FutureNodes machine_at(const FaultTrace& trace, Seconds at, Seconds horizon) {
  FutureNodes machine;
  machine.nodes = trace.node_count;
  machine.horizon = horizon;
  for (const TraceFault& fault : trace.faults) {
    const bool ended = fault.end <= at && !(fault.open && fault.end == at);
    if (fault.start < at && !ended) machine.away.push_back(at - fault.start);
  }
  std::vector<const TraceFault*> all;
  for (const TraceFault& fault : trace.faults) all.push_back(&fault);
  if (!all.empty()) machine.repair = Law::empirical(repair_quantiles(all, 20));
  return machine;
}

ScoredForecast score_forecast(const FaultTrace& trace, Seconds at, Seconds until, std::uint64_t seed, int replications,
                              ThreadPool& pool) {
  const FaultTrace past = cut(trace, Seconds(0), at);
  const FutureNodes machine = machine_at(past, at, until - at);
  ScoredForecast scored;
  scored.ours = forecast(fit_fault_model(past), machine, seed, replications, pool);
  scored.poisson = forecast(plain_poisson(past), machine, seed, replications, pool);
  const NodesAway happened = nodes_away(trace, at, until);
  scored.faults = static_cast<double>(cut(trace, at, until).faults.size());
  scored.mean_away = happened.mean();
  scored.p95_away = happened.quantile(0.95);
  scored.p99_away = happened.quantile(0.99);
  return scored;
}

}  // namespace orrery
