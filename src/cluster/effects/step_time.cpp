#include "cluster/effects/step_time.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery {

Seconds all_reduce_time(const Interconnect& network, Bytes payload, const Spread& spread) {
  if (spread.gpus <= 1) return 0_s;
  double slowest = std::numeric_limits<double>::infinity();
  if (spread.fullest > 1) slowest = std::min(network.link.raw(), network.host.raw() / spread.fullest);
  if (spread.nodes > 1) {
    const int peers = spread.nodes == 2 ? 1 : 2;
    double wire = std::min(network.nic.raw(), peers * network.peer.raw());
    for (int level = 0; level < spread.crosses && level < static_cast<int>(network.uplinks.size()); ++level)
      wire = std::min(wire, network.nic.raw() * network.uplinks[static_cast<std::size_t>(level)]);
    slowest = std::min(slowest, wire);
  }
  const double steps = 2.0 * (spread.gpus - 1);
  const Seconds latency = spread.nodes > 1 ? network.latency_between : network.latency_inside;
  return steps * (payload / (spread.gpus * BytesPerSecond(slowest)) + latency);
}

Seconds overlapped(Seconds compute, Seconds sync, double overlap) {
  const double longer = std::max(compute, sync).raw();
  if (!(longer > 0)) return 0_s;
  // Relative to the longer one, so that no power leaves the range of a double.
  const double shorter = std::min(compute, sync).raw() / longer;
  return Seconds(longer * std::pow(1 + std::pow(shorter, overlap), 1 / overlap));
}

Seconds data_parallel_step(const DataParallelJob& job, const Interconnect& network, double local_batch,
                           const Spread& spread) {
  return overlapped(job.base + local_batch * job.per_sample, all_reduce_time(network, job.gradients, spread),
                    network.overlap);
}

}  // namespace orrery
