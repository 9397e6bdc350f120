#include "cluster/slurm/scheduler.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"

namespace orrery {
namespace {

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

Millis millis(Seconds time) {
  return std::llround(time.raw() * kSecond);
}

Millis millis_or(const std::optional<Seconds>& time, Millis otherwise) {
  return time ? millis(*time) : otherwise;
}

SlurmAgeing ageing_of(const SlurmParameters& p) {
  return {p.priority_type == SlurmPriorityType::Basic, p.priority_weight_age,
          std::max(1.0, p.priority_max_age.raw() * kSecond), p.priority_weight_fairshare};
}

SlurmParameters with_partitions(SlurmParameters parameters, const SharedMachine& machine) {
  if (!parameters.partitions.empty()) return parameters;
  // One of each pool, and a default one of the nodes that belong to none.
  SlurmPartition others;
  others.name = "default";
  others.is_default = true;
  std::vector<SlurmPartition>& list = parameters.partitions;
  for (const NodeGroup& group : machine.groups) {
    const bool is_known =
        std::any_of(list.begin(), list.end(), [&](const SlurmPartition& p) { return p.name == group.pool; });
    if (group.pool.empty()) {
      others.nodes.push_back(group.name);
    } else if (!is_known) {
      list.emplace_back().name = group.pool;
    }
  }
  if (!others.nodes.empty() || list.empty()) list.push_back(std::move(others));
  return parameters;
}

/// Nodes of groups by name, or of all where none is named; the first `count` of them where that is above 0.
NodeBits nodes_of(const SharedMachine& machine, const std::vector<std::string>& names, int count) {
  NodeBits bits(static_cast<std::size_t>(machine.nodes()));
  std::size_t node = 0;
  int taken = 0;
  for (const NodeGroup& group : machine.groups) {
    const bool is_named = names.empty() || std::find(names.begin(), names.end(), group.name) != names.end();
    for (int i = 0; i < group.nodes; ++i, ++node) {
      if (is_named && (count == 0 || taken++ < count)) bits.set(node);
    }
  }
  return bits;
}

NodeBits nodes_of(const SharedMachine& machine, const SlurmPartition& partition) {
  if (!partition.nodes.empty()) return nodes_of(machine, partition.nodes, 0);
  std::vector<std::string> of_pool;
  for (const NodeGroup& group : machine.groups) {
    if (group.pool == partition.name) of_pool.push_back(group.name);
  }
  return nodes_of(machine, of_pool, 0);
}

std::int32_t number_of(const std::vector<SlurmQos>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const SlurmQos& qos) { return qos.name == name; });
  return found == list.end() ? -1 : static_cast<std::int32_t>(found - list.begin());
}

double share(double part, double all) {
  return all > 0 ? part / all : 0.0;
}

std::size_t hash_of(const SlurmClass& of) {
  std::size_t hash = 0;
  const auto mix = [&](std::int64_t value) {
    hash = (hash ^ static_cast<std::size_t>(value)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32U;
  };
  mix(of.partition);
  mix(of.who.association);
  mix(of.who.qos);
  mix(of.priority);
  mix(of.demand.gpus);
  mix(of.demand.workers);
  mix(of.demand.gpu_type);
  mix(of.demand.cpu_milli);
  mix(of.demand.memory_mib);
  return hash;
}

bool same(const SlurmClass& a, const SlurmClass& b) {
  return a.partition == b.partition && a.who.association == b.who.association && a.who.qos == b.who.qos &&
         a.priority == b.priority && a.demand.gpus == b.demand.gpus && a.demand.workers == b.demand.workers &&
         a.demand.gpu_type == b.demand.gpu_type && a.demand.cpu_milli == b.demand.cpu_milli &&
         a.demand.memory_mib == b.demand.memory_mib;
}

}  // namespace

