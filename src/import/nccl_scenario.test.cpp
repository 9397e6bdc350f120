#include "import/nccl_scenario.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "scenario/overrides.hpp"

namespace orrery {
namespace {

/// A run of `program` on `hosts` x `of_host` GPUs; `split`: groups by rank modulo it.
NcclRun run_of(const std::string& program, int hosts, int of_host, const std::string& model = "NVIDIA H100 80GB HBM3",
               int split = 1) {
  std::string text = fmt::format("# Collective test starting: {}_perf\n# Using devices\n", program);
  for (int i = 0; i < hosts * of_host; ++i) {
    text += fmt::format("#  Rank {:2} Group {:2} Pid {:6} on host{} device {:2} [0000:{:02x}:00] {}\n", i, i % split,
                        9000 + i, i / of_host, i % of_host, i % of_host + 1, model);
  }
  text +=
      "#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw "
      "#wrong\n"
      "     1048576        262144     float    none      -1    50.00   20.97   20.97      0    50.00   20.97   20.97   "
      " "
      "  0\n";
  Diagnostics diagnostics;
  std::istringstream in(text);
  NcclLog log = read_nccl_log(in, "run.log", diagnostics);
  INFO(render_text(diagnostics.all(), false));
  REQUIRE_FALSE(diagnostics.has_errors());
  REQUIRE(log.runs.size() == 1);
  return log.runs.front();
}

struct Reading {
  NetworkScenario scenario;
  Diagnostics diagnostics;
  std::string messages() const { return render_text(diagnostics.all(), false); }
};

/// The run under options, given as path=value.
Reading read(const NcclRun& run, const std::vector<std::string>& options = {}) {
  Reading reading;
  Value root(Value::Table{}, {});
  for (const std::string& option : options) {
    const std::size_t equals = option.find('=');
    apply_option(root, option.substr(0, equals), "--option", option.substr(equals + 1), reading.diagnostics);
  }
  reading.scenario = read_nccl_scenario(root, run, "run.log", reading.diagnostics);
  return reading;
}

NetworkScenario good(const NcclRun& run, const std::vector<std::string>& options = {}) {
  Reading reading = read(run, options);
  INFO(reading.messages());
  CHECK(reading.diagnostics.all().empty());
  return std::move(reading.scenario);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

bool assumes(const NetworkScenario& scenario, const std::string& part) {
  return std::any_of(scenario.assumptions.begin(), scenario.assumptions.end(),
                     [&](const std::string& each) { return has(each, part); });
}

TEST_CASE("nccl scenario: hand-computed, a log alone says the whole question") {
  const NetworkScenario scenario = good(run_of("alltoall", 2, 8));
  CHECK(scenario.network.collective == Collective::AllToAll);
  CHECK(scenario.cluster.chips == 16);
  CHECK(scenario.cluster.chip.name == "H100-SXM5-80GB");
  CHECK(scenario.cluster.node.chips == 8);
  CHECK(scenario.network.group == 0);
  CHECK(assumes(scenario, "NVIDIA H100 80GB HBM3 stands for the usual node of h100-sxm on its usual fabric"));
}

TEST_CASE("nccl scenario: hand-computed, devices stand for chips") {
  for (const auto& [device, chip] : {std::pair{"NVIDIA H200", "H200-SXM5-141GB"},
                                     {"A100-SXM4-80GB", "A100-SXM4-80GB"},
                                     {"NVIDIA GH200 480GB", "GH200-96GB"},
                                     {"AMD Instinct MI300X", "MI300X"},
                                     {"NVIDIA H100 NVL", "H100-NVL-94GB"}}) {
    CAPTURE(std::string(device));
    Reading reading = read(run_of("all_gather", 2, 4, device));
    CHECK(reading.scenario.cluster.chip.name == chip);
  }
}

TEST_CASE("nccl scenario: hand-computed, hosts with fewer GPUs than the usual server") {
  const NetworkScenario scenario = good(run_of("all_gather", 4, 4));
  CHECK(scenario.cluster.chips == 16);
  CHECK(scenario.cluster.node.chips == 4);
  CHECK(scenario.cluster.node.scale_up_domain == 4);
  CHECK(scenario.cluster.node.scale_out_bandwidth.raw() == doctest::Approx(50e9));  // of a GPU, as before
  CHECK(assumes(scenario, "servers of 4 GPUs"));
  // The same below a fabric and below a machine that options name.
  CHECK(good(run_of("all_gather", 4, 4), {"cluster.fabric=superpod-h100"}).cluster.node.chips == 4);
  CHECK(good(run_of("all_gather", 4, 4), {"cluster=h100-sxm"}).cluster.node.chips == 4);
  // Some GPUs of one server leave it whole; a rack keeps its domain.
  CHECK(good(run_of("all_gather", 1, 4)).cluster.node.chips == 8);
  const NetworkScenario rack = good(run_of("all_gather", 4, 2, "NVIDIA GB200"));
  CHECK(rack.cluster.node.chips == 2);
  CHECK(rack.cluster.node.scale_up_domain == 72);
}

TEST_CASE("nccl scenario: hand-computed, split groups") {
  const NetworkScenario scenario = good(run_of("all_gather", 2, 8, "NVIDIA H100 80GB HBM3", 8));
  CHECK(scenario.cluster.chips == 16);
  CHECK(scenario.network.group == 2);
  CHECK(scenario.network.stride == 8);
  NcclRun irregular = run_of("all_gather", 2, 8, "NVIDIA H100 80GB HBM3", 2);
  std::swap(irregular.devices[0].group, irregular.devices[3].group);
  CHECK(has(read(irregular).messages(), "the groups of this run are spread irregularly"));
}

TEST_CASE("nccl scenario: hand-computed, options that agree go first") {
  const NetworkScenario scenario = good(
      run_of("all_gather", 2, 8), {"cluster.fabric=roce-400g", "cluster.chips=16", "network.collective=all_gather"});
  CHECK(has(scenario.cluster.fabric.name, "RoCE"));
  CHECK(assumes(scenario, "stands for the usual node of h100-sxm"));
  CHECK_FALSE(assumes(scenario, "usual fabric"));
  CHECK(good(run_of("all_gather", 2, 8), {"cluster=h100-sxm:16"}).cluster.chips == 16);
}

TEST_CASE("nccl scenario: hand-computed refusals, with both places") {
  const auto refused = [](const NcclRun& run, const std::vector<std::string>& options, const char* message) {
    const Reading reading = read(run, options);
    CAPTURE(reading.messages());
    CHECK(reading.diagnostics.has_errors());
    CHECK(has(reading.messages(), message));
  };
  refused(run_of("all_gather", 2, 8), {"cluster.chips=32"}, "the log's run has 16 ranks, not 32\n  --> --option:1:1");
  refused(run_of("all_gather", 2, 8), {"cluster.chips=32"}, "run.log:1 lists 16");
  refused(run_of("all_gather", 2, 8), {"cluster=h100-sxm:8"}, "the log's run has 16 ranks, not 8");
  refused(run_of("all_gather", 2, 8), {"network.group=8"}, "the log's groups have 16 ranks, not 8");
  refused(run_of("all_gather", 2, 8), {"network.collective=all_reduce"}, "the log is of all_gather, not of all_reduce");
  refused(run_of("hypercube", 2, 8), {}, "no model of `hypercube`");
  refused(run_of("all_gather", 1, 8, "Riva TNT2"), {}, "no chip is known by `Riva TNT2`");
  NcclRun pasted = run_of("all_gather", 1, 8);
  pasted.devices.clear();
  pasted.hosts.clear();
  pasted.models.clear();
  pasted.ranks = 0;
  refused(pasted, {"cluster.node=h100-sxm"}, "the log does not list its devices: how many GPUs?");
  pasted.collective.clear();
  refused(pasted, {"cluster=h100-sxm:8"}, "the log does not name its program");
  CHECK(good(pasted, {"cluster=h100-sxm:8", "network.collective=broadcast"}).cluster.chips == 8);
}

TEST_CASE("nccl scenario: hand-computed, other chips than the options name are warned of") {
  const Reading reading = read(run_of("all_gather", 2, 8), {"cluster.node=a100-sxm"});
  CHECK_FALSE(reading.diagnostics.has_errors());
  CHECK(has(reading.messages(), "the log's GPUs are NVIDIA H100 80GB HBM3, the machine's A100-SXM4-80GB"));
}

}  // namespace
}  // namespace orrery
