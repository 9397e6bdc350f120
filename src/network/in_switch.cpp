#include <algorithm>
#include <cstddef>

#include "network/group_view.hpp"

namespace orrery {
namespace {

constexpr double kKiB = 1024;

/// Chunk that a channel passes on at once from this payload on, counted in payloads that fill all channels of all heads
/// once with such chunks.
struct ChunkStep {
  double chunk, payloads;
};
// NCCL src/enqueue.cc. NVLS: 16 KiB below 2 fills with 32 KiB, 32 KiB below 8 with 64 KiB, 64 KiB below 64 with 128
// KiB.
constexpr ChunkStep kSwitchChunks[] = {{16 * kKiB, 0}, {32 * kKiB, 2}, {64 * kKiB, 8}, {128 * kKiB, 64}};
// NVLS tree: 32 KiB below one fill with 64 KiB, and so on; over four nodes and more never above 64 KiB.
constexpr ChunkStep kSwitchTreeChunks[] = {{32 * kKiB, 0}, {64 * kKiB, 1}, {128 * kKiB, 4}, {256 * kKiB, 16}};
constexpr std::size_t kManyDomainsSteps = 2;
constexpr int kManyDomains = 4;

/// The payload from which on a step rules: `payloads` fills with its own chunk.
Bytes from(const ChunkStep& step, double heads) {
  return Bytes(step.payloads * nccl_tuning::kChannels * heads * step.chunk);
}

/// Seconds a byte of payload in the switches of a domain, with chunks of this size.
double in_switch(const GroupView& v, double chunk) {
  return cost_per_byte(1 + v.constants.switch_chunk_overhead.raw() / chunk, v.rates.in_switch);
}

/// What NCCL believes of that.
double believed_in_switch(const GroupView& v) {
  namespace n = nccl_tuning;
  const double share = v.cluster.chip.peak_fp4.raw() > 0 ? n::kBlackwellSwitchShare : n::kHopperSwitchShare;
  return cost_per_byte(v.per_domain / (v.per_domain - 1.0), share * v.cluster.node.scale_up_bandwidth);
}

/// Time of what is in flight through the switches: every head is a rank whose switch planes a part of each chunk takes.
Seconds fill(const GroupView& v, double chunk) {
  return Bytes(v.constants.switch_stages * nccl_tuning::kChannels * v.per_domain * chunk) /
         v.cluster.node.scale_up_bandwidth;
}

/// The switches of one domain add up.
void add_nvls(const GroupView& v, CandidateList& list) {
  CostCandidate nvls{"NVLS", nccl_tuning::kSwitchReduction * v.hop, believed_in_switch(v), {}, 0};
  for (const ChunkStep& step : kSwitchChunks) {
    nvls.pieces[nvls.count++] = {from(step, v.per_domain), v.constants.switch_start + fill(v, step.chunk),
                                 in_switch(v, step.chunk)};
  }
  list.add(nvls);
}

/// Trees whose nodes are whole domains. Every hop up or down costs its latency and the time of the chunks that it
/// passes on. Two domains exchange their sums; in larger trees twice the payload leaves a domain (see `add_trees`).
void add_nvls_tree(const GroupView& v, CandidateList& list) {
  const CollectiveConstants& c = v.constants;
  namespace n = nccl_tuning;
  const BytesPerSecond rate = v.nic(Traffic::Tree);
  const double between = cost_per_byte((v.domains == 2 ? 1.0 : 2.0) / v.nics, rate);
  const double levels = 2 * v.depth();
  CostCandidate tree{"NVLSTree",
                     n::kSwitchReduction * v.hop + levels * v.network_hop(n::kSwitchTreeNetwork, Traffic::Tree),
                     std::max(believed_in_switch(v), between),
                     {},
                     0};
  for (const ChunkStep& step : kSwitchTreeChunks) {
    if (v.domains >= kManyDomains && tree.count == kManyDomainsSteps) break;
    const Seconds chunk = Bytes(c.network_chunks * step.chunk) / rate;
    tree.pieces[tree.count++] = {from(step, v.per_domain),
                                 c.switch_tree_start + levels * (v.network_hop(c.chunk_network, Traffic::Tree) + chunk),
                                 std::max(in_switch(v, step.chunk) / c.switch_between_domains_share,
                                          between * (1 + c.network_chunk_overhead.raw() / step.chunk))};
  }
  list.add(tree);
}

/// The fabric's switches add up too (InfiniBand SHARP): each byte of a domain's sum leaves and comes back once. Inside
/// a domain its switches or, without such, direct exchange gathers the sum.
void add_fabric_reduction(const GroupView& v, CandidateList& list) {
  const CollectiveConstants& c = v.constants;
  namespace n = nccl_tuning;
  const bool nvls = v.rates.in_switch.raw() > 0;
  const BytesPerSecond rate = v.nic(Traffic::Tree);
  const double between = cost_per_byte(1.0 / v.nics, rate);
  const double direct = v.per_domain > 1 ? cost_per_byte(2.0 * (v.per_domain - 1) / v.per_domain, v.rates.ring) : 0;
  const Seconds network = v.network_hop(n::kCollNetNetwork, Traffic::Tree);
  const double chunk_bytes = kSwitchTreeChunks[kManyDomainsSteps - 1].chunk;
  const Seconds chunk = Bytes(c.network_chunks * chunk_bytes) / rate;
  const Seconds inside = nvls               ? c.switch_start + fill(v, chunk_bytes)
                         : v.per_domain > 1 ? c.base_simple + 2 * n::kCollNet * v.hop
                                            : c.base_simple;
  list.add("CollNet", (nvls ? n::kSwitchReduction : n::kCollNet) * v.hop + network,
           std::max(nvls ? believed_in_switch(v) : direct, between), inside + network + chunk,
           std::max(nvls ? in_switch(v, 128 * kKiB) / c.switch_between_domains_share : direct, between));
}

}  // namespace

void add_switch_reductions(const GroupView& v, CandidateList& list) {
  if (v.domains > 1 && v.cluster.fabric.reduces_in_switch) add_fabric_reduction(v, list);
  if (v.rates.in_switch.raw() <= 0) return;
  if (v.domains == 1) {
    add_nvls(v, list);
  } else {
    add_nvls_tree(v, list);
  }
}

/// Broadcast by the multicast of the domain's switches, which NCCL keeps for buffers that were registered with it.
void add_switch_multicast(const GroupView& v, CandidateList& list) {
  if (v.domains > 1 || v.rates.in_switch.raw() <= 0 || !list.asked_for("NVLS")) return;
  const double chunk = kSwitchChunks[2].chunk;
  // The root's link is the narrowest: the payload passes it once.
  list.add("NVLS", v.constants.switch_start + fill(v, chunk), cost_per_byte(1, v.rates.ring));
}

}  // namespace orrery
