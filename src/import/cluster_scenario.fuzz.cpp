// Any bytes as a scenario of the cluster level, over a few jobs: what is not rejected replays under each of its
// policies, and ends.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "cluster/replay.hpp"
#include "import/cluster_scenario.hpp"
#include "scenario/toml_reader.hpp"

namespace {

/// Jobs of two tenants, one of which has a pool of its own.
orrery::JobTable few_jobs() {
  orrery::JobTable jobs;
  for (int i = 0; i < 40; ++i) {
    jobs.submit.push_back(i * 37 * orrery::kMinute);
    jobs.run.push_back((1 + i % 7) * orrery::kHour);
    jobs.gpus.push_back(1 << (i % 5));
    jobs.tenant.push_back(jobs.tenants.add(i % 3 == 0 ? "a" : "b"));
    jobs.pool.push_back(jobs.pools.add(i % 4 == 0 ? "p" : "q"));
  }
  return jobs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz.toml", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  try {
    const Value root = read_toml(source, diagnostics);
    if (diagnostics.has_errors()) return 0;
    ClusterScenario scenario = read_cluster_scenario(root, diagnostics);
    // Files that it names are not ours to read.
    scenario.machine.nodes_file.clear();
    scenario.workload.speeds.clear();
    if (diagnostics.has_errors() || scenario.machine.nodes.empty()) return 0;
    double described_jobs_in_all = 0;
    for (const DescribedInput& input : scenario.workload.described) {
      if (!input.model.empty()) return 0;
      described_jobs_in_all += static_cast<double>(input.count) + input.per_day * input.days;
    }
    if (described_jobs_in_all > 1000) return 0;
    const std::vector<DescribedJobs> described = described_jobs(scenario, 0, 1, diagnostics);
    if (diagnostics.has_errors()) return 0;
    const ClusterSpec spec = cluster_spec(scenario, few_jobs(), std::nullopt, diagnostics, described);
    if (diagnostics.has_errors()) return 0;
    const std::vector<ClusterPolicy> policies = cluster_policies(scenario, "", diagnostics);
    for (const ClusterPolicy& policy : policies) check_policy(policy, spec, diagnostics);
    if (diagnostics.has_errors() || spec.machine.nodes() > 10'000 || policies.size() > 5) return 0;
    for (const ClusterPolicy& policy : policies) {
      const JobSchedule schedule = ClusterReplay(spec, policy).run();
      for (std::size_t row = 0; row < schedule.end.size(); ++row)
        if (schedule.end[row] >= 0 && schedule.first_start[row] < 0) std::abort();
    }
  } catch (const InputError& error) {
    render_text(error.diagnostics(), true);
  }
  return 0;
}
