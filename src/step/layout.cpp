#include "step/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery {

double vocab_per_chip(const Transformer& model, const Layout& layout) {
  return std::ceil(static_cast<double>(model.vocab) / layout.tp);
}

double recomputed_share(const Transformer& model, const Layout& layout) {
  if (layout.recompute_layers == 0) return 1.0;
  const double stage_layers = std::max(1.0, static_cast<double>(model.layers) / layout.pp);
  return std::min(1.0, layout.recompute_layers / stage_layers);
}

double shard_ranks(const Layout& l) {
  return l.shard_group > 0 ? l.shard_group : static_cast<double>(l.dp) * l.cp;
}

double expert_shard_ranks(const Layout& l) {
  return std::max(1.0, static_cast<double>(l.tp) * l.cp * l.dp / (static_cast<double>(l.ep) * l.expert_tp));
}

long long micro_batches(const StepSpec& spec) {
  return spec.training.global_batch / (1LL * spec.layout.dp * spec.layout.micro_batch);
}

std::vector<int> layers_by_chunk(int layers, int chunks) {
  const int base = layers / chunks;
  const int longer = layers % chunks;
  std::vector<int> result(static_cast<std::size_t>(chunks), base + (longer > 0 ? 1 : 0));
  if (longer == 0) return result;
  int front = 0, back = chunks - 1;
  for (int short_chunks = chunks - longer; short_chunks > 0; --short_chunks) {
    const bool at_end = (chunks - longer - short_chunks) % 2 == 0;
    --result[static_cast<std::size_t>(at_end ? back-- : front++)];
  }
  return result;
}

std::vector<int> layers_by_chunk(const Transformer& model, int chunks) {
  if (model.mtp_layers == 0) return layers_by_chunk(model.layers, chunks);
  const ParameterCount count = parameters(model);
  const double layer = (count.active - count.embedding - count.head) / model.layers;
  const double head = static_cast<double>(model.hidden) * model.vocab;
  const int heads = static_cast<int>(std::lround((1 + model.mtp_layers) * head / layer));
  const int ends = model.mtp_layers + heads;
  std::vector<int> result = layers_by_chunk(model.layers + ends, chunks);
  if (result.back() >= ends || chunks == 1) {
    result.back() = chunks == 1 ? model.layers : result.back() - ends;
    return result;
  }
  // The ends alone are more than a fair share: the last chunk holds nothing else.
  result = layers_by_chunk(model.layers, chunks - 1);
  result.push_back(0);
  return result;
}

const char* recompute_name(Recompute recompute) {
  switch (recompute) {
    case Recompute::None:
      return "none";
    case Recompute::Selective:
      return "selective";
    case Recompute::Full:
      return "full";
  }
  return "";
}

const char* attention_kernel_name(AttentionKernel kernel) {
  switch (kernel) {
    case AttentionKernel::Unfused:
      return "unfused";
    case AttentionKernel::Flash:
      return "flash";
    case AttentionKernel::Tuned:
      return "tuned";
  }
  return "";
}

const char* graphs_name(Graphs graphs) {
  switch (graphs) {
    case Graphs::None:
      return "none";
    case Graphs::Static:
      return "static";
    case Graphs::Step:
      return "step";
  }
  return "";
}

const char* precision_name(Precision precision) {
  switch (precision) {
    case Precision::Fp32:
      return "fp32";
    case Precision::Fp16:
      return "fp16";
    case Precision::Bf16:
      return "bf16";
    case Precision::Fp8Tensorwise:
      return "fp8";
    case Precision::Fp8Blockwise:
      return "fp8-blockwise";
    case Precision::Mxfp8:
      return "mxfp8";
    case Precision::Nvfp4:
      return "nvfp4";
  }
  return "";
}

std::string describe(const Layout& layout) {
  std::string text = fmt::format("tp={} pp={}", layout.tp, layout.pp);
  if (layout.vpp > 1) text += fmt::format(" vpp={}", layout.vpp);
  if (layout.cp > 1) text += fmt::format(" cp={}", layout.cp);
  if (layout.ep > 1) text += fmt::format(" ep={}", layout.ep);
  if (layout.expert_tp > 1) text += fmt::format(" expert_tp={}", layout.expert_tp);
  text += fmt::format(" dp={}", layout.dp);
  if (layout.sequence_parallel) text += " sp";
  if (layout.zero > 0) text += layout.zero == 3 ? " fsdp" : fmt::format(" zero={}", layout.zero);
  text += fmt::format(", micro-batch {}, recompute {}", layout.micro_batch, recompute_name(layout.recompute));
  return text;
}

}  // namespace orrery
