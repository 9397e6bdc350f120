#include "step/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>

#include "base/thread_pool.hpp"
#include "base/unit_text.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

auto identity(const Layout& l, const Overlaps& o) {
  return std::tuple(l.tp, l.pp, l.vpp, l.cp, l.ep, l.expert_tp, l.zero, l.micro_batch, l.sequence_parallel,
                    static_cast<int>(l.recompute), static_cast<int>(o.tensor), o.data, o.pipeline);
}

// Strict orders of candidates: ties go down to the layout itself, so that a plan never depends on the visit order.
bool faster(const Candidate& a, const Candidate& b) {
  if (a.cost.time != b.cost.time) return a.cost.time < b.cost.time;
  if (a.cost.memory != b.cost.memory) return a.cost.memory < b.cost.memory;
  return identity(a.layout, a.overlaps) < identity(b.layout, b.overlaps);
}
bool smaller(const Candidate& a, const Candidate& b) {
  return a.cost.memory != b.cost.memory ? a.cost.memory < b.cost.memory : faster(a, b);
}

/// Keeps the `capacity` fastest of what it is offered.
class Shortlist {
 public:
  explicit Shortlist(std::size_t capacity) : capacity_(capacity) { heap_.reserve(capacity + 1); }
  void offer(const Candidate& candidate) {
    if (heap_.size() == capacity_ && !faster(candidate, heap_.front())) return;
    heap_.push_back(candidate);
    std::push_heap(heap_.begin(), heap_.end(), faster);
    if (heap_.size() <= capacity_) return;
    std::pop_heap(heap_.begin(), heap_.end(), faster);
    heap_.pop_back();
  }
  std::vector<Candidate> sorted() const {
    std::vector<Candidate> result = heap_;
    std::sort(result.begin(), result.end(), faster);
    return result;
  }

 private:
  std::size_t capacity_;
  std::vector<Candidate> heap_;
};

/// The degrees that a user asks "why not?" about.
constexpr std::array<const char*, 5> kAxes = {"tp", "pp", "cp", "ep", "micro-batch"};
std::array<int, 5> axis_values(const Layout& l) {
  return {l.tp, l.pp, l.cp, l.ep, l.micro_batch};
}

/// The fastest fitting layout, or the smallest, for every value of every axis.
class ByAxis {
 public:
  struct Entry {
    int value;
    bool fits;
    Candidate candidate;
  };
  void offer(const Candidate& candidate, bool fits) {
    const auto values = axis_values(candidate.layout);
    for (std::size_t axis = 0; axis < kAxes.size(); ++axis) offer(entries_[axis], {values[axis], fits, candidate});
  }
  void merge(const ByAxis& other) {
    for (std::size_t axis = 0; axis < kAxes.size(); ++axis) {
      for (const Entry& entry : other.entries_[axis]) offer(entries_[axis], entry);
    }
  }
  /// The values nearest to `chosen`, without it, ascending.
  std::vector<Entry> near(std::size_t axis, int chosen, std::size_t count) const {
    const auto ratio = [&](int value) {
      return std::max(static_cast<double>(value) / chosen, static_cast<double>(chosen) / value);
    };
    std::vector<Entry> result;
    for (const Entry& entry : entries_[axis]) {
      if (entry.value != chosen) result.push_back(entry);
    }
    std::sort(result.begin(), result.end(), [&](const Entry& a, const Entry& b) {
      return std::pair(ratio(a.value), a.value) < std::pair(ratio(b.value), b.value);
    });
    result.resize(std::min(result.size(), count));
    std::sort(result.begin(), result.end(), [](const Entry& a, const Entry& b) { return a.value < b.value; });
    return result;
  }

