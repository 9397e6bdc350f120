#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/quota/resources.hpp"

namespace orrery {

/// What a queue or a cohort is entitled to of one thing that is counted.
struct Entitlement {
  Amount nominal = 0;
  Amount borrowing_limit = kUnlimited;  ///< Most that the subtree takes beyond its own from its siblings and above.
  Amount lending_limit = kUnlimited;    ///< Most of its own that the subtree lets others have.

  friend bool operator==(const Entitlement&, const Entitlement&) = default;
};

/// Queues (leaves) and cohorts (inner nodes) that lend to and borrow from each other, in several independent counts
/// ("cells": a resource of a flavor).
///
/// The balance of a node is what its subtree could still give: of a queue nominal - used, of a cohort nominal + the sum
/// of min(lending limit, balance) of its children; below zero it borrows. A load is admissible when every node's
/// balance is at least -borrowing_limit, and at least 0 where there is no parent (Kueue, KEP-79). Every operation costs
/// one step a level.
class QuotaTree {
 public:
  explicit QuotaTree(std::size_t cells) : cells_(cells) {}

  /// Adds a node; `parent` -1: a root. Parents come first.
  std::int32_t add(std::int32_t parent, double weight = 1);
  /// Sets an entitlement; `settle` follows when all are set, before anything is taken.
  void entitle(std::int32_t node, std::size_t cell, const Entitlement& entitlement) {
    entitlements_[slot(node, cell)] = entitlement;
  }
  void settle();

  std::size_t cells() const { return cells_; }
  std::int32_t size() const { return static_cast<std::int32_t>(nodes_.size()); }
  std::int32_t parent(std::int32_t node) const { return nodes_[at(node)].parent; }
  std::int32_t root(std::int32_t node) const { return nodes_[at(node)].root; }
  double weight(std::int32_t node) const { return nodes_[at(node)].weight; }
  std::int32_t depth(std::int32_t node) const { return nodes_[at(node)].depth; }
  const Entitlement& entitlement(std::int32_t node, std::size_t cell) const { return entitlements_[slot(node, cell)]; }

  /// Counts a load of a queue; a negative one gives back.
  void take(std::int32_t queue, std::size_t cell, Amount amount);

  Amount balance(std::int32_t node, std::size_t cell) const { return balances_[slot(node, cell)]; }
  Amount used(std::int32_t node, std::size_t cell) const { return used_[slot(node, cell)]; }
  /// What the subtree takes beyond its own.
  Amount borrowed(std::int32_t node, std::size_t cell) const;
  /// What the subtree owns: nominal quotas, as far as they are lent.
  Amount own(std::int32_t node, std::size_t cell) const { return own_[slot(node, cell)]; }
  /// Most that a queue may take in addition; below zero where it has too much already.
  Amount available(std::int32_t node, std::size_t cell) const;
  /// Most that the subtree could ever have, nobody else using anything.
  Amount potential(std::int32_t node, std::size_t cell) const;
  /// Lowest node of the path up from a queue that does not borrow when the queue takes `amount` more; -1: even the root
  /// does, or the queue already has no right to so much.
  std::int32_t within_own(std::int32_t queue, std::size_t cell, Amount amount) const;

 private:
  struct Node {
    std::int32_t parent = -1, root = 0, depth = 0;
    double weight = 1;
  };
  static std::size_t at(std::int32_t number) { return static_cast<std::size_t>(number); }
  std::size_t slot(std::int32_t node, std::size_t cell) const { return at(node) * cells_ + cell; }

  std::size_t cells_;
  std::vector<Node> nodes_;
  std::vector<Entitlement> entitlements_;
  std::vector<Amount> balances_, own_, used_;
};

/// Dominant resource share of a node (Kueue, KEP-1714): what its subtree borrows of each resource, all flavors
/// together, over what its parent's subtree could ever have of it, the largest over the resources, over its weight.
/// `resource_of`  resource of each cell. 0: it borrows nothing; a node without weight that borrows has an infinite
/// share.
double dominant_share(const QuotaTree& tree, std::int32_t node, const std::vector<QuotaResource>& resource_of);

}  // namespace orrery