SlurmScheduler::SlurmScheduler(SlurmParameters parameters, const SharedMachine& machine, const JobTable& jobs,
                               std::span<const JobId> rows)
    : parameters_(with_partitions(std::move(parameters), machine)),
      jobs_(jobs),
      nodes_(machine, jobs.gpu_types),
      empty_(nodes_),
      accounts_(parameters_, jobs, rows),
      limits_(parameters_, accounts_),
      waiting_(ageing_of(parameters_)),
      class_of_(jobs.size(), -1),
      scratch_(nodes_) {
  double highest_factor = 0;
  for (const SlurmPartition& partition : parameters_.partitions)
    highest_factor = std::max(highest_factor, partition.priority_job_factor);
  for (const SlurmQos& qos : parameters_.qos) highest_qos_ = std::max(highest_qos_, qos.priority);
  std::vector<const NodeGroup*> group_of;
  for (const NodeGroup& group : machine.groups) group_of.insert(group_of.end(), at(group.nodes), &group);
  for (const SlurmPartition& configured : parameters_.partitions) {
    Partition partition;
    partition.parameters = &configured;
    partition.nodes = nodes_of(machine, configured);
    for (std::size_t node = partition.nodes.next(0); node < nodes_.size(); node = partition.nodes.next(node + 1)) {
      partition.node_gpus = std::max(partition.node_gpus, group_of[node]->gpus);
      partition.gpus += group_of[node]->gpus;
      partition.cpus += static_cast<double>(group_of[node]->cpu_milli) / 1000;
      partition.memory += static_cast<double>(group_of[node]->memory_mib);
    }
    partition.qos = number_of(parameters_.qos, configured.qos);
    partition.max_time = millis_or(configured.max_time, kNever);
    partition.default_time = millis_or(configured.default_time, partition.max_time);
    partition.factor = share(configured.priority_job_factor, highest_factor);
    partitions_.push_back(std::move(partition));
  }
  for (const SlurmReservation& configured : parameters_.reservations) {
    Reservation reservation{millis(configured.start),
                            millis(configured.start + configured.duration),
                            nodes_of(machine, configured.nodes, configured.node_count),
                            {},
                            {}};
    for (const std::string& name : configured.accounts) reservation.accounts.push_back(jobs.tenants.find(name));
    for (const std::string& name : configured.users) reservation.users.push_back(jobs.users.find(name));
    reservations_.push_back(std::move(reservation));
  }
  total_gpus_ = static_cast<double>(machine.gpus());
  if (!jobs.after.empty()) progress_.assign(jobs.size(), Progress::Unseen);
  blocked_.resize(partitions_.size());
  waiting_.update(0, accounts_);
}

SlurmClass SlurmScheduler::make_class(JobId job) const {
  SlurmClass of;
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (partitions_[i].parameters->is_default) of.partition = static_cast<std::int32_t>(i);
  }
  if (const std::int32_t pool = value_or(jobs_.pool, job, -1); pool >= 0) {
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      if (partitions_[i].parameters->name == jobs_.pools.at(pool)) of.partition = static_cast<std::int32_t>(i);
    }
  }
  const std::int32_t qos = value_or(jobs_.qos, job, -1);
  of.who.qos = qos < 0 ? -1 : number_of(parameters_.qos, jobs_.qos_names.at(qos));
  of.who.partition_qos = partitions_[at(of.partition)].qos;
  of.who.association = accounts_.association(job);
  of.who.user = value_or(jobs_.user, job, -1);
  of.who.account = value_or(jobs_.tenant, job, -1);
  of.priority = value_or(jobs_.priority, job, 0);
  of.demand = demand_of(jobs_, job);
  return of;
}

