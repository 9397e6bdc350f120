#include "cluster/effects/step_time.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace orrery {

Seconds all_reduce_time(const Interconnect& network, Bytes payload, const PlacementSpread& spread) {
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
  const Seconds wire = 2.0 * (spread.gpus - 1) / spread.gpus * (payload / BytesPerSecond(slowest));
  const double inside = 2.0 * (spread.fullest - 1), between = 2.0 * std::log2(spread.nodes);
  return wire + inside * network.latency_inside + between * network.latency_between;
}

Seconds overlapped(Seconds compute, Seconds sync, double overlap) {
  const double longer = std::max(compute, sync).raw();
  if (!(longer > 0)) return 0_s;
  // Relative to the longer one, so that no power leaves the range of a double.
  const double shorter = std::min(compute, sync).raw() / longer;
  return Seconds(longer * std::pow(1 + std::pow(shorter, overlap), 1 / overlap));
}

Seconds computation_of(Seconds step, Seconds sync, double overlap) {
  constexpr double kLeast = 0.25;
  if (!(step > 0_s)) return 0_s;
  const double hidden = std::pow(std::min(1.0, sync / step), overlap);
  return step * std::max(kLeast, std::pow(1 - hidden, 1 / overlap));
}

double crowded(const Interconnect& network, const PlacementSpread& spread) {
  return 1 + network.crowding * (spread.fullest - 1);
}

Seconds moved_step(const Interconnect& network, Bytes gradients, Seconds step, const PlacementSpread& from,
                   const PlacementSpread& to) {
  const Seconds compute = computation_of(step, all_reduce_time(network, gradients, from), network.overlap);
  return overlapped(compute * (crowded(network, to) / crowded(network, from)), all_reduce_time(network, gradients, to),
                    network.overlap);
}

Seconds data_parallel_step(const DataParallelJob& job, const Interconnect& network, double local_batch,
                           const PlacementSpread& spread) {
  const Seconds compute = (job.base + local_batch * job.per_sample) * crowded(network, spread);
  return overlapped(compute, all_reduce_time(network, job.gradients, spread), network.overlap);
}

}  // namespace orrery
