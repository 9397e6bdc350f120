#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {

/// A queue and the name of the one above it; empty: none.
struct NamedQueue {
  std::string name, parent;
};

/// Reports names that stand twice, parents that do not exist and queues above themselves. `table`  where they stand.
void check_queue_names(const std::vector<NamedQueue>& queues, const std::string& table, Diagnostics& diagnostics);

/// Numbers of the queues in an order in which parents come first; they are free of mistakes.
std::vector<std::size_t> parents_first(const std::vector<NamedQueue>& queues);

}  // namespace orrery
