#include "model/model_fields.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "base/file.hpp"
#include "model/hf_config.hpp"
#include "model/model_check.hpp"
#include "scenario/preset.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

FieldOptions count_of(std::string_view field, std::string text, std::string example, bool required = false) {
  const FieldRange range = field_range(field);
  FieldOptions options;
  options.help = std::move(text);
  options.example = std::move(example);
  options.minimum = range.low;
  options.maximum = range.high;
  options.required = required;
  return options;
}

FieldOptions help(std::string text, std::string example = "true") {
  FieldOptions options;
  options.help = std::move(text);
  options.example = std::move(example);
  return options;
}

const Schema<Attention::Latent>& latent_schema() {
  using Latent = Attention::Latent;
  static const Schema<Latent> schema =
      Schema<Latent>("latent", "Multi-head latent attention (DeepSeek-V2, arXiv:2405.04434).")
          .integer("q_rank", &Latent::q_rank,
                   count_of("q_rank", "Rank of the query compression; 0: queries are projected directly.", "1536"))
          .integer("kv_rank", &Latent::kv_rank,
                   count_of("kv_rank", "Rank of the joint compression of keys and values.", "512", true))
          .integer("nope_dim", &Latent::nope_dim,
                   count_of("nope_dim", "Part of a head without rotary position.", "128", true))
          .integer(
              "rope_dim", &Latent::rope_dim,
              count_of("rope_dim", "Part of a head with rotary position; its key is shared by all heads.", "64", true))
          .integer("value_dim", &Latent::value_dim, count_of("value_dim", "Width of a value head.", "128", true));
  return schema;
}

const Schema<Experts>& experts_schema() {
  static const Schema<Experts> schema =
      Schema<Experts>("experts", "Mixture of experts, in the layers that have it.")
          .integer("count", &Experts::count, count_of("experts", "Routed experts of a layer.", "256", true))
          .integer("top_k", &Experts::top_k, count_of("top_k", "Routed experts that a token goes to.", "8", true))
          .integer("expert_ffn", &Experts::expert_ffn,
                   count_of("expert_ffn", "Width of a routed expert.", "2048", true))
          .integer("shared_ffn", &Experts::shared_ffn,
                   count_of("shared_ffn", "Width of the shared experts together; 0: none.", "2048"))
          .integer("first_dense_layers", &Experts::first_dense_layers,
                   count_of("first_dense_layers", "Leading layers with a dense MLP.", "3"))
          .integer("every", &Experts::every, count_of("every", "Of the rest, every n-th layer is a mixture.", "1"));
  return schema;
}

/// Where a model's table says each number, by the names of model_check.hpp.
FieldPlaces places_in(const Value& table) {
  FieldPlaces places;
  const auto add = [&](const Value* from, const std::string& prefix) {
    if (from == nullptr || from->table() == nullptr) return;
    for (const Value::Entry& entry : *from->table()) {
      if (entry.key == "experts" || entry.key == "latent") continue;
      const bool expert_count = prefix == "experts." && entry.key == "count";
      places.set(expert_count ? "experts" : entry.key, prefix + entry.key, entry.value.span());
    }
  };
  add(&table, "");
  add(table.find("latent"), "latent.");
  add(table.find("experts"), "experts.");
  return places;
}

std::size_t errors_in(const Diagnostics& diagnostics) {
  return static_cast<std::size_t>(std::count_if(diagnostics.all().begin(), diagnostics.all().end(),
                                                [](const Diagnostic& d) { return d.severity == Severity::Error; }));
}

/// Reads a whole table, fills what follows from the rest, and checks the parts against each other.
Transformer read_table(const Value& table, Diagnostics& diagnostics, Provenance* provenance) {
  Transformer model;
  const std::size_t before = errors_in(diagnostics);
  transformer_schema().read(table, model, diagnostics, provenance);
  if (errors_in(diagnostics) > before) return model;
  Attention& a = model.attention;
  const FieldPlaces places = places_in(table);
  if (a.kv_heads == 0) a.kv_heads = a.heads;
  if (a.head_dim == 0 && a.latent) a.head_dim = a.latent->nope_dim + a.latent->rope_dim;
  if (a.head_dim == 0 && model.hidden % a.heads == 0) a.head_dim = model.hidden / a.heads;
  if (a.head_dim == 0) {
    diagnostics.error("`hidden` is no multiple of `heads`, and `head_dim` does not say otherwise",
                      places.span("heads"));
    return model;
  }
  check_transformer(model, places, diagnostics);
  return model;
}

bool ends_with(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

bool is_path(std::string_view text) {
  return text.find('/') != std::string_view::npos || ends_with(text, ".json") || ends_with(text, ".toml");
}

Transformer load_file(const std::string& path, Diagnostics& diagnostics, Provenance* provenance, const Span& span) {
  const std::size_t before = errors_in(diagnostics);
  Source source;
  try {
    source = read_text_file(path);
  } catch (const InputError& error) {
    const std::string near = near_preset("models", path);
    for (const Diagnostic& d : error.diagnostics()) {
      diagnostics.error(d.message, d.span.source ? d.span : span,
                        near.empty() ? d.hint : "no such file; the preset is called `" + near + "`");
    }
    return {};
  }
  if (!ends_with(path, ".toml")) {
    Transformer model = read_hf_config(source, diagnostics);
    // A configuration carries no name; its folder is usually called as the model.
    const std::filesystem::path file(path);
    const std::string folder = file.parent_path().filename().string();
    if (file.filename() == "config.json" && !folder.empty() && folder != "." && folder != "..") model.name = folder;
    return model;
  }
  const Value root = read_toml(source, diagnostics);
  if (errors_in(diagnostics) > before) return {};
  const Value* inner = root.find("model");
  return read_model(inner != nullptr ? *inner : root, diagnostics, provenance);
}

}  // namespace

