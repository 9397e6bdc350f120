#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/node_set.hpp"
#include "cluster/placement.hpp"

namespace orrery {

/// Waiting jobs of many queues, so kept that a pass looks at one job for all that are equal.
///
/// A class is the jobs of one queue (and group within it) that ask for the same. In a class jobs stand by priority,
/// larger first, then by submission: what the first one is refused, none of the others gets. Adding, removing and
/// finding the first one cost the same for any number of waiting jobs.
class WaitingClasses {
 public:
  struct Options {
    std::function<std::int32_t(JobId)> queue;     ///< From 0; below 0: the job is never let in.
    std::function<std::int32_t(JobId)> group;     ///< Within the queue, from 0; empty: one.
    std::function<std::int32_t(JobId)> priority;  ///< Empty: all the same.
  };
  WaitingClasses(const JobTable& jobs, std::span<const JobId> rows, std::int32_t queues, const Options& options);

  void insert(JobId job);
  void erase(JobId job);

  std::int32_t size() const { return static_cast<std::int32_t>(classes_.size()); }
  /// Class of a job; -1: it belongs to no queue.
  std::int32_t class_of(JobId job) const { return class_of_[at(job)]; }
  std::int32_t queue(std::int32_t of) const { return classes_[at(of)].queue; }
  std::int32_t group(std::int32_t of) const { return classes_[at(of)].group; }
  const Demand& demand(std::int32_t of) const { return classes_[at(of)].demand; }
  std::int32_t priority(JobId job) const { return options_.priority ? options_.priority(job) : 0; }
  long long waiting(std::int32_t of) const { return classes_[at(of)].waiting; }
  /// First waiting job of a class, or `kNoJob`.
  JobId head(std::int32_t of) const { return classes_[at(of)].head; }
  /// Classes of a queue in which jobs wait, in no order that means anything but the same each time.
  std::span<const std::int32_t> active(std::int32_t queue) const { return active_[at(queue)]; }
  /// Whether `a` stands before `b`: by priority, submission, row.
  bool before(JobId a, JobId b) const;
  /// The earliest submitted waiting job of all, or `kNoJob`.
  JobId oldest() const;

 private:
  struct Class {
    std::int32_t queue = 0, group = 0;
    Demand demand;
    std::int32_t begin = 0, end = 0;  ///< Of its jobs in `members_`.
    std::int32_t place = -1;          ///< In the queue's active ones.
    long long waiting = 0;
    JobId head = kNoJob;
  };
  static std::size_t at(std::int32_t number) { return static_cast<std::size_t>(number); }
  void find_head(Class& of);

  const JobTable& jobs_;
  Options options_;
  std::vector<Class> classes_;
  std::vector<std::int32_t> class_of_, place_of_;  ///< Of each job; its place in `members_`.
  std::vector<JobId> members_;
  NodeSet waiting_;  ///< Places.
  NodeSet by_row_;   ///< The same jobs by row.
  std::vector<std::vector<std::int32_t>> active_;
};

}  // namespace orrery
