#include "cluster/trace_audit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace orrery {
namespace {

double in_gpus(const JobTable& jobs, JobId job) {
  const int gpus = jobs.gpus[static_cast<std::size_t>(job)];
  return gpus == 1 ? value_or(jobs.gpu_milli, job, 1000) / 1000.0 : gpus;
}

double gpu_hours(const JobTable& jobs, JobId job) {
  return in_gpus(jobs, job) * static_cast<double>(jobs.run[static_cast<std::size_t>(job)]) / static_cast<double>(kHour);
}

/// Where jobs may run, as the replay decides it: on nodes of their own pool and on those that are everybody's. Loads
/// count each job where its pool has nodes of its own.
class Places {
 public:
  Places(const JobTable& jobs, const SharedMachine& machine) : jobs_(jobs), machine_(machine) {
    own_.resize(static_cast<std::size_t>(jobs.pools.size()));
    for (const NodeGroup& group : machine.groups) {
      const std::int32_t pool = group.pool.empty() ? -1 : jobs.pools.find(group.pool);
      if (pool >= 0) own_[static_cast<std::size_t>(pool)] = true;
    }
  }
  /// The pool whose nodes a job runs on, -1: those of nobody.
  std::int32_t pool_of(JobId job) const {
    const std::int32_t pool = value_or(jobs_.pool, job, -1);
    return pool >= 0 && own_[static_cast<std::size_t>(pool)] ? pool : -1;
  }
  bool has_nodes(std::int32_t pool) const { return pool < 0 || own_[static_cast<std::size_t>(pool)]; }
  bool in_pool(const NodeGroup& group, std::int32_t pool) const {
    return pool < 0 ? group.pool.empty() : group.pool == jobs_.pools.at(pool);
  }
  /// A pool's jobs may use its own nodes and those of everybody.
  bool may_use(const NodeGroup& group, std::int32_t pool) const { return group.pool.empty() || in_pool(group, pool); }
  bool of_type(const NodeGroup& group, std::int32_t type) const {
    return type < 0 || group.gpu_type.empty() || names_type(jobs_.gpu_types.at(type), group.gpu_type);
  }
  long long gpus_in(std::int32_t pool) const {
    long long sum = 0;
    for (const NodeGroup& group : machine_.groups) sum += in_pool(group, pool) ? 1LL * group.nodes * group.gpus : 0;
    return sum;
  }

  /// Whether a job could start on the whole machine, all of it free; otherwise why not.
  bool possible(JobId job, ImpossibleReason& reason) const {
    const auto i = static_cast<std::size_t>(job);
    const std::int32_t pool = pool_of(job), type = value_or(jobs_.gpu_type, job, -1);
    const long long gpus = jobs_.gpus[i], workers = value_or(jobs_.workers, job, 0);
    long long nodes = 0, of_pool = 0, of_type_too = 0;
    for (const NodeGroup& group : machine_.groups) {
      if (!may_use(group, pool)) continue;
      of_pool += 1LL * group.nodes * group.gpus;
      if (gpus > 0 && !of_type(group, type)) continue;
      nodes += group.nodes;
      of_type_too += 1LL * group.nodes * group.gpus;
      if (holds(group, gpus, workers)) return true;
    }
    if (nodes == 0) {
      reason = ImpossibleReason::NoNodes;
    } else if (gpus > machine_.gpus()) {
      reason = ImpossibleReason::LargerThanMachine;
    } else if (gpus > of_pool) {
      reason = ImpossibleReason::LargerThanPool;
    } else if (gpus > of_type_too) {
      reason = ImpossibleReason::LargerThanType;
    } else {
      reason = ImpossibleReason::NoGroup;
    }
    return false;
  }

 private:
  /// Packed jobs take whole nodes and a remainder; workers are of one size, each on one node.
  static bool holds(const NodeGroup& group, long long gpus, long long workers) {
    if (gpus == 0) return group.nodes > 0;
    if (workers <= 0) return gpus <= 1LL * group.nodes * group.gpus;
    const long long each = (gpus + workers - 1) / workers;
    return each <= group.gpus && workers <= group.nodes * (group.gpus / each);
  }

