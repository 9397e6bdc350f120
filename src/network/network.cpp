#include "network/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "base/check.hpp"
#include "network/hierarchical.hpp"
#include "network/lower_bound.hpp"
#include "network/topology/fabric_graph.hpp"
#include "network/traffic/flow_load.hpp"
#include "network/traffic/folded_load.hpp"
#include "network/traffic/loads.hpp"

namespace orrery {
namespace {

/// One question, ready to be asked of one load of the fabric after another.
class Question {
 public:
  explicit Question(const NetworkSpec& spec)
      : spec_(spec),
        group_(strided_group(spec.group > 0 ? spec.group : spec.cluster.chips, spec.stride, spec.cluster.node)) {
    const CostCurve idle = curve(spec_.cluster, std::make_shared<const FixedLoad>(1));
    const CostLine* line = idle.ruling(*std::max_element(spec_.payloads.begin(), spec_.payloads.end()));
    if (line != nullptr) traffic_ = traffic_of(line->algorithm);
  }

  const Group& group() const { return group_; }
  /// Of the line that rules the longest payload on an idle fabric: whose load on the fabric is told.
  Traffic traffic() const { return traffic_; }

  CostCurve curve(const Cluster& cluster, std::shared_ptr<const FabricLoad> load) const {
    return HierarchicalModel(cluster, std::move(load)).curve_of(spec_.collective, group_, spec_.algorithm);
  }

  /// What shortens a payload most when it is taken away.
  Bound bound(Bytes payload, const std::shared_ptr<const FabricLoad>& load) const {
    const CostCurve now = curve(spec_.cluster, load);
    const CostLine* line = now.ruling(payload);
    if (line == nullptr || line->latency > 0.5 * now.time(payload)) return Bound::Latency;
    constexpr double kMuch = 1e3;
    Cluster inside = spec_.cluster, outside = spec_.cluster;
    inside.node.scale_up_bandwidth *= kMuch;
    outside.node.scale_out_bandwidth *= kMuch;
    if (curve(inside, load).time(payload) <= curve(outside, load).time(payload)) return Bound::ScaleUp;
    return load->stretch(group_, traffic_of(line->algorithm)) > 1 + 1e-9 ? Bound::Fabric : Bound::Nic;
  }

