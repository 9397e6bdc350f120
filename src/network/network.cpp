#include "network/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "base/thread_pool.hpp"
#include "base/unit_text.hpp"
#include "network/hierarchical.hpp"
#include "network/lower_bound.hpp"
#include "network/topology/fabric_graph.hpp"
#include "network/topology/reachability.hpp"
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
    group_.skew = spec.skew;
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
constexpr double kManyRoutes = 5e7;

InputError mistake(std::string message, std::string hint) {
  return InputError({{Severity::Error, std::move(message), {}, std::move(hint)}});
}

/// Whether groups lie differently in the scale-up domains: no one of them then stands for all.
bool straddles(const NetworkSpec& spec, const Group& group) {
  const long long domain = spec.cluster.node.scale_up_domain, stride = spec.stride, block = group.extent_chips;
  const auto divide = [](long long a, long long b) { return a % b == 0 || b % a == 0; };
  const bool one = block + stride > spec.cluster.chips && stride == 1;
  return !one && (!divide(block, domain) || (stride < domain && !divide(stride, domain)));
}

bool has_failures(const NetworkSpec& spec) {
  return spec.failed_links > 0 || spec.failed_switches > 0;
}

/// Why counting by ranges does not answer this question; empty where it does.
std::string fold_obstacle(const NetworkSpec& spec, const Group& group) {
  if (has_failures(spec)) return "parts have failed";
  if (!spec.chips.empty()) return "a file places the ranks";
  if (std::string obstacle = FoldedLoad::obstacle(spec.cluster); !obstacle.empty()) return obstacle;
  return FoldedLoad::folds(spec.cluster, group) ? "" : "groups do not fill their scale-up domains evenly";
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

/// Why the flows are too many to be followed; empty where they are not.
std::string flows_obstacle(const NetworkSpec& spec, double work) {
  const long long machine = spec.cluster.machine_chips();
  if (machine > kMostEndpoints) {
    return fmt::format("flows are followed on machines of up to {} GPUs, not {}", format_count(kMostEndpoints),
                       format_count(machine));
  }
  if (work <= most_routes(machine)) return "";
  return fmt::format("{:.2g} routes would have to be followed, at most {:.2g} are", work, most_routes(machine));
}

/// What only flows see, and formulas would leave out silently; empty where there is none.
std::string only_of_flows(const NetworkSpec& spec) {
  if (has_failures(spec)) return "failed parts";
  if (!spec.chips.empty()) return "the places in the file";
  return spec.cluster.placement.order == PlacementOrder::Packed ? "" : "places that are drawn";
}

void choose_fidelity(const NetworkSpec& spec, const Group& group, NetworkResult& result) {
  const std::string obstacle = fold_obstacle(spec, group);
  const double work = all_flow_work(spec, group);
  const std::string too_many = flows_obstacle(spec, work), asked = only_of_flows(spec);
  // Fewer draws where each is long: a large fabric averages over itself. Its graph has to be made anew each time.
  const double draw = work + 4 * static_cast<double>(spec.cluster.machine_chips());
  result.draws =
      is_drawn(spec)
          ? std::clamp(static_cast<int>(std::min(kManyRoutes, most_routes(spec.cluster.machine_chips())) / draw), 1,
                       spec.draws)
          : 1;
  result.fidelity = spec.fidelity;
  if (spec.fidelity == Fidelity::Auto) {
    if (!group.spans_domains()) {
      result.fidelity = Fidelity::Closed;
      result.why = "the group stays in a scale-up domain";
    } else if (obstacle.empty()) {
      result.fidelity = Fidelity::Folded;
      result.why = "a packed job on spread paths";
    } else if (too_many.empty() || !asked.empty()) {
      result.fidelity = Fidelity::Flows;
      result.why = obstacle;
    } else {
      result.fidelity = Fidelity::Closed;
      result.why = fmt::format("{}, and {}", obstacle, too_many);
    }
  }
  if (spec.fidelity == Fidelity::Closed && !asked.empty()) {
    throw mistake(fmt::format("formulas would leave out {}", asked), "fidelity = \"flows\" follows them");
  }
  if (result.fidelity == Fidelity::Folded && !obstacle.empty()) {
    throw mistake(fmt::format("the fabric cannot be folded here: {}", obstacle), "fidelity = \"flows\" answers");
  }
  if (result.fidelity == Fidelity::Flows && !too_many.empty()) {
    throw mistake(too_many, obstacle.empty() ? "fidelity = \"folded\" answers exactly, at once"
                            : asked.empty()  ? "smaller groups, or fidelity = \"closed\""
                                             : fmt::format("smaller groups, or do without {}", asked));
  }
  if (result.fidelity != Fidelity::Flows) result.draws = 1;
}

/// What one draw of places, hashes and failures gives; without draws, what counting or formulas give.
struct Draw {
  CostCurve curve;
  double stretch = 1;
  Seconds cut_of_a_byte;
  // Of the first draw only:
  std::vector<Bound> bounds;  ///< By payload.
  std::vector<TierLoad> tiers;
};

/// Pairs of chips that a message looks at to say how many are cut off.
constexpr std::uint64_t kPairsToCount = 1'000'000;

/// Throws where some flow that an algorithm of the collective makes has no way.
void check_ways(const NetworkSpec& spec, const NetworkGraph& graph, const FabricLoad& load, const Group& group) {
  const bool uniform = spec.collective == Collective::AllToAll;
  for (const Traffic traffic :
       {uniform ? Traffic::Uniform : Traffic::Neighbour, uniform ? Traffic::Uniform : Traffic::Tree}) {
    if (std::isfinite(load.stretch(group, traffic))) continue;
    const Reachability ways = reachability(graph, kPairsToCount);
    throw mistake(fmt::format("{} some ranks no way to each other: {:.2g} % of the pairs of chips, as {} to {}",
                              has_failures(spec) ? "the failures leave" : "the fabric leaves",
                              100.0 * static_cast<double>(ways.cut_off) / static_cast<double>(ways.pairs), ways.source,
                              ways.destination),
                  has_failures(spec) ? "fewer failed links or switches, or another --seed"
                                     : "rails = \"optimised\" joins the rails");
  }
}

/// What is down, by share.
FailedParts failed_parts(const NetworkSpec& spec) {
  FailedParts failed;
  if (!has_failures(spec)) return failed;
  const Fabric& fabric = spec.cluster.fabric;
  if (fabric.topology == FabricTopology::Torus) {
    if (spec.failed_switches > 0) throw mistake("a torus has no switches that could fail", "failed_links");
    failed.shares.push_back({0, spec.failed_links, 0});
  } else if (fabric.tiers.empty()) {
    throw mistake("the fabric says neither its tiers nor its switches: nothing of it can fail", "cluster.fabric.tiers");
  }
  for (std::size_t tier = 1; tier < fabric.tiers.size(); ++tier) {
    failed.shares.push_back({static_cast<int>(tier), spec.failed_links, spec.failed_switches});
  }
  return failed;
}

std::shared_ptr<const NetworkGraph> drawn_graph(const NetworkSpec& spec, std::uint64_t seed) {
  Diagnostics found, hinted;
  std::shared_ptr<const NetworkGraph> graph =
      build_fabric_graph(spec.cluster, spec.cluster.machine_chips(), failed_parts(spec), seed, found);
  for (const Diagnostic& d : found.all()) {
    hinted.error(d.message, d.span, d.hint.empty() ? "fidelity = \"closed\" does without the switches" : d.hint);
  }
  hinted.throw_if_errors();
  return graph;
}

/// Nothing of it outlives the draw: a graph of a million chips is large.
Draw draw_of(const NetworkSpec& spec, const Question& question, Fidelity fidelity, int number) {
  Draw draw;
  const std::uint64_t seed = draw_seed(spec.seed, static_cast<std::uint32_t>(number));
  const Group& group = question.group();
  std::shared_ptr<const FabricLoad> load;
  if (fidelity == Fidelity::Flows) {
    RankChips chips = spec.chips.empty() ? place_ranks(spec.cluster, seed) : spec.chips;
    draw.cut_of_a_byte = cut_time(spec.cluster, chips, spec.collective, group, Bytes(1));
    const std::shared_ptr<const NetworkGraph> graph = drawn_graph(spec, seed);
    const auto flows = std::make_shared<const FlowLoad>(spec.cluster, graph, std::move(chips), seed);
    if (number == 0) {
      draw.tiers = tier_loads(*graph, spec.cluster.fabric, flows->loads(group, question.traffic()).flows);
    }
    load = std::make_shared<const CachedLoad>(flows);
    check_ways(spec, *graph, *load, group);
  } else if (fidelity == Fidelity::Folded) {
    load = std::make_shared<const FoldedLoad>(spec.cluster);
  } else {
    load = std::make_shared<const ClosedFormLoad>(spec.cluster);
  }
  if (fidelity != Fidelity::Flows) {
    load = std::make_shared<const CachedLoad>(std::move(load));
    // What formulas and counts answer for is the packed job.
    draw.cut_of_a_byte = packed_cut_time(spec.cluster, spec.collective, group, Bytes(1));
  }
  draw.stretch = load->stretch(group, question.traffic());
  draw.curve = question.curve(spec.cluster, load);
  if (number == 0) {
    for (const Bytes payload : spec.payloads) draw.bounds.push_back(question.bound(payload, load));
  }
  return draw;
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

NetworkResult simulate_network(const NetworkSpec& spec) {
  ORRERY_CHECK(!spec.payloads.empty(), "a question has a payload");
  const Question question(spec);
  const Group& group = question.group();
  if (group.extent_chips > spec.cluster.chips) {
    throw mistake(fmt::format("a group of {} ranks, {} apart, is larger than the job's {} GPUs",
                              format_count(group.ranks), format_count(spec.stride), format_count(spec.cluster.chips)),
                  "group times stride is at most the number of GPUs");
  }
  if (straddles(spec, group)) {
    throw mistake(fmt::format("some groups of {} ranks, {} apart, straddle scale-up domains of {} GPUs", group.ranks,
                              spec.stride, spec.cluster.node.scale_up_domain),
                  "a group and a stride that divide the domain, or one group of all ranks; --set "
                  "cluster.node.scale_up_domain=64 leaves 8 of 72 idle");
  }
  NetworkResult result;
  result.group = group;
  result.groups = spec.cluster.chips / group.extent_chips * spec.stride;
  choose_fidelity(spec, group, result);
  // Each thread holds a graph.
  const auto most = std::max(1LL, kMostEndpoints / spec.cluster.machine_chips());
  const unsigned threads = spec.threads > 0 ? spec.threads : std::max(1U, std::thread::hardware_concurrency());
  ThreadPool pool(static_cast<unsigned>(std::min<long long>({threads, most, result.draws})));
  std::vector<Draw> draws = pool.parallel_map(static_cast<std::size_t>(result.draws), [&](std::size_t i) {
    return draw_of(spec, question, result.fidelity, static_cast<int>(i));
  });
  const Draw& first = draws.front();
  if (group.ranks > 1 && first.curve.ruling(Bytes(1)) == nullptr) {
    throw mistake(fmt::format("`{}` is no algorithm of this collective on this group", spec.algorithm),
                  "without it the cheapest is taken, and named in the answer");
  }
  result.tiers = first.tiers;
  result.collisions = hash_collisions(spec.cluster, group, question.traffic());
  const auto share = 1 / static_cast<double>(draws.size());
  result.stretch = 0;
  result.stretch_low = result.stretch_high = first.stretch;
  Seconds cut_of_a_byte = first.cut_of_a_byte;
  for (const Draw& draw : draws) {
    result.stretch += share * draw.stretch;
    result.stretch_low = std::min(result.stretch_low, draw.stretch);
    result.stretch_high = std::max(result.stretch_high, draw.stretch);
    cut_of_a_byte = min(cut_of_a_byte, draw.cut_of_a_byte);
  }
  for (std::size_t i = 0; i < spec.payloads.size(); ++i) {
    NetworkRow row;
    row.payload = spec.payloads[i];
    row.lower_bound =
        max(wire_time(spec.cluster, spec.collective, group, row.payload), cut_of_a_byte * row.payload.raw());
    // Nothing beats the wires; where a formula would, what it leaves out is at least that.
    const auto time_of = [&](const Draw& draw) { return max(draw.curve.time(row.payload), row.lower_bound); };
    row.best = row.worst = time_of(first);
    for (const Draw& draw : draws) {
      const Seconds time = time_of(draw);
      row.time += share * time;
      row.best = min(row.best, time);
      row.worst = max(row.worst, time);
    }
    if (const CostLine* line = first.curve.ruling(row.payload)) row.algorithm = line->algorithm;
    if (row.time.raw() > 0) row.algorithm_bandwidth = row.payload / row.time;
    row.bus_bandwidth = bus_factor(spec.collective, group.ranks) * row.algorithm_bandwidth;
    row.bound = first.bounds[i];
    result.rows.push_back(row);
  }
  return result;
}

}  // namespace orrery
