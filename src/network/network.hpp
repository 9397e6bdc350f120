#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/expected.hpp"
#include "hardware/cluster.hpp"
#include "network/collective.hpp"
#include "network/collisions.hpp"
#include "network/fabric_load.hpp"
#include "network/tier_load.hpp"
#include "network/traffic/placement.hpp"

namespace orrery {

/// How closely the fabric is looked at. The endpoints' costs (NCCL's algorithms, scale-up links, protocols) are the
/// same closed forms in all three.
enum class Fidelity {
  Auto,    ///< The closest that is exact for the question: folded where it holds, else flows, else closed.
  Closed,  ///< Loads of oversubscribed tiers by formula; no placement, no collisions, no failures.
  Folded,  ///< Exact loads by counting: packed jobs on fat trees with spread paths, any size.
  Flows    ///< Every flow on its way: any placement, routing and failure.
};
const char* fidelity_name(Fidelity fidelity);

/// One collective on a machine, run by all groups alike at the same time.
struct NetworkSpec {
  Cluster cluster;
  Collective collective = Collective::AllReduce;
  std::vector<Bytes> payloads = {1_GiB};  ///< As nccl-tests counts them (collective.hpp); at least one.
  int group = 0;                          ///< Ranks of a group; 0: the whole job.
  int stride = 1;                         ///< Ranks between neighbours of a group.
  double skew = 1;                        ///< Of an all-to-all: bytes of the busiest rank over the mean.
  std::string algorithm;                  ///< As NCCL_ALGO would force it: "ring", "NVLSTree"; empty: the cheapest.
  Fidelity fidelity = Fidelity::Auto;
  double failed_links = 0;     ///< Share of the links between switches that are down.
  double failed_switches = 0;  ///< Share of the switches above the leaves that are down.
  RankChips chips;             ///< The chip of each rank; empty: as the cluster's placement says.
  int draws = 16;              ///< Of hashed paths and failures.
  std::uint64_t seed = 0;
  unsigned threads = 1;  ///< That share the draws; 0 is one a processor. The answer is the same for any number.
};

/// What limits a collective at one payload: the part whose removal would shorten it most.
enum class Bound { Latency, ScaleUp, Nic, Fabric };
const char* bound_name(Bound bound);

struct NetworkRow {
  Bytes payload;
  Seconds time;                        ///< The mean over the draws.
  Seconds best, worst;                 ///< Of the draws; equal without hashing.
  std::string algorithm;               ///< "ring/Simple".
  BytesPerSecond algorithm_bandwidth;  ///< payload / time.
  BytesPerSecond bus_bandwidth;        ///< As nccl-tests defines it (its doc/PERFORMANCE.md).
  Seconds lower_bound;                 ///< No algorithm is faster: `wire_time` and `cut_time`.
  Bound bound = Bound::Latency;
};

struct NetworkResult {
  Group group;
  long long groups = 1;                      ///< That run at once.
  Fidelity fidelity = Fidelity::Closed;      ///< That was used.
  std::string why;                           ///< Why `Auto` chose it.
  int draws = 1;                             ///< Of placements, hashes and failures.
  double stretch = 1;                        ///< Mean over draws, of the longest payload's traffic.
  double stretch_low = 1, stretch_high = 1;  ///< Best and worst draw.
  std::vector<NetworkRow> rows;              ///< By payload.
  std::vector<TierLoad> tiers;               ///< Empty where no flows were counted.
  std::vector<Collisions> collisions;        ///< Of hashed paths.
};

/// Throws `InputError` where the question cannot be asked of this machine: no way between two ranks, more work than
/// `most_routes` or a larger machine than `kMostEndpoints` where flows have to be followed (the message names the
/// fidelity that answers), an algorithm that the group cannot use.
NetworkResult simulate_network(const NetworkSpec& spec);

/// Chips of a machine whose flows are followed: half a gigabyte, most of it links.
inline constexpr long long kMostEndpoints = 4'000'000;
/// Routes that one draw may look up, ten seconds' work on one core: fewer where the links are too many for its cache.
constexpr double most_routes(long long machine_chips) {
  return machine_chips <= 100'000 ? 1e8 : 2e7;
}

}  // namespace orrery
