#include "network/topology/dragonfly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/unit_text.hpp"
#include "network/topology/path_hash.hpp"

namespace orrery {
namespace {

/// The pair (low, high), low < high, counted by high and then low.
std::uint32_t pair_number(std::uint32_t a, std::uint32_t b) {
  const auto [low, high] = std::minmax(a, b);
  return static_cast<std::uint32_t>(std::uint64_t{high} * (high - 1) / 2 + low);
}

struct Pair {
  std::uint32_t low, high;
};

Pair pair_of(std::uint32_t number) {
  auto high = static_cast<std::uint32_t>((1 + std::sqrt(1 + 8.0 * number)) / 2);
  while (std::uint64_t{high} * (high - 1) / 2 > number) --high;
  while (std::uint64_t{high} * (high + 1) / 2 <= number) ++high;
  return {static_cast<std::uint32_t>(number - std::uint64_t{high} * (high - 1) / 2), high};
}

void check(const DragonflyShape& s, Diagnostics& diagnostics) {
  if (s.groups == 0 || s.routers == 0 || s.endpoints == 0 || s.links_per_pair == 0)
    diagnostics.error(fmt::format(
        "a dragonfly of {} groups of {} routers of {} endpoints, {} cables between two groups: none may be 0", s.groups,
        s.routers, s.endpoints, s.links_per_pair));
  const auto sound = [&](const DragonflyShape::Cable& cable, const char* name) {
    if (!(cable.capacity.raw() > 0 && std::isfinite(cable.capacity.raw())))
      diagnostics.error(fmt::format("the {} cables of the dragonfly have no capacity", name));
    if (!(cable.latency.raw() >= 0 && std::isfinite(cable.latency.raw())))
      diagnostics.error(fmt::format("the latency of the dragonfly's {} cables is no time", name));
  };
  sound(s.endpoint, "endpoints'");
  if (s.routers > 1 || s.spines > 0) sound(s.local, "local");
  if (s.groups > 1) sound(s.global, "global");
  const double groups = s.groups, routers = s.routers;
  const double local = s.spines > 0 ? routers * s.spines : routers * (routers - 1) / 2;
  const double cables = groups * routers * s.endpoints + groups * local + groups * (groups - 1) / 2 * s.links_per_pair;
  if (2 * cables > static_cast<double>(kMaxLinks))
    diagnostics.error(fmt::format(
        "a dragonfly of {:.4g} endpoints has {:.4g} links, of which {} can be held: ask for the closed forms",
        groups * routers * s.endpoints, 2 * cables, format_count(kMaxLinks)));
}

}  // namespace

std::unique_ptr<Dragonfly> Dragonfly::build(const DragonflyShape& shape, Routing routing, std::uint64_t seed,
                                            const FailedParts& failed, Diagnostics& diagnostics) {
  Diagnostics own;
  check(shape, own);
  std::unique_ptr<Dragonfly> graph(new Dragonfly);
  if (!own.has_errors()) {
    graph->shape_ = shape;
    graph->routing_ = routing;
    graph->seed_ = seed;
    graph->first_local_ = graph->endpoints();
    graph->first_global_ = graph->first_local_ + shape.groups * graph->local_cables();
    // The gates of cable c repeat with this period.
    const std::uint32_t period = graph->gates() / std::gcd(graph->gates(), shape.groups);
    graph->bundles_ = routing == Routing::Spray ? std::min(period, shape.links_per_pair) : shape.links_per_pair;
    graph->health_ = CableHealth(failed, graph->layout(), seed, own);
  }
  for (const Diagnostic& d : own.all()) diagnostics.error(d.message, d.span, d.hint);
  if (own.has_errors()) return nullptr;

  const auto add = [&](BytesPerSecond capacity, Seconds latency, std::uint8_t tier) {
    graph->links_.push_back({capacity, latency, tier, true});
    graph->links_.push_back({capacity, latency, tier, false});
  };
  for (std::uint32_t c = 0; c < graph->first_global_; ++c) {
    const bool local = c >= graph->first_local_;
    const DragonflyShape::Cable& cable = local ? shape.local : shape.endpoint;
    add(cable.capacity * graph->health_.left(c), cable.latency, local ? 1 : 0);
  }
  for (std::uint32_t high = 1; high < shape.groups; ++high)
    for (std::uint32_t low = 0; low < high; ++low)
      for (std::uint32_t bundle = 0; bundle < graph->bundles_; ++bundle)
        add(shape.global.capacity * graph->left_between(low, high, bundle), shape.global.latency, 2);
  return graph;
}

std::uint32_t Dragonfly::local_cables() const {
  return shape_.spines > 0 ? shape_.routers * shape_.spines : pair_number(0, shape_.routers);
}

CableLayout Dragonfly::layout() const {
  const std::uint64_t pairs = pair_number(0, shape_.groups), routers = std::uint64_t{shape_.groups} * shape_.routers;
  CableLayout layout;
  layout.tiers = {
      {0, first_local_, 1, routers},
      {first_local_, std::uint64_t{shape_.groups} * local_cables(), 1, std::uint64_t{shape_.groups} * shape_.spines},
      {first_global_, pairs, shape_.links_per_pair, 0}};
  layout.cables_of = [this](int tier, std::uint64_t number, const std::function<void(std::uint64_t)>& visit) {
    const std::uint32_t size = tier == 0 ? shape_.routers : shape_.spines;
    const auto group = static_cast<std::uint32_t>(number / size), at = static_cast<std::uint32_t>(number % size);
    if (tier == 0)
      for (std::uint32_t e = 0; e < shape_.endpoints; ++e) visit(number * shape_.endpoints + e);
    const std::uint32_t peers = tier == 0 ? gates() : shape_.routers;
    for (std::uint32_t peer = 0; peer < peers; ++peer) {
      if (shape_.spines == 0 && peer == at) continue;
      visit(local_link(group, tier == 0 ? at : peer, tier == 0 ? peer : at, true) / 2);
    }
    if ((tier == 0) != (shape_.spines == 0)) return;  // Global cables end at the gates.
    for (std::uint32_t other = 0; other < shape_.groups; ++other)
      for (std::uint32_t c = 0; other != group && c < shape_.links_per_pair; ++c)
        if (gate(other, c) == at) visit(first_between(group, other, shape_.links_per_pair) + c);
  };
  return layout;
}

/// `to_gate`: from the router to the gate, which may be routers both.
std::uint32_t Dragonfly::local_link(std::uint32_t group, std::uint32_t router, std::uint32_t gate, bool to_gate) const {
  const std::uint32_t first = first_local_ + group * local_cables();
  if (shape_.spines > 0) return 2 * (first + router * shape_.spines + gate) + (to_gate ? 0 : 1);
  return 2 * (first + pair_number(router, gate)) + ((router < gate) == to_gate ? 0 : 1);
}

/// The first cable (or link) between two groups, of `each` for every pair.
std::uint32_t Dragonfly::first_between(std::uint32_t group, std::uint32_t other, std::uint32_t each) const {
  return first_global_ + pair_number(group, other) * each;
}

double Dragonfly::left_local(std::uint32_t group, std::uint32_t router, std::uint32_t gate) const {
  if (shape_.spines == 0 && router == gate) return 1;
  return health_.left(local_link(group, router, gate, true) / 2);
}

/// Cables' worth of capacity in a bundle.
double Dragonfly::left_between(std::uint32_t from, std::uint32_t to, std::uint32_t bundle) const {
  const std::uint32_t first = first_between(from, to, shape_.links_per_pair);
  double left = 0;
  for (std::uint32_t c = bundle; c < shape_.links_per_pair; c += bundles_) left += health_.left(first + c);
  return left;
}

void Dragonfly::local_hop(std::uint32_t group, std::uint32_t router, std::uint32_t gate, bool to_gate, double share,
                          std::vector<RouteHop>& hops) const {
  if (shape_.spines == 0 && router == gate) return;
  hops.push_back({local_link(group, router, gate, to_gate), share});
}

/// Which of `count` ways with left(i) > 0 to take: all by what is left of them, one by hash, or the first from the
/// destination's number on. Empty where none is left.
template <class Left>
std::vector<Dragonfly::Choice> Dragonfly::choose(std::uint32_t count, std::uint32_t destination, std::uint64_t hash,
                                                 Left left) const {
  std::vector<Choice> ways;
  double total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t way = routing_ == Routing::DestinationModulo ? (destination + i) % count : i;
    const double weight = left(way);
    if (!(weight > 0)) continue;
    ways.push_back({way, weight});
    total += weight;
    if (routing_ == Routing::DestinationModulo) break;
  }
  if (ways.empty()) return ways;
  if (routing_ == Routing::Spray) {
    for (Choice& way : ways) way.share /= total;
    return ways;
  }
  return {{ways[hashed_choice(hash, 0, static_cast<std::uint32_t>(ways.size()))].number, 1}};
}

