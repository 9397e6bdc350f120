#pragma once

#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

namespace orrery::test {

/// The whole text of a gzip file (or of a plain one). Throws where it cannot be read to its end.
inline std::string read_gzip(const std::filesystem::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) throw std::runtime_error("cannot open " + path.string());
  std::string text;
  char buffer[1 << 16];
  int got = 0;
  while ((got = gzread(file, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<std::size_t>(got));
  const bool failed = got < 0;
  gzclose(file);
  if (failed) throw std::runtime_error("cannot read " + path.string());
  return text;
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
