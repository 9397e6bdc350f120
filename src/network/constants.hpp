#pragma once

#include "base/quantity.hpp"

namespace orrery {

/// One number for each of NCCL's protocols. LL writes a flag beside every 4 bytes, LL128 one in every 128 bytes, Simple
/// synchronises by chunks.
struct PerProtocol {
  double ll = 0, ll128 = 0, simple = 0;
};

/// The constants of the closed forms. [N] NCCL src/graph/tuning.cc, June 2026, default tuning. [F] fitted to measured
/// collectives (docs/collectives.md says to which, and how well they hold elsewhere). [A] assumed.
namespace collective_constants {

// Latency of starting a kernel and its first step.
inline constexpr Seconds kBaseLl{6.6e-6}, kBaseLl128{14e-6}, kBaseSimple{8.4e-6};  ///< [N] ring.
// Latency of a hop relative to LL128's. A node's `scale_up_latency` and a fabric's `latency` are those of LL128.
inline constexpr PerProtocol kRingHop{0.9 / 1.9, 1.0,
                                      3.4 / 1.9};  ///< [N] NVLink 1.9, 3.4 us; LL 0.9 us [F], where [N] has 0.6 and
                                                   ///< A100, H100, B200 measure 1.0, 0.8, 1.2.
inline constexpr PerProtocol kRingNetwork{2.7 / 4.0, 1.0, 14 / 4.0};        ///< [N] network 2.7, 4.0, 14 us.
inline constexpr double kRingSimplePlateau = 1.4;                           ///< [N] factor of multi-node ring, Simple.
inline constexpr PerProtocol kTreeHop{0.9 / 1.9, 1.25 / 1.9, 4.0 / 1.9};    ///< [N] NVLink 1.25, 4.0 us; LL as ring.
inline constexpr PerProtocol kTreeNetwork{5.0 / 4.0, 8.5 / 4.0, 14 / 4.0};  ///< [N] network 5.0, 8.5, 14 us.
inline constexpr double kSwitchReduction = 25 / 1.9;                        ///< [N] NVLS 25 us.
inline constexpr double kSwitchTreeNetwork = 18 / 4.0;                      ///< [N] NVLS over the network 18 us.
inline constexpr double kPatNetwork = 14 / 4.0 / 3.5;                       ///< [N] PAT: log2(nodes) x 14 / 3.5 us ...
inline constexpr double kPatRank = 2.8 / 4.0;                               ///< ... and 2.8 us a rank.

// Share of the bandwidth that a protocol keeps.
inline constexpr PerProtocol kRingShare{0.4, 0.92, 1.0};  ///< [N] LL at most 0.5 and capped (141 of 371 GB/s); 0.92.
inline constexpr PerProtocol kTreeShare{0.92 / 3.8, 0.92 * 0.92, 0.92};  ///< [N] tree 0.92, LL / 3.8.
inline constexpr double kNetworkLl128Share = 0.5;  ///< [F] of a NIC, which LL128 feeds in small chunks. 16 H100 on EFA.
inline constexpr double kPatShare = 0.75;          ///< [N]

// Bandwidth that collectives reach over the nominal one of a direction.
inline constexpr double kSwitchedShare = 0.81;  ///< [N] 20 of 25 (A100), 20.6 of 25 (H100), 40.1 of 50 GB/s (B200).
inline constexpr double kFullMeshShare = 0.76;  ///< [F] MI300X: 0.70 on eight chips, 0.745 on two, 0.80 on two servers.
inline constexpr double kTorusShare = 0.9;      ///< [A]
inline constexpr double kHopperSwitchShare = 0.69;  ///< [F] NVLS all-reduce on 5..8 H200: payload x (n-1)/n over time.
inline constexpr double kBlackwellSwitchShare = 0.53;  ///< [F] the same on B200, GB200, GB300.
inline constexpr double kAllToAllShare = 0.75;         ///< [F] grouped sends and receives on A100, H100, B200.
inline constexpr double kAllToAllNetworkShare = 0.8;   ///< [F] of what rings reach, 32 GPUs on HDR and NDR.
inline constexpr double kOwnCopyShare = 1.8;  ///< [F] A rank copies its own share at this times its link's rate.

// Pipelines: bytes in flight before the first chunk comes out of a hop.
inline constexpr Bytes kChunkInFlight{24 * 512.0 * 1024};  ///< [N] 24 channels of 512 KiB: Simple on scale-up links.
inline constexpr Bytes kNetworkChunk{1.25e6};     ///< [F] A NIC's bytes in flight on each hop of a tree between nodes.
inline constexpr double kSmallChunk = 0.25;       ///< [F] Of it, for messages that cannot fill the pipeline, ...
inline constexpr double kSmallChunkShare = 0.25;  ///< ... which then reaches this share of the bandwidth.
inline constexpr double kSmallChunkRate =
    0.75;                                   ///< [F] the same for sends and receives, where no hop waits for another.
inline constexpr Seconds kPeerIssue{1e-6};  ///< [F] A send to one more peer over the network in an all-to-all.

}  // namespace collective_constants
}  // namespace orrery
