#include "validate/collective_row.hpp"

#include <fmt/format.h>

#include <array>

#include "validate/row_cells.hpp"
#include "validate/split.hpp"

namespace orrery {
namespace {

constexpr std::array<const char*, 8> kCollectives = {"all_reduce", "all_gather", "reduce_scatter", "all_to_all",
                                                     "sendrecv",   "broadcast",  "moe_dispatch",   "moe_combine"};

void collective(const TableCell& cell, CollectiveRow& row) {
  std::vector<std::string> names(kCollectives.begin(), kCollectives.end());
  row.collective = std::string(cell.text);
  if (std::find(names.begin(), names.end(), row.collective) != names.end()) return;
  const std::string near = did_you_mean(cell.text, names);
  cell.complain(fmt::format("unknown collective `{}`", cell.text.substr(0, 40)),
                near.empty() ? fmt::format("one of {}", fmt::join(names, ", ")) : "did you mean `" + near + "`?");
}

const std::vector<RowColumn<CollectiveRow>>& column_table() {
  using Row = CollectiveRow;
  static const std::vector<RowColumn<Row>> table = {text_column("id", &Row::id),
                                                    text_column("source", &Row::source),
                                                    {"collective", collective},
                                                    text_column("gpu", &Row::gpu),
                                                    whole_column("gpus", &Row::gpus, 1, 1e8),
                                                    whole_column("gpus_per_node", &Row::gpus_per_node, 1, 1e5),
                                                    text_column("intra_link", &Row::intra_link),
                                                    text_column("inter_link", &Row::inter_link),
                                                    number_column("bytes", &Row::bytes, 1, 1e15),
                                                    number_column("time_us", &Row::time_us, 1e-3, 1e12),
                                                    number_column("algbw_GBps", &Row::algorithm_bandwidth, 0, 1e6),
                                                    number_column("busbw_GBps", &Row::bus_bandwidth, 0, 1e6),
                                                    text_column("notes", &Row::notes)};
  return table;
}

}  // namespace

const std::vector<std::string>& collective_columns() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const RowColumn<CollectiveRow>& column : column_table()) list.push_back(column.name);
    return list;
  }();
  return names;
}

std::size_t read_collective_rows(std::istream& in, const std::string& name,
                                 const std::function<void(const CollectiveRow&)>& use) {
  return read_row_table<CollectiveRow>(in, name, column_table(), Strangers::Report, "docs/collectives.md", use);
}

std::size_t read_collective_file(const std::string& path, const std::function<void(const CollectiveRow&)>& use) {
  return read_table_file(path, [&](std::istream& in) { return read_collective_rows(in, path, use); });
}

std::string system_of(const CollectiveRow& row) {
  return fmt::format("{}|{}|{}|{}", row.source, row.gpu, row.gpus_per_node.value_or(0), row.inter_link);
}

// The salt: the first of 0..99 that leaves on the fit part several nodes of A100, H100 and MI300X on InfiniBand, RoCE
// and EFA, and at least as many systems on the other.
bool is_fit_row(const CollectiveRow& row) {
  return stable_hash("16|" + system_of(row)) % 2 == 0;
}

}  // namespace orrery