const Schema<Transformer>& transformer_schema() {
  static const Schema<Transformer> schema = [] {
    using T = Transformer;
    Schema<T> s("model", "A decoder-only transformer.");
    s.text("name", &T::name, help("What answers call it.", "Llama-3.1-405B"))
        .integer("layers", &T::layers, count_of("layers", "Transformer layers.", "126", true))
        .integer("hidden", &T::hidden, count_of("hidden", "Width of the residual stream.", "16384", true))
        .integer(
            "heads", [](T& m) -> int& { return m.attention.heads; }, count_of("heads", "Query heads.", "128", true))
        .integer(
            "kv_heads", [](T& m) -> int& { return m.attention.kv_heads; },
            count_of("kv_heads", "Key and value heads; left out: as many as query heads.", "8"))
        .integer(
            "head_dim", [](T& m) -> int& { return m.attention.head_dim; },
            count_of("head_dim", "Width of a query or key head; left out: hidden / heads.", "128"))
        .integer(
            "window", [](T& m) -> int& { return m.attention.window; },
            count_of("window", "Tokens of a sliding window; 0: full attention.", "4096"))
        .integer(
            "full_every", [](T& m) -> int& { return m.attention.full_every; },
            count_of("full_every", "With a window: every n-th layer keeps full attention; 0: none does.", "6"))
        .boolean(
            "qkv_bias", [](T& m) -> bool& { return m.attention.qkv_bias; },
            help("Query, key and value projections carry biases."))
        .boolean(
            "qk_norm", [](T& m) -> bool& { return m.attention.qk_norm; },
            help("Queries and keys are normalised head by head."))
        .boolean(
            "output_gate", [](T& m) -> bool& { return m.attention.output_gate; },
            help("Attention's output is gated by a projection of its input."))
        .integer("ffn", &T::ffn,
                 count_of("ffn", "Width of the dense MLP; may be left out where no layer has one.", "53248"))
        .boolean("gated_mlp", &T::gated_mlp, help("Three matrices instead of two (SwiGLU and kin)."))
        .integer("vocab", &T::vocab, count_of("vocab", "Rows of the embedding table.", "128256", true))
        .boolean("tied_embeddings", &T::tied_embeddings, help("Embedding and output projection are one matrix."))
        .boolean("parallel_block", &T::parallel_block, help("Attention and MLP read the same input."))
        .boolean("biases", &T::biases, help("All linear layers carry biases."))
        .choice(
            "norm", &T::norm,
            {{"layer_norm", Norm::LayerNorm, "Mean and variance."}, {"rms_norm", Norm::RmsNorm, "Root mean square."}},
            help("Normalisation.", "rms_norm"))
        .boolean("post_norms", &T::post_norms, help("Also a norm after attention and after the MLP."))
        .choice("position", &T::position,
                {{"rotary", Position::Rotary, "Rotations of queries and keys."},
                 {"learned", Position::Learned, "A table with a row for each position."},
                 {"alibi", Position::Alibi, "A bias on scores, linear in distance."},
                 {"none", Position::None, "None."}},
                help("Position encoding.", "rotary"))
        .integer("max_positions", &T::max_positions,
                 count_of("max_positions", "Rows of a learned position table.", "2048"))
        .integer("mtp_layers", &T::mtp_layers,
                 count_of("mtp_layers", "Modules that predict further tokens in training (DeepSeek-V3).", "1"))
        .optional_table(
            "latent", [](T& m) -> std::optional<Attention::Latent>& { return m.attention.latent; }, latent_schema(),
            help("Multi-head latent attention.", ""))
        .optional_table("experts", &T::experts, experts_schema(), help("Mixture of experts.", ""))
        .ignore("published")
        .ignore("aliases");
    return s;
  }();
  return schema;
}

const Schema<PublishedSize>& published_size_schema() {
  static const Schema<PublishedSize> schema =
      Schema<PublishedSize>("published", "Sizes that a model was published with.")
          .number("parameters", &PublishedSize::parameters, help("All parameters.", "4.0585e11"))
          .number("active", &PublishedSize::active, help("Parameters that one token uses.", "3.7e10"));
  return schema;
}

Transformer load_model(std::string_view name_or_path, Diagnostics& diagnostics, Provenance* provenance,
                       const Span& span) {
  const std::size_t before = errors_in(diagnostics);
  const std::string name(name_or_path);
  const std::optional<Preset> preset = find_preset("models", name, diagnostics);
  if (!preset) {
    if (is_path(name)) return load_file(name, diagnostics, provenance, span);
    report_unknown_preset("models", name, span, diagnostics);
    return {};
  }
  const Value table = with_preset(preset->value, "models", diagnostics);
  if (errors_in(diagnostics) > before) return {};
  Transformer model = read_table(table, diagnostics, provenance);
  if (model.name.empty()) model.name = preset->name;
  return model;
}

Transformer read_model(const Value& written, Diagnostics& diagnostics, Provenance* provenance) {
  if (const std::string* name = written.string()) return load_model(*name, diagnostics, provenance, written.span());
  const std::size_t before = errors_in(diagnostics);
  const Value table = written.table() != nullptr ? with_preset(written, "models", diagnostics) : written;
  if (errors_in(diagnostics) > before) return {};
  return read_table(table, diagnostics, provenance);
}

}  // namespace orrery
