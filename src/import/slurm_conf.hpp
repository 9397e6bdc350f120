#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "cluster/machine.hpp"
#include "cluster/slurm/parameters.hpp"

namespace orrery {

/// The files that describe a cluster to Slurm; all but the first may be null.
struct SlurmFiles {
  Source conf;          ///< slurm.conf
  Source gres;          ///< gres.conf: types of GPUs, and a check of their numbers.
  Source topology;      ///< topology.conf: switches.
  Source associations;  ///< What `sacctmgr dump` wrote.
  Source qos;           ///< What `sacctmgr -P show qos` printed.
};

struct SlurmConf {
  SharedMachine machine;
  SlurmParameters parameters;
  std::vector<std::string> ignored;  ///< Known keys that schedules do not depend on, each once.
};

/// Reads a cluster's own configuration.
///
/// Nodes become groups of equal nodes that belong to the same partitions, in the order of the file; nodes that are
/// DOWN, DRAIN, FAIL or FUTURE there are left out. Keys that change schedules and are not modelled are warnings, and so
/// are unknown ones; a key that looks like a mistyped one is an error, and so is a value that cannot be read. Mistakes
/// are told all at once; the result is only meaningful without errors. `check_slurm` comes next.
SlurmConf read_slurm_conf(const SlurmFiles& files, Diagnostics& diagnostics);

/// Adds the accounts and users of `sacctmgr dump` to the parameters.
void read_slurm_associations(const Source& source, SlurmParameters& parameters, Diagnostics& diagnostics);

/// Adds the QOS of a table with `|` between columns and their names above (sacctmgr -P show qos).
void read_slurm_qos(const Source& source, SlurmParameters& parameters, Diagnostics& diagnostics);

}  // namespace orrery
