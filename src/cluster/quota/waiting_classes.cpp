#include "cluster/quota/waiting_classes.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace orrery {

WaitingClasses::WaitingClasses(const JobTable& jobs, std::span<const JobId> rows, std::int32_t queues,
                               const Options& options)
    : jobs_(jobs),
      options_(options),
      class_of_(jobs.size(), -1),
      place_of_(jobs.size(), -1),
      waiting_(rows.size()),
      by_row_(jobs.size()),
      active_(at(queues)) {
  using Key = std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t,
                         std::int64_t, std::int64_t>;
  std::map<Key, std::int32_t> numbers;
  for (const JobId job : rows) {
    const std::int32_t queue = options_.queue(job);
    if (queue < 0) continue;
    const std::int32_t group = options_.group ? options_.group(job) : 0;
    const Demand d = demand_of(jobs, job);
    const Key key{queue, group, d.gpus, d.workers, d.gpu_type, d.gpu_milli, d.cpu_milli, d.memory_mib};
    const auto [found, is_new] = numbers.try_emplace(key, size());
    if (is_new) {
      Class& made = classes_.emplace_back();
      made.queue = queue;
      made.group = group;
      made.demand = d;
    }
    class_of_[at(job)] = found->second;
    ++classes_[at(found->second)].end;  // Counted first.
  }
  std::int32_t begin = 0;
  for (Class& c : classes_) {
    c.begin = begin;
    begin += c.end;
    c.end = c.begin;
  }
  members_.resize(at(begin));
  for (const JobId job : rows) {
    if (class_of_[at(job)] < 0) continue;
    members_[at(classes_[at(class_of_[at(job)])].end++)] = job;
  }
  for (const Class& c : classes_) {
    const auto first = members_.begin() + c.begin;
    const auto last = members_.begin() + c.end;
    std::sort(first, last, [this](JobId a, JobId b) { return before(a, b); });
    for (std::int32_t place = c.begin; place < c.end; ++place) place_of_[at(members_[at(place)])] = place;
  }
}

bool WaitingClasses::before(JobId a, JobId b) const {
  const std::int32_t pa = priority(a), pb = priority(b);
  if (pa != pb) return pa > pb;
  const Millis ta = jobs_.submit[at(a)], tb = jobs_.submit[at(b)];
  return ta != tb ? ta < tb : a < b;
}

void WaitingClasses::find_head(Class& of) {
  const std::int32_t place = of.waiting > 0 ? waiting_.first(at(of.begin)) : -1;
  of.head = place < 0 ? kNoJob : members_[at(place)];
}

void WaitingClasses::insert(JobId job) {
  const std::int32_t number = class_of_[at(job)];
  if (number < 0) return;
  Class& its = classes_[at(number)];
  waiting_.insert(at(place_of_[at(job)]));
  by_row_.insert(at(job));
  ++its.waiting;
  find_head(its);
  if (its.place >= 0) return;
  std::vector<std::int32_t>& active = active_[at(its.queue)];
  its.place = static_cast<std::int32_t>(active.size());
  active.push_back(number);
}

void WaitingClasses::erase(JobId job) {
  Class& its = classes_[at(class_of_[at(job)])];
  waiting_.erase(at(place_of_[at(job)]));
  by_row_.erase(at(job));
  --its.waiting;
  find_head(its);
  if (its.waiting > 0) return;
  std::vector<std::int32_t>& active = active_[at(its.queue)];
  active[at(its.place)] = active.back();
  classes_[at(active.back())].place = its.place;
  active.pop_back();
  its.place = -1;
}

JobId WaitingClasses::oldest() const {
  return by_row_.first();  // Rows are in order of submission.
}

}  // namespace orrery
