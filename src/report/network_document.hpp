#pragma once

#include <string>
#include <vector>

#include "network/jobs.hpp"
#include "network/network.hpp"
#include "report/document.hpp"
#include "validate/collective_nearest.hpp"
#include "validate/interval.hpp"

namespace orrery {

/// What an answer of the network level rests on.
struct NetworkContext {
  IntervalTable intervals;                         ///< Half-widths by regime.
  std::vector<const CollectiveReference*> nearby;  ///< Measurements most like the longest payload.
  std::vector<std::string> assumptions;
};

/// The question at one payload, as measured rows are read: for the regime and the nearest measurements.
CollectiveMeaning meaning_of(const NetworkSpec& spec, const Group& group, Bytes payload);

/// A collective's cost: time and bandwidths by payload with 80 % intervals, what rules, the loads of the fabric, and
/// the measurements nearest to the question.
Document network_document(const NetworkSpec& spec, const NetworkResult& result, const NetworkContext& context);

/// How jobs that share a fabric fare.
Document jobs_document(const Cluster& cluster, const std::vector<NetworkJob>& jobs, const JobsResult& result,
                       const std::vector<std::string>& assumptions);

/// "all-reduce".
std::string collective_name(Collective collective);

}  // namespace orrery
