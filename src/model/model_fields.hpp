#pragma once

#include <string_view>

#include "base/diagnostic.hpp"
#include "model/transformer.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// The inputs that describe a model: what a preset, a scenario's `model` table and `--set model.layers=...` may say.
const Schema<Transformer>& transformer_schema();

/// Sizes that a model was published with: the table `published` of a preset. Zero where nothing was published.
struct PublishedSize {
  double parameters = 0;
  double active = 0;  ///< Used by one token; papers differ on whether the embedding table counts.
};
const Schema<PublishedSize>& published_size_schema();

/// The model that a person names: a preset or one of its aliases, the path of a Hugging Face `config.json`, or the path
/// of a TOML file with the fields of `transformer_schema` at its top or in a `model` table. Anything with a slash or
/// ending in .json or .toml that no preset is called is a path.
///
/// All mistakes go to `diagnostics`, also those of the file itself; the result is only meaningful without errors.
/// `provenance` receives where each number came from (nothing for a config.json). `span` is where the name stands.
Transformer load_model(std::string_view name_or_path, Diagnostics& diagnostics, Provenance* provenance = nullptr,
                       const Span& span = {});

/// The model of a scenario: a text is taken as by `load_model`, a table may name a `preset` to start from.
Transformer read_model(const Value& written, Diagnostics& diagnostics, Provenance* provenance = nullptr);

}  // namespace orrery