bool Dragonfly::route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
                      std::vector<RouteHop>& hops) const {
  if (source == destination) return true;
  if (!health_.alive(source) || !health_.alive(destination)) return false;
  const std::uint32_t from = source / shape_.endpoints, to = destination / shape_.endpoints;
  const std::uint32_t group = from / shape_.routers, other = to / shape_.routers;
  const std::uint32_t here = from % shape_.routers, there = to % shape_.routers;
  const std::uint64_t hash = routing_ == Routing::Ecmp ? path_hash(seed_, source, destination, key) : 0;
  const std::size_t begin = hops.size();
  hops.push_back({2 * source, 1});
  bool found = true;
  if (group != other) {
    const auto ways = choose(bundles_, destination, hash, [&](std::uint32_t bundle) {
      const double ends =
          std::min(left_local(group, here, gate(other, bundle)), left_local(other, there, gate(group, bundle)));
      return ends > 0 ? left_between(group, other, bundle) : 0;
    });
    found = !ways.empty();
    for (const Choice& way : ways) local_hop(group, here, gate(other, way.number), true, way.share, hops);
    for (const Choice& way : ways)
      hops.push_back({2 * (first_between(group, other, bundles_) + way.number) + (group < other ? 0 : 1), way.share});
    for (const Choice& way : ways) local_hop(other, there, gate(group, way.number), false, way.share, hops);
  } else if (from != to && shape_.spines == 0) {
    found = left_local(group, here, there) > 0;
    local_hop(group, here, there, true, 1, hops);
  } else if (from != to) {
    const auto ways = choose(shape_.spines, destination, hash, [&](std::uint32_t spine) {
      return std::min(left_local(group, here, spine), left_local(group, there, spine));
    });
    found = !ways.empty();
    for (const Choice& way : ways) local_hop(group, here, way.number, true, way.share, hops);
    for (const Choice& way : ways) local_hop(group, there, way.number, false, way.share, hops);
  }
  if (!found) {
    hops.resize(begin);
    return false;
  }
  hops.push_back({2 * destination + 1, 1});
  return true;
}

