#pragma once

#include <cstdint>
#include <vector>

namespace orrery {

/// Jobs that are alike to the allocation.
struct AllocationClass {
  std::int32_t jobs = 1;
  std::int32_t gpus = 1;      ///< Of each.
  double weight = 1;          ///< Of each; twice the weight is owed twice the throughput.
  std::vector<double> rates;  ///< Of one, by GPU type; 0: it cannot run there.
};

/// Share of its time that a job of each class (rows) is to run on each GPU type (columns): Gavel's heterogeneity-aware
/// max-min fairness (Narayanan et al., OSDI 2020, section 4.1).
///
/// The least throughput over all jobs is as large as can be, each counted relative to what the job would have with
/// equal time on every GPU of the machine, per weight and times its GPUs. Of such allocations it is one with the
/// largest sum. Alike jobs get alike shares, so that the program's size follows the classes.
///
/// `capacity`  GPUs of each type. A class that can run nowhere gets nothing and holds nobody back.
std::vector<std::vector<double>> max_min_shares(const std::vector<AllocationClass>& classes,
                                                const std::vector<long long>& capacity);

}  // namespace orrery
