#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "scenario/toml_writer.hpp"
#include "scenario/value.hpp"

namespace orrery::fuzz {

/// Ends the process when `holds` is false: a finding.
void must(bool holds);

/// The bytes as the text of a file.
Source text_of(const std::uint8_t* data, std::size_t size);

/// `table` as --write-scenario writes it and a reader finds it; a mistake in it is a finding.
Value written_and_read(const Value& table, const std::vector<std::string>& assumptions);

/// Requires that what `read` (`const Value&, Diagnostics& -> Scenario`) makes of `table`, written and read again, has
/// no mistake and is written the same by `write` (`const Scenario& -> Value`). Returns what was read.
template <class Read, class Write>
auto round_trip(const Value& table, const std::vector<std::string>& assumptions, const Read& read, const Write& write) {
  Diagnostics diagnostics;
  auto again = read(written_and_read(table, assumptions), diagnostics);
  must(!diagnostics.has_errors());
  must(write_toml(write(again)) == write_toml(table));
  return again;
}

}  // namespace orrery::fuzz
