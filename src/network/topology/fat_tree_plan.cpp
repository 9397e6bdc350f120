#include "network/topology/fat_tree_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/unit_text.hpp"

namespace orrery {
namespace {

using Tier = Fabric::Tier;

std::string title(const std::vector<Tier>& tiers, std::size_t t) {
  return tiers[t].name.empty() ? fmt::format("tier {}", t + 1) : fmt::format("tier `{}`", tiers[t].name);
}

/// Plans from the leaf up. Each step either settles its tier or says why not.
class Planner {
 public:
  Planner(const Cluster& cluster, std::uint32_t chips, FatTreeDetail detail, Diagnostics& diagnostics)
      : fabric_(cluster.fabric),
        chips_(chips),
        detail_(detail),
        diagnostics_(diagnostics),
        tiers_(cluster.fabric.tiers) {
    nic_ = cluster.node.scale_out_bandwidth.raw();
    node_chips_ = static_cast<std::uint32_t>(std::max(1, cluster.node.chips));
    // A port is split as far as its parts are still as fast as a NIC's port.
    const double wanted = nic_ / std::max(1, fabric_.planes);
    while (split_ < fabric_.switches.split &&
           fabric_.switches.port_bandwidth.raw() / (split_ + 1) >= wanted * (1 - 1e-6)) {
      ++split_;
    }
    while (split_ > 1 && fabric_.switches.split % split_ != 0) --split_;
    port_ = fabric_.switches.port_bandwidth / split_;
  }

  std::optional<FatTreePlan> plan() {
    if (tiers_.empty() && fabric_.rails == Rails::Only) {  // One ideal switch a rail.
      tiers_.push_back({"", (chips_ + node_chips_ - 1LL) / node_chips_ * node_chips_});
      detail_ = FatTreeDetail::Pools;
    }
    if (tiers_.empty()) {
      plan_.unit = chips_;
      plan_.levels = {{chips_, 1, 1, BytesPerSecond(nic_ * fabric_.efficiency), fabric_.latency / 2}};
      return plan_;
    }
    if (!tiers_agree()) return {};
    plan_.unit = static_cast<std::uint32_t>(tiers_.front().chips);
    if (!settle_rails()) return {};
    used_ = 1;
    while (tiers_[used_ - 1].chips < chips_) ++used_;
    // The rails of one unit meet in the tier above.
    if (fabric_.rails == Rails::Optimised && plan_.rails > 1) used_ = std::max<std::size_t>(used_, 2);
    if (!(detail_ == FatTreeDetail::Pools ? add_pools() : add_switches())) return {};
    if (plan_.rails_are_apart) plan_.levels.push_back({plan_.rails, 0, 1, BytesPerSecond(0), Seconds(0)});
    return plan_;
  }

 private:
  bool fail(std::string message) {
    diagnostics_.error(std::move(message));
    return false;
  }

