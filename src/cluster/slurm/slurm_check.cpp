#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

#include "cluster/slurm/parameters.hpp"

namespace orrery {
namespace {

class Checker {
 public:
  Checker(const SlurmParameters& parameters, const SharedMachine& machine, const JobTable& jobs,
          Diagnostics& diagnostics, const Span& where)
      : p_(parameters), machine_(machine), jobs_(jobs), diagnostics_(diagnostics), where_(where) {
    for (const NodeGroup& group : machine.groups) groups_.push_back(group.name);
    for (const SlurmQos& qos : p_.qos) qos_.push_back(qos.name);
    accounts_.emplace_back("root");
    for (const SlurmAssociation& a : p_.associations) {
      if (a.user.empty() && a.account != "root") accounts_.push_back(a.account);
    }
  }

  void check() {
    partitions();
    qualities();
    associations();
    reservations();
    policy();
    names_of_jobs();
  }

 private:
  void error(const std::string& message, const std::string& hint = "") { diagnostics_.error(message, where_, hint); }
  void warn(const std::string& message, const std::string& hint = "") { diagnostics_.warning(message, where_, hint); }

  bool known(const std::vector<std::string>& list, const std::string& name) const {
    return std::find(list.begin(), list.end(), name) != list.end();
  }
  static std::string meant(const std::string& name, const std::vector<std::string>& list) {
    const std::string likely = did_you_mean(name, list);
    return likely.empty() ? "" : fmt::format("did you mean `{}`?", likely);
  }
  void need(const std::vector<std::string>& list, const std::string& name, const char* kind, const std::string& of) {
    if (!known(list, name)) error(fmt::format("no {} `{}`, which {} names", kind, name, of), meant(name, list));
  }
  void once(std::vector<std::string> names, const char* kind) {
    std::sort(names.begin(), names.end());
    for (auto same = std::adjacent_find(names.begin(), names.end()); same != names.end();) {
      error(fmt::format("{} `{}` is declared twice", kind, *same));
      same = std::adjacent_find(std::upper_bound(same, names.end(), *same), names.end());
    }
  }

  void partitions() {
    std::vector<std::string> names;
    int defaults = 0;
    for (const SlurmPartition& partition : p_.partitions) {
      const std::string what = fmt::format("partition `{}`", partition.name);
      names.push_back(partition.name);
      defaults += partition.is_default ? 1 : 0;
      for (const std::string& group : partition.nodes) need(groups_, group, "group of nodes", what);
      if (!partition.qos.empty()) need(qos_, partition.qos, "QOS", what);
      if (partition.max_time && partition.default_time && *partition.default_time > *partition.max_time)
        error(what + " has a default_time above its max_time");
    }
    once(names, "partition");
    if (defaults > 1) error("more than one partition is the default");
  }

  void qualities() {
    once(qos_, "QOS");
    for (const SlurmQos& qos : p_.qos) {
      for (const std::string& other : qos.preempt) need(qos_, other, "QOS", fmt::format("QOS `{}`", qos.name));
    }
  }

  void associations() {
    std::vector<std::string> names;
    for (const SlurmAssociation& a : p_.associations) {
      const std::string what = a.user.empty() ? fmt::format("account `{}`", a.account)
                                              : fmt::format("user `{}` of account `{}`", a.user, a.account);
      names.push_back(what);
      if (!a.user.empty()) {
        need(accounts_, a.account, "account", what);
        if (!a.parent.empty()) error(what + " has a parent: only accounts do");
      } else if (!a.parent.empty()) {
        need(accounts_, a.parent, "account", what);
        if (a.account == "root") error("the account root has no parent");
      }
      const SlurmLimits& l = a.limits;
      if (!l.max_tres_per_user.empty() || !l.max_tres_per_account.empty() || l.max_jobs_per_account)
        error(what + " has a limit that only a QOS can have", "max_tres_per_user and limits per account");
    }
    std::sort(names.begin(), names.end());
    if (const auto same = std::adjacent_find(names.begin(), names.end()); same != names.end())
      error(*same + " is declared twice");
    loops();
  }

  /// An account that is above itself.
  void loops() {
    const auto parent_of = [&](const std::string& account) -> const std::string* {
      for (const SlurmAssociation& a : p_.associations) {
        if (a.user.empty() && a.account == account) return &a.parent;
      }
      return nullptr;
    };
    std::set<std::string> sound = {"root", ""};
    for (const SlurmAssociation& a : p_.associations) {
      if (!a.user.empty()) continue;
      std::vector<std::string> path;
      std::string at = a.account;
      while (!sound.contains(at) && !known(path, at)) {
        path.push_back(at);
        const std::string* above = parent_of(at);
        at = above == nullptr ? "" : *above;
      }
      if (!sound.contains(at)) error(fmt::format("account `{}` is above itself", at));
      sound.insert(path.begin(), path.end());
    }
  }

