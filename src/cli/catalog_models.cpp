// Models and software profiles in the catalog.
#include <fmt/format.h>

#include "cli/catalog.hpp"
#include "model/model_fields.hpp"
#include "step/layout.hpp"
#include "validate/software_profiles.hpp"

namespace orrery {
namespace {

constexpr int kSequence = 8192;  // Tokens of the sequences for which FLOPs are given.

/// "8 of 128", or nothing for a dense model.
Cell experts_cell(const Transformer& model) {
  if (!model.experts) return {};
  return fmt::format("{} of {}", model.experts->top_k, model.experts->count);
}

Parts parameter_parts(const ParameterCount& counted) {
  Parts parts{"parameters", "parameters", large(counted.total()), {}};
  const auto add = [&](const char* name, double value) {
    if (value > 0) parts.parts.emplace_back(name, large(value));
  };
  add("embedding", counted.embedding);
  add("head", counted.head);
  add("attention", counted.attention);
  add("mlp", counted.dense_mlp);
  add("experts", counted.experts);
  add("norms", counted.norms);
  return parts;
}

CatalogItem read_model_preset(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  const Transformer model = load_model(preset.name, diagnostics, &item.written);
  item.declared = transformer_schema().fields();
  if (diagnostics.has_errors()) return item;
  const ParameterCount counted = parameters(model);
  item.title = fmt::format("{}: {} parameters", model.name, cell_text(large(counted.total())));
  if (model.experts) item.title += fmt::format(", {} a token", cell_text(large(counted.active)));
  item.summary = {model.name,
                  large(counted.total()),
                  model.experts ? Cell{large(counted.active)} : Cell{},
                  count(model.layers),
                  count(model.hidden),
                  count(model.attention.heads),
                  model.attention.latent ? Cell{std::string("latent")} : Cell{count(model.attention.kv_heads)},
                  experts_cell(model),
                  count(model.vocab)};
  item.breakdowns = {parameter_parts(counted)};
  item.derived = {
      {"active_parameters", model.experts ? "parameters that one token uses" : "", large(counted.active)},
      {"weights", "weights in 16 bits", figure(Bytes(2 * counted.total()))},
      {"training_flops_per_token", fmt::format("training FLOPs a token, sequences of {}", format_count(kSequence)),
       figure(training_flops(model, 1, kSequence, AttentionFlops::Causal))},
      {"training_flops_per_token_full_attention", "the same, attention counted in full",
       figure(training_flops(model, 1, kSequence, AttentionFlops::Full))},
  };
  PublishedSize published;
  if (const Value* table = preset.value.find("published")) {
    published_size_schema().read(*table, published, diagnostics);
    if (published.parameters > 0) {
      item.derived.push_back({"published_parameters", "published size", large(published.parameters)});
      item.derived.push_back({"parameters_against_published", "counted against published",
                              signed_fraction(counted.total() / published.parameters - 1, 2)});
    }
  }
  item.notes = {
      "FLOPs are of the model, forward and backward without recomputation; attention counts the causal half."};
  return item;
}

CatalogItem read_software(const Preset& preset, Diagnostics& diagnostics) {
  CatalogItem item;
  SoftwareProfile profile;
  software_schema().read(with_preset(preset.value, "software", diagnostics), profile, diagnostics, &item.written);
  item.declared = software_schema().fields();
  const std::string frameworks = fmt::format("{}", fmt::join(profile.frameworks, ", "));
  item.title = fmt::format("{}: {} from {} on", profile.software.name, frameworks, profile.from);
  item.summary = {profile.from,
                  std::string(attention_kernel_name(profile.software.attention)),
                  std::string(graphs_name(profile.software.graphs)),
                  profile.software.overlap_dp,
                  figure(profile.software.host_per_kernel),
                  figure(profile.software.host_per_step),
                  frameworks};
  item.derived = {{"frameworks", "frameworks", frameworks}};
  return item;
}

}  // namespace

CatalogKind model_catalog() {
  return {"models",
          "model",
          {{"model", "model"},
           {"parameters", "parameters"},
           {"active_parameters", "active"},
           {"layers", "layers"},
           {"hidden", "hidden"},
           {"heads", "heads"},
           {"kv_heads", "kv heads"},
           {"experts", "experts"},
           {"vocab", "vocabulary"}},
          read_model_preset};
}

CatalogKind software_catalog() {
  return {"software",
          "software profile",
          {{"from", "from"},
           {"attention", "attention"},
           {"graphs", "graphs"},
           {"overlap_dp", "dp overlap"},
           {"host_per_kernel", "host a kernel"},
           {"host_per_step", "host a step"},
           {"frameworks", "frameworks"}},
          read_software};
}

}  // namespace orrery
