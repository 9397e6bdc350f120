// The backfill scheduler: plans waiting jobs in order against what runs and what was promised before, and starts those
// whose plan begins now.
#include <algorithm>
#include <cmath>

#include "cluster/slurm/scheduler.hpp"

namespace orrery {
namespace {

/// What a job without a time limit is planned with.
constexpr Millis kUnlimited = 365 * kDay;
/// Precision of expected ends at first (slurm.conf: bf_window_linear); it gets worse towards the future.
constexpr Millis kFirstWindow = 30 * kSecond;
constexpr int kMostTries = 1000;

std::size_t at(std::int32_t number) {
  return static_cast<std::size_t>(number);
}

Millis millis(Seconds time) {
  return std::llround(time.raw() * kSecond);
}

NodeBits nodes_until(const NodeBits& nodes, const std::vector<Millis>& times, Millis time) {
  NodeBits free = nodes;
  for (std::size_t node = nodes.next(0); node < nodes.nodes(); node = nodes.next(node + 1)) {
    if (times[node] > time) free.clear(node);
  }
  return free;
}

/// The time at which so many of the nodes are free; `kNever` where they never are.
Millis time_of(const NodeBits& nodes, const std::vector<Millis>& times, std::int32_t wanted) {
  std::vector<Millis> list;
  for (std::size_t node = nodes.next(0); node < nodes.nodes(); node = nodes.next(node + 1)) {
    if (times[node] != kNever) list.push_back(times[node]);
  }
  if (list.size() < at(wanted)) return kNever;
  const auto nth = list.begin() + (wanted - 1);
  std::nth_element(list.begin(), nth, list.end());
  return *nth;
}

}  // namespace

std::vector<SlurmScheduler::Candidate> SlurmScheduler::candidates(const ClusterEngine& engine) const {
  const SlurmParameters& p = parameters_;
  std::vector<Candidate> list;
  std::unordered_map<std::int32_t, int> of_user;
  std::vector<int> of_partition(partitions_.size(), 0);
  enum class Fits : char { Unknown, Yes, No };
  std::vector<Fits> fits;
  std::size_t useful = 0;  // Behind the last one that could start now, plans change nothing.
  waiting_.in_order([&](const SlurmWaiting::Entry& entry) {
    const SlurmClass& of = waiting_.at(entry.of_class);
    if (p.bf_max_job_user > 0 && ++of_user[of.who.user] > p.bf_max_job_user) return true;
    if (p.bf_max_job_part > 0 && ++of_partition[at(of.partition)] > p.bf_max_job_part) return true;
    list.push_back({entry.job, entry.of_class});
    if (fits.size() <= at(entry.of_class)) fits.resize(at(entry.of_class) + 1, Fits::Unknown);
    Fits& fit = fits[at(entry.of_class)];
    if (fit == Fits::Unknown) {
      const bool now = can_preempt(of) || nodes_.fits(of.request, allowed(of, engine.now(), engine.now() + 1));
      fit = now ? Fits::Yes : Fits::No;
    }
    if (fit == Fits::Yes) useful = list.size();
    return list.size() < at(p.bf_max_job_test);
  });
  list.resize(useful);
  return list;
}

void SlurmScheduler::run_backfill(ClusterEngine& engine) {
  const Millis now = engine.now();
  const std::vector<Candidate> list = candidates(engine);
  if (list.empty()) return;
  predictions_.clear();
  NodeSpace space(NodeBits(nodes_.size(), true), now);
  for (const auto& [job, claim] : claims_) space.promise(claim.nodes, now, claim.until);
  int starts = 0;
  for (const Candidate& candidate : list) {
    if (claims_.contains(candidate.job)) continue;
    if (!plan(engine, candidate, space)) continue;
    ++backfilled_;
    if (++starts == parameters_.bf_max_job_start) break;
  }
}

const std::vector<Millis>& SlurmScheduler::predict(const NodeRequest::Part& part, std::int32_t gpu_type, Millis now) {
  for (const Prediction& known : predictions_) {
    if (known.part == part && known.gpu_type == gpu_type) return known.times;
  }
  Prediction& prediction = predictions_.emplace_back();
  prediction.part = part;
  prediction.gpu_type = gpu_type;
  std::vector<Millis>& times = prediction.times;
  times.assign(nodes_.size(), kNever);
  const NodeBits free = nodes_.usable(part, gpu_type);
  for (std::size_t node = free.next(0); node < nodes_.size(); node = free.next(node + 1)) times[node] = now;
  scratch_ = nodes_;
  Millis window = kFirstWindow;
  // Jobs that overran their limit may go any time; the plan looks at the next step of its resolution.
  const Millis overrun = now + millis(parameters_.bf_resolution);
  for (auto end = ends_.begin(); end != ends_.end();) {
    const Millis first = std::max(end->first, now);
    Millis last = first;
    std::vector<std::int32_t> changed;
    for (; end != ends_.end() && (end->first <= first || end->first - first <= window); ++end) {
      last = std::max(last, end->first);
      const std::vector<Slice>& slices = runs_[run_of_.at(end->second)].slices;
      scratch_.give_back(slices);
      for (const Slice& slice : slices) changed.push_back(slice.node);
    }
    if (last == kNever) break;
    for (const std::int32_t node : changed) {
      if (times[at(node)] == kNever && scratch_.has_room(at(node), part, gpu_type))
        times[at(node)] = std::max(last, overrun);
    }
    window = parameters_.bf_window_linear > Seconds(0) ? window + millis(parameters_.bf_window_linear) : window * 2;
    window = std::min(window, kUnlimited);
  }
  return times;
}

std::optional<SlurmScheduler::Planned> SlurmScheduler::earliest(const NodeRequest& request, const NodeBits& nodes,
                                                                Millis now) {
  if (nodes.count() < request.nodes()) return std::nullopt;
  std::vector<Millis> rest;
  if (request.rest) rest = predict(*request.rest, request.gpu_type, now);
  const std::vector<Millis>& times = predict(request.part, request.gpu_type, now);
  Millis time = time_of(nodes, times, request.count);
  if (request.rest) time = std::max(time, time_of(nodes, rest, request.nodes()));
  if (time == kNever) return std::nullopt;
  Planned planned{time, NodeBits(nodes.nodes())};
  const auto take = [&](const NodeBits& from, std::int32_t count) {
    for (const std::size_t node : best_fit_runs(from, count)) planned.nodes.set(node);
  };
  take(nodes_until(nodes, times, time), request.count);
  if (request.rest) {
    NodeBits others = nodes_until(nodes, rest, time);
    others -= planned.nodes;
    take(others, 1);
  }
  return planned;
}

bool SlurmScheduler::plan(ClusterEngine& engine, const Candidate& candidate, NodeSpace& space) {
  const SlurmClass& of = waiting_.at(candidate.of_class);
  const Millis now = engine.now(), stated = limit(engine, candidate.job, of);
  if (!limits_.empty() && !limits_.allows(now, of.who, of.use, stated)) return false;
  const Millis time = std::min(stated, kUnlimited), window = now + millis(parameters_.bf_window);
  const Millis resolution = std::max<Millis>(1, millis(parameters_.bf_resolution));
  Millis from = now;
  for (int tries = 0; tries < kMostTries && from <= window; ++tries) {
    const Millis later = std::min(space.next_change(from), next_reservation_change(from));
    NodeBits nodes = allowed(of, from, from + time);
    nodes &= space.free_during(from, from + time);
    if (const auto planned = earliest(of.request, nodes, now)) {
      const Millis begin = std::max(planned->time, from);
      if (begin <= now) {
        // Nodes are free: which ones is chosen as the main scheduler does.
        if (const auto slices = nodes_.choose(of.request, nodes)) {
          start(engine, candidate.of_class, candidate.job, *slices);
          predictions_.clear();
          return true;
        }
      }
      if (from == now && can_preempt(of) && preempt_for(engine, candidate.of_class, candidate.job, nodes)) {
        predictions_.clear();
        if (const auto claim = claims_.find(candidate.job); claim != claims_.end()) {
          space.promise(claim->second.nodes, now, claim->second.until + time);
          return false;
        }
        return true;
      }
      if (begin <= later) {
        if (begin > window) return false;
        if (space.free(planned->nodes, begin, begin + time) &&
            allowed(of, begin, begin + time).contains(planned->nodes)) {
          space.promise(planned->nodes, begin - begin % resolution, (begin + time) - (begin + time) % resolution);
          return false;
        }
        if (begin > from) {
          from = begin;
          continue;
        }
      }
    }
    if (later == kNever) return false;
    from = later;
  }
  return false;
}

}  // namespace orrery
