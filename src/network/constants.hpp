#pragma once

#include "base/quantity.hpp"

namespace orrery {

/// One number for each of NCCL's protocols. LL writes a flag beside every 4 bytes, LL128 one in every 128 bytes, Simple
/// synchronises by chunks.
struct PerProtocol {
  double ll = 0, ll128 = 0, simple = 0;
};

/// By what NCCL chooses its algorithm and protocol: the defaults of NVIDIA/nccl src/graph/tuning.cc (5067397c, June
/// 2026). Hops count relative to LL128's ring, which a node's `scale_up_latency` (NVLink: 1.9 us) and a fabric's
/// `latency` (InfiniBand: 4 us) stand for; bandwidths relative to those that rings reach.
namespace nccl_tuning {

inline constexpr Seconds kBaseLl{6.6e-6}, kBaseLl128{14e-6}, kBaseSimple{8.4e-6};
inline constexpr PerProtocol kRingHop{0.6 / 1.9, 1.0, 3.4 / 1.9}, kRingNetwork{2.7 / 4.0, 1.0, 14 / 4.0};
inline constexpr PerProtocol kTreeHop{0.6 / 1.9, 1.25 / 1.9, 4.0 / 1.9}, kTreeNetwork{5.0 / 4.0, 8.5 / 4.0, 14 / 4.0};
/// Factor of the network hops of a ring in Simple.
inline constexpr double kRingSimplePlateau = 1.4;
/// LL: caps of 87.7, 141, 282 GB/s of 240, 371, 722 on Ampere, Hopper, Blackwell.
inline constexpr PerProtocol kRingShare{0.38, 0.92, 1.0};
/// LL over NICs: caps of 19 to 22.5 of 200 GB/s a node (A100), 35 to 45 of 400 (H100).
inline constexpr double kNetworkLlShare = 0.1;
inline constexpr PerProtocol kTreeShare{0.92 / 3.8, 0.92 * 120 / 128, 0.92};
/// NVLS: 25 us on NVLink; efficiency 0.85 and 0.74, of which a switched all-reduce believes these shares of the links.
inline constexpr double kSwitchReduction = 25 / 1.9, kHopperSwitchShare = 0.67, kBlackwellSwitchShare = 0.583;
inline constexpr double kSwitchTreeNetwork = 20.9 / 4.0;
/// PAT: log2(nodes) x 14 / 3.5 us and 2.8 us a rank.
inline constexpr double kPatNetwork = 14 / 3.5 / 4.0, kPatRank = 2.8 / 4.0, kPatShare = 0.75;
/// CollNetDirect: 3.7 us on NVLink, 31 us over the network.
inline constexpr double kCollNet = 3.7 / 1.9, kCollNetNetwork = 31 / 4.0;

/// Channels that the chunk sizes are chosen for (src/enqueue.cc): what an NVSwitch node of eight opens.
inline constexpr double kChannels = 16;

}  // namespace nccl_tuning

/// What collectives cost once chosen. [N] as NCCL believes (see above); [F] fitted to measured collectives, by
/// tools/fit_collectives: docs/collectives.md says to which, and how well they hold elsewhere; [A] assumed.
struct CollectiveConstants {
  // Latency of starting a kernel and its first step.
  Seconds base_ll{6.6e-6}, base_ll128{14e-6};  ///< [N]
  Seconds base_simple{15.9e-6};                ///< [F] A100, H100, B200; [N] has 8.4 us.

  // Latency of a hop relative to LL128's ring.
  PerProtocol ring_hop{1.33 / 1.9, 1.0, 5.37 / 1.9};                   ///< LL and Simple [F]; [N] has 0.6 and 3.4 us.
  PerProtocol ring_network{2.7 / 4.0, 1.0, 14 / 4.0};                  ///< [N]
  PerProtocol tree_hop{1.33 / 1.9, 1.25 / 1.9, 4.0 / 1.9};             ///< [N], LL as in the ring.
  double tree_network_ll = 5.0 / 4.0, tree_network_ll128 = 8.5 / 4.0;  ///< [N]
  /// [F] A hop between domains that passes on chunks (Simple, NVLS), the chunk's own time left out.
  double chunk_network = 11.4 / 4.0;

  // Share of the bandwidth that a protocol keeps.
  PerProtocol ring_share{0.418, 0.57, 1.0};                    ///< [F] on scale-up links.
  double network_ll_share = 0.167, network_ll128_share = 0.8;  ///< [F] on NICs.
  PerProtocol tree_share{0.92 / 3.8, 0.92 * 0.92, 0.92};       ///< [N]

  // Bandwidth that collectives reach over the nominal one of a direction.
  double switched_share = 0.828;    ///< [F]; [N] 20 of 25 (A100), 20.6 of 25 (H100), 40.1 of 50 GB/s (B200) a link.
  double full_mesh_share = 0.804;   ///< [F] MI300X.
  double torus_share = 0.9;         ///< [A]
  double all_to_all_share = 0.759;  ///< [F] Grouped sends and receives on A100, H100, B200.
  double all_to_all_network_share = 0.766;  ///< [F] Of what rings reach: 32 GPUs on HDR and NDR.
  double own_copy_share = 1.31;             ///< [F] A rank copies its own share at this times its link's rate.

  // All-reduce in the switches of a domain (NVLS): payload x (n-1)/n over time, of the nominal bandwidth.
  double hopper_switch_share = 0.751, blackwell_switch_share = 0.549;  ///< [F]
  double switch_between_domains_share = 0.895;                         ///< [F] Of it when the network takes part.
  Seconds switch_start{13e-6};                                         ///< [F]
  Seconds switch_tree_start{8.03e-6};                                  ///< [F]
  double switch_stages = 2.96;               ///< [F] Chunks in flight for each channel and head.
  Bytes switch_chunk_overhead{10.8 * 1024};  ///< [F] Bytes that the synchronisation of a chunk is worth.

  // Pipelines between domains.
  double network_chunks = 24;                 ///< [F] Chunks in flight on a NIC at each hop.
  Bytes network_chunk_overhead{2.91 * 1024};  ///< [F] Bytes that the synchronisation of a chunk is worth.
  // Sends and receives.
  Bytes peer_chunk{1.16e7};          ///< [F] In flight between peers on scale-up links.
  Bytes network_peer_chunk{1.25e6};  ///< [F] The same on NICs.
  double peer_small_chunk = 0.118, peer_small_chunk_share = 0.691, peer_ll_share = 0.0688;  ///< [F]
  Seconds peer_issue{1e-6};  ///< [F] A send to one more peer over the network.
};

}  // namespace orrery
