#include "step/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "step/layout.hpp"

namespace orrery {
namespace {

/// Strict order of candidates: time, then memory, then the layout itself, so that ties never depend on the visit order.
auto rank_key(const Candidate& c) {
  const Layout& l = c.layout;
  return std::tuple(c.cost.time.raw(), c.cost.memory.raw(), l.tp, l.pp, l.vpp, l.cp, l.ep, l.expert_tp, l.zero,
                    l.micro_batch, l.sequence_parallel, static_cast<int>(l.recompute));
}
bool faster(const Candidate& a, const Candidate& b) {
  return rank_key(a) < rank_key(b);
}

/// Keeps the `capacity` fastest of what it is offered.
class Shortlist {
 public:
  explicit Shortlist(std::size_t capacity) : capacity_(capacity) { heap_.reserve(capacity + 1); }
  bool admits(Seconds time) const { return heap_.size() < capacity_ || time <= heap_.front().cost.time; }
  void offer(const Candidate& candidate) {
    heap_.push_back(candidate);
    std::push_heap(heap_.begin(), heap_.end(), faster);
    if (heap_.size() <= capacity_) return;
    std::pop_heap(heap_.begin(), heap_.end(), faster);
    heap_.pop_back();
  }
  std::vector<Candidate> sorted() && {
    std::sort_heap(heap_.begin(), heap_.end(), faster);
    return std::move(heap_);
  }

 private:
  std::size_t capacity_;
  std::vector<Candidate> heap_;
};

/// Values of a layout along the axes that a user asks "why not?" about.
std::vector<std::pair<const char*, int>> axes(const Layout& l) {
  return {{"tp", l.tp}, {"pp", l.pp}, {"cp", l.cp}, {"ep", l.ep}, {"micro-batch", l.micro_batch}};
}

/// The fastest fitting layout, or the smallest, for every value of every axis.
class ByAxis {
 public:
  void offer(const Candidate& candidate, bool fits) {
    const auto list = axes(candidate.layout);
    for (std::size_t axis = 0; axis < list.size(); ++axis) {
      auto [entry, is_new] = best_.try_emplace({static_cast<int>(axis), list[axis].second});
      Alternative& known = entry->second;
      const bool better = is_new || (fits && !known.fits) ||
                          (fits == known.fits && (fits ? faster(candidate, known.candidate)
                                                       : candidate.cost.memory < known.candidate.cost.memory));
      if (!better) continue;
      known.axis = fmt::format("{}={}", list[axis].first, list[axis].second);
      known.possible = true;
      known.fits = fits;
      known.candidate = candidate;
    }
  }
  /// All but the values that the chosen layout has.
  std::vector<Alternative> but(const Layout& chosen) const {
    const auto list = axes(chosen);
    std::vector<Alternative> result;
    for (const auto& [key, alternative] : best_) {
      if (list[static_cast<std::size_t>(key.first)].second != key.second) result.push_back(alternative);
    }
    return result;
  }

 private:
  std::map<std::pair<int, int>, Alternative> best_;
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
  const std::map<double, Candidate>& all() const { return front_; }

 private:
  std::map<double, Candidate> front_;  ///< By memory; time falls as memory grows.
};

std::optional<PlannedLayout> execute(StepSpec spec, const CollectiveModel& network, const Candidate& candidate) {
  spec.layout = candidate.layout;
  spec.software = candidate.software;
  auto result = simulate_step(spec, network);
  if (!result || !result->fits()) return std::nullopt;
  return PlannedLayout{candidate.layout, std::move(*result)};
}

}  // namespace

Expected<Plan, NothingFits> plan_layouts(const StepSpec& base, const CollectiveModel& network,
                                         const PlanOptions& options) {
  Shortlist shortlist(static_cast<std::size_t>(std::max(options.refine, options.top)));
  ByAxis by_axis;
  Front front;
  std::optional<Candidate> smallest;
  const Bytes budget = base.cluster.chip.memory;
  Plan plan;
  plan.counts = for_each_layout(base, network, options.space, [&](const StepSpec& spec, const LayoutCost& cost) {
    const Candidate candidate{spec.layout, spec.software, cost};
    const bool fits = cost.memory <= budget;
    by_axis.offer(candidate, fits);
    if (!smallest || cost.memory < smallest->cost.memory) smallest = candidate;
    if (!fits) return;
    front.offer(candidate);
    if (shortlist.admits(cost.time)) shortlist.offer(candidate);
  });
  if (plan.counts.costed == 0) {
    return Unexpected<NothingFits>(
        NothingFits{fmt::format("no layout divides {} chips, a global batch of {} sequences and the model's shapes",
                                base.cluster.chips, base.training.global_batch),
                    std::nullopt});
  }
  if (plan.counts.fitting == 0) {
    return Unexpected<NothingFits>(NothingFits{"no layout fits in the memory of the chip", smallest});
  }

  for (const Candidate& candidate : std::move(shortlist).sorted()) {
    if (auto planned = execute(base, network, candidate)) plan.best.push_back(std::move(*planned));
  }
  const auto upper = [&](const PlannedLayout& p) {
    return p.result.step_time * (options.upper_factor ? options.upper_factor(p.result) : 1.0);
  };
  std::stable_sort(plan.best.begin(), plan.best.end(),
                   [&](const PlannedLayout& a, const PlannedLayout& b) { return upper(a) < upper(b); });
  if (plan.best.size() > static_cast<std::size_t>(options.top)) {
    plan.best.resize(static_cast<std::size_t>(options.top));
  }
  for (const auto& [memory, candidate] : front.all()) {
    if (auto planned = execute(base, network, candidate)) plan.pareto.push_back(std::move(*planned));
  }
  std::reverse(plan.pareto.begin(), plan.pareto.end());  // by time
  if (!plan.best.empty()) plan.alternatives = by_axis.but(plan.best.front().layout);
  return plan;
}

}  // namespace orrery
