#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// Part of a job's allocation: GPUs of one node. Nodes are numbered as in `SharedMachine`.
struct Slice {
  std::int32_t node = 0;
  std::int32_t gpus = 0;          ///< Whole GPUs, or one that is shared.
  std::int32_t gpu_milli = 1000;  ///< Thousandths of each that are taken.
  std::int32_t gpu = -1;          ///< Which GPU of the node a share is of; -1: not told apart.
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;

  friend bool operator==(const Slice&, const Slice&) = default;
};

/// What a job asks of the machine.
struct Demand {
  std::int32_t gpus = 1;
  std::int32_t workers = 0;    ///< Equal parts, each on one node; 0: packed, at most one node not full.
  std::int32_t gpu_type = -1;  ///< In the jobs' table of types; -1: any.
  std::int32_t pool = -1;  ///< In the jobs' table of pools: besides everybody's nodes it may use those of this pool.
  std::int32_t gpu_milli = 1000;
  std::int64_t cpu_milli = 0;
  std::int64_t memory_mib = 0;
};
Demand demand_of(const JobTable& jobs, JobId job);

/// Which GPUs are free, and the rule by which a job gets some of them. Gangs are all or nothing.
class JobPlacement {
 public:
  virtual ~JobPlacement() = default;
  /// GPUs that exist and are not down; GPUs that are free.
  virtual long long gpus() const = 0;
  virtual long long free_gpus() const = 0;
  /// GPUs of the largest packed gang that could start now.
  virtual long long largest_gang() const = 0;
  /// Whether the demand could ever start on the whole machine, all of it free.
  virtual bool possible(const Demand& demand) const = 0;
  /// Whether it could start now.
  virtual bool fits(const Demand& demand) const = 0;
  /// Takes what the demand asks for and appends it to `slices`; false, and nothing changes, where it does not fit.
  /// `expected_end` is when the scheduler may count on getting it back.
  virtual bool take(const Demand& demand, Millis expected_end, std::vector<Slice>& slices) = 0;
  /// Takes exactly these parts; false, and nothing changes, where one is not free.
  virtual bool take_exactly(std::span<const Slice> slices, Millis expected_end) = 0;
  virtual void give_back(std::span<const Slice> slices, Millis expected_end) = 0;

  /// So many of the GPUs that are taken are out of service from now on; fewer where it is negative.
  void add_down(long long gpus) { down_ += gpus; }

  // For backfilling: one job at a time may hold a claim on GPUs that are to come free.

  /// Whether claims are kept at all; without them nobody can be promised anything.
  virtual bool reserves() const { return false; }

  /// When the demand can start at the latest, all running jobs gone by their expected ends; `kNever` where that cannot
  /// be told. What it needs then is reserved, and still visible.
  virtual Millis reserve(const Demand& demand, Millis now);
  /// Whether `fits` and `take` see what is reserved: for jobs that are gone before it is needed, not for others.
  virtual void show_reserved(bool visible);
  virtual void unreserve();
  /// Changes whenever GPUs are taken or given back; 0: not kept.
  virtual std::uint64_t version() const { return 0; }

 protected:
  long long down_ = 0;  ///< GPUs out of service.
};

}  // namespace orrery
