#pragma once

#include <istream>
#include <memory>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

namespace orrery {

/// A decoder that is fed bytes as they come.
class Unpacker;

/// Gives out what another stream holds, unpacked on the way where that begins as a gzip or xz file does; as it stands
/// otherwise. Memory does not grow with the stream: two buffers and the decoder, of which xz may take a quarter of a
/// GiB.
class UnpackingBuffer : public std::streambuf {
 public:
  explicit UnpackingBuffer(std::istream& packed);
  ~UnpackingBuffer() override;

  /// What can be seen from here on without reading on, at most a buffer; empty at the end.
  std::string_view peek();
  /// Why the stream ended before its time: "it is cut off"; empty where it did not.
  const std::string& problem() const { return problem_; }
  /// The last byte that was given out so far, or NUL before the first.
  char last() const { return last_; }
  bool packed() const { return unpacker_ != nullptr; }

 protected:
  int_type underflow() override;

 private:
  bool refill();
  std::size_t unpacked();

  std::istream& packed_;
  std::vector<char> in_, out_;
  std::string_view left_;  ///< Of `in_`, not yet unpacked.
  std::unique_ptr<Unpacker> unpacker_;
  std::string problem_;
  char last_ = '\0';
  bool started_ = false;
};

/// The same as a stream. Where the packed bytes are broken it ends early and goes bad.
class UnpackingStream : public std::istream {
 public:
  explicit UnpackingStream(std::istream& packed) : std::istream(nullptr), buffer_(packed) { rdbuf(&buffer_); }
  std::string_view peek_text() { return buffer_.peek(); }
  const std::string& problem() const { return buffer_.problem(); }
  char last() const { return buffer_.last(); }
  bool packed() const { return buffer_.packed(); }

 private:
  UnpackingBuffer buffer_;
};

}  // namespace orrery
