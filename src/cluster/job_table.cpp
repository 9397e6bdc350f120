#include "cluster/job_table.hpp"

#include <algorithm>
#include <numeric>

namespace orrery {
namespace {

template <class T>
void take(std::vector<T>& to, const std::vector<T>& from, const std::vector<JobId>& rows) {
  if (from.empty()) return;
  to.reserve(rows.size());
  for (const JobId row : rows) to.push_back(from[static_cast<std::size_t>(row)]);
}

}  // namespace

std::int32_t Names::add(std::string_view name) {
  if (const auto found = numbers_.find(name); found != numbers_.end()) return found->second;
  const std::int32_t number = size();
  list_.emplace_back(name);
  numbers_.emplace(list_.back(), number);
  return number;
}

std::int32_t Names::find(std::string_view name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? -1 : found->second;
}

JobTable take_rows(const JobTable& jobs, const std::vector<JobId>& rows) {
  JobTable taken;
  const auto columns = [&](auto... column) { (take(taken.*column, jobs.*column, rows), ...); };
  using J = JobTable;
  columns(&J::submit, &J::run, &J::gpus, &J::limit, &J::limit_is_guess, &J::tenant, &J::user, &J::pool, &J::qos,
          &J::gpu_type, &J::kind, &J::priority, &J::workers, &J::min_gpus, &J::gpu_milli, &J::cpu_milli, &J::memory_mib,
          &J::preemptible, &J::deadline, &J::after, &J::id, &J::recorded_start, &J::state);
  taken.tenants = jobs.tenants;
  taken.users = jobs.users;
  taken.pools = jobs.pools;
  taken.qos_names = jobs.qos_names;
  taken.gpu_types = jobs.gpu_types;
  taken.kinds = jobs.kinds;
  if (!taken.after.empty()) {
    std::vector<JobId> place(jobs.size(), kNoJob);
    for (std::size_t i = 0; i < rows.size(); ++i) place[static_cast<std::size_t>(rows[i])] = static_cast<JobId>(i);
    for (JobId& after : taken.after) after = after == kNoJob ? kNoJob : place[static_cast<std::size_t>(after)];
  }
  return taken;
}

void sort_by_submission(JobTable& jobs) {
  if (std::is_sorted(jobs.submit.begin(), jobs.submit.end())) return;
  std::vector<JobId> rows(jobs.size());
  std::iota(rows.begin(), rows.end(), 0);
  std::stable_sort(rows.begin(), rows.end(), [&](JobId a, JobId b) {
    return jobs.submit[static_cast<std::size_t>(a)] < jobs.submit[static_cast<std::size_t>(b)];
  });
  jobs = take_rows(jobs, rows);
}

}  // namespace orrery
