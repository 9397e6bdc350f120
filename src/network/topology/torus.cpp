#include "network/topology/torus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "base/unit_text.hpp"
#include "network/topology/path_hash.hpp"

namespace orrery {

std::vector<TorusShape::Axis> slice_axes(const std::vector<std::uint32_t>& lengths, std::uint32_t cube) {
  const bool whole =
      cube > 0 && std::all_of(lengths.begin(), lengths.end(), [&](std::uint32_t n) { return n > 0 && n % cube == 0; });
  std::vector<TorusShape::Axis> axes;
  for (const std::uint32_t length : lengths) axes.push_back({length, whole});
  return axes;
}

std::unique_ptr<Torus> Torus::build(const TorusShape& shape, Routing routing, std::uint64_t seed,
                                    const FailedParts& failed, Diagnostics& diagnostics) {
  Diagnostics own;
  if (shape.axes.empty()) own.error("a torus without dimensions: give one at least, for example [4, 4, 4]");
  if (shape.axes.size() > kMaxAxes)
    own.error(fmt::format("a torus of {} dimensions: {} at most", shape.axes.size(), kMaxAxes));
  if (!(shape.capacity.raw() > 0 && std::isfinite(shape.capacity.raw())))
    own.error("the links of the torus have no capacity");
  if (!(shape.latency.raw() >= 0 && std::isfinite(shape.latency.raw())))
    own.error("the latency of the torus is no time");
  double chips = 1;
  for (std::size_t i = 0; i < shape.axes.size(); ++i) {
    chips *= shape.axes[i].length;
    if (shape.axes[i].length == 0)
      own.error(fmt::format("dimension {} of the torus is 0: every one is 1 at least", i + 1));
  }
  if (2 * chips * static_cast<double>(shape.axes.size()) > static_cast<double>(kMaxLinks))
    own.error(fmt::format("a torus of {:.4g} chips has {:.4g} links, of which {} can be held: ask for the closed forms",
                          chips, 2 * chips * static_cast<double>(shape.axes.size()), format_count(kMaxLinks)));

  std::unique_ptr<Torus> torus(new Torus);
  torus->routing_ = routing;
  torus->seed_ = seed;
  if (!own.has_errors()) {
    torus->endpoints_ = static_cast<std::uint32_t>(chips);
    std::uint32_t stride = 1, cables = 0;
    for (const TorusShape::Axis& axis : shape.axes) {
      const std::uint32_t along = axis.length == 1 ? 0 : axis.closed ? axis.length : axis.length - 1;
      torus->axes_.push_back({axis.length, stride, along, cables});
      stride *= axis.length;
      cables += torus->endpoints_ / axis.length * along;
    }
    torus->health_ = CableHealth(failed, torus->layout(), seed, own);
    torus->links_.reserve(2 * std::size_t{cables});
    for (std::uint32_t c = 0; c < cables; ++c) {
      const BytesPerSecond left = shape.capacity * torus->health_.left(c);
      torus->links_.push_back({left, shape.latency, 0, true});
      torus->links_.push_back({left, shape.latency, 0, false});
    }
  }
  for (const Diagnostic& d : own.all()) diagnostics.error(d.message, d.span, d.hint);
  return own.has_errors() ? nullptr : std::move(torus);
}

CableLayout Torus::layout() const {
  CableLayout layout;
  const Axis& last = axes_.back();
  layout.tiers.push_back({0, last.first_cable + endpoints_ / last.length * last.cables, 1, endpoints_});
  layout.cables_of = [this](int, std::uint64_t number, const std::function<void(std::uint64_t)>& visit) {
    const auto chip = static_cast<std::uint32_t>(number);
    for (const Axis& axis : axes_) {
      const std::uint32_t at = position(chip, axis);
      if (at < axis.cables) visit(cable(axis, chip));
      if (at > 0)
        visit(cable(axis, chip - axis.stride));
      else if (axis.cables == axis.length)
        visit(cable(axis, chip + (axis.length - 1) * axis.stride));
    }
  };
  return layout;
}

/// The cable from a chip to the next along the axis.
std::uint32_t Torus::cable(const Axis& axis, std::uint32_t chip) const {
  const std::uint32_t inner = chip % axis.stride, outer = chip / axis.stride / axis.length;
  return axis.first_cable + inner + axis.stride * (position(chip, axis) + axis.cables * outer);
}

Torus::Walk Torus::shortest(std::uint32_t source, std::uint32_t destination, const Axis& axis) const {
  const std::int64_t length = axis.length, from = position(source, axis), to = position(destination, axis);
  const std::int64_t direct = to - from;
  if (direct == 0 || axis.cables < axis.length) return {direct, false};
  const std::int64_t around = direct > 0 ? direct - length : direct + length;
  if (std::abs(direct) != std::abs(around)) return {std::abs(direct) < std::abs(around) ? direct : around, false};
  const bool negative = to == 0 && from == length / 2;
  return {negative ? std::min(direct, around) : std::max(direct, around), true};
}

/// Appends the hops of one way along an axis and returns where it ends.
std::uint32_t Torus::walk(std::uint32_t chip, const Axis& axis, std::int64_t steps, double share,
                          std::vector<RouteHop>& hops) const {
  const std::uint32_t wrap = (axis.length - 1) * axis.stride;
  for (; steps > 0; --steps) {
    hops.push_back({2 * cable(axis, chip), share});
    chip = position(chip, axis) + 1 == axis.length ? chip - wrap : chip + axis.stride;
  }
  for (; steps < 0; ++steps) {
    chip = position(chip, axis) == 0 ? chip + wrap : chip - axis.stride;
    hops.push_back({2 * cable(axis, chip) + 1, share});
  }
  return chip;
}

bool Torus::route(std::uint32_t source, std::uint32_t destination, std::uint64_t key,
                  std::vector<RouteHop>& hops) const {
  const std::size_t begin = hops.size();
  const std::uint64_t hash = routing_ == Routing::Ecmp ? path_hash(seed_, source, destination, key) : 0;
  std::uint32_t at = source;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const Axis& axis = axes_[i];
    const Walk way = shortest(at, destination, axis);
    const bool split = way.tie && routing_ == Routing::Spray;
    const bool turn =
        way.tie && routing_ == Routing::Ecmp && hashed_choice(hash, static_cast<std::uint32_t>(i), 2) == 1;
    if (split) walk(at, axis, -way.steps, 0.5, hops);
    at = walk(at, axis, turn ? -way.steps : way.steps, split ? 0.5 : 1.0, hops);
  }
  if (health_.sound() || alive(hops, begin)) return true;
  hops.resize(begin);
  return detour(source, destination, hops);
}

