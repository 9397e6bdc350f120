#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/diagnostic.hpp"
#include "network/topology/failed_parts.hpp"
#include "network/topology/wired_graph.hpp"

namespace orrery {

/// A link for each pair of chips, as xGMI joins eight of them. A flow takes the pair's own link and no other, so that a
/// pair reaches 1 / (chips - 1) of a chip's bandwidth; with it dead, a pair is cut off.
class FullMesh final : public WiredGraph {
 public:
  /// `capacity`, `latency`  of one link, one direction. Null after errors.
  static std::unique_ptr<FullMesh> build(std::uint32_t chips, BytesPerSecond capacity, Seconds latency,
                                         std::uint64_t seed, const FailedParts& failed, Diagnostics& diagnostics);

  std::uint32_t endpoints() const override { return chips_; }
  const std::vector<NetworkLink>& links() const override { return links_; }
  bool route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
             std::vector<RouteHop>& hops) const override;
  LinkEnds ends(std::uint32_t link) const override;

 private:
  FullMesh() = default;
  std::uint32_t chips_ = 1;
  std::vector<NetworkLink> links_;
};

}  // namespace orrery
