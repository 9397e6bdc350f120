#include "base/xz.hpp"

#include <fmt/format.h>

#include <sstream>
#include <vector>

#include "base/unpacking_stream.hpp"

namespace orrery {

bool is_xz(std::string_view bytes) {
  using namespace std::string_view_literals;
  return bytes.substr(0, 6) ==
         "\xFD"
         "7zXZ\0"sv;
}

Expected<std::string, std::string> unxz(std::string_view bytes, std::size_t limit) {
  std::istringstream packed{std::string(bytes)};
  UnpackingStream in(packed);
  std::string text;
  std::vector<char> buffer(std::size_t{1} << 16U);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    text.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > limit) return Unexpected<std::string>(fmt::format("it holds more than {} bytes", limit));
  }
  if (!in.problem().empty()) return Unexpected<std::string>(in.problem());
  return text;
}

}  // namespace orrery
