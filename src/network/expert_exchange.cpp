#include "network/expert_exchange.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "network/fabric_load.hpp"
#include "network/scale_up.hpp"

namespace orrery {
namespace {

/// [F] Start of a kernel with its notification: eight H100, one token.
constexpr Seconds kStart{27e-6};
/// [F] Start of a low-latency kernel, and its way over the network: DeepEP's 16 to 256 H800.
constexpr Seconds kLowLatencyStart{10e-6}, kLowLatencyNetwork{26e-6};
/// [F] Of what rings reach on a NIC.
constexpr double kNetworkShare = 0.95;

/// Bytes that the links and the NIC of a rank carry.
struct Carried {
  Bytes links, nic;
};

Carried carried(const Group& group, const ExpertExchange& exchange) {
  const double ranks = group.ranks, local = std::clamp(group.ranks_per_domain, 1, group.ranks);
  const double domains = std::ceil(ranks / local);
  const Bytes all = Bytes(exchange.tokens * exchange.token_bytes) * group.skew;
  if (exchange.low_latency)
    return {exchange.chosen * ((local - 1) / ranks) * all, exchange.chosen * ((ranks - local) / ranks) * all};
  const ExpertSpread spread = expert_spread(group, exchange);
  return {spread.ranks * ((local - 1) / local) * all, spread.domains * ((domains - 1) / domains) * all};
}

/// Chance that none of `drawn` of `all` is among `marked`, without replacement.
double none_of(double marked, double all, int drawn) {
  double chance = 1;
  for (int i = 0; i < drawn; ++i) chance *= std::max(0.0, all - marked - i) / std::max(1.0, all - i);
  return chance;
}

}  // namespace

ExpertSpread expert_spread(const Group& group, const ExpertExchange& exchange) {
  ORRERY_CHECK(group.ranks >= 1 && exchange.experts >= 1 && exchange.chosen >= 1, "an exchange has ranks and experts");
  const double ranks = group.ranks, local = std::clamp(group.ranks_per_domain, 1, group.ranks);
  const double domains = std::ceil(ranks / local);
  const double open = exchange.domains_chosen > 0 ? std::min<double>(exchange.domains_chosen, domains) : domains;
  const double reachable = exchange.experts * open / domains;  // experts that a token may go to
  const double a_domain = exchange.experts / domains, a_rank = exchange.experts / ranks;
  return {open * local * (1 - none_of(a_rank, reachable, exchange.chosen)),
          open * (1 - none_of(a_domain, reachable, exchange.chosen))};
}

Seconds expert_exchange_time(const Cluster& cluster, const Group& group, const ExpertExchange& exchange) {
  if (group.ranks <= 1) return {};
  const Carried bytes = carried(group, exchange);
  const int local = std::clamp(group.ranks_per_domain, 1, group.ranks);
  Seconds time, start = exchange.low_latency ? kLowLatencyStart : kStart;
  if (local > 1) time = bytes.links / scale_up_rates(cluster, local).all_to_all;
  if (group.ranks > local) {
    const ClosedFormLoad load(cluster);
    const BytesPerSecond nic = cluster.node.scale_out_bandwidth * cluster.fabric.efficiency * kNetworkShare /
                               load.stretch(group, Traffic::Uniform);
    ORRERY_CHECK(nic.raw() > 0, "a group communicates over links that have a bandwidth");
    time = max(time, bytes.nic / nic);
    start += load.extra_latency(group, Traffic::Uniform) +
             (exchange.low_latency ? kLowLatencyNetwork : cluster.fabric.latency);
  }
  return start + time;
}

Seconds expert_wire_time(const Cluster& cluster, const Group& group, const ExpertExchange& exchange) {
  if (group.ranks <= 1) return {};
  const Carried bytes = carried(group, exchange);
  const int local = std::clamp(group.ranks_per_domain, 1, group.ranks);
  const Seconds links = local > 1 ? bytes.links / cluster.node.scale_up_bandwidth : Seconds{};
  return group.ranks > local ? max(links, bytes.nic / cluster.node.scale_out_bandwidth) : links;
}

}  // namespace orrery
