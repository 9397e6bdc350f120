#pragma once

#include <string>
#include <vector>

#include "network/network.hpp"

namespace orrery {

/// A question asked of a changed machine. Where several specs are given, the faster of them counts at each payload, as
/// NCCL chooses among the algorithms that it is left with.
struct ChangedQuestion {
  std::string change;
  std::vector<NetworkSpec> specs;
};

/// The usual reasons for which a collective falls short, as changes of `spec`'s machine: lost NICs, slower ones, NCCL's
/// algorithms forced or unavailable, latency, hashed paths, random places, an oversubscribed tier, lost or missing
/// scale-up links. Only those that this group can notice.
std::vector<ChangedQuestion> usual_changes(const NetworkSpec& spec, const Group& group);

}  // namespace orrery
