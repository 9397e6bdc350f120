#include "cluster/slurm/limits.hpp"

#include <algorithm>

namespace orrery {
namespace {

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

bool within(const TresAmounts& most, const SlurmUse& held, const SlurmUse& more) {
  const auto below = [](const std::optional<double>& limit, double sum) { return !limit || sum <= *limit; };
  return below(most.gpu, held.gpu + more.gpu) && below(most.cpu, held.cpu + more.cpu) &&
         below(most.mem, held.mem + more.mem) && below(most.node, held.node + more.node);
}

void add(SlurmUse& held, const SlurmUse& more, int sign) {
  held.gpu += sign * more.gpu;
  held.cpu += sign * more.cpu;
  held.mem += sign * more.mem;
  held.node += sign * more.node;
}

double seconds(Millis time) {
  return static_cast<double>(time) / kSecond;
}

}  // namespace

SlurmLimitBook::SlurmLimitBook(const SlurmParameters& parameters, const SlurmAccounts& accounts)
    : accounts_(accounts),
      half_life_(parameters.priority_decay_half_life.raw() * kSecond),
      reset_period_(parameters.priority_usage_reset_period.value_or(Seconds(0)).raw() * kSecond),
      limited_of_(accounts.size(), -1) {
  if (reset_period_ > 0) next_reset_ = static_cast<Millis>(reset_period_);
  for (const SlurmQos& qos : parameters.qos) {
    Account& account = qos_.emplace_back();
    account.limits = &qos.limits;
    account.factor = qos.usage_factor;
    empty_ = empty_ && qos.limits.empty();
    has_budgets_ = has_budgets_ || !qos.limits.grp_tres_mins.empty();
  }
  for (std::size_t node = 0; node < accounts.size(); ++node) {
    const std::int32_t declared = accounts.declared(static_cast<std::int32_t>(node));
    if (declared < 0) continue;
    const SlurmLimits& limits = parameters.associations[at(declared)].limits;
    if (limits.empty()) continue;
    limited_of_[node] = static_cast<std::int32_t>(limited_.size());
    limited_.emplace_back().limits = &limits;
    empty_ = false;
    has_budgets_ = has_budgets_ || !limits.grp_tres_mins.empty();
  }
}

template <class F>
bool SlurmLimitBook::all_of(const SlurmLimited& who, F f) const {
  if (who.qos >= 0 && !f(qos_[at(who.qos)])) return false;
  if (who.partition_qos >= 0 && who.partition_qos != who.qos && !f(qos_[at(who.partition_qos)])) return false;
  for (std::int32_t node = who.association; node >= 0; node = accounts_.parent(node)) {
    const std::int32_t limited = limited_of_[at(node)];
    if (limited >= 0 && !f(limited_[at(limited)])) return false;
  }
  return true;
}

bool SlurmLimitBook::allows(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis limit) const {
  return all_of(who, [&](const Account& account) { return allows(account, now, who, use, limit, Asked::Now); });
}

bool SlurmLimitBook::ever_allows(const SlurmLimited& who, const SlurmUse& use, Millis limit) const {
  return all_of(who, [&](const Account& account) { return allows(account, 0, who, use, limit, Asked::Ever); });
}

bool SlurmLimitBook::allows(const Account& account, Millis now, const SlurmLimited& who, const SlurmUse& use,
                            Millis limit, Asked asked) const {
  const SlurmLimits& limits = *account.limits;
  const auto held_by = [&](const std::unordered_map<std::int32_t, Held>& by, std::int32_t name) {
    const auto found = by.find(name);
    return asked == Asked::Ever || found == by.end() ? Held() : found->second;
  };
  const Held all = asked == Asked::Ever ? Held() : account.all;
  const Held user = held_by(account.users, who.user), one = held_by(account.accounts, who.account);
  const auto one_more = [](const std::optional<int>& most, int jobs) { return !most || jobs < *most; };
  if (limits.max_wall && (limit == kNever || seconds(limit) > limits.max_wall->raw())) return false;
  return one_more(limits.grp_jobs, all.jobs) && one_more(limits.max_jobs_per_user, user.jobs) &&
         one_more(limits.max_jobs_per_account, one.jobs) && within(limits.max_tres_per_job, {}, use) &&
         within(limits.grp_tres, all.use, use) && within(limits.max_tres_per_user, user.use, use) &&
         within(limits.max_tres_per_account, one.use, use) && budgets_allow(account, now, use, limit, asked);
}

bool SlurmLimitBook::budgets_allow(const Account& account, Millis now, const SlurmUse& use, Millis limit,
                                   Asked asked) const {
  const auto within_budget = [&](const std::optional<double>& minutes, const Budget& budget, double units) {
    if (!minutes) return true;
    const double planned = limit == kNever ? 0.0 : units * seconds(limit) * account.factor;
    if (asked == Asked::Ever) return *minutes > 0 && planned <= *minutes * 60;
    const double running = std::max(0.0, budget.committed - budget.rate * seconds(now));
    const double used = budget.used.at(now, half_life_);
    return used < *minutes * 60 && used + running + planned <= *minutes * 60;
  };
  const TresAmounts& minutes = account.limits->grp_tres_mins;
  return within_budget(minutes.gpu, account.gpu, use.gpu) && within_budget(minutes.cpu, account.cpu, use.cpu) &&
         within_budget(minutes.mem, account.mem, use.mem) && within_budget(minutes.node, account.node, use.node);
}

void SlurmLimitBook::change(Account& account, Millis now, const SlurmLimited& who, const SlurmUse& use,
                            Millis expected_end, int sign) {
  const auto count = [&](Held& held) {
    add(held.use, use, sign);
    held.jobs += sign;
  };
  count(account.all);
  const SlurmLimits& limits = *account.limits;
  if (limits.max_jobs_per_user || !limits.max_tres_per_user.empty()) count(account.users[who.user]);
  if (limits.max_jobs_per_account || !limits.max_tres_per_account.empty()) count(account.accounts[who.account]);
  if (limits.grp_tres_mins.empty()) return;
  const auto spend = [&](Budget& budget, double units) {
    const double rate = sign * units * account.factor;
    budget.used.change_rate(now, half_life_, rate);
    if (expected_end == kNever) return;
    budget.committed += rate * seconds(expected_end);
    budget.rate += rate;
  };
  spend(account.gpu, use.gpu);
  spend(account.cpu, use.cpu);
  spend(account.mem, use.mem);
  spend(account.node, use.node);
}

void SlurmLimitBook::change(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis expected_end, int sign) {
  if (who.qos >= 0) change(qos_[at(who.qos)], now, who, use, expected_end, sign);
  if (who.partition_qos >= 0 && who.partition_qos != who.qos)
    change(qos_[at(who.partition_qos)], now, who, use, expected_end, sign);
  for (std::int32_t node = who.association; node >= 0; node = accounts_.parent(node)) {
    const std::int32_t limited = limited_of_[at(node)];
    if (limited >= 0) change(limited_[at(limited)], now, who, use, expected_end, sign);
  }
}

void SlurmLimitBook::started(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis expected_end) {
  if (!empty_) change(now, who, use, expected_end, 1);
}

void SlurmLimitBook::stopped(Millis now, const SlurmLimited& who, const SlurmUse& use, Millis expected_end) {
  if (!empty_) change(now, who, use, expected_end, -1);
}

void SlurmLimitBook::update(Millis now) {
  if (now < next_reset_) return;
  while (next_reset_ <= now) next_reset_ += static_cast<Millis>(reset_period_);
  const auto reset = [&](std::vector<Account>& accounts) {
    for (Account& account : accounts) {
      for (Budget* budget : {&account.gpu, &account.cpu, &account.mem, &account.node}) budget->used.reset(now);
    }
  };
  reset(qos_);
  reset(limited_);
}

}  // namespace orrery
