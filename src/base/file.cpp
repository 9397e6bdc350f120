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

/// Makes a new file beside the target; empty where that fails.
std::string make_temporary(const std::string& target) {
  // Not mkstemp: its files are private, and only open() applies the user's umask without a race.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    std::string path = fmt::format("{}.{}-{}.tmp", target, getpid(), attempt);
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0) {
      close(descriptor);
      return path;
    }
    if (errno != EEXIST) break;
  }
  return "";
}

bool force_to_disk(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool good = fsync(descriptor) == 0;
  close(descriptor);
  return good;
}

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

StagedFile::StagedFile(std::string path) : path_(std::move(path)), target_(resolved(path_)) {
  struct stat info {};
  const bool exists = stat(target_.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) throw OutputError(fmt::format("cannot write `{}`: it is a directory", path_));
  // A device or a pipe has nothing to lose and cannot be replaced.
  if (!exists || S_ISREG(info.st_mode)) {
    // Renaming would replace it all the same: what its owner made read-only stays.
    if (exists && access(target_.c_str(), W_OK) != 0) fail("it is read-only");
    temporary_ = make_temporary(target_);
    if (temporary_.empty()) fail("no file can be made beside it");
    if (exists && chmod(temporary_.c_str(), info.st_mode & 07777U) != 0) {
      unlink(temporary_.c_str());
      fail("its permissions cannot be kept");
    }
  }
  out_.open(working_path(), std::ios::binary);
  if (!out_) {
    if (!temporary_.empty()) unlink(temporary_.c_str());
    fail("it cannot be opened");
  }
}

StagedFile::~StagedFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void StagedFile::fail(const char* what) const {
  throw OutputError(fmt::format("cannot write `{}`: {}: {}", path_, what, std::strerror(errno)));
}

void StagedFile::commit() {
  if (!out_.is_open()) return;
  out_.flush();
  if (!out_) fail("writing failed");
  out_.close();
  if (temporary_.empty()) return;
  if (!force_to_disk(temporary_)) fail("writing failed");
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) fail("renaming failed");
  temporary_.clear();
}

void write_file_atomically(const std::string& path, std::string_view text) {
  StagedFile file(path);
  file.stream() << text;
  file.commit();
}

}  // namespace orrery
