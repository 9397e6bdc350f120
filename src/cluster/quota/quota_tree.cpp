#include "cluster/quota/quota_tree.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.hpp"

namespace orrery {
namespace {

Amount plus(Amount a, Amount b) {
  return std::min(a + b, kUnlimited);
}

}  // namespace

std::int32_t QuotaTree::add(std::int32_t parent, double weight) {
  ORRERY_CHECK(parent < size(), "a parent is added before its children");
  const std::int32_t node = size();
  const bool is_root = parent < 0;
  nodes_.push_back({parent, is_root ? node : root(parent), is_root ? 0 : depth(parent) + 1, weight});
  const std::size_t slots = nodes_.size() * cells_;
  entitlements_.resize(slots);
  for (std::vector<Amount>* column : {&balances_, &own_, &used_}) column->resize(slots, 0);
  return node;
}

void QuotaTree::settle() {
  std::fill(own_.begin(), own_.end(), Amount{0});
  for (std::int32_t n = size() - 1; n >= 0; --n) {
    for (std::size_t c = 0; c < cells_; ++c) {
      const std::size_t s = slot(n, c);
      own_[s] = plus(own_[s], entitlements_[s].nominal);
      balances_[s] = own_[s];
      if (parent(n) < 0) continue;
      Amount& above = own_[slot(parent(n), c)];
      above = plus(above, std::min(own_[s], entitlements_[s].lending_limit));
    }
  }
}

void QuotaTree::take(std::int32_t queue, std::size_t cell, Amount amount) {
  for (std::int32_t node = queue; node >= 0; node = parent(node)) used_[slot(node, cell)] += amount;
  for (std::int32_t node = queue; node >= 0 && amount != 0; node = parent(node)) {
    const std::size_t s = slot(node, cell);
    const Amount before = std::min(balances_[s], entitlements_[s].lending_limit);
    balances_[s] -= amount;
    amount = before - std::min(balances_[s], entitlements_[s].lending_limit);
  }
}

Amount QuotaTree::borrowed(std::int32_t node, std::size_t cell) const {
  return std::max<Amount>(0, -balance(node, cell));
}

Amount QuotaTree::available(std::int32_t node, std::size_t cell) const {
  const std::size_t s = slot(node, cell);
  const Amount balance = balances_[s];
  if (parent(node) < 0) return balance;
  // What nobody else may have is there whatever the others do; the rest has to be there above as well.
  const Amount exclusive = std::max<Amount>(0, balance - entitlements_[s].lending_limit);
  const Amount allowed = plus(balance, entitlements_[s].borrowing_limit);
  return std::min(allowed, exclusive + available(parent(node), cell));
}

Amount QuotaTree::potential(std::int32_t node, std::size_t cell) const {
  const std::size_t s = slot(node, cell);
  if (parent(node) < 0) return own_[s];
  const Amount exclusive = std::max<Amount>(0, own_[s] - entitlements_[s].lending_limit);
  return std::min(plus(own_[s], entitlements_[s].borrowing_limit), exclusive + potential(parent(node), cell));
}

std::int32_t QuotaTree::within_own(std::int32_t queue, std::size_t cell, Amount amount) const {
  for (std::int32_t node = queue; node >= 0; node = parent(node)) {
    const std::size_t s = slot(node, cell);
    const Amount after = balances_[s] - amount;
    if (after >= 0) return node;
    if (after < -entitlements_[s].borrowing_limit) return -1;
    amount = std::min(balances_[s], entitlements_[s].lending_limit) - after;
  }
  return -1;
}

double dominant_share(const QuotaTree& tree, std::int32_t node, const std::vector<QuotaResource>& resource_of) {
  const std::int32_t parent = tree.parent(node);
  if (parent < 0) return 0;
  std::array<double, kQuotaResources> borrowed{}, lendable{};
  bool borrows = false;
  for (std::size_t cell = 0; cell < tree.cells(); ++cell) {
    const auto resource = static_cast<std::size_t>(resource_of[cell]);
    const Amount amount = tree.borrowed(node, cell);
    borrows = borrows || amount > 0;
    borrowed[resource] += static_cast<double>(amount);
    lendable[resource] += static_cast<double>(tree.potential(parent, cell));
  }
  if (!borrows) return 0;
  if (tree.weight(node) <= 0) return std::numeric_limits<double>::infinity();
  double share = 0;
  for (std::size_t r = 0; r < kQuotaResources; ++r) {
    if (borrowed[r] > 0 && lendable[r] > 0) share = std::max(share, borrowed[r] / lendable[r]);
  }
  return share / tree.weight(node);
}

}  // namespace orrery
