#include "cluster/sharing/target_workload.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/check.hpp"

namespace orrery {

std::vector<TypicalPod> typical_pods(std::span<const Pod> pods, const Names& gpu_types, double share) {
  const auto key = [](const Pod& pod) { return std::tuple(pod.cpu_milli, pod.gpu_milli, pod.gpus, pod.gpu_type); };
  std::vector<Pod> sorted(pods.begin(), pods.end());
  for (Pod& pod : sorted) {
    pod.memory_mib = 0;
    pod.pool = -1;
  }
  std::sort(sorted.begin(), sorted.end(), [&](const Pod& a, const Pod& b) { return key(a) < key(b); });
  std::vector<TypicalPod> counted;
  for (const Pod& pod : sorted) {
    if (counted.empty() || counted.back().pod != pod) counted.push_back({pod, 0});
    ++counted.back().count;
  }
  const auto text = [&](std::int32_t type) {
    return type < 0 ? std::string_view() : std::string_view(gpu_types.at(type));
  };
  std::sort(counted.begin(), counted.end(), [&](const TypicalPod& a, const TypicalPod& b) {
    return std::tuple(a.count, a.pod.cpu_milli, a.pod.gpu_milli, a.pod.gpus, text(a.pod.gpu_type)) >
           std::tuple(b.count, b.pod.cpu_milli, b.pod.gpu_milli, b.pod.gpus, text(b.pod.gpu_type));
  });
  const double wanted = share * static_cast<double>(pods.size());
  std::int64_t sum = 0;
  std::size_t kept = 0;
  while (kept < counted.size() && static_cast<double>(sum) < wanted) sum += counted[kept++].count;
  counted.resize(kept);
  return counted;
}

std::string_view name_of(FragmentCause cause) {
  switch (cause) {
    case FragmentCause::LacksBoth:
      return "lacks GPU and CPU";
    case FragmentCause::LacksGpu:
      return "lacks GPU";
    case FragmentCause::LacksCpu:
      return "lacks CPU";
    case FragmentCause::NoGpuWanted:
      return "no GPU wanted";
    case FragmentCause::NoGpuWantedLacksCpu:
      return "no GPU wanted, lacks CPU";
    case FragmentCause::OtherType:
      return "other GPU type";
  }
  return "";
}

double Fragmentation::fragmented() const {
  return std::accumulate(by_cause.begin(), by_cause.end(), 0.0);
}

Fragmentation& Fragmentation::operator+=(const Fragmentation& other) {
  usable += other.usable;
  for (std::size_t i = 0; i < kFragmentCauses; ++i) by_cause[i] += other.by_cause[i];
  return *this;
}

TargetWorkload::TargetWorkload(std::vector<TypicalPod> pods, const SharedNodes& nodes) : pods_(std::move(pods)) {
  std::vector<std::int32_t> shares;
  std::vector<std::pair<std::int32_t, std::int32_t>> kinds;
  for (const TypicalPod& typical : pods_) {
    const Pod& pod = typical.pod;
    ORRERY_CHECK(typical.count > 0 && pod.gpu_milli <= kWholeGpu && (pod.gpus == 0) == (pod.gpu_milli == 0),
                 "a typical pod comes at least once and asks for parts of GPUs");
    count_ += typical.count;
    cpus_.push_back(pod.cpu_milli);
    if (pod.gpus == 1) shares.push_back(pod.gpu_milli);
    if (pod.gpus > 1) kinds.emplace_back(pod.gpus, pod.gpu_milli);
  }
  const auto unique = [](auto& list) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  };
  unique(cpus_);
  unique(shares);
  unique(kinds);
  shares_ = shares.size();
  for (std::size_t milli = 0; milli <= kWholeGpu; ++milli) {
    share_step_[milli] = static_cast<std::uint16_t>(
        std::upper_bound(shares.begin(), shares.end(), static_cast<std::int32_t>(milli)) - shares.begin());
  }
  const std::size_t types = nodes.types().size();
  singles_.assign(types * (cpus_.size() + 1) * (shares_ + 1), 0);
  for (const auto& [gpus, milli] : kinds) {
    shared_gangs_ = shared_gangs_ || milli < kWholeGpu;
    gangs_.push_back({gpus, milli, std::vector<std::int64_t>(types * (cpus_.size() + 1), 0)});
  }
  for (std::size_t type = 0; type < types; ++type) {
    const auto number = static_cast<std::int32_t>(type);
    for (const TypicalPod& typical : pods_) {
      const Pod& pod = typical.pod;
      if (pod.gpus == 0 || !nodes.accepts(pod.gpu_type, number)) continue;
      for (std::size_t step = cpu_step(pod.cpu_milli); step <= cpus_.size(); ++step) {
        if (pod.gpus == 1) {
          const std::size_t first = row(number, step) * (shares_ + 1);
          for (std::size_t s = share_step_[static_cast<std::size_t>(pod.gpu_milli)]; s <= shares_; ++s) {
            singles_[first + s] += typical.count;
          }
        } else {
          const auto gang = std::lower_bound(kinds.begin(), kinds.end(), std::pair(pod.gpus, pod.gpu_milli));
          gangs_[static_cast<std::size_t>(gang - kinds.begin())].counts[row(number, step)] += typical.count;
        }
      }
    }
  }
}

std::size_t TargetWorkload::cpu_step(std::int64_t cpu_free) const {
  return static_cast<std::size_t>(std::upper_bound(cpus_.begin(), cpus_.end(), cpu_free) - cpus_.begin());
}

