#include "network/flow/filling.hpp"

#include <algorithm>
#include <limits>

namespace orrery {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr double kRising = -1;  // The rate of a flow that was not stopped yet.
constexpr double kLeastPart = 1e-3;

/// Rates rise together until a link is full; what each link has left is kept up to date as flows stop.
class Fill {
 public:
  Fill(const FlowGraph& graph, Work& work) : graph_(graph), work_(work), state_(graph.links()) {
    result_.rate.assign(graph.flows(), kRising);
    result_.level.assign(graph.links(), kInfinite);
    heap_.reserve(graph.links());
    for (std::uint32_t l = 0; l < graph.links(); ++l) {
      LinkState& link = state_[l];
      link.left = graph.capacity[l];
      link.rising = graph.link_offsets[l + 1] - graph.link_offsets[l];
      weigh(l);
      heap_.push_back({link.left / link.weight, l});
    }
    std::make_heap(heap_.begin(), heap_.end());
  }

  std::optional<Filling> run() {
    const std::vector<std::uint32_t> order = flows_by_limit();
    std::size_t next = 0;  // In `order`.
    while (!heap_.empty() && !work_.spent()) {
      const Entry top = heap_.front();
      // Flows whose limit comes before the next link.
      if (next < order.size() && graph_.limit(order[next]) <= top.share) {
        const std::uint32_t f = order[next++];
        if (result_.rate[f] == kRising) stop(f, graph_.limit(f));
        continue;
      }
      std::pop_heap(heap_.begin(), heap_.end());
      heap_.pop_back();
      const LinkState& link = state_[top.link];
      if (link.rising == 0) continue;
      // Since it was pushed, flows may have stopped below its share, which left more for the others: never less.
      const double share = std::max(level_, link.left / link.weight);
      if (share > top.share) {
        heap_.push_back({share, top.link});
        std::push_heap(heap_.begin(), heap_.end());
        continue;
      }
      level_ = share;
      result_.level[top.link] = share;
      for (std::uint32_t i = graph_.link_offsets[top.link]; i < graph_.link_offsets[top.link + 1]; ++i)
        if (const std::uint32_t f = graph_.link_flows[i]; result_.rate[f] == kRising) stop(f, share);
    }
    if (work_.spent()) return std::nullopt;
    for (std::size_t f = 0; f < graph_.flows(); ++f)
      if (result_.rate[f] == kRising) result_.rate[f] = graph_.limit(f);
    return std::move(result_);
  }

 private:
  struct LinkState {
    double left = 0;           // Capacity that stopped flows leave.
    double weight = 0;         // Usage of the flows that rise.
    double weighed = 0;        // The same when it was last added up.
    std::uint32_t rising = 0;  // Their number: says exactly when there are none.
  };
  struct Entry {
    double share;
    std::uint32_t link;
    // The heap has its greatest on top: the least share, then the least number.
    bool operator<(const Entry& other) const { return share != other.share ? share > other.share : link > other.link; }
  };

  /// Flows that have a limit, the least first.
  std::vector<std::uint32_t> flows_by_limit() const {
    std::vector<std::uint32_t> order;
    bool sorted = true;
    for (std::uint32_t f = 0; f < graph_.flows(); ++f) {
      if (graph_.limit(f) == kInfinite) continue;
      sorted = sorted && (order.empty() || graph_.limit(order.back()) <= graph_.limit(f));
      order.push_back(f);
    }
    if (!sorted)
      std::stable_sort(order.begin(), order.end(),
                       [&](std::uint32_t a, std::uint32_t b) { return graph_.limit(a) < graph_.limit(b); });
    return order;
  }

  void weigh(std::uint32_t l) {
    LinkState& link = state_[l];
    link.weight = 0;
    for (std::uint32_t i = graph_.link_offsets[l]; i < graph_.link_offsets[l + 1]; ++i)
      if (result_.rate[graph_.link_flows[i]] == kRising) link.weight += graph_.link_use(i);
    link.weighed = link.weight;
    work_.done += graph_.link_offsets[l + 1] - graph_.link_offsets[l];
  }

  void stop(std::uint32_t f, double rate) {
    result_.rate[f] = rate;
    work_.done += graph_.flow_offsets[f + 1] - graph_.flow_offsets[f];
    for (std::uint32_t i = graph_.flow_offsets[f]; i < graph_.flow_offsets[f + 1]; ++i) {
      LinkState& link = state_[graph_.flow_links[i]];
      const double use = graph_.flow_use(i);
      link.left -= use * rate;
      link.weight -= use;
      --link.rising;
      // What is left of a sum has the rounding of all of it: add up anew before that counts.
      if (link.weight < link.weighed * kLeastPart && link.rising > 0) weigh(graph_.flow_links[i]);
    }
  }

  const FlowGraph& graph_;
  Work& work_;
  std::vector<LinkState> state_;
  std::vector<Entry> heap_;
  Filling result_;
  double level_ = 0;
};

}  // namespace

std::optional<Filling> fill(const FlowGraph& graph, Work& work) {
  return Fill(graph, work).run();
}

}  // namespace orrery
