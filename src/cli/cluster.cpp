// `orrery cluster`: many tenants share scarce GPUs, under one policy or several.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_pool.hpp"
#include "cli/cluster_inputs.hpp"
#include "cli/command.hpp"
#include "cluster/metrics/measured_replay.hpp"
#include "cluster/metrics/policy_figures.hpp"
#include "report/cluster_charts.hpp"
#include "report/cluster_document.hpp"

namespace orrery {

RunCommand declare_cluster(CLI::App& app);

namespace {

constexpr Millis kWeek = 7 * kDay;

/// A policy's replay, measured: as a whole, and week by week.
struct Measured {
  ClusterAnswer answer;
  PolicyBlocks weeks;
};

/// Shares of the tenants as the scenario states them; empty where it states none.
std::vector<double> entitlements(const ClusterCase& loaded) {
  const std::vector<TenantInput>& tenants = loaded.scenario.scheduling.tenants;
  if (tenants.empty()) return {};
  const Names& names = loaded.spec.jobs->tenants;
  std::vector<double> shares(static_cast<std::size_t>(names.size()), 0.0);
  for (const TenantInput& tenant : tenants) shares[static_cast<std::size_t>(names.find(tenant.name))] = tenant.share;
  return shares;
}

Measured measure(const ClusterCase& loaded, const ClusterPolicy& policy) {
  const JobTable& jobs = *loaded.spec.jobs;
  const OutcomeOptions options = outcome_options(loaded);
  MeasuredReplay replay = measure_replay(loaded.spec, policy, options, entitlements(loaded));
  Measured measured;
  measured.weeks = figures_by_block(policy.name, jobs, replay.rows, replay.schedule, options, replay.usage, kWeek);
  ClusterAnswer& answer = measured.answer;
  answer.policy = policy.name;
  answer.machine = machine_words(loaded.spec.machine);
  answer.outcome = std::move(replay.outcome);
  answer.usage = std::move(replay.usage);
  answer.fairness = std::move(replay.fairness);
  answer.assumptions = loaded.scenario.assumptions;
  if (!replay.impossible.empty()) {
    answer.warnings.push_back(
        fmt::format("{} under {}: {}, the first of which is job {}; left out", replay.impossible.size(), policy.name,
                    "jobs ask for more than the machine or the policy lets them have", replay.impossible.front() + 1));
  }
  return measured;
}

}  // namespace

RunCommand declare_cluster(CLI::App& app) {
  const auto inputs = std::make_shared<ClusterInputs>();
  add_cluster_options(app, *inputs,
                      "Policies to compare, with commas between, as fifo,easy,srtf [those of the scenario]");
  return [inputs](const OutputFlags& flags) {
    const ClusterCase loaded = load_cluster(*inputs, flags);
    ThreadPool pool(static_cast<unsigned>(inputs->input.threads));
    std::vector<Measured> measured =
        pool.parallel_map(loaded.policies.size(), [&](std::size_t i) { return measure(loaded, loaded.policies[i]); });
    std::vector<ClusterAnswer> answers;
    std::vector<PolicyBlocks> weeks;
    for (Measured& one : measured) {
      answers.push_back(std::move(one.answer));
      weeks.push_back(std::move(one.weeks));
    }
    Document document;
    if (answers.size() == 1) {
      document = cluster_document(answers.front());
    } else {
      PolicyComparison comparison;
      comparison.figures = compare_policies(weeks);
      comparison.block = "week";
      comparison.blocks = weeks.front().figures.empty() ? 0 : weeks.front().figures.front().size();
      document = policies_document(answers, comparison);
    }
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
