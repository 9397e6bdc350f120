#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "cluster/effects/rate_table.hpp"
#include "cluster/job_table.hpp"

namespace orrery {

/// A measured rate of a kind of job.
struct ThroughputRow {
  std::string gpu_type;
  std::string kind;  ///< "ResNet-50 (batch size 64)".
  std::int32_t gpus = 1;
  bool consolidated = true;     ///< On one node where they fit there; otherwise one GPU on each of as many nodes.
  double steps_per_second = 0;  ///< Of all workers together; 0: it does not run there.
};

/// Reads a throughput table in Gavel's JSON format (stanford-futuredata/gavel, simulation_throughputs.json):
///
///     {"v100": {"('ResNet-50 (batch size 64)', 2)": {"null": 7.9, "('A3C', 1)": [4.1, 2.0]}},
///      "v100_unconsolidated": {...}}
///
/// GPU types at the top, `_unconsolidated` behind the name of those spread over nodes; then kind and number of GPUs as
/// a Python pair; "null" is the job alone, the others are rates of two jobs that share the GPUs: checked, and left out.
/// Steps count for every worker, so that perfect scaling doubles the rate. Strict: anything else is an error with its
/// place, all at once; rows are only meaningful without errors.
std::vector<ThroughputRow> read_throughput_table(const Source& source, Diagnostics& diagnostics);

/// The same by the numbers that kinds and GPU types have in `jobs`; others are left out. Consolidated rates are those
/// of one node, unconsolidated ones those of the whole machine and of all levels between.
RateTable throughput_rates(const std::vector<ThroughputRow>& rows, const JobTable& jobs, int levels);

}  // namespace orrery