 private:
  const NetworkSpec& spec_;
  Group group_;
  Traffic traffic_ = Traffic::Neighbour;
};

/// Routes that all draws together may look up before there are fewer of them: a few seconds.
constexpr double kManyRoutes = 1e8;

InputError mistake(std::string message, std::string hint) {
  return InputError({{Severity::Error, std::move(message), {}, std::move(hint)}});
}

bool has_failures(const NetworkSpec& spec) {
  return spec.failed_links > 0 || spec.failed_switches > 0;
}

/// Why counting by ranges does not answer this question; empty where it does.
std::string fold_obstacle(const NetworkSpec& spec, const Group& group) {
  if (has_failures(spec)) return "parts have failed";
  if (!spec.chips.empty()) return "a file places the ranks";
  if (group.ranks % group.ranks_per_domain != 0 && spec.collective != Collective::AllToAll) {
    return "the last scale-up domain of a group is not full";
  }
  return FoldedLoad::obstacle(spec.cluster);
}

/// Route look-ups of a question, for every traffic that its algorithms make.
double all_flow_work(const NetworkSpec& spec, const Group& group) {
  if (spec.collective == Collective::AllToAll) return flow_work(spec.cluster, group, Traffic::Uniform);
  return flow_work(spec.cluster, group, Traffic::Neighbour) + flow_work(spec.cluster, group, Traffic::Tree);
}

bool is_drawn(const NetworkSpec& spec) {
  const bool drawn_place = spec.chips.empty() && spec.cluster.placement.order != PlacementOrder::Packed;
  return has_failures(spec) || drawn_place || spec.cluster.fabric.routing == Routing::Ecmp;
}

void choose_fidelity(const NetworkSpec& spec, const Group& group, NetworkResult& result) {
  const std::string obstacle = fold_obstacle(spec, group);
  const double work = all_flow_work(spec, group);
  // Fewer draws where each is long: a large fabric averages over itself.
  result.draws = is_drawn(spec) ? std::clamp(static_cast<int>(kManyRoutes / std::max(1.0, work)), 1, spec.draws) : 1;
  result.fidelity = spec.fidelity;
  if (spec.fidelity == Fidelity::Auto) {
    if (!group.spans_domains()) {
      result.fidelity = Fidelity::Closed;
      result.why = "the group stays in a scale-up domain";
    } else if (obstacle.empty()) {
      result.fidelity = Fidelity::Folded;
      result.why = "a packed job on spread paths";
    } else if (work <= kMostRoutes) {
      result.fidelity = Fidelity::Flows;
      result.why = obstacle;
    } else {
      result.fidelity = Fidelity::Closed;
      result.why = fmt::format("{}, and {:.1g} routes are too many to follow", obstacle, work);
    }
  }
  if (result.fidelity == Fidelity::Folded && !obstacle.empty()) {
    throw mistake(fmt::format("the fabric cannot be folded here: {}", obstacle), "fidelity = \"flows\" answers");
  }
  if (result.fidelity == Fidelity::Flows && work > kMostRoutes) {
    throw mistake(fmt::format("{:.1g} routes would have to be followed, at most {:.0g} are", work, kMostRoutes),
                  obstacle.empty() ? "fidelity = \"folded\" answers exactly, at once"
                                   : "fewer draws, smaller groups, or fidelity = \"closed\"");
  }
  if (result.fidelity != Fidelity::Flows) result.draws = 1;
}

/// The ranks' chips in one draw.
RankChips places_of(const NetworkSpec& spec, int draw) {
  return spec.chips.empty() ? place_ranks(spec.cluster, spec.seed + static_cast<std::uint64_t>(draw)) : spec.chips;
}

/// The fabric's load in one draw of places, hashes and failures.
std::shared_ptr<const FabricLoad> drawn_load(const NetworkSpec& spec, const Question& question, int draw,
                                             NetworkResult& result) {
  const std::uint64_t seed = spec.seed + static_cast<std::uint64_t>(draw);
  FailedParts failed;
  if (has_failures(spec)) {
    for (std::size_t tier = 1; tier < spec.cluster.fabric.tiers.size(); ++tier) {
      failed.shares.push_back({static_cast<int>(tier), spec.failed_links, spec.failed_switches});
    }
  }
  Diagnostics diagnostics;
  std::shared_ptr<const NetworkGraph> graph =
      build_fabric_graph(spec.cluster, spec.cluster.machine_chips(), failed, seed, diagnostics);
  diagnostics.throw_if_errors();
  auto load = std::make_shared<const FlowLoad>(spec.cluster, graph, places_of(spec, draw), seed);
  if (draw == 0) {
    result.tiers = tier_loads(*graph, spec.cluster.fabric, load->loads(question.group(), question.traffic()).flows);
  }
  return std::make_shared<const CachedLoad>(std::move(load));
}

std::vector<std::shared_ptr<const FabricLoad>> fabric_loads(const NetworkSpec& spec, const Question& question,
                                                            NetworkResult& result) {
  switch (result.fidelity) {
    case Fidelity::Closed:
    case Fidelity::Auto:
      return {std::make_shared<const ClosedFormLoad>(spec.cluster)};
    case Fidelity::Folded:
      return {std::make_shared<const CachedLoad>(std::make_shared<const FoldedLoad>(spec.cluster))};
    case Fidelity::Flows:
      break;
  }
  std::vector<std::shared_ptr<const FabricLoad>> loads;
  for (int draw = 0; draw < result.draws; ++draw) {
    loads.push_back(drawn_load(spec, question, draw, result));
    if (!std::isfinite(loads.back()->stretch(question.group(), question.traffic()))) {
      throw mistake("the failures leave some ranks no way to each other", "fewer failed links or switches");
    }
  }
  return loads;
}

}  // namespace

const char* fidelity_name(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::Auto:
      return "auto";
    case Fidelity::Closed:
      return "closed";
    case Fidelity::Folded:
      return "folded";
    case Fidelity::Flows:
      return "flows";
  }
  ORRERY_CHECK(false, "every fidelity has a name");
}

