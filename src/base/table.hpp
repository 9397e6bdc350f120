#pragma once

#include <string>
#include <vector>

#include "base/terminal_text.hpp"

namespace orrery {

enum class Align { Left, Right };

/// Lines of a table of texts: columns two spaces apart, header first, an underline where there is a header. Widths
/// count characters, not bytes. No trailing blanks.
std::string text_table(const std::vector<std::string>& header, const std::vector<Align>& align,
                       const std::vector<std::vector<std::string>>& rows);

/// A text broken at blanks into lines of at most `width` characters, each after the first indented.
std::string wrapped(const std::string& text, std::size_t width, const std::string& indent);

}  // namespace orrery
