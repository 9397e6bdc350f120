#include "cluster/quota/quota_tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/random.hpp"

namespace orrery {
namespace {

constexpr Amount kGpu = 1;  // These trees count single things.

/// The balance as KEP-79 defines it, from scratch.
Amount balance_by_definition(const QuotaTree& tree, const std::vector<Amount>& used, std::int32_t node) {
  Amount balance = tree.entitlement(node, 0).nominal - used[static_cast<std::size_t>(node)];
  for (std::int32_t child = node + 1; child < tree.size(); ++child) {
    if (tree.parent(child) != node) continue;
    balance += std::min(tree.entitlement(child, 0).lending_limit, balance_by_definition(tree, used, child));
  }
  return balance;
}

bool admissible(const QuotaTree& tree, const std::vector<Amount>& used) {
  for (std::int32_t node = 0; node < tree.size(); ++node) {
    const Amount least = tree.parent(node) < 0 ? 0 : -tree.entitlement(node, 0).borrowing_limit;
    if (balance_by_definition(tree, used, node) < least) return false;
  }
  return true;
}

TEST_CASE("quota tree: Kueue's borrowing example, 9 + 12 CPUs (published)") {
  // kueue.sigs.k8s.io, "Cluster Queue": a may use 12 + 9 = 21 CPUs when b is idle, with borrowingLimit 1 only 10.
  for (const Amount limit : {kUnlimited, Amount{1}}) {
    QuotaTree tree(1);
    const std::int32_t cohort = tree.add(-1), a = tree.add(cohort), b = tree.add(cohort);
    tree.entitle(a, 0, {.nominal = 9, .borrowing_limit = limit});
    tree.entitle(b, 0, {.nominal = 12});
    tree.settle();
    CHECK(tree.available(a, 0) == (limit == 1 ? 10 : 21));
    CHECK(tree.available(b, 0) == 21);
    tree.take(a, 0, 10);
    CHECK(tree.available(b, 0) == 11);
    CHECK(tree.borrowed(a, 0) == 1);
    CHECK(tree.available(a, 0) == (limit == 1 ? 0 : 11));
    tree.take(a, 0, -10);
    CHECK(tree.balance(cohort, 0) == 21);
  }
}

TEST_CASE("quota tree: lending limit, hand-computed") {
  // a keeps 9 - 2 = 7 for itself; b sees 12 + 2.
  QuotaTree tree(1);
  const std::int32_t cohort = tree.add(-1), a = tree.add(cohort), b = tree.add(cohort);
  tree.entitle(a, 0, {.nominal = 9, .lending_limit = 2});
  tree.entitle(b, 0, {.nominal = 12});
  tree.settle();
  CHECK(tree.own(cohort, 0) == 14);
  CHECK(tree.available(b, 0) == 14);
  tree.take(b, 0, 14);
  CHECK(tree.available(a, 0) == 7);
  CHECK(tree.within_own(a, 0, 7) == a);
  CHECK(tree.within_own(a, 0, 9) == a);
  CHECK(tree.within_own(a, 0, 10) == -1);  // All of it together would need more than the cohort has.
}

TEST_CASE("quota tree: KEP-79's first story, research does not borrow (published)") {
  // Production may take research's quota, not the other way round: research's cohort has borrowingLimit 0.
  QuotaTree tree(1);
  const std::int32_t org = tree.add(-1), research = tree.add(org), production = tree.add(org);
  const std::int32_t r = tree.add(research), p = tree.add(production);
  tree.entitle(research, 0, {.borrowing_limit = 0});
  tree.entitle(r, 0, {.nominal = 10 * kGpu});
  tree.entitle(p, 0, {.nominal = 20 * kGpu});
  tree.settle();
  CHECK(tree.available(r, 0) == 10);
  CHECK(tree.available(p, 0) == 30);
  CHECK(tree.potential(r, 0) == 10);
}

TEST_CASE("dominant share: hand-computed") {
  // Cohort of 10 CPUs and 100 of memory. The queue has 1 CPU and 20 of memory of its own and takes 4 and 30: it borrows
  // 3 of 10 CPUs and 10 of 100 of memory: 0.3, over weight 2: 0.15.
  QuotaTree tree(2);
  const std::vector<QuotaResource> resources{QuotaResource::Cpu, QuotaResource::Memory};
  const std::int32_t cohort = tree.add(-1), a = tree.add(cohort, 2), b = tree.add(cohort);
  tree.entitle(a, 0, {.nominal = 1});
  tree.entitle(a, 1, {.nominal = 20});
  tree.entitle(b, 0, {.nominal = 9});
  tree.entitle(b, 1, {.nominal = 80});
  tree.settle();
  tree.take(a, 0, 4);
  tree.take(a, 1, 30);
  CHECK(dominant_share(tree, a, resources) == doctest::Approx(0.15));
  CHECK(dominant_share(tree, b, resources) == 0);
}

TEST_CASE("quota tree: oracle, balances and what is available against their definition on random trees") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng = Rng::stream(seed, "test/quota_tree");
    QuotaTree tree(1);
    const auto size = static_cast<std::int32_t>(2 + rng.below(7));
    std::vector<bool> leaf(static_cast<std::size_t>(size), true);
    for (std::int32_t node = 0; node < size; ++node) {
      const std::int32_t parent =
          node == 0 ? -1 : static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(node)));
      if (parent >= 0) leaf[static_cast<std::size_t>(parent)] = false;
      tree.add(parent);
    }
    for (std::int32_t node = 0; node < size; ++node) {
      Entitlement e{.nominal = static_cast<Amount>(rng.below(12))};
      if (rng.bernoulli(0.4)) e.borrowing_limit = static_cast<Amount>(rng.below(8));
      if (rng.bernoulli(0.4)) e.lending_limit = static_cast<Amount>(rng.below(8));
      tree.entitle(node, 0, e);
    }
    tree.settle();
    std::vector<Amount> used(static_cast<std::size_t>(size), 0);
    for (int move = 0; move < 30; ++move) {
      const auto queue = static_cast<std::int32_t>(rng.below(static_cast<std::uint64_t>(size)));
      if (!leaf[static_cast<std::size_t>(queue)]) continue;
      Amount& its = used[static_cast<std::size_t>(queue)];
      // The most that keeps the load admissible, found one by one.
      const Amount before = its;
      while (its < 200 && admissible(tree, used)) ++its;
      const Amount most = its - 1 - before;
      its = before;
      CHECK(tree.available(queue, 0) == most);
      const Amount change = rng.bernoulli(0.4) ? -static_cast<Amount>(rng.below(static_cast<std::uint64_t>(before) + 1))
                                               : static_cast<Amount>(rng.below(static_cast<std::uint64_t>(most) + 1));
      its += change;
      tree.take(queue, 0, change);
      for (std::int32_t node = 0; node < size; ++node)
        CHECK(tree.balance(node, 0) == balance_by_definition(tree, used, node));
    }
  }
}

}  // namespace
}  // namespace orrery
