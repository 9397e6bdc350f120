#pragma once

#include <functional>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cluster/metrics/outcome.hpp"
#include "cluster/metrics/usage.hpp"

namespace orrery {

/// What a tenant is entitled to, asks for and gets. GPU-time in GPU-hours.
struct TenantShare {
  std::string name;
  double entitled = 0;  ///< Its share of the machine over the whole time.
  double asked = 0;     ///< By the jobs that count.
  double received = 0;  ///< GPUs held, lost work included, also by jobs of the warm-up that still ran.
  /// Finish-time fairness of its jobs: turnaround over that which they would have had alone on its share. Above 1, a
  /// tenant would do better with a machine of its own.
  Distribution finish_time;
};

struct Fairness {
  std::vector<TenantShare> tenants;  ///< Those that ask for something.
  double jain = 1;                   ///< Of the GPU-time received over that entitled to.
  bool equal_shares = true;          ///< Nothing was said of entitlements.
};

/// Evenness of an allocation, (sum x)^2 / (n sum x^2): 1 where all get the same, 1/n where one gets everything (Jain,
/// Chiu and Hawe, DEC-TR-301, 1984). 1 for no values and where all are 0.
double jain_index(std::span<const double> x);

/// Turnarounds that jobs would have if those of their tenant were alone on `share[tenant]` GPUs, first come, first
/// served, as one pool of GPUs without nodes. A job that asks for more than the share runs longer in proportion, as in
/// Themis, where the ideal is 1/n of the machine.
class AloneOnShare {
 public:
  AloneOnShare(const JobTable& jobs, std::span<const double> share);
  /// Seconds, of the next row in order of submission; its tenant has a share.
  double turnaround(JobId job);

 private:
  using End = std::pair<double, double>;  ///< When, and of how many GPUs.
  struct Pool {
    double gpus = 0, free = 0, clock = 0;
    std::priority_queue<End, std::vector<End>, std::greater<>> ends;
  };
  const JobTable& jobs_;
  std::vector<Pool> pools_;
};

/// Shares of the machine. `entitlement` is the weight of each tenant of the table, of which only proportions
/// matter; empty: tenants that ask for something have the same. Finish-time fairness as in Mahajan et al., "Themis:
/// Fair and Efficient GPU Cluster Scheduling", NSDI 2020, with the estimate above of the time alone.
Fairness fairness_of(const JobTable& jobs, std::span<const JobId> rows, const JobSchedule& schedule,
                     const UsageSummary& usage, const OutcomeOptions& options,
                     std::span<const double> entitlement = {});

}  // namespace orrery
