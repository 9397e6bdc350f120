#pragma once

#include <array>
#include <cstddef>
#include <span>

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
  double skew = 1;  ///< Of an all-to-all: bytes of the busiest rank over the mean, at least 1.

  bool spans_domains() const { return ranks > ranks_per_domain; }
  int domains() const { return (ranks + ranks_per_domain - 1) / ranks_per_domain; }
};

/// A group of `ranks` whose members stand `stride` chips apart, spread evenly over the domains of `node`.
Group strided_group(long long ranks, long long stride, const Node& node);

/// Bus over algorithm bandwidth (NVIDIA/nccl-tests doc/PERFORMANCE.md).
double bus_factor(Collective collective, double ranks);

/// A stretch of payloads on which a collective runs one way: time = max(latency + payload / bandwidth, floor).
struct CostLine {
  Seconds latency;
  BytesPerSecond bandwidth;    ///< Payload over time for long messages (algorithm bandwidth).
  const char* algorithm = "";  ///< "ring/LL128", "NVLS", ...
  Bytes from;                  ///< Smallest payload that runs so.
  Seconds floor;               ///< What the largest payload of the stretch before it takes.
};

/// One way to run a collective, as the library weighs it and as it turns out.
struct CostCandidate {
  static constexpr std::size_t kMaxPieces = 5;

  /// From a payload on; libraries pass on larger chunks in longer messages.
  struct Piece {
    Bytes from;
    Seconds latency;
    double per_byte = 0;  ///< Seconds.
  };
  const char* algorithm = "";
  Seconds believed_latency;
  double believed_per_byte = 0;          ///< Seconds.
  std::array<Piece, kMaxPieces> pieces;  ///< By rising `from`, the first from zero.
  std::size_t count = 0;
};

/// Cost of one collective on one group for every payload. Cheap to evaluate, so that a search can tabulate it.
///
/// The library runs what it believes cheapest, which need not be: NCCL compares constants of its own (tuning.cc). So
/// time may jump up where it changes its mind early; where it does so late, time stays level: a larger payload never
/// takes less.
class CostCurve {
 public:
  static constexpr std::size_t kMaxLines = 16;

  CostCurve() = default;
  /// What each payload costs when, of the candidates, the one believed cheapest runs.
  explicit CostCurve(std::span<const CostCandidate> candidates);

  /// Zero for a curve without lines: a group of one has nothing to send.
  Seconds time(Bytes payload) const;
  /// The line of this payload, or nullptr for an empty curve.
  const CostLine* ruling(Bytes payload) const;
  /// The lines in the order in which they rule as the payload grows.
  const CostLine* begin() const { return lines_.data(); }
  const CostLine* end() const { return lines_.data() + count_; }

 private:
  void append(const CostCandidate& candidate, Bytes from, Bytes to);

  std::array<CostLine, kMaxLines> lines_;
  std::size_t count_ = 0;
};

/// What a collective costs on a machine. NCCL's closed forms live in network/hierarchical.hpp; what the fabric between
/// does, in the FabricLoad that they ask.
///
/// Payload, as nccl-tests counts it: all-reduce: bytes held by each rank; all-gather: bytes of the whole result;
/// reduce-scatter: bytes each rank puts in; all-to-all: bytes each rank sends on average, its own share included;
/// send/receive: bytes of the message; broadcast: bytes of the root.
class CollectiveModel {
 public:
  virtual ~CollectiveModel() = default;
  virtual CostCurve curve(Collective collective, const Group& group) const = 0;
};

}  // namespace orrery
