#pragma once

#include <cstdint>
#include <limits>
#include <queue>
#include <unordered_map>
#include <vector>

#include "run/hazard.hpp"
#include "run/spec.hpp"

namespace orrery {

/// A fault of the machine: when, of which class, which nodes.
struct Fault {
  double at = std::numeric_limits<double>::infinity();  ///< Seconds since the start; infinite: there is none.
  int fault_class = 0;                                  ///< Index into the model's classes.
  long long first = 0;  ///< Nodes first .. first + count - 1 are hit; none of a fault of the job itself.
  long long count = 0;
  bool of_bad_node = false;  ///< It came on top of what a good node has: a replacement would be spared most of them.
  std::uint64_t id = 0;      ///< Of its own draws: differs between all faults of a replication.
};

/// Nodes that a unit of a class covers, or units that a node has.
struct UnitSize {
  long long nodes = 1;           ///< Of one unit; 0: the job itself.
  long long units_per_node = 1;  ///< More than 1 where `nodes` is 1: chips of a node.
};
/// The size of "gpu", "node", "job", "site" or of a machine's domain. `nodes`: of the whole machine.
UnitSize unit_size(const RunMachine& machine, const std::string& unit, long long nodes);

/// Nodes 0 .. count - 1 in an order that looks random: a bijection, so that a random subset needs no memory.
class Shuffle {
 public:
  Shuffle(std::uint64_t count, std::uint64_t key);
  std::uint64_t operator()(std::uint64_t index) const;

 private:
  std::uint64_t count_, mask_;
  unsigned half_bits_;
  std::uint64_t key_;
};

/// The time that memoryless hardware faults see, which runs faster in bad periods (`Swing`).
class SwingClock {
 public:
  /// `of`: which of the model's clocks it is; the draws of each are its own.
  /// Behind `horizon`, or a million periods, rates are steady.
  SwingClock(const Swing& swing, std::uint64_t of, std::uint64_t seed, std::uint32_t replication, double horizon);
  /// When a clock that runs at the swing's factor shows `shown`; rising arguments are cheap.
  double real_time(double shown);

 private:
  void add_period();

  double period_, shape_, horizon_;
  std::uint64_t of_, seed_;
  std::uint32_t replication_;
  std::vector<double> shown_{0.0};  ///< At the end of each period.
  std::vector<double> factors_;
};

/// All faults of a machine in the order of time, whoever uses it: the same seed and replication give policies the same
/// faults. A fault costs the logarithm of the number of faults so far, whatever the number of nodes: memoryless classes
/// are one Poisson process each; of the others the units that have not failed yet are one process with their common
/// hazard (the first of n equal units fails when H grows by an exponential of mean 1/n), and each that has failed waits
/// in a heap.
///
/// `horizon`: seconds behind which nobody asks.
///
/// The job's nodes (the first `job_nodes`) and those beyond them have separate draws, so that more spares do not change
/// the faults of the job.
class FaultStream {
 public:
  FaultStream(const RunMachine& machine, const FaultModel& model, long long job_nodes, long long nodes,
              std::uint64_t seed, std::uint32_t replication, double horizon = 1e10);

  /// The next fault, which stays the next until `pop`.
  const Fault& next() const { return next_; }
  void pop();

  /// Draws of one fault: what happens after it.
  Rng draws(const Fault& fault) const;

 private:
  struct Source {
    int fault_class = 0;
    UnitSize unit;
    long long first_unit = 0, units = 0;
    Hazard hazard;
    Rng rng;
    double age = 0;
    double now = 0;           ///< Of the last fault.
    double shown = 0;         ///< The swing's clock then.
    int clock = -1;           ///< Index of that clock; -1: rates are steady.
    double next = 0;          ///< Time of the next,
    long long next_unit = 0;  ///< and its unit, where it is a renewal of one that has failed before.
    bool next_is_renewal = false;
    double next_fresh = 0;  ///< Time of the next fault among units that never failed,
    long long fresh = 0;    ///< of which there are so many.
    std::unordered_map<std::uint64_t, std::uint64_t> moved{};  ///< Sparse Fisher-Yates: fresh units.
    using Renewal = std::pair<double, long long>;
    std::priority_queue<Renewal, std::vector<Renewal>, std::greater<>> renewals{};
    std::uint64_t drawn = 0;
    std::vector<Shuffle> bad{};  ///< One, where bad nodes matter.
    long long bad_units = 0;     ///< Nodes of the source that are bad.
  };

  void schedule(Source& source);
  void schedule_fresh(Source& source);
  long long pick_unit(Source& source, bool& of_bad_node);
  void find_next();

  double nodes_;
  std::vector<SwingClock> clocks_;  ///< The model's, then those of classes that have their own.
  BadNodes bad_;
  std::uint64_t seed_;
  std::uint32_t replication_;
  std::vector<Source> sources_;
  std::size_t turn_ = 0;  ///< Source of `next_`.
  Fault next_;
};

}  // namespace orrery
