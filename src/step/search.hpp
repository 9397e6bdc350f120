#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "step/search_cost.hpp"
#include "step/step.hpp"

namespace orrery {

/// Layouts that a search considers. An empty list means every value that divides; a list is taken at its word, so that
/// values that searches usually leave out (uneven interleavings, short slices of a sequence) are considered too.
struct SearchSpace {
  std::vector<int> tp{}, pp{}, vpp{}, cp{}, ep{}, micro_batch{};
  std::vector<int> expert_tp{};           ///< Empty: 1 and tp.
  std::vector<int> zero{};                ///< Empty: 0, 1 and 3 (FSDP without pipeline).
  std::vector<Recompute> recompute{};     ///< Empty: all three.
  std::vector<bool> sequence_parallel{};  ///< Where tp > 1; empty: on and off.
  int max_tp = 64;                        ///< Where `tp` is empty; more never helps and costs search time.
  int max_cp = 64;                        ///< Where `cp` is empty.
  bool overlap_switches = false;  ///< Also every setting of the software's overlaps that changes the cost (benchmarks).
};

/// The software's switches that a search may turn.
struct Overlaps {
  TensorOverlap tensor = TensorOverlap::Backward;
  bool data = true, pipeline = false;
};
Overlaps overlaps_of(const Software& software);
void set_overlaps(Software& software, const Overlaps& overlaps);

/// A layout with its cost in the search.
struct Candidate {
  Layout layout;
  Overlaps overlaps;  ///< The scenario's, unless the space has overlap switches.
  LayoutCost cost;
};

/// How the search went.
struct SearchCounts {
  long long costed = 0;   ///< Time and memory evaluated.
  long long settled = 0;  ///< Costed, or proven not to fit because a smaller micro-batch does not.
  long long fitting = 0;

  SearchCounts& operator+=(const SearchCounts& other);
};

/// The innermost degrees of parallelism, which divide a search into independent parts.
struct SearchPart {
  int tp = 1, cp = 1;
};
std::vector<SearchPart> search_parts(const StepSpec& base, const SearchSpace& space);

using VisitLayout = std::function<void(const StepSpec&, const LayoutCost&)>;

/// Visits every valid layout of a part of the space on exactly `base.cluster.chips` chips, costed. Layers are priced
/// once per (tp, sequence_parallel, cp, ep, expert_tp, micro_batch, recompute, tensor overlap); a micro-batch that does
/// not fit settles the larger ones, which are not visited, and is itself visited with one setting of the overlaps only.
/// `base.layout` is ignored but for its schedule.
SearchCounts for_each_layout(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space,
                             const SearchPart& part, const VisitLayout& visit);
/// All parts, one after the other.
SearchCounts for_each_layout(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space,
                             const VisitLayout& visit);

/// The best of the alternatives to the chosen layout along one axis: the answer to "why not tp=8?".
struct Alternative {
  std::string axis;  ///< "tp=8".
  bool fits = false;
  /// The fastest that fits, executed exactly; where none does, the one with the least memory, its time in closed form.
  Candidate candidate;
  double slowdown = 0;  ///< Where it fits: upper bound of its step over the chosen layout's, minus 1; never negative.
};

struct PlanOptions {
  int top = 5;       ///< Layouts to return.
  int refine = 300;  ///< Layouts whose pipeline is executed exactly before they are ranked.
  SearchSpace space;
  /// Share of the chip's memory that stays free. Peak memory was 3 % off on measured runs (docs/accuracy.md), and a
  /// layout that runs out of it is worth nothing.
  double headroom = 0.03;
  /// Factor by which the step may be slower than predicted, at the upper end of the 80 % interval: plans are ranked by
  /// predicted time times this, so that a layout that wins only if all goes well does not win. Empty: 1.
  std::function<double(const StepResult&)> upper_factor;
  /// What the layouts that the search proposes are executed with, where that is not what it searched with: a model that
  /// looks at the fabric more closely than thousands of layouts allow.
  const CollectiveModel* finalists = nullptr;
  /// Also search a half and a quarter of the chips, for the Pareto front alone: the same step on fewer chips.
  bool fewer_chips = false;
  unsigned threads = 1;  ///< That share the search; 0 is one a processor. The plan is the same for any number.
};

/// A layout that the search proposes, executed exactly.
struct PlannedLayout {
  Layout layout;
  Overlaps overlaps;
  StepResult result;
};

struct Plan {
  /// At most `top`, by the upper bound of their step time; equal bounds by memory, then by the layout's degrees.
  std::vector<PlannedLayout> best;
  /// No other is as good in time, memory and chips and better in one; by chips, most first, then by time. Thinned out:
  /// each saves 5 % of the memory of the one before it and takes at most twice as long as the fastest on as many chips.
  std::vector<PlannedLayout> pareto;
  /// At most four values of an axis, those nearest (in ratio) to the chosen layout's; by axis, then by value.
  std::vector<Alternative> alternatives;
  SearchCounts counts;  ///< On all of the chips.
};

/// Nothing fits: the layout that comes closest, and by how much it misses.
struct NothingFits {
  std::string reason;
  std::optional<Candidate> closest;  ///< Nothing where no layout divides.
  SearchCounts counts;
};

/// Searches the space for the layouts with the least step time that fit in memory, less the headroom. The closed form
/// picks the candidates, `simulate_step` decides among them and among the alternatives: none that is shown beats the
/// first.
Expected<Plan, NothingFits> plan_layouts(const StepSpec& base, const CollectiveModel& network,
                                         const PlanOptions& options);

}  // namespace orrery
