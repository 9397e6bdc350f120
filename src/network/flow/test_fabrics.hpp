#pragma once

#include <cstdint>
#include <vector>

#include "network/flow/flow_problem.hpp"

namespace orrery::test {

inline void add_flow(FlowProblem& problem, const std::vector<std::uint32_t>& path, double bytes) {
  problem.links.insert(problem.links.end(), path.begin(), path.end());
  problem.offsets.push_back(static_cast<std::uint32_t>(problem.links.size()));
  problem.bytes.push_back(bytes);
}

/// A parallel-ports generalised fat tree with one cable a pair (Zahavi 2010) and d-mod-k routing: `down[l]` children
/// and `up[l]` parents a level. Links of one capacity; the numbers of a level's cables are consecutive, those up first.
class FatTree {
 public:
  FatTree(std::vector<std::uint32_t> down, std::vector<std::uint32_t> up) : down_(std::move(down)), up_(std::move(up)) {
    std::uint32_t above = 1, below = 1;  // Children that levels above have, parents that levels below have.
    for (const std::uint32_t m : down_) above *= m;
    hosts_ = above;
    for (std::size_t l = 0; l < down_.size(); ++l) {
      const std::uint32_t cables = above * below * up_[l];
      base_.push_back(links_);
      cables_.push_back(cables);
      links_ += 2 * cables;
      above /= down_[l];
      below *= up_[l];
    }
  }

  std::uint32_t hosts() const { return hosts_; }
  std::uint32_t links() const { return links_; }

  /// A node of level l is known by the subtree it heads and its number among those that head it. A host's parent for a
  /// destination d at level l is d / (parents of the levels below) mod (parents of this level).
  std::vector<std::uint32_t> route(std::uint32_t source, std::uint32_t destination) const {
    std::vector<std::uint32_t> path;
    if (source == destination) return path;
    std::vector<std::uint32_t> back;
    std::uint32_t from = source, to = destination, number = 0, below = 1;
    for (std::size_t l = 0; from != to; ++l) {
      const std::uint32_t parent = destination / below % up_[l];
      path.push_back(base_[l] + (from * below + number) * up_[l] + parent);
      back.push_back(base_[l] + cables_[l] + (to * below + number) * up_[l] + parent);
      number += below * parent;
      below *= up_[l];
      from /= down_[l];
      to /= down_[l];
    }
    path.insert(path.end(), back.rbegin(), back.rend());
    return path;
  }

  FlowProblem problem(double capacity) const {
    FlowProblem p;
    p.capacity.assign(links_, capacity);
    return p;
  }

 private:
  std::vector<std::uint32_t> down_, up_, base_, cables_;
  std::uint32_t hosts_ = 0, links_ = 0;
};

/// Every host sends to `order[i + 1]` from `order[i]`, around the ring.
inline FlowProblem ring_step(const FatTree& tree, const std::vector<std::uint32_t>& order, double bytes,
                             double capacity) {
  FlowProblem p = tree.problem(capacity);
  for (std::size_t i = 0; i < order.size(); ++i)
    add_flow(p, tree.route(order[i], order[(i + 1) % order.size()]), bytes);
  return p;
}

}  // namespace orrery::test
