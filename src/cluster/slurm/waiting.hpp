#pragma once

#include <cstdint>
#include <queue>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "cluster/slurm/limits.hpp"
#include "cluster/slurm/slurm_nodes.hpp"

namespace orrery {

/// Waiting jobs that only their age tells apart: of one partition, association, QOS and nice value, asking for the
/// same. They never overtake each other, so only the first of each class is compared with others.
struct SlurmClass {
  std::int32_t partition = 0;
  SlurmLimited who;
  std::int32_t priority = 0;  ///< Of the job table: minus Slurm's nice value.
  Demand demand;
  NodeRequest request;
  std::int32_t shape = 0;  ///< Classes of one shape ask for the same of the same partition.
  SlurmUse use;
  double billing = 0;         ///< Units of usage that a running job adds each second.
  double fixed_priority = 0;  ///< All of the priority but age and fair share.
  std::int32_t tier = 0;      ///< Of the partition.
  bool impossible = false;    ///< No such job can ever start.

  std::set<std::pair<Millis, JobId>> jobs;  ///< Waiting, by the time since which they age.
};

/// How age and fair share make priorities of classes.
struct SlurmAgeing {
  bool basic = true;  ///< First come, first served.
  double weight_age = 0, max_age = 1, weight_fairshare = 0;
};

/// The queue, in the order in which Slurm looks at it: tier of the partition, then priority (a whole number), then job.
class SlurmWaiting {
 public:
  explicit SlurmWaiting(const SlurmAgeing& ageing) : ageing_(ageing) {}

  struct Entry {
    std::int32_t tier = 0;
    std::int64_t priority = 0;
    JobId job = kNoJob;
    std::int32_t of_class = -1;

    /// Goes before.
    friend bool operator<(const Entry& a, const Entry& b) {
      if (a.tier != b.tier) return a.tier > b.tier;
      if (a.priority != b.priority) return a.priority > b.priority;
      return a.job < b.job;
    }
  };

  SlurmClass& at(std::int32_t number) { return classes_[static_cast<std::size_t>(number)]; }
  const SlurmClass& at(std::int32_t number) const { return classes_[static_cast<std::size_t>(number)]; }
  std::int32_t add(SlurmClass of) {
    classes_.push_back(std::move(of));
    return static_cast<std::int32_t>(classes_.size()) - 1;
  }
  bool empty() const { return waiting_ == 0; }
  long long size() const { return waiting_; }

  /// Gives the job's place in the order.
  Entry insert(std::int32_t of_class, Millis since, JobId job);
  void erase(std::int32_t of_class, JobId job);
  /// Computes priorities anew, as of `now`.
  void update(Millis now, const SlurmAccounts& accounts);

  /// The first jobs of all classes, in order.
  const std::set<Entry>& heads() const { return heads_; }
  /// Calls `f(entry)` for jobs in order until it says false. It must not change the queue.
  template <class F>
  void in_order(F f) const;

 private:
  Entry entry(std::int32_t of_class, const std::pair<Millis, JobId>& waiting) const;
  std::int64_t priority(const SlurmClass& of, Millis since) const;

  SlurmAgeing ageing_;
  std::vector<SlurmClass> classes_;
  std::vector<double> factors_;  ///< Of associations.
  std::unordered_map<JobId, Millis> since_;
  std::set<Entry> heads_;
  Millis updated_ = 0;
  long long waiting_ = 0;
};

template <class F>
void SlurmWaiting::in_order(F f) const {
  using Place = std::set<std::pair<Millis, JobId>>::const_iterator;
  struct Next {
    Entry entry;
    Place place;
  };
  const auto later = [](const Next& a, const Next& b) { return b.entry < a.entry; };
  std::priority_queue<Next, std::vector<Next>, decltype(later)> next(later);
  // Heads are in order already: each enters the queue only when everything before it was seen.
  auto head = heads_.begin();
  while (true) {
    while (head != heads_.end() && (next.empty() || *head < next.top().entry)) {
      next.push({*head, at(head->of_class).jobs.begin()});
      ++head;
    }
    if (next.empty()) return;
    Next best = next.top();
    next.pop();
    if (!f(static_cast<const Entry&>(best.entry))) return;
    if (++best.place == at(best.entry.of_class).jobs.end()) continue;
    best.entry = entry(best.entry.of_class, *best.place);
    next.push(best);
  }
}

}  // namespace orrery
