#include "network/expect_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

/// One direction of 16 lanes, before the overhead of packets.
constexpr BytesPerSecond kPcie4{32e9}, kPcie5{64e9};
/// Draws of hashed paths and random places: their medians settle quickly.
constexpr int kMostDraws = 4;

/// Network bandwidth of a chip in the unit of NICs: "400 Gbit/s".
std::string nic_text(BytesPerSecond rate) {
  return fmt::format("{} Gbit/s", format_significant(rate.raw() * 8 / 1e9, 3));
}

class Changes {
 public:
  Changes(const NetworkSpec& spec, const Group& group) : spec_(spec), group_(group) {
    spec_.draws = std::min(spec_.draws, kMostDraws);
    if (spec_.fidelity != Fidelity::Closed) spec_.fidelity = Fidelity::Auto;  // a change may not fold
  }

  std::vector<ChangedQuestion> all() {
    if (group_.spans_domains()) {
      nics();
      fabric();
    }
    if (spec_.algorithm.empty() && spec_.collective == Collective::AllReduce) algorithms();
    if (group_.ranks_per_domain > 1) scale_up();
    return std::move(changes_);
  }

 private:
  template <class Change>
  void add(std::string name, Change change) {
    NetworkSpec changed = spec_;
    change(changed);
    changes_.push_back({std::move(name), {std::move(changed)}});
  }

  /// Every chip of the model drives its own share of its server's NICs, and all wait for the slowest server.
  void nics() {
    const BytesPerSecond rate = spec_.cluster.node.scale_out_bandwidth;
    const int chips = spec_.cluster.node.chips;
    const auto times = [&](double factor, std::string name) {
      add(std::move(name), [&](NetworkSpec& s) {
        s.cluster.node.scale_out_bandwidth *= factor;
        // The fabric stays: its uplinks follow from the NICs over the oversubscription of the lowest tier.
        if (!s.cluster.fabric.tiers.empty()) s.cluster.fabric.tiers.front().oversubscription *= factor;
      });
    };
    if (chips > 2) times((chips - 1.0) / chips, fmt::format("one NIC of {} down", chips));
    times(0.5, fmt::format("half of the NICs, or {} a GPU instead of {}", nic_text(0.5 * rate), nic_text(rate)));
    times(0.25, fmt::format("a quarter of the NICs, or {} a GPU instead of {}", nic_text(0.25 * rate), nic_text(rate)));
    if (chips > 4) times(1.0 / chips, fmt::format("one NIC for all {} GPUs of a server", chips));
  }

  void fabric() {
    Fabric& own = spec_.cluster.fabric;
    add("latency of the fabric doubled", [](NetworkSpec& s) { s.cluster.fabric.latency *= 2; });
    if (own.routing != Routing::Ecmp) {
      add("paths hashed (ECMP), not spread", [](NetworkSpec& s) { s.cluster.fabric.routing = Routing::Ecmp; });
    }
    if (spec_.chips.empty() && spec_.cluster.placement.order != PlacementOrder::Random) {
      add("ranks on random nodes", [](NetworkSpec& s) { s.cluster.placement.order = PlacementOrder::Random; });
    }
    if (own.topology != FabricTopology::FatTree) return;
    for (std::size_t tier = 0; tier + 1 < own.tiers.size(); ++tier) {
      if (own.tiers[tier].chips >= group_.extent_chips) break;
      add(fmt::format("oversubscription above the {} twice as high", own.tiers[tier].name),
          [tier](NetworkSpec& s) { s.cluster.fabric.tiers[tier].oversubscription *= 2; });
    }
  }

  void algorithms() {
    const auto forced = [&](const char* algorithm) {
      NetworkSpec changed = spec_;
      changed.algorithm = algorithm;
      return changed;
    };
    ChangedQuestion without{"NVLS off, rings and trees alone", {forced("ring")}};
    if (group_.spans_domains()) without.specs.push_back(forced("tree"));
    changes_.push_back(std::move(without));
    changes_.push_back({"rings forced (NCCL_ALGO=Ring)", {forced("ring")}});
    if (group_.spans_domains()) changes_.push_back({"trees forced (NCCL_ALGO=Tree)", {forced("tree")}});
  }

  void scale_up() {
    const BytesPerSecond rate = spec_.cluster.node.scale_up_bandwidth;
    add("half of the scale-up links", [](NetworkSpec& s) { s.cluster.node.scale_up_bandwidth *= 0.5; });
    for (const auto& [name, pcie] : {std::pair{"4.0", kPcie4}, {"5.0", kPcie5}}) {
      if (pcie >= rate) continue;
      add(fmt::format("PCIe {} x16 in place of the scale-up links", name),
          [rate = pcie](NetworkSpec& s) { s.cluster.node.scale_up_bandwidth = rate; });
    }
  }

  NetworkSpec spec_;
  Group group_;
  std::vector<ChangedQuestion> changes_;
};

}  // namespace

std::vector<ChangedQuestion> usual_changes(const NetworkSpec& spec, const Group& group) {
  return Changes(spec, group).all();
}

}  // namespace orrery
