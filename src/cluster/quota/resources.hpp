#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "cluster/placement.hpp"

namespace orrery {

/// What quotas count of a job.
enum class QuotaResource : std::uint8_t { Gpu, Cpu, Memory, Pods };
inline constexpr std::size_t kQuotaResources = 4;

/// Amount of a resource in whole units, so that sums are exact: thousandths of a GPU or of a CPU, MiB of memory, pods.
using Amount = std::int64_t;
inline constexpr Amount kUnlimited = std::numeric_limits<Amount>::max() / 4;

using Amounts = std::array<Amount, kQuotaResources>;

/// What a demand takes; a worker is a pod, a packed job is one.
Amounts amounts_of(const Demand& demand);

/// The resource that Kubernetes calls so ("cpu", "memory", "pods", "nvidia.com/gpu", "amd.com/gpu"); nothing where jobs
/// do not say how much of it they ask for.
std::optional<QuotaResource> quota_resource(std::string_view name);

/// The number that a Kubernetes quantity means: "8", "500m", "16Gi", "1e3". At least 0 and below 2^60; otherwise the
/// reason why not.
Expected<double, std::string> parse_kubernetes_quantity(std::string_view text);

/// A quantity as an amount of a resource. Parts of the smallest unit are dropped.
Amount amount_of_quantity(double quantity, QuotaResource resource);

}  // namespace orrery
