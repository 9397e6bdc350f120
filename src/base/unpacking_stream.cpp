#include "base/unpacking_stream.hpp"

#include <lzma.h>
#include <zlib.h>

#include <cstdint>

namespace orrery {
namespace {

constexpr std::size_t kBufferSize = std::size_t{1} << 16U;
constexpr std::uint64_t kXzMemory = std::uint64_t{1} << 28U;

/// How a gzip file (RFC 1952) and an xz file (.xz file format 1.2) begin.
constexpr std::string_view kGzipMagic("\x1f\x8b", 2);
constexpr std::string_view kXzMagic(
    "\xFD"
    "7zXZ\0",
    6);

}  // namespace

class Unpacker {
 public:
  struct Step {
    std::size_t taken = 0, given = 0;
    bool over = false;  ///< A whole file ends here; more of them may follow.
    const char* problem = nullptr;
  };
  Unpacker() = default;
  virtual ~Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  /// `last`  no bytes follow `in`.
  virtual Step step(std::string_view in, bool last, std::vector<char>& out) = 0;
};

namespace {

class GzipUnpacker final : public Unpacker {
 public:
  GzipUnpacker() { good_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  ~GzipUnpacker() override { inflateEnd(&stream_); }
  Step step(std::string_view in, bool last, std::vector<char>& out) override {
    if (!good_) return {0, 0, false, "it cannot be unpacked"};
    if (between_ && last && in.empty()) return {0, 0, true, nullptr};
    between_ = false;
    // zlib reads only, but its interface has no const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    Step step{in.size() - stream_.avail_in, out.size() - stream_.avail_out, false, nullptr};
    if (status == Z_STREAM_END) {
      between_ = true;
      if (inflateReset(&stream_) != Z_OK) step.problem = "it is broken";
    } else if (status == Z_BUF_ERROR || status == Z_OK) {
      if (last && step.taken == 0 && step.given == 0) step.problem = "it is cut off";
    } else {
      step.problem = "it is broken";
    }
    return step;
  }

 private:
  z_stream stream_{};
  bool good_ = false, between_ = false;
};

class XzUnpacker final : public Unpacker {
 public:
  XzUnpacker() { good_ = lzma_stream_decoder(&stream_, kXzMemory, LZMA_CONCATENATED) == LZMA_OK; }
  ~XzUnpacker() override { lzma_end(&stream_); }
  Step step(std::string_view in, bool last, std::vector<char>& out) override {
    if (!good_) return {0, 0, false, "it cannot be unpacked"};
    stream_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    stream_.avail_in = in.size();
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    const lzma_ret status = lzma_code(&stream_, last ? LZMA_FINISH : LZMA_RUN);
    Step step{in.size() - stream_.avail_in, out.size() - stream_.avail_out, false, nullptr};
    if (status == LZMA_STREAM_END) {
      step.over = true;
    } else if (status == LZMA_BUF_ERROR) {
      if (last) step.problem = "it is cut off";
    } else if (status == LZMA_MEMLIMIT_ERROR) {
      step.problem = "it needs more memory to unpack than 256 MiB";
    } else if (status != LZMA_OK) {
      step.problem = "it is broken";
    }
    return step;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool good_ = false;
};

}  // namespace

UnpackingBuffer::UnpackingBuffer(std::istream& packed) : packed_(packed), in_(kBufferSize) {}
UnpackingBuffer::~UnpackingBuffer() = default;

/// The next packed bytes, where none are left.
bool UnpackingBuffer::refill() {
  if (!left_.empty()) return true;
  if (!packed_) return false;
  packed_.read(in_.data(), static_cast<std::streamsize>(in_.size()));
  left_ = std::string_view(in_.data(), static_cast<std::size_t>(packed_.gcount()));
  if (packed_.bad()) problem_ = "it cannot be read to its end";
  return !left_.empty();
}

/// The next unpacked bytes in `out_`: how many, 0 at the end.
std::size_t UnpackingBuffer::unpacked() {
  while (problem_.empty()) {
    const bool more = refill();
    const Unpacker::Step step = unpacker_->step(left_, !more, out_);
    left_.remove_prefix(step.taken);
    if (step.problem != nullptr) problem_ = step.problem;
    if (step.given > 0) return step.given;
    if (step.over) return 0;
  }
  return 0;
}

UnpackingBuffer::int_type UnpackingBuffer::underflow() {
  if (gptr() != nullptr && gptr() < egptr()) return traits_type::to_int_type(*gptr());
  if (!started_) {
    started_ = true;
    refill();
    if (left_.starts_with(kGzipMagic)) unpacker_ = std::make_unique<GzipUnpacker>();
    if (left_.starts_with(kXzMagic)) unpacker_ = std::make_unique<XzUnpacker>();
    if (unpacker_ != nullptr) out_.resize(kBufferSize);
  }
  char* begin = nullptr;
  std::size_t size = 0;
  if (unpacker_ != nullptr) {
    size = unpacked();
    begin = out_.data();
  } else if (refill()) {
    size = left_.size();
    begin = in_.data();
    left_ = {};
  }
  // An exception is how a buffer makes its stream bad.
  if (size == 0 && !problem_.empty()) throw std::runtime_error(problem_);
  if (size == 0) return traits_type::eof();
  setg(begin, begin, begin + size);
  last_ = begin[size - 1];
  return traits_type::to_int_type(*gptr());
}

std::string_view UnpackingBuffer::peek() {
  try {
    if (underflow() == traits_type::eof()) return {};
  } catch (const std::runtime_error&) {
    return {};
  }
  return {gptr(), static_cast<std::size_t>(egptr() - gptr())};
}

}  // namespace orrery