  void reservations() {
    for (const SlurmReservation& r : p_.reservations) {
      const std::string what = fmt::format("reservation `{}`", r.name);
      if (r.duration <= Seconds(0)) error(what + " has no duration", "as duration = \"8 h\"");
      long long nodes = 0;
      for (const NodeGroup& group : machine_.groups) {
        if (r.nodes.empty() || known(r.nodes, group.name)) nodes += group.nodes;
      }
      for (const std::string& group : r.nodes) need(groups_, group, "group of nodes", what);
      if (r.node_count > nodes) error(fmt::format("{} wants {} of {} nodes", what, r.node_count, nodes));
      for (const std::string& account : r.accounts) {
        if (jobs_.tenants.find(account) < 0) warn(fmt::format("{}: no job is of account `{}`", what, account));
      }
      for (const std::string& user : r.users) {
        if (jobs_.users.find(user) < 0) warn(fmt::format("{}: no job is of user `{}`", what, user));
      }
    }
  }

  void policy() {
    if (p_.preempt_mode == SlurmPreemptMode::Default)
      error("preempt_mode of the whole cluster has no default", "off, cancel, requeue or suspend");
    const auto preempts = [](SlurmPreemptMode mode) {
      return mode != SlurmPreemptMode::Off && mode != SlurmPreemptMode::Default;
    };
    const bool any_partition = std::any_of(p_.partitions.begin(), p_.partitions.end(),
                                           [&](const SlurmPartition& p) { return preempts(p.preempt_mode); });
    const bool any_qos =
        std::any_of(p_.qos.begin(), p_.qos.end(), [&](const SlurmQos& q) { return preempts(q.preempt_mode); });
    if (p_.preempt_type == SlurmPreemptType::None && (preempts(p_.preempt_mode) || any_partition || any_qos))
      warn("preempt_mode has no effect: preempt_type is none");
    if (p_.preempt_type == SlurmPreemptType::Qos &&
        std::none_of(p_.qos.begin(), p_.qos.end(), [](const SlurmQos& q) { return !q.preempt.empty(); }))
      warn("nobody is preempted: no QOS has a list `preempt`");
    if (p_.preempt_type == SlurmPreemptType::PartitionPrio &&
        std::all_of(p_.partitions.begin(), p_.partitions.end(),
                    [&](const SlurmPartition& p) { return p.priority_tier == p_.partitions.front().priority_tier; }))
      warn("nobody is preempted: all partitions have one priority_tier");
    const bool weighs = p_.priority_weight_age > 0 || p_.priority_weight_fairshare > 0 ||
                        p_.priority_weight_job_size > 0 || p_.priority_weight_partition > 0 ||
                        p_.priority_weight_qos > 0 || !p_.priority_weight_tres.empty();
    if (p_.priority_type == SlurmPriorityType::Basic && weighs)
      warn("weights of priorities have no effect: priority_type is basic");
    if (p_.priority_type == SlurmPriorityType::Multifactor && !weighs)
      warn("all weights of priorities are 0: jobs are in order of their tiers and rows");
  }

  void names_of_jobs() {
    std::vector<std::string> partitions;
    for (const SlurmPartition& partition : p_.partitions) partitions.push_back(partition.name);
    const auto unknown = [&](const Names& names, const std::vector<std::string>& list, const char* kind,
                             const char* then) {
      int count = 0;
      std::string first;
      for (const std::string& name : names.list()) {
        if (known(list, name)) continue;
        if (count++ == 0) first = name;
      }
      if (count > 0)
        warn(fmt::format("{} of the jobs' {} {} not declared, as `{}`: {}", count, kind, count == 1 ? "is" : "are",
                         first, then),
             meant(first, list));
    };
    if (!partitions.empty()) unknown(jobs_.pools, partitions, "partitions", "their jobs go to the default one");
    if (!p_.qos.empty()) unknown(jobs_.qos_names, qos_, "QOS", "their jobs have none");
    if (!p_.associations.empty()) unknown(jobs_.tenants, accounts_, "accounts", "each has one share below the root");
  }

  const SlurmParameters& p_;
  const SharedMachine& machine_;
  const JobTable& jobs_;
  Diagnostics& diagnostics_;
  const Span& where_;
  std::vector<std::string> groups_, qos_, accounts_;
};

}  // namespace

void check_slurm(const SlurmParameters& parameters, const SharedMachine& machine, const JobTable& jobs,
                 Diagnostics& diagnostics, const Span& where) {
  Checker(parameters, machine, jobs, diagnostics, where).check();
}

}  // namespace orrery
