// Laws of the network level that hold for whole answers, from a scenario's text to the bytes of its page.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "import/network_scenario.hpp"
#include "import/scenario_writer.hpp"
#include "report/network_document.hpp"
#include "report/render.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

NetworkScenario read(const std::string& text, const std::string& jobs = "") {
  const auto source = [](const std::string& t) { return std::make_shared<SourceText>(SourceText{"a.toml", t}); };
  Diagnostics diagnostics;
  const Value root = read_toml(source(text), diagnostics);
  NetworkScenario scenario = read_network_scenario(root, diagnostics, jobs.empty() ? nullptr : source(jobs));
  diagnostics.throw_if_errors();
  return scenario;
}

/// The answer as JSON, without what was assumed.
std::string answer(const NetworkScenario& scenario, unsigned threads = 1) {
  if (!scenario.jobs.empty()) {
    const JobsResult result = simulate_jobs(scenario.cluster, scenario.jobs, 0);
    return render_json(jobs_document(scenario.cluster, scenario.jobs, result, {}));
  }
  NetworkSpec spec = network_spec(scenario.cluster, scenario.network);
  spec.threads = threads;
  return render_json(network_document(spec, simulate_network(spec), {}));
}

NetworkScenario written_and_read(const NetworkScenario& scenario, const std::string& jobs = "") {
  return read(scenario_text(network_scenario_table(scenario), "network", "", scenario.assumptions), jobs);
}

constexpr const char* kDrawn =
    "[cluster]\nfabric = \"meta-24k\"\nchips = 256\nplacement = { order = \"random\", machine_chips = 1024 }\n"
    "[network]\nbytes = \"1.1 MB\"\ndraws = ";

}  // namespace

TEST_CASE("network: law, what is written out whole gives the same answer and assumes nothing") {
  for (const char* text : {
           "cluster = \"h100-sxm:512\"\n[network]\nsweep = true",
           "[cluster]\nfabric = \"superpod-h100\"\nchips = 256\n[network]\ncollective = \"all_to_all\"",
           "[cluster]\nfabric = \"meta-24k\"\nchips = 64\nplacement = { order = \"random\", machine_chips = 512 }\n"
           "[network]\ngroup = 8\nstride = 8\nbytes = \"1.1 MB\"\nalgorithm = \"ring\"\ndraws = 3",
           "[cluster]\nfabric = \"superpod-h100\"\nchips = 128\n[network]\nfailed_links = 0.123456789\ndraws = 2",
           "[cluster]\nnode = \"h100-sxm\"\nfabric = { topology = \"torus\", dimensions = [4, 4, 4] }",
       }) {
    CAPTURE(text);
    const NetworkScenario scenario = read(text), again = written_and_read(scenario);
    CHECK(again.cluster == scenario.cluster);
    CHECK(again.assumptions.empty());
    CHECK(answer(again) == answer(scenario));
  }
  const std::string jobs = "[[job]]\ngpus = 100\n[[job]]\ngpus = 64\ncollective = \"all_to_all\"\nplace = \"random\"";
  const NetworkScenario scenario = read("cluster = \"h100-sxm\"", jobs);
  CHECK(answer(written_and_read(scenario, jobs)) == answer(scenario));
}

TEST_CASE("network: law, the bytes of an answer depend on neither threads nor repetition") {
  const NetworkScenario scenario = read(kDrawn + std::string("7"));
  const std::string once = answer(scenario, 1);
  for (const unsigned threads : {1U, 2U, 5U}) CHECK(answer(scenario, threads) == once);
}

TEST_CASE("network: law, a draw is the same however many there are") {
  // The draws of one seed are a prefix of each other: n times the mean over n grows by one draw at a time, which lies
  // between the best and the worst.
  const auto stretch = [](int draws) {
    const NetworkScenario scenario = read(kDrawn + std::to_string(draws));
    return simulate_network(network_spec(scenario.cluster, scenario.network));
  };
  NetworkResult before = stretch(1);
  for (int draws = 2; draws <= 6; ++draws) {
    const NetworkResult now = stretch(draws);
    REQUIRE(now.draws == draws);
    const double added = draws * now.stretch - (draws - 1) * before.stretch;
    CHECK(now.stretch_low == doctest::Approx(std::min(before.stretch_low, added)).epsilon(1e-9));
    CHECK(now.stretch_high == doctest::Approx(std::max(before.stretch_high, added)).epsilon(1e-9));
    before = now;
  }
}

TEST_CASE("network: law, a machine larger than its job changes nothing for packed ranks") {
  for (const char* question : {"", "collective = \"all_to_all\"", "group = 8\nstride = 32", "fidelity = \"flows\""}) {
    CAPTURE(question);
    const auto time = [&](const char* machine) {
      const NetworkScenario scenario =
          read(std::string("[cluster]\nfabric = { preset = \"meta-24k\", routing = \"spray\" }\n") +
               "chips = 256\nplacement.machine_chips = " + machine + "\n[network]\n" + question);
      const NetworkResult result = simulate_network(network_spec(scenario.cluster, scenario.network));
      return std::pair(result.rows.front().time.raw(), result.stretch);
    };
    CHECK(time("256") == time("24576"));
  }
}

TEST_CASE("network: law, jobs that are alike may change places") {
  const std::string machine = "cluster = \"h100-sxm:256\"";
  const auto job = [](const char* name) { return fmt::format("[[job]]\nname = \"{}\"\ngpus = 64\n", name); };
  const auto results = [&](const std::string& jobs) {
    const NetworkScenario scenario = read(machine, jobs);
    return simulate_jobs(scenario.cluster, scenario.jobs, 0);
  };
  const JobsResult one = results(job("a") + job("b") + job("c")), other = results(job("c") + job("a") + job("b"));
  for (std::size_t j = 0; j < 3; ++j) {
    CHECK(one.jobs[j].together == other.jobs[j].together);
    CHECK(one.jobs[j].steady == other.jobs[j].steady);
  }
}

TEST_CASE("network: law, jobs in pods of their own do not meet") {
  // 4:1 above pods of 3,072: what stays below is alone.
  const NetworkScenario scenario = read("cluster.fabric = { preset = \"meta-24k\", routing = \"spray\" }",
                                        "[[job]]\ngpus = 3072\n[[job]]\ngpus = 3072\ncollective = \"all_gather\"");
  for (const JobResult& job : simulate_jobs(scenario.cluster, scenario.jobs, 0).jobs) {
    CHECK(job.stretch_together == doctest::Approx(job.stretch_alone));
    CHECK(job.steady.raw() == doctest::Approx(job.alone.raw()));
  }
}

}  // namespace orrery
