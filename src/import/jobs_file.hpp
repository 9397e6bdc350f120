#pragma once

#include <vector>

#include "base/diagnostic.hpp"
#include "network/jobs.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// The jobs of a TOML file of [[job]] tables, and where each of their inputs stands.
struct JobsFile {
  std::vector<NetworkJob> jobs;  ///< Each with a name of its own.
  Value root;
};

/// Reads jobs. Mistakes: no job at all, two jobs of one name, groups that do not fit in their job; all at once. A job
/// without a name is called after its number: "job 2".
JobsFile read_jobs_file(const Source& source, Diagnostics& diagnostics);

/// Chips that the jobs take of a machine of such nodes: whole scale-up domains each.
long long chips_of_jobs(const std::vector<NetworkJob>& jobs, const Node& node);

/// Reports each job that finds no room behind those before it on the machine (`cluster.machine_chips()`).
void check_room(const JobsFile& file, const Cluster& cluster, Diagnostics& diagnostics);

}  // namespace orrery
