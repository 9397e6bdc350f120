#pragma once

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/diagnostic.hpp"
#include "base/utf8.hpp"

namespace orrery {

/// Largest text file that a reader takes whole.
inline constexpr std::size_t kLargestText = 64U << 20U;

/// The whole text of a file, unpacked where it is gzipped or in the xz format. Throws `InputError` where it is missing,
/// a directory, unreadable, larger than `limit` bytes, binary or not UTF-8 (with the offset of the first bad byte).
Source read_text_file(const std::string& path, std::size_t limit = kLargestText);

/// An output that cannot be written: the user's disk, not our bug.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that is written bit by bit and takes its place as a whole: until `commit` has forced it to the disk and
/// renamed it, what was there before is as it was, and so it stays when anything fails. A link keeps pointing where it
/// did, a replaced file keeps its permissions. Devices and pipes are written directly.
class StagedFile {
 public:
  /// Throws `OutputError` where no such file can be written.
  explicit StagedFile(std::string path);
  /// Without `commit` the temporary file goes away.
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  std::ostream& stream() { return out_; }
  /// Where the file is until it is committed: for writers that open it themselves.
  const std::string& working_path() const { return temporary_.empty() ? target_ : temporary_; }
  /// Throws `OutputError` with the reason where something was not written.
  void commit();

 private:
  [[noreturn]] void fail(const char* what) const;

  std::string path_, target_, temporary_;
  std::ofstream out_;
};

/// Replaces a file by `text` as a whole: writes a temporary file beside it, forces it to the disk, then renames it.
/// When anything fails (no space, no permission) the earlier file is as it was. A link keeps pointing where it did, a
/// replaced file keeps its permissions. Devices and pipes are written directly. Throws `OutputError` with the reason.
void write_file_atomically(const std::string& path, std::string_view text);

}  // namespace orrery
