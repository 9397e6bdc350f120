#pragma once

#include "base/quantity.hpp"

namespace orrery {

/// One number for each of NCCL's protocols. LL writes a flag beside every 4 bytes, LL128 one in every 128 bytes, Simple
/// synchronises by chunks.
struct PerProtocol {
  double ll = 0, ll128 = 0, simple = 0;
};

/// The constants of the closed forms. [N] NVIDIA/nccl src/graph/tuning.cc (5067397c, June 2026), defaults. [F] fitted
/// to measured collectives: docs/collectives.md says to which, and how well they hold elsewhere. [A] assumed.
namespace collective_constants {

// Latency of starting a kernel and its first step. [N] ring.
inline constexpr Seconds kBaseLl{6.6e-6}, kBaseLl128{14e-6}, kBaseSimple{8.4e-6};

// Latency of a hop relative to LL128's ring, which a node's `scale_up_latency` and a fabric's `latency` stand for.
/// [N] NVLink 1.9 and 3.4 us; LL 0.9 us [F], where [N] has 0.6 and A100, H100, B200 measure 1.0, 0.8, 1.2.
inline constexpr PerProtocol kRingHop{0.9 / 1.9, 1.0, 3.4 / 1.9};
/// [N] network 2.7, 4.0, 14 us.
inline constexpr PerProtocol kRingNetwork{2.7 / 4.0, 1.0, 14 / 4.0};
/// [N] factor of the multi-node ring in Simple.
inline constexpr double kRingSimplePlateau = 1.4;
/// [N] NVLink 1.25 and 4.0 us; LL as in the ring.
inline constexpr PerProtocol kTreeHop{0.9 / 1.9, 1.25 / 1.9, 4.0 / 1.9};
/// [N] network 5.0, 8.5, 14 us.
inline constexpr PerProtocol kTreeNetwork{5.0 / 4.0, 8.5 / 4.0, 14 / 4.0};
/// [N] NVLS: 25 us on NVLink, 18 us over the network.
inline constexpr double kSwitchReduction = 25 / 1.9, kSwitchTreeNetwork = 18 / 4.0;
/// [N] PAT: log2(nodes) x 14 / 3.5 us and 2.8 us a rank.
inline constexpr double kPatNetwork = 14 / 3.5 / 4.0, kPatRank = 2.8 / 4.0;

// Share of the bandwidth that a protocol keeps.
/// [N] LL at most 0.5, capped at 141 of 371 GB/s (H100). LL128 [N] 0.92; [F] 0.92 on H100, 0.8 on A100 and B200.
inline constexpr PerProtocol kRingShare{0.4, 0.88, 1.0};
/// [N] tree 0.92; LL / 3.8.
inline constexpr PerProtocol kTreeShare{0.92 / 3.8, 0.92 * 0.92, 0.92};
/// [F] of a NIC, which LL128 feeds in small chunks: 16 H100 on EFA.
inline constexpr double kNetworkLl128Share = 0.5;
/// [N]
inline constexpr double kPatShare = 0.75;

// Bandwidth that collectives reach over the nominal one of a direction.
/// [N] 20 of 25 (A100), 20.6 of 25 (H100), 40.1 of 50 GB/s (B200) a link.
inline constexpr double kSwitchedShare = 0.81;
/// [F] MI300X: 0.70 on eight chips, 0.745 on two, 0.80 on two servers.
inline constexpr double kFullMeshShare = 0.76;
/// [A]
inline constexpr double kTorusShare = 0.9;
/// [F] NVLS all-reduce on 5 to 8 H200 and on B200, GB200, GB300: payload x (n-1)/n over time.
inline constexpr double kHopperSwitchShare = 0.69, kBlackwellSwitchShare = 0.53;
/// [F] grouped sends and receives on A100, H100, B200.
inline constexpr double kAllToAllShare = 0.75;
/// [F] of what rings reach: 32 GPUs on HDR and NDR.
inline constexpr double kAllToAllNetworkShare = 0.8;
/// [F] A rank copies its own share at this times its link's rate: A100 1.6, H100 2.4, B200 1.5.
inline constexpr double kOwnCopyShare = 1.8;

// Pipelines: bytes in flight before the first comes out of a hop.
/// [N] Simple on scale-up links: 24 channels with chunks of 512 KiB.
inline constexpr Bytes kChunkInFlight{24 * 512.0 * 1024};
/// [F] A NIC's bytes in flight on each hop of a tree between nodes.
inline constexpr Bytes kNetworkChunk{1.25e6};
/// [F] Of it, for messages that can not fill the pipeline, which then reaches this share of the bandwidth.
inline constexpr double kSmallChunk = 0.25, kSmallChunkShare = 0.25;
/// [F] The same for sends and receives, which use few channels a peer, and the share that LL reaches there.
inline constexpr double kPeerSmallChunk = 1.0 / 16, kPeerSmallChunkShare = 0.7, kPeerLlShare = 0.12;
/// [F] A send to one more peer over the network in an all-to-all.
inline constexpr Seconds kPeerIssue{1e-6};

}  // namespace collective_constants
}  // namespace orrery