std::int32_t SlurmScheduler::class_of(JobId job) {
  if (class_of_[at(job)] >= 0) return class_of_[at(job)];
  SlurmClass of = make_class(job);
  const std::size_t hash = hash_of(of);
  const auto [begin, end] = classes_.equal_range(hash);
  for (auto found = begin; found != end; ++found) {
    if (same(waiting_.at(found->second), of)) return class_of_[at(job)] = found->second;
  }
  const Partition& partition = partitions_[at(of.partition)];
  const SlurmParameters& p = parameters_;
  of.request = request_of(of.demand, partition.node_gpus);
  of.shape = shapes_.try_emplace({of.partition, of.request}, static_cast<std::int32_t>(shapes_.size())).first->second;
  of.tier = partition.parameters->priority_tier;
  of.use = {static_cast<double>(of.demand.gpus), static_cast<double>(of.demand.cpu_milli) / 1000,
            static_cast<double>(of.demand.memory_mib), static_cast<double>(of.request.nodes())};
  const auto weighted = [&](const TresAmounts& weights, double gpus, double cpus, double memory) {
    return weights.gpu.value_or(0) * gpus + weights.cpu.value_or(0) * cpus + weights.mem.value_or(0) * memory;
  };
  const TresAmounts& billing = partition.parameters->tres_billing_weights;
  of.billing = billing.empty() ? of.use.gpu : weighted(billing, of.use.gpu, of.use.cpu, of.use.mem);
  if (of.who.qos >= 0) of.billing *= p.qos[at(of.who.qos)].usage_factor;
  const double size = (share(of.use.node, static_cast<double>(nodes_.size())) + share(of.use.gpu, total_gpus_)) / 2;
  of.fixed_priority = p.priority_weight_job_size * (p.priority_favor_small ? 1 - size : size) +
                      p.priority_weight_partition * partition.factor + of.priority +
                      weighted(p.priority_weight_tres, share(of.use.gpu, partition.gpus),
                               share(of.use.cpu, partition.cpus), share(of.use.mem, partition.memory));
  if (of.who.qos >= 0) of.fixed_priority += p.priority_weight_qos * share(p.qos[at(of.who.qos)].priority, highest_qos_);
  of.impossible =
      (of.demand.workers > 0 && of.demand.gpus % of.demand.workers != 0) || !empty_.fits(of.request, partition.nodes);
  class_of_[at(job)] = waiting_.add(std::move(of));
  classes_.emplace(hash, class_of_[at(job)]);
  return class_of_[at(job)];
}

Millis SlurmScheduler::limit(const ClusterEngine& engine, JobId job, const SlurmClass& of) const {
  const Millis asked = engine.limit(job);
  return asked == kNever ? partitions_[at(of.partition)].default_time : asked;
}

NodeBits SlurmScheduler::allowed(const SlurmClass& of, Millis begin, Millis end) const {
  NodeBits nodes = partitions_[at(of.partition)].nodes;
  const auto has = [](const std::vector<std::int32_t>& list, std::int32_t name) {
    return name >= 0 && std::find(list.begin(), list.end(), name) != list.end();
  };
  for (const Reservation& reservation : reservations_) {
    if (reservation.end <= begin || reservation.begin >= end) continue;
    if (!has(reservation.accounts, of.who.account) && !has(reservation.users, of.who.user)) nodes -= reservation.nodes;
  }
  return nodes;
}

Millis SlurmScheduler::next_reservation_change(Millis time) const {
  Millis next = kNever;
  for (const Reservation& reservation : reservations_) {
    if (reservation.end > time) next = std::min(next, reservation.end);
    if (reservation.begin > time) next = std::min(next, reservation.begin);
  }
  return next;
}

void SlurmScheduler::refuse(JobId job) {
  std::vector<JobId> now = {job};
  while (!now.empty()) {
    refused_.push_back(now.back());
    now.pop_back();
    if (progress_.empty()) continue;
    // What waits for it waits for ever.
    progress_[at(refused_.back())] = Progress::Refused;
    const std::vector<JobId> followers = take_followers(refused_.back());
    now.insert(now.end(), followers.rbegin(), followers.rend());
  }
}

std::vector<JobId> SlurmScheduler::take_followers(JobId job) {
  const auto [begin, end] = after_.equal_range(job);
  std::vector<JobId> followers;
  for (auto found = begin; found != end; ++found) followers.push_back(found->second);
  after_.erase(job);
  std::sort(followers.begin(), followers.end());
  return followers;
}

