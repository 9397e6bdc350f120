#include "import/job_trace/job_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace orrery {
namespace {

constexpr std::int64_t kMostGpus = 10'000'000;
constexpr std::size_t kLongestName = 4096;
// Differences of two of them are times as well.
constexpr Millis kFarthest = kLongestMillis / 2;
constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();

std::uint64_t mixed(std::uint64_t x) {
  x ^= x >> 33U;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33U;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33U);
}

/// 64 bits of a text, never 0: two different ids of 10^8 share one with a chance of 3 in 10,000.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return mixed(hash) | 1U;
}

/// Appends to a column that begins when a row first says something.
template <class T>
void put_in(std::vector<T>& column, std::size_t rows, const T& value, const T& otherwise) {
  if (column.empty() && value == otherwise) return;
  column.resize(rows, otherwise);
  column.push_back(value);
}

std::int32_t name_of(Names& names, std::string_view text) {
  return text.empty() ? -1 : names.add(text);
}

}  // namespace

bool JobRows::IdSet::insert(std::uint64_t hash) {
  if (2 * (used_ + 1) > slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = static_cast<std::size_t>(hash >> 1U) & mask;
  while (slots_[at] != 0) {
    if (slots_[at] == hash) return false;
    at = (at + 1) & mask;
  }
  slots_[at] = hash;
  ++used_;
  return true;
}

void JobRows::IdSet::grow() {
  std::vector<std::uint64_t> old(std::max<std::size_t>(64, 2 * slots_.size()));
  old.swap(slots_);
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint64_t hash : old) {
    if (hash == 0) continue;
    std::size_t at = static_cast<std::size_t>(hash >> 1U) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = hash;
  }
}

JobRows::JobRows(const JobTraceOptions& options, TraceReport& report)
    : options_(options), report_(report), keep_cpu_jobs_(options.keep_cpu_jobs.value_or(false)) {}

bool JobRows::count_row() {
  if (report_.rows >= options_.most_rows) return false;
  ++report_.rows;
  return true;
}

void JobRows::add(const JobRow& row) {
  Millis start = kUnsaid, run = kUnsaid;
  if (!check_row(row, start, run) || !check_gpus(row)) return;
  if (!row.id.empty()) {
    has_ids_ = true;
    if (!ids_.insert(hash_of(row.id))) return drop(TraceIssue::DuplicateId, row.line);
  }
  put(row, start, run);
}

bool JobRows::check_row(const JobRow& row, Millis& start, Millis& run) {
  const auto refuse = [&](TraceIssue issue) {
    drop(issue, row.line);
    return false;
  };
  if (row.submit == kUnsaid) return refuse(TraceIssue::BadSubmit);
  for (const Millis time : {row.submit, row.start, row.end}) {
    if (time != kUnsaid && (time > kFarthest || time < -kFarthest)) return refuse(TraceIssue::OutOfReach);
  }
  for (const std::string_view name : {row.id, row.tenant, row.user, row.pool, row.qos, row.gpu_type, row.kind}) {
    if (name.size() > kLongestName || name.find('\0') != std::string_view::npos) return refuse(TraceIssue::OutOfReach);
  }
  if (clock_ == TraceClock::Begin && row.submit < 0) return refuse(TraceIssue::NegativeSubmit);
  if (row.start != kUnsaid && row.end != kUnsaid && row.end < row.start) return refuse(TraceIssue::EndsBeforeStart);
  run = row.run;
  if (run == kUnsaid && row.start != kUnsaid && row.end != kUnsaid) run = row.end - row.start;
  if (run == kUnsaid && row.runs_until_end) run = 0;
  if (run == kUnsaid) return refuse(TraceIssue::NoRun);
  if (run < 0) return refuse(TraceIssue::NegativeRun);
  if (run > kLongestMillis) return refuse(TraceIssue::OutOfReach);
  start = row.start;
  if (start != kUnsaid && start < row.submit) start = row.submit;
  return true;
}

