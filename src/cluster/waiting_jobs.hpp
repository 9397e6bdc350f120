#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/min_tree.hpp"
#include "cluster/node_set.hpp"

namespace orrery {

/// Waiting jobs in the order of a policy, so arranged that the best one of a shape is found without looking at the
/// others.
///
/// The order is by rank, larger first: rank(job) = level(class) - max(value(job), floor), ties by row. The value is the
/// job's own and never changes (its submission; its run time for shortest first); levels and the floor may change. So
/// jobs of one class never overtake each other, and only the first of each class has to be compared. Jobs that ask for
/// the same GPUs have one shape; the first jobs of a shape's classes are the leaves of a tournament.
class WaitingJobs {
 public:
  struct Options {
    std::function<double(JobId)> value;          ///< Of each job.
    std::function<std::int32_t(JobId)> account;  ///< Class of each job, from 0; empty: all are of one.
    std::function<Millis(JobId)> limit;          ///< What `first` with a limit compares; empty: nothing does.
    bool by_shape = true;                        ///< False: all jobs count as one shape.
  };

  WaitingJobs(const JobTable& jobs, std::span<const JobId> rows, const Options& options);

  void insert(JobId job);
  void erase(JobId job);
  long long size() const { return size_; }

  /// Shapes are numbered by GPUs, fewest first.
  std::int32_t shapes() const { return static_cast<std::int32_t>(shapes_.size()); }
  /// The first shape from `shape` on of which a job waits, or -1.
  std::int32_t next_shape(std::int32_t shape) const { return active_.first(index(shape)); }
  /// Best waiting job of all; `kNoJob` where there is none.
  JobId first() const { return tops_[1].best.job; }
  std::int32_t shape(JobId job) const { return classes_[index(class_of_[index(job)])].shape; }
  /// Whole GPUs that a job of the shape takes; the least of its jobs where shapes are not told apart.
  std::int32_t gpus(std::int32_t shape) const { return shapes_[index(shape)].gpus; }
  /// Best waiting job of a shape whose limit is at most `most`; `kNoJob` where there is none.
  JobId first(std::int32_t shape, Millis most = kNever) const;
  /// Whether `a` goes before `b`.
  bool before(JobId a, JobId b) const;

  /// Sets what classes' ranks start from, and the value below which jobs are no longer told apart.
  void set_levels(const std::vector<double>& account_levels, double floor);

 private:
  struct Class {
    std::int32_t shape = 0, account = 0;
    std::int32_t begin = 0;  ///< Of its jobs in `members_`.
    std::int32_t place = 0;  ///< Among the classes of its shape.
    MinTree limits;          ///< Of its waiting jobs, by their order.
  };
  /// A job with its rank, so that comparing two of them touches nothing else.
  struct Ranked {
    double rank = 0;
    JobId job = kNoJob;

    bool before(const Ranked& other) const {
      if (job == kNoJob || other.job == kNoJob) return job != kNoJob;
      return rank != other.rank ? rank > other.rank : job < other.job;
    }
  };
  struct Leaf {
    Ranked best;                      ///< Below this node.
    Millis least = MinTree::kAbsent;  ///< Limit below this node.
  };
  struct Shape {
    std::int32_t gpus = 0;
    std::vector<std::int32_t> classes;
    std::size_t leaves = 1;   ///< A power of two.
    std::vector<Leaf> nodes;  ///< The root is 1.
  };

  static std::size_t index(std::int32_t number) { return static_cast<std::size_t>(number); }
  double rank(JobId job) const;
  Ranked ranked(JobId job) const { return {rank(job), job}; }
  static Leaf better(const Leaf& a, const Leaf& b);
  Leaf leaf(const Class& of) const;
  void refresh(const Class& of);
  void refresh_top(std::int32_t shape);
  void number_by_gpus();
  Ranked search(const Shape& shape, std::size_t node, Millis most, Ranked best) const;

  const JobTable& jobs_;
  Options options_;
  std::vector<std::int32_t> class_of_, place_of_;  ///< Of each job: its class, and its place in that.
  std::vector<JobId> members_;
  std::vector<Class> classes_;
  std::vector<Shape> shapes_;
  NodeSet active_;          ///< Shapes of which a job waits.
  std::vector<Leaf> tops_;  ///< A tournament of the shapes' best; the root is 1.
  std::vector<double> levels_;
  double floor_;
  long long size_ = 0;
};

}  // namespace orrery
