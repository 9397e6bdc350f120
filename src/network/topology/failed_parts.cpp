#include "network/topology/failed_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/random.hpp"
#include "base/unit_text.hpp"

namespace orrery {
namespace {

std::string count(std::uint64_t n) {
  return format_count(static_cast<long long>(n));
}

const CableLayout::Tier* tier_of(const CableLayout& layout, int tier, const char* what, Diagnostics& diagnostics) {
  if (tier >= 0 && static_cast<std::size_t>(tier) < layout.tiers.size()) return &layout.tiers[tier];
  diagnostics.error(fmt::format("a failed {} of tier {}: the fabric's tiers are 0 to {}", what, tier,
                                static_cast<long long>(layout.tiers.size()) - 1));
  return nullptr;
}

bool is_share(double value, const char* what, Diagnostics& diagnostics) {
  if (value >= 0 && value <= 1) return true;
  diagnostics.error(fmt::format("{} is {}: it is a share from 0 to 1", what, value));
  return false;
}

/// Exactly round(share * total) of 0..total-1, each set as likely (Knuth, The Art of Computer Programming 2, 3.4.2,
/// algorithm S).
template <class Visit>
void draw(std::uint64_t total, double share, Rng rng, Visit visit) {
  auto wanted = static_cast<std::uint64_t>(std::llround(share * static_cast<double>(total)));
  for (std::uint64_t i = 0; i < total && wanted > 0; ++i) {
    if (rng.below(total - i) >= wanted) continue;
    visit(i);
    --wanted;
  }
}

}  // namespace

std::uint64_t CableLayout::cables() const {
  return tiers.empty() ? 0 : tiers.back().first + tiers.back().nodes * tiers.back().ports;
}

CableHealth::CableHealth(const FailedParts& parts, const CableLayout& layout, std::uint64_t seed,
                         Diagnostics& diagnostics) {
  if (parts.empty()) return;
  left_.assign(layout.cables(), 1.0F);
  const auto damage = [&](std::uint64_t cable, double left) {
    left_[cable] = std::min(left_[cable], static_cast<float>(left));
  };
  for (const FailedParts::Cable& cable : parts.cables) {
    const CableLayout::Tier* tier = tier_of(layout, cable.tier, "cable", diagnostics);
    if (!tier || !is_share(cable.left, "what is left of a failed cable", diagnostics)) continue;
    if (tier->nodes == 0 || tier->ports == 0) {
      diagnostics.error(fmt::format("failed cable of tier {}: it has no cables", cable.tier));
      continue;
    }
    if (cable.node >= tier->nodes || cable.port >= tier->ports) {
      diagnostics.error(fmt::format("failed cable {}:{} of tier {}: it has nodes 0 to {} with ports 0 to {}",
                                    cable.node, cable.port, cable.tier, count(tier->nodes - 1), tier->ports - 1));
      continue;
    }
    damage(tier->first + cable.node * tier->ports + cable.port, cable.left);
  }
  for (const FailedParts::Switch& part : parts.switches) {
    const CableLayout::Tier* tier = tier_of(layout, part.tier, "switch", diagnostics);
    if (!tier) continue;
    if (part.number >= tier->switches) {
      diagnostics.error(fmt::format("failed switch {} of tier {}: it has {} switches, numbered from 0", part.number,
                                    part.tier, count(tier->switches)));
      continue;
    }
    layout.cables_of(part.tier, part.number, [&](std::uint64_t cable) { damage(cable, 0); });
  }
  for (const FailedParts::Share& share : parts.shares) {
    const CableLayout::Tier* tier = tier_of(layout, share.tier, "share", diagnostics);
    if (!tier || !is_share(share.cables, "the share of failed cables", diagnostics) ||
        !is_share(share.switches, "the share of failed switches", diagnostics) ||
        !is_share(share.left, "what is left of a failed cable", diagnostics))
      continue;
    const auto entity = static_cast<std::uint64_t>(share.tier);
    draw(tier->nodes * tier->ports, share.cables, Rng::stream(seed, "network/failed cables", 0, entity),
         [&](std::uint64_t i) { damage(tier->first + i, share.left); });
    draw(tier->switches, share.switches, Rng::stream(seed, "network/failed switches", 0, entity),
         [&](std::uint64_t i) { layout.cables_of(share.tier, i, [&](std::uint64_t cable) { damage(cable, 0); }); });
  }
}

}  // namespace orrery