bool JobRows::check_gpus(const JobRow& row) {
  if (row.gpus == kUnsaid) {
    drop(TraceIssue::BadGpus, row.line);
  } else if (row.gpus < 0) {
    drop(TraceIssue::NegativeGpus, row.line);
  } else if (row.gpus > kMostGpus || row.workers > kMostInt || row.cpu_milli > kMostInt || row.memory_mib > kMostInt) {
    drop(TraceIssue::OutOfReach, row.line);
  } else if (row.gpus == 0 && !keep_cpu_jobs_) {
    drop(TraceIssue::NoGpus, row.line);
  } else {
    return true;
  }
  return false;
}

void JobRows::put(const JobRow& row, Millis start, Millis run) {
  const std::size_t n = jobs_.size();
  if (row.start != kUnsaid && start != row.start) note(TraceIssue::StartsBeforeSubmit, row.line);
  if (row.runs_until_end && row.run == kUnsaid && row.end == kUnsaid) {
    note(TraceIssue::RunUntilEnd, row.line);
    open_.push_back(static_cast<JobId>(n));
  } else if (run == 0) {
    note(TraceIssue::ZeroRun, row.line);
    run = 1;
  }
  if (before_ != kUnsaid && row.submit < before_) {
    note(TraceIssue::OutOfOrder, row.line);
    report_.largest_step_back = std::max(report_.largest_step_back, before_ - row.submit);
  }
  before_ = row.submit;
  for (const Millis time : {row.submit, row.end, start == kUnsaid ? row.submit : start}) {
    if (time != kUnsaid) last_time_ = std::max(last_time_, time);
  }
  const bool has_limit = row.limit > 0 && row.limit <= kLongestMillis;
  if (!has_limit)
    note(row.limit == kUnsaid || row.limit == kNever ? TraceIssue::NoLimit : TraceIssue::BadOptional, row.line);
  const bool even = row.workers <= 0 || row.gpus % row.workers == 0;
  if (!even) note(TraceIssue::UnevenWorkers, row.line);
  const bool elastic = row.min_gpus != kUnsaid;
  const bool good_minimum = elastic && row.min_gpus >= 0 && row.min_gpus <= row.gpus;
  if (elastic && !good_minimum) note(TraceIssue::BadOptional, row.line);
  if (row.gpu_type.find('|') != std::string_view::npos) note(TraceIssue::SeveralTypes, row.line);

  JobTable& t = jobs_;
  t.submit.push_back(row.submit);
  t.run.push_back(run);
  t.gpus.push_back(static_cast<std::int32_t>(row.gpus));
  put_in(t.limit, n, has_limit ? row.limit : kNever, kNever);
  put_in(t.tenant, n, name_of(t.tenants, row.tenant), -1);
  put_in(t.user, n, name_of(t.users, row.user), -1);
  put_in(t.pool, n, name_of(t.pools, row.pool), -1);
  put_in(t.qos, n, name_of(t.qos_names, row.qos), -1);
  put_in(t.gpu_type, n, name_of(t.gpu_types, row.gpu_type), -1);
  put_in(t.kind, n, name_of(t.kinds, row.kind), -1);
  const auto whole = [](std::int64_t value) {
    return static_cast<std::int32_t>(std::clamp(value, -kMostInt, kMostInt));
  };
  put_in(t.priority, n, whole(row.priority), 0);
  put_in(t.workers, n, even ? whole(row.workers) : 0, 0);
  // A column of `min_gpus` that begins late holds the GPUs of the rows before.
  if (elastic || !t.min_gpus.empty()) {
    for (std::size_t i = t.min_gpus.size(); i < n; ++i) t.min_gpus.push_back(t.gpus[i]);
    t.min_gpus.push_back(good_minimum ? whole(row.min_gpus) : t.gpus[n]);
  }
  put_in(t.gpu_milli, n, whole(row.gpu_milli), 1000);
  put_in(t.cpu_milli, n, whole(row.cpu_milli), 0);
  put_in(t.memory_mib, n, whole(row.memory_mib), 0);
  put_in(t.preemptible, n, static_cast<std::uint8_t>(row.preemptible), std::uint8_t{0});
  const bool good_deadline = row.deadline <= kFarthest && row.deadline >= -kFarthest;
  if (row.deadline != kUnsaid && !good_deadline) note(TraceIssue::BadOptional, row.line);
  put_in(t.deadline, n, good_deadline ? row.deadline : kNever, kNever);
  if (options_.keep_ids) put_in(t.id, n, std::string(row.id), std::string());
  // Starts may be negative until the zero is set.
  put_in(t.recorded_start, n, start, kUnsaid);
  put_in(t.state, n, row.state, JobState::Unknown);
  if (tracks_) {
    keys_.push_back(row.id.empty() ? hash_of(std::to_string(report_.rows - 1)) : hash_of(row.id));
    if (!row.after.empty()) dependencies_.push_back({static_cast<JobId>(n), hash_of(row.after), row.line});
  }
}

