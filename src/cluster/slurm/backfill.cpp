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

/// The first of the windows at which so many of the nodes have room; their number where none has.
std::size_t first_window(const NodeBits& nodes, const std::vector<NodeBits>& room, std::int32_t wanted) {
  const auto found = std::partition_point(room.begin(), room.end(),
                                          [&](const NodeBits& bits) { return bits.count_common(nodes) < wanted; });
  return static_cast<std::size_t>(found - room.begin());
}

}  // namespace

std::vector<SlurmScheduler::Candidate> SlurmScheduler::candidates(const ClusterEngine& engine) const {
  const SlurmParameters& p = parameters_;
  std::vector<Candidate> list;
  std::unordered_map<std::int32_t, int> of_user;
  std::vector<int> of_partition(partitions_.size(), 0);
  enum class Fits : char { Unknown, Yes, No };
  std::vector<Fits> fits(shapes_.size(), Fits::Unknown);
  std::size_t useful = 0;  // Behind the last one that could start now, plans change nothing.
  waiting_.in_order([&](const SlurmWaiting::Entry& entry) {
    const SlurmClass& of = waiting_.at(entry.of_class);
    if (p.bf_max_job_user > 0 && ++of_user[of.who.user] > p.bf_max_job_user) return true;
    if (p.bf_max_job_part > 0 && ++of_partition[at(of.partition)] > p.bf_max_job_part) return true;
    list.push_back({entry.job, entry.of_class, std::min(limit(engine, entry.job, of), kUnlimited)});
    Fits& fit = fits[at(of.shape)];
    if (fit == Fits::Unknown) fit = nodes_.fits(of.request, partitions_[at(of.partition)].nodes) ? Fits::Yes : Fits::No;
    if (fit == Fits::Yes || can_preempt(of)) useful = list.size();
    return list.size() < at(p.bf_max_job_test);
  });
  list.resize(useful);
  return list;
}

void SlurmScheduler::run_backfill(ClusterEngine& engine) {
  const Millis now = engine.now();
  std::vector<Candidate> list = candidates(engine);
  if (list.empty()) return;
  forget_predictions();
  tried_.assign(shapes_.size(), {});
  hopeless_from_.assign(shapes_.size(), kNever);
  NodeSpace space(NodeBits(nodes_.size(), true), now);
  for (const auto& [job, claim] : claims_) space.promise(claim.nodes, now, claim.until);
  int starts = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Candidate candidate = list[i];
    if (claims_.contains(candidate.job)) continue;
    if (plan(engine, candidate, space)) {
      ++backfilled_;
      if (++starts == parameters_.bf_max_job_start) break;
    }
    // Promises matter only as long as somebody behind may start now.
    while (list.size() > i + 1 && is_hopeless(list.back())) list.pop_back();
  }
}

bool SlurmScheduler::is_hopeless(const Candidate& candidate) const {
  const SlurmClass& of = waiting_.at(candidate.of_class);
  return candidate.time >= hopeless_from_[at(of.shape)] && !can_preempt(of);
}

/// A job of this shape and time cannot begin now: no longer one of the same or a greater shape can in this pass, for
/// promises and running jobs only become more.
void SlurmScheduler::give_up(const SlurmClass& of, Millis time) {
  for (const auto& [key, shape] : shapes_) {
    const NodeRequest& other = key.second;
    const bool is_greater = key.first == of.partition && other.gpu_type == of.request.gpu_type && !of.request.rest &&
                            other.count >= of.request.count && other.part.gpus >= of.request.part.gpus &&
                            other.part.cpu_milli >= of.request.part.cpu_milli &&
                            other.part.memory_mib >= of.request.part.memory_mib;
    Millis& from = hopeless_from_[at(shape)];
    if (is_greater || shape == of.shape) from = std::min(from, time);
  }
}

/// Calls `f(runs, time)` for running jobs together, by expected ends: the precision of these gets worse towards the
/// future. Jobs that overran their limit may go any time, and count as gone in a second.
template <class Ends, class F>
void SlurmScheduler::each_window(const Ends& ends, Millis now, F f) const {
  const Millis more = millis(parameters_.bf_window_linear);
  Millis window = kFirstWindow;
  for (auto begin = ends.begin(); begin != ends.end() && begin->time != kNever;) {
    const Millis first = std::max(begin->time, now);
    auto end = begin;
    Millis last = first;
    for (; end != ends.end() && end->time <= first + window; ++end) last = std::max(last, end->time);
    f(begin, end, std::max(last, now + kSecond));
    begin = end;
    window = std::min(more > 0 ? window + more : window * 2, kUnlimited);
  }
}

void SlurmScheduler::predict_gpus(Millis now) {
  std::int32_t most = 0;
  std::vector<std::int32_t> free(nodes_.size());
  for (std::size_t node = 0; node < free.size(); ++node) {
    free[node] = nodes_.free_gpus(node);
    most = std::max(most, nodes_.capacity(node));
  }
  std::vector<NodeBits> room;
  for (std::int32_t gpus = 0; gpus <= most; ++gpus) room.push_back(nodes_.usable({gpus, 0, 0}, -1));
  window_ends_.assign(1, now);
  gpu_room_.assign(room.size(), {});
  const auto keep = [&] {
    for (std::size_t gpus = 0; gpus < room.size(); ++gpus) gpu_room_[gpus].push_back(room[gpus]);
  };
  keep();
  each_window(ends_, now, [&](auto begin, auto end, Millis time) {
    for (auto run = begin; run != end; ++run) {
      for (const Slice& slice : runs_[run->run].slices) {
        for (std::int32_t more = 0; more < slice.gpus; ++more) room[at(++free[at(slice.node)])].set(at(slice.node));
      }
    }
    window_ends_.push_back(time);
    keep();
  });
}

