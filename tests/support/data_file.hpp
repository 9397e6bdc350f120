#pragma once

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/file.hpp"

namespace orrery::test {

/// The whole text of a file, unpacked where it is gzipped or in the xz format, of up to 1 GiB.
inline std::string read_packed(const std::filesystem::path& path) {
  return read_text_file(path.string(), std::size_t{1} << 30U)->text;
}

/// The folder of public measurements: $ORRERY_DATA, or ../shared/data beside the repository. Nothing where it is
/// missing, unless ORRERY_REQUIRE_DATA=1 forbids that.
inline std::optional<std::filesystem::path> data_folder() {
  const char* named = std::getenv("ORRERY_DATA");
  std::filesystem::path folder =
      named ? std::filesystem::path(named) : std::filesystem::path(ORRERY_SOURCE_DIR) / ".." / "shared" / "data";
  if (std::filesystem::is_directory(folder)) return folder;
  const char* required = std::getenv("ORRERY_REQUIRE_DATA");
  if (required && std::string(required) == "1") throw std::runtime_error("no measured data at " + folder.string());
  return std::nullopt;
}

}  // namespace orrery::test
