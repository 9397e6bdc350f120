#include "network/topology/fat_tree.hpp"

#include <fmt/format.h>

#include <cmath>

#include "base/unit_text.hpp"
#include "network/topology/path_hash.hpp"

namespace orrery {
namespace {

/// Hashes tried before the ways that failures left are searched in order; each succeeds with the share of the ways
/// left.
constexpr std::uint64_t kRehashes = 16;

void check(const std::vector<FatTreeLevel>& levels, Diagnostics& diagnostics) {
  if (levels.empty()) diagnostics.error("a fat tree without levels: give one at least");
  if (levels.size() > FatTree::kMaxLevels)
    diagnostics.error(fmt::format("a fat tree of {} levels: {} at most", levels.size(), FatTree::kMaxLevels));
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const FatTreeLevel& level = levels[l];
    const bool open_top = level.parents == 0 && l + 1 == levels.size();
    if (level.children == 0 || (level.parents == 0 && !open_top) || level.cables == 0)
      diagnostics.error(fmt::format("level {} of the fat tree has {} children, {} parents and {} cables: none may be 0",
                                    l + 1, level.children, level.parents, level.cables));
    if (!open_top && !(level.capacity.raw() > 0 && std::isfinite(level.capacity.raw())))
      diagnostics.error(fmt::format("level {} of the fat tree: its cables have no capacity", l + 1));
    if (!(level.latency.raw() >= 0 && std::isfinite(level.latency.raw())))
      diagnostics.error(fmt::format("level {} of the fat tree: the latency is no time", l + 1));
  }
}

/// In floating point, so that absurd sizes cannot wrap around.
void check_size(const std::vector<FatTreeLevel>& levels, Routing routing, bool sound, Diagnostics& diagnostics) {
  // The health of each cable is kept where some have failed; else they only need 32-bit numbers.
  const double most_cables = sound ? 4e9 : static_cast<double>(kMaxLinks);
  double endpoints = 1, cables = 0, pools = 0;
  for (const FatTreeLevel& level : levels) endpoints *= level.children;
  double nodes = endpoints, units = endpoints;
  for (const FatTreeLevel& level : levels) {
    const double ports = static_cast<double>(level.parents) * level.cables;
    cables += nodes * ports;
    if (level.parents > 0) pools += units;
    nodes = nodes / level.children * level.parents;
    units /= level.children;
  }
  const double links = 2 * (routing == Routing::Spray ? pools : cables);
  if (links > static_cast<double>(kMaxLinks) || endpoints > static_cast<double>(kMaxLinks))
    diagnostics.error(fmt::format(
        "a fat tree of {:.4g} endpoints has {:.4g} links, of which {} can be held: {}ask for the closed forms, or the "
        "folded flow level",
        endpoints, links, format_count(kMaxLinks), routing == Routing::Spray ? "" : "take routing = \"spray\", "));
  else if (cables > most_cables)
    diagnostics.error(fmt::format("a fat tree of {:.4g} cables: {:.4g} can be told apart here", cables, most_cables));
}

}  // namespace

std::unique_ptr<FatTree> FatTree::build(const std::vector<FatTreeLevel>& levels, const FatTreeOptions& options,
                                        const FailedParts& failed, Diagnostics& diagnostics) {
  Diagnostics own;
  check(levels, own);
  if (!own.has_errors()) check_size(levels, options.routing, failed.empty(), own);
  std::unique_ptr<FatTree> tree(new FatTree);
  tree->options_ = options;
  if (!own.has_errors()) {
    for (const FatTreeLevel& level : levels) tree->endpoints_ *= level.children;
    Level at{1, 1, 1, 1, 1, 1, tree->endpoints_, tree->endpoints_, 0, 0, 0, 0};
    std::uint32_t units = tree->endpoints_;
    for (const FatTreeLevel& level : levels) {
      at.children = level.children;
      at.parents = level.parents;
      at.cables = level.cables;
      at.ports = level.parents * level.cables;
      at.lower_nodes = at.upper_nodes;
      at.upper_nodes = at.lower_nodes / level.children * level.parents;
      tree->levels_.push_back(at);
      at.first_cable += at.lower_nodes * at.ports;
      if (at.ports > 0) at.first_pool += units;
      at.first_vertex += at.lower_nodes;
      at.first_unit += units;
      at.below *= level.children;
      at.across *= level.parents;
      units /= level.children;
    }
    tree->health_ = CableHealth(failed, tree->layout(), options.seed, own);
  }
  for (const Diagnostic& d : own.all()) diagnostics.error(d.message, d.span, d.hint);
  if (own.has_errors()) return nullptr;

  const bool pooled = options.routing == Routing::Spray;
  const Level& last = tree->levels_.back();
  const std::uint64_t cables = last.first_cable + std::uint64_t{last.lower_nodes} * last.ports;
  const std::uint64_t pools = last.first_pool + (last.ports > 0 ? last.children : 0);
  tree->links_.reserve(2 * (pooled ? pools : cables));
  for (std::size_t l = 0; l < levels.size(); ++l) {
    const Level& at = tree->levels_[l];
    const FatTreeLevel& level = levels[l];
    const std::uint32_t in_pool = pooled ? at.across * at.ports : 1;
    const std::uint32_t count = at.ports == 0 ? 0 : at.lower_nodes * at.ports / in_pool;
    NetworkLink up{level.capacity * in_pool, level.latency, static_cast<std::uint8_t>(l), true};
    for (std::uint32_t i = 0; i < count; ++i) {
      if (!tree->health_.sound()) {
        // Nodes of a unit follow each other, so do the cables of a pool.
        double left = 0;
        for (std::uint32_t c = 0; c < in_pool; ++c)
          left += tree->health_.left(at.first_cable + std::uint64_t{i} * in_pool + c);
        up.capacity = level.capacity * left;
      }
      NetworkLink down = up;
      down.up = false;
      tree->links_.push_back(up);
      tree->links_.push_back(down);
    }
  }
  return tree;
}