  const JobTable& jobs_;
  const SharedMachine& machine_;
  std::vector<bool> own_;  ///< Of each pool: whether nodes are its own.
};

/// Jobs of one part of the machine of so many GPUs, begun at their recorded starts.
RecordedUse recorded_use(const JobTable& jobs, const std::vector<JobId>& rows, long long gpus, Millis span) {
  std::vector<std::pair<Millis, double>> changes;
  changes.reserve(2 * rows.size());
  double busy = 0;
  for (const JobId job : rows) {
    const auto i = static_cast<std::size_t>(job);
    const double size = in_gpus(jobs, job);
    const Millis start = jobs.recorded_start[i], end = start + jobs.run[i];
    changes.emplace_back(start, size);
    changes.emplace_back(end, -size);
    busy += size * static_cast<double>(std::max<Millis>(0, std::min(end, span) - start));
  }
  // At one time, who leaves goes before who comes: negative numbers are smaller.
  std::sort(changes.begin(), changes.end());
  RecordedUse use;
  use.gpus = gpus;
  if (span > 0) use.mean_gpus = busy / static_cast<double>(span);
  // Sums of thousandths: what is above by rounding alone is not above.
  constexpr double kRounding = 1e-6;
  Millis since = 0;
  double running = 0;
  for (const auto& [at, change] : changes) {
    if (running > static_cast<double>(gpus) + kRounding) use.above += at - since;
    since = at;
    running += change;
    if (running > use.most_gpus + kRounding) {
      use.most_gpus = running;
      use.most_at = at;
    }
  }
  return use;
}

std::size_t size_class(int gpus) {
  std::size_t c = 0;
  for (long long to = 0; gpus > to; to = to == 0 ? 1 : 2 * to) ++c;
  return c;
}

void set_load(OfferedLoad& part, Millis span) {
  const double capacity = static_cast<double>(part.gpus) * static_cast<double>(span) / static_cast<double>(kHour);
  part.load = part.gpu_hours == 0 ? 0 : part.gpu_hours / capacity;
}

void sort_loads(std::vector<OfferedLoad>& parts, Millis span) {
  for (OfferedLoad& part : parts) set_load(part, span);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const OfferedLoad& a, const OfferedLoad& b) { return a.gpu_hours > b.gpu_hours; });
}

}  // namespace

std::string_view impossible_reason_text(ImpossibleReason reason) {
  static constexpr std::array<std::string_view, kImpossibleReasons> kTexts = {
      "no node of its pool and GPU type", "more GPUs than the machine has", "more GPUs than its pool has",
      "more GPUs than its pool has of its type", "no group of equal nodes holds it"};
  return kTexts.at(static_cast<std::size_t>(reason));
}

