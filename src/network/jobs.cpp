#include "network/jobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>

#include "base/check.hpp"
#include "base/random.hpp"
#include "base/unit_text.hpp"
#include "network/flow/completion.hpp"
#include "network/flow/max_min.hpp"
#include "network/flow/refine.hpp"
#include "network/hierarchical.hpp"
#include "network/network_fields.hpp"
#include "network/tier_load.hpp"
#include "network/topology/fabric_graph.hpp"
#include "network/traffic/flow_load.hpp"
#include "network/traffic/link_load.hpp"
#include "network/traffic/loads.hpp"

namespace orrery {
namespace {

/// Visits of flows on links that one answer may take: some ten seconds.
constexpr std::uint64_t kMostVisits = 1'000'000'000;

/// Gives each job its nodes, in the order of the jobs.
class Scheduler {
 public:
  Scheduler(const Cluster& cluster, std::uint64_t seed)
      : unit_(std::max(cluster.node.chips, cluster.node.scale_up_domain)),
        seed_(seed),
        free_(static_cast<std::size_t>(cluster.machine_chips() / unit_)) {
    std::iota(free_.begin(), free_.end(), 0U);
  }

  /// Empty where too few nodes are free.
  RankChips place(const NetworkJob& job, std::uint32_t number) {
    const auto wanted = static_cast<std::size_t>((job.chips + unit_ - 1) / unit_);
    if (wanted > free_.size()) return {};
    if (job.order != PlacementOrder::Packed) {
      Rng rng = Rng::stream(seed_, "network/jobs", number);
      for (std::size_t i = 0; i < wanted; ++i) std::swap(free_[i], free_[i + rng.below(free_.size() - i)]);
      if (job.order == PlacementOrder::Rail) std::sort(free_.begin(), free_.begin() + static_cast<long>(wanted));
    }
    RankChips chips;
    chips.reserve(static_cast<std::size_t>(job.chips));
    for (long long rank = 0; rank < job.chips; ++rank) {
      chips.push_back(static_cast<std::uint32_t>(free_[static_cast<std::size_t>(rank / unit_)] * unit_ + rank % unit_));
    }
    free_.erase(free_.begin(), free_.begin() + static_cast<long>(wanted));
    std::sort(free_.begin(), free_.end());
    return chips;
  }

 private:
  long long unit_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> free_;
};

/// A job as its flows see it.
struct PlacedJob {
  Cluster cluster;  ///< As large as the job.
  Group group;
  GroupTiling tiling;
  RankChips chips;
  Traffic traffic = Traffic::Neighbour;
  double flow_bytes = 0;
  std::size_t first_flow = 0, flows = 0;
  double busiest_endpoint = 0;  ///< Flows.
  Seconds extra_latency;        ///< What the way between members adds.
};

std::unique_ptr<FabricGraph> fabric_graph(const Cluster& cluster, std::uint64_t seed) {
  if (cluster.machine_chips() > kMostEndpoints) {
    throw InputError(fmt::format("jobs are followed on machines of up to {} GPUs, not {}", format_count(kMostEndpoints),
                                 format_count(cluster.machine_chips())),
                     {}, "--machine says how many GPUs the machine has");
  }
  Diagnostics diagnostics;
  auto graph = build_fabric_graph(cluster, cluster.machine_chips(), {}, seed, diagnostics);
  diagnostics.throw_if_errors();
  return graph;
}

CostCurve curve(const PlacedJob& job, Collective collective, double stretch) {
  return HierarchicalModel(job.cluster, std::make_shared<const FixedLoad>(stretch, job.extra_latency))
      .curve(collective, job.group);
}

/// Bytes of one flow along an edge of the algorithm: see for_each_flow.
double bytes_of_flow(const NetworkJob& job, const PlacedJob& placed) {
  const double ranks = placed.group.ranks, members = placed.group.ranks_per_domain, payload = job.bytes.raw();
  switch (placed.traffic) {
    case Traffic::Neighbour:
      return job.collective == Collective::SendReceive ? payload
                                                       : bus_factor(job.collective, ranks) * payload / members;
    case Traffic::Tree:
      return payload / 2 / members;
    case Traffic::Uniform:
      return payload / ranks;
  }
  ORRERY_CHECK(false, "every traffic has bytes");
}

class Together {
 public:
  Together(const Cluster& cluster, const std::vector<NetworkJob>& jobs, std::uint64_t seed)
      : cluster_(cluster), jobs_(jobs), seed_(seed), graph_(fabric_graph(cluster, seed)) {
    place(seed);
    add_flows(seed);
  }