const char* bound_name(Bound bound) {
  switch (bound) {
    case Bound::Latency:
      return "latency";
    case Bound::ScaleUp:
      return "scale-up links";
    case Bound::Nic:
      return "NICs";
    case Bound::Fabric:
      return "fabric";
  }
  ORRERY_CHECK(false, "every bound has a name");
}

double bus_factor(Collective collective, double ranks) {
  switch (collective) {
    case Collective::AllReduce:
      return 2 * (ranks - 1) / ranks;
    case Collective::AllGather:
    case Collective::ReduceScatter:
    case Collective::AllToAll:
      return (ranks - 1) / ranks;
    case Collective::Broadcast:
    case Collective::SendReceive:
      return 1;
  }
  ORRERY_CHECK(false, "every collective has a bus bandwidth");
}

NetworkResult simulate_network(const NetworkSpec& spec) {
  ORRERY_CHECK(!spec.payloads.empty(), "a question has a payload");
  const Question question(spec);
  const Group& group = question.group();
  if (group.extent_chips > spec.cluster.chips) {
    throw mistake(fmt::format("a group of {} ranks, {} apart, is larger than the job's {} GPUs", group.ranks,
                              spec.stride, spec.cluster.chips),
                  "group times stride is at most the number of GPUs");
  }
  NetworkResult result;
  result.group = group;
  result.groups = spec.cluster.chips / group.extent_chips * spec.stride;
  choose_fidelity(spec, group, result);
  const auto loads = fabric_loads(spec, question, result);
  std::vector<RankChips> places;
  for (int draw = 0; draw < result.draws; ++draw) places.push_back(places_of(spec, draw));

  std::vector<CostCurve> curves;
  double sum = 0;
  for (const auto& load : loads) {
    curves.push_back(question.curve(spec.cluster, load));
    const double stretch = load->stretch(group, question.traffic());
    sum += stretch;
    result.stretch_low = curves.size() == 1 ? stretch : std::min(result.stretch_low, stretch);
    result.stretch_high = std::max(result.stretch_high, stretch);
  }
  result.stretch = sum / static_cast<double>(loads.size());
  if (group.ranks > 1 && curves.front().ruling(Bytes(1)) == nullptr) {
    throw mistake(fmt::format("`{}` is no algorithm of this collective on this group", spec.algorithm),
                  "without it the cheapest is taken, and named in the answer");
  }
  for (const Bytes payload : spec.payloads) {
    NetworkRow row;
    row.payload = payload;
    row.best = row.worst = curves.front().time(payload);
    for (const CostCurve& curve : curves) {
      const Seconds time = curve.time(payload);
      row.time += time / static_cast<double>(curves.size());
      row.best = min(row.best, time);
      row.worst = max(row.worst, time);
    }
    if (const CostLine* line = curves.front().ruling(payload)) row.algorithm = line->algorithm;
    if (row.time.raw() > 0) row.algorithm_bandwidth = payload / row.time;
    row.bus_bandwidth = bus_factor(spec.collective, group.ranks) * row.algorithm_bandwidth;
    row.lower_bound = cut_time(spec.cluster, places.front(), spec.collective, group, payload);
    for (const RankChips& chips : places) {
      row.lower_bound = min(row.lower_bound, cut_time(spec.cluster, chips, spec.collective, group, payload));
    }
    row.lower_bound = max(row.lower_bound, wire_time(spec.cluster, spec.collective, group, payload));
    row.bound = question.bound(payload, loads.front());
    result.rows.push_back(row);
  }
  return result;
}

}  // namespace orrery
