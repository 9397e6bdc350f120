#include "cluster/sharing/allocation_curve.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "cluster/sharing/go_random.hpp"
#include "cluster/sharing/sharing_placement.hpp"

namespace orrery {
namespace {

/// Means of what was added by whole per cents of load; where nothing was, of the neighbours.
class CurveMeans {
 public:
  explicit CurveMeans(int last) : sums_(static_cast<std::size_t>(last) + 1, 0), counts_(sums_.size(), 0) {}

  void add(double load, double allocated) {
    const double rounded = std::nearbyint(load);
    if (rounded < 0 || rounded >= static_cast<double>(sums_.size())) return;
    sums_[static_cast<std::size_t>(rounded)] += allocated;
    ++counts_[static_cast<std::size_t>(rounded)];
  }

  std::vector<double> means() const {
    std::vector<double> means(sums_.size(), 0);
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      double sum = sums_[i];
      long long count = counts_[i];
      if (count == 0) {
        for (const std::size_t j : {i - 1, i + 1}) {
          if (j >= sums_.size()) continue;
          sum += sums_[j];
          count += counts_[j];
        }
      }
      // A load that no pod came near: as it was before.
      means[i] = count > 0 ? sum / static_cast<double>(count) : i > 0 ? means[i - 1] : 0;
    }
    return means;
  }

 private:
  std::vector<double> sums_;
  std::vector<long long> counts_;
};

}  // namespace

std::vector<Pod> pods_of_jobs(const JobTable& jobs) {
  std::vector<JobId> rows(jobs.size());
  std::iota(rows.begin(), rows.end(), 0);
  if (!jobs.id.empty()) {
    std::stable_sort(rows.begin(), rows.end(), [&](JobId a, JobId b) {
      return jobs.id[static_cast<std::size_t>(a)] < jobs.id[static_cast<std::size_t>(b)];
    });
  }
  std::vector<Pod> pods;
  pods.reserve(rows.size());
  for (const JobId job : rows) {
    const Demand demand = demand_of(jobs, job);
    Pod pod;
    pod.gpus = demand.gpus;
    pod.gpu_milli = demand.gpus > 0 ? demand.gpu_milli : 0;
    pod.gpu_type = demand.gpu_type;
    pod.pool = demand.pool;
    pod.cpu_milli = demand.cpu_milli;
    pod.memory_mib = demand.memory_mib;
    pods.push_back(pod);
  }
  return pods;
}

ArrivalOrder arrival_order(std::span<const Pod> pods, const SharedMachine& machine, int load_percent,
                           std::uint64_t seed) {
  const std::int64_t wanted = machine.gpus() * kWholeGpu * load_percent / 100;
  const auto size = [](const auto& list) { return static_cast<std::int32_t>(list.size()); };
  ArrivalOrder order;
  GoRandom random(seed);
  random.next();  // Logged by the published program.
  order.pods.assign(pods.begin(), pods.end());
  for (std::int32_t i = size(order.pods) - 1; i > 0; --i) {
    std::swap(order.pods[static_cast<std::size_t>(i)],
              order.pods[static_cast<std::size_t>(random.below_for_shuffle(i + 1))]);
  }
  std::int64_t load = 0;
  for (const Pod& pod : pods) load += pod.total_gpu_milli();
  const bool any_gpu = load > 0;
  if (load > wanted) {
    while (load > wanted) {
      const auto out = order.pods.begin() + random.below(size(order.pods));
      load -= out->total_gpu_milli();
      order.pods.erase(out);
    }
  } else if (load < wanted && any_gpu) {
    while (true) {
      const Pod& pod = pods[static_cast<std::size_t>(random.below(size(pods)))];
      // The last pod counts with one of its GPUs.
      if (load + pod.gpu_milli > wanted) break;
      load += pod.total_gpu_milli();
      order.pods.push_back(pod);
    }
  }
  // Ten watches of the program's Kubernetes client draw a time-out each between pods and nodes.
  for (int i = 0; i < 10; ++i) random.next();
  std::vector<std::int32_t> rank(static_cast<std::size_t>(machine.nodes()));
  for (std::int32_t i = 0; i < size(rank); ++i) {
    const auto j = static_cast<std::size_t>(random.below(i + 1));
    rank[static_cast<std::size_t>(i)] = rank[j];
    rank[j] = i;
  }
  order.nodes.resize(rank.size());
  for (std::int32_t i = 0; i < size(rank); ++i) {
    order.nodes[static_cast<std::size_t>(rank[static_cast<std::size_t>(i)])] = i;
  }
  return order;
}

AllocationCurve allocation_curve(const JobTable& jobs, const SharedMachine& machine, SharingRule rule,
                                 std::uint64_t seed, const AllocationOptions& options) {
  AllocationCurve curve;
  const double gpus = static_cast<double>(machine.gpus()) * kWholeGpu;
  ORRERY_CHECK(gpus > 0, "an allocation curve needs a machine with GPUs");
  const std::vector<Pod> pods = pods_of_jobs(jobs);
  SharingOptions sharing;
  sharing.rule = rule;
  sharing.seed = seed;
  sharing.target = typical_pods(pods, jobs.gpu_types, options.target_share);
  ArrivalOrder order = arrival_order(pods, machine, options.load_percent, seed);
  sharing.order = std::move(order.nodes);
  SharingPlacement placement(machine, jobs, std::move(sharing));

  CurveMeans means(options.load_percent);
  double arrived = 0;
  std::vector<Slice> slices;
  for (const Pod& pod : order.pods) {
    Demand demand;
    demand.gpus = pod.gpus;
    demand.gpu_milli = pod.gpu_milli;
    demand.gpu_type = pod.gpu_type;
    demand.pool = pod.pool;
    demand.cpu_milli = pod.cpu_milli;
    demand.memory_mib = pod.memory_mib;
    slices.clear();
    arrived += static_cast<double>(pod.total_gpu_milli());
    ++curve.arrived;
    if (placement.take(demand, kNever, slices)) ++curve.placed;
    means.add(100 * arrived / gpus, 100 * (1 - static_cast<double>(placement.free_gpu_milli()) / gpus));
  }
  curve.allocated = means.means();
  curve.end = placement.fragmentation();
  return curve;
}

}  // namespace orrery
