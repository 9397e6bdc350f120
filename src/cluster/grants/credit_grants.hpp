#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/grants/credit_account.hpp"
#include "cluster/grants/grant_scheduler.hpp"

namespace orrery {

/// GPU-hours that tenants spend in one queue: first come, first served, and whoever fits may start.
///
/// Jobs of one tenant that ask for the same GPUs keep their order: one that its credits or its cap do not allow holds
/// up those behind it. A job that shares a GPU pays for all of it. Without credits a job waits for the next period, or
/// runs at low priority: behind all that are paid for, which stop it when they need its GPUs, the latest started first.
/// An event costs the logarithm of waiting jobs and tenants for each kind of job that its tenant has, a new period as
/// much for each tenant, a preemption a look at the jobs that run at low priority.
class CreditGrants final : public GrantScheduler {
 public:
  CreditGrants(const GrantParameters& parameters, long long gpus, const JobTable& jobs, std::span<const JobId> rows);

  void submitted(ClusterEngine& engine, JobId job) override;
  void resumed(ClusterEngine& engine, JobId job) override;
  void stopped(ClusterEngine& engine, JobId job, StopReason reason) override;
  void pass(ClusterEngine& engine) override;
  Millis wakes(const ClusterEngine& engine) const override;
  PassState left_waiting(const ClusterEngine& engine) const override;
  const std::vector<GrantRecord>& records(Millis now) override;

 private:
  /// Who goes first.
  enum Tier : std::uint8_t { Funded, Low, None };
  static constexpr std::size_t kTiers = 2;

  /// Jobs of one tenant that ask for the same.
  struct Class {
    std::size_t tenant = 0, shape = 0;
    long long gpus = 0;
    std::set<Place> waiting;
    Tier tier = None;  ///< Where its first job is a candidate.
    Place candidate;
  };
  struct Shape {
    std::array<std::set<std::pair<Place, std::size_t>>, kTiers> candidates;  ///< First jobs of classes.
  };
  struct Tenant {
    explicit Tenant(CreditAccount its) : account(std::move(its)) {}
    CreditAccount account;
    std::vector<std::size_t> classes;
    std::set<JobId> running;
    long long funded = 0, low = 0;  ///< GPUs on which its jobs run, with credits and without.
    bool dry = false;               ///< It has used up what it may until the next period.
    Millis dry_at = kNever;         ///< When it will have, in `dry_`.
    Millis settled = 0;
  };
  struct Run {
    Tier tier = Funded;
    Millis start = 0;
    std::int64_t reserved = 0;  ///< Its payment.
    CreditAccount::Payment payment;
  };

  bool reserves() const { return parameters_.charge == CreditCharge::Reserved; }
  Millis longest_run(const ClusterEngine& engine, JobId job) const;
  bool affordable(const ClusterEngine& engine, const Tenant& its, JobId job) const;
  void settle(std::size_t tenant, Millis now);
  void watch_credits(std::size_t tenant);
  Tier tier_now(const ClusterEngine& engine, const Class& of) const;
  void refresh(const ClusterEngine& engine, std::size_t number);
  void refresh_all(const ClusterEngine& engine, std::size_t tenant);
  void insert(const ClusterEngine& engine, JobId job);
  void erase(const ClusterEngine& engine, JobId job);
  void move(std::size_t tenant, JobId job, Tier tier);
  void enter(ClusterEngine& engine, JobId job, Tier tier);
  void begin_period(ClusterEngine& engine);
  void stop_dry(ClusterEngine& engine);
  bool make_room(ClusterEngine& engine, JobId job);
  void start_jobs(ClusterEngine& engine, Tier tier);

  Millis period_, next_period_;
  std::vector<std::int32_t> class_of_;  ///< Of each job.
  std::vector<Class> classes_;
  std::vector<Shape> shapes_;
  std::vector<Tenant> state_;
  std::map<JobId, Run> running_;
  std::set<std::pair<Millis, JobId>> low_;         ///< Jobs that run at low priority, by their start.
  long long low_gpus_ = 0;                         ///< That these have.
  std::set<std::pair<Millis, std::size_t>> dry_;   ///< Tenants that will have used up their credits.
  std::set<std::pair<Place, std::size_t>> heads_;  ///< First waiting job of each class.
};

}  // namespace orrery
