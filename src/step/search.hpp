#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "step/search_cost.hpp"
#include "step/step.hpp"

namespace orrery {

/// Layouts that a search considers. An empty list means every value that divides.
struct SearchSpace {
  std::vector<int> tp, pp, vpp, cp, ep, expert_tp, micro_batch;
  std::vector<int> zero;                ///< Empty: 0, 1 and 3 (FSDP without pipeline).
  std::vector<Recompute> recompute;     ///< Empty: all three.
  std::vector<bool> sequence_parallel;  ///< Empty: on where tp > 1, and off.
  int max_tp = 64;                      ///< Tensor parallelism beyond this never helps and costs search time.
  int max_cp = 64;
  bool overlap_switches = false;  ///< Also every setting of the software's three overlaps (benchmarks).
};

/// A layout with its cost in the search.
struct Candidate {
  Layout layout;
  Software software;  ///< Differs from the scenario's only where the space has overlap switches.
  LayoutCost cost;
};

/// How the search went.
struct SearchCounts {
  long long costed = 0;   ///< Time and memory evaluated.
  long long settled = 0;  ///< Costed, or proven not to fit because a smaller micro-batch does not.
  long long fitting = 0;
};

/// Visits every valid layout of the space on exactly `base.cluster.chips` chips, costed. Layers are priced once per
/// (tp, sequence_parallel, cp, ep, expert_tp, micro_batch, recompute); a micro-batch that does not fit settles the
/// larger ones, which are not visited. `base.layout` is ignored but for its schedule.
SearchCounts for_each_layout(const StepSpec& base, const CollectiveModel& network, const SearchSpace& space,
                             const std::function<void(const StepSpec&, const LayoutCost&)>& visit);

/// The best of the alternatives to the chosen layout along one axis: the answer to "why not tp=8?".
struct Alternative {
  std::string axis;       ///< "tp=8".
  bool possible = false;  ///< Some layout with it divides.
  bool fits = false;
  Candidate candidate;  ///< The fastest that fits; where none does, the one with the least memory.
};

struct PlanOptions {
  int top = 5;       ///< Layouts to return.
  int refine = 300;  ///< Layouts whose pipeline is executed exactly before they are ranked.
  SearchSpace space;
  /// Factor by which the step may be slower than predicted, at the upper end of the 80 % interval: plans are ranked by
  /// predicted time times this, so that a layout that wins only if all goes well does not win. Empty: 1.
  std::function<double(const StepResult&)> upper_factor;
};

/// A layout that the search proposes, executed exactly.
struct PlannedLayout {
  Layout layout;
  StepResult result;
};

struct Plan {
  std::vector<PlannedLayout> best;    ///< Fastest first, at most `top`.
  std::vector<PlannedLayout> pareto;  ///< No other is both faster and smaller; by time.
  std::vector<Alternative> alternatives;
  SearchCounts counts;
};

/// Nothing fits: the layout that comes closest, and by how much it misses.
struct NothingFits {
  std::string reason;
  std::optional<Candidate> closest;
};

/// Searches the space for the layouts with the least step time that fit in memory.
Expected<Plan, NothingFits> plan_layouts(const StepSpec& base, const CollectiveModel& network,
                                         const PlanOptions& options);

}  // namespace orrery