 private:
  static void offer(std::vector<Entry>& entries, const Entry& entry) {
    auto known = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.value == entry.value; });
    if (known == entries.end()) {
      entries.push_back(entry);
      return;
    }
    const bool better = entry.fits != known->fits ? entry.fits
                        : entry.fits              ? faster(entry.candidate, known->candidate)
                                                  : smaller(entry.candidate, known->candidate);
    if (better) *known = entry;
  }

  std::array<std::vector<Entry>, kAxes.size()> entries_;
};

/// Candidates that no other beats in both time and memory.
class Front {
 public:
  void offer(const Candidate& candidate) {
    const auto at = front_.lower_bound(candidate.cost.memory.raw());
    // Everything before `at` needs less memory: one of those that is no slower dominates the candidate.
    if (at != front_.begin() && std::prev(at)->second.cost.time <= candidate.cost.time) return;
    if (at != front_.end() && at->first == candidate.cost.memory.raw() && !faster(candidate, at->second)) return;
    auto end = at;
    while (end != front_.end() && end->second.cost.time >= candidate.cost.time) ++end;
    front_.erase(at, end);
    front_.emplace(candidate.cost.memory.raw(), candidate);
  }
  void merge(const Front& other) {
    for (const auto& [memory, candidate] : other.front_) offer(candidate);
  }
  const std::map<double, Candidate>& all() const { return front_; }

 private:
  std::map<double, Candidate> front_;  ///< By memory; time falls as memory grows.
};

/// What a search keeps of the layouts that it visits.
struct Found {
  Shortlist shortlist;
  ByAxis by_axis;
  Front front;
  std::optional<Candidate> smallest;
  SearchCounts counts;

  explicit Found(std::size_t capacity) : shortlist(capacity) {}
  void offer_smallest(const Candidate& candidate) {
    if (!smallest || smaller(candidate, *smallest)) smallest = candidate;
  }
  void merge(const Found& other) {
    for (const Candidate& candidate : other.shortlist.sorted()) shortlist.offer(candidate);
    by_axis.merge(other.by_axis);
    front.merge(other.front);
    if (other.smallest) offer_smallest(*other.smallest);
    counts += other.counts;
  }
};

Found search_part(const StepSpec& base, const CollectiveModel& network, const PlanOptions& options,
                  const SearchPart& part) {
  Found found(static_cast<std::size_t>(std::max(options.refine, options.top)));
  const Bytes budget = base.cluster.chip.memory;
  const auto visit = [&](const StepSpec& spec, const LayoutCost& cost) {
    const Candidate candidate{spec.layout, overlaps_of(spec.software), cost};
    const bool fits = cost.memory <= budget;
    found.by_axis.offer(candidate, fits);
    found.offer_smallest(candidate);
    if (!fits) return;
    found.front.offer(candidate);
    found.shortlist.offer(candidate);
  };
  found.counts = for_each_layout(base, network, options.space, part, visit);
  return found;
}

/// The parts are searched in any order and joined in theirs.
Found search(const StepSpec& base, const CollectiveModel& network, const PlanOptions& options, ThreadPool& pool) {
  const std::vector<SearchPart> parts = search_parts(base, options.space);
  std::vector<std::optional<Found>> found(parts.size());
  pool.parallel_for(parts.size(), [&](std::size_t i) { found[i] = search_part(base, network, options, parts[i]); });
  Found all(static_cast<std::size_t>(std::max(options.refine, options.top)));
  for (const auto& part : found) all.merge(*part);
  return all;
}

/// The job on chips whose memory is what may be used of it.
StepSpec with_headroom(StepSpec spec, double headroom) {
  spec.cluster.chip.memory *= 1.0 - headroom;
  return spec;
}

/// Executes candidates exactly and ranks them.
class Executor {
 public:
  Executor(const StepSpec& base, const CollectiveModel& network, const PlanOptions& options, ThreadPool& pool)
      : base_(base), network_(network), options_(options), pool_(pool) {}

