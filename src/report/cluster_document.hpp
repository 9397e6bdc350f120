#pragma once

#include <span>
#include <string>
#include <vector>

#include "cluster/metrics/comparison.hpp"
#include "cluster/metrics/fairness.hpp"
#include "cluster/metrics/outcome.hpp"
#include "cluster/metrics/usage.hpp"
#include "report/document.hpp"

namespace orrery {

/// One replay under one policy, measured.
struct ClusterAnswer {
  std::string policy;   ///< "easy", as it was asked for.
  std::string machine;  ///< In words: "128 GPUs on 16 nodes".
  Outcome outcome;
  UsageSummary usage;
  Fairness fairness;
  std::vector<std::string> assumptions;
  std::vector<std::string> warnings;
};

/// Policies by their figures.
struct PolicyComparison {
  std::vector<std::vector<PolicyFigure>> figures;  ///< [policy][figure of `kPolicyFigures`]
  std::string block;                               ///< "week", "seed": what the intervals are over.
  std::size_t blocks = 0;
  IntervalMethod method = IntervalMethod::BatchMeans;
};

/// What a policy does with the jobs: who waits how long and what the GPU-time goes to, then tables by tenant, size,
/// priority and pool.
Document cluster_document(const ClusterAnswer& answer);

/// Policies side by side, a row each: figures of the whole replay, for machines with the means over the blocks and
/// their intervals.
Table policy_table(std::span<const ClusterAnswer> answers, const PolicyComparison& comparison);

/// Several policies on the same jobs: the table, and what differs from the first policy by more than chance.
Document policies_document(std::span<const ClusterAnswer> answers, const PolicyComparison& comparison);

}  // namespace orrery
