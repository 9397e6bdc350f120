#include "model/model_check.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/check.hpp"

namespace orrery {
namespace {

/// The deepest published transformer has 1,000 layers (arXiv:2203.00555).
constexpr int kMaxLayers = 1000;
constexpr int kMaxWidth = 10'000'000;
constexpr int kMaxHeads = 100'000;
constexpr int kMaxVocab = 100'000'000;
constexpr int kMaxExperts = 100'000;

const std::map<std::string_view, FieldRange>& ranges() {
  static const std::map<std::string_view, FieldRange> table = {
      {"layers", {1, kMaxLayers}},       {"hidden", {1, kMaxWidth}},     {"heads", {1, kMaxHeads}},
      {"kv_heads", {1, kMaxHeads}},      {"head_dim", {1, kMaxWidth}},   {"window", {0, kMaxVocab}},
      {"full_every", {0, kMaxLayers}},   {"ffn", {0, kMaxWidth}},        {"vocab", {1, kMaxVocab}},
      {"max_positions", {0, kMaxVocab}}, {"mtp_layers", {0, 100}},       {"q_rank", {0, kMaxWidth}},
      {"kv_rank", {1, kMaxWidth}},       {"nope_dim", {1, kMaxWidth}},   {"rope_dim", {0, kMaxWidth}},
      {"value_dim", {1, kMaxWidth}},     {"experts", {1, kMaxExperts}},  {"top_k", {1, kMaxExperts}},
      {"expert_ffn", {1, kMaxWidth}},    {"shared_ffn", {0, kMaxWidth}}, {"first_dense_layers", {0, kMaxLayers}},
      {"every", {1, kMaxLayers}},
  };
  return table;
}

class Checker {
 public:
  Checker(const Transformer& model, const FieldPlaces& places, Diagnostics& diagnostics)
      : model_(model), places_(places), diagnostics_(diagnostics) {}

  void run() {
    const Attention& a = model_.attention;
    range("layers", model_.layers);
    range("hidden", model_.hidden);
    range("vocab", model_.vocab);
    range("ffn", model_.ffn);
    range("mtp_layers", model_.mtp_layers);
    range("heads", a.heads);
    range("kv_heads", a.kv_heads);
    if (!a.latent) range("head_dim", a.head_dim);
    range("window", a.window);
    range("full_every", a.full_every);
    range("max_positions", model_.max_positions);
    if (a.latent) latent(*a.latent);
    if (model_.experts) experts(*model_.experts);
    if (sound_) relations();
  }

 private:
  std::string name(std::string_view field) const { return "`" + places_.key(field) + "`"; }

  void error(std::string_view field, std::string message, std::string hint = "") {
    diagnostics_.error(std::move(message), places_.span(field), std::move(hint));
    sound_ = false;
  }

  void range(std::string_view field, int value) {
    const auto [low, high] = field_range(field);
    if (value < low || value > high) {
      error(field, fmt::format("{} is {}", name(field), value), fmt::format("from {} to {}", low, high));
    }
  }

  void latent(const Attention::Latent& l) {
    range("q_rank", l.q_rank);
    range("kv_rank", l.kv_rank);
    range("nope_dim", l.nope_dim);
    range("rope_dim", l.rope_dim);
    range("value_dim", l.value_dim);
    // Where a part is out of range, the sum says nothing new.
    if (sound_) range("head_dim", model_.attention.head_dim);
    if (sound_ && model_.attention.head_dim != l.nope_dim + l.rope_dim) {
      error("head_dim",
            fmt::format("{} is {}, but its parts {} and {} add up to {}", name("head_dim"), model_.attention.head_dim,
                        name("nope_dim"), name("rope_dim"), l.nope_dim + l.rope_dim));
    }
  }

  void experts(const Experts& e) {
    range("experts", e.count);
    range("top_k", e.top_k);
    range("expert_ffn", e.expert_ffn);
    range("shared_ffn", e.shared_ffn);
    range("first_dense_layers", e.first_dense_layers);
    range("every", e.every);
    if (!sound_) return;
    if (e.top_k > e.count) {
      error(
          "top_k",
          fmt::format("{} is {}, but there are only {} experts ({})", name("top_k"), e.top_k, e.count, name("experts")),
          fmt::format("at most {}", e.count));
    }
    if (e.first_dense_layers >= model_.layers) {
      error("first_dense_layers", fmt::format("{} is {}, which leaves none of the {} layers for the experts",
                                              name("first_dense_layers"), e.first_dense_layers, model_.layers));
    }
  }

  void relations() {
    const Attention& a = model_.attention;
    if (model_.parallel_block && model_.experts) {
      error("parallel_block", fmt::format("{} with experts is not modelled", name("parallel_block")),
            "experts read what attention leaves");
    }
    if (a.heads % a.kv_heads != 0) {
      error("kv_heads",
            fmt::format("{} ({}) does not divide {} ({})", name("kv_heads"), a.kv_heads, name("heads"), a.heads));
    }
    if (a.window > 0 && a.full_every == 1) {
      diagnostics_.warning(fmt::format("{} has no effect: every layer keeps full attention", name("window")),
                           places_.span("window"), "set `full_every`: 0 for none, 2 for every second layer");
    }
    if (model_.position == Position::Learned && model_.max_positions == 0) {
      error("max_positions", fmt::format("learned positions need {}", name("max_positions")));
    }
    bool dense = false;
    for (int layer = 0; layer < model_.layers && !dense; ++layer) dense = !model_.is_moe_layer(layer);
    if (dense && model_.ffn == 0) error("ffn", fmt::format("layers with a dense MLP need {}", name("ffn")));
  }

  const Transformer& model_;
  const FieldPlaces& places_;
  Diagnostics& diagnostics_;
  bool sound_ = true;
};

}  // namespace

void FieldPlaces::set(std::string_view field, std::string key, Span span) {
  places_.insert_or_assign(std::string(field), Place{std::move(key), std::move(span)});
}

std::string FieldPlaces::key(std::string_view field) const {
  const auto it = places_.find(field);
  return it == places_.end() ? std::string(field) : it->second.key;
}

Span FieldPlaces::span(std::string_view field) const {
  const auto it = places_.find(field);
  return it == places_.end() ? Span{} : it->second.span;
}

FieldRange field_range(std::string_view field) {
  const auto it = ranges().find(field);
  ORRERY_CHECK(it != ranges().end(), "every number of a model has a range");
  return it->second;
}

void check_transformer(const Transformer& model, const FieldPlaces& places, Diagnostics& diagnostics) {
  Checker(model, places, diagnostics).run();
}

}  // namespace orrery
