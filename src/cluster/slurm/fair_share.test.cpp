#include "cluster/slurm/fair_share.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/random.hpp"
#include "cluster/decayed_usage.hpp"

using namespace orrery;

namespace {

/// Root with its own user, and accounts a..d of one user each that stands for its account, as the referee has it.
std::vector<ShareNode> referee_tree(double a, double b, double c, double d) {
  std::vector<ShareNode> tree(1);
  tree.push_back({0, true, 1, 0});
  const double shares[] = {4, 2, 1, 1}, usage[] = {a, b, c, d};
  for (int i = 0; i < 4; ++i) {
    tree.push_back({0, false, shares[i], usage[i]});
    tree.push_back({static_cast<std::int32_t>(tree.size()) - 1, true, kParentShares, usage[i]});
  }
  tree[0].usage = a + b + c + d;
  return tree;
}

}  // namespace

TEST_CASE("fair tree: transcript, sshare of a real Slurm with shares 4:2:1:1") {
  // multifactor-sshare.txt: NormShares, RawUsage, EffectvUsage and FairShare of slurm-wlm 22.05.8.
  const std::vector<ShareNode> tree = referee_tree(1328584, 530683, 198217, 461333);
  const std::vector<double> shares = normalised_shares(tree), usage = effective_usage(tree);
  CHECK(shares[2] == doctest::Approx(0.444444).epsilon(1e-5));
  CHECK(shares[3] == doctest::Approx(0.444444).epsilon(1e-5));
  CHECK(shares[4] == doctest::Approx(0.222222).epsilon(1e-5));
  CHECK(shares[8] == doctest::Approx(0.111111).epsilon(1e-5));
  CHECK(usage[2] == doctest::Approx(0.527463).epsilon(1e-5));
  CHECK(usage[3] == 1.0);
  CHECK(usage[8] == doctest::Approx(0.183155).epsilon(1e-5));
  const std::vector<double> factors = fair_tree_factors(tree);
  CHECK(factors[1] == 1.0);
  CHECK(factors[3] == 0.4);
  CHECK(factors[5] == 0.6);
  CHECK(factors[7] == 0.8);
  CHECK(factors[9] == 0.2);
}

TEST_CASE("fair tree: hand-computed, ties") {
  // Nothing was used: all level fair shares are infinite, all users have the first rank.
  for (const double factor : fair_tree_factors(referee_tree(0, 0, 0, 0))) CHECK((factor == 0.0 || factor == 1.0));

  // Root: accounts A (users p, q) and B (user r) of one share and usage 6 each are level: their users are compared
  // among each other. p: 0.5 / (4/6) = 0.75; q: 0.5 / (2/6) = 1.5; r: 1 / 1 = 1. Order q, r, p of 3.
  std::vector<ShareNode> tree(6);
  tree[0] = {-1, false, 1, 12};
  tree[1] = {0, false, 1, 6};
  tree[2] = {0, false, 1, 6};
  tree[3] = {1, true, 1, 4};
  tree[4] = {1, true, 1, 2};
  tree[5] = {2, true, 1, 6};
  const std::vector<double> factors = fair_tree_factors(tree);
  CHECK(factors[4] == 1.0);
  CHECK(factors[5] == doctest::Approx(2.0 / 3));
  CHECK(factors[3] == doctest::Approx(1.0 / 3));

  // A user s of the root that is level with A and B gets the rank of the best user below them: ranks s 4, q 4, r 2,
  // p 1.
  tree.push_back({0, true, 1, 6});
  tree[0].usage = 18;
  const std::vector<double> four = fair_tree_factors(tree);
  CHECK(four[6] == 1.0);
  CHECK(four[4] == 1.0);
  CHECK(four[5] == 0.5);
  CHECK(four[3] == 0.25);
}

