#pragma once

#include <array>
#include <cstddef>

#include "base/quantity.hpp"
#include "hardware/cluster.hpp"

namespace orrery {

enum class Collective { AllReduce, AllGather, ReduceScatter, AllToAll, SendReceive, Broadcast };

/// Ranks of one group as they sit on the machine. Every chip drives its own share of its node's NICs.
struct Group {
  int ranks = 1;
  int ranks_per_domain = 1;  ///< Of them, how many share one scale-up domain (the group is spread evenly).
  int ranks_per_node = 1;    ///< Of them, how many share one server.
  /// Chips of the machine that the group spreads over, those of other groups between its members included. 0: its
  /// domains follow each other. Decides which tiers of an oversubscribed fabric it crosses.
  long long extent_chips = 0;

  bool spans_domains() const { return ranks > ranks_per_domain; }
  int domains() const { return (ranks + ranks_per_domain - 1) / ranks_per_domain; }
};

/// A group of `ranks` whose members stand `stride` chips apart, spread evenly over the domains of `node`.
Group strided_group(long long ranks, long long stride, const Node& node);

/// One way to run a collective: time = latency + payload / bandwidth.
struct CostLine {
  Seconds latency;
  BytesPerSecond bandwidth;    ///< Payload over time for long messages (algorithm bandwidth).
  const char* algorithm = "";  ///< "ring/LL128", "NVLS", ...
};

/// Cost of one collective on one group for every payload: the cheapest of a few lines, as NCCL chooses among its
/// algorithms and protocols. Cheap to evaluate, so that a search can tabulate it.
class CostCurve {
 public:
  static constexpr std::size_t kMaxLines = 12;

  /// Keeps a line that rules at some payload, and drops those that no longer do.
  void add(CostLine line);
  /// Zero for a curve without lines: a group of one has nothing to send.
  Seconds time(Bytes payload) const;
  /// The line that rules at this payload, or nullptr for an empty curve.
  const CostLine* ruling(Bytes payload) const;
  /// The lines that rule somewhere, in the order in which they do as the payload grows.
  const CostLine* begin() const { return lines_.data(); }
  const CostLine* end() const { return lines_.data() + count_; }

 private:
  std::array<CostLine, kMaxLines> lines_;
  std::size_t count_ = 0;
};

/// What a collective costs on a machine. The closed form lives in network/hierarchical.hpp; the network level will put
/// a flow model behind the same interface.
///
/// Payload, as nccl-tests counts it: all-reduce: bytes held by each rank; all-gather: bytes of the whole result;
/// reduce-scatter: bytes each rank puts in; all-to-all: bytes each rank sends, its own share included;
/// send/receive: bytes of the message.
class CollectiveModel {
 public:
  virtual ~CollectiveModel() = default;
  virtual CostCurve curve(Collective collective, const Group& group) const = 0;
};

}  // namespace orrery
