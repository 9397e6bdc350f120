#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace orrery {

/// A node of the tree of associations: an account, or a user in one. The root is the first, parents come before their
/// children.
struct ShareNode {
  std::int32_t parent = -1;  ///< -1: the root.
  bool is_user = false;
  double shares = 1;  ///< Against its siblings'; `kParentShares`: it stands for its parent.
  double usage = 0;   ///< Of an account: of all below it.
};
inline constexpr double kParentShares = -1;

/// Shares over those of the node and its siblings: sshare's NormShares. Of a node that stands for its parent, the
/// parent's; of the root 1.
std::vector<double> normalised_shares(std::span<const ShareNode> tree);

/// Usage over that of the parent, whose children used all of it: sshare's EffectvUsage under fair tree; 0 where nothing
/// was used at all, 1 of the root.
std::vector<double> effective_usage(std::span<const ShareNode> tree);

/// The fair-share factor of each user by Slurm's Fair Tree (slurm.schedmd.com/fair_tree.html); 0 of accounts.
///
/// Siblings are ordered by their level fair share, normalised shares over effective usage, infinite without usage; the
/// tree is walked in that order, and the user found k-th of n gets (n - k + 1) / n. Ties: sibling users share a rank; a
/// user gets the rank of the first user below an account that it is level with; accounts that are level are walked as
/// one. A node that stands for its parent has a level fair share of 1 over its effective usage, as an only child has:
/// siblings of this kind are told apart by usage alone.
std::vector<double> fair_tree_factors(std::span<const ShareNode> tree);

/// The classic factor 2^(-U / (S d)) of each user (priority_multifactor.html, before Fair Tree); 0 of accounts. S is
/// the product of normalised shares from the root down, d the dampening factor. U is the effective usage: the user's
/// own share of all usage, moved towards that of its account by its share among siblings, at each level.
std::vector<double> classic_factors(std::span<const ShareNode> tree, double dampening);

}  // namespace orrery
