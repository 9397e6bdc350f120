#include "fleet/nation/nation_replay.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "cluster/cluster_fields.hpp"
#include "cluster/metrics/measured_replay.hpp"

namespace orrery {
namespace {

constexpr int kNodeGpus = 8;

SharedMachine machine_of(long long gpus) {
  SharedMachine machine;
  const auto group = [&](const char* name, int nodes, int each) {
    NodeGroup made;
    made.name = name;
    made.nodes = nodes;
    made.gpus = each;
    machine.groups.push_back(std::move(made));
  };
  if (gpus >= kNodeGpus) group("node", static_cast<int>(gpus / kNodeGpus), kNodeGpus);
  if (gpus % kNodeGpus > 0) group("last", 1, static_cast<int>(gpus % kNodeGpus));
  return machine;
}

GrantTenant grant_of(const JobTable& jobs, std::int32_t firm, long long gpus) {
  GrantTenant tenant;
  tenant.name = jobs.tenants.at(firm);
  tenant.gpus = static_cast<int>(gpus);
  return tenant;
}

}  // namespace

ClusterPolicy nation_cluster_policy(NationPolicy policy, std::span<const FirmNeed> needs, const JobTable& jobs,
                                    long long gpus, const NationReplayOptions& options) {
  ClusterPolicy made;
  made.name = nation_policy_name(policy);
  const auto firms = static_cast<long long>(needs.size());
  GrantParameters& grants = made.grants;
  // Blocks and quotas last longer than the replay.
  grants.length = 2 * (options.jobs.span + options.grace);
  switch (policy) {
    case NationPolicy::Fifo:
      break;
    case NationPolicy::FairShare:
      made.kind = PolicyKind::FairShare;
      // Age only tells apart jobs of firms that had the same.
      made.slurm.priority_weight_fairshare = 1'000'000;
      made.slurm.priority_weight_age = 1;
      complete_fair_share(made);
      break;
    case NationPolicy::Blocks:
      made.kind = PolicyKind::Grants;
      // By lot among those who ask: nobody waits behind a block that is too large.
      grants.admission = GrantAdmission::Lottery;
      grants.round = Seconds(2 * 3600.0);
      for (long long firm = 0; firm < firms; ++firm)
        grants.tenants.push_back(
            grant_of(jobs, static_cast<std::int32_t>(firm), needs[static_cast<std::size_t>(firm)].block));
      break;
    case NationPolicy::Quotas:
      made.kind = PolicyKind::Grants;
      // Whole GPUs: the remainder goes to firms spread evenly over the list, which stands in order of need.
      for (long long firm = 0; firm < firms; ++firm)
        grants.tenants.push_back(
            grant_of(jobs, static_cast<std::int32_t>(firm), gpus * (firm + 1) / firms - gpus * firm / firms));
      break;
    case NationPolicy::SmallFirst:
      made.kind = PolicyKind::Priority;
      break;
    case NationPolicy::Credits:
      made.kind = PolicyKind::Grants;
      grants.mode = GrantMode::Credits;
      grants.period = options.credit_period;
      grants.low_priority = true;
      break;
  }
  return made;
}

std::vector<NationReplay> replay_nation(std::span<const FirmNeed> needs, long long gpus,
                                        std::span<const NationPolicy> policies, const NationReplayOptions& options,
                                        ThreadPool& pool) {
  ClusterSpec spec;
  auto jobs = std::make_shared<JobTable>(firm_jobs(needs, options.jobs, options.seed));
  fill_limits(*jobs, MissingLimit::Run);
  // Of `SmallFirst`; the other policies do not look at it.
  for (const std::int32_t firm : jobs->tenant) jobs->priority.push_back(-firm);
  spec.jobs = jobs;
  spec.machine = machine_of(gpus);
  spec.horizon = to_millis(options.jobs.span + options.grace);
  spec.seed = options.seed;
  const double span_hours = options.jobs.span.raw() / 3600;
  return pool.parallel_map(policies.size(), [&](std::size_t p) {
    const ClusterPolicy policy = nation_cluster_policy(policies[p], needs, *jobs, gpus, options);
    OutcomeOptions measured;
    measured.horizon = spec.horizon;
    const MeasuredReplay replay = measure_replay(spec, policy, measured);
    NationReplay made;
    made.policy = policies[p];
    made.jobs = static_cast<long long>(jobs->size());
    made.shares.resize(needs.size());
    for (std::size_t firm = 0; firm < needs.size(); ++firm) {
      const double held = firm < replay.usage.tenant_gpu_hours.size() ? replay.usage.tenant_gpu_hours[firm] : 0;
      made.shares[firm] = {1, held / span_hours, 0};
    }
    made.firms_short = firms_short(needs, made.shares, options.served_below);
    const JobGroup& all = replay.outcome.all;
    made.median_wait = Seconds(all.wait.median);
    made.p90_wait = Seconds(all.wait.p90);
    made.never_started =
        1 - static_cast<double>(all.started) / static_cast<double>(std::max<std::size_t>(1, jobs->size()));
    made.utilisation = replay.usage.utilisation();
    return made;
  });
}

}  // namespace orrery
