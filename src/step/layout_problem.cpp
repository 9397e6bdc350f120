#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/unit_text.hpp"
#include "step/layer_cost.hpp"
#include "step/layout.hpp"

namespace orrery {
namespace {

using Keys = std::initializer_list<const char*>;

bool divides(long long divisor, long long n) {
  return divisor > 0 && n % divisor == 0;
}

constexpr long long kMostTried = 1'000'000;

/// The whole number up to `limit` that `does` and is nearest to `wanted` in ratio, the smaller of two; 0 where none is.
/// Of degrees beyond a million none is run, and none is suggested.
template <class Does>
long long nearest(long long wanted, long long limit, Does does) {
  long long best = 0;
  const auto ratio = [&](long long n) {
    return std::abs(std::log(static_cast<double>(n) / static_cast<double>(wanted)));
  };
  for (long long n = 1; n <= std::min(limit, kMostTried); ++n) {
    if (does(n) && (best == 0 || ratio(n) < ratio(best))) best = n;
  }
  return best;
}

std::string nearest_text(const char* name, long long value) {
  return value == 0 ? "" : fmt::format("nearest that divides: {}={}", name, value);
}

/// Tensor parallelism must split every width of the model at once.
bool splits(long long tp, const Transformer& m) {
  const int kv = m.attention.kv_heads;
  return divides(tp, m.attention.heads) && (kv == 0 || divides(tp, kv) || divides(kv, tp)) &&
         (m.ffn == 0 || divides(tp, m.ffn)) &&
         (!m.experts || m.experts->shared_ffn == 0 || divides(tp, m.experts->shared_ffn));
}

bool computes(const Chip& chip, Precision precision) {
  return chip.peak(tensor_format(precision)).raw() > 0 && (precision != Precision::Bf16 || chip.has_bf16);
}

std::string no_hint() {
  return "";
}

/// What keeps a layout from filling the machine: dp where the others divide it, pp where tp x cp does, otherwise tp.
const char* misfit(const Layout& l, long long chips) {
  const auto fills = [&](double degrees) {
    return degrees <= static_cast<double>(chips) && divides(static_cast<long long>(degrees), chips);
  };
  return fills(1.0 * l.tp * l.pp * l.cp) ? "layout.dp" : fills(1.0 * l.tp * l.cp) ? "layout.pp" : "layout.tp";
}

std::string chips_hint(const StepSpec& spec) {
  const Layout& l = spec.layout;
  const long long chips = spec.cluster.chips;
  const std::string_view key = misfit(l, chips);
  if (key == "layout.dp") return fmt::format("dp={} fills them", chips / (1LL * l.tp * l.pp * l.cp));
  if (key == "layout.pp") {
    const long long stages = chips / (1LL * l.tp * l.cp);
    return nearest_text(
        "pp", nearest(l.pp, std::min<long long>(stages, kMostStages), [&](auto n) { return divides(n, stages); }));
  }
  return nearest_text("tp", nearest(l.tp, spec.model.attention.heads,
                                    [&](auto n) { return divides(n, chips) && splits(n, spec.model); }));
}

std::string batch_hint(const StepSpec& spec) {
  const Layout& l = spec.layout;
  const long long batch = spec.training.global_batch;
  if (divides(l.dp, batch)) {
    const long long share = batch / l.dp;
    return nearest_text("micro_batch", nearest(l.micro_batch, std::min(share, 2LL * l.micro_batch),
                                               [&](auto n) { return divides(n, share); }));
  }
  const long long unit = 1LL * l.dp * l.micro_batch;
  return fmt::format("nearest that they divide: global_batch={}", std::max(1LL, (batch + unit / 2) / unit) * unit);
}

// The checks call `found(keys, hint, message, arguments...)` for each mistake. Texts are made there, and hints, which
// search for a value, are functions: a search asks only whether a layout runs, and of thousands that do not.

template <class Found>
void check_degrees(const Layout& l, Found& found) {
  for (const auto& [key, value] : {std::pair{"layout.tp", l.tp},
                                   {"layout.pp", l.pp},
                                   {"layout.vpp", l.vpp},
                                   {"layout.cp", l.cp},
                                   {"layout.ep", l.ep},
                                   {"layout.expert_tp", l.expert_tp},
                                   {"layout.dp", l.dp},
                                   {"layout.micro_batch", l.micro_batch}}) {
    if (value < 1) found({key}, no_hint, "{} must be at least 1, is {}", key + sizeof("layout"), value);
  }
}

template <class Found>
void check_machine(const StepSpec& spec, Found& found) {
  const Layout& l = spec.layout;
  const Chip& chip = spec.cluster.chip;
  if (l.pp > kMostStages) {
    found({"layout.pp"}, no_hint, "pp={}: a pipeline of more than {} stages is not simulated", l.pp, kMostStages);
  }
  if (l.chips() != spec.cluster.chips) {
    found(
        {misfit(l, spec.cluster.chips), "layout.dp", "layout.pp", "layout.tp", "layout.cp"},
        [&] { return chips_hint(spec); }, "tp x pp x cp x dp = {} but the cluster has {} chips",
        format_count(l.chips()), format_count(spec.cluster.chips));
  }
  if (!computes(chip, spec.training.precision)) {
    found({"training.precision"}, no_hint, "{}", precision_problem(chip, spec.training.precision));
  }
}

template <class Found>
void check_tensors(const StepSpec& spec, Found& found) {
  const Layout& l = spec.layout;
  const Transformer& m = spec.model;
  const int heads = m.attention.heads, kv_heads = m.attention.kv_heads, sequence = spec.training.sequence;
  const auto other_tp = [&] { return nearest_text("tp", nearest(l.tp, heads, [&](auto n) { return splits(n, m); })); };
  if (!divides(l.tp, heads)) found({"layout.tp"}, other_tp, "tp={} does not divide {} attention heads", l.tp, heads);
  if (kv_heads > 0 && !divides(l.tp, kv_heads) && !divides(kv_heads, l.tp)) {
    found({"layout.tp"}, other_tp, "tp={} and {} key/value heads do not divide one another", l.tp, kv_heads);
  }
  if (m.ffn > 0 && !divides(l.tp, m.ffn)) {
    found({"layout.tp"}, other_tp, "tp={} does not divide the MLP width {}", l.tp, format_count(m.ffn));
  }
  if (l.cp > 1 && !divides(2LL * l.cp, sequence)) {
    found(
        {"layout.cp", "training.sequence"},
        [&] {
          return nearest_text("cp",
                              nearest(l.cp, 2LL * l.cp, [&](auto n) { return n == 1 || divides(2 * n, sequence); }));
        },
        "cp={} pairs slices of the head and the tail: 2 x cp does not divide the sequence of {} tokens", l.cp,
        format_count(sequence));
  }
  if (l.cp > 1 && attention_kernel(spec) == AttentionKernel::Unfused) {
    found(
        {"layout.cp", "software.attention"}, [] { return std::string("cp=1"); },
        "cp={} passes keys and values around a ring, which takes flash attention; it is unfused here", l.cp);
  }
  const long long tokens = 1LL * l.micro_batch * sequence / l.cp;
  if (l.sequence_parallel && !divides(l.tp, tokens)) {
    found(
        {"layout.tp", "layout.sequence_parallel"},
        [&] {
          return nearest_text("tp", nearest(l.tp, heads, [&](auto n) { return splits(n, m) && divides(n, tokens); }));
        },
        "sequence parallelism: tp={} does not divide the {} tokens of a micro-batch", l.tp, format_count(tokens));
  }
}

template <class Found>
void check_pipeline(const StepSpec& spec, Found& found) {
  const Layout& l = spec.layout;
  const int layers = spec.model.layers;
  const auto no_interleaving = [] { return std::string("vpp=1"); };
  // The embedding and the head may each be a chunk of their own.
  if (1LL * l.pp * l.vpp > layers + 2) {
    found(
        {l.vpp > 1 ? "layout.vpp" : "layout.pp", "layout.pp"},
        [&] {
          return l.pp <= layers + 2 ? fmt::format("at most vpp={}", (layers + 2) / l.pp)
                                    : fmt::format("at most pp={}", layers + 2);
        },
        "pp={} x vpp={} chunks but only {} layers", l.pp, l.vpp, layers);
  }
  if (l.vpp > 1 && l.pp == 1) found({"layout.vpp", "layout.pp"}, no_interleaving, "vpp > 1 needs pp > 1");
  if (l.vpp > 1 && l.schedule == Schedule::GPipe) {
    found({"layout.vpp", "layout.schedule"}, no_interleaving, "GPipe does not interleave: vpp must be 1");
  }
}

template <class Found>
void check_sharding(const StepSpec& spec, Found& found) {
  const Layout& l = spec.layout;
  const long long ranks = 1LL * l.dp * l.cp;
  if (l.zero < 0 || l.zero > 3) found({"layout.zero"}, no_hint, "zero must be 0, 1, 2 or 3, is {}", l.zero);
  if (l.shard_group > 0 && l.zero == 0) {
    found({"layout.shard_group", "layout.zero"}, no_hint, "shard_group shards what zero = 1, 2 or 3 names; zero is 0");
  }
  if (l.shard_group > 0 && !divides(l.shard_group, ranks)) {
    found(
        {"layout.shard_group", "layout.dp", "layout.cp"},
        [&] {
          return nearest_text("shard_group", nearest(l.shard_group, std::min(ranks, 2LL * l.shard_group),
                                                     [&](auto n) { return divides(n, ranks); }));
        },
        "shard_group={} does not divide dp x cp = {}", l.shard_group, ranks);
  }
}

template <class Found>
void check_experts(const StepSpec& spec, Found& found) {
  const Layout& l = spec.layout;
  if (!spec.model.experts) {
    if (l.ep > 1) found({"layout.ep"}, no_hint, "ep={} but the model has no experts", l.ep);
    return;
  }
  const Experts& experts = *spec.model.experts;
  const long long ranks = 1LL * l.tp * l.cp * l.dp;
  const auto other = [](const char* name, int value, int whole) {
    return [=] { return nearest_text(name, nearest(value, whole, [&](auto n) { return divides(n, whole); })); };
  };
  if (!divides(l.ep, experts.count)) {
    found({"layout.ep"}, other("ep", l.ep, experts.count), "ep={} does not divide {} experts", l.ep, experts.count);
  }
  if (!divides(l.expert_tp, experts.expert_ffn)) {
    found({"layout.expert_tp"}, other("expert_tp", l.expert_tp, experts.expert_ffn),
          "expert_tp={} does not divide the expert width {}", l.expert_tp, format_count(experts.expert_ffn));
  }
  if (experts.shared_ffn > 0 && !divides(l.tp, experts.shared_ffn)) {
    const auto other_tp = [&] {
      return nearest_text("tp",
                          nearest(l.tp, spec.model.attention.heads, [&](auto n) { return splits(n, spec.model); }));
    };
    found({"layout.tp"}, other_tp, "tp={} does not divide the width {} of the shared experts", l.tp,
          format_count(experts.shared_ffn));
  }
  if (l.tp > 1 && !l.sequence_parallel) {
    found(
        {"layout.sequence_parallel", "layout.tp"}, [] { return std::string("sequence_parallel=true"); },
        "experts with tp > 1 need sequence parallelism: each rank routes its own share of the tokens");
  }
  if (!divides(1LL * l.ep * l.expert_tp, ranks)) {
    found(
        {"layout.ep", "layout.expert_tp", "layout.dp", "layout.tp", "layout.cp"},
        [&] {
          return nearest_text("ep", nearest(l.ep, experts.count, [&](auto n) {
                                return divides(n, experts.count) && divides(n * l.expert_tp, ranks);
                              }));
        },
        "ep={} x expert_tp={} does not divide tp x cp x dp = {}", l.ep, l.expert_tp, ranks);
  }
}

template <class Found>
void check_batch(const StepSpec& spec, Found& found) {
  const Layout& l = spec.layout;
  const long long batch = spec.training.global_batch;
  const long long unit = 1LL * l.dp * l.micro_batch;
  if (!divides(unit, batch)) {
    found(
        {divides(l.dp, batch) ? "layout.micro_batch" : "training.global_batch", "layout.dp", "layout.micro_batch",
         "training.global_batch"},
        [&] { return batch_hint(spec); }, "dp={} x micro-batch {} does not divide the global batch of {} sequences",
        l.dp, l.micro_batch, format_count(batch));
  } else if (l.vpp > 1 && batch / unit < l.pp) {
    found(
        {"layout.vpp", "layout.pp", "training.global_batch"},
        [&] { return fmt::format("vpp=1, or global_batch={}", unit * l.pp); },
        "interleaving needs at least pp={} micro-batches, there are {}", l.pp, batch / unit);
  }
}

/// Beyond any machine.
constexpr long long kMostChips = 100'000'000'000;

template <class Found>
void check(const StepSpec& spec, Found found) {
  const Layout& l = spec.layout;
  if (std::min({l.tp, l.pp, l.vpp, l.cp, l.ep, l.expert_tp, l.dp, l.micro_batch}) < 1) {
    check_degrees(l, found);
    return;
  }
  check_machine(spec, found);
  if (l.chips() > kMostChips) return;  // Products of such degrees overflow below.
  check_tensors(spec, found);
  check_pipeline(spec, found);
  check_sharding(spec, found);
  check_experts(spec, found);
  check_batch(spec, found);
}

}  // namespace

std::string precision_problem(const Chip& chip, Precision precision) {
  return computes(chip, precision) ? "" : fmt::format("{} has no units for {}", chip.name, precision_name(precision));
}

std::string layout_problem(const StepSpec& spec) {
  std::string first;
  check(spec, [&]<class... A>(Keys, const auto&, fmt::format_string<A...> message, A&&... arguments) {
    if (first.empty()) first = fmt::format(message, std::forward<A>(arguments)...);
  });
  return first;
}

std::vector<LayoutProblem> layout_problems(const StepSpec& spec) {
  std::vector<LayoutProblem> all;
  check(spec, [&]<class... A>(Keys keys, const auto& hint, fmt::format_string<A...> message, A&&... arguments) {
    all.push_back({fmt::format(message, std::forward<A>(arguments)...), {keys.begin(), keys.end()}, hint()});
  });
  return all;
}

}  // namespace orrery
