#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"
#include "scenario/toml_reader.hpp"
#include "scenario/toml_writer.hpp"
#include "scenario/value.hpp"

namespace orrery::fuzz {

/// Ends the process when `holds` is false: a finding.
void must(bool holds);

/// The bytes as the text of a file.
Source text_of(const std::uint8_t* data, std::size_t size);

/// What `read` (`const Value&, Diagnostics& -> Scenario`) makes of the bytes as a TOML file, its messages rendered;
/// nothing where they have a mistake.
template <class Read>
auto accepted(const std::uint8_t* data, std::size_t size, const Read& read)
    -> std::optional<decltype(read(std::declval<const Value&>(), std::declval<Diagnostics&>()))> {
  Diagnostics diagnostics;
  const Value root = read_toml(text_of(data, size), diagnostics);
  auto scenario = read(root, diagnostics);
  render_text(diagnostics.all(), false);
  if (diagnostics.has_errors()) return std::nullopt;
  return scenario;
}

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
