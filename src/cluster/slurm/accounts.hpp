#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/decayed_usage.hpp"
#include "cluster/slurm/fair_share.hpp"
#include "cluster/slurm/parameters.hpp"

namespace orrery {

/// The tree of associations, what each used, and the fair share that follows.
///
/// As in Slurm the root account has a user of its own with one share. Without associations each tenant is an account of
/// one share, and its users have one share each. Accounts of jobs that no association names are added below the root in
/// the same way; users of a named account that are not named stand for their account ("parent").
class SlurmAccounts {
 public:
  SlurmAccounts(const SlurmParameters& parameters, const JobTable& jobs, std::span<const JobId> rows);

  /// The node of the tree that a job is charged to, a user.
  std::int32_t association(JobId job) const { return association_of_[static_cast<std::size_t>(job)]; }
  std::int32_t parent(std::int32_t node) const { return tree_[static_cast<std::size_t>(node)].parent; }
  std::size_t size() const { return tree_.size(); }
  /// "account" or "account|user" of a node, as sshare would say.
  const std::string& name(std::int32_t node) const { return names_[static_cast<std::size_t>(node)]; }
  /// Number of the association in the parameters; -1: none.
  std::int32_t declared(std::int32_t node) const { return declared_[static_cast<std::size_t>(node)]; }

  /// From now on `billing` units more are in use by the node and all above it; negative when a job ends.
  void charge(Millis now, std::int32_t node, double billing);
  /// Computes all fair-share factors anew.
  void update(Millis now);
  /// Of a user, as of the last update.
  double factor(std::int32_t node) const { return factors_[static_cast<std::size_t>(node)]; }
  const std::vector<ShareNode>& tree() const { return tree_; }

 private:
  std::int32_t add(std::int32_t parent, bool is_user, double shares, std::string name, std::int32_t declared);
  void add_declared(const std::vector<SlurmAssociation>& associations);
  void add_jobs(const JobTable& jobs, std::span<const JobId> rows);

  bool fair_tree_;
  double dampening_, half_life_, reset_period_;
  Millis next_reset_ = kNever;
  std::vector<ShareNode> tree_;
  std::vector<std::string> names_;
  std::vector<std::int32_t> declared_;
  std::vector<DecayedUsage> usage_;
  std::vector<double> factors_;
  Names accounts_;  ///< Names of accounts; their nodes are in `account_nodes_`.
  std::vector<std::int32_t> account_nodes_;
  Names users_;  ///< "account|user"; their nodes are in `user_nodes_`.
  std::vector<std::int32_t> user_nodes_;
  std::vector<std::int32_t> association_of_;
};

}  // namespace orrery
