#pragma once

#include <string>
#include <vector>

#include "network/jobs.hpp"
#include "network/network.hpp"
#include "report/document.hpp"

namespace orrery {

/// A collective's cost: time and bandwidths by payload, what rules, and the loads of the fabric.
Document network_document(const NetworkSpec& spec, const NetworkResult& result,
                          const std::vector<std::string>& assumptions);

/// How jobs that share a fabric fare.
Document jobs_document(const Cluster& cluster, const std::vector<NetworkJob>& jobs, const JobsResult& result,
                       const std::vector<std::string>& assumptions);

/// "all-reduce".
std::string collective_name(Collective collective);

}  // namespace orrery
