#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cluster/quota/resources.hpp"

namespace orrery {

/// Resources that shares are computed of: GPUs, CPUs, memory.
inline constexpr std::size_t kShareResources = 3;
using Shares = std::array<double, kShareResources>;
inline constexpr auto kNoLimit = static_cast<double>(kUnlimited);

/// How what is there is divided among the children of a queue.
enum class ShareRule {
  Kai,         ///< Deserved first, then the rest by priority, and within one priority by weight, in whole GPUs.
  Proportion,  ///< By weight, between guarantee and capability (Volcano's proportion).
  Capacity,    ///< What each deserves, as stated (Volcano's capacity).
  Hdrf,        ///< No shares: the queue with the smallest dominant share over its weight is next (DRF, NSDI 2011).
};

/// A queue as the shares see it. Amounts in the units of `Amount`.
struct ShareQueue {
  std::int32_t parent = -1;  ///< -1: the root of all.
  Shares weight{1, 1, 1};
  Shares deserved{};  ///< `kNoLimit`: all there is.
  Shares limit{kNoLimit, kNoLimit, kNoLimit};
  Shares guarantee{};
  std::int32_t priority = 0;
};

/// Queues in a tree, what they hold, what they ask for, and what is their fair share of it.
///
/// Node 0 is the root, which holds what the machine has; queue q is node q + 1. Leaves hold jobs.
class ShareTree {
 public:
  /// `queues`  parents before children. `capacity`  of the machine; `kNoLimit`: not counted.
  ShareTree(std::span<const ShareQueue> queues, const Shares& capacity, ShareRule rule);

  std::int32_t size() const { return static_cast<std::int32_t>(nodes_.size()); }
  static std::int32_t node(std::int32_t queue) { return queue + 1; }
  std::int32_t parent(std::int32_t node) const { return at(node).parent; }
  std::int32_t depth(std::int32_t node) const { return at(node).depth; }
  std::span<const std::int32_t> children(std::int32_t node) const { return at(node).children; }
  bool is_leaf(std::int32_t node) const { return at(node).children.empty(); }
  const ShareQueue& queue(std::int32_t node) const { return at(node).queue; }

  /// Counts a job that a leaf holds (or, sign -1, held).
  void take(std::int32_t leaf, const Amounts& job, int sign);
  /// Counts a job that a leaf waits with.
  void request(std::int32_t leaf, const Amounts& job, int sign);
  const Shares& allocated(std::int32_t node) const { return at(node).allocated; }

  /// Whether the leaf may hold the job in addition: no limit on the way up is broken, and what is guaranteed to others
  /// is left to them. `others` false: the limits of the queues only, not what there is.
  bool has_room(std::int32_t leaf, const Amounts& job, bool others = true) const;

  /// Fair shares anew, with weights as they are, or (KAI's time-based fair share) changed by what was used:
  /// w + k (w - u), both as parts of one. `usage` one a node, used over what there was; empty: none.
  void share(double k = 0, std::span<const double> usage = {});
  const Shares& fair_share(std::int32_t node) const { return at(node).share; }

  /// Largest ratio of what a node holds, with `job` more, to its share, over the resources; Hdrf: to all there is, over
  /// the weight.
  double saturation(std::int32_t node, const Amounts& job) const;
  /// Whether the node holds, with `job` more, at most `share` of each resource that the job asks for.
  bool within(std::int32_t node, const Amounts& job, const Shares& share) const;
  /// Whether the node holds more than `share` of a resource that the job asks for.
  bool above(std::int32_t node, const Amounts& job, const Shares& share) const;
  /// Child of the lowest common ancestor on the way down to `from`.
  std::int32_t almost_common(std::int32_t from, std::int32_t other) const;

 private:
  struct Node {
    ShareQueue queue;
    std::int32_t parent = -1, depth = 0;
    std::vector<std::int32_t> children;
    Shares allocated{}, requested{}, share{};
    Shares counted{};  ///< Held, or guaranteed where that is more.
    Shares wanted{};   ///< Held and requested, as far as limits allow.
  };
  const Node& at(std::int32_t node) const { return nodes_[static_cast<std::size_t>(node)]; }
  Node& at(std::int32_t node) { return nodes_[static_cast<std::size_t>(node)]; }
  double counted_with(std::int32_t node, std::size_t resource, double more) const;
  void divide(std::int32_t node, std::size_t resource, double k, std::span<const double> usage);

  ShareRule rule_;
  std::vector<Node> nodes_;
};

}  // namespace orrery
