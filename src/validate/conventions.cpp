#include "validate/conventions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <tuple>

#include "step/layout.hpp"

namespace orrery {
namespace {

constexpr int kGpt2Vocabulary = 50257;
constexpr double kLargeModel = 100e9;  // Parameters from which a micro-batch is one sequence.
constexpr long long kMicroBatchTokens = 8192;
constexpr double kAcceptedBubble = 0.05;
constexpr double kRealExpertLoad = 1.15;
constexpr int kFineTuningDocument = 180;
const char* const kSelectiveSince = "2022-05";    // arXiv:2205.05198.
const char* const kNewerEngineSince = "2025-06";  // Transformer Engine 2.3, Megatron-Core 0.12.

/// The number after `word` in a text ("shard size 64"), or 0.
long long number_after(const std::string& text, const std::string& word) {
  const std::size_t place = text.find(word);
  if (place == std::string::npos) return 0;
  const long long number = std::atoll(text.c_str() + place + word.size());
  return number > 0 && number <= 10'000'000 ? number : 0;
}

/// The number before `word` ("2 slice(s)"), or 0.
long long number_before(const std::string& text, const std::string& word) {
  std::size_t place = text.find(word);
  if (place == std::string::npos) return 0;
  while (place > 0 && text[place - 1] == ' ') --place;
  std::size_t begin = place;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9' && place - begin < 7) --begin;
  return begin == place ? 0 : std::atoll(text.substr(begin, place - begin).c_str());
}

/// Whether `part` ("TP") is one of the words joined by slashes in front of `label` ("DP/TP/PP comm overlap on").
bool lists(const std::string& notes, const std::string& label, const std::string& part) {
  const std::size_t end = notes.find(label);
  if (end == std::string::npos) return false;
  const std::size_t before = end == 0 ? std::string::npos : notes.find_last_of(" ;,", end - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return ("/" + notes.substr(begin, end - begin) + "/").find("/" + part + "/") != std::string::npos;
}

/// Sets the overlaps that notes speak of; true if they do.
bool set_stated_overlaps(const std::string& notes, Software& software) {
  const Software before = software;
  const bool off = notes.find(" overlap") != std::string::npos && notes.find("no ") != std::string::npos;
  if (lists(notes, " comm overlap on", "TP") || notes.find("AsyncTP") != std::string::npos) {
    software.tensor_overlap = TensorOverlap::Full;
  }
  if (lists(notes, " comm overlap on", "DP")) software.overlap_dp = true;
  if (lists(notes, " comm overlap on", "PP")) software.overlap_pp = true;
  // What "no TP overlap" switches off is the exchange in chunks; the input gradient's collective stays asynchronous.
  if (off && lists(notes, " overlap", "TP") && software.tensor_overlap == TensorOverlap::Full) {
    software.tensor_overlap = TensorOverlap::Backward;
  }
  if (off && lists(notes, " overlap", "DP")) software.overlap_dp = false;
  if (off && lists(notes, " overlap", "P2P")) software.overlap_pp = false;
  return before.tensor_overlap != software.tensor_overlap || before.overlap_dp != software.overlap_dp ||
         before.overlap_pp != software.overlap_pp;
}

/// Turns one row into a step; each part returns "" or the reason that the row is skipped for.
class Interpreter {
 public:
  Interpreter(const MeasuredRow& row, const RowPresets& presets, const FitsMemory& fits)
      : row_(row), presets_(presets), fits_(fits) {}

  Expected<Interpretation, std::string> run() {
    using Part = std::string (Interpreter::*)();
    for (const Part part : {&Interpreter::known_kind, &Interpreter::machine, &Interpreter::architecture,
                            &Interpreter::precision, &Interpreter::software, &Interpreter::layout, &Interpreter::batch,
                            &Interpreter::interleaving, &Interpreter::counts}) {
      if (std::string reason = (this->*part)(); !reason.empty()) return Unexpected<std::string>(std::move(reason));
    }
    if (const std::string problem = layout_problem(spec()); !problem.empty()) {
      return Unexpected<std::string>("layout cannot run: " + problem);
    }
    recompute();  // Last: it asks whether the whole step fits.
    return std::move(result_);
  }

 private:
  StepSpec& spec() { return result_.spec; }
  template <class... Arguments>
  void filled(Fill fill, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
    result_.fills.push_back({fill, fmt::format(text, std::forward<Arguments>(arguments)...)});
  }

  /// The month of the software: of the source's file, where its name has one ("_202506_"), or else as stated.
  std::string date() const {
    const std::string& source = row_.source;
    for (std::size_t at = source.find("_20"); at != std::string::npos; at = source.find("_20", at + 1)) {
      const std::string digits = source.substr(at + 1, 6);
      const bool month = digits.size() == 6 && digits.find_first_not_of("0123456789") == std::string::npos &&
                         digits.substr(4) >= "01" && digits.substr(4) <= "12";
      if (month && source.substr(at + 7, 1) == "_") return digits.substr(0, 4) + "-" + digits.substr(4);
    }
    return row_.framework_date;
  }
  /// Whether the software is of that date or later; undated software counts as today's.
  bool dated_from(const char* date) const { return row_.framework_date.empty() || row_.framework_date >= date; }

  std::string known_kind() {
    if (row_.metric == Metric::GpuHours) return "metric gpu_hours: a whole run, not a step";
    if (!row_.unit.empty() && row_.unit != metric_unit(row_.metric)) {
      return fmt::format("unit {} of metric {}: unknown", row_.unit, metric_name(row_.metric));
    }
    if (row_.task == "lora") return "fine-tuning task lora: not modelled";
    if (row_.task == "sft" && is_time(row_.metric) && !is_direct_time(row_.metric)) {
      return "fine-tuning task sft: how its operations were counted is not stated";
    }
    if (row_.precision == "int8") return "precision int8: not modelled";
    if (row_.notes.find("validate on tokens/s") != std::string::npos && !is_direct_time(row_.metric) &&
        is_time(row_.metric)) {
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

  std::string machine() {
    const RowPresets::Machine* machine = presets_.machine(row_.chip);
    if (machine == nullptr) return "chip unknown: " + row_.chip;
    if (!row_.gpus) return "gpus blank";
    Cluster& cluster = spec().cluster;
    cluster = {machine->chip, machine->node, machine->fabric, *row_.gpus};
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
      filled(Fill::NeuronCore, "{} cores", *row_.gpus);
    }
    if (row_.gpus_per_node && *row_.gpus_per_node != node.chips) {
      if (node.scale_up_domain == node.chips) node.scale_up_domain = *row_.gpus_per_node;
      node.chips = *row_.gpus_per_node;
      filled(Fill::NodeSize, "{} chips", node.chips);
    }
    for (const char* word : {"slice(s)", "slices", "slice"}) {
      const long long slices = number_before(row_.notes, word);
      if (slices == 0 || *row_.gpus % slices != 0) continue;
      node.scale_up_domain = static_cast<int>(std::max<long long>(node.chips, *row_.gpus / slices));
      slices_ = slices;
      filled(Fill::Slices, "{} chips", node.scale_up_domain);
      break;
    }
    if (row_.source.find("VIA-Research/vTrain") != std::string::npos) {
      node.scale_out_bandwidth = BytesPerSecond(100e9 / node.chips);  // 800 Gbit/s a node.
      filled(Fill::NetworkStated, "100 GB/s a node");
    }
    return "";
  }

  /// The preset whose series, hidden size and heads the row shares; of several the one nearest in layers, then in width
  /// and vocabulary.
  const Transformer* same_model() const {
    const Transformer* best = nullptr;
    const std::string series = model_series(row_.model);
    const auto distance = [this](const Transformer& m) {
      return std::tuple(std::abs(m.layers - row_.layers.value_or(m.layers)), std::abs(m.ffn - row_.ffn.value_or(m.ffn)),
                        std::abs(m.vocab - row_.vocab.value_or(m.vocab)));
    };
    for (const Transformer& preset : presets_.models) {
      const bool same = row_.hidden ? shares_series(preset, series) && *row_.hidden == preset.hidden &&
                                          row_.heads.value_or(preset.attention.heads) == preset.attention.heads
                                    : plain_name(preset.name) == plain_name(row_.model);
      if (same && (best == nullptr || distance(preset) < distance(*best))) best = &preset;
    }
    return best;
  }

  const Transformer* same_series() const {
    const Transformer* best = nullptr;
    const std::string series = model_series(row_.model);
    const auto distance = [this](const Transformer& m) { return std::abs(m.hidden - row_.hidden.value_or(m.hidden)); };
    for (const Transformer& preset : presets_.models) {
      if (!shares_series(preset, series)) continue;
      if (best == nullptr || distance(preset) < distance(*best)) best = &preset;
    }
    return best;
  }

  static bool shares_series(const Transformer& preset, const std::string& series) {
    const std::string other = model_series(preset.name);
    if (other.size() < 3 || series.size() < 3) return false;
    return series == other || series.ends_with(other);  // "maxtextllama" is a Llama.
  }

  std::string architecture() {
    Transformer& m = spec().model;
    const Transformer* preset = same_model();
    if (preset == nullptr && !(row_.layers && row_.hidden && row_.heads)) return "architecture blank";
    m.name = row_.model;
    if (preset != nullptr) {
      const std::string name = m.name;
      m = *preset;
      m.name = name;
      filled(Fill::ModelPreset, "{}", preset->name);
    } else {
      style();
    }
    if (row_.layers) m.layers = *row_.layers;
    if (row_.hidden) m.hidden = *row_.hidden;
    if (row_.heads) m.attention.heads = *row_.heads;
    if (row_.gated_mlp) {
      m.gated_mlp = *row_.gated_mlp;
    } else if (preset == nullptr) {
      m.gated_mlp = row_.ffn && *row_.ffn != 4 * m.hidden;
      filled(Fill::GatedMlp, "{}", m.gated_mlp ? "gated" : "ungated");
    }
    if (row_.kv_heads) {
      m.attention.kv_heads = *row_.kv_heads;
    } else if (m.attention.kv_heads == 0) {
      m.attention.kv_heads = m.attention.heads;
      filled(Fill::KvHeads, "{}", m.attention.kv_heads);
    }
    const long long noted = number_after(row_.notes, "head_dim default was ");
    if (row_.head_dim) {
      m.attention.head_dim = *row_.head_dim;
    } else if (noted > 0) {
      m.attention.head_dim = static_cast<int>(noted);
      filled(Fill::HeadDim, "{}", noted);
    } else if (preset == nullptr || m.attention.head_dim == 0) {
      if (m.attention.heads < 1 || m.hidden % m.attention.heads != 0)
        return "head_dim blank and hidden / heads is not whole";
      m.attention.head_dim = m.hidden / m.attention.heads;
      filled(Fill::HeadDim, "{}", m.attention.head_dim);
    }
    mlp(preset);
    if (row_.vocab) {
      m.vocab = *row_.vocab;
    } else {
      const int step = 128 * row_.tp.value_or(1);
      m.vocab = ((m.vocab > 0 ? m.vocab : kGpt2Vocabulary) + step - 1) / step * step;
      filled(Fill::Vocab, "{}", m.vocab);
    }
    if (preset != nullptr) truncate(*preset);
    if (row_.framework == "megascale") {
      m.parallel_block = true;
      filled(Fill::ParallelBlock, "parallel block");
    }
    if (!row_.seq) return "seq blank";
    spec().training.sequence = *row_.seq;
    if (m.position == Position::Learned) m.max_positions = std::max(m.max_positions, *row_.seq);
    return "";
  }

  /// Norms, positions, biases and tying where no preset of the size is known.
  void style() {
    Transformer& m = spec().model;
    if (const Transformer* relative = same_series()) {
      m.norm = relative->norm;
      m.position = relative->position;
      m.biases = relative->biases;
      m.tied_embeddings = relative->tied_embeddings;
      m.attention.qkv_bias = relative->attention.qkv_bias;
      filled(Fill::ModelSeries, "{}", relative->name);
      return;
    }
    const bool gated = row_.gated_mlp.value_or(row_.ffn && *row_.ffn != 4 * *row_.hidden);
    m.norm = gated ? Norm::RmsNorm : Norm::LayerNorm;
    m.position = gated ? Position::Rotary : Position::Learned;
    m.biases = !gated;
    m.tied_embeddings = !gated;
    filled(gated ? Fill::LlamaStyle : Fill::GptStyle, "{}", gated ? "Llama style" : "GPT style");
  }

  void mlp(const Transformer* preset) {
    Transformer& m = spec().model;
    if (!row_.ffn && m.ffn == 0) {
      m.ffn = 4 * m.hidden;
      filled(Fill::Ffn, "{}", m.ffn);
    }
    if (row_.experts && *row_.experts > 1) {
      if (!m.experts) m.experts.emplace();
      m.experts->count = *row_.experts;
      if (row_.topk) m.experts->top_k = *row_.topk;
      if (m.experts->top_k == 0) m.experts->top_k = 1;
      if (row_.ffn) m.experts->expert_ffn = *row_.ffn;  // The routed expert's width (docs/conventions.md).
      if (m.ffn == 0) m.ffn = m.experts->expert_ffn;
    } else if (row_.ffn && !(preset != nullptr && preset->experts && !row_.layers)) {
      m.ffn = *row_.ffn;
      m.experts.reset();
    }
    if (!m.experts) return;
    const bool balanced = row_.moe_routing == "balanced" || row_.moe_routing == "token-drop";
    spec().training.expert_imbalance = balanced ? 1.0 : kRealExpertLoad;
    filled(Fill::ExpertLoad, "{:.2f}", spec().training.expert_imbalance);
  }

  void truncate(const Transformer& preset) {
    Transformer& m = spec().model;
    const bool dense_first = m.experts && preset.experts && preset.experts->first_dense_layers > 0;
    if (m.layers >= preset.layers || (m.mtp_layers == 0 && !dense_first)) return;
    m.mtp_layers = 0;
    if (dense_first) {
      m.experts->first_dense_layers = std::max(1, preset.experts->first_dense_layers * m.layers / preset.layers);
    }
    filled(Fill::Truncated, "{} of {} layers", m.layers, preset.layers);
  }

  std::string precision() {
    std::string word = row_.precision;
    if (word.ends_with("-eager")) {
      word.resize(word.size() - 6);
      eager_ = true;
    }
    Precision& precision = spec().training.precision;
    if (word.empty()) {
      const bool v100 = spec().cluster.chip.name.find("V100") != std::string::npos;
      const bool megatron = row_.framework == "megatron-lm" || row_.framework == "megatron-deepspeed";
      precision = v100 ? Precision::Fp16 : megatron ? Precision::Fp32 : Precision::Bf16;
      filled(Fill::PrecisionBlank, "{}", precision_name(precision));
    } else if (word == "fp8-blockwise") {
      precision = Precision::Fp8Blockwise;
    } else if (word.starts_with("fp8")) {
      precision = Precision::Fp8Tensorwise;
      filled(Fill::PrecisionWords, "{}", precision_name(precision));
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
    if (row_.task == "sft") {
      spec().training.document_length = kFineTuningDocument;
      filled(Fill::Packing, "{} tokens a document", kFineTuningDocument);
    }
    return "";
  }

  std::string software() {
    const std::string dated = date();
    if (dated != row_.framework_date) filled(Fill::FrameworkDate, "{}", dated);
    const SoftwareProfile* profile = software_profile(presets_.software, row_.framework, dated);
    if (profile == nullptr) {
      profile = software_profile(presets_.software, row_.zero == 3 ? "torchtitan" : "megatron-lm", dated);
      if (profile == nullptr) return "framework unknown: " + row_.framework;
      filled(Fill::Software, "{}", profile->software.name);
    }
    spec().software = profile->software;
    if (set_stated_overlaps(row_.notes, spec().software)) filled(Fill::OverlapStated, "as stated");
    if (row_.notes.find("dropout on") != std::string::npos) {
      spec().software.dropout = true;
      filled(Fill::DropoutStated, "on");
    }
    // Transformer Engine's attention is cuDNN's, unless the row names another one.
    const auto noted = [this](const char* word) { return row_.notes.find(word) != std::string::npos; };
    if (noted("kernels TE") && !noted("FlexAttn") && !noted("TorchSDPA")) {
      spec().software.attention = AttentionKernel::Tuned;
      filled(Fill::AttentionKernels, "tuned");
    }
    if (eager_) {
      spec().software.fused_elementwise = false;
      spec().software.graphs = Graphs::None;
      spec().software.loss = LossKernel::Unfused;
      filled(Fill::Eager, "uncompiled");
    }
    if (row_.framework == "megatron-lm" && !dated.empty() && dated >= kNewerEngineSince) {
      spec().software.gradient_placeholders = true;
      spec().software.weights_in_experts = true;
      filled(Fill::NewerEngine, "kept");
    }
    if (row_.source.ends_with("_cef")) {
      spec().software.loss = LossKernel::Fused;
      filled(Fill::FusedLoss, "fused");
    }
    return "";
  }

  std::string layout() {
    Layout& l = spec().layout;
    if (!row_.tp || !row_.pp) return "layout blank";
    l.tp = *row_.tp;
    l.pp = *row_.pp;
    l.cp = row_.cp.value_or(1);
    if (!row_.cp) filled(Fill::ContextParallel, "1");
    const long long model_parallel = 1LL * l.tp * l.pp * l.cp;
    if (*row_.gpus % model_parallel != 0) return "layout cannot run: tp x pp x cp does not divide gpus";
    const long long dp = row_.dp ? *row_.dp : *row_.gpus / model_parallel;
    if (dp > 10'000'000) return "layout cannot run: dp is beyond 10 million";
    l.dp = static_cast<int>(dp);
    if (!row_.dp) filled(Fill::DataParallel, "{}", l.dp);
    l.ep = row_.ep.value_or(1);
    if (!row_.ep && spec().model.experts) {
      const long long chips = 1LL * l.tp * l.cp * l.dp;
      const long long sharded = row_.zero == 3 ? number_after(row_.notes, "shard size ") : 0;
      const long long domain = spec().cluster.node.scale_up_domain;
      const long long near = std::min<long long>(chips, sharded > 0 ? sharded : domain);
      for (int ep = 1; ep <= near; ++ep) {
        if (spec().model.experts->count % ep == 0 && chips % ep == 0) l.ep = ep;
      }
    }
    if (!row_.ep) filled(Fill::ExpertParallel, "{}", l.ep);
    l.zero = row_.zero.value_or(l.dp > 1 && dated_from("2023") ? 1 : 0);
    if (!row_.zero) filled(Fill::Zero, "{}", l.zero);
    for (const char* word : {"shard size ", "FSDP group "}) {
      const long long chips = number_after(row_.notes, word);
      if (chips == 0 || l.zero == 0 || chips >= 1LL * l.dp * l.cp || (1LL * l.dp * l.cp) % chips != 0) continue;
      l.shard_group = static_cast<int>(chips);
      filled(Fill::ShardGroup, "{}", chips);
      break;
    }
    if (l.shard_group == 0 && l.zero == 3 && slices_ > 1 && (1LL * l.dp * l.cp) % slices_ == 0) {
      l.shard_group = static_cast<int>(1LL * l.dp * l.cp / slices_);
      filled(Fill::ShardGroup, "{}", l.shard_group);
    }
    if (row_.sequence_parallel) {
      l.sequence_parallel = *row_.sequence_parallel;
    } else {
      l.sequence_parallel = l.tp > 1 && dated_from("2023") && row_.framework.find("deepspeed") == std::string::npos;
      filled(Fill::SequenceParallel, "{}", l.sequence_parallel ? "on" : "off");
    }
    return "";
  }

  std::string batch() {
    Layout& l = spec().layout;
    long long& global_batch = spec().training.global_batch;
    if (row_.global_batch) {
      global_batch = *row_.global_batch;
    } else {
      const long long million_tokens = number_before(row_.notes, "M tokens/batch");
      if (million_tokens > 0) {
        global_batch = std::max(1LL, million_tokens * 1024 * 1024 / spec().training.sequence);
      } else if (row_.micro_batch && l.pp == 1) {
        global_batch = 1LL * *row_.micro_batch * l.dp;
      } else {
        return "global_batch blank";
      }
      filled(Fill::GlobalBatch, "{}", global_batch);
    }
    if (row_.micro_batch) {
      l.micro_batch = *row_.micro_batch;
      return "";
    }
    if (global_batch % l.dp != 0) return "layout cannot run: dp does not divide global_batch";
    const long long share = global_batch / l.dp;
    if (!dated_from("2021")) {
      if (share > 1'000'000) return "layout cannot run: a micro-batch beyond a million sequences";
      l.micro_batch = static_cast<int>(share);
    } else if (parameters(spec().model).total() < kLargeModel) {
      for (int b = 2; 1LL * b * spec().training.sequence <= kMicroBatchTokens && share % b == 0; b *= 2) {
        if (l.pp == 1 || share / b >= 4LL * l.pp) l.micro_batch = b;
      }
    }
    filled(Fill::MicroBatch, "{}", l.micro_batch);
    return "";
  }

  std::string interleaving() {
    Layout& l = spec().layout;
    if (row_.vpp) {
      l.vpp = *row_.vpp;
      return "";
    }
    const int stage = (spec().model.layers + l.pp - 1) / l.pp;
    const long long slots = spec().training.global_batch / (1LL * l.dp * l.micro_batch);
    const bool can = l.pp > 1 && slots >= l.pp && dated_from("2023");
    for (int chunks = 1; can && chunks <= stage; ++chunks) {
      if (stage % chunks != 0 || 1LL * l.pp * chunks > spec().model.layers + 2) continue;
      l.vpp = chunks;
      if ((l.pp - 1.0) / (static_cast<double>(slots) * chunks) < kAcceptedBubble) break;
    }
    filled(Fill::Interleaving, "{}", l.vpp);
    return "";
  }

  std::string counts() {
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
      filled(Fill::PeakTflops, "{:.1f} TFLOP/s", result_.peak.raw() / 1e12);
    }
    result_.counts_all_kv_heads = row_.notes.find("ignore GQA") != std::string::npos;
    if (result_.counts_all_kv_heads) filled(Fill::KvHeadsCounted, "{} heads", spec().model.attention.heads);
    return "";
  }

  void recompute() {
    Layout& l = spec().layout;
    const std::string& word = row_.recompute;
    if (word.empty()) {
      l.recompute = Recompute::Full;
      if (dated_from(kSelectiveSince)) {
        for (const Recompute candidate : {Recompute::None, Recompute::Selective}) {
          StepSpec trial = spec();
          trial.layout.recompute = candidate;
          if (!fits_(trial)) continue;
          l.recompute = candidate;
          break;
        }
      }
      filled(Fill::Recompute, "{}", recompute_name(l.recompute));
      return;
    }
    if (word == "none") return;
    l.recompute = word == "full" || word == "selective layer" || word == "qkv_proj_offloaded" ? Recompute::Full
                                                                                              : Recompute::Selective;
    if (word == "selective layer") {
      l.recompute_layers = std::max(1, spec().model.layers / l.pp / 2);
    }
    if (word != "full" && word != "selective") filled(Fill::RecomputeWords, "{}", recompute_name(l.recompute));
  }

  const MeasuredRow& row_;
  const RowPresets& presets_;
  const FitsMemory& fits_;
  Interpretation result_;
  bool eager_ = false;
  long long slices_ = 1;
};

}  // namespace

Expected<Interpretation, std::string> interpret(const MeasuredRow& row, const RowPresets& presets,
                                                const FitsMemory& fits) {
  return Interpreter(row, presets, fits).run();
}

}  // namespace orrery
