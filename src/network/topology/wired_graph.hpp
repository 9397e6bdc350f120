#pragma once

#include <cstdint>

#include "network/topology/network_graph.hpp"

namespace orrery {

/// What a link joins, one direction. Vertices are numbered from 0: first the endpoints (as
/// WiredGraph::vertex has them), then the switches.
struct LinkEnds {
  std::uint32_t from = 0, to = 0;

  friend bool operator==(const LinkEnds&, const LinkEnds&) = default;
};

/// A graph that knows what its links join, so that its routes can be checked link by link.
///
/// Cable c is two links: 2c, away from the chips (between peers: from the lower number, on a torus in the positive
/// direction), and 2c + 1, back. Where traffic
/// is spread over many cables they count as one, their pool, and the switches at its end as one vertex.
class WiredGraph : public NetworkGraph {
 public:
  virtual LinkEnds ends(std::uint32_t link) const = 0;
  /// The vertex that an endpoint is: its own number, unless its seats are numbered otherwise (FabricGraph).
  virtual std::uint32_t vertex(std::uint32_t endpoint) const { return endpoint; }
};

/// Graphs of more links are refused: each takes 24 B here and as much again in a solver.
constexpr std::uint64_t kMaxLinks = 64'000'000;

}  // namespace orrery