  /// In the order of the candidates, those that fit.
  std::vector<PlannedLayout> run(const std::vector<Candidate>& candidates) const {
    auto results = pool_.parallel_map(candidates.size(), [&](std::size_t i) { return one(candidates[i]); });
    std::vector<PlannedLayout> planned;
    for (auto& result : results) {
      if (result) planned.push_back(std::move(*result));
    }
    return planned;
  }
  std::optional<PlannedLayout> one(const Candidate& candidate) const {
    StepSpec spec = base_;
    spec.layout = candidate.layout;
    spec.cluster.chips = candidate.layout.chips();
    set_overlaps(spec.software, candidate.overlaps);
    auto result = simulate_step(spec, network_);
    if (!result || result->peak_memory() > (1.0 - options_.headroom) * result->memory_budget) return std::nullopt;
    return PlannedLayout{candidate.layout, candidate.overlaps, std::move(*result)};
  }
  Seconds upper(const PlannedLayout& p) const {
    return p.result.step_time * (options_.upper_factor ? options_.upper_factor(p.result) : 1.0);
  }
  bool better(const PlannedLayout& a, const PlannedLayout& b) const {
    const auto key = [&](const PlannedLayout& p) {
      return std::tuple(upper(p).raw(), p.result.step_time.raw(), p.result.peak_memory().raw(),
                        identity(p.layout, p.overlaps));
    };
    return key(a) < key(b);
  }

 private:
  const StepSpec& base_;
  const CollectiveModel& network_;
  const PlanOptions& options_;
  ThreadPool& pool_;
};

/// The alternatives to the first of `best`, executed. One that turns out better than it takes its place, and the
/// alternatives are asked for anew: each round improves the answer, so the rounds end.
std::vector<Alternative> settle_alternatives(const ByAxis& by_axis, const Executor& executor,
                                             std::vector<PlannedLayout>& best) {
  constexpr std::size_t kNearest = 4;
  while (true) {
    const PlannedLayout chosen = best.front();
    const auto values = axis_values(chosen.layout);
    std::optional<PlannedLayout> winner;
    std::vector<Alternative> alternatives;
    for (std::size_t axis = 0; axis < kAxes.size(); ++axis) {
      for (const ByAxis::Entry& entry : by_axis.near(axis, values[axis], kNearest)) {
        Alternative other{fmt::format("{}={}", kAxes[axis], entry.value), entry.fits, entry.candidate, 0.0};
        if (entry.fits) {
          auto planned = executor.one(entry.candidate);
          if (!planned) continue;
          other.candidate.cost = {planned->result.step_time, planned->result.peak_memory()};
          other.slowdown = executor.upper(*planned) / executor.upper(chosen) - 1.0;
          if (executor.better(*planned, winner ? *winner : chosen)) winner = std::move(planned);
        }
        alternatives.push_back(std::move(other));
      }
    }
    if (!winner) return alternatives;
    std::erase_if(best, [&](const PlannedLayout& p) {
      return identity(p.layout, p.overlaps) == identity(winner->layout, winner->overlaps);
    });
    best.insert(best.begin(), std::move(*winner));
  }
}

std::vector<Candidate> members(const Front& front) {
  std::vector<Candidate> result;
  for (const auto& [memory, candidate] : front.all()) result.push_back(candidate);
  return result;
}

