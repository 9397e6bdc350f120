#include "support/collective_tables.hpp"

#include <cstdlib>
#include <sstream>
#include <string>

#include "scenario/csv.hpp"
#include "support/data_file.hpp"

namespace orrery::test {
namespace {

Collective collective_of(const std::string& name) {
  if (name == "all_gather") return Collective::AllGather;
  if (name == "reduce_scatter") return Collective::ReduceScatter;
  return name == "alltoall" ? Collective::AllToAll : Collective::AllReduce;
}

}  // namespace

std::vector<CollectiveTableRow> collective_tables() {
  std::vector<CollectiveTableRow> rows;
  const auto folder = data_folder();
  if (!folder) return rows;
  struct File {
    const char *node, *name;
  };
  for (const File& file :
       {File{"a100-sxm", "a100_sxm-nccl-nccl_2.27.3.csv.gz"}, File{"h100-sxm", "h100_sxm-nccl-nccl_2.29.2.csv.gz"},
        File{"b200", "b200_sxm-nccl-nccl_2.29.2.csv.gz"}}) {
    std::istringstream in(read_packed(*folder / "kernels" / file.name));
    Diagnostics mistakes;
    CsvReader csv(in, file.name);
    csv.header(mistakes);
    const auto cell = [&](const char* column) {
      return std::string(csv.row()[static_cast<std::size_t>(csv.column(column))]);
    };
    while (csv.next(mistakes)) {
      if (cell("nccl_dtype") != "half") continue;
      // Sizes count elements of two bytes; times are in ms.
      rows.push_back({file.node, collective_of(cell("op_name")), std::atoi(cell("num_gpus").c_str()),
                      Bytes(2 * std::strtod(cell("message_size").c_str(), nullptr)),
                      Seconds(1e-3 * std::strtod(cell("latency").c_str(), nullptr))});
    }
    mistakes.throw_if_errors();
  }
  return rows;
}

}  // namespace orrery::test
