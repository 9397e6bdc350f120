#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "cluster/job_table.hpp"

namespace orrery {

/// A row of times in which the first one that is small enough is found at once: a tree of minima, eight children a
/// node, so that a node is one cache line.
class MinTree {
 public:
  static constexpr Millis kAbsent = std::numeric_limits<Millis>::max();

  /// `places`  times, all absent at first.
  explicit MinTree(std::size_t places = 0) {
    do {
      places = (places + kChildren - 1) / kChildren;
      levels_.emplace_back(std::max<std::size_t>(places, 1), absent());
    } while (places > 1);
  }

  /// The least time of all, or `kAbsent`.
  Millis least() const { return least(levels_.back().front()); }

  void set(std::size_t place, Millis time) {
    for (std::vector<Node>& level : levels_) {
      Node& node = level[place / kChildren];
      const Millis before = least(node);
      node[place % kChildren] = time;
      const Millis after = least(node);
      if (before == after) return;
      time = after;
      place /= kChildren;
    }
  }

  /// The first place whose time is at most `most` and not absent, or -1.
  std::int32_t first(Millis most) const {
    most = std::min(most, kAbsent - 1);
    std::size_t place = 0;
    for (std::size_t level = levels_.size(); level > 0; --level) {
      const Node& node = levels_[level - 1][place];
      std::size_t child = 0;
      while (child < kChildren && node[child] > most) ++child;
      if (child == kChildren) return -1;  // Only at the top.
      place = place * kChildren + child;
    }
    return static_cast<std::int32_t>(place);
  }

 private:
  static constexpr std::size_t kChildren = 8;
  using Node = std::array<Millis, kChildren>;

  static Node absent() {
    Node node{};
    node.fill(kAbsent);
    return node;
  }
  static Millis least(const Node& node) { return *std::min_element(node.begin(), node.end()); }

  std::vector<std::vector<Node>> levels_;  ///< The times themselves first.
};

}  // namespace orrery
