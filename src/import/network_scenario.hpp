#pragma once

#include <string>
#include <vector>

#include "network/jobs.hpp"
#include "network/network_fields.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// What a scenario says about the network: the tables [cluster] and [network], and a file of jobs beside it.
struct NetworkScenario {
  Cluster cluster;
  NetworkInput network;
  std::vector<NetworkJob> jobs;          ///< That share the fabric; empty: one collective, as [network] says.
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone. More GPUs
/// than the fabric joins are a mistake.
///
/// `jobs`: a file of jobs (jobs_file.hpp), or null. Where nothing says how large their machine is, it is all that the
/// fabric joins, and as large as the jobs on one that joins any number.
NetworkScenario read_network_scenario(const Value& root, Diagnostics& diagnostics, const Source& jobs = nullptr);

/// Every input of a scenario as `read_network_scenario` takes it, presets expanded and defaults written out, each
/// number with the source that it was read with; the jobs stay in their file. What reads it back asks the same question
/// and assumes nothing.
Value network_scenario_table(const NetworkScenario& scenario);

}  // namespace orrery
