#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "validate/interpreter.hpp"
#include "validate/row_notes.hpp"

namespace orrery {
namespace {

constexpr int kGpt2Vocabulary = 50257;
constexpr double kRealExpertLoad = 1.15;
constexpr int kFineTuningDocument = 180;  // Tokens: a paragraph of SQuAD with its question.

bool shares_series(const Transformer& preset, const std::string& series) {
  const std::string other = model_series(preset.name);
  if (other.size() < 3 || series.size() < 3) return false;
  return series == other || series.ends_with(other);  // "maxtextllama" is a Llama.
}

}  // namespace

const Transformer* Interpreter::same_model() const {
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

const Transformer* Interpreter::same_series() const {
  const Transformer* best = nullptr;
  const std::string series = model_series(row_.model);
  const auto distance = [this](const Transformer& m) { return std::abs(m.hidden - row_.hidden.value_or(m.hidden)); };
  for (const Transformer& preset : presets_.models) {
    if (!shares_series(preset, series)) continue;
    if (best == nullptr || distance(preset) < distance(*best)) best = &preset;
  }
  return best;
}

std::string Interpreter::architecture() {
  Transformer& m = spec().model;
  const Transformer* preset = same_model();
  if (preset == nullptr && !(row_.layers && row_.hidden && row_.heads)) return "architecture blank";
  m.name = row_.model;
  if (preset != nullptr) {
    const std::string name = m.name;
    m = *preset;
    m.name = name;
    filled(Fill::ModelPreset, preset->name);
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
    filled(Fill::GatedMlp, m.gated_mlp ? "gated" : "ungated");
  }
  if (row_.kv_heads) {
    m.attention.kv_heads = *row_.kv_heads;
  } else if (m.attention.kv_heads == 0) {
    m.attention.kv_heads = m.attention.heads;
    filled(Fill::KvHeads, fmt::format("{}", m.attention.kv_heads));
  }
  if (!head_dim(preset)) return "head_dim blank and hidden / heads is not whole";
  mlp(preset);
  if (row_.vocab) {
    m.vocab = *row_.vocab;
  } else {
    const int step = 128 * row_.tp.value_or(1);
    m.vocab = ((m.vocab > 0 ? m.vocab : kGpt2Vocabulary) + step - 1) / step * step;
    filled(Fill::Vocab, fmt::format("{}", m.vocab));
  }
  if (preset != nullptr) truncate(*preset);
  if (row_.framework == "megascale") {
    m.parallel_block = true;
    filled(Fill::ParallelBlock, "parallel block");
  }
  if (!row_.seq) return "seq blank";
  spec().training.sequence = *row_.seq;
  if (row_.task == "sft") {
    spec().training.document_length = kFineTuningDocument;
    filled(Fill::Packing, fmt::format("{} tokens a document", kFineTuningDocument));
  }
  if (m.position == Position::Learned) m.max_positions = std::max(m.max_positions, *row_.seq);
  return "";
}

void Interpreter::style() {
  Transformer& m = spec().model;
  if (const Transformer* relative = same_series()) {
    m.norm = relative->norm;
    m.position = relative->position;
    m.biases = relative->biases;
    m.tied_embeddings = relative->tied_embeddings;
    m.attention.qkv_bias = relative->attention.qkv_bias;
    filled(Fill::ModelSeries, relative->name);
    return;
  }
  const bool gated = row_.gated_mlp.value_or(row_.ffn && *row_.ffn != 4 * *row_.hidden);
  m.norm = gated ? Norm::RmsNorm : Norm::LayerNorm;
  m.position = gated ? Position::Rotary : Position::Learned;
  m.biases = !gated;
  m.tied_embeddings = !gated;
  filled(gated ? Fill::LlamaStyle : Fill::GptStyle, gated ? "Llama style" : "GPT style");
}

bool Interpreter::head_dim(const Transformer* preset) {
  Transformer& m = spec().model;
  const long long noted = number_after(row_.notes, "head_dim default was ");
  if (row_.head_dim) {
    m.attention.head_dim = *row_.head_dim;
  } else if (noted > 0) {
    m.attention.head_dim = static_cast<int>(noted);
    filled(Fill::HeadDim, fmt::format("{}", noted));
  } else if (preset == nullptr || m.attention.head_dim == 0) {
    if (m.attention.heads < 1 || m.hidden % m.attention.heads != 0) return false;
    m.attention.head_dim = m.hidden / m.attention.heads;
    filled(Fill::HeadDim, fmt::format("{}", m.attention.head_dim));
  }
  return true;
}

void Interpreter::mlp(const Transformer* preset) {
  Transformer& m = spec().model;
  if (!row_.ffn && m.ffn == 0) {
    m.ffn = 4 * m.hidden;
    filled(Fill::Ffn, fmt::format("{}", m.ffn));
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
  filled(Fill::ExpertLoad, fmt::format("{:.2f}", spec().training.expert_imbalance));
}

void Interpreter::truncate(const Transformer& preset) {
  Transformer& m = spec().model;
  const bool dense_first = m.experts && preset.experts && preset.experts->first_dense_layers > 0;
  if (m.layers >= preset.layers || (m.mtp_layers == 0 && !dense_first)) return;
  m.mtp_layers = 0;
  if (dense_first) {
    m.experts->first_dense_layers = std::max(1, preset.experts->first_dense_layers * m.layers / preset.layers);
  }
  filled(Fill::Truncated, fmt::format("{} of {} layers", m.layers, preset.layers));
}

}  // namespace orrery
