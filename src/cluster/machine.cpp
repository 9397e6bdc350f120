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

}  // namespace orrery
