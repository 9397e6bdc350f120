#pragma once

#include <string>
#include <vector>

namespace orrery {

/// Keys of slurm.conf(5) that its reader does not take, by what that means.
struct SlurmKeys {
  std::vector<std::string> harmless;    ///< Schedules do not depend on them.
  std::vector<std::string> unmodelled;  ///< They change schedules.
};
const SlurmKeys& slurm_conf_keys();
const SlurmKeys& slurm_scheduler_keys();  ///< Of SchedulerParameters.
const SlurmKeys& slurm_node_keys();       ///< Of lines of nodes.
const SlurmKeys& slurm_partition_keys();  ///< Of lines of partitions.

}  // namespace orrery
