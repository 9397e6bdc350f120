#include "step/more_chips.hpp"

#include <algorithm>

namespace orrery {
namespace {

constexpr long long kMostChips = 1LL << 20;
constexpr long long kMostCosted = 200'000;
constexpr long long kShares = 8;  // Steps between a number of chips that does not do and its double that does.

/// Searches one number of chips after the other while effort is left.
class Attempts {
 public:
  Attempts(const StepSpec& base, const NetworkOf& network_of, const PlanOptions& options)
      : spec_(base), network_of_(network_of), options_(options) {
    options_.top = 1;
    options_.fewer_chips = false;
  }

  bool effort_left() const { return costed_ < kMostCosted; }
  std::optional<PlannedLayout> on(long long chips) {
    spec_.cluster.chips = chips;
    const std::unique_ptr<CollectiveModel> network = network_of_(spec_.cluster);
    auto plan = plan_layouts(spec_, *network, options_);
    costed_ += plan ? plan->counts.costed : plan.error().counts.costed;
    if (!plan) return std::nullopt;
    return std::move(plan->best.front());
  }

 private:
  StepSpec spec_;
  const NetworkOf& network_of_;
  PlanOptions options_;
  long long costed_ = 0;
};

/// Machines are bought by the node; a part of one must share it evenly.
bool is_whole(long long chips, const Node& node) {
  return chips < node.chips ? node.chips % chips == 0 : chips % node.chips == 0;
}

}  // namespace

EnoughChips enough_chips(const StepSpec& base, const NetworkOf& network_of, const PlanOptions& options) {
  const long long first = base.cluster.chips;
  Attempts attempts(base, network_of, options);
  EnoughChips enough;
  enough.tried = first;
  while (!enough.planned && 2 * enough.tried <= kMostChips && attempts.effort_left()) {
    enough.tried *= 2;
    enough.planned = attempts.on(enough.tried);
  }
  if (!enough.planned) return enough;
  const long long lower = enough.tried / 2;
  const long long step = std::max(first, lower / kShares / first * first);
  for (long long chips = lower + step; chips < enough.tried && attempts.effort_left(); chips += step) {
    if (!is_whole(chips, base.cluster.node)) continue;
    if (auto planned = attempts.on(chips)) {
      enough.planned = std::move(planned);
      break;
    }
  }
  return enough;
}

}  // namespace orrery
