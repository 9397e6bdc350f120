#include "cluster/slurm/fair_share.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace orrery {
namespace {

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

/// Sum of a value over the children of each node.
template <class F>
std::vector<double> sums_below(std::span<const ShareNode> tree, F value) {
  std::vector<double> sums(tree.size(), 0.0);
  for (const ShareNode& node : tree) {
    if (node.parent >= 0) sums[at(node.parent)] += value(node);
  }
  return sums;
}

double counted_shares(const ShareNode& node) {
  return std::max(node.shares, 0.0);
}

/// The walk through the tree, best first.
class FairTree {
 public:
  explicit FairTree(std::span<const ShareNode> tree)
      : tree_(tree), children_(tree.size()), level_(tree.size()), factors_(tree.size(), 0.0) {
    const std::vector<double> shares = normalised_shares(tree), usage = effective_usage(tree);
    for (std::size_t i = 0; i < tree.size(); ++i) {
      const double share = tree[i].shares == kParentShares ? 1.0 : shares[i];
      level_[i] = usage[i] > 0 ? share / usage[i] : std::numeric_limits<double>::infinity();
      if (share <= 0) level_[i] = 0;
      if (tree[i].parent >= 0) children_[at(tree[i].parent)].push_back(static_cast<std::int32_t>(i));
      if (tree[i].is_user) ++users_;
    }
  }

  std::vector<double> factors() {
    left_ = rank_ = users_;
    if (!tree_.empty()) walk(children_[0], false);
    return std::move(factors_);
  }

 private:
  double level(std::int32_t node) const { return level_[at(node)]; }

  /// `tied`: the first of them shares the rank of the last user before.
  void walk(std::vector<std::int32_t> siblings, bool tied) {
    // Users before accounts of the same level: they get the rank that the accounts' first user would.
    std::stable_sort(siblings.begin(), siblings.end(), [&](std::int32_t a, std::int32_t b) {
      if (level(a) != level(b)) return level(a) > level(b);
      return tree_[at(a)].is_user && !tree_[at(b)].is_user;
    });
    for (std::size_t i = 0; i < siblings.size();) {
      const double here = level(siblings[i]);
      std::vector<std::int32_t> merged;
      bool user_seen = tied;
      for (; i < siblings.size() && level(siblings[i]) == here; ++i) {
        const ShareNode& node = tree_[at(siblings[i])];
        if (node.is_user) {
          rank(siblings[i], user_seen);
          user_seen = true;
        } else {
          const std::vector<std::int32_t>& below = children_[at(siblings[i])];
          merged.insert(merged.end(), below.begin(), below.end());
        }
      }
      if (!merged.empty()) walk(std::move(merged), user_seen);
      tied = false;
    }
  }

  void rank(std::int32_t user, bool tied) {
    if (!tied) rank_ = left_;
    --left_;
    factors_[at(user)] = static_cast<double>(rank_) / static_cast<double>(users_);
  }

  std::span<const ShareNode> tree_;
  std::vector<std::vector<std::int32_t>> children_;
  std::vector<double> level_, factors_;
  long long users_ = 0, left_ = 0, rank_ = 0;
};

}  // namespace

std::vector<double> normalised_shares(std::span<const ShareNode> tree) {
  const std::vector<double> sums = sums_below(tree, counted_shares);
  std::vector<double> shares(tree.size(), 1.0);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const ShareNode& node = tree[i];
    if (node.parent < 0) continue;
    const double all = sums[at(node.parent)];
    if (node.shares == kParentShares) {
      shares[i] = shares[at(node.parent)];
    } else {
      shares[i] = all > 0 ? node.shares / all : 0.0;
    }
  }
  return shares;
}

std::vector<double> effective_usage(std::span<const ShareNode> tree) {
  const std::vector<double> sums = sums_below(tree, [](const ShareNode& node) { return node.usage; });
  std::vector<double> usage(tree.size(), 1.0);
  for (std::size_t i = 0; i < tree.size(); ++i) {
    if (tree[i].parent < 0) continue;
    const double all = sums[at(tree[i].parent)];
    usage[i] = all > 0 ? tree[i].usage / all : 0.0;
  }
  return usage;
}

std::vector<double> fair_tree_factors(std::span<const ShareNode> tree) {
  return FairTree(tree).factors();
}

std::vector<double> classic_factors(std::span<const ShareNode> tree, double dampening) {
  const std::vector<double> level = normalised_shares(tree);
  std::vector<double> shares(tree.size(), 1.0), usage(tree.size(), 1.0), factors(tree.size(), 0.0);
  const double all = tree.empty() ? 0.0 : tree[0].usage;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const ShareNode& node = tree[i];
    if (node.parent < 0) continue;
    const std::size_t parent = at(node.parent);
    if (node.shares == kParentShares) {
      shares[i] = shares[parent];
      usage[i] = usage[parent];
    } else {
      const double own = all > 0 ? node.usage / all : 0.0;
      shares[i] = shares[parent] * level[i];
      // Directly below the root the effective usage is the actual one.
      usage[i] = parent == 0 ? own : own + (usage[parent] - own) * level[i];
    }
    if (node.is_user && shares[i] > 0) factors[i] = std::exp2(-usage[i] / shares[i] / dampening);
  }
  return factors;
}

}  // namespace orrery
