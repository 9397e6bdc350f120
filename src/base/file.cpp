#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "base/unpacking_stream.hpp"

namespace orrery {
namespace {

/// A new file beside the target, which goes away unless it takes the target's place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& target) {
    // Not mkstemp: its files are private, and only open() applies the user's umask without a race.
    for (int attempt = 0; attempt < 1000 && descriptor_ < 0; ++attempt) {
      path_ = fmt::format("{}.{}-{}.tmp", target, getpid(), attempt);
      descriptor_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ < 0 && errno != EEXIST) return;
    }
  }
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
  bool set_permissions(mode_t mode) const { return fchmod(descriptor_, mode & 07777U) == 0; }
  bool move_to(const std::string& target) {
    kept_ = std::rename(path_.c_str(), target.c_str()) == 0;
    return kept_;
  }

 private:
  std::string path_;
  int descriptor_ = -1;
  bool kept_ = false;
};

/// The file that a link leads to, and the path itself where there is none yet.
std::string resolved(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  return real ? std::string(real.get()) : path;
}

}  // namespace

Source read_text_file(const std::string& path, std::size_t limit) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  }
  if (S_ISDIR(info.st_mode)) throw InputError(fmt::format("cannot read `{}`: it is a directory", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  UnpackingStream in(file);
  auto source = std::make_shared<SourceText>();
  source->name = path;
  // Read no more than the limit, whatever the size says: a pipe or a device has none.
  std::string buffer(1U << 16U, '\0');
  while (in && source->text.size() <= limit) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    source->text.append(buffer, 0, static_cast<std::size_t>(in.gcount()));
  }
  if (file.bad()) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  if (!in.problem().empty()) throw InputError(fmt::format("cannot unpack `{}`: {}", path, in.problem()));
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
  const std::string target = resolved(path);
  struct stat info {};
  const bool exists = stat(target.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) throw OutputError(fmt::format("cannot write `{}`: it is a directory", path));
  if (exists && !S_ISREG(info.st_mode)) {
    // A device or a pipe has nothing to lose and cannot be replaced.
    std::ofstream out(target, std::ios::binary);
    out << text << std::flush;
    if (!out) fail("writing failed");
    return;
  }
  // Renaming would replace it all the same: what its owner made read-only stays.
  if (exists && access(target.c_str(), W_OK) != 0) fail("it is read-only");
  TemporaryFile temporary(target);
  if (!temporary.good()) fail("no file can be made beside it");
  if (exists && !temporary.set_permissions(info.st_mode)) fail("its permissions cannot be kept");
  if (!temporary.write_all(text)) fail("writing failed");
  if (!temporary.move_to(target)) fail("renaming failed");
}

}  // namespace orrery
