#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cluster/grants/grant_parameters.hpp"
#include "cluster/job_table.hpp"

namespace orrery {

/// What holds for one tenant.
struct GrantTerms {
  std::string name;
  long long block = 0;  ///< GPUs of its block, at most its cap and the pool.
  double weight = 1, score = 0;
  long long most_gpus = 0;  ///< At once; without a cap the pool.
  Millis longest = kNever;  ///< A run.
};

/// The tenants that own jobs of a replay, numbered by name of the table; jobs without one are one tenant, the last.
class GrantTenants {
 public:
  /// `gpus`  of the pool.
  GrantTenants(const GrantParameters& parameters, long long gpus, const JobTable& jobs, std::span<const JobId> rows);

  std::size_t size() const { return terms_.size(); }
  const GrantTerms& at(std::size_t tenant) const { return terms_[tenant]; }
  std::size_t of(JobId job) const;

 private:
  const JobTable& jobs_;
  std::vector<std::size_t> number_of_;  ///< By name, the last of no name.
  std::vector<GrantTerms> terms_;
};

}  // namespace orrery
