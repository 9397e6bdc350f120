#pragma once

#include <string>
#include <vector>

#include "base/quantity.hpp"

namespace orrery {

/// One fault of a machine's history: of a node, from `start` to `end`. Times since the trace's beginning.
struct TraceFault {
  int node = 0;        ///< Index into `FaultTrace::nodes`.
  Seconds start, end;  ///< `end` is the trace's end where `open`.
  bool open = false;   ///< Not mended when the trace ends: the repair took at least so long.
  std::string kind;    ///< "GPU", "NIC", ...: the trace's own class.
  std::string detail;  ///< Description; may be empty.
};

/// What happened to a machine's nodes. Faults by start; those of a node do not overlap.
struct FaultTrace {
  std::string name;
  std::vector<std::string> nodes;  ///< Those that are named; `node_count` counts the others too.
  int node_count = 0;
  Seconds length;
  std::vector<TraceFault> faults;
};

}  // namespace orrery
