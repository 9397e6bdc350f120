#include "validate/collective_row.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {
namespace {

const std::string kHeader =
    "id,source,collective,gpu,gpus,gpus_per_node,intra_link,inter_link,bytes,time_us,algbw_GBps,busbw_GBps,notes\n";

std::vector<CollectiveRow> read(const std::string& text) {
  std::istringstream in(text);
  std::vector<CollectiveRow> rows;
  read_collective_rows(in, "test.csv", [&](const CollectiveRow& row) { rows.push_back(row); });
  return rows;
}

std::string mistakes(const std::string& text) {
  std::string all;
  try {
    read(text);
  } catch (const InputError& error) {
    for (const Diagnostic& each : error.diagnostics())
      all += each.message + (each.hint.empty() ? "" : " (" + each.hint + ")") + "\n";
  }
  return all;
}

TEST_CASE("collective rows: hand-computed, typed cells and blanks") {
  const auto rows =
      read(kHeader +
           "a,\"someone, somewhere\",all_reduce,H100,16,8,NVLink4,8x IB NDR400,1048576,98.5,,20.1,\"x; y\"\n"
           "b,s,moe_dispatch,H800,8.0,,,,,,,153,\n");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].source == "someone, somewhere");
  CHECK(rows[0].gpus == 16);
  CHECK(rows[0].bytes == 1048576);
  CHECK(rows[0].time_us == 98.5);
  CHECK_FALSE(rows[0].algorithm_bandwidth.has_value());
  CHECK(rows[0].bus_bandwidth == 20.1);
  CHECK(rows[1].gpus == 8);
  CHECK_FALSE(rows[1].gpus_per_node.has_value());
  CHECK_FALSE(rows[1].bytes.has_value());
  CHECK(rows[1].line == 3);
}

TEST_CASE("collective rows: hand-computed, all mistakes at once") {
  CHECK(mistakes(kHeader + "a,s,all_redoce,H100,0,8.5,,,-1,abc,,,\n,s,all_reduce,H100,8,8,,,1,1,,,\n"
                           "b,s,all_reduce,H100,8,8,,,1,1,,,\nb,s,all_reduce,H100,8,8,,,1,1,,,\n") ==
        "unknown collective `all_redoce` (did you mean `all_reduce`?)\n"
        "`gpus` is out of range (between 1 and 1e+08)\n"
        "`gpus_per_node` is not a whole number\n"
        "`bytes` is out of range (between 1 and 1e+15)\n"
        "`time_us` is not a number (a plain number, for example 12.5)\n"
        "`id` is blank (a name that no other row has)\n"
        "the id `b` stands twice (first on line 4)\n");
}

TEST_CASE("collective rows: hand-computed, columns that are missing, strange or misspelt") {
  CHECK(mistakes("id,source\n") ==
        "11 columns are missing: collective, gpu, gpus, gpus_per_node, intra_link, inter_link, bytes, time_us, "
        "algbw_GBps, busbw_GBps, notes (docs/collectives.md tells what each holds; most cells may be blank)\n");
  std::string header = kHeader;
  header.replace(header.find("gpus,"), 4, "gpuss");
  CHECK(mistakes(header) == "unknown column `gpuss` (did you mean `gpus`?)\n");
  CHECK(mistakes("colour," + kHeader) == "unknown column `colour` (docs/collectives.md tells which there are)\n");
  CHECK(mistakes("notes," + kHeader).find("notes") != std::string::npos);
}

TEST_CASE("collective rows: law, a system lies on one side of the split") {
  CollectiveRow row;
  row.source = "s";
  row.gpu = "H100";
  const bool side = is_fit_row(row);
  row.id = "another";
  row.bytes = 5;
  row.gpus = 64;
  row.collective = "all_gather";
  CHECK(is_fit_row(row) == side);
}

}  // namespace
}  // namespace orrery
