#pragma once

#include "hardware/cluster.hpp"
#include "network/collective.hpp"

namespace orrery {

/// Tokens that go from every rank to the ranks of their experts (dispatch), or back (combine), by kernels made for it
/// (deepseek-ai/DeepEP, docs/legacy.md), not by an all-to-all of equal blocks.
struct ExpertExchange {
  double tokens = 4096;       ///< Of a rank.
  double token_bytes = 7168;  ///< On the wire, scales included.
  int experts = 256;          ///< Over all ranks of the group, spread evenly.
  int chosen = 8;             ///< Of them for each token.
  int domains_chosen = 4;     ///< In at most so many scale-up domains (DeepSeek-V3 limits them to 4).
  /// Every copy of a token as a message of its own to its rank, over the NIC where that is elsewhere (RDMA without
  /// forwarding). Otherwise a token crosses the network once for each domain, to the rank of equal position there,
  /// which hands it on over the scale-up links.
  bool low_latency = false;
};

/// To how many different ranks and domains a token goes on average, its own included, when its experts are drawn
/// evenly, without replacement, among those of the domains that it may use.
struct ExpertSpread {
  double ranks = 1, domains = 1;
};
ExpertSpread expert_spread(const Group& group, const ExpertExchange& exchange);

/// Time of one exchange: its start and the slower of the scale-up links and the NICs. Assumes even loads; `Group::skew`
/// stretches the busiest rank's. Zero for a group of one.
Seconds expert_exchange_time(const Cluster& cluster, const Group& group, const ExpertExchange& exchange);

/// What no kernel beats: the same bytes at nominal rates.
Seconds expert_wire_time(const Cluster& cluster, const Group& group, const ExpertExchange& exchange);

}  // namespace orrery
