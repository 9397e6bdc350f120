#pragma once

#include <string>
#include <vector>

#include "report/document.hpp"
#include "scenario/schema.hpp"

namespace orrery {

/// "tiers[2].chips" -> "tiers[].chips": the path of an input as it is declared.
std::string declared_path(const std::string& path);

/// What was written, where, and on whose word: one row an input, in the order of its declaration. People see the text
/// as written; machines also get the value in base units. `declared` gives order and units.
Table source_table(const Provenance& written, const std::vector<FieldInfo>& declared);

/// The declared inputs that nobody wrote, with their defaults: a table of detail.
Table default_table(const Provenance& written, const std::vector<FieldInfo>& declared);

}  // namespace orrery
