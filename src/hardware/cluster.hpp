#pragma once

#include <string>

#include "base/quantity.hpp"
#include "hardware/fabric.hpp"

namespace orrery {

/// Number formats of tensor operations. The recipes of training map to these (see step/spec.hpp).
enum class NumberFormat { Fp32, Tf32, Bf16, Fp8, Fp4 };

/// What fitting to measured kernels gave for a chip: few constants with a physical meaning, written by `make fit` into
/// presets/chips/, each with bounds. Defaults are those of a chip that nobody has measured.
struct ChipCalibration {
  // Matrix multiplication (step/kernels/gemm.hpp).
  double tensor_efficiency = 0.85;       ///< Share of the peak that one unit reaches on operands at hand. 0.3..1.
  double tensor_efficiency_fp8 = 0.75;   ///< The same for FP8 (power and operand bandwidth bind earlier).
  double tensor_efficiency_fp4 = 0.6;    ///< The same for FP4.
  double k_loop_fill = 150;              ///< Elements of K (16 bits) whose time fills a tile's pipeline. 5..1500.
  double wave_weight = 0.4;              ///< 1: the last wave of tiles costs as much as a full one; 0: its share.
  double operand_bytes_per_flop = 0.03;  ///< L2 to all units over the 16-bit peak; an element counts 2 B. 0.005..0.2.
  double grouped_efficiency = 0.7;       ///< Speed of grouped products (experts) over plain ones. 0.2..1.
  // Memory and launch.
  double memory_efficiency = 0.8;  ///< Share of the memory bandwidth that streaming kernels reach. 0.4..1.
  Seconds kernel_latency{2.3e-6};  ///< Shortest time of a kernel on the device. 0.5..20 us.
  // Attention (step/kernels/attention.hpp).
  double attention_efficiency = 0.8;       ///< Share of the peak in the products of a block. 0.3..1.
  double attention_softmax_flops = 150;    ///< Unhidden softmax time of a score, in operations of the peak. 1..1000.
  Seconds attention_block_latency{4e-6};   ///< Start and end of a block of 128 queries. 0..20 us.
  double attention_backward_share = 0.86;  ///< Speed (operations a second) backward over forward.
  double attention_flash_share = 1.0;      ///< Speed of FlashAttention 2 over the best kernel of the chip.
  // Sustained training against short bursts.
  double sustained_clock = 0.9;  ///< Clock under the power limit in dense training over the clock in a short burst.
  double sustained_clock_fp8 = 0.85;  ///< The same in FP8 training.

  friend bool operator==(const ChipCalibration&, const ChipCalibration&) = default;
};

/// One accelerator as a program sees it (a GB200 "GPU" is one of the two on a superchip). Peaks are dense; zero means
/// that the chip has no such unit.
struct Chip {
  std::string name;  ///< As in shared measurements, for example "H100-SXM5-80GB".
  std::string vendor;
  FlopsPerSecond peak_fp32, peak_tf32, peak_bf16, peak_fp8, peak_fp4;
  bool has_bf16 = true;             ///< False: FP16 alone runs at `peak_bf16`, and no FlashAttention 2 (Volta).
  Bytes memory;                     ///< HBM as the driver reports it (80 GB parts: 79.6..80 GiB).
  BytesPerSecond memory_bandwidth;  ///< Peak HBM bandwidth.
  int compute_units = 1;  ///< Streaming multiprocessors, compute units or matrix units: what tiles are spread over.
  Watts tdp;
  ChipCalibration calibration;

  FlopsPerSecond peak(NumberFormat format) const;
  friend bool operator==(const Chip&, const Chip&) = default;
};

/// How the chips of one scale-up domain are joined.
enum class ScaleUpTopology { Switched, FullMesh, Torus2d, Torus3d, HybridCubeMesh };

/// A server, and the scale-up domain (NVLink, xGMI, ICI, NeuronLink) that its chips belong to.
struct Node {
  std::string name;
  int chips = 8;            ///< Chips in one server.
  int scale_up_domain = 8;  ///< Chips joined by scale-up links; 72 in an NVL72 rack, thousands in a TPU pod.
  ScaleUpTopology topology = ScaleUpTopology::Switched;
  BytesPerSecond scale_up_bandwidth;   ///< Per chip, one direction.
  Seconds scale_up_latency{1e-6};      ///< One hop, as a collective sees it.
  BytesPerSecond scale_out_bandwidth;  ///< Per chip, one direction: the node's NICs divided by its chips.

  friend bool operator==(const Node&, const Node&) = default;
};

/// Which nodes of the machine a job gets, and in which order its ranks run over them.
enum class PlacementOrder {
  Packed,  ///< The first nodes, in the machine's order.
  Random,  ///< Any nodes, in random order.
  Rail     ///< Any nodes, in the machine's order: neighbours share leaves and rails where they can.
};
struct Placement {
  PlacementOrder order = PlacementOrder::Packed;
  long long machine_chips = 0;  ///< Chips of the machine that the nodes are taken from; 0: as many as the job uses.

  friend bool operator==(const Placement&, const Placement&) = default;
};

/// The machine that a job runs on.
struct Cluster {
  Chip chip;
  Node node;
  Fabric fabric;
  long long chips = 8;  ///< Chips that the job uses.
  Placement placement;

  long long machine_chips() const { return placement.machine_chips > 0 ? placement.machine_chips : chips; }

  friend bool operator==(const Cluster&, const Cluster&) = default;
};

}  // namespace orrery
