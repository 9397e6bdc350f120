#pragma once

#include <cstdint>
#include <vector>

#include "network/flow/flow_problem.hpp"

namespace orrery {

/// A problem whose equal flows are one flow and whose equal links are one link.
struct FoldedFlows {
  FlowProblem problem;                      ///< A flow and a link a class; `usage` sums over the flows of the class.
  std::vector<std::uint32_t> flow_class;    ///< By flow of the whole problem.
  std::vector<std::uint32_t> flow_members;  ///< By class: how many flows it stands for.
  std::vector<std::uint32_t> link_class;    ///< By link of the whole problem; `kUnusedLink` where no flow uses it.
  std::vector<std::uint32_t> link_members;  ///< By class.

  static constexpr std::uint32_t kUnusedLink = UINT32_MAX;

  /// Values of the classes, by flow of the whole problem.
  std::vector<double> by_flow(const std::vector<double>& of_class) const;
};

/// Folds by colour refinement (Weisfeiler and Leman 1968; Grohe et al., "Dimension reduction via colour refinement",
/// ESA 2014), to the coarsest classes such that links of one class have the same capacity and carry as many flows of
/// each class with each usage, and flows of one class have the same bytes and cross links of the same classes. How many
/// of a class a flow crosses does not matter: they fill up together. By induction over the levels of progressive
/// filling, members of a class are treated alike, so the folded problem has their rates and their finish times:
/// exactly.
///
/// Near linear: a pass over the flows' links a round, as many rounds as differences need to spread. Colours are hashed,
/// and the classes that result are compared member by member.
FoldedFlows fold(const FlowProblem& problem);

}  // namespace orrery
