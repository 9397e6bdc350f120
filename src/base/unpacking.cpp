#include "base/unpacking.hpp"

#include <fmt/format.h>
#include <lzma.h>
#include <sys/stat.h>
#include <zlib.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <streambuf>
#include <utility>
#include <vector>

#include "base/diagnostic.hpp"

namespace orrery {
namespace {

/// Bytes that are unpacked at once.
constexpr std::size_t kChunk = std::size_t{1} << 16U;
/// Memory that an xz file may ask for; the strongest preset of the format takes a quarter.
constexpr std::uint64_t kDecoderMemory = std::uint64_t{256} << 20U;

/// A decoder that is fed pieces of its input.
class Decoder {
 public:
  /// What is left of the input and of the room for the output.
  struct Window {
    const char* in = nullptr;
    std::size_t in_left = 0;
    char* out = nullptr;
    std::size_t out_left = 0;
    bool last = false;  ///< Nothing follows the input.
  };
  enum class Status { Going, Done, CutOff, Broken };

  virtual ~Decoder() = default;
  virtual Status decode(Window& window) = 0;
};

class Plain final : public Decoder {
 public:
  Status decode(Window& window) override {
    const std::size_t size = std::min(window.in_left, window.out_left);
    std::memcpy(window.out, window.in, size);
    window.in += size;
    window.in_left -= size;
    window.out_left -= size;
    return window.last && window.in_left == 0 ? Status::Done : Status::Going;
  }
};

class Gzip final : public Decoder {
 public:
  Gzip() { good_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  Status decode(Window& window) override {
    if (!good_) return Status::Broken;
    if (between_) {
      // Members may follow each other.
      if (window.in_left == 0) return window.last ? Status::Done : Status::Going;
      if (inflateReset(&stream_) != Z_OK) return Status::Broken;
      between_ = false;
    }
    // zlib reads only, but its interface has no const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(window.in));
    stream_.avail_in = static_cast<uInt>(window.in_left);
    stream_.next_out = reinterpret_cast<Bytef*>(window.out);
    stream_.avail_out = static_cast<uInt>(window.out_left);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    window.in += window.in_left - stream_.avail_in;
    window.in_left = stream_.avail_in;
    const bool stuck = window.last && window.in_left == 0 && stream_.avail_out == window.out_left;
    window.out_left = stream_.avail_out;
    if (status == Z_STREAM_END) {
      between_ = true;
      return Status::Going;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) return Status::Broken;
    return stuck ? Status::CutOff : Status::Going;
  }

 private:
  z_stream stream_{};
  bool good_ = false, between_ = false;
};

class Xz final : public Decoder {
 public:
  Xz() { good_ = lzma_stream_decoder(&stream_, kDecoderMemory, LZMA_CONCATENATED) == LZMA_OK; }
  ~Xz() override { lzma_end(&stream_); }
  Xz(const Xz&) = delete;
  Xz& operator=(const Xz&) = delete;

  Status decode(Window& window) override {
    if (!good_) return Status::Broken;
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(window.in);
    stream_.avail_in = window.in_left;
    stream_.next_out = reinterpret_cast<std::uint8_t*>(window.out);
    stream_.avail_out = window.out_left;
    const lzma_ret status = lzma_code(&stream_, window.last ? LZMA_FINISH : LZMA_RUN);
    window.in += window.in_left - stream_.avail_in;
    window.in_left = stream_.avail_in;
    window.out_left = stream_.avail_out;
    if (status == LZMA_STREAM_END) return Status::Done;
    if (status == LZMA_OK) return Status::Going;
    return status == LZMA_BUF_ERROR && window.last ? Status::CutOff : Status::Broken;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool good_ = false;
};

std::unique_ptr<Decoder> decoder_for(std::string_view begin) {
  if (begin.substr(0, 2) == "\x1f\x8b") return std::make_unique<Gzip>();
  if (begin.substr(0, 6) == std::string_view("\xfd"
                                             "7zXZ\0",
                                             6))
    return std::make_unique<Xz>();
  return std::make_unique<Plain>();
}

}  // namespace

class UnpackingStream::Buffer final : public std::streambuf {
 public:
  Buffer(std::unique_ptr<std::istream> packed, std::string name)
      : packed_(std::move(packed)), name_(std::move(name)), in_(kChunk), out_(kChunk) {}

 protected:
  int_type underflow() override {
    while (!done_) {
      if (window_.in_left == 0 && !window_.last) refill();
      if (!decoder_) decoder_ = decoder_for({window_.in, window_.in_left});
      window_.out = out_.data();
      window_.out_left = out_.size();
      switch (decoder_->decode(window_)) {
        case Decoder::Status::Broken:
          throw InputError(fmt::format("cannot unpack `{}`: it is broken", name_));
        case Decoder::Status::CutOff:
          throw InputError(fmt::format("cannot unpack `{}`: it is cut off", name_));
        case Decoder::Status::Done:
          done_ = true;
          break;
        case Decoder::Status::Going:
          break;
      }
      const std::size_t got = out_.size() - window_.out_left;
      if (got == 0) continue;
      setg(out_.data(), out_.data(), out_.data() + got);
      return traits_type::to_int_type(out_.front());
    }
    return traits_type::eof();
  }

 private:
  void refill() {
    packed_->read(in_.data(), static_cast<std::streamsize>(in_.size()));
    if (packed_->bad()) throw InputError(fmt::format("cannot read `{}`: {}", name_, std::strerror(errno)));
    window_.in = in_.data();
    window_.in_left = static_cast<std::size_t>(packed_->gcount());
    window_.last = packed_->eof();
  }

  std::unique_ptr<std::istream> packed_;
  std::string name_;
  std::vector<char> in_, out_;
  Decoder::Window window_;
  std::unique_ptr<Decoder> decoder_;
  bool done_ = false;
};

UnpackingStream::UnpackingStream(std::unique_ptr<std::istream> packed, const std::string& name)
    : std::istream(nullptr), buffer_(std::make_unique<Buffer>(std::move(packed), name)) {
  rdbuf(buffer_.get());
  exceptions(std::ios::badbit);  // So that what the buffer throws comes through.
}

UnpackingStream::~UnpackingStream() = default;

std::unique_ptr<std::istream> open_file(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  if (S_ISDIR(info.st_mode)) throw InputError(fmt::format("cannot read `{}`: it is a directory", path));
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) throw InputError(fmt::format("cannot read `{}`: {}", path, std::strerror(errno)));
  return std::make_unique<UnpackingStream>(std::move(file), path);
}

}  // namespace orrery
