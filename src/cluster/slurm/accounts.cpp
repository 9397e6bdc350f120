#include "cluster/slurm/accounts.hpp"

#include <unordered_map>
#include <utility>

namespace orrery {
namespace {

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

std::string user_name(const std::string& account, const std::string& user) {
  return account + "|" + user;
}

}  // namespace

SlurmAccounts::SlurmAccounts(const SlurmParameters& parameters, const JobTable& jobs, std::span<const JobId> rows)
    : fair_tree_(parameters.fair_tree),
      dampening_(parameters.fair_share_dampening_factor),
      half_life_(parameters.priority_decay_half_life.raw() * kSecond),
      reset_period_(parameters.priority_usage_reset_period.value_or(Seconds(0)).raw() * kSecond) {
  if (reset_period_ > 0) next_reset_ = static_cast<Millis>(reset_period_);
  const std::int32_t root = add(-1, false, 1, "root", -1);
  accounts_.add("root");
  account_nodes_.push_back(root);
  users_.add(user_name("root", "root"));
  user_nodes_.push_back(add(root, true, 1, user_name("root", "root"), -1));
  add_declared(parameters.associations);
  add_jobs(jobs, rows);
  update(0);
}

std::int32_t SlurmAccounts::add(std::int32_t parent, bool is_user, double shares, std::string name,
                                std::int32_t declared) {
  tree_.push_back({parent, is_user, shares, 0});
  names_.push_back(std::move(name));
  declared_.push_back(declared);
  usage_.emplace_back();
  return static_cast<std::int32_t>(tree_.size()) - 1;
}

void SlurmAccounts::add_declared(const std::vector<SlurmAssociation>& associations) {
  const auto shares = [](const SlurmAssociation& a) { return a.fairshare_parent ? kParentShares : a.fairshare; };
  // Accounts, parents first, whatever the order in which they are declared; `check_slurm` tells of loops.
  std::vector<bool> added(associations.size(), false);
  for (bool more = true; more;) {
    more = false;
    for (std::size_t i = 0; i < associations.size(); ++i) {
      const SlurmAssociation& a = associations[i];
      if (added[i] || !a.user.empty()) continue;
      const std::int32_t known = accounts_.find(a.parent.empty() ? "root" : a.parent);
      if (known < 0) continue;
      added[i] = more = true;
      if (const std::int32_t again = accounts_.find(a.account); again >= 0) {
        declared_[at(account_nodes_[at(again)])] = static_cast<std::int32_t>(i);  // Limits of the root, say.
        continue;
      }
      accounts_.add(a.account);
      account_nodes_.push_back(
          add(account_nodes_[at(known)], false, shares(a), a.account, static_cast<std::int32_t>(i)));
    }
  }
  for (std::size_t i = 0; i < associations.size(); ++i) {
    const SlurmAssociation& a = associations[i];
    const std::int32_t account = accounts_.find(a.account);
    if (a.user.empty() || account < 0) continue;
    const std::string name = user_name(a.account, a.user);
    if (const std::int32_t again = users_.find(name); again >= 0) {
      const std::int32_t node = user_nodes_[at(again)];
      declared_[at(node)] = static_cast<std::int32_t>(i);
      tree_[at(node)].shares = shares(a);
      continue;
    }
    users_.add(name);
    user_nodes_.push_back(add(account_nodes_[at(account)], true, shares(a), name, static_cast<std::int32_t>(i)));
  }
}

void SlurmAccounts::add_jobs(const JobTable& jobs, std::span<const JobId> rows) {
  association_of_.assign(jobs.size(), 1);
  std::unordered_map<std::int64_t, std::int32_t> nodes;  // Of pairs of tenant and user.
  for (const JobId job : rows) {
    const std::int32_t tenant = value_or(jobs.tenant, job, -1), user = value_or(jobs.user, job, -1);
    const std::int64_t pair = (static_cast<std::int64_t>(tenant) << 32) + user;
    const auto [found, is_new] = nodes.try_emplace(pair, 1);
    if (is_new && (tenant >= 0 || user >= 0)) {
      const std::string account = tenant < 0 ? "root" : jobs.tenants.at(tenant);
      const bool is_known = accounts_.find(account) >= 0;
      if (!is_known) {
        accounts_.add(account);
        account_nodes_.push_back(add(0, false, 1, account, -1));
      }
      const std::int32_t above = account_nodes_[at(accounts_.find(account))];
      const std::string name = user_name(account, user < 0 ? "root" : jobs.users.at(user));
      std::int32_t known = users_.find(name);
      if (known < 0) {
        known = users_.add(name);
        user_nodes_.push_back(add(above, true, declared_[at(above)] >= 0 ? kParentShares : 1, name, -1));
      }
      found->second = user_nodes_[at(known)];
    }
    association_of_[at(job)] = found->second;
  }
}

void SlurmAccounts::charge(Millis now, std::int32_t node, double billing) {
  for (; node >= 0; node = tree_[at(node)].parent) usage_[at(node)].change_rate(now, half_life_, billing);
}

void SlurmAccounts::update(Millis now) {
  if (now >= next_reset_) {
    // The reset of a period counts from its begin; what ran since then is not much of it, as in Slurm.
    for (DecayedUsage& usage : usage_) usage.reset(now);
    while (next_reset_ <= now) next_reset_ += static_cast<Millis>(reset_period_);
  }
  for (std::size_t i = 0; i < tree_.size(); ++i) tree_[i].usage = usage_[i].at(now, half_life_);
  factors_ = fair_tree_ ? fair_tree_factors(tree_) : classic_factors(tree_, dampening_);
}

}  // namespace orrery
