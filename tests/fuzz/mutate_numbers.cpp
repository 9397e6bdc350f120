// Half of libFuzzer's mutations change one number of the text: bytes alone seldom reach what lies behind a reader.
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

constexpr std::array<std::string_view, 40> kNumbers = {"0",           "1",
                                                       "2",           "3",
                                                       "4",           "5",
                                                       "7",           "8",
                                                       "13",          "16",
                                                       "31",          "32",
                                                       "64",          "96",
                                                       "127",         "128",
                                                       "256",         "512",
                                                       "1000",        "1024",
                                                       "4096",        "8191",
                                                       "8192",        "32768",
                                                       "50257",       "65536",
                                                       "100000",      "128256",
                                                       "1000000",     "16777216",
                                                       "99999999",    "100000000",
                                                       "999999937",   "1000000000",
                                                       "2147483647",  "4294967296",
                                                       "10000000000", "9223372036854775807",
                                                       "1e-9",        "0.5"};

/// Where the digits of each number begin and end.
std::vector<std::pair<std::size_t, std::size_t>> numbers_in(const std::string& text) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0) continue;
    std::size_t end = i;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    found.emplace_back(i, end);
    i = end;
  }
  return found;
}

/// Another number in its place, or that number doubled, halved or one off.
std::string changed(const std::string& digits, std::mt19937& random) {
  const std::uint64_t value = digits.size() < 18 ? std::stoull(digits) : 1;
  switch (random() % 6) {
    case 0:
      return std::to_string(value * 2);
    case 1:
      return std::to_string(value / 2);
    case 2:
      return std::to_string(value + 1);
    case 3:
      return std::to_string(value == 0 ? 0 : value - 1);
    default:
      return std::string(kNumbers[random() % kNumbers.size()]);
  }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned int seed) {
  std::mt19937 random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto places = numbers_in(text);
  if (places.empty()) return LLVMFuzzerMutate(data, size, most);
  const auto [begin, end] = places[random() % places.size()];
  text.replace(begin, end - begin, changed(text.substr(begin, end - begin), random));
  if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}
