#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {

/// One word of a shell-like text, and where it stands.
struct ShellWord {
  std::string text;
  Span span;
};

/// The words of a launch script as a shell would pass them on: blanks and line ends separate, quotes join, a backslash
/// keeps the next character and joins lines, `#` begins a comment. Understood of the rest of the language: assignments
/// (`TP=8`, also behind `export`), their values in later words (`$TP`, `${TP}`), and lists (`ARGS=( ... )`,
/// `ARGS="..."`), whose words are returned like any others. A variable that nothing sets stays as it is written.
///
/// Nothing is run. Reports an open quote.
std::vector<ShellWord> shell_words(const Source& source, Diagnostics& diagnostics);

}  // namespace orrery
