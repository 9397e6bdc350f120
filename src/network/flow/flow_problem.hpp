#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace orrery {

/// Flows over links that they share: the input of the flow level. Bare numbers, in bytes and bytes a second, because it
/// is handed to a solver.
///
/// Flow f uses `links[offsets[f]..offsets[f + 1])`, each at most once, and puts `usage` bytes on that link for each of
/// its own (1 on a plain path, 1/k where it is spread over k paths, n where it stands for n flows of a folded problem).
struct FlowProblem {
  std::vector<double> capacity;              ///< By link; positive.
  std::vector<std::uint32_t> offsets = {0};  ///< Flows + 1.
  std::vector<std::uint32_t> links;          ///< Of all flows, behind each other.
  std::vector<double> usage;                 ///< Beside `links`, positive; empty: 1 everywhere.
  std::vector<double> bytes;                 ///< By flow, non-negative; what each has to move.

  std::size_t flows() const { return offsets.size() - 1; }
  std::span<const std::uint32_t> path(std::size_t flow) const {
    return {links.data() + offsets[flow], offsets[flow + 1] - offsets[flow]};
  }
  double use(std::size_t position) const { return usage.empty() ? 1.0 : usage[position]; }
};

}  // namespace orrery
