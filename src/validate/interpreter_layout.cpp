#include <fmt/format.h>

#include <algorithm>

#include "step/layout.hpp"
#include "validate/interpreter.hpp"
#include "validate/row_notes.hpp"

namespace orrery {
namespace {

constexpr double kLargeModel = 100e9;  // Parameters from which a micro-batch is one sequence.
constexpr long long kMicroBatchTokens = 8192;
constexpr double kAcceptedBubble = 0.05;

}  // namespace

std::string Interpreter::layout() {
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
  if (!row_.dp) filled(Fill::DataParallel, fmt::format("{}", l.dp));
  expert_parallel();
  sharding();
  if (row_.sequence_parallel) {
    l.sequence_parallel = *row_.sequence_parallel;
  } else {
    l.sequence_parallel = l.tp > 1 && dated_from("2023") && row_.framework.find("deepspeed") == std::string::npos;
    filled(Fill::SequenceParallel, l.sequence_parallel ? "on" : "off");
  }
  return "";
}

void Interpreter::expert_parallel() {
  Layout& l = spec().layout;
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
  if (!row_.ep) filled(Fill::ExpertParallel, fmt::format("{}", l.ep));
}

void Interpreter::sharding() {
  Layout& l = spec().layout;
  l.zero = row_.zero.value_or(l.dp > 1 && dated_from("2023") ? 1 : 0);
  if (!row_.zero) filled(Fill::Zero, fmt::format("{}", l.zero));
  for (const char* word : {"shard size ", "FSDP group "}) {
    const long long chips = number_after(row_.notes, word);
    if (chips == 0 || l.zero == 0 || chips >= 1LL * l.dp * l.cp || (1LL * l.dp * l.cp) % chips != 0) continue;
    l.shard_group = static_cast<int>(chips);
    filled(Fill::ShardGroup, fmt::format("{}", chips));
    break;
  }
  if (l.shard_group == 0 && l.zero == 3 && slices_ > 1 && (1LL * l.dp * l.cp) % slices_ == 0) {
    l.shard_group = static_cast<int>(1LL * l.dp * l.cp / slices_);
    filled(Fill::ShardGroup, fmt::format("{}", l.shard_group));
  }
}

std::string Interpreter::batch() {
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
    filled(Fill::GlobalBatch, fmt::format("{}", global_batch));
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
  filled(Fill::MicroBatch, fmt::format("{}", l.micro_batch));
  return "";
}

std::string Interpreter::interleaving() {
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
  filled(Fill::Interleaving, fmt::format("{}", l.vpp));
  return "";
}

void Interpreter::recompute() {
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
    filled(Fill::Recompute, recompute_name(l.recompute));
    return;
  }
  if (word == "none") return;
  l.recompute = word == "full" || word == "selective layer" || word == "qkv_proj_offloaded" ? Recompute::Full
                                                                                            : Recompute::Selective;
  if (word == "selective layer") {
    l.recompute_layers = std::max(1, spec().model.layers / l.pp / 2);
  }
  if (word != "full" && word != "selective") filled(Fill::RecomputeWords, recompute_name(l.recompute));
}

}  // namespace orrery
