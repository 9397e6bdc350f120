#include "cluster/effects/interconnect_fit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

namespace orrery {
namespace {

constexpr std::size_t kConstants = 8;
using Point = std::array<double, kConstants>;

struct Bounds {
  double low, high;
  bool logarithmic;
};
constexpr Bounds kBandwidth{1e8, 6e11, true}, kLatency{1e-6, 5e-3, true}, kOverlap{1, 10, false},
    kCrowding{0, 0.5, false};
constexpr std::array<Bounds, kConstants> kBounds = {kBandwidth, kBandwidth, kBandwidth, kBandwidth,
                                                    kLatency,   kLatency,   kOverlap,   kCrowding};

/// A constant from any real number, and back: within its bounds, however far the search goes.
double bounded(double free, const Bounds& bounds) {
  const double share = 1 / (1 + std::exp(-free));
  if (!bounds.logarithmic) return bounds.low + (bounds.high - bounds.low) * share;
  return bounds.low * std::pow(bounds.high / bounds.low, share);
}
double unbounded(double value, const Bounds& bounds) {
  const double share = bounds.logarithmic ? std::log(value / bounds.low) / std::log(bounds.high / bounds.low)
                                          : (value - bounds.low) / (bounds.high - bounds.low);
  return std::log(share / (1 - share));
}

Interconnect network_at(const Point& point) {
  Point value;
  for (std::size_t i = 0; i < kConstants; ++i) value[i] = bounded(point[i], kBounds[i]);
  Interconnect network;
  network.link = BytesPerSecond(value[0]);
  network.host = BytesPerSecond(value[1]);
  network.peer = BytesPerSecond(value[2]);
  network.nic = BytesPerSecond(value[3]);
  network.latency_inside = Seconds(value[4]);
  network.latency_between = Seconds(value[5]);
  network.overlap = value[6];
  network.crowding = value[7];
  return network;
}

Point point_of(const Point& constants) {
  Point point;
  for (std::size_t i = 0; i < kConstants; ++i) point[i] = unbounded(constants[i], kBounds[i]);
  return point;
}

double error_of(const std::vector<StepSample>& samples, const Interconnect& network) {
  double sum = 0, weight = 0;
  for (const StepSample& sample : samples) {
    const Seconds step = moved_step(network, sample.gradients, sample.from_step, sample.from, sample.to);
    sum += sample.weight * std::min(1.0, std::abs(std::log(step / sample.to_step)));
    weight += sample.weight;
  }
  return weight > 0 ? sum / weight : 0;
}

struct Vertex {
  Point point{};
  double value = 0;
};

Point along(const Point& from, const Point& to, double share) {
  Point point;
  for (std::size_t i = 0; i < kConstants; ++i) point[i] = from[i] + share * (to[i] - from[i]);
  return point;
}

Vertex simplex_search(const Point& start, const std::function<double(const Point&)>& value) {
  constexpr double kEdge = 0.5, kFlat = 1e-7;
  constexpr int kMostSteps = 400;
  std::array<Vertex, kConstants + 1> vertices;
  for (std::size_t i = 0; i <= kConstants; ++i) {
    vertices[i].point = start;
    if (i > 0) vertices[i].point[i - 1] += kEdge;
    vertices[i].value = value(vertices[i].point);
  }
  const auto better = [](const Vertex& a, const Vertex& b) { return a.value < b.value; };
  for (int step = 0; step < kMostSteps; ++step) {
    std::stable_sort(vertices.begin(), vertices.end(), better);
    Vertex& worst = vertices.back();
    if (worst.value - vertices.front().value < kFlat) break;
    Point centre{};
    for (std::size_t v = 0; v < kConstants; ++v) {
      for (std::size_t i = 0; i < kConstants; ++i) centre[i] += vertices[v].point[i] / kConstants;
    }
    const auto at = [&](double share) {
      const Point point = along(centre, worst.point, share);
      return Vertex{point, value(point)};
    };
    const Vertex reflected = at(-1);
    if (reflected.value < vertices.front().value) {
      const Vertex expanded = at(-2);
      worst = better(expanded, reflected) ? expanded : reflected;
    } else if (reflected.value < vertices[kConstants - 1].value) {
      worst = reflected;
    } else if (const Vertex contracted = at(0.5); contracted.value < worst.value) {
      worst = contracted;
    } else {
      for (std::size_t v = 1; v <= kConstants; ++v) {
        vertices[v].point = along(vertices.front().point, vertices[v].point, 0.5);
        vertices[v].value = value(vertices[v].point);
      }
    }
  }
  return *std::min_element(vertices.begin(), vertices.end(), better);
}

}  // namespace

InterconnectFit fit_interconnect(const std::vector<StepSample>& samples) {
  // link, host, peer, nic, latencies, overlap
  constexpr std::array<Point, 3> kStarts = {{{3e9, 1e11, 1e9, 1e9, 3e-5, 6e-5, 4, 0.01},
                                             {1e11, 1e10, 5e9, 1e10, 3e-5, 6e-5, 1.5, 0.01},
                                             {1e10, 3e10, 2e9, 3e9, 3e-5, 6e-5, 2, 0.01}}};
  const auto value = [&](const Point& point) { return error_of(samples, network_at(point)); };
  Vertex best;
  for (std::size_t i = 0; i < kStarts.size(); ++i) {
    const Vertex found = simplex_search(point_of(kStarts[i]), value);
    if (i == 0 || found.value < best.value) best = found;
  }
  return {network_at(best.point), best.value};
}

}  // namespace orrery
