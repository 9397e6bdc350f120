#include "import/throughput_table.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace orrery;

namespace {

Source text(std::string content) {
  auto source = std::make_shared<SourceText>();
  source->name = "rates.json";
  source->text = std::move(content);
  return source;
}

std::string messages(const std::string& content) {
  Diagnostics diagnostics;
  CHECK(read_throughput_table(text(content), diagnostics).empty());
  return render_text(diagnostics.all(), false);
}

bool contains(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("throughput table: hand-made") {
  Diagnostics diagnostics;
  const auto rows = read_throughput_table(text(R"json({
    "v100": {"('ResNet-50 (batch size 64)', 1)": {"null": 4, "('A3C', 1)": [3.5, 1]},
             "('ResNet-50 (batch size 64)', 2)": {"null": 7.5}},
    "v100_unconsolidated": {"('ResNet-50 (batch size 64)', 2)": {"null": 5.0}}})json"),
                                          diagnostics);
  REQUIRE_FALSE(diagnostics.has_errors());
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].kind == "ResNet-50 (batch size 64)");
  CHECK(rows[0].steps_per_second == 4);
  CHECK(rows[2].gpu_type == "v100");
  CHECK_FALSE(rows[2].consolidated);
  JobTable jobs;
  jobs.kinds.add("ResNet-50 (batch size 64)");
  jobs.gpu_types.add("v100");
  const RateTable rates = throughput_rates(rows, jobs, 4);
  CHECK(rates.rate(0, 0, kGpuLevel, 1) == 4);
  CHECK(rates.rate(0, 0, kNodeLevel, 2) == 7.5);
  CHECK(rates.rate(0, 0, 2, 2) == 5);
  CHECK(rates.rate(0, 0, 3, 2) == 5);
}

TEST_CASE("throughput table: mistakes are told with their place, all at once") {
  const std::string told = messages(R"json({"v100": {
  "ResNet-50": {"null": 4},
  "('ResNet-50', 0)": {"null": 4},
  "('ResNet-50', 1)": {"null": -4},
  "('ResNet-50', 2)": {"('A3C', 1)": [1, 2]},
  "('ResNet-50', 4)": {"null": 4, "('A3C', 1)": [1]}}})json");
  CHECK(contains(told, "`ResNet-50` is no kind and number of GPUs"));
  CHECK(contains(told, "rates.json:2:3"));
  CHECK(contains(told, "`('ResNet-50', 0)` is no kind and number of GPUs"));
  CHECK(contains(told, "steps per second are a number from 0 on"));
  CHECK(contains(told, "rates.json:4:32"));
  CHECK(contains(told, "a worker has no rate of its own"));
  CHECK(contains(told, "`('A3C', 1)` is no job that shares the GPUs"));
  CHECK(contains(messages("[]"), "a throughput table is an object of GPU types"));
  CHECK(contains(messages(R"json({"_unconsolidated": {}})json"), "names no GPU type"));
  CHECK(contains(messages(R"json({"v100": {}, "v100": {}})json"), "v100"));
}
