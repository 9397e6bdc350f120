#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "cluster/job_table.hpp"
#include "cluster/machine.hpp"
#include "cluster/node_set.hpp"
#include "cluster/placement.hpp"

namespace orrery {

/// Which of the nodes that fit a part of a job gets; ties go to the lowest number.
enum class NodeChoice {
  BestFit,   ///< The fullest one.
  FirstFit,  ///< The lowest number.
  WorstFit,  ///< The emptiest one.
};

/// What a gang of whole nodes does about the network.
enum class TopologyRule {
  Ignore,   ///< The lowest numbers.
  Prefer,   ///< Below the smallest unit of the network that has room, and of these in the fullest; else anywhere.
  Require,  ///< The same, and otherwise it waits.
};

struct GpuPlacementOptions {
  NodeChoice choice = NodeChoice::BestFit;
  TopologyRule topology = TopologyRule::Ignore;
  bool track_ends = false;  ///< Keep what `reserve` needs: for policies that backfill.
};

/// Whole GPUs on nodes of a few kinds.
///
/// A packed job of at most a node's GPUs runs on one node; a larger one takes whole free nodes, and its remainder goes
/// to one more node. Workers take GPUs of one node each, several on a node where they fit. A job runs on nodes of one
/// group; groups are tried in order. Finding a node and giving it back costs the same for any number of nodes; a
/// reservation looks at each node once.
class GpuPlacement final : public JobPlacement {
 public:
  /// `jobs`  whose names of GPU types and of pools those of the groups are matched with.
  GpuPlacement(const SharedMachine& machine, const JobTable& jobs, const GpuPlacementOptions& options = {});

  long long gpus() const override { return gpus_ - down_; }
  long long free_gpus() const override { return free_; }
  long long largest_gang() const override;
  bool possible(const Demand& demand) const override;
  bool fits(const Demand& demand) const override;
  bool take(const Demand& demand, Millis expected_end, std::vector<Slice>& slices) override;
  bool take_exactly(std::span<const Slice> slices, Millis expected_end) override;
  void give_back(std::span<const Slice> slices, Millis expected_end) override;
  bool reserves() const override { return options_.track_ends; }
  Millis reserve(const Demand& demand, Millis now) override;
  void show_reserved(bool visible) override;
  void unreserve() override;
  std::uint64_t version() const override { return version_; }

  /// Free GPUs of a node, reserved ones included.
  int free_on(std::int32_t node) const { return free_on_[static_cast<std::size_t>(node)]; }

 private:
  struct Group {
    std::int32_t first = 0, nodes = 0;  ///< Numbers of its nodes.
    std::int32_t gpus = 0;              ///< Of a node.
    std::vector<bool> of_type;          ///< Whether it serves each type of the jobs' table.
    std::int32_t pool = -1;             ///< In the jobs' table; -1: everybody's.
    bool closed = false;                ///< Belongs to a pool that no job is in.
    std::vector<NodeSet> by_free;       ///< Nodes by the number of GPUs that can be taken, without reserved ones.
    /// Times at which a node has 1, 2, .. GPUs free if nothing else starts there, ascending: [GPUs - 1][node].
    std::vector<std::vector<Millis>> ends;
  };
  /// Equal parts on one node each, and a last part.
  struct Parts {
    std::int32_t count = 0, size = 0, rest = 0;
    bool whole = false;  ///< Parts want nodes that are wholly free.
  };
  /// A node of a reservation: it needs all GPUs that are free then but `extra` ones.
  struct Held {
    std::int32_t node = 0, extra = 0;
  };

  static Parts parts_of(const Demand& demand, const Group& group);
  bool allowed(const Demand& demand, const Group& group) const;
  bool fits_in(const Parts& parts, const Group& group) const;
  /// Nodes begin .. end-1 in which a gang of whole nodes is looked for.
  struct Range {
    std::size_t begin = 0, end = 0;
    bool fits = false;
  };
  Range find_range(const Parts& parts, const Group& group) const;
  std::int32_t pick(const Group& group, std::int32_t gpus) const;
  bool take_in(const Parts& parts, Group& group, Millis expected_end, std::vector<Slice>& slices);
  Millis reserve_in(const Parts& parts, const Group& group, std::vector<Held>& held);
  Millis nth_time(const Group& group, std::int32_t size, std::int32_t nth, bool once = false);
  Group& group_of(std::int32_t node) {
    return groups_[static_cast<std::size_t>(group_of_[static_cast<std::size_t>(node)])];
  }
  void change(Group& group, std::int32_t node, std::int32_t gpus, Millis from, Millis to);
  void set_hidden(std::int32_t node, std::int32_t gpus);

  GpuPlacementOptions options_;
  std::vector<TopologyLevel> levels_;
  std::vector<Group> groups_;
  std::vector<std::int32_t> group_of_;  ///< Of each node.
  std::vector<std::int32_t> free_on_;   ///< Of each node.
  std::vector<std::int32_t> hidden_;    ///< Of each node: free but reserved.
  std::vector<Held> held_;
  bool hiding_ = false;
  long long gpus_ = 0, free_ = 0;
  std::uint64_t version_ = 1;
  std::vector<std::pair<Millis, std::int32_t>> times_;  ///< Scratch: when a node has room for one part more.
};

}  // namespace orrery