LinkEnds Dragonfly::ends(std::uint32_t link) const {
  const std::uint32_t cable = link / 2, routers = endpoints(), spines = routers + shape_.groups * shape_.routers;
  const auto gate_vertex = [&](std::uint32_t group, std::uint32_t number) {
    return (shape_.spines > 0 ? spines : routers) + group * gates() + number;
  };
  LinkEnds up;
  if (cable < first_local_) {
    up = {cable, routers + cable / shape_.endpoints};
  } else if (cable < first_global_) {
    const std::uint32_t group = (cable - first_local_) / local_cables(),
                        local = (cable - first_local_) % local_cables();
    if (shape_.spines > 0) {
      up = {routers + group * shape_.routers + local / shape_.spines, gate_vertex(group, local % shape_.spines)};
    } else {
      const Pair pair = pair_of(local);
      up = {gate_vertex(group, pair.low), gate_vertex(group, pair.high)};
    }
  } else {
    const Pair groups = pair_of((cable - first_global_) / bundles_);
    const std::uint32_t bundle = (cable - first_global_) % bundles_;
    up = {gate_vertex(groups.low, gate(groups.high, bundle)), gate_vertex(groups.high, gate(groups.low, bundle))};
  }
  return link % 2 == 0 ? up : LinkEnds{up.to, up.from};
}

}  // namespace orrery
