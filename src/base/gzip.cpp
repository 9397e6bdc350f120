#include "base/gzip.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace orrery {
namespace {

/// A stream of zlib that ends with its scope.
class Inflater {
 public:
  Inflater() { good_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK; }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  bool good() const { return good_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_{};
  bool good_ = false;
};

}  // namespace

bool is_gzip(std::string_view bytes) {
  return bytes.size() >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
}

Expected<std::string, std::string> gunzip(std::string_view bytes, std::size_t limit) {
  Inflater inflater;
  if (!inflater.good() || bytes.size() > std::numeric_limits<uInt>::max())
    return Unexpected<std::string>(std::string("it is too large to unpack"));
  z_stream& stream = inflater.stream();
  // zlib reads only, but its interface has no const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string text;
  std::vector<char> buffer(std::size_t{1} << 16U);
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    const int status = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = buffer.size() - stream.avail_out;
    if (text.size() + got > limit) return Unexpected<std::string>(fmt::format("it holds more than {} bytes", limit));
    text.append(buffer.data(), got);
    if (status == Z_STREAM_END) {
      if (stream.avail_in == 0) return text;
      if (inflateReset(&stream) != Z_OK) return Unexpected<std::string>(std::string("it is broken"));
    } else if (status == Z_BUF_ERROR || (status == Z_OK && stream.avail_in == 0 && got == 0)) {
      return Unexpected<std::string>(std::string("it is cut off"));
    } else if (status != Z_OK) {
      return Unexpected<std::string>(std::string("it is broken"));
    }
  }
}

}  // namespace orrery
