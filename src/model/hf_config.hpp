#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "model/transformer.hpp"

namespace orrery {

/// The shape that a Hugging Face `config.json` describes. Keys that say nothing about the shape are passed over, as is
/// usual for a foreign format; a multimodal configuration is read for its text part (`text_config`).
///
/// Every missing, mistyped, absurd or contradicting field is reported with its place; the result is only meaningful
/// when `diagnostics` has no errors. Fields with a default in the `transformers` library take it when they are absent.
/// Known families: see `hf_model_types`.
Transformer read_hf_config(const Source& json, Diagnostics& diagnostics);

/// Every value of `model_type` that `read_hf_config` knows.
std::vector<std::string> hf_model_types();

}  // namespace orrery