TEST_CASE("fair tree: law, children of the better account are all better") {
  for (std::uint32_t trial = 0; trial < 50; ++trial) {
    CAPTURE(trial);
    Rng rng = Rng::stream(5, "fair tree test", trial);
    std::vector<ShareNode> tree(1);
    const int accounts = 2 + static_cast<int>(rng.below(5));
    for (int a = 0; a < accounts; ++a) {
      tree.push_back({0, false, 1 + static_cast<double>(rng.below(9)), 0});
      const auto account = static_cast<std::int32_t>(tree.size()) - 1;
      for (std::uint64_t u = 0; u <= rng.below(4); ++u) {
        const double usage = rng.uniform(1, 100);
        tree.push_back({account, true, 1 + static_cast<double>(rng.below(3)), usage});
        tree[static_cast<std::size_t>(account)].usage += usage;
        tree[0].usage += usage;
      }
    }
    const std::vector<double> factors = fair_tree_factors(tree);
    const auto level = [&](std::int32_t account) {
      const ShareNode& node = tree[static_cast<std::size_t>(account)];
      return node.shares / node.usage;
    };
    for (std::size_t i = 0; i < tree.size(); ++i) {
      for (std::size_t j = 0; j < tree.size(); ++j) {
        if (!tree[i].is_user || !tree[j].is_user || tree[i].parent == tree[j].parent) continue;
        CHECK((level(tree[i].parent) > level(tree[j].parent)) == (factors[i] > factors[j]));
      }
    }
  }
}

TEST_CASE("classic fair share: hand-computed") {
  // Accounts A (3 shares) and B (1): A's user x of two equal users used 60 of 100, y none, B's z 40.
  std::vector<ShareNode> tree(6);
  tree[0] = {-1, false, 1, 100};
  tree[1] = {0, false, 3, 60};
  tree[2] = {0, false, 1, 40};
  tree[3] = {1, true, 1, 60};
  tree[4] = {1, true, 1, 0};
  tree[5] = {2, true, 1, 40};
  const std::vector<double> factors = classic_factors(tree, 1);
  // x: own 0.6, account 0.6: 0.6; S = 3/8. y: 0 + 0.6 / 2 = 0.3. z: 0.4 of S = 1/4.
  CHECK(factors[3] == doctest::Approx(std::exp2(-0.6 / 0.375)));
  CHECK(factors[4] == doctest::Approx(std::exp2(-0.3 / 0.375)));
  CHECK(factors[5] == doctest::Approx(std::exp2(-0.4 / 0.25)));
  // Exactly its share used, dampening 1: one half; dampening 2: its root.
  tree[1].usage = tree[3].usage = 37.5;
  CHECK(classic_factors(tree, 2)[5] == doctest::Approx(std::exp2(-0.8)));
}

TEST_CASE("decayed usage: hand-computed, half-life of an hour") {
  DecayedUsage usage;
  usage.change_rate(0, kHour, 8);
  usage.change_rate(kHour, kHour, -8);
  // 8 units for one half-life h: 8 h / ln 2 x (1 - 1/2).
  const double first = 8 * 3600 / std::log(2.0) / 2;
  CHECK(usage.at(kHour, kHour) == doctest::Approx(first));
  CHECK(usage.at(3 * kHour, kHour) == doctest::Approx(first / 4));
  DecayedUsage kept;
  kept.change_rate(0, 0, 8);
  CHECK(kept.at(kHour, 0) == doctest::Approx(8 * 3600));
}

TEST_CASE("decayed usage: law, steps of a period tend to the exact integral") {
  // Slurm's way: every period what is there decays, then what was used in it is added.
  DecayedUsage exact;
  exact.change_rate(0, kDay, 5);
  double stepped = 0;
  for (Millis now = 0; now < 2 * kDay; now += kMinute) {
    stepped = stepped * std::exp2(-static_cast<double>(kMinute) / static_cast<double>(kDay)) + 5 * 60;
  }
  CHECK(exact.at(2 * kDay, kDay) == doctest::Approx(stepped).epsilon(1e-3));
}
