#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace orrery {

/// Time of the cluster level: whole milliseconds since the begin of the trace, so that events at the same time are at
/// the same time on every machine.
using Millis = std::int64_t;
constexpr Millis kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
inline constexpr Millis kNever = std::numeric_limits<Millis>::max();

/// Row of a job in its table.
using JobId = std::int32_t;
inline constexpr JobId kNoJob = -1;

/// Names that are written once and counted from 0 in the order in which they were first seen.
class Names {
 public:
  /// The number of a name, a new one if need be.
  std::int32_t add(std::string_view name);
  /// The number of a name, or -1.
  std::int32_t find(std::string_view name) const;
  const std::string& at(std::int32_t number) const { return list_[static_cast<std::size_t>(number)]; }
  std::int32_t size() const { return static_cast<std::int32_t>(list_.size()); }
  const std::vector<std::string>& list() const { return list_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<std::string> list_;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> numbers_;
};

/// How a job of a trace ended there.
enum class JobState : std::uint8_t { Unknown, Completed, Failed, Cancelled, Timeout, Running };

/// Jobs, a column each, so that millions of them fit and a replay touches only what its policy asks for. Rows are in
/// order of submission; rows of the same time are in the order of their source.
///
/// `submit`, `run` and `gpus` are always there. Every other column is either empty (nothing is known, the defaults
/// below hold) or as long as they are. Numbers of names are -1 where a row says nothing.
struct JobTable {
  std::vector<Millis> submit;
  std::vector<Millis> run;         ///< On the reference placement, when nothing stops it; at least 1 ms.
  std::vector<std::int32_t> gpus;  ///< Of the whole gang; 0: a job without GPUs.

  std::vector<Millis> limit;                 ///< Time limit that the user asked for; default: unknown.
  std::vector<std::uint8_t> limit_is_guess;  ///< Whether nobody stated the limit: no job is killed at it.
  std::vector<std::int32_t> tenant;          ///< In `tenants`: account, organisation, queue.
  std::vector<std::int32_t> user;            ///< In `users`.
  std::vector<std::int32_t> pool;            ///< In `pools`: virtual cluster or partition with nodes of its own.
  std::vector<std::int32_t> qos;             ///< In `qos_names`: QOS or priority class.
  std::vector<std::int32_t> gpu_type;        ///< In `gpu_types`: the only type it runs on; default: any.
  std::vector<std::int32_t> kind;            ///< In `kinds`: model or workload, for step times and speedups.
  std::vector<std::int32_t> priority;        ///< Larger goes first; default 0.
  std::vector<std::int32_t> workers;  ///< Equal parts of the gang, one a pod or node; default: packed by the placement.
  std::vector<std::int32_t> min_gpus;     ///< Of an elastic job, which runs on `min_gpus`..`gpus`; default: `gpus`.
  std::vector<std::int32_t> gpu_milli;    ///< Thousandths of one GPU that a job of one GPU takes; default 1000.
  std::vector<std::int32_t> cpu_milli;    ///< Thousandths of a CPU, the whole job; default 0.
  std::vector<std::int32_t> memory_mib;   ///< MiB of host memory, the whole job; default 0.
  std::vector<std::uint8_t> preemptible;  ///< Whether it may be stopped for others; default: as the policy says.
  std::vector<Millis> deadline;           ///< Absolute; default: none.
  std::vector<JobId> after;               ///< Row of the job that must end first (dependency), or -1.
  std::vector<std::string> id;            ///< As the source calls it; default: the row's number.
  std::vector<Millis> recorded_start;     ///< What the real scheduler did; -1 where it never started.
  std::vector<JobState> state;

  Names tenants, users, pools, qos_names, gpu_types, kinds;

  std::size_t size() const { return submit.size(); }
  bool empty() const { return submit.empty(); }
};

/// Value of an optional column.
template <class T>
T value_or(const std::vector<T>& column, JobId row, T otherwise) {
  return column.empty() ? otherwise : column[static_cast<std::size_t>(row)];
}

/// The rows `rows` of a table, in that order, with all names; dependencies on rows that are left out are dropped.
JobTable take_rows(const JobTable& jobs, const std::vector<JobId>& rows);

/// Puts the rows in order of submission, stably; dependencies follow.
void sort_by_submission(JobTable& jobs);

}  // namespace orrery
