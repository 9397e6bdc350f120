#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

#include "hardware/cluster.hpp"
#include "network/collective.hpp"
#include "network/constants.hpp"
#include "network/fabric_load.hpp"
#include "network/scale_up.hpp"

namespace orrery {

/// Seconds for a byte of payload: `share` bytes of it on a link of `rate`.
double cost_per_byte(double share, BytesPerSecond rate);

/// One collective on one group: the machine as this group sees it.
struct GroupView {
  GroupView(const Cluster& machine, const FabricLoad& fabric_load, const CollectiveConstants& fitted, Collective which,
            const Group& members);

  const Cluster& cluster;
  const FabricLoad& load;
  const CollectiveConstants& constants;
  Collective collective;
  const Group& group;
  int ranks, per_domain, domains;
  int nics;  ///< Of the domain that has fewest: one a rank of the group.
  Seconds hop, fabric_hop;
  ScaleUpRates rates;  ///< Of the ranks of one domain; zero for a single one.

  bool on_torus() const;
  /// Bytes that pass each link of a pipelined ring of `count` ranks, per byte of payload.
  double ring_share(double count) const;
  /// Times that the payload goes around: twice in an all-reduce.
  double passes() const { return collective == Collective::AllReduce ? 2 : 1; }
  /// Levels of a binary tree over the domains.
  double depth() const { return depth_; }
  /// Reached rate of one rank's share of the NICs.
  BytesPerSecond nic(Traffic traffic) const { return way(traffic).rate; }
  /// Latency of a hop between domains, whose share in software a protocol multiplies.
  Seconds network_hop(double protocol, Traffic traffic) const { return protocol * fabric_hop + way(traffic).extra; }
  /// A rank's copy of its own share into the result, seconds a byte of payload.
  double own_copy() const;

 private:
  /// What the fabric makes of one kind of traffic, asked once.
  struct NetworkWay {
    BytesPerSecond rate;
    Seconds extra;
  };
  const NetworkWay& way(Traffic traffic) const { return ways_[static_cast<std::size_t>(traffic)]; }

  double depth_ = 0;
  std::array<NetworkWay, 3> ways_;  ///< By traffic; those that the collective causes.
};

/// The ways to run a collective that a question allows.
class CandidateList {
 public:
  /// Only algorithms whose name begins with `only`; of those that NCCL does not choose by itself none unless asked for.
  explicit CandidateList(std::string_view only) : only_(only) {}

  bool wants(const char* algorithm) const { return std::string_view(algorithm).starts_with(only_); }
  bool asked_for(std::string_view algorithm) const {
    return !only_.empty() && (algorithm.starts_with(only_) || only_.starts_with(algorithm));
  }
  void add(const CostCandidate& candidate);
  /// One line, weighed by another.
  void add(const char* algorithm, Seconds believed_latency, double believed_per_byte, Seconds latency, double per_byte);
  /// One line that is believed to cost what it does.
  void add(const char* algorithm, Seconds latency, double per_byte) {
    add(algorithm, latency, per_byte, latency, per_byte);
  }
  std::span<CostCandidate> all() { return {candidates_.data(), count_}; }

 private:
  std::string_view only_;
  std::array<CostCandidate, 10> candidates_;
  std::size_t count_ = 0;
};

// Each adds the candidates of one topic, as far as they serve the collective and the list wants them.

// rings_and_trees.cpp
void add_rings(const GroupView& view, CandidateList& list);
void add_trees(const GroupView& view, CandidateList& list);
void add_parallel_trees(const GroupView& view, CandidateList& list);
// in_switch.cpp
void add_switch_reductions(const GroupView& view, CandidateList& list);
void add_switch_multicast(const GroupView& view, CandidateList& list);
// compositions.cpp
void add_torus(const GroupView& view, CandidateList& list);
void add_halving_doubling(const GroupView& view, CandidateList& list);
void add_hierarchical(const GroupView& view, CandidateList& list);
// exchange.cpp
void add_all_to_all(const GroupView& view, CandidateList& list);
void add_send_receive(const GroupView& view, CandidateList& list);

}  // namespace orrery
