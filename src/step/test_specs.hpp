#pragma once

#include "step/spec.hpp"

namespace orrery::test {

/// DGX A100 class servers of 8 chips on 200 Gbit/s a chip.
inline Cluster a100_cluster(long long chips) {
  Cluster c;
  c.chip.name = "A100-SXM4-80GB";
  c.chip.vendor = "NVIDIA";
  c.chip.peak_fp32 = FlopsPerSecond(19.5e12);
  c.chip.peak_tf32 = 156_TFLOP_per_s;
  c.chip.peak_bf16 = 312_TFLOP_per_s;
  c.chip.memory = 80_GiB;
  c.chip.memory_bandwidth = 2039_GB_per_s;
  c.chip.compute_units = 108;
  c.node.scale_up_bandwidth = 300_GB_per_s;
  c.node.scale_out_bandwidth = 25_GB_per_s;
  c.chips = chips;
  return c;
}

/// DGX H100 class servers of 8 chips on 400 Gbit/s a chip.
inline Cluster h100_cluster(long long chips) {
  Cluster c = a100_cluster(chips);
  c.chip.name = "H100-SXM5-80GB";
  c.chip.peak_bf16 = FlopsPerSecond(989.4e12);
  c.chip.peak_fp8 = 1979_TFLOP_per_s;
  c.chip.memory_bandwidth = 3350_GB_per_s;
  c.chip.compute_units = 132;
  c.node.scale_up_bandwidth = 450_GB_per_s;
  c.node.scale_out_bandwidth = 50_GB_per_s;
  return c;
}

/// A GPT of equal layers: learned positions, tied embeddings, biases (arXiv:2005.14165).
inline Transformer gpt(int layers, int hidden, int heads) {
  Transformer m;
  m.layers = layers;
  m.hidden = hidden;
  m.attention.heads = m.attention.kv_heads = heads;
  m.attention.head_dim = hidden / heads;
  m.ffn = 4 * hidden;
  m.vocab = 51200;
  m.tied_embeddings = m.biases = true;
  m.norm = Norm::LayerNorm;
  m.position = Position::Learned;
  m.max_positions = 2048;
  return m;
}

/// A Llama of equal layers: gated MLP, grouped queries, rotary positions.
inline Transformer llama(int layers, int hidden, int heads, int kv_heads, int ffn) {
  Transformer m;
  m.layers = layers;
  m.hidden = hidden;
  m.attention.heads = heads;
  m.attention.kv_heads = kv_heads;
  m.attention.head_dim = hidden / heads;
  m.ffn = ffn;
  m.gated_mlp = true;
  m.vocab = 128256;
  return m;
}

/// The case of the search's speed goal: GPT-3 175B on 512 A100-80GB, 1,536 sequences of 2,048 tokens.
inline StepSpec gpt3_on_512_a100() {
  StepSpec spec;
  spec.model = gpt(96, 12288, 96);
  spec.cluster = a100_cluster(512);
  spec.training.sequence = 2048;
  spec.training.global_batch = 1536;
  return spec;
}

/// The demonstration: Llama-3.1-405B on 16,384 H100s, 16 Mi tokens a step.
inline StepSpec llama_405b_on_16384_h100() {
  StepSpec spec;
  spec.model = llama(126, 16384, 128, 8, 53248);
  spec.cluster = h100_cluster(16384);
  spec.training.sequence = 8192;
  spec.training.global_batch = 2048;
  return spec;
}

}  // namespace orrery::test
