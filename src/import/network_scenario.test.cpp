#include "import/network_scenario.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "import/scenario_writer.hpp"
#include "import/step_scenario.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

Source source(const std::string& text) {
  return std::make_shared<SourceText>(SourceText{"a.toml", text});
}

NetworkScenario read(const std::string& text, const std::string& jobs = "") {
  Diagnostics diagnostics;
  const Value root = read_toml(source(text), diagnostics);
  NetworkScenario scenario = read_network_scenario(root, diagnostics, jobs.empty() ? nullptr : source(jobs));
  INFO(text);
  CHECK_NOTHROW(diagnostics.throw_if_errors());
  return scenario;
}

/// The mistakes of a scenario, as "line: message".
std::vector<std::string> mistakes(const std::string& text, const std::string& jobs = "") {
  Diagnostics diagnostics;
  const Value root = read_toml(source(text), diagnostics);
  read_network_scenario(root, diagnostics, jobs.empty() ? nullptr : source(jobs));
  std::vector<std::string> found;
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.severity == Severity::Error) found.push_back(std::to_string(d.span.line) + ": " + d.message);
  }
  return found;
}

std::string written(const NetworkScenario& scenario) {
  return scenario_text(network_scenario_table(scenario), "network", "", scenario.assumptions);
}

TEST_CASE("network scenario: jobs are given the machine that the fabric is, or as large a one as they take") {
  const std::string jobs = "[[job]]\ngpus = 100\n[[job]]\ngpus = 64\ncollective = \"all_to_all\"\nplace = \"random\"";
  const NetworkScenario scenario = read("cluster = \"h100-sxm\"", jobs);
  CHECK(scenario.jobs.size() == 2);
  CHECK(scenario.cluster.machine_chips() == 104 + 64);  // whole nodes
  CHECK(read(written(scenario), jobs).cluster == scenario.cluster);
  CHECK(read("cluster.fabric = \"meta-24k\"", jobs).cluster.machine_chips() == 24'576);
}

TEST_CASE("network scenario: one file serves several levels, each reads its own tables") {
  const std::string text = R"(
model = "llama-3.1-8b"
[cluster]
fabric = "superpod-h100"
chips = 64
[training]
sequence = 4096
[layout]
tp = 8
[network]
collective = "all_gather"
group = 8
)";
  CHECK(read(text).network.collective == Collective::AllGather);
  Diagnostics diagnostics;
  const StepScenario step = read_step_scenario(read_toml(source(text), diagnostics), diagnostics);
  CHECK_NOTHROW(diagnostics.throw_if_errors());
  CHECK(step.spec.layout.tp == 8);
  CHECK(step.spec.cluster.chips == 64);
  // A table of another level is left alone even where that level would refuse it; one of no level is not.
  CHECK(mistakes("cluster = \"h100-sxm:64\"\n[training]\nsequence = -1").empty());
  CHECK(mistakes("cluster = \"h100-sxm:64\"\n[netwrok]\ngroup = 8") ==
        std::vector<std::string>{"2: unknown table `netwrok`"});
}

TEST_CASE("network scenario: mistakes are reported all at once, each in its place") {
  CHECK(mistakes("[cluster]\nfabric = \"meta-24k\"\nchips = 24584") ==
        std::vector<std::string>{"3: 24,584 chips on a fabric that joins 24,576"});
  CHECK(mistakes("[cluster]\nfabric = \"meta-24k\"\nplacement.machine_chips = 30720\nchips = 8").front() ==
        "3: 30,720 chips on a fabric that joins 24,576");
  CHECK(mistakes("[cluster]\nfabric = \"meta-24k\"\nchips = 64\n[network]\ngroup = 16\nstride = 8") ==
        std::vector<std::string>{"5: 16 ranks, 8 apart, are more than the job's 64 GPUs"});
  CHECK(mistakes("[network]\ncollective = \"sum\"\ndraws = 0").size() == 3);  // and no machine
}

TEST_CASE("jobs file: mistakes are reported all at once, each in its place") {
  const std::string machine = "cluster = \"h100-sxm:64\"";
  CHECK(mistakes(machine, "# none") == std::vector<std::string>{"1: no job is given"});
  CHECK(mistakes(machine, "[[job]]\nname = \"a\"\ngpus = 8\n[[job]]\nname = \"a\"\ngpus = 8\ngroup = 16") ==
        std::vector<std::string>{"5: jobs 1 and 2 are both called `a`",
                                 "7: 16 ranks, 1 apart, are more than the 8 GPUs of `a`"});
  const std::string small = "[cluster]\nnode = \"h100-sxm\"\nplacement.machine_chips = 64\n";
  CHECK(mistakes(small, "[[job]]\ngpus = 57\n[[job]]\ngpus = 1\n[[job]]\nname = \"b\"\ngpus = 8") ==
        std::vector<std::string>{
            "4: `job 2` does not fit: it takes 1 GPUs (8 in whole domains of 8), and 0 of the machine's 64 are left",
            "7: `b` does not fit: it takes 8 GPUs, and 0 of the machine's 64 are left"});
}

}  // namespace
}  // namespace orrery
