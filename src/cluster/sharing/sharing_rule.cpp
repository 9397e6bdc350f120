#include "cluster/sharing/sharing_rule.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "base/check.hpp"

namespace orrery {
namespace {

constexpr int kBest = 100;
constexpr std::int64_t kDoesNotFit = std::numeric_limits<std::int64_t>::min();

struct RuleText {
  SharingRule rule;
  std::string_view name, summary;
};
constexpr std::array kTexts = {
    RuleText{SharingRule::Random, "random", "any node that fits, drawn anew for each pod"},
    RuleText{SharingRule::DotProduct, "dot-product", "the node whose free CPUs and GPUs align least with the pod's"},
    RuleText{SharingRule::GpuClustering, "gpu-clustering", "nodes that run pods of the same number of GPUs"},
    RuleText{SharingRule::GpuPacking, "gpu-packing", "shared GPUs first, then used nodes, then free nodes"},
    RuleText{SharingRule::BestFit, "best-fit", "the node with the least left"},
    RuleText{SharingRule::Fgd, "fgd", "where fragmentation grows least (Fragmentation Gradient Descent)"},
    RuleText{SharingRule::FirstFit, "first-fit", "the first node that fits"},
};
const RuleText& text_of(SharingRule rule) {
  return kTexts.at(static_cast<std::size_t>(rule));
}

/// GPUs of a share, least free first; of equal ones the first.
void tightest(std::span<const std::int16_t> gpu_free, const Pod& pod, std::vector<std::int32_t>& gpus) {
  for (std::size_t gpu = 0; gpu < gpu_free.size(); ++gpu) {
    if (gpu_free[gpu] >= pod.gpu_milli) gpus.push_back(static_cast<std::int32_t>(gpu));
  }
  const auto wanted = static_cast<std::size_t>(pod.gpus);
  ORRERY_CHECK(gpus.size() >= wanted, "GPUs are chosen on a node that has them");
  std::stable_sort(gpus.begin(), gpus.end(), [&](std::int32_t a, std::int32_t b) {
    return gpu_free[static_cast<std::size_t>(a)] < gpu_free[static_cast<std::size_t>(b)];
  });
  gpus.resize(wanted);
}

}  // namespace

std::string_view name_of(SharingRule rule) {
  return text_of(rule).name;
}

std::string_view summary_of(SharingRule rule) {
  return text_of(rule).summary;
}

std::optional<SharingRule> sharing_rule(std::string_view name) {
  for (const RuleText& text : kTexts) {
    if (text.name == name) return text.rule;
  }
  return std::nullopt;
}

SharingScore::SharingScore(SharingRule rule, const SharedNodes& nodes, const TargetWorkload& target)
    : rule_(rule),
      nodes_(nodes),
      target_(target),
      most_cpu_(static_cast<double>(nodes.most_cpu())),
      most_gpu_milli_(std::max(1, nodes.most_gpus()) * static_cast<double>(kWholeGpu)) {}

int SharingScore::score(std::int32_t place, const Pod& pod) const {
  const NodeView node = nodes_.view(place);
  switch (rule_) {
    case SharingRule::Random:
    case SharingRule::FirstFit:
      return kBest;
    case SharingRule::DotProduct:
      return dot_product(node, pod);
    case SharingRule::GpuClustering:
      return gpu_clustering(node, pod);
    case SharingRule::GpuPacking:
      return gpu_packing(node, pod);
    case SharingRule::BestFit:
      return best_fit(node, pod);
    case SharingRule::Fgd:
      return fgd(node, pod);
  }
  return 0;
}

int SharingScore::dot_product(const NodeView& node, const Pod& pod) const {
  double product = 0;
  if (node.node.cpu != kUncounted) {
    product += (static_cast<double>(node.node.cpu_free) / most_cpu_) * (static_cast<double>(pod.cpu_milli) / most_cpu_);
  }
  product += (node.node.milli_free / most_gpu_milli_) * (static_cast<double>(pod.total_gpu_milli()) / most_gpu_milli_);
  return static_cast<int>(kBest * (1 - product / 2));
}

int SharingScore::gpu_clustering(const NodeView& node, const Pod& pod) const {
  if (pod.gpus == 0) return 0;
  const auto running = std::count_if(node.pods.begin(), node.pods.end(), [](std::int32_t pods) { return pods > 0; });
  const bool same = node.pods[pod.shares() ? 0 : static_cast<std::size_t>(pod.gpus)] > 0;
  const int base = same ? (running == 1 ? 75 : 50) : (running == 0 ? 25 : 0);
  const auto most = static_cast<int>(most_gpu_milli_);
  return base + kBest / 4 * (most - node.node.milli_free) / most;
}

int SharingScore::gpu_packing(const NodeView& node, const Pod& pod) const {
  if (pod.gpus == 0) return 0;
  const NodeState& n = node.node;
  if (n.whole_free == n.gpus) return std::min(kBest / 3, std::max(kBest / 3 - n.whole_free, n.whole_free));
  // The GPUs that it would take, least free first: whole ones only where no others are left.
  const int whole =
      std::max(0, pod.gpus - static_cast<int>(std::count_if(node.gpu_free.begin(), node.gpu_free.end(), [&](int free) {
                    return free >= pod.gpu_milli && free < kWholeGpu;
                  })));
  if (whole > 0) return std::max(kBest / 2 - whole, kBest / 3);
  int free_per_cent = 0;
  if (pod.gpus == 1) {
    int least = kWholeGpu;
    for (const int free : node.gpu_free) {
      if (free >= pod.gpu_milli) least = std::min(least, free);
    }
    free_per_cent = least * 100 / kWholeGpu;
  } else {
    std::vector<std::int32_t> gpus;
    tightest(node.gpu_free, pod, gpus);
    for (const std::int32_t gpu : gpus) free_per_cent += node.gpu_free[static_cast<std::size_t>(gpu)] * 100 / kWholeGpu;
  }
  return std::max(kBest - free_per_cent / 10, kBest / 2);
}

int SharingScore::best_fit(const NodeView& node, const Pod& pod) const {
  double left = 0;
  if (node.node.cpu != kUncounted) {
    left += static_cast<double>(node.node.cpu_free - pod.cpu_milli) / most_cpu_ * 0.5;
  }
  left += static_cast<double>(node.node.milli_free - pod.total_gpu_milli()) / most_gpu_milli_ * 0.5;
  return static_cast<int>((1.0 - left) * kBest);
}

int SharingScore::gradient_score(std::int64_t fall) const {
  const double gpus =
      static_cast<double>(fall) / static_cast<double>(std::max<std::int64_t>(target_.count(), 1)) / kWholeGpu;
  return static_cast<int>(1.0 / (1.0 + std::exp(-gpus)) * kBest);
}

/// Fragmentation before less fragmentation after, of each GPU that a share could be of. What is fragmented is what is
/// free less what is usable.
void SharingScore::fgd_falls(const NodeView& node, const Pod& pod, std::span<std::int64_t> falls) const {
  const std::int64_t before = target_.usable(node.node.type, node.node.cpu_free, node.gpu_free, node.node.whole_free);
  target_.usable_after_share(node, pod.cpu_milli, pod.gpu_milli, falls);
  for (std::int64_t& fall : falls) {
    fall = fall < 0 ? kDoesNotFit : target_.count() * pod.gpu_milli - before + fall;
  }
}

int SharingScore::fgd(const NodeView& node, const Pod& pod) const {
  if (pod.gpus == 1 && pod.shares()) {
    std::array<std::int64_t, 16> few{};
    std::vector<std::int64_t> many;
    std::span<std::int64_t> falls;
    if (node.gpu_free.size() <= few.size()) {
      falls = std::span(few).first(node.gpu_free.size());
    } else {
      many.resize(node.gpu_free.size());
      falls = many;
    }
    fgd_falls(node, pod, falls);
    return gradient_score(*std::max_element(falls.begin(), falls.end()));
  }
  const std::int64_t before = target_.usable(node.node.type, node.node.cpu_free, node.gpu_free, node.node.whole_free);
  if (pod.shares()) {
    // Parts of several GPUs: of those with the least free.
    std::vector<std::int32_t> gpus;
    tightest(node.gpu_free, pod, gpus);
    std::vector<std::int16_t> after(node.gpu_free.begin(), node.gpu_free.end());
    std::int32_t whole = node.node.whole_free;
    for (const std::int32_t gpu : gpus) {
      std::int16_t& free = after[static_cast<std::size_t>(gpu)];
      whole -= free == kWholeGpu ? 1 : 0;
      free = static_cast<std::int16_t>(free - pod.gpu_milli);
    }
    const std::int64_t usable = target_.usable(node.node.type, node.node.cpu_free - pod.cpu_milli, after, whole);
    return gradient_score(target_.count() * pod.total_gpu_milli() - before + usable);
  }
  const std::int64_t usable = target_.usable_after(node, pod.cpu_milli, pod.gpus);
  return gradient_score(target_.count() * pod.total_gpu_milli() - before + usable);
}

void SharingScore::choose_gpus(std::int32_t place, const Pod& pod, Rng& rng, std::vector<std::int32_t>& gpus) const {
  gpus.clear();
  if (pod.gpus == 0) return;
  const NodeView node = nodes_.view(place);
  const auto first = [&](auto suits) {
    for (std::size_t gpu = 0; gpu < node.gpu_free.size() && static_cast<std::int32_t>(gpus.size()) < pod.gpus; ++gpu) {
      if (suits(gpu)) gpus.push_back(static_cast<std::int32_t>(gpu));
    }
  };
  if (!pod.shares() || rule_ == SharingRule::FirstFit) {
    first([&](std::size_t gpu) { return node.gpu_free[gpu] >= pod.gpu_milli; });
    return;
  }
  if (pod.gpus == 1 && rule_ == SharingRule::Random) {
    const auto suiting = static_cast<std::uint64_t>(std::count_if(
        node.gpu_free.begin(), node.gpu_free.end(), [&](std::int32_t free) { return free >= pod.gpu_milli; }));
    std::uint64_t skipped = rng.below(suiting);
    first([&](std::size_t gpu) { return node.gpu_free[gpu] >= pod.gpu_milli && skipped-- == 0; });
    return;
  }
  if (pod.gpus == 1 && rule_ == SharingRule::Fgd) {
    std::vector<std::int64_t> falls(node.gpu_free.size());
    fgd_falls(node, pod, falls);
    const int best = gradient_score(*std::max_element(falls.begin(), falls.end()));
    first([&](std::size_t gpu) { return falls[gpu] != kDoesNotFit && gradient_score(falls[gpu]) == best; });
    return;
  }
  tightest(node.gpu_free, pod, gpus);
}

}  // namespace orrery
