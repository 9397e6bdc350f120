#include "cluster/quota/share_tree.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>

#include "base/check.hpp"
#include "cluster/quota/water_filling.hpp"

namespace orrery {

ShareTree::ShareTree(std::span<const ShareQueue> queues, const Shares& capacity, ShareRule rule) : rule_(rule) {
  Node root;
  root.queue.limit = root.queue.deserved = root.share = capacity;
  nodes_.push_back(root);
  for (const ShareQueue& queue : queues) {
    Node node;
    node.queue = queue;
    node.parent = queue.parent + 1;
    ORRERY_CHECK(node.parent < size(), "a queue's parent comes first");
    node.depth = at(node.parent).depth + 1;
    at(node.parent).children.push_back(size());
    nodes_.push_back(std::move(node));
  }
  for (std::int32_t n = size() - 1; n >= 0; --n) {
    for (std::size_t r = 0; r < kShareResources; ++r) {
      double below = 0;
      for (const std::int32_t child : children(n)) below += at(child).counted[r];
      at(n).counted[r] = n == 0 ? below : std::max(at(n).queue.guarantee[r], below);
    }
  }
}

void ShareTree::take(std::int32_t leaf, const Amounts& job, int sign) {
  for (std::size_t r = 0; r < kShareResources; ++r) {
    double change = sign * static_cast<double>(job[r]);
    for (std::int32_t n = leaf; n >= 0; n = parent(n)) at(n).allocated[r] += change;
    for (std::int32_t n = leaf; n >= 0 && change != 0; n = parent(n)) {
      Node& node = at(n);
      const double before = node.counted[r];
      double below = node.allocated[r];
      if (!node.children.empty()) {
        below = 0;
        for (const std::int32_t child : node.children) below += at(child).counted[r];
      }
      node.counted[r] = std::max(node.queue.guarantee[r], below);
      change = node.counted[r] - before;
    }
  }
}

void ShareTree::request(std::int32_t leaf, const Amounts& job, int sign) {
  for (std::size_t r = 0; r < kShareResources; ++r) at(leaf).requested[r] += sign * static_cast<double>(job[r]);
}

double ShareTree::counted_with(std::int32_t node, std::size_t resource, double more) const {
  // What the root would count if the leaf held `more`: on the way up, a guarantee that is not used up takes it.
  for (std::int32_t n = node; n >= 0; n = parent(n)) {
    const Node& its = at(n);
    double below = its.allocated[resource];
    if (!its.children.empty()) {
      below = 0;
      for (const std::int32_t child : its.children) below += at(child).counted[resource];
    }
    more = std::max(its.queue.guarantee[resource], below + more) - its.counted[resource];
  }
  return at(0).counted[resource] + more;
}

bool ShareTree::has_room(std::int32_t leaf, const Amounts& job, bool others) const {
  for (std::size_t r = 0; r < kShareResources; ++r) {
    const auto more = static_cast<double>(job[r]);
    if (more == 0) continue;
    for (std::int32_t n = leaf; n > 0; n = parent(n)) {
      if (at(n).allocated[r] + more > at(n).queue.limit[r]) return false;
    }
    if (others && counted_with(leaf, r, more) > at(0).queue.limit[r]) return false;
  }
  return true;
}

void ShareTree::divide(std::int32_t number, std::size_t r, double k, std::span<const double> usage) {
  const Node& node = at(number);
  const double amount = node.share[r];
  std::vector<WaterClaim> claims;
  for (const std::int32_t child : node.children) {
    const Node& its = at(child);
    claims.push_back({its.wanted[r], its.queue.weight[r], its.queue.guarantee[r]});
  }
  if (rule_ == ShareRule::Proportion) {
    const std::vector<double> shares = water_fill(amount, claims);
    for (std::size_t i = 0; i < claims.size(); ++i) at(node.children[i]).share[r] = shares[i];
    return;
  }
  // KAI: what is deserved and asked for first; what is left by priority.
  double left = amount;
  std::map<std::int32_t, std::vector<std::size_t>, std::greater<>> by_priority;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    Node& its = at(node.children[i]);
    its.share[r] = std::min(std::min(its.queue.deserved[r], amount), its.wanted[r]);
    left -= its.share[r];
    if (its.wanted[r] > its.share[r]) by_priority[its.queue.priority].push_back(i);
  }
  for (const auto& [priority, members] : by_priority) {
    if (left <= 0) break;
    double weights = 0;
    for (const std::size_t i : members) weights += claims[i].weight;
    std::vector<WaterClaim> over;
    for (const std::size_t i : members) {
      const std::int32_t child = node.children[i];
      const double weight = weights > 0 ? claims[i].weight / weights : 0;
      const double used = usage.empty() ? 0 : usage[static_cast<std::size_t>(child)];
      over.push_back({at(child).wanted[r] - at(child).share[r], std::max(0.0, weight + k * (weight - used)), 0});
    }
    std::vector<double> shares = water_fill(left, over);
    if (r == static_cast<std::size_t>(QuotaResource::Gpu)) {
      // In whole GPUs, as KAI hands them out; amounts are thousandths.
      for (std::size_t i = 0; i < over.size(); ++i) {
        over[i].most /= 1000;
        shares[i] /= 1000;
      }
      whole_shares(shares, over);
      for (double& share : shares) share *= 1000;
    }
    for (std::size_t i = 0; i < members.size(); ++i) {
      at(node.children[members[i]]).share[r] += shares[i];
      left -= shares[i];
    }
  }
}

