#pragma once

#include <cstddef>
#include <string>

#include "report/document.hpp"

namespace orrery {

/// A table of a page is no longer than this, and no larger in bytes than what its page has left for tables.
inline constexpr std::size_t kMostHtmlRows = 500;

/// A table with a caption, a header and cells that tell their value in base units, by which the page's script sorts.
/// Columns for machines only are left out. Of rows beyond what fits in `budget` bytes, of which it takes what it uses,
/// the page says how many they are and, in `rest`, where they are.
std::string html_table(const Table& table, std::string_view rest, std::size_t& budget);

/// Whether a table tells where numbers come from: it has a column of sources.
bool tells_sources(const Table& table);

}  // namespace orrery
