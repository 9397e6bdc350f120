#include "cluster/slurm/waiting.hpp"

#include <algorithm>
#include <cmath>

namespace orrery {

std::int64_t SlurmWaiting::priority(const SlurmClass& of, Millis since) const {
  if (ageing_.basic) return 0;
  const auto age = static_cast<double>(std::max<Millis>(0, updated_ - since));
  double priority = of.fixed_priority + ageing_.weight_age * std::min(1.0, age / ageing_.max_age);
  const auto node = static_cast<std::size_t>(of.who.association);
  if (ageing_.weight_fairshare != 0 && node < factors_.size()) priority += ageing_.weight_fairshare * factors_[node];
  return std::llround(std::floor(std::clamp(priority, 0.0, 4294967294.0)));
}

SlurmWaiting::Entry SlurmWaiting::entry(std::int32_t of_class, const std::pair<Millis, JobId>& waiting) const {
  const SlurmClass& of = at(of_class);
  return {of.tier, priority(of, waiting.first), waiting.second, of_class};
}

SlurmWaiting::Entry SlurmWaiting::insert(std::int32_t of_class, Millis since, JobId job) {
  SlurmClass& of = at(of_class);
  if (ageing_.basic) since = 0;  // A requeued job keeps its place.
  since_[job] = since;
  ++waiting_;
  const std::pair<Millis, JobId> added(since, job);
  const Entry place = entry(of_class, added);
  const bool is_head = of.jobs.empty() || added < *of.jobs.begin();
  if (is_head && !of.jobs.empty()) heads_.erase(entry(of_class, *of.jobs.begin()));
  of.jobs.insert(added);
  if (is_head) heads_.insert(place);
  return place;
}

void SlurmWaiting::erase(std::int32_t of_class, JobId job) {
  SlurmClass& of = at(of_class);
  const auto since = since_.find(job);
  const auto place = of.jobs.find({since->second, job});
  since_.erase(since);
  --waiting_;
  if (place != of.jobs.begin()) {
    of.jobs.erase(place);
    return;
  }
  heads_.erase(entry(of_class, *place));
  of.jobs.erase(place);
  if (!of.jobs.empty()) heads_.insert(entry(of_class, *of.jobs.begin()));
}

void SlurmWaiting::update(Millis now, const SlurmAccounts& accounts) {
  std::vector<std::int32_t> used;
  for (const Entry& head : heads_) used.push_back(head.of_class);
  updated_ = now;
  factors_.resize(accounts.size());
  for (std::size_t node = 0; node < factors_.size(); ++node) {
    factors_[node] = accounts.factor(static_cast<std::int32_t>(node));
  }
  std::vector<Entry> entries;
  entries.reserve(used.size());
  for (const std::int32_t of_class : used) entries.push_back(entry(of_class, *at(of_class).jobs.begin()));
  std::sort(entries.begin(), entries.end());
  heads_ = std::set<Entry>(entries.begin(), entries.end());
}

}  // namespace orrery
