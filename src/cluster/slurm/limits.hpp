#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "cluster/decayed_usage.hpp"
#include "cluster/slurm/accounts.hpp"
#include "cluster/slurm/parameters.hpp"

namespace orrery {

/// What one job holds while it runs.
struct SlurmUse {
  double gpu = 0, cpu = 0, mem = 0, node = 0;
};

/// Whose limits a job falls under.
struct SlurmLimited {
  std::int32_t qos = -1, partition_qos = -1;  ///< In the parameters; -1: none.
  std::int32_t association = 0;
  std::int32_t user = -1, account = -1;  ///< Of the job, for limits per user and account.
};

/// Counts what runs against the limits of QOS and associations.
class SlurmLimitBook {
 public:
  SlurmLimitBook(const SlurmParameters& parameters, const SlurmAccounts& accounts);

  /// No limit is set anywhere: nothing needs to be asked or told.
  bool empty() const { return empty_; }
  /// Whether a job may start under all limits; `limit` is its time limit.
  bool allows(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis limit) const;
  /// Whether it could with nothing else running and nothing used: otherwise it waits for ever.
  bool ever_allows(const SlurmLimited& who, const SlurmUse& use, Millis limit) const;
  void started(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis expected_end);
  void stopped(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis expected_end);
  /// Budgets are forgotten with time: jobs that they hold back may start without an event.
  bool budgets_recover() const { return has_budgets_ && (half_life_ > 0 || reset_period_ > 0); }
  /// Forgets what budgets were used up, where a reset is due.
  void update(Millis now);

 private:
  struct Held {
    SlurmUse use;
    int jobs = 0;
  };
  struct Budget {
    DecayedUsage used;     ///< TRES-seconds.
    double committed = 0;  ///< Sum of units x expected end (s) of what runs, to be used yet.
    double rate = 0;       ///< Units that run.
  };
  struct Account {
    const SlurmLimits* limits = nullptr;
    double factor = 1;  ///< Of usage.
    Held all;
    Budget gpu, cpu, mem, node;
    std::unordered_map<std::int32_t, Held> users, accounts;
  };
  enum class Asked { Now, Ever };

  bool allows(const Account& account, Millis now, const SlurmLimited& who, const SlurmUse& use, Millis limit,
              Asked asked) const;
  bool budgets_allow(const Account& account, Millis now, const SlurmUse& use, Millis limit, Asked asked) const;
  template <class F>
  bool all_of(const SlurmLimited& who, F f) const;
  void change(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis expected_end, int sign);
  void change(Account& account, Millis now, const SlurmLimited& who, const SlurmUse& use, Millis expected_end,
              int sign);

  const SlurmAccounts& accounts_;
  double half_life_, reset_period_;
  Millis next_reset_ = kNever;
  std::vector<Account> qos_;
  std::vector<Account> limited_;          ///< Associations that have limits.
  std::vector<std::int32_t> limited_of_;  ///< Of each node of the tree, in `limited_`; -1: none.
  bool empty_ = true, has_budgets_ = false;
};

}  // namespace orrery
