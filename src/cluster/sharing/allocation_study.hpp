#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/thread_pool.hpp"
#include "cluster/sharing/allocation_curve.hpp"

namespace orrery {

/// Allocation curves of one workload on one machine under several rules, for several orders of arrival.
struct AllocationStudy {
  std::vector<SharingRule> rules;
  std::vector<std::uint64_t> seeds;
  std::vector<std::vector<AllocationCurve>> curves;  ///< [rule][seed]
  long long gpus = 0, nodes = 0, pods = 0;           ///< Of the machine, and in the list.
  long long impossible = 0;                          ///< Pods of the list that fit on no node even when it is empty.
  long long target_pods = 0;                         ///< Different pods that fragmentation is measured against.
};

/// Why there is no study: a machine without GPUs, pods without, or so small that more than 20 million would arrive.
std::optional<std::string> why_no_allocation(const JobTable& pods, const SharedMachine& machine,
                                             const AllocationOptions& options = {});

/// The whole study; only after `why_no_allocation` found nothing. Rules and seeds are shared out to threads.
AllocationStudy allocation_study(const JobTable& pods, const SharedMachine& machine,
                                 const std::vector<SharingRule>& rules, const std::vector<std::uint64_t>& seeds,
                                 ThreadPool& pool, const AllocationOptions& options = {});

/// Mean over the seeds of a rule, point by point.
std::vector<double> mean_allocation(const std::vector<AllocationCurve>& curves);

}  // namespace orrery
