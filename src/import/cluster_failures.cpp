#include "import/cluster_failures.hpp"

#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <utility>

#include "base/unit_text.hpp"
#include "cluster/failures_fields.hpp"
#include "import/run_scenario.hpp"

namespace orrery {
namespace {

constexpr double kDaySeconds = 86400;

/// Faults of the whole machine a day that take a node or more, at the mean of the model's scale.
double faults_a_day(const ClusterFailures& failures) {
  const auto nodes = static_cast<long long>(failures.node_gpus.size());
  double sum = 0;
  for (const FaultClass& fault : failures.faults.classes) {
    const UnitSize unit = unit_size(failures.machine, fault.unit, nodes);
    const double units = unit.units_per_node > 1
                             ? static_cast<double>(nodes) * unit.units_per_node
                             : std::ceil(static_cast<double>(nodes) / static_cast<double>(unit.nodes));
    sum += units * fault.rate.raw() * kDaySeconds;
  }
  return sum * failures.faults.scale.mean();
}

std::string cost_words(const FailuresInput& input) {
  if (!input.keep_work) return "failed jobs start anew";
  if (input.checkpoint_interval <= Seconds(0)) return "failed jobs lose no work";
  return fmt::format("failed jobs go on from checkpoints every {} of work",
                     format_quantity(input.checkpoint_interval.raw(), Dimension::Time));
}

}  // namespace

Value with_failures(const Value& scheduling, std::vector<std::string>& assumptions, Diagnostics& diagnostics) {
  const Value* written = scheduling.table() == nullptr ? nullptr : scheduling.find("failures");
  if (written == nullptr) return scheduling;
  Value failures = *written;
  if (written->string() != nullptr) {
    failures = Value(Value::Table{}, written->span());
    failures.set("faults", *written, written->span());
  } else if (written->table() == nullptr) {
    return scheduling;  // Its schema says what is wrong.
  }
  Value table = scheduling;
  table.set("failures", with_faults(failures, assumptions, diagnostics), written->span());
  return table;
}

void add_failures(ClusterScenario& scenario, ClusterSpec& spec, Diagnostics& diagnostics) {
  if (!scenario.scheduling.failures) return;
  const FailuresInput& input = *scenario.scheduling.failures;
  const Value* scheduling = scenario.root.find("scheduling");
  const Value* written = scheduling == nullptr ? nullptr : scheduling->find("failures");
  const Span span = written == nullptr ? Span{} : written->span();
  std::vector<std::string> unknown;
  ClusterFailures failures = cluster_failures(input.faults, spec.machine, unknown);
  for (const std::string& unit : unknown) {
    std::vector<std::string> known = {"gpu", "node", "site"};
    for (const TopologyLevel& level : spec.machine.levels) known.push_back(level.name);
    diagnostics.error(fmt::format("faults strike units `{}`, which the machine does not have", unit.substr(0, 40)),
                      span,
                      fmt::format("it has {}; levels are declared in [[machine.levels]]", fmt::join(known, ", ")));
  }
  if (diagnostics.has_errors()) return;
  failures.cost = failure_cost(input);
  failures.repairs = input.repairs;
  const std::string name = input.faults.name.empty() ? "its own" : input.faults.name;
  scenario.assumptions.push_back(fmt::format(
      "failures of the machine by the model {}, {:.3g} a day on average; {}, after a restart of {:.3g} s on "
      "average; checkpoints themselves cost nothing",
      name, faults_a_day(failures), cost_words(input), input.restart.mean()));
  if (!failures.left_out.empty()) {
    scenario.assumptions.push_back(
        fmt::format("faults that are left out, since they are of a job's own software or stop no job: {}",
                    fmt::join(failures.left_out, ", ")));
  }
  spec.failures = std::make_shared<const ClusterFailures>(std::move(failures));
}

}  // namespace orrery
