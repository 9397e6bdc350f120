#include "base/unpacking_stream.hpp"

#include <doctest/doctest.h>
#include <lzma.h>
#include <zlib.h>

#include <array>
#include <sstream>
#include <string>

namespace orrery {
namespace {

/// Text longer than what is unpacked at once, and that does not repeat.
std::string long_text() {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += std::to_string(i * 2654435761U) + "\n";
  return text;
}

std::string gzipped(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string packed(deflateBound(&stream, text.size()) + 64, '\0');
  std::string copy = text;
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::string xz(const std::string& text) {
  std::string packed(lzma_stream_buffer_bound(text.size()), '\0');
  std::size_t size = 0;
  REQUIRE(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(text.data()),
                                  text.size(), reinterpret_cast<std::uint8_t*>(packed.data()), &size,
                                  packed.size()) == LZMA_OK);
  packed.resize(size);
  return packed;
}

/// What is unpacked; behind it the problem, if there is one.
std::string unpacked(const std::string& packed) {
  std::istringstream source(packed);
  UnpackingStream in(source);
  std::string text;
  std::array<char, 4096> buffer{};
  while (in) {
    in.read(buffer.data(), buffer.size());
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  return text + in.problem();
}

std::string refusal(const std::string& packed) {
  std::istringstream source(packed);
  UnpackingStream in(source);
  std::array<char, 4096> buffer{};
  while (in.read(buffer.data(), buffer.size())) continue;
  return in.problem();
}

}  // namespace

TEST_CASE("unpacking: what was packed comes back, in one piece or several: law") {
  const std::string text = long_text();
  CHECK(unpacked(text) == text);
  CHECK(unpacked("").empty());
  CHECK(unpacked(gzipped(text)) == text);
  CHECK(unpacked(gzipped(text) + gzipped("more")) == text + "more");
  CHECK(unpacked(xz(text)) == text);
  CHECK(unpacked(xz(text) + xz("more")) == text + "more");
}

TEST_CASE("unpacking: what is cut off or broken is refused, wherever the damage is: law") {
  for (const std::string& packed : {gzipped(long_text()), xz(long_text())}) {
    for (const double share : {0.1, 0.5, 0.9, 0.9999}) {
      const auto place = static_cast<std::size_t>(share * static_cast<double>(packed.size()));
      CHECK_FALSE(refusal(packed.substr(0, place)).empty());
      std::string damaged = packed;
      damaged[place] = static_cast<char>(damaged[place] ^ 0x5a);
      CHECK_FALSE(refusal(damaged).empty());
    }
  }
}

}  // namespace orrery