void SlurmScheduler::submitted(ClusterEngine& engine, JobId job) {
  const std::int32_t number = class_of(job);
  SlurmClass& of = waiting_.at(number);
  const Partition& partition = partitions_[at(of.partition)];
  const Millis time = limit(engine, job, of);
  const bool too_long = partition.max_time != kNever && (time == kNever || time > partition.max_time);
  const JobId before = value_or(jobs_.after, job, kNoJob);
  const Progress of_before = before == kNoJob ? Progress::Ended : progress_[at(before)];
  if (!progress_.empty()) progress_[at(job)] = Progress::Begun;
  if (of_before == Progress::Refused || of.impossible || too_long ||
      (!limits_.empty() && !limits_.ever_allows(of.who, of.use, time))) {
    refuse(job);
    return;
  }
  if (of_before == Progress::Begun) {
    after_.emplace(before, job);
  } else {
    queue(job, engine.now());
  }
}

void SlurmScheduler::queue(JobId job, Millis since) {
  const SlurmWaiting::Entry entry = waiting_.insert(class_of(job), since, job);
  const std::optional<SlurmWaiting::Entry>& blocked = blocked_[at(waiting_.at(entry.of_class).partition)];
  if (!blocked || entry < *blocked) main_due_ = true;
  backfill_due_ = true;
}

void SlurmScheduler::start(ClusterEngine& engine, std::int32_t of_class, JobId job, const std::vector<Slice>& slices) {
  const bool started = engine.start_on(job, slices);
  ORRERY_CHECK(started, "nodes that are free here are free in the placement");
  const SlurmClass& of = waiting_.at(of_class);
  const Millis now = engine.now(), time = limit(engine, job, of);
  waiting_.erase(of_class, job);
  claims_.erase(job);
  nodes_.take(slices);
  const Millis expected = time > kNever - now ? kNever : now + time;
  limits_.started(now, of.who, of.use, expected);
  accounts_.charge(now, of.who.association, of.billing);
  if (free_runs_.empty()) {
    free_runs_.push_back(runs_.size());
    runs_.emplace_back();
  }
  const std::size_t slot = free_runs_.back();
  free_runs_.pop_back();
  runs_[slot] = {job, of_class, now, expected, slices};
  run_of_[job] = slot;
  ends_.insert({expected, job, slot});
}

void SlurmScheduler::stopped(ClusterEngine& engine, JobId job, StopReason reason) {
  const auto found = run_of_.find(job);
  Running& run = runs_[found->second];
  const SlurmClass& of = waiting_.at(run.of_class);
  const Millis now = engine.now();
  nodes_.give_back(run.slices);
  limits_.stopped(now, of.who, of.use, run.expected_end);
  accounts_.charge(now, of.who.association, -of.billing);
  ends_.erase({run.expected_end, job, found->second});
  run.job = kNoJob;
  free_runs_.push_back(found->second);
  run_of_.erase(found);
  main_due_ = backfill_due_ = true;
  std::fill(blocked_.begin(), blocked_.end(), std::nullopt);
  const SlurmPreemptMode mode = reason == StopReason::Preempted ? mode_of(of) : SlurmPreemptMode::Requeue;
  if (reason == StopReason::Ended || mode == SlurmPreemptMode::Cancel) {
    if (progress_.empty()) return;
    progress_[at(job)] = Progress::Ended;
    for (const JobId follower : take_followers(job)) held_.emplace(0, follower);
  } else {
    held_.emplace(now + (mode == SlurmPreemptMode::Suspend ? 0 : millis(parameters_.cred_expire)), job);
  }
}

void SlurmScheduler::release_held(Millis now) {
  while (!held_.empty() && held_.begin()->first <= now) {
    const JobId job = held_.begin()->second;
    held_.erase(held_.begin());
    queue(job, now);
  }
}

