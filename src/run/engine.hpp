#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <queue>
#include <set>
#include <utility>
#include <vector>

#include "run/fault_stream.hpp"
#include "run/node_pool.hpp"
#include "run/replay_stream.hpp"
#include "run/result.hpp"
#include "run/run.hpp"
#include "run/work_clock.hpp"

namespace orrery {

/// One replication of a run, from event to event. Between two events nothing is simulated: the work clock says by
/// formula what the time went to. An event costs the logarithm of the events ahead, whatever the number of nodes.
///
/// A stop of the whole job goes through detection (further faults join it), waiting for nodes, and a restart that the
/// next stop begins anew; the job goes back to the newest checkpoint that counted when it stopped and that outlived
/// what was lost. Where groups may leave by themselves (ReplicaDrop, Shrink) each goes through the same alone, and the
/// others stall and go on. With redundancy a group that is lost stays away until the next restart of all.
class RunEngine {
 public:
  /// `intervals`: of the checkpoint levels, in seconds of work.
  RunEngine(const RunSpec& spec, const RunOptions& options, int replication, const std::vector<Seconds>& intervals);
  Replication run();

 private:
  enum class Phase { Running, Stalled, Saving, Maintenance, Detecting, Waiting, Restarting };
  enum class Kind { Repaired, Fails, Arrival, SlowEnds, CorruptionFound, Maintenance, GroupFound, GroupReady };
  struct Event {
    double at = 0;
    std::uint64_t order = 0;
    Kind kind = Kind::Repaired;
    long long subject = 0;     ///< Node, group, or key of a slow part or a corruption.
    std::uint32_t number = 0;  ///< Of a node's stay away, or of a group's.
    int fault_class = 0;
    friend bool operator>(const Event& a, const Event& b) { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };
  /// What took a set of nodes at one instant.
  struct Loss {
    int fault_class = 0;
    double detection = 0;
    bool evicted = false;             ///< The nodes left service.
    std::vector<long long> nodes{};   ///< Of the job; none: the job itself stops.
    std::vector<long long> groups{};  ///< Of those nodes, one entry each.
  };

  struct SlowPart {
    double factor = 1;
    long long node = 0;
    int fault_class = 0;
    bool evicts = false;
  };

  // engine.cpp: time and phases.
  void advance(double to);
  void book_running(double time);
  double speed() const;
  double capacity() const;
  /// Work of all over the work that counts.
  double redundancy() const { return spec_.policy.recovery == Recovery::Redundant ? spec_.policy.compute_factor : 1; }
  void end_phase();
  void dispatch(const Event& event);
  void push(double at, Kind kind, long long subject = 0, std::uint32_t number = 0, int fault_class = 0);
  bool is_stuck() const;
  void give_up(NeverReason reason);

  // engine_faults.cpp: what faults do.
  void strike(const Fault& fault);
  void strike_again(const Event& event);
  void strike_from_trace(const ReplayStream::Struck& struck);
  void take_effect(int fault_class, int counted_as, const std::vector<long long>& hit, Rng& draws);
  void take_down(int fault_class, int counted_as, const std::vector<long long>& hit, Rng& draws);
  std::vector<long long> nodes_hit(const Fault& fault, const FaultClass& kind, Rng& draws) const;
  void evict(long long node, int fault_class, double duration);
  void slow_ends(long long key);
  void heal(std::map<long long, SlowPart>::iterator part);
  void corruption_found(long long key);
  void repaired(const Event& event);
  void nodes_returned();

  // engine_stops.cpp: the whole job stops and restarts.
  void lose(const Loss& loss);
  void stop_job(const Loss& loss);
  void order_nodes();
  void try_restart();
  void begin_restart();
  void end_restart();
  void roll_back();
  void save_then(Phase after, long long node, int fault_class);
  std::vector<char> levels_that_outlive(Rng& draws) const;
  ClassTally* blamed() { return blamed_ < 0 ? nullptr : &result_.classes[static_cast<std::size_t>(blamed_)]; }

  // engine_groups.cpp: groups leave and come back.
  bool has_groups() const;
  void lose_groups(const Loss& loss);
  void lose_shards(const Loss& loss);
  bool lost_all_copies(long long group) const;
  void group_found(const Event& event);
  void serve_groups();
  void group_ready(const Event& event);
  void stall(double seconds, int fault_class);
  void all_groups_back();
  bool fill_groups();
  void gather_lost_nodes();
  void let_missed_faults_recur();

  const RunSpec& spec_;
  RunOptions options_;
  int replication_;
  std::vector<FaultClass> classes_;  ///< The model's, false alarms, recurrences of missed faults.
  double gpus_per_node_, job_gpus_;
  double step_factor_ = 1, limit_ = 0;
  WorkClock clock_;
  NodePool pool_;
  FaultStream faults_;
  ReplayStream replay_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
  std::uint64_t pushed_ = 0, again_ = 0, restarts_ = 0, stalls_ = 0;
  Replication result_;

  double now_ = 0;
  Phase phase_ = Phase::Running;
  double phase_end_ = 0;  ///< Of phases that are over at a known time.
  int blamed_ = -1;       ///< Class that the phase's time goes to; -1: none.
  bool over_ = false;
  long long on_the_way_ = 0;  ///< Events ahead that bring a node or a group back.

  // The stop that is being handled.
  double stopped_at_ = 0;
  bool hardware_lost_ = false;
  std::vector<long long> lost_nodes_;
  double corrupted_at_ = -1;  ///< Go back behind this position; -1: as far as it needs.
  long long ordered_ = 0;     ///< Nodes from outside on their way.
  Phase after_save_ = Phase::Maintenance;
  long long to_evict_ = -1;
  int save_class_ = -1;
  std::vector<std::pair<int, long long>> missed_;  ///< Faults whose node is still in the job.

  std::map<long long, SlowPart> slow_;
  std::multiset<std::pair<double, int>> slow_factors_;  ///< Of those, with their classes: the slowest counts.
  struct Corruption {
    double position = 0;
    int fault_class = 0;
    long long node = -1;
  };
  std::map<long long, Corruption> corruptions_;  ///< That the weights still hold.
  long long marks_ = 0;                          ///< Keys given to slow parts and corruptions.

  struct Group {
    bool away = false;
    std::uint32_t number = 0;       ///< Of times that it was hit.
    long long missing = 0;          ///< Places without a node.
    std::vector<long long> lost{};  ///< Nodes that left it since it last started.
  };
  std::map<long long, Group> groups_;  ///< Those that were hit.
  std::deque<std::pair<long long, std::uint32_t>> waiting_groups_;
  long long group_count_ = 1, groups_away_ = 0;

  // Progress against stops.
  double best_safe_ = 0;
  std::uint64_t stops_since_ = 0, written_then_ = 0, events_ = 0;
};

}  // namespace orrery
