#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "step/kernels/attention.hpp"
#include "step/kernels/gemm.hpp"
#include "step/kernels/grouped_gemm.hpp"

namespace orrery {

/// What the framework that measured a table added around the kernel: not a property of the chip, never used for a step.
struct TableOverhead {
  Seconds latency{0.0};     ///< More launches: the cast, the framework's own operator.
  Seconds cast_row{0.0};    ///< FP8 and FP4 tables: the activation cast, a thread block a row ...
  Seconds cast_chunk{0.0};  ///< ... that loops over chunks of 2,048 elements.
  /// Expert tables of Triton kernels: copies of other chips' experts are still written as zeros, activated and summed.
  bool remote_copies = false;
};

/// One measured product.
struct GemmRow {
  GemmShape shape;
  NumberFormat format = NumberFormat::Bf16;
  Seconds measured;
};

/// One measured forward pass of attention (without dropout, by the best kernel of the chip).
struct AttentionRow {
  AttentionShape shape;
  NumberFormat format = NumberFormat::Bf16;
  Seconds measured;
};

/// One measured forward pass of the expert layers.
struct ExpertRow {
  ExpertShape shape;
  NumberFormat format = NumberFormat::Bf16;
  Seconds measured;
};

/// Whether rows of these sizes are fitted on (otherwise scored): bit 3 of the CRC-32 (IEEE 802.3, as in zlib) of the
/// text `AxBxC`, the decimal sizes joined by `x`, is clear. Products are split by (n, k), attention by (heads,
/// kv_heads, qk_dim), experts by (hidden, ffn, local): whole blocks of rows, all batch sizes and lengths together.
bool in_fit_half(std::initializer_list<long long> sizes);
bool in_fit_half(const GemmRow& row);
bool in_fit_half(const AttentionRow& row);
bool in_fit_half(const ExpertRow& row);

Seconds predict(const GemmRow& row, const Chip& chip, const TableOverhead& overhead);
/// Includes the write of keys and values into the cache, which the measured operator does.
Seconds predict(const AttentionRow& row, const Chip& chip, const TableOverhead& overhead);
Seconds predict(const ExpertRow& row, const Chip& chip, const TableOverhead& overhead);

/// Errors of a set of rows: shares of the measured time.
struct ErrorSummary {
  std::size_t rows = 0;
  double mean = 0.0;    ///< Mean of |predicted / measured - 1|.
  double median = 0.0;  ///< Its median.
  double p90 = 0.0;     ///< Its 90th percentile.
  double bias = 0.0;    ///< Median of predicted / measured - 1.
};

/// `relative_errors` are predicted / measured - 1; none gives zero rows.
ErrorSummary summarize(std::vector<double> relative_errors);

/// Scores the rows of the half not fitted on (`fit_half` false) or fitted on, with at least `least` operations.
ErrorSummary score(const std::vector<GemmRow>& rows, const Chip& chip, const TableOverhead& overhead, bool fit_half,
                   Flops least = Flops(0.0));
ErrorSummary score(const std::vector<AttentionRow>& rows, const Chip& chip, const TableOverhead& overhead,
                   bool fit_half, Flops least = Flops(0.0));
ErrorSummary score(const std::vector<ExpertRow>& rows, const Chip& chip, const TableOverhead& overhead, bool fit_half,
                   Flops least = Flops(0.0));

/// The products that the measured experts do: 2 x arrived copies x (gate, up and down projection).
Flops expert_flops(const ExpertShape& shape);

}  // namespace orrery