SampleSummary summarised(std::vector<double> sample) {
  SampleSummary summary;
  summary.count = static_cast<long long>(sample.size());
  if (sample.empty()) return summary;
  for (const double x : sample) summary.mean += x;
  summary.mean /= static_cast<double>(sample.size());
  auto from = sample.begin();
  const auto order = [&](std::size_t n) {
    const auto at = sample.begin() + static_cast<std::ptrdiff_t>(n);
    if (at >= from) {
      std::nth_element(from, at, sample.end());
      from = at;
    }
    return *at;
  };
  const auto quantile_at = [&](double q) {
    const double place = q * static_cast<double>(sample.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double low = order(below);
    const double high = below + 1 < sample.size() ? order(below + 1) : low;
    return low + (place - static_cast<double>(below)) * (high - low);
  };
  summary.median = quantile_at(0.5);
  summary.p90 = quantile_at(0.9);
  summary.p99 = quantile_at(0.99);
  summary.max = *std::max_element(from, sample.end());
  return summary;
}

TraceAudit audit_trace(const JobTable& jobs, const SharedMachine& machine) {
  TraceAudit audit;
  const auto n = static_cast<JobId>(jobs.size());
  audit.jobs = n;
  audit.whole.gpus = machine.gpus();
  audit.whole.jobs = n;
  if (n == 0) return audit;
  audit.span = jobs.submit.back() - jobs.submit.front();
  const Places places(jobs, machine);
  const bool starts = !jobs.recorded_start.empty();

  // One entry a name, and the last for jobs that name none.
  std::vector<OfferedLoad> pools(static_cast<std::size_t>(jobs.pools.size()) + 1);
  std::vector<OfferedLoad> types(static_cast<std::size_t>(jobs.gpu_types.size()) + 1);
  std::array<ImpossibleJobs, kImpossibleReasons> impossible{};
  std::vector<double> gpus, runs, waits, limits;
  std::vector<SizeClass> sizes;
  std::vector<std::vector<double>> size_runs, size_waits;
  std::vector<std::vector<JobId>> started_in(pools.size());
  std::vector<JobId> started;
  gpus.reserve(jobs.size());
  runs.reserve(jobs.size());
  for (JobId job = 0; job < n; ++job) {
    const auto i = static_cast<std::size_t>(job);
    const double hours = gpu_hours(jobs, job), run_s = static_cast<double>(jobs.run[i]) / kSecond;
    const auto slot = [](std::int32_t number, std::size_t size) {
      return number < 0 ? size - 1 : static_cast<std::size_t>(number);
    };
    audit.gpu_hours += hours;
    audit.cpu_jobs += jobs.gpus[i] == 0 ? 1 : 0;
    for (OfferedLoad* part : {&pools[slot(value_or(jobs.pool, job, -1), pools.size())],
                              &types[slot(value_or(jobs.gpu_type, job, -1), types.size())]}) {
      ++part->jobs;
      part->gpu_hours += hours;
    }
    ImpossibleReason reason{};
    if (!machine.groups.empty() && !places.possible(job, reason)) {
      ImpossibleJobs& list = impossible.at(static_cast<std::size_t>(reason));
      if (list.jobs++ == 0) list.first = job;
      list.gpu_hours += hours;
    }
    const Millis limit = value_or(jobs.limit, job, kNever);
    if (limit == kNever) {
      ++audit.without_limit;
    } else {
      audit.over_limit += jobs.run[i] > limit ? 1 : 0;
      limits.push_back(static_cast<double>(limit) / static_cast<double>(jobs.run[i]));
    }
    audit.at_begin += jobs.submit[i] == jobs.submit.front() ? 1 : 0;
    if (value_or(jobs.state, job, JobState::Unknown) == JobState::Running) {
      ++audit.running_at_end;
      audit.running_gpu_hours += hours;
    }
    const std::size_t c = size_class(jobs.gpus[i]);
    if (c >= sizes.size()) {
      sizes.resize(c + 1);
      size_runs.resize(c + 1);
      size_waits.resize(c + 1);
    }
    ++sizes[c].jobs;
    sizes[c].gpu_hours += hours;
    size_runs[c].push_back(run_s);
    gpus.push_back(jobs.gpus[i]);
    runs.push_back(run_s);
    const Millis start = starts ? jobs.recorded_start[i] : -1;
    audit.end = std::max(audit.end, (start < 0 ? jobs.submit[i] : start) + jobs.run[i]);
    if (starts && start < 0) ++audit.never_started;
    if (start < 0) continue;
    waits.push_back(static_cast<double>(start - jobs.submit[i]) / kSecond);
    size_waits[c].push_back(waits.back());
    if (jobs.gpus[i] == 0) continue;
    started.push_back(job);
    if (const std::int32_t pool = places.pool_of(job); pool >= 0) started_in[slot(pool, pools.size())].push_back(job);
  }

  audit.whole.gpu_hours = audit.gpu_hours;
  set_load(audit.whole, audit.span);
  for (std::size_t p = 0; p < pools.size(); ++p) {
    const bool named = p + 1 < pools.size();
    const std::int32_t pool = named ? static_cast<std::int32_t>(p) : -1;
    if (named) pools[p].name = jobs.pools.at(pool);
    pools[p].gpus = places.has_nodes(pool) ? places.gpus_in(pool) : 0;
    if (pools[p].jobs > 0) audit.pools.push_back(pools[p]);
  }
  for (std::size_t t = 0; t < types.size(); ++t) {
    const bool named = t + 1 < types.size();
    const std::int32_t type = named ? static_cast<std::int32_t>(t) : -1;
    if (named) types[t].name = jobs.gpu_types.at(type);
    for (const NodeGroup& group : machine.groups)
      types[t].gpus += places.of_type(group, type) ? 1LL * group.nodes * group.gpus : 0;
    if (types[t].jobs > 0) audit.types.push_back(types[t]);
  }
  sort_loads(audit.pools, audit.span);
  sort_loads(audit.types, audit.span);
  for (std::size_t r = 0; r < impossible.size(); ++r) {
    impossible.at(r).reason = static_cast<ImpossibleReason>(r);
    if (impossible.at(r).jobs > 0) audit.impossible.push_back(impossible.at(r));
  }
  audit.gpus = summarised(std::move(gpus));
  audit.run_s = summarised(std::move(runs));
  audit.wait_s = summarised(std::move(waits));
  audit.limit_over_run = summarised(std::move(limits));
  for (std::size_t c = 0; c < sizes.size(); ++c) {
    sizes[c].to = c == 0 ? 0 : static_cast<int>(1LL << (c - 1));
    sizes[c].from = c <= 1 ? sizes[c].to : sizes[c].to / 2 + 1;
    sizes[c].run_s = summarised(std::move(size_runs[c]));
    sizes[c].wait_s = summarised(std::move(size_waits[c]));
    if (sizes[c].jobs > 0) audit.sizes.push_back(sizes[c]);
  }
  const auto record = [&](std::string name, const std::vector<JobId>& rows, long long capacity) {
    RecordedUse use = recorded_use(jobs, rows, capacity, audit.span);
    use.name = std::move(name);
    audit.recorded.push_back(std::move(use));
  };
  if (!started.empty()) {
    record("", started, machine.gpus());
    for (std::size_t p = 0; p + 1 < started_in.size(); ++p) {
      const auto pool = static_cast<std::int32_t>(p);
      if (!started_in[p].empty()) record(jobs.pools.at(pool), started_in[p], places.gpus_in(pool));
    }
  }
  return audit;
}

}  // namespace orrery
