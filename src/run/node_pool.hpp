#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "run/spec.hpp"

namespace orrery {

/// Which nodes compute, stand by and are away. Nodes 0 .. job_nodes - 1 start in the job, those behind as spares. Only
/// nodes to which something has happened take memory.
class NodePool {
 public:
  enum class State { InJob, Spare, Away };

  NodePool(long long job_nodes, long long spares, int repair_crews);

  State state(long long node) const;
  bool in_service(long long node) const { return state(node) != State::Away; }
  long long nodes() const { return job_nodes_ + spares_; }
  long long job_nodes() const { return job_nodes_; }
  long long missing() const { return job_nodes_ - in_job_; }  ///< Places of the job without a node.
  long long ready() const { return ready_; }                  ///< Spares that stand by.
  long long away() const { return static_cast<long long>(away_.size()); }

  /// The group that a node computes in, of `group_nodes` each.
  long long group(long long node, long long group_nodes) const;
  /// A node in the job, at random; none where the job has none. `draw(n)` is uniform in 0 .. n - 1.
  template <class Draw>
  std::optional<long long> any_in_job(Draw draw) const {
    for (int attempt = 0; attempt < 100; ++attempt) {
      const auto node = static_cast<long long>(draw(static_cast<std::uint64_t>(nodes())));
      if (state(node) == State::InJob) return node;
    }
    return std::nullopt;
  }

  /// A node leaves service. Returns the stay's number, which `back` must name, so that a return that was overtaken is
  /// known.
  std::uint32_t leave(long long node);
  /// It stands by again, as new where it was `replaced`; false where its stay ended otherwise.
  bool back(long long node, std::uint32_t stay, bool replaced);
  /// A node from outside takes the name of one that is away, and stands by. There must be one.
  void replace_any();
  /// A spare goes into the job, into `group`. There must be one.
  void take_spare(long long group);

  bool was_replaced(long long node) const;
  /// Faults of a node within `window` before `now`, this one included.
  int note_fault(long long node, double now, double window);

  // Repair crews: at most so many at once, in the order in which nodes came.
  struct Patient {
    long long node = 0;
    std::uint32_t stay = 0;
    int fault_class = 0;
    double duration = 0;
  };
  /// Whether the repair starts at once; otherwise it waits for a crew.
  bool admit(const Patient& patient);
  /// A crew is done; the next patient, if any waits.
  std::optional<Patient> discharge();

 private:
  struct Node {
    State state = State::InJob;
    std::uint32_t stay = 0;
    bool replaced = false;
    long long group = -1;
    std::vector<double> faults{};
  };
  Node& touch(long long node);

  long long job_nodes_, spares_;
  int crews_;
  long long in_job_, ready_;
  long long untouched_spare_;        ///< Spares from here on have never been used.
  std::vector<long long> returned_;  ///< Spares that came back; some may have left again since.
  std::unordered_map<long long, Node> touched_;
  std::set<long long> away_;
  int busy_ = 0;
  std::deque<Patient> queue_;
};

}  // namespace orrery
