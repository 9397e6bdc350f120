#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cluster/metrics/time_bins.hpp"
#include "cluster/scheduler.hpp"

namespace orrery {

/// Why GPUs are free, told by the first job that waits.
enum class FreeCause : std::uint8_t {
  NoJob,      ///< Nobody waits.
  TooLarge,   ///< It asks for more GPUs than are free.
  Scattered,  ///< As many are free as it asks for, but not where they would be of use.
  Reserved,
  Limited,
  Untold,  ///< Jobs wait, and the policy does not say which is first.
};
inline constexpr std::size_t kFreeCauses = 6;
/// "no job waits", ...
const char* free_cause_name(FreeCause cause);

struct UsageOptions {
  Millis begin = 0;  ///< What lies before is warm-up and left out.
  std::function<PassState()> left_waiting =
      {};  ///< Asked after each pass; empty: causes other than `NoJob` are `Untold`.
  std::function<long long()> largest_gang = {};  ///< GPUs of the largest gang that could start; asked once a bin.
  /// Work that is left of a job, waiting or just started, as `ClusterEngine::work_left`; empty: a stopped job has to do
  /// everything again.
  std::function<Millis(JobId)> work_left = {};
};

/// What the machine did over time, in bins of equal width: means over each bin. GPU-time in GPU-hours.
struct UsageSummary {
  Millis begin = 0, end = 0, width = 0;
  long long gpus = 0;  ///< Of the machine.
  /// As in the table of jobs, the first `Usage::kMostTenants` of them; then, where they held any, the rest: "-".
  std::vector<std::string> tenants;
  std::vector<std::vector<double>> tenant_gpus;  ///< GPUs held: [tenant][bin].
  std::vector<double> allocated, free, down;     ///< GPUs.
  std::vector<double> waiting;                   ///< Jobs.
  std::vector<double> backlog;                   ///< GPU-hours that waiting jobs are going to take.
  std::vector<long long> largest_gang;           ///< At the first pass of each bin; -1: no pass, or nobody to ask.

  std::vector<double> tenant_gpu_hours;
  double allocated_hours = 0, free_hours = 0, down_hours = 0;
  std::array<double, kFreeCauses> free_by_cause{};  ///< GPU-hours; adds up to `free_hours`.

  double peak_allocated = 0;  ///< GPUs.
  long long peak_waiting = 0;
  double peak_backlog = 0;
  Millis peak_waiting_at = 0;

  double hours() const { return static_cast<double>(end - begin) / kHour; }
  /// Share of the GPU-time that was not down in which GPUs were held by jobs.
  double utilisation() const;
  /// The same without what stops made jobs do again: `lost` GPU-milliseconds.
  double useful_utilisation(Millis lost) const;
};

/// Integrates who holds what, exactly and at the same cost for each event; its memory does not grow with the jobs. For
/// replays that begin with nothing running.
class Usage final : public Observer {
 public:
  /// Tenants that are told apart; those behind them in the table count as one, with jobs that have none.
  static constexpr std::size_t kMostTenants = 2000;

  /// Both live as long as this does. The machine has the GPUs that the placement has now: none is down yet.
  Usage(const JobTable& jobs, const JobPlacement& placement, UsageOptions options = {});

  void submitted(Millis now, JobId job) override;
  void started(Millis now, JobId job, std::span<const Slice> slices) override;
  void stopped(Millis now, JobId job, std::span<const Slice> slices, StopReason reason) override;
  void passed(Millis now, long long free) override;

  /// Everything up to `end`, which is no earlier than the last event.
  UsageSummary summary(Millis end) const;

 private:
  void advance(Millis now);
  void wait(JobId job, int sign);
  void hold(JobId job, std::span<const Slice> slices, int sign);
  FreeCause cause(long long free) const;
  void set_free(FreeCause cause, long long milli);
  void sample_gang();

  const JobTable& jobs_;
  const JobPlacement& placement_;
  UsageOptions options_;
  long long gpus_ = 0;
  TimeBins<std::int64_t> held_;     ///< Thousandths of GPUs: of each tenant, and of the rest.
  TimeBins<std::int64_t> machine_;  ///< Jobs that wait, GPUs that are down, GPUs free by cause.
  TimeBins<double> backlog_;        ///< GPU-hours.
  std::int64_t held_now_ = 0;
  FreeCause cause_ = FreeCause::NoJob;
  std::vector<long long> gangs_;
  Millis gang_width_ = 0;
  double peak_allocated_ = 0, peak_backlog_ = 0;
  long long peak_waiting_ = 0;
  Millis peak_waiting_at_ = 0;
};

}  // namespace orrery