CableLayout FatTree::layout() const {
  CableLayout layout;
  for (const Level& at : levels_)
    if (at.ports > 0) layout.tiers.push_back({at.first_cable, at.lower_nodes, at.ports, at.upper_nodes});
  layout.cables_of = [this](int tier, std::uint64_t number, const std::function<void(std::uint64_t)>& visit) {
    const Level& at = levels_[tier];
    const auto x = static_cast<std::uint32_t>(number);
    const std::uint32_t low = x % at.across, digit = x / at.across % at.parents, high = x / at.across / at.parents;
    for (std::uint32_t child = 0; child < at.children; ++child) {
      const std::uint64_t node = low + std::uint64_t{at.across} * (child + std::uint64_t{at.children} * high);
      for (std::uint32_t c = 0; c < at.cables; ++c)
        visit(at.first_cable + node * at.ports + digit + std::uint64_t{c} * at.parents);
    }
    if (static_cast<std::size_t>(tier) + 1 == levels_.size()) return;
    const Level& above = levels_[tier + 1];
    for (std::uint32_t port = 0; port < above.ports; ++port) visit(above.first_cable + number * above.ports + port);
  };
  return layout;
}

std::size_t FatTree::meeting_level(std::uint32_t source, std::uint32_t destination) const {
  std::size_t level = 0;
  while (source != destination) {
    source /= levels_[level].children;
    destination /= levels_[level].children;
    ++level;
  }
  return level;
}

bool FatTree::route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
                    std::vector<RouteHop>& hops) const {
  if (source == destination) return true;
  const std::size_t top = meeting_level(source, destination);
  if (levels_[top - 1].parents == 0) return false;
  const std::uint64_t hash = options_.routing == Routing::Ecmp ? path_hash(options_.seed, source, destination, key) : 0;
  Way way;
  if (options_.routing != Routing::Spray || !health_.sound()) way = preferred(source, destination, hash, key, top);
  if (!health_.sound()) {
    bool found = alive(source, destination, way, top);
    if (options_.routing == Routing::Ecmp) {
      for (std::uint64_t i = 1; !found && i <= kRehashes; ++i) {
        way = preferred(source, destination, mix(hash + i), key, top);
        found = alive(source, destination, way, top);
      }
    }
    if (!found && !search(source, destination, 0, 0, top, way)) return false;
  }
  if (options_.routing == Routing::Spray)
    append_pools(source, destination, top, hops);
  else
    append(source, destination, way, top, hops);
  return true;
}

FatTree::Way FatTree::preferred(std::uint32_t source, std::uint32_t destination, std::uint64_t hash, std::uint64_t key,
                                std::size_t top) const {
  Way way;
  if (options_.routing == Routing::Ecmp) {
    for (std::size_t l = 0; l < top; ++l) {
      const auto n = static_cast<std::uint32_t>(3 * l);
      way.parent[l] = hashed_choice(hash, n, levels_[l].parents);
      way.up[l] = hashed_choice(hash, n + 1, levels_[l].cables);
      way.down[l] = hashed_choice(hash, n + 2, levels_[l].cables);
    }
    // The sender knows its connections and puts them on its ports in turn; only switches hash.
    const std::uint64_t pair = path_hash(options_.seed, source, destination, 0);
    way.parent[0] = static_cast<std::uint32_t>((pair % levels_[0].parents + key) % levels_[0].parents);
    return way;
  }
  for (std::size_t l = 0; l < top; ++l) {
    const std::uint32_t port = destination / levels_[l].across % levels_[l].ports;
    way.parent[l] = port % levels_[l].parents;
    way.up[l] = way.down[l] = port / levels_[l].parents;
  }
  return way;
}

