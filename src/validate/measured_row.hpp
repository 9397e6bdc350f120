#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "model/transformer.hpp"

namespace orrery {

/// What a row measured. All but the last two are ways to state the time of a step.
enum class Metric {
  StepSeconds,    ///< Wall time of one optimizer step, seconds.
  TokensPerGpu,   ///< Tokens a second and chip.
  TflopsPerGpu,   ///< Model (or hardware) TFLOP/s a chip, counted as the row says.
  Mfu,            ///< Model FLOPs utilisation, a fraction.
  Hfu,            ///< Hardware FLOPs utilisation: recomputed operations count, a fraction.
  GpuHours,       ///< A whole run, restarts included: no step.
  PeakMemoryGib,  ///< Largest memory of a chip, GiB.
};
const char* metric_name(Metric metric);
const char* metric_unit(Metric metric);
/// Step time and tokens a second say the time directly; the others through somebody's count of operations.
bool is_direct_time(Metric metric);
bool is_time(Metric metric);

/// One published or own measurement: a row of a file with the columns of docs/conventions.md. An empty cell is an
/// empty optional or an empty string; nothing is filled here (see conventions.hpp).
struct MeasuredRow {
  std::string id, family, source, model;
  std::optional<int> layers, hidden, heads, kv_heads, ffn, vocab, seq, experts, topk;
  std::string gpu;
  std::optional<int> gpus_per_node;
  std::optional<long long> gpus;
  std::optional<int> tp, pp, vpp, cp, ep, dp, zero, micro_batch;
  std::optional<long long> global_batch;
  std::optional<bool> sequence_parallel;
  std::string recompute, precision;
  Metric metric = Metric::StepSeconds;
  double value = 0;
  std::string unit, group, chip, framework, framework_date, task;
  std::optional<bool> gated_mlp;
  std::optional<int> head_dim;
  std::string moe_routing;
  std::optional<AttentionFlops> attention_flops;
  std::optional<double> peak_tflops;  ///< Dense peak that a utilisation refers to, TFLOP/s.
  std::string notes;
  std::size_t line = 0;  ///< Where it stood, 1-based.
  std::size_t end = 0;   ///< Bytes of the table up to its end: how far the reading has come.
};

/// The columns, in the order of the published tables.
const std::vector<std::string>& measured_columns();

/// Reads a CSV of measurements row by row and hands each good row to `use`. Nothing is kept of a row but some forty
/// bytes, by which an id that stands twice is found.
///
/// Strict: every column of `measured_columns()` must be there (in any order) and no other; each cell is checked (type,
/// range, known words), every row has an id of its own, and every mistake is reported with line and column. Once a
/// mistake is found no further row is handed out, but reading goes on so that all mistakes are reported at once (at
/// most 100). Throws `InputError`. Returns the number of rows read.
std::size_t read_measured_rows(std::istream& in, const std::string& name,
                               const std::function<void(const MeasuredRow&)>& use);

/// The same from a file. A missing file, a directory or an unreadable one is an `InputError`.
std::size_t read_measured_file(const std::string& path, const std::function<void(const MeasuredRow&)>& use);

}  // namespace orrery
