#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/expected.hpp"
#include "network/collective.hpp"
#include "network/expert_exchange.hpp"
#include "validate/collective_row.hpp"
#include "validate/presets.hpp"

namespace orrery {

/// A measured row in the model's terms.
struct CollectiveMeaning {
  Cluster cluster;
  Group group;
  Collective collective = Collective::AllReduce;
  std::optional<ExpertExchange> experts;  ///< Instead of the collective.
  Bytes payload;                          ///< As nccl-tests counts it; of an exchange of experts all that a rank sends.
  std::string algorithm;                  ///< That the run was limited to; blank: the library's choice.
  Seconds host;                           ///< What launching from the host adds to each turn of the measured loop.
  Seconds measured;
  std::vector<std::pair<std::string, std::string>> fills;  ///< What the row leaves open, and what was taken.
};

/// Interprets a row, or says why it cannot be predicted. The rules (docs/collectives.md lists them):
///
/// - The chip is the preset whose name the GPU column abbreviates; of several with unlike links that of the link named.
/// - A domain is a server, or the "NVL72" that the link names. Beyond it the network must be stated: "8x IB NDR400",
///   "32x100G EFAv2", "RoCE 3200G per node"; its kind gives the fabric's preset, its rate a chip's share of the NICs.
/// - "SHARP" beside a network: its switches add up. In the notes a lone algorithm ("Ring", "ALGO=NVLSTree") or
///   "NVLS_ENABLE=0" limits the choice.
/// - A bandwidth without a size is the peak, of long messages: 16 GiB.
/// - Loops that launch from the host add `host`; nothing where the notes say "graph".
/// - Exchanges of experts state tokens, width, experts a token and format in the notes, else DeepEP's defaults of 8,192
///   tokens of 7,168 values and 8 experts. Their bandwidth counts the rank's own share: "RDMA" one copy of a token a
///   domain, "NVLink" one a rank, low-latency kernels one an expert.
Expected<CollectiveMeaning, std::string> interpret_collective(const CollectiveRow& row, const RowPresets& presets);

/// In which column a row states what it measured, time before bus before algorithm bandwidth, and its value there; a
/// blank name where it states nothing.
inline constexpr const char* kTimeMetric = "time_us";
inline constexpr const char* kBusMetric = "busbw_GBps";
inline constexpr const char* kAlgorithmMetric = "algbw_GBps";
std::pair<std::string, double> stated_figure(const CollectiveRow& row);

}  // namespace orrery