bool Torus::alive(const std::vector<RouteHop>& hops, std::size_t begin) const {
  return std::all_of(hops.begin() + static_cast<std::ptrdiff_t>(begin), hops.end(),
                     [&](const RouteHop& hop) { return health_.alive(hop.link / 2); });
}

/// Every order of the axes with every choice of the way around each, from the fewest hops on.
bool Torus::detour(std::uint32_t source, std::uint32_t destination, std::vector<RouteHop>& hops) const {
  const std::size_t begin = hops.size(), k = axes_.size();
  std::vector<std::pair<std::int64_t, unsigned>> turns;  // Hops, and the axes taken the other way around.
  for (unsigned turn = 0; turn < (1U << k); ++turn) {
    std::int64_t length = 0;
    bool possible = true;
    for (std::size_t i = 0; i < k; ++i) {
      const std::int64_t steps = std::abs(shortest(source, destination, axes_[i]).steps);
      const bool other = (turn >> i) & 1U;
      possible = possible && !(other && (steps == 0 || axes_[i].cables < axes_[i].length));
      length += other ? axes_[i].length - steps : steps;
    }
    if (possible) turns.emplace_back(length, turn);
  }
  std::sort(turns.begin(), turns.end());
  for (const auto& [length, turn] : turns) {
    std::array<std::size_t, kMaxAxes> order{};
    std::iota(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), std::size_t{0});
    do {
      std::uint32_t at = source;
      for (std::size_t i = 0; i < k; ++i) {
        const Axis& axis = axes_[order[i]];
        std::int64_t steps = shortest(at, destination, axis).steps;
        if ((turn >> order[i]) & 1U) steps += steps > 0 ? -std::int64_t{axis.length} : std::int64_t{axis.length};
        at = walk(at, axis, steps, 1, hops);
      }
      if (alive(hops, begin)) return true;
      hops.resize(begin);
    } while (std::next_permutation(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k)));
  }
  return false;
}

LinkEnds Torus::ends(std::uint32_t link) const {
  const std::uint32_t number = link / 2;
  std::size_t i = axes_.size() - 1;
  while (i > 0 && axes_[i].first_cable > number) --i;
  const Axis& axis = axes_[i];
  const std::uint32_t local = number - axis.first_cable, inner = local % axis.stride;
  const std::uint32_t at = local / axis.stride % axis.cables, outer = local / axis.stride / axis.cables;
  const std::uint32_t line = inner + axis.stride * axis.length * outer;
  const std::uint32_t from = line + axis.stride * at, to = line + axis.stride * ((at + 1) % axis.length);
  return link % 2 == 0 ? LinkEnds{from, to} : LinkEnds{to, from};
}

}  // namespace orrery
