#include <fmt/format.h>

#include <algorithm>

#include "step/layout.hpp"
#include "validate/interpreter.hpp"
#include "validate/row_notes.hpp"

namespace orrery {
namespace {

const char* const kNewerEngineSince = "2025-06";  // Transformer Engine 2.3, Megatron-Core 0.12.

}  // namespace

std::string Interpreter::machine() {
  const RowPresets::Machine* machine = presets_.machine(row_.chip);
  if (machine == nullptr) return "chip unknown: " + row_.chip;
  if (!row_.gpus) return "gpus blank";
  Cluster& cluster = spec().cluster;
  cluster = {machine->chip, machine->node, machine->fabric, *row_.gpus, {}};
  Node& node = cluster.node;
  if (row_.gpu.ends_with("NeuronCore")) {
    Chip& chip = cluster.chip;
    for (FlopsPerSecond* peak : {&chip.peak_fp32, &chip.peak_tf32, &chip.peak_bf16, &chip.peak_fp8, &chip.peak_fp4}) {
      *peak /= 2;
    }
    chip.memory /= 2;
    chip.memory_bandwidth /= 2;
    chip.tdp /= 2;
    chip.compute_units = std::max(1, chip.compute_units / 2);
    node.chips *= 2;
    node.scale_up_domain *= 2;
    node.scale_up_bandwidth /= 2;
    node.scale_out_bandwidth /= 2;
    filled(Fill::NeuronCore, fmt::format("{} cores", *row_.gpus));
  }
  if (row_.gpus_per_node && *row_.gpus_per_node != node.chips) {
    if (node.scale_up_domain == node.chips) node.scale_up_domain = *row_.gpus_per_node;
    node.chips = *row_.gpus_per_node;
    filled(Fill::NodeSize, fmt::format("{} chips", node.chips));
  }
  for (const char* word : {"slice(s)", "slices", "slice"}) {
    const long long slices = number_before(row_.notes, word);
    if (slices == 0 || *row_.gpus % slices != 0) continue;
    node.scale_up_domain = static_cast<int>(std::max<long long>(node.chips, *row_.gpus / slices));
    slices_ = slices;
    filled(Fill::Slices, fmt::format("{} chips", node.scale_up_domain));
    break;
  }
  if (mentions(row_.source, "VIA-Research/vTrain")) {
    node.scale_out_bandwidth = BytesPerSecond(100e9 / node.chips);  // 800 Gbit/s a node.
    filled(Fill::NetworkStated, "100 GB/s a node");
  }
  const auto meta = presets_.fabrics.find("meta-24k");
  if (mentions(row_.source, "arXiv:2407.21783") && meta != presets_.fabrics.end()) {
    cluster.fabric = meta->second;
    filled(Fill::NetworkStated, "meta-24k");
  }
  return "";
}

std::string Interpreter::precision() {
  std::string word = row_.precision;
  if (word.ends_with("-eager")) {
    word.resize(word.size() - 6);
    eager_ = true;
  }
  Precision& precision = spec().training.precision;
  if (word.empty()) {
    const bool megatron = row_.framework == "megatron-lm" || row_.framework == "megatron-deepspeed";
    precision = !spec().cluster.chip.has_bf16 ? Precision::Fp16 : megatron ? Precision::Fp32 : Precision::Bf16;
    filled(Fill::PrecisionBlank, precision_name(precision));
  } else if (word == "fp8-blockwise") {
    precision = Precision::Fp8Blockwise;
  } else if (word.starts_with("fp8")) {
    precision = Precision::Fp8Tensorwise;
    filled(Fill::PrecisionWords, precision_name(precision));
  } else {
    bool known = false;
    for (const Precision candidate :
         {Precision::Fp32, Precision::Fp16, Precision::Bf16, Precision::Mxfp8, Precision::Nvfp4}) {
      if (word != precision_name(candidate)) continue;
      precision = candidate;
      known = true;
    }
    if (!known) return "precision " + word + ": not modelled";
  }
  return "";
}

std::string Interpreter::software() {
  const std::string month = month_of_file(row_.source);
  const std::string dated = month.empty() ? row_.framework_date : month;
  if (dated != row_.framework_date) filled(Fill::FrameworkDate, dated);
  const SoftwareProfile* profile = software_profile(presets_.software, row_.framework, dated);
  if (profile == nullptr) {
    profile = software_profile(presets_.software, row_.zero == 3 ? "torchtitan" : "megatron-lm", dated);
    if (profile == nullptr) return "framework unknown: " + row_.framework;
    filled(Fill::Software, profile->software.name);
  }
  spec().software = profile->software;
  stated_switches(dated);
  return "";
}

void Interpreter::stated_switches(const std::string& date) {
  Software& software = spec().software;
  const StatedOverlaps stated = stated_overlaps(row_.notes);
  if (stated.any()) filled(Fill::OverlapStated, "as stated");
  if (stated.tensor == true) software.tensor_overlap = TensorOverlap::Full;
  // What "no TP overlap" switches off is the exchange in chunks; the input gradient's collective stays asynchronous.
  if (stated.tensor == false) software.tensor_overlap = std::min(software.tensor_overlap, TensorOverlap::Backward);
  software.overlap_dp = stated.data.value_or(software.overlap_dp);
  software.overlap_pp = stated.pipeline.value_or(software.overlap_pp);
  if (mentions(row_.notes, "dropout on")) {
    software.dropout = true;
    filled(Fill::DropoutStated, "on");
  }
  // Transformer Engine's attention is cuDNN's, unless the row names another one.
  const auto noted = [this](const char* word) { return mentions(row_.notes, word); };
  if (noted("kernels TE") && !noted("FlexAttn") && !noted("TorchSDPA")) {
    software.attention = AttentionKernel::Tuned;
    filled(Fill::AttentionKernels, "tuned");
  }
  if (eager_) {
    software.fused_elementwise = false;
    software.graphs = Graphs::None;
    software.loss = LossKernel::Unfused;
    filled(Fill::Eager, "uncompiled");
  }
  if (row_.framework == "megatron-lm" && !date.empty() && date >= kNewerEngineSince) {
    software.gradient_placeholders = true;
    software.weights_in_experts = true;
    filled(Fill::NewerEngine, "kept");
  }
  if (row_.source.ends_with("_cef")) {
    software.loss = LossKernel::Fused;
    filled(Fill::FusedLoss, "fused");
  }
}

}  // namespace orrery
