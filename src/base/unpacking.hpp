#pragma once

#include <istream>
#include <memory>
#include <string>

namespace orrery {

/// The bytes of another stream, unpacked on the way where they are gzipped (RFC 1952) or in the xz format, in memory
/// that does not grow with them. What is cut off or broken throws `InputError`, with `name` for the stream, from
/// whatever reads.
class UnpackingStream : public std::istream {
 public:
  UnpackingStream(std::unique_ptr<std::istream> packed, const std::string& name);
  ~UnpackingStream() override;
  UnpackingStream(const UnpackingStream&) = delete;
  UnpackingStream& operator=(const UnpackingStream&) = delete;

 private:
  class Buffer;
  std::unique_ptr<Buffer> buffer_;
};

/// A file to read, unpacked. Throws `InputError` where it is missing, a directory or unreadable.
std::unique_ptr<std::istream> open_file(const std::string& path);

}  // namespace orrery
