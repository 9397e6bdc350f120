#pragma once

#include <span>
#include <string>
#include <vector>

#include "cluster/metrics/gantt.hpp"
#include "cluster/study.hpp"
#include "report/cluster_document.hpp"
#include "report/document.hpp"

namespace orrery {

/// GPUs held by the tenants that hold most, over time, on each other, below what the machine has.
Chart gpus_over_time_chart(const UsageSummary& usage);

/// Work that waits, over time.
Chart backlog_chart(const UsageSummary& usage);

/// GPUs that are free and the largest gang that could start, over time.
Chart free_gpus_chart(const UsageSummary& usage);

/// Share of the jobs that started within a wait, one curve a policy.
Chart wait_chart(std::span<const ClusterAnswer> answers);

/// Median and 90 % waits by GPUs of a job.
Chart wait_by_size_chart(const Outcome& outcome);
/// 90 % waits by GPUs of a job, side by side.
Chart wait_by_size_chart(std::span<const ClusterAnswer> answers);

/// GPU-hours that tenants are entitled to, asked for and got.
Chart entitlement_chart(const Fairness& fairness);

/// Which GPU ran whose jobs when; without series where the case is too large.
Chart gantt_chart(const Gantt& gantt, const JobTable& jobs, Millis end);

/// The figure of a target against the load, with the target as a level: the knee.
Chart knee_chart(const SizeStudy& study);
/// The same against GPUs.
Chart size_chart(const SizeStudy& study);

/// Share of replays in which a job started within a wait.
Chart start_chart(const StartForecast& forecast);

/// The charts of one policy.
std::vector<Chart> cluster_charts(const ClusterAnswer& answer);

}  // namespace orrery