void JobRows::resolve_dependencies() {
  if (dependencies_.empty()) return;
  std::vector<JobId> by_key(keys_.size());
  std::iota(by_key.begin(), by_key.end(), 0);
  const auto key = [&](JobId job) { return keys_[static_cast<std::size_t>(job)]; };
  std::sort(by_key.begin(), by_key.end(),
            [&](JobId a, JobId b) { return std::pair(key(a), a) < std::pair(key(b), b); });
  jobs_.after.assign(jobs_.size(), kNoJob);
  for (const Dependency& d : dependencies_) {
    const auto found =
        std::lower_bound(by_key.begin(), by_key.end(), d.key, [&](JobId job, std::uint64_t k) { return key(job) < k; });
    if (found == by_key.end() || key(*found) != d.key || *found == d.job) {
      note(TraceIssue::UnknownDependency, d.line);
    } else {
      jobs_.after[static_cast<std::size_t>(d.job)] = *found;
    }
  }
  cut_circles();
}

/// Walks each chain of dependencies once; a walk that meets itself is cut there.
void JobRows::cut_circles() {
  std::vector<JobId> walk_of(jobs_.size(), kNoJob);
  for (const Dependency& d : dependencies_) {
    JobId job = d.job;
    while (job != kNoJob && walk_of[static_cast<std::size_t>(job)] == kNoJob) {
      walk_of[static_cast<std::size_t>(job)] = d.job;
      JobId& after = jobs_.after[static_cast<std::size_t>(job)];
      if (after != kNoJob && walk_of[static_cast<std::size_t>(after)] == d.job) {
        after = kNoJob;
        note(TraceIssue::CircularDependency, d.line);
      }
      job = after;
    }
  }
}

/// Jobs without an end run until the last time that the trace names.
void JobRows::resolve_open_ends() {
  for (const JobId job : open_) {
    const auto i = static_cast<std::size_t>(job);
    const Millis start = value_or(jobs_.recorded_start, job, kUnsaid);
    jobs_.run[i] = std::max<Millis>(1, last_time_ - (start == kUnsaid ? jobs_.submit[i] : start));
  }
}

void JobRows::set_zero() {
  const Millis zero = clock_ == TraceClock::Begin ? 0 : *std::min_element(jobs_.submit.begin(), jobs_.submit.end());
  for (Millis& time : jobs_.submit) time -= zero;
  for (Millis& time : jobs_.deadline) time = time == kNever ? kNever : time - zero;
  for (Millis& time : jobs_.recorded_start) time = time == kUnsaid ? -1 : time - zero;
  if (taken_ != kUnsaid) report_.taken = taken_ - zero;
  report_.zone_known = zone_known_;
  if (clock_ == TraceClock::Calendar || clock_ == TraceClock::Unix || epoch_) {
    report_.zero_epoch = epoch_.value_or(0) + zero;
    const bool utc = zone_known_ || clock_ == TraceClock::Unix;
    report_.zone_known = utc;
    report_.zero = date_time_text(*report_.zero_epoch) + (utc ? " UTC" : ", local time");
  } else {
    report_.zero = zero % 1000 == 0 ? fmt::format("{} s of the source's clock", zero / 1000)
                                    : fmt::format("{:.3f} s of the source's clock", static_cast<double>(zero) / 1000);
  }
}

