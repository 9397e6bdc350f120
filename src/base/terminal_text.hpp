#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orrery {

/// One character of a text: its bytes, and the columns that it takes on a terminal.
struct TerminalCharacter {
  std::size_t bytes = 1;
  std::size_t columns = 1;  ///< 0 for a combining mark, 2 for East Asian wide characters and emoji.
  bool harmless = true;     ///< False where a terminal would obey it rather than show it, or it is not UTF-8.
};

/// The character that begins at `text`, which must not be empty. A byte that is not UTF-8 is a character of its own.
TerminalCharacter first_character(std::string_view text);

/// The text with everything that could steer a terminal or reorder a line (control characters, tabs and line ends,
/// bidirectional overrides, bytes that are not UTF-8) replaced, one for one, by a blank or `?`.
std::string printable(std::string_view text);

/// Columns that `printable(text)` takes on a terminal. Widths follow Unicode's East Asian Width by whole blocks, which
/// is what terminals do; sequences joined into one emoji count as their parts.
std::size_t display_width(std::string_view text);

/// `text` when it fits in `columns`, otherwise its beginning and "..." in exactly that many columns or one less.
std::string shortened(std::string_view text, std::size_t columns);

}  // namespace orrery
