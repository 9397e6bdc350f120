#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/flow/filling.hpp"
#include "network/flow/keyed_heap.hpp"

namespace orrery {

/// Max-min fair rates that follow the flows as they end, at the price of what really changes.
/// Flows are those of the graph, by their number there.
///
/// When flows end, progressive filling goes as it did before up to the level of the links that stopped them. From there
/// it is repeated in order of level, but only where it goes another way. A link that stopped flows at its level and is
/// not full there any more releases them; a released flow rises until a link is full or it is at its limit; a link
/// that fills up earlier than before stops flows that had more. Everything else, flows that had less and regions that
/// no change reaches, is not visited. Rates are those of a filling from nothing, but for rounding.
class FairRates {
 public:
  FairRates(FlowGraph graph, Filling filling);

  double rate(std::uint32_t flow) const { return rate_[flow]; }

  struct Change {
    std::uint32_t flow;
    double old_rate;
  };
  /// Takes `ended` out and returns whose rates differ now. The result is valid until the next call.
  std::span<const Change> remove(std::span<const std::uint32_t> ended, Work& work);

 private:
  struct Flow {
    double limit;
    std::uint32_t begin, end;   // In FlowGraph::flow_links.
    std::uint32_t changed = 0;  // The last round that let it rise or stopped it: no round does so twice.
  };
  struct Link {
    double capacity;
    double level;              // Of the flows that it stops; infinite where it stops none.
    std::uint32_t begin, end;  // In FlowGraph::link_flows; flows that ended are dropped when they are added up.
    std::uint32_t visit;       // In `visits_`, while a round has to do with it.
  };
  /// A link in a round. The rate where it will be full, were everyone else to stay as now, is (capacity - kept) /
  /// weight: exact from `threshold` to `next`, a lower bound elsewhere, because a flow may use less than it is counted
  /// for.
  struct Visit {
    std::uint32_t link;
    std::uint32_t rising;           // Flows beyond `threshold`.
    double kept;                    // What flows up to `threshold` use.
    double weight;                  // Usage of the flows beyond it.
    double most_kept, most_weight;  // The greatest they were since they were added up.
    double threshold;               // Negative: not added up yet.
    double next;                    // The least rate beyond `threshold` when it was added up.
    double key;                     // In `due_`; infinite where it is not there.
  };

  std::uint32_t visit(std::uint32_t link);
  void schedule(std::uint32_t visit, double key);
  void add_up(Visit& v);
  static void count(Visit& v, double use, double rate);
  static void uncount(Visit& v, double use, double rate);
  double share(const Visit& v) const;
  void rise(std::uint32_t flow);
  void stop(std::uint32_t flow, double rate);
  void process(std::uint32_t visit);
  void release(std::uint32_t visit);
  void saturate(std::uint32_t visit, double level);
  bool stopped_elsewhere(std::uint32_t flow) const;

  FlowGraph graph_;
  std::vector<double> rate_;  // By flow: 0 where it ended; while it rises, its limit.
  std::vector<Flow> flows_;
  std::vector<Link> links_;

  // Of one round.
  std::uint32_t round_ = 0;
  double level_ = 0;
  std::vector<Visit> visits_;
  KeyedHeap due_;  // Visits by the level at which something may happen to their link.
  std::vector<Change> changes_;
  Work* work_ = nullptr;
};

}  // namespace orrery
