#include <string>
#include <utility>

#include "hardware/hardware_fields.hpp"

namespace orrery {
namespace {

/// Peaks above this are a slip of a unit.
constexpr double kMaxPeak = 1e18;
constexpr double kMaxBandwidth = 1e15;
constexpr double kMaxChips = 1e8;

const Schema<ChipCalibration>& calibration_schema() {
  using C = ChipCalibration;
  static const Schema<C> schema = [] {
    Schema<C> s("calibration", "What fitting to measured kernels gave for a chip (`make fit`).");
    s.number("tensor_efficiency", &C::tensor_efficiency,
             bounded("Share of the peak that one unit reaches on operands at hand.", "0.85", 0.3, 1))
        .number("tensor_efficiency_fp8", &C::tensor_efficiency_fp8, bounded("The same for FP8.", "0.75", 0.2, 1))
        .number("tensor_efficiency_fp4", &C::tensor_efficiency_fp4, bounded("The same for FP4.", "0.6", 0.1, 1))
        .number("k_loop_fill", &C::k_loop_fill,
                bounded("16-bit elements of K whose time goes to filling a tile's pipeline.", "150", 5, 1500))
        .number("wave_weight", &C::wave_weight,
                bounded("1: the last wave of tiles costs as much as a full one; 0: its share.", "0.4", 0, 1))
        .number("operand_bytes_per_flop", &C::operand_bytes_per_flop,
                bounded("L2 cache to compute units, all of them, over the 16-bit peak.", "0.03", 0.005, 0.2))
        .number("grouped_efficiency", &C::grouped_efficiency,
                bounded("Speed of inference's grouped products of experts over plain ones; training runs plain ones.",
                        "0.7", 0.1, 1.2))
        .number("memory_efficiency", &C::memory_efficiency,
                bounded("Share of the memory bandwidth that streaming kernels reach.", "0.8", 0.4, 1))
        .quantity("kernel_latency", &C::kernel_latency,
                  bounded("Shortest time of a kernel on the device.", "2.3 us", 0.5e-6, 20e-6))
        .number("attention_efficiency", &C::attention_efficiency,
                bounded("Share of the peak in the products of an attention block.", "0.8", 0.3, 1))
        .number("attention_softmax_flops", &C::attention_softmax_flops,
                bounded("Unhidden softmax time of a score, in 16-bit operations of the peak.", "150", 0, 1000))
        .quantity("attention_block_latency", &C::attention_block_latency,
                  bounded("Start and end of a block of 128 queries.", "4 us", 0, 20e-6))
        .number("attention_backward_share", &C::attention_backward_share,
                bounded("Speed (operations a second) backward over forward.", "0.86", 0.2, 1.5))
        .number("attention_flash_share", &C::attention_flash_share,
                bounded("Speed of FlashAttention 2 over the best kernel of the chip.", "1", 0.2, 1.5))
        .number("sustained_clock", &C::sustained_clock,
                bounded("Clock held in dense training over the clock of a short burst.", "0.9", 0.4, 1))
        .number("sustained_clock_fp8", &C::sustained_clock_fp8, bounded("The same in FP8 training.", "0.85", 0.4, 1));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<Chip>& chip_schema() {
  static const Schema<Chip> schema = [] {
    Schema<Chip> s("chip", "One accelerator as a program sees it.");
    s.text("name", &Chip::name, described("As in shared measurements.", "H100-SXM5-80GB"))
        .text("vendor", &Chip::vendor, described("Who makes it.", "NVIDIA"))
        .quantity("peak_fp32", &Chip::peak_fp32,
                  bounded("Dense FP32 peak outside tensor units.", "66.9 TFLOP/s", 0, kMaxPeak))
        .quantity("peak_tf32", &Chip::peak_tf32, bounded("Dense TF32 peak.", "494.7 TFLOP/s", 0, kMaxPeak))
        .quantity("peak_bf16", &Chip::peak_bf16,
                  bounded("Dense BF16 (or FP16) peak.", "989.4 TFLOP/s", 1e9, kMaxPeak, true))
        .boolean(
            "has_bf16", &Chip::has_bf16,
            described("Whether that peak is BF16's too; false: FP16 alone, and no FlashAttention 2 (Volta).", "true"))
        .quantity("peak_fp8", &Chip::peak_fp8, bounded("Dense FP8 peak.", "1979 TFLOP/s", 0, kMaxPeak))
        .quantity("peak_fp4", &Chip::peak_fp4, bounded("Dense FP4 peak.", "9000 TFLOP/s", 0, kMaxPeak))
        .quantity("memory", &Chip::memory, bounded("Memory as the driver reports it.", "81559 MiB", 1e6, 1e15, true))
        .quantity("memory_bandwidth", &Chip::memory_bandwidth,
                  bounded("Peak bandwidth of that memory.", "3350 GB/s", 1e6, kMaxBandwidth, true))
        .integer(
            "compute_units", &Chip::compute_units,
            bounded("What tiles are spread over: multiprocessors, compute units, matrix units.", "132", 1, 1e5, true))
        .quantity("tdp", &Chip::tdp, bounded("Power that the chip is sold for.", "700 W", 0, 1e5))
        .table("calibration", &Chip::calibration, calibration_schema(),
               described("What fitting to measured kernels gave (`make fit`).", ""))
        .ignore("default_node")
        .ignore("aliases");
    return s;
  }();
  return schema;
}

const Schema<Node>& node_schema() {
  static const Schema<Node> schema = [] {
    Schema<Node> s("node", "A server and the scale-up domain of its chips.");
    s.text("name", &Node::name, described("What answers call it.", "h100-sxm"))
        .integer("chips", &Node::chips, bounded("Chips in one server.", "8", 1, 1e6, true))
        .integer("scale_up_domain", &Node::scale_up_domain,
                 bounded("Chips joined by scale-up links: 8, 72 in an NVL72 rack, a whole TPU pod.", "8", 1, 1e7, true))
        .choice("topology", &Node::topology,
                {{"switched", ScaleUpTopology::Switched, "Any pair at full rate, through switches."},
                 {"full_mesh", ScaleUpTopology::FullMesh, "One link for each pair."},
                 {"torus2d", ScaleUpTopology::Torus2d, "Four neighbours."},
                 {"torus3d", ScaleUpTopology::Torus3d, "Six neighbours."},
                 {"hybrid_cube_mesh", ScaleUpTopology::HybridCubeMesh, "DGX-1."}},
                described("How the chips of a domain are joined.", "switched"))
        .quantity("scale_up_bandwidth", &Node::scale_up_bandwidth,
                  bounded("Of a chip on the scale-up network, one direction.", "450 GB/s", 1e6, kMaxBandwidth, true))
        .quantity("scale_up_latency", &Node::scale_up_latency,
                  bounded("One hop, as a collective sees it.", "1.9 us", 0, 1e-2))
        .quantity("scale_out_bandwidth", &Node::scale_out_bandwidth,
                  bounded("Of a chip on the fabric, one direction: the node's NICs over its chips.", "400 Gbit/s", 1e6,
                          kMaxBandwidth, true))
        .ignore("chip")
        .ignore("fabric")
        .ignore("aliases");
    return s;
  }();
  return schema;
}

namespace {

const Schema<Placement>& placement_schema() {
  static const Schema<Placement> schema = [] {
    Schema<Placement> s("placement",
                        "Which nodes of the machine a job gets, and in which order its ranks run over them.");
    s.choice("order", &Placement::order,
             {{"packed", PlacementOrder::Packed, "The first nodes, in the machine's order."},
              {"random", PlacementOrder::Random, "Any nodes, in random order."},
              {"rail", PlacementOrder::Rail, "Any nodes, in the machine's order: neighbours share leaves and rails."}},
             described("Which nodes, and in which order.", "random"))
        .integer("machine_chips", &Placement::machine_chips,
                 bounded("Chips of the machine that the nodes are taken from; 0: as many as the job uses.", "24576", 0,
                         kMaxChips));
    return s;
  }();
  return schema;
}

}  // namespace

const Schema<Cluster>& cluster_schema() {
  static const Schema<Cluster> schema = [] {
    Schema<Cluster> s("cluster", "The machine that a job runs on.");
    s.table("chip", &Cluster::chip, chip_schema(),
            described("By name or as a table; left out: the node's own.", "h100-sxm"))
        .table("node", &Cluster::node, node_schema(), described("By name or as a table.", "h100-sxm"))
        .table("fabric", &Cluster::fabric, fabric_schema(),
               described("By name or as a table; left out: the node's usual one.", "ib-ndr"))
        .integer("chips", &Cluster::chips,
                 {.help = "Chips that the job uses.",
                  .example = "16384",
                  .minimum = 1,
                  .maximum = kMaxChips,
                  .default_text = "those of one node"})
        .table("placement", &Cluster::placement, placement_schema(), described("Where the job sits.", ""));
    return s;
  }();
  return schema;
}

}  // namespace orrery
