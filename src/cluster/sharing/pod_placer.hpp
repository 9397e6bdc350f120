#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "cluster/sharing/shared_nodes.hpp"
#include "cluster/sharing/sharing_rule.hpp"
#include "cluster/sharing/target_workload.hpp"

namespace orrery {

/// Finds the node of the best score for a pod without scoring all of them anew.
///
/// The scores of each kind of pod are kept, a byte a node, and when such a pod comes again only nodes that changed
/// since are scored: with k kinds about k nodes a pod. Kinds beyond 64 MiB of scores push out the one that was longest
/// unused.
class PodPlacer {
 public:
  /// Score and nodes must outlive this.
  PodPlacer(const SharingScore& score, const SharedNodes& nodes, std::size_t most_scores = 64U << 20U);

  /// The place of the node for the pod: of the best score, the first of equals (under `Random` a drawn one); -1: it
  /// fits nowhere.
  std::int32_t best(const Pod& pod, Rng& rng);
  /// Whether it fits anywhere.
  bool fits(const Pod& pod) { return best_score(scores_of(pod)) > 0; }
  /// Has to be called for each node of which something was taken or given back.
  void changed(std::int32_t place);

 private:
  /// Scores of one kind of pod by place: score + 1; 0: does not fit.
  struct Kind {
    Pod pod;
    std::uint64_t seen = 0;  ///< Changes that the scores know.
    std::uint64_t used = 0;
    std::vector<std::uint8_t> scores;
  };
  struct PodHash {
    std::size_t operator()(const Pod& pod) const;
  };
  const Kind& scores_of(const Pod& pod);
  Kind& slot_of(const Pod& pod);
  void score(Kind& kind, std::int32_t place) const;
  static std::uint8_t best_score(const Kind& kind);

  const SharingScore& score_;
  const SharedNodes& nodes_;
  std::size_t most_kinds_;
  std::vector<Kind> kinds_;
  std::unordered_map<Pod, std::size_t, PodHash> kind_of_;
  std::vector<std::int32_t> log_;           ///< The last changed places, a ring.
  std::vector<std::uint64_t> last_change_;  ///< Of each place: when it changed last.
  std::uint64_t changes_ = 0, uses_ = 0;
};

}  // namespace orrery
