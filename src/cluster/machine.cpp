#include "cluster/machine.hpp"

namespace orrery {

long long SharedMachine::nodes() const {
  long long sum = 0;
  for (const NodeGroup& group : groups) sum += group.nodes;
  return sum;
}

long long SharedMachine::gpus() const {
  long long sum = 0;
  for (const NodeGroup& group : groups) sum += 1LL * group.nodes * group.gpus;
  return sum;
}

bool names_type(std::string_view wanted, std::string_view type) {
  while (true) {
    const auto bar = wanted.find('|');
    if (wanted.substr(0, bar) == type) return true;
    if (bar == std::string_view::npos) return false;
    wanted.remove_prefix(bar + 1);
  }
}

}  // namespace orrery
