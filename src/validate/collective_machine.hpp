#pragma once

#include <string>

#include "validate/collective_meaning.hpp"

namespace orrery {

/// Whether `text` holds `word`, upper and lower case alike.
bool says(const std::string& text, const std::string& word);

/// The chip, server, domain and network of a row: fills `cluster` and `group` of the meaning. "" or the reason that the
/// row is skipped for.
std::string collective_machine(const CollectiveRow& row, const RowPresets& presets, CollectiveMeaning& meaning);

}  // namespace orrery
