#pragma once

#include <span>
#include <string_view>

namespace orrery {

/// A preset, reference table or scenario compiled into the program: its path in the repository and its whole text.
struct EmbeddedFile {
  std::string_view path;
  std::string_view text;
};

/// Every file below presets/, data/reference/ and scenarios/runs/, sorted by path.
std::span<const EmbeddedFile> embedded_files();

}  // namespace orrery
