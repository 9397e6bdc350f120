#pragma once

#include "hardware/cluster.hpp"

namespace orrery::test {

/// Two units of 1 TFLOP/s each, no latency, no filling, whole waves, and everything else infinitely fast: times can be
/// worked out by hand.
inline Chip plain_chip() {
  Chip chip;
  chip.name = "plain";
  chip.peak_bf16 = 2_TFLOP_per_s;
  chip.peak_fp8 = 4_TFLOP_per_s;
  chip.memory_bandwidth = BytesPerSecond(1e30);
  chip.compute_units = 2;
  ChipCalibration& c = chip.calibration;
  c.tensor_efficiency = c.tensor_efficiency_fp8 = 1.0;
  c.k_loop_fill = 0.0;
  c.wave_weight = 1.0;
  c.operand_bytes_per_flop = 1e6;
  c.memory_efficiency = 1.0;
  c.kernel_latency = Seconds(0.0);
  c.attention_efficiency = 1.0;
  c.attention_softmax_flops = 0.0;
  c.attention_block_latency = Seconds(0.0);
  c.attention_backward_share = 1.0;
  return chip;
}

/// The constants of H100-SXM5 that fitting gave, rounded.
inline Chip h100_like() {
  Chip chip;
  chip.name = "h100-like";
  chip.peak_bf16 = FlopsPerSecond(989.4e12);
  chip.peak_fp8 = 1979_TFLOP_per_s;
  chip.memory_bandwidth = 3350_GB_per_s;
  chip.compute_units = 132;
  return chip;
}

}  // namespace orrery::test