std::span<const std::int64_t> TargetWorkload::singles(std::int32_t type, std::size_t step) const {
  return std::span(singles_).subspan(row(type, step) * (shares_ + 1), shares_ + 1);
}

std::int64_t TargetWorkload::gangs(std::size_t at, std::span<const std::int16_t> gpu_free,
                                   std::int32_t whole_free) const {
  std::int64_t sum = 0;
  for (const Gang& gang : gangs_) {
    if (gang.gpu_milli == kWholeGpu) {
      if (whole_free >= gang.gpus) sum += gang.counts[at] * whole_free * kWholeGpu;
      continue;
    }
    std::int64_t enough = 0, milli = 0;
    for (const std::int16_t free : gpu_free) {
      if (free < gang.gpu_milli) continue;
      ++enough;
      milli += free;
    }
    if (enough >= gang.gpus) sum += gang.counts[at] * milli;
  }
  return sum;
}

std::int64_t TargetWorkload::usable(std::int32_t type, std::int64_t cpu_free, std::span<const std::int16_t> gpu_free,
                                    std::int32_t whole_free) const {
  const std::size_t step = cpu_step(cpu_free);
  const std::span<const std::int64_t> counts = singles(type, step);
  std::int64_t sum = gangs(row(type, step), gpu_free, whole_free);
  for (const std::int16_t free : gpu_free) sum += free * counts[share_step_[static_cast<std::size_t>(free)]];
  return sum;
}

void TargetWorkload::usable_after_share(const NodeView& node, std::int64_t cpu_milli, std::int32_t milli,
                                        std::span<std::int64_t> usable_by_gpu) const {
  const std::size_t step = cpu_step(node.node.cpu_free - cpu_milli);
  const std::size_t at = row(node.node.type, step);
  const std::span<const std::int64_t> counts = singles(node.node.type, step);
  const auto of = [&](std::int32_t free) { return free * counts[share_step_[static_cast<std::size_t>(free)]]; };
  std::int64_t sum = 0;
  for (const std::int16_t free : node.gpu_free) sum += of(free);
  const std::int64_t untouched = gangs(at, node.gpu_free, node.node.whole_free);
  const std::int64_t broken = shared_gangs_ ? 0 : gangs(at, node.gpu_free, node.node.whole_free - 1);
  std::vector<std::int16_t> after;
  if (shared_gangs_) after.assign(node.gpu_free.begin(), node.gpu_free.end());
  for (std::size_t gpu = 0; gpu < node.gpu_free.size(); ++gpu) {
    const std::int32_t free = node.gpu_free[gpu];
    if (free < milli) {
      usable_by_gpu[gpu] = -1;
      continue;
    }
    const bool breaks = free == kWholeGpu;
    std::int64_t of_gangs = breaks ? broken : untouched;
    if (shared_gangs_) {
      after[gpu] = static_cast<std::int16_t>(free - milli);
      of_gangs = gangs(at, after, node.node.whole_free - (breaks ? 1 : 0));
      after[gpu] = static_cast<std::int16_t>(free);
    }
    usable_by_gpu[gpu] = sum - of(free) + of(free - milli) + of_gangs;
  }
}

std::int64_t TargetWorkload::usable_after(const NodeView& node, std::int64_t cpu_milli, std::int32_t gpus) const {
  const std::size_t step = cpu_step(node.node.cpu_free - cpu_milli);
  const std::span<const std::int64_t> counts = singles(node.node.type, step);
  std::int64_t sum = 0;
  for (const std::int16_t free : node.gpu_free) sum += free * counts[share_step_[static_cast<std::size_t>(free)]];
  sum -= gpus * kWholeGpu * counts[shares_];
  const std::size_t at = row(node.node.type, step);
  if (!shared_gangs_) return sum + gangs(at, node.gpu_free, node.node.whole_free - gpus);
  std::vector<std::int16_t> after(node.gpu_free.begin(), node.gpu_free.end());
  std::int32_t left = gpus;
  for (std::int16_t& free : after) {
    if (left == 0 || free != kWholeGpu) continue;
    free = 0;
    --left;
  }
  return sum + gangs(at, after, node.node.whole_free - gpus);
}

Fragmentation TargetWorkload::fragmentation(const SharedNodes& nodes, std::int32_t place) const {
  const NodeView node = nodes.view(place);
  Fragmentation result;
  const auto add = [&](FragmentCause cause, double amount) {
    result.by_cause[static_cast<std::size_t>(cause)] += amount;
  };
  for (const TypicalPod& typical : pods_) {
    const Pod& pod = typical.pod;
    const double frequency = static_cast<double>(typical.count) / static_cast<double>(count_);
    const double free = frequency * node.node.milli_free;
    const bool cpu = node.node.cpu_free >= pod.cpu_milli;
    if (pod.gpus == 0) {
      add(cpu ? FragmentCause::NoGpuWanted : FragmentCause::NoGpuWantedLacksCpu, free);
      continue;
    }
    if (!nodes.accepts(pod.gpu_type, node.node.type)) {
      add(FragmentCause::OtherType, free);
      continue;
    }
    std::int32_t enough = 0;
    double too_small = 0;
    for (const std::int16_t left : node.gpu_free) {
      if (left >= pod.gpu_milli) {
        ++enough;
      } else {
        too_small += left;
      }
    }
    if (enough < pod.gpus) {
      add(cpu ? FragmentCause::LacksGpu : FragmentCause::LacksBoth, free);
    } else if (!cpu) {
      add(FragmentCause::LacksCpu, free);
    } else {
      add(FragmentCause::LacksGpu, frequency * too_small);
      result.usable += free - frequency * too_small;
    }
  }
  return result;
}

}  // namespace orrery