/// Rows that agree in every column with an earlier one. Ids differ, so only rows without ids can.
void JobRows::find_duplicates() {
  if (has_ids_) return;
  const auto key = [&](JobId job) {
    const auto i = static_cast<std::size_t>(job);
    const JobTable& t = jobs_;
    return std::tuple(t.run[i], t.gpus[i], value_or(t.limit, job, kNever), value_or(t.tenant, job, -1),
                      value_or(t.user, job, -1), value_or(t.pool, job, -1), value_or(t.qos, job, -1),
                      value_or(t.gpu_type, job, -1), value_or(t.kind, job, -1), value_or(t.priority, job, 0),
                      value_or(t.recorded_start, job, Millis{-1}), value_or(t.state, job, JobState::Unknown),
                      value_or(t.gpu_milli, job, 1000), value_or(t.cpu_milli, job, 0), value_or(t.workers, job, 0));
  };
  std::vector<JobId> group, twice;
  for (std::size_t begin = 0, end = 0; begin < jobs_.size(); begin = end) {
    while (end < jobs_.size() && jobs_.submit[end] == jobs_.submit[begin]) ++end;
    if (end - begin < 2) continue;
    group.resize(end - begin);
    std::iota(group.begin(), group.end(), static_cast<JobId>(begin));
    std::sort(group.begin(), group.end(), [&](JobId a, JobId b) {
      const auto x = key(a), y = key(b);
      return x != y ? x < y : a < b;
    });
    for (std::size_t i = 1; i < group.size(); ++i) {
      if (key(group[i - 1]) == key(group[i])) twice.push_back(group[i]);
    }
  }
  auto& count = report_.issues.at(static_cast<std::size_t>(TraceIssue::ExactDuplicate));
  count.rows = static_cast<long long>(twice.size());
  if (options_.keep_duplicates || twice.empty()) return;
  std::sort(twice.begin(), twice.end());
  std::vector<JobId> rows;
  for (JobId job = 0; job < static_cast<JobId>(jobs_.size()); ++job) {
    if (!std::binary_search(twice.begin(), twice.end(), job)) rows.push_back(job);
  }
  jobs_ = take_rows(jobs_, rows);
  report_.notes.push_back(fmt::format("{} exact duplicates left out", twice.size()));
}

void JobRows::measure_gaps() {
  report_.span = jobs_.submit.back() - jobs_.submit.front();
  for (std::size_t i = 1; i < jobs_.size(); ++i) {
    const Millis gap = jobs_.submit[i] - jobs_.submit[i - 1];
    if (gap <= report_.longest_gap) continue;
    report_.longest_gap = gap;
    report_.longest_gap_begin = jobs_.submit[i - 1];
  }
  // A record has pauses; a clock that was set wrong leaves one that is longer than half of it.
  if (report_.longest_gap > 30 * kDay && report_.longest_gap > report_.span / 2) {
    report_.notes.push_back(fmt::format("no submission for {} of {} days: a clock that jumps?",
                                        report_.longest_gap / kDay, report_.span / kDay));
  }
  const long long unsorted = report_.count(TraceIssue::OutOfOrder).rows;
  if (report_.largest_step_back >= kHour && unsorted * 100 < static_cast<long long>(jobs_.size())) {
    report_.notes.push_back(fmt::format(
        "sorted but for {} rows, of which one steps back by {} s: {}", unsorted, report_.largest_step_back / kSecond,
        report_.largest_step_back < kDay ? "a clock that was set back?" : "traces one behind the other?"));
  }
}

JobTable JobRows::finish() {
  if (!jobs_.empty()) {
    resolve_dependencies();
    resolve_open_ends();
    set_zero();
    sort_by_submission(jobs_);
    find_duplicates();
    measure_gaps();
    report_.issues.at(static_cast<std::size_t>(TraceIssue::StillRunning)).rows =
        std::count(jobs_.state.begin(), jobs_.state.end(), JobState::Running);
    if (report_.count(TraceIssue::NoLimit).rows == static_cast<long long>(jobs_.size()))
      report_.notes.emplace_back("no job has a time limit");
    if (clock_ == TraceClock::Calendar && !report_.zone_known)
      report_.notes.emplace_back(
          "times name no zone: where clocks change, an hour is there twice and another one is missing");
  }
  report_.jobs = static_cast<long long>(jobs_.size());
  return std::move(jobs_);
}

}  // namespace orrery
