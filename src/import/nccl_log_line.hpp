#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "import/nccl_log.hpp"

namespace orrery {

/// A word of a line and its offset.
struct LogWord {
  std::string_view text;
  std::size_t begin = 0;
};

/// What is wrong with a line.
struct LineProblem {
  std::string message, hint;
  std::size_t begin = 0, length = 1;
};

/// Offset behind what a launcher put before the line.
std::size_t launcher_prefix(std::string_view line);

/// The words from an offset on; of a long line the first sixty-four.
std::vector<LogWord> words_of(std::string_view line, std::size_t from);

/// "all_reduce" of ".../all_reduce_perf" or "all_reduce_perf_mpi"; empty for what is no such program.
std::string collective_of_program(std::string_view word);

bool is_whole_number(std::string_view text);
/// "float", "bfloat16", ...: how nccl-tests names the type of an element.
bool is_element_type(std::string_view text);

/// Which word of a row is what.
struct LogColumns {
  enum class Kind { Size, Count, Type, Time, AlgorithmBandwidth, BusBandwidth, Wrong, Ignored };
  std::vector<Kind> kinds;
  bool is_cpu_time = false;
  bool has_timestamp = false;  ///< Two words more: a date and a time of day.

  std::size_t words() const { return kinds.size() + (has_timestamp ? 2 : 0); }
};
/// The columns that a header's words (behind its `#`) name, or none where they are no such header.
std::optional<LogColumns> columns_of_header(const std::vector<LogWord>& words);
/// The columns of a row whose header is not in the log, by its number of words.
std::optional<LogColumns> usual_columns(std::size_t words);

struct ParsedRow {
  NcclRow row;
  std::optional<LineProblem> contradiction;  ///< A bandwidth that does not follow from size and time.
};
/// A row, or what is wrong with it.
Expected<ParsedRow, LineProblem> parse_row(const std::vector<LogWord>& words, const LogColumns& columns);

/// "Rank 0 Group 0 Pid 6899 on node1 device 0 [0000:04:00] NVIDIA H100 80GB HBM3".
struct DeviceLine {
  long long rank = 0;
  int group = 0;
  std::string host, model;
};
Expected<DeviceLine, LineProblem> parse_device(std::string_view line, const std::vector<LogWord>& words);

}  // namespace orrery
