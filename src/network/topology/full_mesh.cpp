#include "network/topology/full_mesh.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

/// The pair (low, high), low < high, counted by high and then low.
std::uint64_t pair_number(std::uint64_t a, std::uint64_t b) {
  const auto [low, high] = std::minmax(a, b);
  return high * (high - 1) / 2 + low;
}

}  // namespace

std::unique_ptr<FullMesh> FullMesh::build(std::uint32_t chips, BytesPerSecond capacity, Seconds latency,
                                          std::uint64_t seed, const FailedParts& failed, Diagnostics& diagnostics) {
  Diagnostics own;
  if (chips == 0) own.error("a mesh of 0 chips: one at least");
  if (!(capacity.raw() > 0 && std::isfinite(capacity.raw()))) own.error("the links of the mesh have no capacity");
  if (!(latency.raw() >= 0 && std::isfinite(latency.raw()))) own.error("the latency of the mesh is no time");
  const double count = static_cast<double>(chips) * (static_cast<double>(chips) - 1);
  if (count > static_cast<double>(kMaxLinks))
    own.error(fmt::format("a full mesh of {} chips has {:.4g} links, of which {} can be held: ask for the closed forms",
                          format_count(chips), count, format_count(kMaxLinks)));
  std::unique_ptr<FullMesh> mesh(new FullMesh);
  if (!own.has_errors()) {
    mesh->chips_ = chips;
    const std::uint64_t cables = std::uint64_t{chips} * (chips - 1) / 2;
    CableLayout layout{{{0, cables, 1, chips}}, {}};
    layout.cables_of = [&](int, std::uint64_t chip, const std::function<void(std::uint64_t)>& visit) {
      for (std::uint64_t other = 0; other < chips; ++other)
        if (other != chip) visit(pair_number(chip, other));
    };
    const CableHealth health(failed, layout, seed, own);
    for (std::uint64_t c = 0; c < cables; ++c) {
      mesh->links_.push_back({capacity * health.left(c), latency, 0, true});
      mesh->links_.push_back({capacity * health.left(c), latency, 0, false});
    }
  }
  for (const Diagnostic& d : own.all()) diagnostics.error(d.message, d.span, d.hint);
  return own.has_errors() ? nullptr : std::move(mesh);
}

bool FullMesh::route(std::uint32_t source, std::uint32_t destination, std::uint64_t,
                     std::vector<RouteHop>& hops) const {
  if (source == destination) return true;
  const auto link = static_cast<std::uint32_t>(2 * pair_number(source, destination) + (source < destination ? 0 : 1));
  if (!(links_[link].capacity.raw() > 0)) return false;
  hops.push_back({link, 1});
  return true;
}

LinkEnds FullMesh::ends(std::uint32_t link) const {
  const std::uint64_t number = link / 2;
  auto high = static_cast<std::uint64_t>((1 + std::sqrt(1 + 8 * static_cast<double>(number))) / 2);
  while (high * (high - 1) / 2 > number) --high;
  while (high * (high + 1) / 2 <= number) ++high;
  const auto top = static_cast<std::uint32_t>(high), low = static_cast<std::uint32_t>(number - high * (high - 1) / 2);
  return link % 2 == 0 ? LinkEnds{low, top} : LinkEnds{top, low};
}

}  // namespace orrery
