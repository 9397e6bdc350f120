#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "run/decide.hpp"

namespace orrery {
namespace {

struct Input {
  std::string name;
  std::function<void(RunSpec&, double)> scale;
};

std::vector<Input> inputs_of(const RunSpec& spec) {
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < spec.faults.classes.size(); ++i) {
    if (spec.faults.classes[i].rate <= Hertz(0)) continue;
    inputs.push_back(
        {"rate of " + spec.faults.classes[i].name, [i](RunSpec& s, double f) { s.faults.classes[i].rate *= f; }});
  }
  inputs.push_back({"false alarms", [](RunSpec& s, double f) { s.faults.false_alarms *= f; }});
  const auto law = [&](const char* name, auto member) {
    inputs.push_back({name, [member](RunSpec& s, double f) {
                        Law& part = member(s);
                        part = part.scaled(f);
                      }});
  };
  inputs.push_back({"detection", [](RunSpec& s, double f) {
                      for (FaultClass& c : s.faults.classes) c.detection = c.detection.scaled(f);
                    }});
  inputs.push_back({"repair", [](RunSpec& s, double f) {
                      for (FaultClass& c : s.faults.classes) c.repair = c.repair.scaled(f);
                    }});
  law("placement", [](RunSpec& s) -> Law& { return s.restart.place; });
  inputs.push_back({"initialisation", [](RunSpec& s, double f) {
                      s.restart.initialise = s.restart.initialise.scaled(f);
                      s.restart.initialise_per_1000_gpus *= f;
                    }});
  law("warm-up", [](RunSpec& s) -> Law& { return s.restart.warm_up; });
  law("provision of spares", [](RunSpec& s) -> Law& { return s.policy.provision; });
  law("queue", [](RunSpec& s) -> Law& { return s.policy.queue; });
  law("stall of a group", [](RunSpec& s) -> Law& { return s.policy.stall; });
  const auto levels = [&](const char* name, auto member) {
    inputs.push_back({name, [member](RunSpec& s, double f) {
                        for (CheckpointLevel& level : s.checkpoints) member(level) *= f;
                      }});
  };
  levels("blocking of checkpoints", [](CheckpointLevel& l) -> Seconds& { return l.blocking; });
  levels("lag of checkpoints", [](CheckpointLevel& l) -> Seconds& { return l.lag; });
  levels("loading of checkpoints", [](CheckpointLevel& l) -> Seconds& { return l.load; });
  levels("interval of checkpoints", [](CheckpointLevel& l) -> Seconds& { return l.interval; });
  inputs.push_back({"spares", [](RunSpec& s, double f) {
                      s.policy.spares = std::llround(static_cast<double>(s.policy.spares) * f);
                    }});
  return inputs;
}

}  // namespace

std::vector<TornadoBar> tornado(const RunSpec& spec, const RunOptions& options, ThreadPool& pool, std::size_t most,
                                const RunProgress& progress) {
  int before = 0;
  const auto wall = [&](const RunSpec& varied) {
    RunProgress behind;
    if (progress) behind = [&progress, before](int done) { return progress(before + done); };
    const RunResult result = simulate_run(varied, options, pool, behind);
    before += options.replications;
    return std::pair(result.wall.mean, result.closed.wall.raw());
  };
  const auto [base, closed_base] = wall(spec);
  // The formula says which inputs matter at all; only those are simulated.
  std::vector<std::pair<TornadoBar, Input>> bars;
  for (const Input& input : inputs_of(spec)) {
    TornadoBar bar{input.name, 0, 0, 0, 0};
    for (const double factor : {0.5, 2.0}) {
      RunSpec varied = spec;
      input.scale(varied, factor);
      const double change = closed_form(varied).wall.raw() / closed_base - 1;
      (factor < 1 ? bar.closed_at_half : bar.closed_at_double) = change;
    }
    bars.emplace_back(bar, input);
  }
  const auto width = [](const TornadoBar& bar) {
    const double half = std::abs(bar.closed_at_half), twice = std::abs(bar.closed_at_double);
    return std::isnan(half) || std::isnan(twice) ? 0 : std::max(half, twice);
  };
  std::stable_sort(bars.begin(), bars.end(),
                   [&](const auto& a, const auto& b) { return width(a.first) > width(b.first); });
  std::vector<TornadoBar> result;
  for (const auto& [bar, input] : bars) {
    if (result.size() == most || width(bar) <= 0) break;
    TornadoBar simulated = bar;
    for (const double factor : {0.5, 2.0}) {
      RunSpec varied = spec;
      input.scale(varied, factor);
      (factor < 1 ? simulated.at_half : simulated.at_double) = wall(varied).first / base - 1;
    }
    result.push_back(simulated);
  }
  std::stable_sort(result.begin(), result.end(), [](const TornadoBar& a, const TornadoBar& b) {
    return std::max(std::abs(a.at_half), std::abs(a.at_double)) > std::max(std::abs(b.at_half), std::abs(b.at_double));
  });
  return result;
}

}  // namespace orrery
