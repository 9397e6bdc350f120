#include "network/flow/refine.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

namespace orrery {
namespace {

using Colour = std::uint64_t;

/// A bijection of 64 bits that spreads every bit (Steele, Lea and Flood 2014, "SplitMix64").
Colour mix(Colour x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

Colour mix(Colour a, Colour b) {
  return mix(mix(a) + b);
}

Colour mix(Colour a, double b) {
  return mix(a, std::bit_cast<Colour>(b));
}

/// Numbers in the order in which colours appear. Open addressing: this runs every round, over every flow and link.
class Numbering {
 public:
  explicit Numbering(std::size_t most) : slots_(std::bit_ceil(2 * most + 2)) {}

  std::uint32_t number(Colour colour) {
    for (std::size_t at = colour & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[at];
      if (slot.number == kEmpty) slot = {colour, count_++};
      if (slot.colour == colour) return slot.number;
    }
  }
  std::uint32_t count() const { return count_; }

 private:
  static constexpr std::uint32_t kEmpty = UINT32_MAX;
  struct Slot {
    Colour colour = 0;
    std::uint32_t number = kEmpty;
  };
  std::vector<Slot> slots_;
  std::uint32_t count_ = 0;
};

struct Classes {
  std::vector<std::uint32_t> of;       // By flow, or by link.
  std::vector<std::uint32_t> members;  // By class.
};

Classes classes(const std::vector<Colour>& colours, const std::vector<bool>& counts) {
  Numbering numbering(colours.size());
  Classes result;
  result.of.assign(colours.size(), FoldedFlows::kUnusedLink);
  for (std::size_t i = 0; i < colours.size(); ++i) {
    if (!counts[i]) continue;
    result.of[i] = numbering.number(colours[i]);
    if (result.of[i] == result.members.size()) result.members.push_back(0);
    ++result.members[result.of[i]];
  }
  return result;
}

template <class T>
void sort_unique(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

struct Partition {
  Classes flows, links;
};

Partition refine(const FlowProblem& problem, const std::vector<bool>& used, Colour seed) {
  const std::vector<bool> all(problem.flows(), true);
  std::vector<Colour> flows(problem.flows()), links(problem.capacity.size()), sums(links.size());
  for (std::size_t f = 0; f < flows.size(); ++f) flows[f] = mix(seed, problem.bytes[f]);
  for (std::size_t l = 0; l < links.size(); ++l) links[l] = mix(seed, problem.capacity[l]);
  Partition partition{classes(flows, all), classes(links, used)};
  std::vector<Colour> meets;
  for (;;) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t f = 0; f < flows.size(); ++f)
      for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i)
        sums[problem.links[i]] += mix(flows[f], problem.use(i));
    for (std::size_t l = 0; l < links.size(); ++l) links[l] = mix(links[l], sums[l]);
    for (std::size_t f = 0; f < flows.size(); ++f) {
      meets.clear();
      for (const std::uint32_t l : problem.path(f)) meets.push_back(links[l]);
      sort_unique(meets);
      for (const Colour link : meets) flows[f] = mix(flows[f], link);
    }
    Partition finer{classes(flows, all), classes(links, used)};
    const bool stable = finer.flows.members.size() == partition.flows.members.size() &&
                        finer.links.members.size() == partition.links.members.size();
    partition = std::move(finer);
    if (stable) return partition;
  }
}

/// The flows of a link: their classes and how much each uses it, in order.
using Neighbours = std::vector<std::pair<std::uint32_t, double>>;

/// Calls `visit(link, neighbours)` for each link that is used.
template <class Visit>
void for_each_link(const FlowProblem& problem, const Partition& partition, Visit visit) {
  std::vector<std::uint32_t> start(problem.capacity.size() + 1);
  for (const std::uint32_t l : problem.links) ++start[l + 1];
  std::partial_sum(start.begin(), start.end(), start.begin());
  Neighbours neighbours(problem.links.size());
  std::vector<std::uint32_t> next(start.begin(), start.end() - 1);
  for (std::size_t f = 0; f < problem.flows(); ++f)
    for (std::uint32_t i = problem.offsets[f]; i < problem.offsets[f + 1]; ++i)
      neighbours[next[problem.links[i]]++] = {partition.flows.of[f], problem.use(i)};
  Neighbours of_link;
  for (std::uint32_t l = 0; l + 1 < start.size(); ++l) {
    if (start[l] == start[l + 1]) continue;
    of_link.assign(neighbours.begin() + start[l], neighbours.begin() + start[l + 1]);
    std::sort(of_link.begin(), of_link.end());
    visit(l, of_link);
  }
}

/// Whether members of each class are alike in every way, whatever their hashes say. Fills the folded problem.
bool fold_exactly(const FlowProblem& problem, const Partition& partition, FlowProblem& folded) {
  bool alike = true;

  // Links: the neighbours of each class's first member, and the same of all others.
  std::vector<Neighbours> of_class(partition.links.members.size());
  folded.capacity.assign(of_class.size(), 0.0);
  for_each_link(problem, partition, [&](std::uint32_t l, const Neighbours& neighbours) {
    const std::uint32_t c = partition.links.of[l];
    if (of_class[c].empty()) {
      of_class[c] = neighbours;
      folded.capacity[c] = problem.capacity[l];
    } else {
      alike = alike && of_class[c] == neighbours && folded.capacity[c] == problem.capacity[l];
    }
  });

  const std::size_t flow_classes = partition.flows.members.size();
  std::vector<std::vector<std::uint32_t>> of_flow(flow_classes);
  std::vector<bool> seen(flow_classes);
  folded.bytes.assign(flow_classes, 0.0);
  std::vector<std::uint32_t> meets;
  for (std::size_t f = 0; f < problem.flows(); ++f) {
    const std::uint32_t c = partition.flows.of[f];
    meets.clear();
    for (const std::uint32_t l : problem.path(f)) meets.push_back(partition.links.of[l]);
    sort_unique(meets);
    if (!seen[c]) {
      seen[c] = true;
      of_flow[c] = meets;
      folded.bytes[c] = problem.bytes[f];
    } else {
      alike = alike && of_flow[c] == meets && folded.bytes[c] == problem.bytes[f];
    }
  }
  if (!alike) return false;

  // What one byte of every flow of a class puts on one link of a class.
  std::vector<Neighbours> paths(flow_classes);
  for (std::uint32_t c = 0; c < of_class.size(); ++c) {
    for (const auto& [flow, use] : of_class[c]) {
      if (paths[flow].empty() || paths[flow].back().first != c) paths[flow].emplace_back(c, 0.0);
      paths[flow].back().second += use;
    }
  }
  for (const Neighbours& path : paths) {
    for (const auto& [link, use] : path) {
      folded.links.push_back(link);
      folded.usage.push_back(use);
    }
    folded.offsets.push_back(static_cast<std::uint32_t>(folded.links.size()));
  }
  return true;
}

}  // namespace

std::vector<double> FoldedFlows::by_flow(const std::vector<double>& of_class) const {
  std::vector<double> values(flow_class.size());
  for (std::size_t f = 0; f < values.size(); ++f) values[f] = of_class[flow_class[f]];
  return values;
}

FoldedFlows fold(const FlowProblem& problem) {
  std::vector<bool> used(problem.capacity.size());
  for (const std::uint32_t l : problem.links) used[l] = true;
  for (Colour seed = 0;; ++seed) {
    Partition partition = refine(problem, used, seed);
    FlowProblem folded;
    // Colours of unlike members are equal once in 10^6 problems of a million flows: then others are drawn.
    if (!fold_exactly(problem, partition, folded)) continue;
    return {std::move(folded), std::move(partition.flows.of), std::move(partition.flows.members),
            std::move(partition.links.of), std::move(partition.links.members)};
  }
}

}  // namespace orrery
