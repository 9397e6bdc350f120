#pragma once

#include <cstddef>
#include <vector>

#include "cluster/engine.hpp"
#include "cluster/job_table.hpp"

namespace orrery {

/// Running jobs that are taken away for a trial: their GPUs, and whatever else is counted of them.
class Trial {
 public:
  virtual ~Trial() = default;
  /// Takes a running job away, puts it back. `put_back` undoes exactly; in any order.
  virtual void take_away(JobId victim) = 0;
  virtual void put_back(JobId victim) = 0;
  /// Whether the job for which all this is done could start now.
  virtual bool fits() = 0;
  /// The next victim, given those that are away; `kNoJob`: nobody else may be taken. Each job at most once.
  virtual JobId next() = 0;
  /// Whether these victims may be taken in this order, all of them back before.
  virtual bool allowed(const std::vector<JobId>& victims) = 0;
};

/// Who has to go: victims are taken one after the other until the job fits; then, the last of them first, each one
/// without whom it fits as well, and without whom the others may still be taken, is left alone. Empty: nobody's going
/// lets it start. All are back afterwards. (Kueue's and KEP-83's heuristic: minimal, though not always the smallest.)
std::vector<JobId> find_victims(Trial& trial);

/// Gives the GPUs of a running job back for a trial, and takes exactly the same ones again.
void lend_gpus(ClusterEngine& engine, JobId job);
void reclaim_gpus(ClusterEngine& engine, JobId job);

}  // namespace orrery
