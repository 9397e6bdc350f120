#pragma once

#include <cstdint>

#include "network/topology/network_graph.hpp"

namespace orrery {

/// How many pairs of endpoints failures have cut off.
struct Reachability {
  std::uint64_t pairs = 0;    ///< Looked at, ordered.
  std::uint64_t cut_off = 0;  ///< Of those.
  bool exhaustive =
      true;  ///< All pairs were looked at; else a fixed sample, each endpoint as a source in it if it can.
  std::uint32_t source = 0, destination = 0;  ///< The first pair that is cut off, if one is.

  bool connected() const { return cut_off == 0; }
};

Reachability reachability(const NetworkGraph& graph, std::uint64_t most_pairs = 4'000'000);

}  // namespace orrery
