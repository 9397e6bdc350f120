#include "cluster/sharing/allocation_study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "base/unit_text.hpp"
#include "cluster/sharing/sharing_placement.hpp"

namespace orrery {
namespace {

constexpr double kMostArrivals = 20e6;

/// Pods that fit on no node of the empty machine. Equal ones are looked at once.
long long impossible_pods(std::vector<Pod> pods, const SharedNodes& empty) {
  const auto key = [](const Pod& p) {
    return std::tuple(p.gpus, p.gpu_milli, p.gpu_type, p.pool, p.cpu_milli, p.memory_mib);
  };
  std::sort(pods.begin(), pods.end(), [&](const Pod& a, const Pod& b) { return key(a) < key(b); });
  long long count = 0;
  bool fits = true;
  for (std::size_t i = 0; i < pods.size(); ++i) {
    if (i == 0 || pods[i] != pods[i - 1]) {
      fits = false;
      for (std::int32_t place = 0; place < empty.size() && !fits; ++place) fits = empty.fits(place, pods[i]);
    }
    count += fits ? 0 : 1;
  }
  return count;
}

}  // namespace

std::optional<std::string> why_no_allocation(const JobTable& pods, const SharedMachine& machine,
                                             const AllocationOptions& options) {
  if (machine.gpus() == 0) return "the machine has no GPU";
  const double capacity = static_cast<double>(machine.gpus()) * kWholeGpu * options.load_percent / 100;
  double load = 0;
  for (const Pod& pod : pods_of_jobs(pods)) load += static_cast<double>(pod.total_gpu_milli());
  if (load == 0) return "no pod asks for a GPU";
  const double arrivals = capacity / load * static_cast<double>(pods.size());
  if (arrivals > kMostArrivals) {
    return fmt::format("the pods are so small that {} would arrive until {} % of the machine's {} GPUs are asked for",
                       format_count(static_cast<long long>(std::min(arrivals, 1e18))), options.load_percent,
                       format_count(machine.gpus()));
  }
  return std::nullopt;
}

AllocationStudy allocation_study(const JobTable& pods, const SharedMachine& machine,
                                 const std::vector<SharingRule>& rules, const std::vector<std::uint64_t>& seeds,
                                 ThreadPool& pool, const AllocationOptions& options) {
  AllocationStudy study;
  study.rules = rules;
  study.seeds = seeds;
  study.gpus = machine.gpus();
  study.nodes = machine.nodes();
  study.pods = static_cast<long long>(pods.size());
  const std::vector<Pod> list = pods_of_jobs(pods);
  study.impossible = impossible_pods(list, SharedNodes(machine, pods.gpu_types, pods.pools));
  study.target_pods = static_cast<long long>(typical_pods(list, pods.gpu_types, options.target_share).size());
  std::vector<AllocationCurve> all = pool.parallel_map(rules.size() * seeds.size(), [&](std::size_t i) {
    return allocation_curve(pods, machine, rules[i / seeds.size()], seeds[i % seeds.size()], options);
  });
  for (std::size_t rule = 0; rule < rules.size(); ++rule) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(rule * seeds.size());
    study.curves.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(seeds.size()));
  }
  return study;
}

std::vector<double> mean_allocation(const std::vector<AllocationCurve>& curves) {
  std::vector<double> mean(curves.empty() ? 0 : curves.front().allocated.size(), 0);
  for (const AllocationCurve& curve : curves) {
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += curve.allocated[i] / static_cast<double>(curves.size());
  }
  return mean;
}

}  // namespace orrery
