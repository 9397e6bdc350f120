#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

namespace orrery {
namespace {

/// Bytes of the UTF-8 character that starts at `text`, or 0 where there is none (overlong forms and surrogates too).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead < 0xF0) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

/// A file descriptor that closes itself, and the temporary file behind it that goes away unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) : path_(target + ".XXXXXX") { descriptor_ = mkstemp(path_.data()); }
  ~TemporaryFile() {
    if (descriptor_ < 0) return;
    close(descriptor_);
    if (!kept_) unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  bool good() const { return descriptor_ >= 0; }
  bool write_all(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t written = ::write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    return fsync(descriptor_) == 0;
  }
  bool move_to(const std::string& target) {
    const mode_t mask = umask(0);
    umask(mask);
    if (fchmod(descriptor_, 0666 & ~mask) != 0) return false;
    kept_ = std::rename(path_.c_str(), target.c_str()) == 0;
    return kept_;
  }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool kept_ = false;
};

}  // namespace

std::size_t first_bad_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text.substr(at));
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

Source read_text_file(const std::string& path, std::size_t limit) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  }
  if (S_ISDIR(info.st_mode)) throw InputError(fmt::format("cannot read `{}`: it is a directory", path));
  std::ifstream in(path, std::ios::binary);
  if (!in) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  auto source = std::make_shared<SourceText>();
  source->name = path;
  // Read no more than the limit, whatever the size says: a pipe or a device has none.
  std::string buffer(1U << 16U, '\0');
  while (in && source->text.size() <= limit) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    source->text.append(buffer, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  if (source->text.size() > limit) {
    throw InputError(fmt::format("`{}` is larger than {} MiB", path, limit >> 20U));
  }
  if (const std::size_t bad = first_bad_byte(source->text); bad != std::string_view::npos) {
    throw InputError(fmt::format("`{}` is not UTF-8 text: byte {:#04x} at offset {}", path,
                                 static_cast<unsigned char>(source->text[bad]), bad));
  }
  return source;
}

void write_file_atomically(const std::string& path, std::string_view text) {
  const auto fail = [&](const char* what) {
    throw OutputError(fmt::format("cannot write `{}`: {}: {}", path, what, std::strerror(errno)));
  };
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    // A device or a pipe has nothing to lose and cannot be replaced.
    std::ofstream out(path, std::ios::binary);
    out << text << std::flush;
    if (!out) fail("writing failed");
    return;
  }
  TemporaryFile temporary(path);
  if (!temporary.good()) fail("no temporary file beside it");
  if (!temporary.write_all(text)) fail("writing failed");
  if (!temporary.move_to(path)) fail("renaming failed");
}

}  // namespace orrery
