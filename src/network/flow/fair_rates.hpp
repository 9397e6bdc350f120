#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/flow/filling.hpp"

namespace orrery {

/// Max-min fair rates that follow the flows as they end, at the price of what really changes.
///
/// When flows end, progressive filling goes as it did before up to the level of the links that stopped them. From there
/// it is repeated in order of level, but only where it goes another way. A link that stopped flows at its level and is
/// not full there any more releases them; a released flow rises until a link is full or it is at its limit; a link
/// that fills up earlier than before stops flows that had more. Everything else, flows that had less and regions that
/// no change reaches, is not visited. Rates are those of a filling from nothing, but for rounding.
class FairRates {
 public:
  FairRates(FlowGraph graph, Filling filling);

  double rate(std::uint32_t flow) const { return flows_[flow].rate; }

  struct Change {
    std::uint32_t flow;
    double old_rate;
  };
  /// Takes `ended` out and returns whose rates differ now. The result is valid until the next call.
  std::span<const Change> remove(std::span<const std::uint32_t> ended, Work& work);

 private:
  /// Rates are 0 for a flow that ended, infinite while it rises.
  struct Flow {
    double rate;
    double limit;
    std::uint32_t begin, end;   // In FlowGraph::flow_links.
    std::uint32_t decided = 0;  // The last round that gave it a rate.
  };
  struct Link {
    double capacity;
    double level;              // Of its full flows; infinite where it stops none.
    std::uint32_t begin, end;  // In FlowGraph::link_flows; flows that ended are dropped when it is visited.
    std::uint32_t visit;       // In `visits_`, while a round has to do with it.
  };
  /// A link in a round. The rate where it will be full, were everyone else to stay as now, is (capacity - kept) /
  /// weight: exact when added up; later a lower bound, because flows that count as rising may stop earlier.
  struct Visit {
    std::uint32_t link;
    std::uint32_t rising;  // Flows beyond `threshold`.
    double kept;           // What flows up to `threshold` use.
    double weight;         // Usage of the flows beyond it.
    double weighed;        // The same when it was added up.
    double threshold;      // Negative: not added up yet.
    double key;            // Of its valid entry in the heap.
  };
  struct Entry {
    double key;
    std::uint32_t id;
    bool is_link;
    bool operator<(const Entry& other) const {
      if (key != other.key) return key > other.key;
      return is_link != other.is_link ? is_link : id > other.id;
    }
  };

  Visit& visit(std::uint32_t link);
  void schedule(Visit& v, double key);
  void add_up(Visit& v);
  double share(const Visit& v) const;
  void rise(std::uint32_t flow);
  void stop(std::uint32_t flow, double rate);
  void release(std::uint32_t link);
  void saturate(std::uint32_t link, double level);
  void process(Visit& v, double key);
  bool stopped_elsewhere(const Flow& flow) const;

  FlowGraph graph_;
  std::vector<Flow> flows_;
  std::vector<Link> links_;

  std::uint32_t round_ = 0;
  double level_ = 0;
  std::vector<Visit> visits_;
  std::vector<Entry> heap_;
  std::vector<Change> changes_;
  Work* work_ = nullptr;
};

}  // namespace orrery
