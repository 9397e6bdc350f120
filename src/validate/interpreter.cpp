#include "validate/interpreter.hpp"

#include <fmt/format.h>

#include "step/layout.hpp"
#include "validate/row_notes.hpp"

namespace orrery {
Expected<Interpretation, std::string> Interpreter::run() {
  using Reading = std::string (Interpreter::*)();
  for (const Reading read : {&Interpreter::known_kind, &Interpreter::machine, &Interpreter::architecture,
                             &Interpreter::precision, &Interpreter::software, &Interpreter::layout, &Interpreter::batch,
                             &Interpreter::interleaving, &Interpreter::counts}) {
    if (std::string reason = (this->*read)(); !reason.empty()) return Unexpected<std::string>(std::move(reason));
  }
  if (const std::string problem = layout_problem(spec()); !problem.empty()) {
    return Unexpected<std::string>("layout cannot run: " + problem);
  }
  recompute();  // Last: it asks whether the whole step fits.
  return std::move(result_);
}

std::string Interpreter::known_kind() {
  if (row_.metric == Metric::GpuHours) return "metric gpu_hours: a whole run, not a step";
  if (!row_.unit.empty() && row_.unit != metric_unit(row_.metric)) {
    return fmt::format("unit {} of metric {}: unknown", row_.unit, metric_name(row_.metric));
  }
  if (row_.task == "lora") return "fine-tuning task lora: not modelled";
  if (row_.task == "sft" && is_time(row_.metric) && !is_direct_time(row_.metric)) {
    return "fine-tuning task sft: how its operations were counted is not stated";
  }
  if (row_.precision == "int8") return "precision int8: not modelled";
  if (mentions(row_.notes, "validate on tokens/s") && !is_direct_time(row_.metric) && is_time(row_.metric)) {
    return "operations counted differently from release to release, says the source";
  }
  const std::string label = "pipeline schedule ";
  if (const std::size_t place = row_.notes.find(label); place != std::string::npos) {
    const std::size_t begin = place + label.size();
    const std::string name = row_.notes.substr(begin, row_.notes.find_first_of(" ;,", begin) - begin);
    if (name != "1f1b" && name != "1f1b-interleaved" && name != "gpipe") {
      return "zero-bubble pipeline schedule: not modelled";
    }
    if (name == "gpipe") spec().layout.schedule = Schedule::GPipe;
  }
  return "";
}

std::string Interpreter::counts() {
  if (row_.metric == Metric::PeakMemoryGib) {
    if (row_.framework == "torchtitan") {
      result_.memory = MemoryCount::Reserved;
      filled(Fill::MemoryCounted, "reserved");
    } else if (row_.framework == "megatron-deepspeed") {
      result_.memory = MemoryCount::Device;
      filled(Fill::MemoryCounted, "device");
    }
    return "";
  }
  if (is_direct_time(row_.metric)) return "";
  result_.attention = row_.attention_flops.value_or(AttentionFlops::Full);
  if (!row_.attention_flops) filled(Fill::AttentionCount, "full");
  if (row_.metric == Metric::TflopsPerGpu) {
    result_.counts_recompute =
        row_.framework == "megatron-lm" && !row_.framework_date.empty() && row_.framework_date < kSelectiveSince;
    if (result_.counts_recompute) filled(Fill::RecomputeCounted, "full recomputation");
  } else if (row_.peak_tflops) {
    result_.peak = FlopsPerSecond(*row_.peak_tflops * 1e12);
  } else {
    const Precision p = spec().training.precision;
    const NumberFormat format = p == Precision::Fp32                           ? NumberFormat::Fp32
                                : p == Precision::Fp16 || p == Precision::Bf16 ? NumberFormat::Bf16
                                : p == Precision::Nvfp4                        ? NumberFormat::Fp4
                                                                               : NumberFormat::Fp8;
    result_.peak = spec().cluster.chip.peak(format);
    if (result_.peak.raw() <= 0) return "peak_tflops blank";
    filled(Fill::PeakTflops, fmt::format("{:.1f} TFLOP/s", result_.peak.raw() / 1e12));
  }
  result_.counts_all_kv_heads = mentions(row_.notes, "ignore GQA");
  if (result_.counts_all_kv_heads) filled(Fill::KvHeadsCounted, fmt::format("{} heads", spec().model.attention.heads));
  return "";
}

Expected<Interpretation, std::string> interpret(const MeasuredRow& row, const RowPresets& presets,
                                                const FitsMemory& fits) {
  return Interpreter(row, presets, fits).run();
}

}  // namespace orrery