  JobsResult result() const {
    const FoldedFlows folded = fold(problem_);
    const std::vector<double> rates = max_min_rates(folded.problem);
    const auto times = finish_times(folded.problem, {kMostVisits});
    if (!times) {
      throw InputError("the jobs' flows meet each other too often to be followed to their ends", {},
                       "fewer jobs at random places, or smaller ones");
    }
    ORRERY_CHECK(times->makespan >= makespan_bound(folded.problem) * (1 - 1e-9), "no jobs beat their busiest link");
    JobsResult result;
    result.flows = problem_.flows();
    result.classes = folded.problem.flows();
    for (std::size_t j = 0; j < jobs_.size(); ++j) {
      const PlacedJob& job = placed_[j];
      JobResult r;
      double slowest = std::numeric_limits<double>::infinity(), last = 0;
      for (std::size_t f = job.first_flow; f < job.first_flow + job.flows; ++f) {
        slowest = std::min(slowest, rates[folded.flow_class[f]]);
        last = std::max(last, times->finish[folded.flow_class[f]]);
      }
      if (job.flows > 0) {
        // What the busiest chip's NIC alone would take.
        const double ideal = job.busiest_endpoint * job.flow_bytes / nic().raw();
        r.stretch_alone = alone(job);
        r.stretch_together = last / ideal;
        // Each of a pair's connections has its share of the bytes.
        r.stretch_steady = job.flow_bytes / cluster_.fabric.flows_per_connection / slowest / ideal;
      }
      const auto time = [&](double stretch) { return curve(job, jobs_[j].collective, stretch).time(jobs_[j].bytes); };
      r.alone = time(r.stretch_alone);
      r.together = time(r.stretch_together);
      r.steady = time(r.stretch_steady);
      const CostCurve now = curve(job, jobs_[j].collective, r.stretch_steady);
      if (const CostLine* line = now.ruling(jobs_[j].bytes)) r.algorithm = line->algorithm;
      result.jobs.push_back(r);
    }
    result.tiers = tier_loads(*graph_, cluster_.fabric, link_bytes());
    return result;
  }

 private:
  BytesPerSecond nic() const { return cluster_.node.scale_out_bandwidth * cluster_.fabric.efficiency; }

  void place(std::uint64_t seed) {
    Scheduler scheduler(cluster_, seed);
    std::vector<Diagnostic> mistakes;
    double flows = 0;
    for (std::size_t j = 0; j < jobs_.size(); ++j) {
      const NetworkJob& job = jobs_[j];
      PlacedJob placed;
      placed.cluster = cluster_;
      placed.cluster.chips = job.chips;
      placed.cluster.placement = {};
      placed.group = strided_group(job.group > 0 ? job.group : job.chips, job.stride, cluster_.node);
      if (placed.group.extent_chips > job.chips) {
        mistakes.push_back({Severity::Error,
                            fmt::format("job {}: a group of {} ranks, {} apart, is larger than its {} GPUs", job.name,
                                        placed.group.ranks, job.stride, job.chips),
                            {},
                            ""});
        continue;
      }
      placed.tiling = group_tiling(placed.cluster, placed.group);
      placed.chips = scheduler.place(job, static_cast<std::uint32_t>(j));
      if (placed.chips.empty()) {
        mistakes.push_back({Severity::Error,
                            fmt::format("job {} does not fit: its {} GPUs are more than the others leave of {}",
                                        job.name, job.chips, cluster_.machine_chips()),
                            {},
                            "--machine says how many chips the machine has"});
        continue;
      }
      const CostCurve idle = curve(placed, job.collective, 1);
      if (const CostLine* line = idle.ruling(job.bytes)) placed.traffic = traffic_of(line->algorithm);
      placed.flow_bytes = bytes_of_flow(job, placed);
      placed.extra_latency =
          FlowLoad(placed.cluster, graph_, placed.chips, seed_).extra_latency(placed.group, placed.traffic);
      flows += flow_count(placed.tiling, placed.traffic) * cluster_.fabric.flows_per_connection;
      placed_.push_back(std::move(placed));
    }
    if (flows > kMostFlows) {
      mistakes.push_back({Severity::Error,
                          fmt::format("the jobs make {:.2g} flows; at most {:.2g} are followed", flows, kMostFlows),
                          {},
                          "smaller jobs, or smaller groups in the all-to-alls"});
    }
    if (!mistakes.empty()) throw InputError(std::move(mistakes));
  }

