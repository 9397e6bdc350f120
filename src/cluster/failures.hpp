#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "cluster/placement.hpp"
#include "run/fault_stream.hpp"
#include "run/spec.hpp"

namespace orrery {

/// What a failure costs the job that it stops.
struct FailureCost {
  Millis checkpoint_interval = kHour;  ///< Of useful work; 0: nothing is lost; `kNever`: all of it is.
  Law restart = Law::fixed(90);        ///< Seconds on the new GPUs until it computes again,
  double restart_per_1000_gpus = 0;    ///< and what every 1,000 GPUs add.
  std::uint32_t give_up_after = 1000;  ///< A job that failed so often ends, and counts as given up.
};

/// How a shared machine fails, by the run level's models, and what that costs.
struct ClusterFailures {
  FaultModel faults;  ///< Classes whose unit is "gpu", "node", "site" or a level of the machine, and that stop jobs.
  RunMachine
      machine;  ///< All nodes as if they had as many GPUs as the largest; faults of GPUs that are not there are void.
  std::vector<std::int32_t> node_gpus;  ///< Of each node.
  FailureCost cost;
  bool repairs = true;                ///< Whether nodes leave service.
  std::vector<std::string> left_out;  ///< Classes of the model that do nothing here.
};

/// The part of a fault model that counts on a shared machine. Left out are faults of a job's own software (a trace's
/// run times hold them), and those that slow or stall a job or stop none. Evictions of healthy nodes become a class.
/// Classes of units that the machine does not have go to `unknown_units`.
ClusterFailures cluster_failures(const FaultModel& model, const SharedMachine& machine,
                                 std::vector<std::string>& unknown_units);

/// The same failures on a machine with other numbers of nodes.
ClusterFailures on_machine(ClusterFailures failures, const SharedMachine& machine);

/// What happens to the hardware, in order of time.
struct MachineEvent {
  enum class Kind : std::uint8_t {
    Strike,  ///< Jobs on `nodes` stand still, and stop when the fault is found.
    Leave,   ///< What is free on the node leaves service,
    Return   ///< and comes back.
  };
  Kind kind = Kind::Strike;
  Millis at = 0;
  std::vector<std::int32_t> nodes{};  ///< Of a strike.
  std::int32_t gpu = -1;              ///< The one GPU of the node that failed; -1: the nodes failed.
  Millis found = 0;
  Slice slice{};    ///< The node that leaves, the GPUs that return.
  Millis back = 0;  ///< When it returns.
};

/// The faults of a shared machine from the run level's generator (`FaultStream`): the same for every policy that is
/// replayed with one seed. Bursts, swings, bad nodes, faults that are not memoryless and repairs that do not last are
/// the run level's; nobody is misdiagnosed, and nothing is evicted beside what failed.
class MachineFaults {
 public:
  /// `failures` outlives this.
  MachineFaults(const ClusterFailures& failures, std::uint64_t seed);

  /// Time of the next event; `kNever`: there is none.
  Millis next() const;
  /// The same while any node leaves or is away, otherwise `kNever`: what a waiting job may still hope for.
  Millis next_return() const { return away_ > 0 ? next_event() : kNever; }
  /// Throws `InputError` where a machine fails so often that its replay would not end.
  MachineEvent pop();
  /// These GPUs were taken out of service until then.
  void hold(const Slice& slice, Millis back);
  std::int32_t gpus(std::int32_t node) const { return failures_.node_gpus[static_cast<std::size_t>(node)]; }

 private:
  struct Later {
    Millis at = 0;
    std::uint64_t order = 0;
    MachineEvent::Kind kind = MachineEvent::Kind::Strike;
    int fault_class = 0;  ///< Of a strike on a node that was repaired in vain.
    Slice slice{};
    Millis back = 0;
    bool operator>(const Later& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  Millis next_event() const { return later_.empty() ? kNever : later_.top().at; }
  Millis next_fault() const;
  void push(Later event);
  MachineEvent strike(Millis at, int fault_class, std::vector<std::int32_t> nodes, Rng& draws);

  const ClusterFailures& failures_;
  std::uint64_t seed_;
  FaultStream stream_;
  std::priority_queue<Later, std::vector<Later>, std::greater<>> later_;
  std::unordered_map<std::int32_t, Millis> away_until_;  ///< Nodes that leave or are away.
  std::uint64_t order_ = 0, again_ = 0;
  long long struck_ = 0;  ///< Nodes that were struck, to give up on a machine that does nothing but fail.
  long long away_ = 0;    ///< Events of leaving and returning that are to come.
};

}  // namespace orrery