void SlurmScheduler::pass(ClusterEngine& engine) {
  const Millis now = engine.now();
  wake_ = kNever;
  kill_due(engine);
  release_held(now);
  if (waiting_.empty()) return;
  if (now >= next_update_) {
    const Millis period = std::max<Millis>(1, millis(parameters_.priority_calc_period));
    next_update_ = now - now % period + period;
    limits_.update(now);
    if (parameters_.priority_type == SlurmPriorityType::Multifactor) {
      accounts_.update(now);
      waiting_.update(now, accounts_);
    }
    main_due_ = backfill_due_ = true;
  }
  if (now >= reservation_due_) {  // Its nodes were kept, or are from now on.
    reservation_due_ = next_reservation_change(now);
    main_due_ = backfill_due_ = true;
  }
  run_main(engine);
  if (parameters_.scheduler_type != SlurmSchedulerType::Backfill || !backfill_due_ || now < next_backfill_) return;
  const Millis interval = std::max<Millis>(1, millis(parameters_.bf_interval));
  if (now % interval != 0) {
    next_backfill_ = now - now % interval + interval;
    return;
  }
  next_backfill_ = now + interval;
  backfill_due_ = false;
  run_backfill(engine);
}

void SlurmScheduler::run_main(ClusterEngine& engine) {
  if (!main_due_ || waiting_.empty()) return;
  main_due_ = false;
  const Millis now = engine.now();
  std::fill(blocked_.begin(), blocked_.end(), std::nullopt);
  std::size_t open = partitions_.size();
  NodeBits taken(nodes_.size());  // Nodes that a job higher up waits for.
  for (auto head = waiting_.heads().begin(); head != waiting_.heads().end() && open > 0;) {
    const SlurmWaiting::Entry entry = *head;
    const SlurmClass& of = waiting_.at(entry.of_class);
    std::optional<SlurmWaiting::Entry>& blocked = blocked_[at(of.partition)];
    const auto block = [&] {
      blocked = entry;
      taken |= partitions_[at(of.partition)].nodes;
      --open;
      ++head;
    };
    if (blocked) {
      ++head;
      continue;
    }
    const Millis time = limit(engine, entry.job, of);
    if (!limits_.empty() && !limits_.allows(now, of.who, of.use, time)) {
      if (parameters_.assoc_limit_stop) {
        block();
      } else {
        ++head;  // The rest of its class asks for the same.
      }
      continue;
    }
    NodeBits nodes = allowed(of, now, time > kNever - now ? kNever : now + time);
    nodes -= taken;
    if (const auto slices = nodes_.choose(of.request, nodes)) {
      start(engine, entry.of_class, entry.job, *slices);
    } else if (claims_.contains(entry.job) || !preempt_for(engine, entry.of_class, entry.job, nodes) ||
               claims_.contains(entry.job)) {
      block();
      continue;
    }
    head = waiting_.heads().upper_bound(entry);
  }
}

Millis SlurmScheduler::wakes(const ClusterEngine& engine) const {
  Millis wake = std::min(wake_, doomed_.empty() ? kNever : doomed_.begin()->first);
  const Millis now = engine.now();
  if (!held_.empty()) wake = std::min(wake, std::max(held_.begin()->first, now + 1));
  if (waiting_.empty()) return wake;
  if (parameters_.scheduler_type == SlurmSchedulerType::Backfill && backfill_due_) {
    const Millis interval = std::max<Millis>(1, millis(parameters_.bf_interval));
    wake = std::min(wake, now - now % interval + interval);
  }
  wake = std::min(wake, next_reservation_change(now));
  const bool order_changes = parameters_.priority_type == SlurmPriorityType::Multifactor && !run_of_.empty() &&
                             engine.placement().free_gpus() > 0;
  if (order_changes || limits_.budgets_recover()) wake = std::min(wake, std::max(next_update_, now + 1));
  return wake;
}

}  // namespace orrery