void ShareTree::share(double k, std::span<const double> usage) {
  if (rule_ == ShareRule::Hdrf) return;
  for (std::int32_t n = size() - 1; n > 0; --n) {
    Node& node = at(n);
    for (std::size_t r = 0; r < kShareResources; ++r) {
      double wanted = node.allocated[r] + node.requested[r];
      if (!node.children.empty()) {
        wanted = 0;
        for (const std::int32_t child : node.children) wanted += at(child).wanted[r];
      }
      node.wanted[r] = std::min(wanted, node.queue.limit[r]);
    }
  }
  for (std::int32_t n = 0; n < size(); ++n) {
    for (std::size_t r = 0; r < kShareResources; ++r) {
      if (rule_ == ShareRule::Capacity) {
        at(n).share[r] = n == 0 ? at(n).queue.limit[r] : at(n).queue.deserved[r];
      } else if (at(0).queue.limit[r] >= kNoLimit) {
        at(n).share[r] = at(n).wanted[r];  // There is enough for all.
      } else {
        divide(n, r, k, usage);
      }
    }
  }
}

double ShareTree::saturation(std::int32_t number, const Amounts& job) const {
  const Node& node = at(number);
  double most = 0;
  for (std::size_t r = 0; r < kShareResources; ++r) {
    const double held = node.allocated[r] + static_cast<double>(job[r]);
    if (held <= 0) continue;
    if (rule_ == ShareRule::Hdrf) {
      const double all = at(0).queue.limit[r];
      if (all < kNoLimit) most = std::max(most, held / all / node.queue.weight[0]);
      continue;
    }
    if (node.share[r] <= 0) return std::numeric_limits<double>::infinity();
    most = std::max(most, held / node.share[r]);
  }
  return most;
}

bool ShareTree::within(std::int32_t node, const Amounts& job, const Shares& share) const {
  for (std::size_t r = 0; r < kShareResources; ++r) {
    // Shares are quotients: a thousandth of a unit is no difference.
    if (job[r] > 0 && at(node).allocated[r] + static_cast<double>(job[r]) > share[r] + 1e-3) return false;
  }
  return true;
}

bool ShareTree::above(std::int32_t node, const Amounts& job, const Shares& share) const {
  for (std::size_t r = 0; r < kShareResources; ++r) {
    if (job[r] > 0 && at(node).allocated[r] > share[r] + 1e-3) return true;
  }
  return false;
}

std::int32_t ShareTree::almost_common(std::int32_t from, std::int32_t other) const {
  while (parent(from) != parent(other)) {
    if (depth(from) > depth(other)) {
      from = parent(from);
    } else {
      other = parent(other);
    }
  }
  return from;
}

}  // namespace orrery
