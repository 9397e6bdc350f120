#pragma once

#include <cstddef>
#include <string_view>

namespace orrery {

/// One character of a UTF-8 text.
struct Utf8Character {
  char32_t code = 0;
  std::size_t bytes = 0;  ///< 0 where the text does not begin with a character.
};

/// The character at the start of `text`, which must not be empty. Truncated and overlong forms, surrogates and code
/// points above U+10FFFF are no characters (RFC 3629).
Utf8Character first_utf8_character(std::string_view text);

/// Offset of the first byte that is not UTF-8 or is NUL, or `npos`.
std::size_t first_bad_byte(std::string_view text);

}  // namespace orrery