  void add_flows(std::uint64_t seed) {
    for (const NetworkLink& link : graph_->links()) problem_.capacity.push_back(link.capacity.raw());
    const int connections = cluster_.fabric.flows_per_connection;
    std::vector<RouteHop> way;
    std::vector<std::uint32_t> sent(graph_->endpoints()), received(graph_->endpoints());
    for (PlacedJob& job : placed_) {
      job.first_flow = problem_.flows();
      for_each_flow(job.tiling, job.traffic, [&](std::uint32_t source, std::uint32_t destination) {
        const std::uint32_t to = job.chips[destination], from = graph_->nic_of(job.chips[source], to);
        job.busiest_endpoint = std::max<double>({job.busiest_endpoint, ++sent[from] * 1.0, ++received[to] * 1.0});
        for (int c = 0; c < connections; ++c) {
          way.clear();
          const bool reached = graph_->route(from, to, seed + static_cast<std::uint64_t>(c), way);
          if (!reached) {
            throw InputError("the fabric leaves some ranks no way to each other", {},
                             "rails = \"optimised\" joins the rails");
          }
          if (problem_.links.size() > kMostHops) {
            throw InputError(fmt::format("the jobs' flows pass more than the {} links that are followed",
                                         format_count(static_cast<long long>(kMostHops))),
                             {}, "smaller jobs, or smaller groups in the all-to-alls");
          }
          for (const RouteHop& hop : way) {
            problem_.links.push_back(hop.link);
            problem_.usage.push_back(hop.share);
          }
          problem_.offsets.push_back(static_cast<std::uint32_t>(problem_.links.size()));
          problem_.bytes.push_back(job.flow_bytes / connections);
        }
      });
      job.flows = problem_.flows() - job.first_flow;
    }
  }

  /// Of a job by itself: see stretch_of_loads.
  double alone(const PlacedJob& job) const {
    const LinkLoads loads =
        link_loads(*graph_, job.chips, job.tiling, job.traffic, cluster_.fabric.flows_per_connection, seed_);
    return stretch_of_loads(*graph_, loads, nic()).stretch;
  }

  std::vector<double> link_bytes() const {
    std::vector<double> bytes(problem_.capacity.size());
    for (std::size_t f = 0; f < problem_.flows(); ++f) {
      for (std::size_t at = problem_.offsets[f]; at < problem_.offsets[f + 1]; ++at) {
        bytes[problem_.links[at]] += problem_.usage[at] * problem_.bytes[f];
      }
    }
    return bytes;
  }

  const Cluster& cluster_;
  const std::vector<NetworkJob>& jobs_;
  std::uint64_t seed_;
  std::shared_ptr<const FabricGraph> graph_;
  std::vector<PlacedJob> placed_;
  FlowProblem problem_;
};

}  // namespace

const Schema<NetworkJobs>& network_jobs_schema() {
  static const Schema<NetworkJob> job = [] {
    using J = NetworkJob;
    Schema<J> s("job", "A job that shares the fabric with others.");
    s.text("name", &J::name, {.help = "What answers call it.", .example = "pretraining"})
        .integer("gpus", &J::chips,
                 {.help = "Its ranks, one a GPU.", .example = "1024", .minimum = 1, .maximum = 1e8, .required = true});
    add_collective_fields(s);
    s.choice("place", &J::order,
             {{"packed", PlacementOrder::Packed, "The first nodes that are free."},
              {"random", PlacementOrder::Random, "Any free nodes, in random order."},
              {"rail", PlacementOrder::Rail, "The same, with ranks in the machine's order."}},
             {.help = "Which free nodes it gets; jobs are placed in the order of the file.", .example = "random"});
    return s;
  }();
  static const Schema<NetworkJobs> schema = [] {
    Schema<NetworkJobs> s("jobs", "Jobs that communicate at the same time.");
    s.list("job", &NetworkJobs::jobs, job, {.help = "A job."});
    return s;
  }();
  return schema;
}

JobsResult simulate_jobs(const Cluster& cluster, const std::vector<NetworkJob>& jobs, std::uint64_t seed) {
  return Together(cluster, jobs, seed).result();
}

}  // namespace orrery