const SlurmScheduler::Room& SlurmScheduler::predict(const NodeRequest::Part& part, std::int32_t gpu_type, Millis now) {
  if (gpu_room_.empty()) predict_gpus(now);
  if (nodes_.by_gpus_alone(part, gpu_type)) return gpu_room_[at(part.gpus)];
  const auto known = std::find_if(predictions_.begin(), predictions_.end(), [&](const Prediction& prediction) {
    return prediction.part == part && prediction.gpu_type == gpu_type;
  });
  if (known != predictions_.end()) return known->room;
  Room& room = predictions_.emplace_back(Prediction{part, gpu_type, {}}).room;
  room.push_back(nodes_.usable(part, gpu_type));
  scratch_ = nodes_;
  each_window(ends_, now, [&](auto begin, auto end, Millis /*time*/) {
    NodeBits more = room.back();
    for (auto run = begin; run != end; ++run) scratch_.give_back(runs_[run->run].slices);
    for (auto run = begin; run != end; ++run) {
      for (const Slice& slice : runs_[run->run].slices) {
        if (scratch_.has_room(at(slice.node), part, gpu_type)) more.set(at(slice.node));
      }
    }
    room.push_back(std::move(more));
  });
  return room;
}

void SlurmScheduler::forget_predictions() {
  gpu_room_.clear();
  predictions_.clear();
}

std::size_t SlurmScheduler::earliest(const NodeRequest& request, const NodeBits& nodes, Millis now) {
  const Room& room = predict(request.part, request.gpu_type, now);
  if (!request.rest) return first_window(nodes, room, request.count);
  const std::size_t window = first_window(nodes, room, request.count);
  return std::max(window, first_window(nodes, predict(*request.rest, request.gpu_type, now), request.nodes()));
}

NodeBits SlurmScheduler::nodes_at(std::size_t window, const NodeRequest& request, const NodeBits& nodes, Millis now) {
  NodeBits chosen(nodes.nodes());
  const auto take = [&](const NodeRequest::Part& part, std::int32_t count) {
    NodeBits free = predict(part, request.gpu_type, now)[window];
    free &= nodes;
    free -= chosen;
    for (const std::size_t node : best_fit_runs(free, count)) chosen.set(node);
  };
  take(request.part, request.count);
  if (request.rest) take(*request.rest, 1);
  return chosen;
}

/// The first begin that is worth a try: not before all nodes together have room, nor before what was tried in vain for
/// the same shape and no longer time; promises have only become more since.
Millis SlurmScheduler::first_try(const SlurmClass& of, Millis time, Millis now, const NodeSpace& space) {
  const std::size_t window = earliest(of.request, partitions_[at(of.partition)].nodes, now);
  if (window == window_ends_.size()) return kNever;
  Millis from = std::max(now, space.last_change(window_ends_[window]));
  for (const Tried& tried : tried_[at(of.shape)]) {
    if (tried.time <= time) from = std::max(from, tried.from);
  }
  return from;
}

bool SlurmScheduler::plan(ClusterEngine& engine, const Candidate& candidate, NodeSpace& space) {
  const SlurmClass& of = waiting_.at(candidate.of_class);
  const Millis now = engine.now(), time = candidate.time;
  if (!limits_.empty() && !limits_.allows(now, of.who, of.use, limit(engine, candidate.job, of))) return false;
  const Millis horizon = now + millis(parameters_.bf_window);
  const Millis resolution = std::max<Millis>(1, millis(parameters_.bf_resolution));
  const bool preempts = can_preempt(of);
  Millis from = preempts || !reservations_.empty() ? now : first_try(of, time, now, space);
  const auto remember = [&] {
    if (!reservations_.empty()) return;
    std::vector<Tried>& tried = tried_[at(of.shape)];
    std::erase_if(tried, [&](const Tried& other) { return other.time >= time && other.from <= from; });
    tried.push_back({time, from});
    give_up(of, time);
  };
  for (int tries = 0; tries < kMostTries && from <= horizon; ++tries) {
    const Millis later = std::min(space.next_change(from), next_reservation_change(from));
    NodeBits nodes = allowed(of, from, from + time);
    nodes &= space.free_during(from, from + time);
    if (const std::size_t window = earliest(of.request, nodes, now); window < window_ends_.size()) {
      const Millis begin = std::max(window_ends_[window], from);
      if (begin <= now) {
        // Nodes are free: which ones is chosen as the main scheduler does.
        if (const auto slices = nodes_.choose(of.request, nodes)) {
          start(engine, candidate.of_class, candidate.job, *slices);
          forget_predictions();
          return true;
        }
      }
      if (from == now && preempts && preempt_for(engine, candidate.of_class, candidate.job, nodes)) {
        forget_predictions();
        for (std::vector<Tried>& tried : tried_) tried.clear();
        std::fill(hopeless_from_.begin(), hopeless_from_.end(), kNever);
        if (const auto claim = claims_.find(candidate.job); claim != claims_.end()) {
          space.promise(claim->second.nodes, now, claim->second.until + time);
          return false;
        }
        return true;
      }
      if (begin <= later) {
        if (begin > horizon) break;
        const NodeBits chosen = nodes_at(window, of.request, nodes, now);
        if (space.free(chosen, begin, begin + time) && allowed(of, begin, begin + time).contains(chosen)) {
          space.promise(chosen, begin - begin % resolution, (begin + time) - (begin + time) % resolution);
          remember();
          return false;
        }
        if (begin > from) {
          from = begin;
          continue;
        }
      }
    }
    if (later == kNever) break;
    from = later;
  }
  remember();
  return false;
}

}  // namespace orrery
