#pragma once

#include <string>
#include <vector>

#include "scenario/schema.hpp"
#include "scenario/value.hpp"

namespace orrery {

/// Puts a table of inputs into a scenario that is to be written, and gives each number the source that it was read
/// with, as { value, source, status, unverified }.
void add_table(const std::string& name, Value table, const Provenance& provenance, Value& root);

/// A scenario as a TOML text under a comment: which run of `orrery` it was the input of, and what that one assumed.
/// `beside`: options that the run had besides the file and that stay needed, as "--seed 7"; may be empty.
std::string scenario_text(const Value& table, const std::string& command, const std::string& beside,
                          const std::vector<std::string>& assumptions);

}  // namespace orrery
