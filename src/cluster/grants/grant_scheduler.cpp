#include "cluster/grants/grant_scheduler.hpp"

#include "cluster/engine.hpp"
#include "cluster/grants/block_grants.hpp"
#include "cluster/grants/credit_grants.hpp"

namespace orrery {

GrantScheduler::GrantScheduler(const GrantParameters& parameters, long long gpus, const JobTable& jobs,
                               std::span<const JobId> rows)
    : parameters_(parameters),
      jobs_(jobs),
      gpus_(gpus),
      tenants_(parameters, gpus, jobs, rows),
      records_(tenants_.size()),
      order_(jobs.size(), 0) {
  for (std::size_t tenant = 0; tenant < tenants_.size(); ++tenant) records_[tenant].tenant = tenants_.at(tenant).name;
}

void GrantScheduler::cut_long_runs(ClusterEngine& engine) {
  while (runs_.next_cut() <= engine.now()) {
    const JobId job = runs_.cut_next();
    place_last(job);
    engine.preempt(job);
  }
}

std::unique_ptr<GrantScheduler> make_grant_scheduler(const GrantParameters& parameters, long long gpus,
                                                     const JobTable& jobs, std::span<const JobId> rows,
                                                     std::uint64_t seed) {
  if (parameters.mode == GrantMode::Credits) return std::make_unique<CreditGrants>(parameters, gpus, jobs, rows);
  return std::make_unique<BlockGrants>(parameters, gpus, jobs, rows, seed);
}

}  // namespace orrery
