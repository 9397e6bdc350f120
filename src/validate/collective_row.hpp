#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace orrery {

/// One measured collective: a row of a table with the columns of docs/collectives.md. An empty cell is an empty
/// optional or an empty string; what it means is told in collective_meaning.hpp.
struct CollectiveRow {
  std::string id, source, collective, gpu;
  std::optional<int> gpus, gpus_per_node;
  std::string intra_link, inter_link;
  std::optional<double> bytes, time_us, algorithm_bandwidth, bus_bandwidth;  ///< The last two in GB/s.
  std::string notes;
  std::size_t line = 0;  ///< Where it stood, 1-based.
  std::size_t end = 0;   ///< Bytes of the table up to its end.
};

/// The columns, in the order of the published tables.
const std::vector<std::string>& collective_columns();

/// Reads such a table row by row; strict, as `read_row_table` says, and no other column may stand in it.
std::size_t read_collective_rows(std::istream& in, const std::string& name,
                                 const std::function<void(const CollectiveRow&)>& use);
std::size_t read_collective_file(const std::string& path, const std::function<void(const CollectiveRow&)>& use);

/// The system that a row was measured on: source, GPU, server and network. Rows of a system share what a model misses.
std::string system_of(const CollectiveRow& row);
/// Whether constants and intervals may be fitted on this row: about half of the systems, by a hash of their name.
bool is_fit_row(const CollectiveRow& row);

}  // namespace orrery
