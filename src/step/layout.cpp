#include "step/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "step/layer_cost.hpp"

namespace orrery {
namespace {

bool divides(long long divisor, long long n) {
  return divisor > 0 && n % divisor == 0;
}

std::string batch_problem(const StepSpec& spec) {
  const Layout& l = spec.layout;
  const long long batch = spec.training.global_batch;
  if (!divides(1LL * l.dp * l.micro_batch, batch)) {
    return fmt::format("dp={} x micro-batch {} does not divide the global batch of {} sequences", l.dp, l.micro_batch,
                       batch);
  }
  if (l.vpp > 1 && batch / (1LL * l.dp * l.micro_batch) < l.pp) {
    return fmt::format("interleaving needs at least pp={} micro-batches, there are {}", l.pp,
                       batch / (1LL * l.dp * l.micro_batch));
  }
  return "";
}

std::string expert_problem(const StepSpec& spec) {
  const Layout& l = spec.layout;
  if (!spec.model.experts) return l.ep > 1 ? fmt::format("ep={} but the model has no experts", l.ep) : "";
  const Experts& experts = *spec.model.experts;
  if (!divides(l.ep, experts.count)) return fmt::format("ep={} does not divide {} experts", l.ep, experts.count);
  if (!divides(l.expert_tp, experts.expert_ffn)) {
    return fmt::format("expert_tp={} does not divide the expert width {}", l.expert_tp, experts.expert_ffn);
  }
  if (experts.shared_ffn > 0 && !divides(l.tp, experts.shared_ffn)) {
    return fmt::format("tp={} does not divide the width {} of the shared experts", l.tp, experts.shared_ffn);
  }
  if (l.tp > 1 && !l.sequence_parallel) {
    return "experts with tp > 1 need sequence parallelism: each rank routes its own share of the tokens";
  }
  if (!divides(1LL * l.ep * l.expert_tp, 1LL * l.tp * l.cp * l.dp)) {
    return fmt::format("ep={} x expert_tp={} does not divide tp x cp x dp = {}", l.ep, l.expert_tp,
                       1LL * l.tp * l.cp * l.dp);
  }
  return "";
}

}  // namespace

std::string layout_problem(const StepSpec& spec) {
  const Layout& l = spec.layout;
  const Transformer& m = spec.model;
  for (const auto& [name, value] : {std::pair{"tp", l.tp},
                                    {"pp", l.pp},
                                    {"vpp", l.vpp},
                                    {"cp", l.cp},
                                    {"ep", l.ep},
                                    {"expert_tp", l.expert_tp},
                                    {"dp", l.dp},
                                    {"micro_batch", l.micro_batch}}) {
    if (value < 1) return fmt::format("{} must be at least 1, is {}", name, value);
  }
  if (l.pp > kMostStages) {
    return fmt::format("pp={}: a pipeline of more than {} stages is not simulated", l.pp, kMostStages);
  }
  if (l.chips() != spec.cluster.chips) {
    return fmt::format("tp x pp x cp x dp = {} but the cluster has {} chips", l.chips(), spec.cluster.chips);
  }
  if (spec.cluster.chip.peak(tensor_format(spec.training.precision)).raw() <= 0) {
    return fmt::format("{} has no units for {}", spec.cluster.chip.name, precision_name(spec.training.precision));
  }
  if (!divides(l.tp, m.attention.heads)) {
    return fmt::format("tp={} does not divide {} attention heads", l.tp, m.attention.heads);
  }
  if (m.attention.kv_heads > 0 && !divides(l.tp, m.attention.kv_heads) && !divides(m.attention.kv_heads, l.tp)) {
    return fmt::format("tp={} and {} key/value heads do not divide one another", l.tp, m.attention.kv_heads);
  }
  if (m.ffn > 0 && !divides(l.tp, m.ffn)) return fmt::format("tp={} does not divide the MLP width {}", l.tp, m.ffn);
  if (l.cp > 1 && !divides(2LL * l.cp, spec.training.sequence)) {
    return fmt::format("cp={} pairs slices of the head and the tail: 2 x cp does not divide the sequence of {} tokens",
                       l.cp, spec.training.sequence);
  }
  if (l.cp > 1 && attention_kernel(spec) == AttentionKernel::Unfused) {
    return fmt::format("cp={} passes keys and values around a ring, which takes flash attention; it is unfused here",
                       l.cp);
  }
  if (l.sequence_parallel && !divides(l.tp, 1LL * l.micro_batch * spec.training.sequence / l.cp)) {
    return fmt::format("sequence parallelism: tp={} does not divide the {} tokens of a micro-batch", l.tp,
                       1LL * l.micro_batch * spec.training.sequence / l.cp);
  }
  // The embedding and the head may each be a chunk of their own.
  if (1LL * l.pp * l.vpp > m.layers + 2) {
    return fmt::format("pp={} x vpp={} chunks but only {} layers", l.pp, l.vpp, m.layers);
  }
  if (l.vpp > 1 && l.pp == 1) return "vpp > 1 needs pp > 1";
  if (l.vpp > 1 && l.schedule == Schedule::GPipe) return "GPipe does not interleave: vpp must be 1";
  if (l.zero < 0 || l.zero > 3) return fmt::format("zero must be 0, 1, 2 or 3, is {}", l.zero);
  if (l.shard_group > 0 && l.zero == 0) return "shard_group shards what zero = 1, 2 or 3 names; zero is 0";
  if (l.shard_group > 0 && !divides(l.shard_group, 1LL * l.dp * l.cp)) {
    return fmt::format("shard_group={} does not divide dp x cp = {}", l.shard_group, 1LL * l.dp * l.cp);
  }
  if (const std::string problem = expert_problem(spec); !problem.empty()) return problem;
  return batch_problem(spec);
}

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
