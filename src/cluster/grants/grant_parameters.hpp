#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/quantity.hpp"
#include "cluster/job_table.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// What a tenant is granted.
enum class GrantMode {
  Block,    ///< GPUs of its own for a while: national pools, project allocations.
  Credits,  ///< GPU-hours a period to spend in one queue: computing centres.
};

/// Who gets a block when there are too few.
enum class GrantAdmission {
  FirstCome,  ///< Who applied first; all wait behind the first.
  Lottery,    ///< Rounds of proposals.
};

/// In which order a round goes through its proposals.
enum class LotteryOrder { Random, Score };

/// When credits are taken.
enum class CreditCharge {
  Running,   ///< As the job runs.
  Reserved,  ///< All that its time limit may cost when it starts; what it did not need comes back.
};

/// What one tenant gets otherwise than the others.
struct GrantTenant {
  std::string name{};
  std::optional<int> gpus{};       ///< Of its block.
  double weight = 1;               ///< Of its credits.
  double score = 0;                ///< Of its proposal, larger first.
  std::optional<int> most_gpus{};  ///< At once.
  std::optional<Seconds> longest{};

  friend bool operator==(const GrantTenant&, const GrantTenant&) = default;
};

/// How a pool or campus hands out GPUs that are too few. docs/grants.md says which do it so.
struct GrantParameters {
  GrantMode mode = GrantMode::Block;

  // Blocks
  int gpus = 0;  ///< Of a block; 0: the tenant's largest gang.
  Seconds length{120 * 86400.0};
  GrantAdmission admission = GrantAdmission::FirstCome;
  Seconds round{90 * 86400.0};
  LotteryOrder order = LotteryOrder::Random;
  double accepted_share = 1;   ///< Of a round's proposals, at most, rounded up.
  Seconds reclaim_after_idle;  ///< 0: never.

  // Credits
  double share = 1;  ///< Of the machine's GPU-hours.
  Seconds period{90 * 86400.0};
  int carry_over = 0;  ///< Periods after which unspent credits expire; 0: with their own.
  CreditCharge charge = CreditCharge::Running;
  bool low_priority = false;  ///< Without credits a job runs behind everybody who has some, until one of them needs it.

  // Caps of either
  int most_gpus = 0;  ///< Of a tenant at once; 0: any number.
  Seconds longest;    ///< A run; 0: any time.

  std::vector<GrantTenant> tenants;

  friend bool operator==(const GrantParameters&, const GrantParameters&) = default;
};

const Schema<GrantParameters>& grant_schema();

/// Tenants that stand twice or own no job. Errors go to `diagnostics`, at the place `where`.
void check_grants(const GrantParameters& parameters, const JobTable& jobs, Diagnostics& diagnostics,
                  const Span& where = {});

/// What jobs without a tenant are one tenant of.
inline constexpr const char* kNoTenant = "-";

}  // namespace orrery
