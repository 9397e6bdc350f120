#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/thread_pool.hpp"
#include "cluster/size_study.hpp"
#include "cluster/spec.hpp"
#include "cluster/study.hpp"

namespace orrery {

/// A job that somebody thinks of submitting.
struct JobRequest {
  std::int32_t gpus = 1;
  Millis run = kHour;     ///< What it is going to take.
  Millis limit = kNever;  ///< Time limit; default: its run time.
  std::string tenant{}, user{}, pool{}, gpu_type{};
  std::int32_t priority = 0;
};

struct ForecastOptions {
  Millis at = 0;            ///< It is submitted then; the jobs before are history.
  Millis ahead = 7 * kDay;  ///< How far replays look.
  int replays = 200;
  std::uint64_t seed = 0;
};

/// When the job would start: replays from the state of the machine at that time, each with other jobs after it and
/// other run times of those that run and wait.
///
/// The state is that of a replay of the history under the policy. What comes after is drawn day by day from the days of
/// the history, days of the week apart. Run times that are not over yet are those of the last finished jobs of the same
/// tenant and class of size, as shares of their time limits where users stated some, given that they are not over yet;
/// how many of the last is drawn in each replay, so that sessions of jobs that are alike stay alike. The forecast knows
/// no more than an operator does. Assumes that the past tells of the future, and that tenants come and go no faster
/// than that. A fair-share policy begins without the usage of the past, and jobs of the future depend on none.
StartForecast forecast_start(const ClusterSpec& spec, const ClusterPolicy& policy, const JobRequest& job,
                             const ForecastOptions& options, ThreadPool& pool,
                             const std::function<void(int done)>& progress = {});

}  // namespace orrery