/// Of executed layouts, those that no other beats in time, memory and chips together.
std::vector<PlannedLayout> undominated(std::vector<PlannedLayout> all) {
  const auto key = [](const PlannedLayout& p) {
    return std::tuple(-p.layout.chips(), p.result.step_time.raw(), p.result.peak_memory().raw(),
                      identity(p.layout, p.overlaps));
  };
  std::sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto beats = [](const PlannedLayout& a, const PlannedLayout& b) {
    const auto [ta, tb] = std::pair(a.result.step_time, b.result.step_time);
    const auto [ma, mb] = std::pair(a.result.peak_memory(), b.result.peak_memory());
    const auto [ca, cb] = std::pair(a.layout.chips(), b.layout.chips());
    return ta <= tb && ma <= mb && ca <= cb && (ta < tb || ma < mb || ca < cb);
  };
  std::vector<PlannedLayout> front;
  for (const PlannedLayout& one : all) {
    const bool beaten =
        std::any_of(all.begin(), all.end(), [&](const PlannedLayout& other) { return beats(other, one); });
    const bool repeated = std::any_of(front.begin(), front.end(), [&](const PlannedLayout& other) {
      return !beats(other, one) && !beats(one, other) && other.layout.chips() == one.layout.chips() &&
             other.result.step_time == one.result.step_time && other.result.peak_memory() == one.result.peak_memory();
    });
    if (!beaten && !repeated) front.push_back(one);
  }
  return front;
}

/// Of a front ordered by chips, then time: for each number of chips the fastest, and of those up to twice as slow the
/// ones that save a twentieth of the memory of the last. A front of a large machine has a hundred members otherwise,
/// most of them no choice that anyone would make.
std::vector<PlannedLayout> thinned(const std::vector<PlannedLayout>& front) {
  std::vector<PlannedLayout> kept;
  Seconds fastest;
  for (const PlannedLayout& one : front) {
    const bool opens = kept.empty() || kept.back().layout.chips() != one.layout.chips();
    if (opens) fastest = one.result.step_time;
    const bool worth_it = opens || (one.result.step_time <= 2.0 * fastest &&
                                    one.result.peak_memory() <= 0.95 * kept.back().result.peak_memory());
    if (worth_it) kept.push_back(one);
  }
  return kept;
}

bool has_bounds(const SearchSpace& s) {
  return !(s.tp.empty() && s.pp.empty() && s.vpp.empty() && s.cp.empty() && s.ep.empty() && s.micro_batch.empty() &&
           s.expert_tp.empty() && s.zero.empty() && s.recompute.empty() && s.sequence_parallel.empty());
}

}  // namespace

Expected<Plan, NothingFits> plan_layouts(const StepSpec& base, const CollectiveModel& network,
                                         const PlanOptions& options) {
  ThreadPool pool(options.threads);
  const Found found = search(with_headroom(base, options.headroom), network, options, pool);
  Plan plan;
  plan.counts = found.counts;
  if (plan.counts.costed == 0) {
    return Unexpected<NothingFits>(
        NothingFits{fmt::format("no layout{} divides {} chips, a global batch of {} sequences and the model's shapes",
                                has_bounds(options.space) ? " within the bounds of [plan]" : "",
                                format_count(base.cluster.chips), format_count(base.training.global_batch)),
                    std::nullopt, found.counts});
  }
  const Executor executor(base, options.finalists != nullptr ? *options.finalists : network, options, pool);
  plan.best = executor.run(found.shortlist.sorted());
  if (plan.best.empty()) {
    return Unexpected<NothingFits>(
        NothingFits{"no layout fits in the memory of the chip", found.smallest, found.counts});
  }
  std::sort(plan.best.begin(), plan.best.end(),
            [&](const PlannedLayout& a, const PlannedLayout& b) { return executor.better(a, b); });
  plan.alternatives = settle_alternatives(found.by_axis, executor, plan.best);
  plan.best.resize(std::min(plan.best.size(), static_cast<std::size_t>(options.top)));

  plan.pareto = executor.run(members(found.front));
  plan.pareto.push_back(plan.best.front());
  for (const long long share : {2, 4}) {
    if (!options.fewer_chips || base.cluster.chips % share != 0) continue;
    StepSpec fewer = with_headroom(base, options.headroom);
    fewer.cluster.chips /= share;
    const Found less = search(fewer, network, options, pool);
    for (PlannedLayout& planned : executor.run(members(less.front))) plan.pareto.push_back(std::move(planned));
  }
  plan.pareto = thinned(undominated(std::move(plan.pareto)));
  return plan;
}

}  // namespace orrery
