#pragma once

#include <vector>

#include "network/expect.hpp"
#include "report/network_document.hpp"

namespace orrery {

/// What an operator should see in nccl-tests: times and bandwidths by size, in its units (GB/s of 10^9 bytes), with the
/// 80 % interval.
Document expect_document(const NetworkSpec& spec, const NetworkResult& result, const NetworkContext& context);

/// What was measured beside it: how much of the expected bandwidth is reached, where it falls short, and what would
/// look like that.
Document comparison_document(const NetworkSpec& spec, const std::vector<MeasuredPoint>& points,
                             const Comparison& comparison, const NetworkContext& context);

}  // namespace orrery
