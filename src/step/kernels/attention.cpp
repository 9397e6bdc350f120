#include "step/kernels/attention.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "step/kernels/gemm.hpp"
#include "step/kernels/memory_bound.hpp"

namespace orrery {
namespace {

constexpr double kBlock = 128;  // Queries of one thread block, and keys of one turn of its loop.

double scores_of(const AttentionShape& s) {
  const auto q = static_cast<double>(s.q_len), kv = static_cast<double>(s.kv_len);
  const double window = s.window > 0 ? static_cast<double>(s.window) : kv;
  double keys = std::min(kv, s.causal ? std::min(kv - (q - 1.0) / 2.0, window) : window);
  if (s.causal && window < kv && q > window) {
    // The first `window` queries of a sequence see fewer keys when nothing precedes them.
    const double cached = kv - q, ramp = std::max(0.0, window - cached);
    keys = window - ramp * (ramp - 1.0) / (2.0 * q);
  }
  return static_cast<double>(s.batch) * static_cast<double>(s.heads) * q * std::max(1.0, keys);
}

/// Keys that an average block of queries, and the longest, loops over: whole blocks, half of them masked at each edge.
struct Keys {
  double mean, longest;
};

Keys keys_of_block(const AttentionShape& s) {
  const auto q = static_cast<double>(s.q_len), kv = static_cast<double>(s.kv_len);
  const double all = kBlock * std::ceil(kv / kBlock);
  Keys keys{all, all};
  if (s.causal) keys.mean = std::min(all, kv - q + (std::max(q, kBlock) + 2.0 * kBlock) / 2.0);
  if (s.window > 0 && s.window < s.kv_len) {
    const double seen = static_cast<double>(s.window) + (s.causal ? 1.5 : 2.0) * kBlock;
    keys.mean = std::min(keys.mean, seen);
    keys.longest = std::min(keys.longest, seen);
  }
  return keys;
}

Seconds flash(const AttentionShape& s, AttentionKernel kind, NumberFormat format, const Chip& chip, bool backward) {
  const ChipCalibration& c = chip.calibration;
  const double peak = chip.peak(format).raw();
  ORRERY_CHECK(peak > 0.0, "attention is priced in a number format that the chip lacks");
  const auto batch = static_cast<double>(s.batch), heads = static_cast<double>(s.heads);
  const auto q = static_cast<double>(s.q_len), kv = static_cast<double>(s.kv_len);
  const auto width = static_cast<double>(s.qk_dim + s.v_dim);
  const double units = chip.compute_units;
  double score =
      2.0 * width / (peak * c.attention_efficiency) + c.attention_softmax_flops / chip.peak(NumberFormat::Bf16).raw();
  if (backward) score *= 2.5 / c.attention_backward_share;
  if (kind == AttentionKernel::Flash) score /= c.attention_flash_share;
  score *= units;  // Of one unit.
  const Keys keys = keys_of_block(s);
  const double start = c.attention_block_latency.raw() * (backward ? 2.0 : 1.0);
  const double blocks = batch * heads * std::ceil(q / kBlock);
  const double mean = kBlock * keys.mean * score + start;
  const double longest = kBlock * keys.longest * score + start;
  const double spread = blocks * mean / units;
  // List scheduling ends between the even spread and the even spread plus one longest block (Graham 1969).
  const double compute = std::max(spread, longest) + 0.5 * std::min(spread, longest);
  const double size = operand_bytes(format);
  const double query_side = batch * heads * q * width * size;
  const double key_side = batch * static_cast<double>(s.kv_heads) * kv * width * size;
  // Backward reads queries, results, their gradients, keys and values and writes three gradients (queries' in fp32).
  const double traffic = backward ? 4.0 * query_side + 2.0 * key_side : query_side + key_side;
  const double memory = traffic / (chip.memory_bandwidth.raw() * c.memory_efficiency);
  return c.kernel_latency * (backward ? 3.0 : 1.0) + Seconds(std::max(compute, memory));
}

/// A pass of `bytes` for each score of the whole q x kv matrix.
Seconds pass(const AttentionShape& s, double bytes, const Chip& chip) {
  return stream_time(Bytes(bytes * static_cast<double>(s.batch * s.heads) * static_cast<double>(s.q_len) *
                           static_cast<double>(s.kv_len)),
                     chip);
}

/// Bytes of a score between kernels: 16 bits, or 32 where the products are FP32 or TF32.
double score_bytes(NumberFormat format) {
  return std::max(2.0, operand_bytes(format));
}

Seconds unfused_forward(const AttentionShape& s, NumberFormat format, const Chip& chip) {
  const long long copies = s.batch * s.heads;
  Seconds time = gemm_time({s.q_len, s.kv_len, s.qk_dim, copies}, format, chip);
  time += gemm_time({s.q_len, s.v_dim, s.kv_len, copies}, format, chip);
  // One pass reads and writes a score; unfused: scale, mask and softmax are three.
  const double score = score_bytes(format);
  const int passes = s.fused_softmax ? 1 : 3;
  for (int i = 0; i < passes; ++i) time += pass(s, 2 * score, chip);
  if (s.dropout) time += pass(s, 2 * score + 1, chip);  // And writes a mask of one byte.
  return time;
}

Seconds unfused_backward(const AttentionShape& s, NumberFormat format, const Chip& chip) {
  const long long copies = s.batch * s.heads;
  Seconds time = gemm_time({s.q_len, s.kv_len, s.v_dim, copies}, format, chip);  // Gradient of the probabilities.
  time += gemm_time({s.kv_len, s.v_dim, s.q_len, copies}, format, chip);         // Of the values.
  time += gemm_time({s.q_len, s.qk_dim, s.kv_len, copies}, format, chip);        // Of the queries.
  time += gemm_time({s.kv_len, s.qk_dim, s.q_len, copies}, format, chip);        // Of the keys.
  const double score = score_bytes(format);
  if (s.dropout) time += pass(s, 2 * score + 1, chip);
  time += pass(s, 3 * score, chip);  // Softmax: reads probability and gradient, writes.
  const int others = s.fused_softmax ? 0 : 2;
  for (int i = 0; i < others; ++i) time += pass(s, 2 * score, chip);
  return time;
}

void check(const AttentionShape& s) {
  ORRERY_CHECK(s.batch > 0 && s.heads > 0 && s.kv_heads > 0 && s.q_len > 0 && s.kv_len > 0 && s.qk_dim > 0 &&
                   s.v_dim > 0 && s.window >= 0,
               "attention sizes are at least 1");
  ORRERY_CHECK(!s.causal || s.kv_len >= s.q_len, "causal queries are the last tokens of the keys");
}

}  // namespace

Flops attention_flops(const AttentionShape& s) {
  return Flops(2.0 * static_cast<double>(s.qk_dim + s.v_dim) * scores_of(s));
}

Seconds attention_forward(const AttentionShape& s, AttentionKernel kind, NumberFormat format, const Chip& chip) {
  check(s);
  return kind == AttentionKernel::Unfused ? unfused_forward(s, format, chip) : flash(s, kind, format, chip, false);
}

Seconds attention_backward(const AttentionShape& s, AttentionKernel kind, NumberFormat format, const Chip& chip) {
  check(s);
  return kind == AttentionKernel::Unfused ? unfused_backward(s, format, chip) : flash(s, kind, format, chip, true);
}

}  // namespace orrery
