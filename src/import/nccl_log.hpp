#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/quantity.hpp"

namespace orrery {

/// What one side of a row (out of place or in place) says.
struct NcclTiming {
  Seconds time;                       ///< Of one operation.
  BytesPerSecond bus_bandwidth;       ///< As printed, rounded.
  std::optional<double> wrong_count;  ///< Wrong results; unset where they were not counted.
};

struct NcclRow {
  /// As nccl-tests counts: see `CollectiveModel` for what that is of each collective. Above zero.
  Bytes bytes;
  std::string type;                        ///< Of an element: "float", "bfloat16".
  std::optional<NcclTiming> out_of_place;  ///< Unset where "N/A" is printed.
  std::optional<NcclTiming> in_place;
  std::size_t line = 0;
};

struct NcclDevice {
  long long rank = 0;
  int group = 0;            ///< Of NCCL_TESTS_SPLIT: groups run side by side, each by itself.
  std::uint32_t host = 0;   ///< In the run's `hosts`.
  std::uint32_t model = 0;  ///< In the run's `models`.
};

/// One program run: from its header to its "Out of bounds values".
struct NcclRun {
  /// The program without "_perf": "all_reduce", "all_gather", "reduce_scatter", "alltoall", "broadcast", "sendrecv",
  /// "reduce", "gather", "scatter", "hypercube"; empty where neither a program's name nor the columns tell.
  std::string collective;
  std::vector<std::string> hosts;   ///< In order of first appearance.
  std::vector<std::string> models;  ///< Of the devices: "NVIDIA H100 80GB HBM3".
  std::vector<NcclDevice> devices;  ///< In the order of the log; empty where it does not list them.
  long long ranks = 0;              ///< Of one group; 0 where no device is listed.
  bool is_cpu_time = false;         ///< Times are those of the launching processor (-C 1), not of the operation.
  std::vector<NcclRow> rows;        ///< In the order of the log; at least one.
  std::size_t line = 0;             ///< Where the run begins.
};

struct NcclLog {
  std::vector<NcclRun> runs;
};

/// Reads what nccl-tests or rccl-tests printed (all_reduce_perf and its siblings, since nccl-tests 2.0, 2019): the
/// header, the devices and the rows, from a stream that `name` names in messages.
///
/// Prefixes of launchers are passed over (`[1,0]<stdout>:` of mpirun, `0: ` of srun, `[pod]`, `(task, pid=1)`, a
/// timestamp), and so is whatever else stands between the lines: NCCL's own messages, commands, warnings. A command
/// such as `mpirun ... all_reduce_perf -b 8` names the collective of the run behind it, as newer versions do in their
/// header; without either, all-reduce and reduce-scatter are known by their columns. Rows of zero bytes are left out.
/// A column `error`, which older versions print instead of the count of wrong results, is not a count.
///
/// Errors: malformed rows and device lines, each with its place; a log without a row. Warnings: wrong results, rows
/// that other output broke, bandwidths that contradict the times, runs without rows, times of the processor.
/// Memory grows with rows and devices only: longer lines than `kLongestLogLine` are read up to that, and more than
/// `kMostLogRows` rows or devices are an error. The result is only meaningful without errors.
NcclLog read_nccl_log(std::istream& in, const std::string& name, Diagnostics& diagnostics);

inline constexpr std::size_t kLongestLogLine = 64 * 1024;
inline constexpr std::size_t kMostLogRows = 2'000'000;

}  // namespace orrery
