#include "step/kernels/kernel_score.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "base/statistics.hpp"
#include "step/kernels/memory_bound.hpp"

namespace orrery {
namespace {

constexpr double kCastChunk = 2048;  // 256 threads of 8 elements.

std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1u ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

Seconds cast_time(double rows, double width, NumberFormat format, const TableOverhead& overhead) {
  if (format != NumberFormat::Fp8 && format != NumberFormat::Fp4) return Seconds(0.0);
  return rows * (overhead.cast_row + overhead.cast_chunk * std::ceil(width / kCastChunk));
}

Flops operations(const GemmRow& row) {
  return gemm_flops(row.shape);
}
Flops operations(const AttentionRow& row) {
  return attention_flops(row.shape);
}
Flops operations(const ExpertRow& row) {
  return expert_flops(row.shape);
}

template <typename Row>
ErrorSummary score_rows(const std::vector<Row>& rows, const Chip& chip, const TableOverhead& overhead, bool fit_half,
                        Flops least) {
  std::vector<double> errors;
  for (const Row& row : rows) {
    if (in_fit_half(row) != fit_half || operations(row) < least) continue;
    errors.push_back(predict(row, chip, overhead) / row.measured - 1.0);
  }
  return summarize(std::move(errors));
}

}  // namespace

bool in_fit_half(std::initializer_list<long long> sizes) {
  std::string key;
  for (const long long size : sizes) {
    if (!key.empty()) key += 'x';
    key += std::to_string(size);
  }
  return (crc32(key) >> 3 & 1u) == 0;
}
bool in_fit_half(const GemmRow& row) {
  return in_fit_half({row.shape.n, row.shape.k});
}
bool in_fit_half(const AttentionRow& row) {
  return in_fit_half({row.shape.heads, row.shape.kv_heads, row.shape.qk_dim});
}
bool in_fit_half(const ExpertRow& row) {
  return in_fit_half({row.shape.hidden, row.shape.ffn, row.shape.local});
}

Seconds predict(const GemmRow& row, const Chip& chip, const TableOverhead& overhead) {
  const auto m = static_cast<double>(row.shape.m), k = static_cast<double>(row.shape.k);
  return gemm_time(row.shape, row.format, chip) + overhead.latency + cast_time(m, k, row.format, overhead);
}

Seconds predict(const AttentionRow& row, const Chip& chip, const TableOverhead& overhead) {
  const AttentionShape& s = row.shape;
  const double written = 2.0 * static_cast<double>(s.batch * s.kv_heads * s.q_len * (s.qk_dim + s.v_dim));
  return attention_forward(s, AttentionKernel::Tuned, row.format, chip) + overhead.latency +
         Bytes(2.0 * written) / (chip.memory_bandwidth * chip.calibration.memory_efficiency);
}

Seconds predict(const ExpertRow& row, const Chip& chip, const TableOverhead& overhead) {
  const ExpertShape& s = row.shape;
  const double share = static_cast<double>(s.local) / static_cast<double>(s.experts);
  const double arrived = s.imbalance * s.tokens * static_cast<double>(s.top_k) * share;
  Seconds remote;
  if (overhead.remote_copies) {
    // Zeros written and read by the activation, its result, zeros of the second product and their sum; 16 bits each.
    const double copies = std::max(0.0, s.tokens * static_cast<double>(s.top_k) - arrived);
    const auto hidden = static_cast<double>(s.hidden), ffn = static_cast<double>(s.ffn);
    remote = stream_time(Bytes(copies * 2.0 * ((s.gated ? 5.0 : 3.0) * ffn + 2.0 * hidden)), chip);
  }
  return experts_forward(s, row.format, chip) + overhead.latency + remote +
         cast_time(s.tokens, static_cast<double>(s.hidden), row.format, overhead) +
         cast_time(arrived, static_cast<double>(s.ffn), row.format, overhead);
}

ErrorSummary summarize(std::vector<double> errors) {
  ErrorSummary summary;
  summary.rows = errors.size();
  if (errors.empty()) return summary;
  summary.bias = median(errors);
  for (double& error : errors) error = std::abs(error);
  for (const double error : errors) summary.mean += error;
  summary.mean /= static_cast<double>(errors.size());
  summary.median = median(errors);
  summary.p90 = quantile(errors, 0.9);
  return summary;
}

ErrorSummary score(const std::vector<GemmRow>& rows, const Chip& chip, const TableOverhead& overhead, bool fit_half,
                   Flops least) {
  return score_rows(rows, chip, overhead, fit_half, least);
}
ErrorSummary score(const std::vector<AttentionRow>& rows, const Chip& chip, const TableOverhead& overhead,
                   bool fit_half, Flops least) {
  return score_rows(rows, chip, overhead, fit_half, least);
}
ErrorSummary score(const std::vector<ExpertRow>& rows, const Chip& chip, const TableOverhead& overhead, bool fit_half,
                   Flops least) {
  return score_rows(rows, chip, overhead, fit_half, least);
}

Flops expert_flops(const ExpertShape& s) {
  const double arrived =
      s.imbalance * s.tokens * static_cast<double>(s.top_k * s.local) / static_cast<double>(s.experts);
  return Flops(2.0 * arrived * static_cast<double>(s.hidden) * static_cast<double>(s.ffn) * (s.gated ? 3.0 : 2.0));
}

}  // namespace orrery
