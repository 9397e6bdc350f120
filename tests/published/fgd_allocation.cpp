// Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent", USENIX
// ATC 2023: the allocation curves of its six policies, 10 seeds each, as published with its simulator.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cluster/sharing/allocation_study.hpp"
#include "import/openb.hpp"
#include "scenario/csv.hpp"
#include "support/data_file.hpp"

namespace orrery {
namespace {

using Curves = std::map<std::string, std::vector<std::vector<double>>>;  // By "variant/policy", seed by seed from 42.

Curves published_curves(const std::filesystem::path& folder) {
  std::istringstream in(test::read_packed(folder / "fgd_expected_allocation.csv.xz"));
  Diagnostics diagnostics;
  CsvReader csv(in, "fgd_expected_allocation.csv");
  Curves curves;
  while (csv.next(diagnostics)) {
    std::vector<double> curve;
    for (std::size_t i = 5; i < csv.row().size(); ++i) curve.push_back(std::atof(std::string(csv.row()[i]).c_str()));
    curves[std::string(csv.row()[0]) + "/" + std::string(csv.row()[1])].push_back(curve);
  }
  diagnostics.throw_if_errors();
  return curves;
}

double worst_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b.at(i)));
  return worst;
}

}  // namespace

TEST_CASE("FGD: published allocation curves of six policies on four workloads") {
  const auto data = test::data_folder();
  if (!data) return;
  const std::filesystem::path traces = *data / "traces";
  const Curves published = published_curves(traces);
  const std::map<std::string, SharingRule> rules = {{"01-Random", SharingRule::Random},
                                                    {"02-DotProd", SharingRule::DotProduct},
                                                    {"03-GpuClustering", SharingRule::GpuClustering},
                                                    {"04-GpuPacking", SharingRule::GpuPacking},
                                                    {"05-BestFit", SharingRule::BestFit},
                                                    {"06-FGD", SharingRule::Fgd}};
  Diagnostics diagnostics;
  const SharedMachine machine =
      read_openb_nodes_file((traces / "alibaba_v2023_openb_node_list_gpu_node.csv.xz").string(), diagnostics);
  REQUIRE(machine.nodes() == 1213);
  REQUIRE(machine.gpus() == 6212);
  for (const char* variant : {"default", "cpu050", "gpushare40", "gpuspec33"}) {
    const std::string name = std::string("openb_pod_list_") + variant;
    const JobTable pods = read_openb_pods_file((traces / ("alibaba_v2023_" + name + ".csv.xz")).string(), diagnostics);
    REQUIRE(diagnostics.all().empty());
    for (const auto& [policy, rule] : rules) {
      CAPTURE(name);
      CAPTURE(policy);
      const auto& expected = published.at(name + "/" + policy);
      REQUIRE(expected.size() == 10);
      std::vector<AllocationCurve> curves;
      std::vector<double> mean(131, 0);
      int same = 0;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        curves.push_back(allocation_curve(pods, machine, rule, 42 + i));
        for (std::size_t load = 0; load < mean.size(); ++load) mean[load] += expected[i].at(load) / 10;
        // Published allocations are rounded to 0.01 twice.
        same += worst_difference(curves.back().allocated, expected[i]) < 0.0101 ? 1 : 0;
      }
      const double worst = worst_difference(mean_allocation(curves), mean);
      CAPTURE(worst);
      CAPTURE(same);
      // The goal is 0.5 points. Where the published program draws nothing while it places, its curves come back seed by
      // seed; FGD's scores there are sums of doubles whose rounding decides between equal ones, ours are exact.
      CHECK(worst < (rule == SharingRule::Random ? 0.5 : 0.05));
      if (rule != SharingRule::Random) CHECK(same >= (rule == SharingRule::Fgd ? 7 : 10));
    }
  }
}

}  // namespace orrery
