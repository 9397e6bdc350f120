#include "cluster/grants/grant_tenants.hpp"

#include <algorithm>

#include "cluster/cluster_fields.hpp"

namespace orrery {
namespace {

constexpr long long kNone = -1;

}  // namespace

GrantTenants::GrantTenants(const GrantParameters& parameters, long long gpus, const JobTable& jobs,
                           std::span<const JobId> rows)
    : jobs_(jobs) {
  const auto names = static_cast<std::size_t>(jobs.tenants.size());
  std::vector<long long> largest(names + 1, kNone);
  for (const JobId job : rows) {
    const std::int32_t name = value_or(jobs.tenant, job, -1);
    long long& its = largest[name < 0 ? names : static_cast<std::size_t>(name)];
    its = std::max<long long>(its, jobs.gpus[static_cast<std::size_t>(job)]);
  }
  number_of_.assign(names + 1, 0);
  const Millis longest = parameters.longest > Seconds(0) ? to_millis(parameters.longest, 1) : kNever;
  for (std::size_t name = 0; name <= names; ++name) {
    number_of_[name] = terms_.size();
    if (largest[name] == kNone) continue;
    GrantTerms terms;
    terms.name = name < names ? jobs.tenants.at(static_cast<std::int32_t>(name)) : kNoTenant;
    terms.longest = longest;
    const auto stated = std::find_if(parameters.tenants.begin(), parameters.tenants.end(),
                                     [&](const GrantTenant& tenant) { return tenant.name == terms.name; });
    const GrantTenant its = stated == parameters.tenants.end() ? GrantTenant() : *stated;
    const int most = its.most_gpus.value_or(parameters.most_gpus);
    terms.most_gpus = most > 0 ? std::min<long long>(most, gpus) : gpus;
    const int block = its.gpus.value_or(parameters.gpus);
    terms.block = std::min(block > 0 ? block : std::max(1LL, largest[name]), terms.most_gpus);
    terms.weight = its.weight;
    terms.score = its.score;
    if (its.longest) terms.longest = to_millis(*its.longest, 1);
    terms_.push_back(std::move(terms));
  }
}

std::size_t GrantTenants::of(JobId job) const {
  const std::int32_t name = value_or(jobs_.tenant, job, -1);
  return name < 0 ? number_of_.back() : number_of_[static_cast<std::size_t>(name)];
}

}  // namespace orrery