  bool tiers_agree() {
    bool sound = true;
    for (std::size_t t = 0; t < tiers_.size(); ++t) {
      const Tier& tier = tiers_[t];
      if (tier.chips < 1 || tier.chips > 2'000'000'000)
        sound = fail(fmt::format("{} of the fabric joins {} chips: a number from 1 to 2,000,000,000", title(tiers_, t),
                                 format_count(tier.chips)));
      if (!(tier.oversubscription > 0 && std::isfinite(tier.oversubscription)))
        sound = fail(fmt::format("{} of the fabric: an oversubscription of {} is no ratio above 0", title(tiers_, t),
                                 tier.oversubscription));
      if (!(tier.latency.raw() >= 0 && std::isfinite(tier.latency.raw())))
        sound = fail(fmt::format("{} of the fabric: its latency is no time", title(tiers_, t)));
      if (tier.switches < 0)
        sound = fail(fmt::format("{} of the fabric has {} switches", title(tiers_, t), tier.switches));
    }
    for (std::size_t t = 1; sound && t < tiers_.size(); ++t)
      if (tiers_[t].chips % tiers_[t - 1].chips != 0)
        sound =
            fail(fmt::format("{} of the fabric joins {} chips, which units of {} ({}) do not divide", title(tiers_, t),
                             format_count(tiers_[t].chips), format_count(tiers_[t - 1].chips), title(tiers_, t - 1)));
    if (sound && tiers_.back().chips < chips_)
      sound =
          fail(fmt::format("{} chips on a fabric that joins {} ({}): add a tier above, or make its units larger",
                           format_count(chips_), format_count(tiers_.back().chips), title(tiers_, tiers_.size() - 1)));
    return sound;
  }

  bool settle_rails() {
    if (fabric_.rails == Rails::None || node_chips_ == 1) return true;
    plan_.rails = node_chips_;
    const auto planes = static_cast<long long>(std::max(1, fabric_.planes));
    const long long leaves = tiers_[0].switches / planes;
    if (tiers_[0].switches > 0 && leaves < node_chips_) {
      if (leaves < 1 || node_chips_ % leaves != 0)
        return fail(
            fmt::format("{} has {} leaf switches on {} planes: the {} positions of a node do not spread evenly "
                        "over them",
                        title(tiers_, 0), tiers_[0].switches, planes, node_chips_));
      plan_.rails = static_cast<std::uint32_t>(leaves);
    }
    if (plan_.unit % node_chips_ != 0)
      return fail(fmt::format("rails need whole nodes below a leaf: {} joins {} chips, nodes have {}", title(tiers_, 0),
                              format_count(plan_.unit), node_chips_));
    plan_.rails_are_apart = fabric_.rails == Rails::Only && plan_.rails > 1;
    if (fabric_.rails == Rails::Optimised && plan_.rails > 1 && tiers_.size() < 2)
      return fail("the rails of a fabric of one tier are not joined: add a tier above, or say rails = \"only\"");
    return true;
  }

  Seconds latency_above(std::size_t tier) const { return tiers_[tier].latency / 2 + fabric_.switches.latency; }

  /// Units of tier t that the chips of one unit above, or all of them at the top, fill.
  std::uint32_t units_below(std::size_t t) const {
    const long long above = t + 1 < used_ ? tiers_[t].chips : std::min<long long>(tiers_[t].chips, chips_);
    const long long below = tiers_[t - 1].chips;
    return static_cast<std::uint32_t>((above + below - 1) / below);
  }

  bool add_pools() {
    double bandwidth = nic_ * fabric_.efficiency * plan_.unit / plan_.rails;
    std::uint32_t leaf = plan_.unit / plan_.rails;
    if (used_ == 1 && plan_.rails == 1) leaf = std::min(leaf, chips_);
    plan_.levels.push_back({leaf, 1, 1, BytesPerSecond(nic_ * fabric_.efficiency), fabric_.latency / 2});
    for (std::size_t t = 1; t < used_; ++t) {
      bandwidth /= tiers_[t - 1].oversubscription;
      const std::uint32_t leaves = t == 1 && !plan_.rails_are_apart ? plan_.rails : 1;
      plan_.levels.push_back({units_below(t) * leaves, 1, 1, BytesPerSecond(bandwidth), latency_above(t - 1)});
      const long long units = tiers_[t].chips / tiers_[t - 1].chips;
      bandwidth *= static_cast<double>(leaves) * static_cast<double>(units);
    }
    return true;
  }

  bool add_switches() {
    const SwitchKind& kind = fabric_.switches;
    if (kind.ports < 1 || !(kind.port_bandwidth.raw() > 0 && std::isfinite(kind.port_bandwidth.raw())))
      return fail("this routing needs the fabric's switches: give their ports and port_bandwidth");
    const auto planes = static_cast<std::uint32_t>(fabric_.planes);
    const bool pooled = detail_ == FatTreeDetail::Planes;
    const double share = fabric_.efficiency * (pooled ? planes : 1);
    if (!settle_leaves()) return false;
    std::uint32_t leaf = plan_.unit / leaves_;
    if (used_ == 1 && leaves_ == 1) leaf = std::min(leaf, chips_);
    plan_.levels.push_back({leaf, pooled ? 1 : planes, 1, BytesPerSecond(nic_ / planes * share), fabric_.latency / 2});
    for (std::size_t t = 1; t < used_; ++t) {
      if (!settle_tier(t)) return false;
      const std::uint32_t leaves = t == 1 ? leaves_ / apart() : 1;
      plan_.levels.push_back(
          {units_below(t) * leaves, parents_, cables_, port_ * share * scale_, latency_above(t - 1)});
    }
    return true;
  }

  /// Networks that nothing joins.
  std::uint32_t apart() const { return plan_.rails_are_apart ? plan_.rails : 1; }
  /// Ports of a switch of tier t. Above the leaves, where a fabric states the number of its switches and they need
  /// more, they are chassis.
  int ports(std::size_t t) const {
    return t > 0 && tiers_[t].switches > 0 ? std::numeric_limits<int>::max() : split_ * fabric_.switches.ports;
  }
  bool is_top(std::size_t t) const { return t + 1 == tiers_.size(); }

  /// Whole cables for `up` ports' worth of bandwidth. What rounding adds or takes, each cable makes up for: published
  /// ratios are rounded too.
  void set_uplinks(double up) {
    uplinks_ = static_cast<std::uint32_t>(std::max(1.0, std::round(up)));
    next_scale_ = up / uplinks_;
  }

  /// The fewest leaves a unit, on one plane, such that chips and uplinks fit their ports.
  bool settle_leaves() {
    const auto planes = static_cast<std::uint32_t>(fabric_.planes);
    const double nic = nic_ / planes / port_.raw();
    const long long given = tiers_[0].switches;
    const std::uint32_t a_rail = plan_.unit / plan_.rails;
    for (std::uint32_t split = 1; split <= a_rail; ++split) {
      if (a_rail % split != 0) continue;
      if (given > 0 && given != static_cast<long long>(split) * plan_.rails * planes) continue;
      const std::uint32_t in_leaf = a_rail / split;
      const double down = in_leaf * nic, up = is_top(0) ? 0 : down / tiers_[0].oversubscription;
      if (std::ceil(down - 1e-6) + std::round(up) > ports(0)) {
        if (given == 0) continue;
        return fail(fmt::format("{}: {} leaf switches of {} ports do not hold {} chips: each would need {:.0f}",
                                title(tiers_, 0), given, ports(0), format_count(plan_.unit),
                                std::ceil(down) + std::round(up)));
      }
      leaves_ = split * plan_.rails;
      if (!is_top(0)) set_uplinks(up);
      if (leaves_ > apart() && used_ == 1) {
        if (tiers_.size() == 1)
          return fail(
              fmt::format("{}: {} chips need {} leaf switches of {} ports, which nothing joins: add a tier above",
                          title(tiers_, 0), format_count(plan_.unit), leaves_ * planes, ports(0)));
        used_ = 2;
      }
      return true;
    }
    if (given > 0)
      return fail(fmt::format("{}: {} leaf switches do not divide its {} chips on {} rails and {} planes evenly",
                              title(tiers_, 0), given, format_count(plan_.unit), plan_.rails, planes));
    return fail(
        fmt::format("{}: the {} ports of a switch do not hold one chip and its uplinks", title(tiers_, 0), ports(0)));
  }

  /// How the switches of tier t, of one plane, are joined to those below: with the most parallel cables that fit.
  bool settle_tier(std::size_t t) {
    const std::uint32_t children =
        t == 1 ? leaves_ / apart() * static_cast<std::uint32_t>(tiers_[1].chips / tiers_[0].chips)
               : static_cast<std::uint32_t>(tiers_[t].chips / tiers_[t - 1].chips);
    const std::uint64_t sets = std::uint64_t{static_cast<std::uint32_t>(fabric_.planes)} * apart();
    const long long given = tiers_[t].switches;
    scale_ = next_scale_;
    double fewest = 0;  // Ports that one cable to each child would need.
    for (std::uint32_t cables = uplinks_; cables >= 1; --cables) {
      if (uplinks_ % cables != 0) continue;
      const std::uint64_t switches = std::uint64_t{switches_} * (uplinks_ / cables);
      if (given > 0 && static_cast<std::uint64_t>(given) != switches * sets) continue;
      const double down = static_cast<double>(children) * cables,
                   up = is_top(t) ? 0 : down / tiers_[t].oversubscription;
      fewest = down + std::round(up);
      if (fewest > ports(t)) continue;
      parents_ = uplinks_ / cables;
      cables_ = cables;
      switches_ = static_cast<std::uint32_t>(switches);
      if (!is_top(t)) set_uplinks(up * scale_);
      return true;
    }
    if (fewest > ports(t))
      return fail(
          fmt::format("{}: one switch joins {} switches below and needs {:.0f} ports, it has {}: units of fewer "
                      "chips, a tier between, or switches of more ports",
                      title(tiers_, t), format_count(children), fewest, ports(t)));
    std::string choices;
    for (std::uint32_t cables = uplinks_; cables >= 1; --cables)
      if (uplinks_ % cables == 0 && static_cast<double>(children) * cables <= ports(t))
        choices += fmt::format("{}{}", choices.empty() ? "" : ", ", switches_ * (uplinks_ / cables) * sets);
    return fail(fmt::format("{}: {} switches cannot be joined evenly to the {} uplinks of each switch below: {} could",
                            title(tiers_, t), given, uplinks_, choices.empty() ? "none" : choices));
  }

  const Fabric& fabric_;
  std::uint32_t chips_;
  FatTreeDetail detail_;
  Diagnostics& diagnostics_;
  std::vector<Tier> tiers_;
  double nic_ = 0;
  std::uint32_t node_chips_ = 1;
  std::size_t used_ = 1;  ///< Tiers that are built.
  FatTreePlan plan_;
  // Of the tier settled last, on one plane: leaves or switches of a unit, uplinks of each.
  std::uint32_t leaves_ = 1, switches_ = 1, uplinks_ = 0;
  std::uint32_t parents_ = 1, cables_ = 1;
  double scale_ = 1, next_scale_ = 1;  ///< Bandwidth of the cables below and above that tier, of a port's.
  int split_ = 1;                      ///< Parts that a port is broken out into.
  BytesPerSecond port_;                ///< Of such a part.
};

}  // namespace

std::optional<FatTreePlan> plan_fat_tree(const Cluster& cluster, std::uint32_t chips, FatTreeDetail detail,
                                         Diagnostics& diagnostics) {
  return Planner(cluster, chips, detail, diagnostics).plan();
}

}  // namespace orrery
