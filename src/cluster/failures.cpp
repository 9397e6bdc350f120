#include "cluster/failures.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/diagnostic.hpp"

namespace orrery {
namespace {

constexpr double kDaySeconds = 86400;
/// Nodes struck in one replay: 2,000 times what a million GPUs see in a year at the rates of presets.
constexpr long long kMostStruck = 400'000'000;
/// What a fault that strikes one node counts for: it is looked for in all jobs that run.
constexpr long long kStrikeCost = 20;

/// Seconds as whole milliseconds; `kNever` beyond what these can hold.
Millis millis(double seconds) {
  constexpr double kMost = 9e15;
  return seconds * 1000 < kMost ? std::llround(seconds * 1000) : kNever;
}

/// `span` after `at`.
Millis after(Millis at, Millis span) {
  return span >= kNever - at ? kNever : at + span;
}

}  // namespace

ClusterFailures on_machine(ClusterFailures failures, const SharedMachine& machine) {
  failures.node_gpus.clear();
  failures.machine.domains.clear();
  int most = 1;
  for (const NodeGroup& group : machine.groups) {
    most = std::max(most, group.gpus);
    failures.node_gpus.insert(failures.node_gpus.end(), static_cast<std::size_t>(group.nodes), group.gpus);
  }
  failures.machine.gpus_per_node = most;
  for (const TopologyLevel& level : machine.levels)
    failures.machine.domains.push_back({level.name, 1LL * level.nodes * most});
  return failures;
}

ClusterFailures cluster_failures(const FaultModel& model, const SharedMachine& machine,
                                 std::vector<std::string>& unknown_units) {
  ClusterFailures failures = on_machine({}, machine);
  failures.faults = model;
  failures.faults.classes.clear();
  const auto known = [&](const std::string& unit) {
    return unit == "gpu" || unit == "node" || unit == "site" ||
           std::any_of(machine.levels.begin(), machine.levels.end(),
                       [&](const TopologyLevel& level) { return level.name == unit; });
  };
  for (const FaultClass& fault : model.classes) {
    if (fault.unit == "job" || (fault.effect != Effect::Stop && fault.effect != Effect::Corruption)) {
      failures.left_out.push_back(fault.name);
    } else if (!known(fault.unit)) {
      unknown_units.push_back(fault.unit);
    } else if (fault.burst > 0 && !known(fault.burst_domain)) {
      unknown_units.push_back(fault.burst_domain);
    } else {
      failures.faults.classes.push_back(fault);
    }
  }
  if (model.false_alarms > 0) {
    FaultClass alarm;
    alarm.name = "false alarm";
    alarm.rate = Hertz(model.false_alarms / 1000 / kDaySeconds);
    alarm.repair = model.check;
    failures.faults.classes.push_back(std::move(alarm));
  }
  return failures;
}

MachineFaults::MachineFaults(const ClusterFailures& failures, std::uint64_t seed)
    : failures_(failures),
      seed_(seed),
      stream_(failures.machine, failures.faults, static_cast<long long>(failures.node_gpus.size()),
              static_cast<long long>(failures.node_gpus.size()), seed, 0) {}

Millis MachineFaults::next_fault() const {
  return millis(stream_.next().at);
}

Millis MachineFaults::next() const {
  return std::min(next_fault(), next_event());
}

void MachineFaults::push(Later event) {
  event.order = order_++;
  later_.push(event);
}

void MachineFaults::hold(const Slice& slice, Millis back) {
  ++away_;
  push({.at = back, .kind = MachineEvent::Kind::Return, .slice = slice, .back = back});
}

MachineEvent MachineFaults::strike(Millis at, int fault_class, std::vector<std::int32_t> nodes, Rng& draws) {
  const FaultClass& kind = failures_.faults.classes[static_cast<std::size_t>(fault_class)];
  MachineEvent event;
  event.at = at;
  struck_ += kStrikeCost + static_cast<long long>(nodes.size());
  if (struck_ > kMostStruck)
    throw InputError("the machine fails so often that the replay would not end", {}, "lower the rates of its faults");
  if (kind.unit == "gpu")
    event.gpu = static_cast<std::int32_t>(draws.below(static_cast<std::uint64_t>(failures_.machine.gpus_per_node)));
  if (kind.burst > 0 && draws.bernoulli(kind.burst)) {
    const auto all = static_cast<long long>(failures_.node_gpus.size());
    const long long size = std::max(1LL, unit_size(failures_.machine, kind.burst_domain, all).nodes);
    const long long first = nodes.front() / size * size, end = std::min(first + size, all);
    const double more = std::min(static_cast<double>(end - first), std::ceil(kind.burst_nodes.draw(draws)));
    for (long long i = 0; i < static_cast<long long>(more); ++i)
      nodes.push_back(static_cast<std::int32_t>(first) +
                      static_cast<std::int32_t>(draws.below(static_cast<std::uint64_t>(end - first))));
    std::sort(nodes.begin(), nodes.end());
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    event.gpu = -1;
  }
  event.found = after(at, millis(kind.detection.draw(draws)));
  // GPUs beyond those of a small node are not there.
  if (event.gpu >= 0 && event.gpu >= gpus(nodes.front())) nodes.clear();
  const bool leaves = draws.bernoulli(kind.evict) && failures_.repairs;
  for (const std::int32_t node : nodes) {
    if (!leaves || event.found == kNever) break;
    const auto away = away_until_.find(node);
    if (away != away_until_.end() && away->second > at) continue;
    const Millis back = after(event.found, millis(kind.repair.draw(draws)));
    if (back <= event.found) continue;
    away_until_[node] = back;
    ++away_;
    push({.at = event.found, .kind = MachineEvent::Kind::Leave, .slice = {.node = node}, .back = back});
    if (kind.refail > 0 && back < kNever && draws.bernoulli(kind.refail))
      push({.at = after(back, millis(kind.refail_after.draw(draws))),
            .fault_class = fault_class,
            .slice = {.node = node}});
  }
  event.nodes = std::move(nodes);
  return event;
}

MachineEvent MachineFaults::pop() {
  if (next_fault() <= next_event()) {
    const Fault fault = stream_.next();
    stream_.pop();
    Rng draws = stream_.draws(fault);
    std::vector<std::int32_t> nodes;
    for (long long node = fault.first; node < fault.first + fault.count; ++node)
      nodes.push_back(static_cast<std::int32_t>(node));
    return strike(millis(fault.at), fault.fault_class, std::move(nodes), draws);
  }
  const Later next = later_.top();
  later_.pop();
  if (next.kind == MachineEvent::Kind::Strike) {
    Rng draws = Rng::stream(seed_, "cluster/again", 0, again_++);
    return strike(next.at, next.fault_class, {next.slice.node}, draws);
  }
  --away_;
  MachineEvent event;
  event.kind = next.kind;
  event.at = next.at;
  event.slice = next.slice;
  event.back = next.back;
  return event;
}

}  // namespace orrery