bool FatTree::alive(std::uint32_t source, std::uint32_t destination, const Way& way, std::size_t top) const {
  std::uint32_t digits = 0;
  for (std::size_t l = 0; l < top; ++l) {
    const Level& at = levels_[l];
    const std::uint64_t up = digits + at.across * (source / at.below),
                        down = digits + at.across * (destination / at.below);
    if (!health_.alive(at.first_cable + up * at.ports + way.parent[l] + way.up[l] * at.parents)) return false;
    if (!health_.alive(at.first_cable + down * at.ports + way.parent[l] + way.down[l] * at.parents)) return false;
    digits += way.parent[l] * at.across;
  }
  return true;
}

/// Depth first, from the preferred ports on. `digits` numbers the switch chosen within its unit.
bool FatTree::search(std::uint32_t source, std::uint32_t destination, std::size_t level, std::uint32_t digits,
                     std::size_t top, Way& way) const {
  if (level == top) return true;
  const Level& at = levels_[level];
  const auto cable = [&](std::uint32_t endpoint, std::uint32_t parent, std::uint32_t preferred, std::uint32_t& taken) {
    const std::uint64_t node = digits + at.across * (endpoint / at.below);
    for (std::uint32_t i = 0; i < at.cables; ++i) {
      taken = (preferred + i) % at.cables;
      if (health_.alive(at.first_cable + node * at.ports + parent + std::uint64_t{taken} * at.parents)) return true;
    }
    return false;
  };
  const Way first = way;
  for (std::uint32_t i = 0; i < at.parents; ++i) {
    const std::uint32_t parent = (first.parent[level] + i) % at.parents;
    way.parent[level] = parent;
    if (cable(source, parent, first.up[level], way.up[level]) &&
        cable(destination, parent, first.down[level], way.down[level]) &&
        search(source, destination, level + 1, digits + parent * at.across, top, way))
      return true;
    for (std::size_t l = level; l < top; ++l) {  // What lies above was tried from its preferred port: so again.
      way.parent[l] = first.parent[l];
      way.up[l] = first.up[l];
      way.down[l] = first.down[l];
    }
  }
  return false;
}

void FatTree::append(std::uint32_t source, std::uint32_t destination, const Way& way, std::size_t top,
                     std::vector<RouteHop>& hops) const {
  const std::size_t begin = hops.size();
  hops.resize(begin + 2 * top);
  std::uint32_t digits = 0;
  for (std::size_t l = 0; l < top; ++l) {
    const Level& at = levels_[l];
    const std::uint32_t up = digits + at.across * (source / at.below);
    const std::uint32_t down = digits + at.across * (destination / at.below);
    hops[begin + l] = {2 * (at.first_cable + up * at.ports + way.parent[l] + way.up[l] * at.parents), 1};
    hops[begin + 2 * top - 1 - l] = {
        2 * (at.first_cable + down * at.ports + way.parent[l] + way.down[l] * at.parents) + 1, 1};
    digits += way.parent[l] * at.across;
  }
}

void FatTree::append_pools(std::uint32_t source, std::uint32_t destination, std::size_t top,
                           std::vector<RouteHop>& hops) const {
  const std::size_t begin = hops.size();
  hops.resize(begin + 2 * top);
  for (std::size_t l = 0; l < top; ++l) {
    const Level& at = levels_[l];
    hops[begin + l] = {2 * (at.first_pool + source / at.below), 1};
    hops[begin + 2 * top - 1 - l] = {2 * (at.first_pool + destination / at.below) + 1, 1};
  }
}

LinkEnds FatTree::ends(std::uint32_t link) const {
  const std::uint32_t cable = link / 2;
  const bool pooled = options_.routing == Routing::Spray;
  std::size_t l = levels_.size() - 1;
  while (l > 0 && (pooled ? levels_[l].first_pool : levels_[l].first_cable) > cable) --l;
  const Level& at = levels_[l];
  LinkEnds up;
  if (pooled) {
    const std::uint32_t unit = cable - at.first_pool;
    up = {at.first_unit + unit, at.first_unit + endpoints_ / at.below + unit / at.children};
  } else {
    const std::uint32_t node = (cable - at.first_cable) / at.ports, port = (cable - at.first_cable) % at.ports;
    const std::uint32_t low = node % at.across, high = node / at.across / at.children;
    const std::uint32_t parent = low + at.across * (port % at.parents + at.parents * high);
    up = {at.first_vertex + node, at.first_vertex + at.lower_nodes + parent};
  }
  return link % 2 == 0 ? up : LinkEnds{up.to, up.from};
}

}  // namespace orrery
