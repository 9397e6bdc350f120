#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {

/// What is broken. Tiers count from 0: cable tier 0 joins the chips to their leaves (on a dragonfly 1 is within the
/// group and 2 between groups; a torus has tier 0 only), switch tier 0 is the leaves (a torus: the chips themselves).
struct FailedParts {
  /// The cable behind port `port` of the lower node `node`; both directions.
  struct Cable {
    int tier = 0;
    std::uint64_t node = 0, port = 0;
    double left = 0;  ///< Share of its bandwidth that is left; 0: dead.
  };
  struct Switch {
    int tier = 0;
    std::uint64_t number = 0;
  };
  /// A share of a tier, drawn anew by the seed; rounded to whole parts.
  struct Share {
    int tier = 0;
    double cables = 0, switches = 0;  ///< 0..1.
    double left = 0;                  ///< Of each cable hit.
  };
  std::vector<Cable> cables;
  std::vector<Switch> switches;
  std::vector<Share> shares;

  bool empty() const { return cables.empty() && switches.empty() && shares.empty(); }
};

/// How a graph numbers its cables: those of a tier follow each other, port by port and node by node.
struct CableLayout {
  struct Tier {
    std::uint64_t first = 0;  ///< Cable number.
    std::uint64_t nodes = 0, ports = 0;
    std::uint64_t switches = 0;  ///< At the upper end.
  };
  std::vector<Tier> tiers;
  /// Calls back with every cable that ends at a switch.
  std::function<void(int tier, std::uint64_t number, const std::function<void(std::uint64_t)>& visit)> cables_of;

  std::uint64_t cables() const;
};

/// What is left of each cable. Keeps nothing where all are sound.
class CableHealth {
 public:
  CableHealth() = default;
  /// Parts that do not exist and shares outside 0..1 are errors.
  CableHealth(const FailedParts& parts, const CableLayout& layout, std::uint64_t seed, Diagnostics& diagnostics);

  bool sound() const { return left_.empty(); }
  bool alive(std::uint64_t cable) const { return left_.empty() || left_[cable] > 0; }
  double left(std::uint64_t cable) const { return left_.empty() ? 1.0 : static_cast<double>(left_[cable]); }

 private:
  std::vector<float> left_;
};

}  // namespace orrery
