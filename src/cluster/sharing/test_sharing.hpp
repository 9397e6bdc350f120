#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "cluster/sharing/shared_nodes.hpp"

namespace orrery::test {

/// A small machine of three types of GPUs and one of CPUs, and pods for it: what tests of shared GPUs draw from.
struct SharingCases {
  Names types;
  SharedMachine machine{{{"a", "T4", "", 4, 2, 104000, 65536},
                         {"b", "G2", "", 5, 8, 96000, 393216},
                         {"c", "P100", "", 3, 4, 16000, 122880},
                         {"d", "", "", 2, 0, 32000, 262144}},
                        {}};
  /// No jobs, but the names.
  JobTable jobs() const {
    JobTable table;
    table.gpu_types = types;
    return table;
  }
  std::int32_t t4 = types.add("T4"), g2_or_p100 = types.add("G2|P100");

  Pod draw(Rng& rng) const {
    constexpr std::array<std::int32_t, 6> kShares = {100, 250, 400, 500, 730, 1000};
    Pod pod;
    const std::uint64_t kind = rng.below(10);
    pod.gpus = kind < 2 ? 0 : kind < 8 ? 1 : kind == 8 ? 2 : 4;
    if (pod.gpus == 1) pod.gpu_milli = kShares[rng.below(kShares.size())];
    if (pod.gpus > 1) pod.gpu_milli = kWholeGpu;
    if (pod.gpus > 0 && rng.below(4) == 0) pod.gpu_type = rng.below(2) == 0 ? t4 : g2_or_p100;
    pod.cpu_milli = static_cast<std::int64_t>(1000 * (1 + rng.below(8)));
    pod.memory_mib = static_cast<std::int64_t>(1024 * rng.below(4));
    return pod;
  }
  std::vector<Pod> draw(std::size_t count, Rng& rng) const {
    std::vector<Pod> pods;
    for (std::size_t i = 0; i < count; ++i) pods.push_back(draw(rng));
    return pods;
  }
};

}  // namespace orrery::test
