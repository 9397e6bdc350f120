#include "base/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.hpp"

namespace orrery {
namespace {

using Block = std::pair<char32_t, char32_t>;

template <std::size_t N>
bool is_in(const std::array<Block, N>& blocks, char32_t c) {
  return std::any_of(blocks.begin(), blocks.end(), [c](const Block& b) { return b.first <= c && c <= b.second; });
}

// Combining marks, joiners and variation selectors: drawn over the character before them.
constexpr std::array<Block, 9> kZeroWidth = {{{0x0300, 0x036F},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05BD},
                                              {0x064B, 0x065F},
                                              {0x1AB0, 0x1AFF},
                                              {0x1DC0, 0x1DFF},
                                              {0x200B, 0x200D},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F}}};
// East Asian Width W and F (Unicode Standard Annex 11), by block.
constexpr std::array<Block, 11> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x33FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0x1F300, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
// Controls, line and paragraph separators, bidirectional marks and overrides, the byte order mark.
constexpr std::array<Block, 6> kHarmful = {
    {{0x0000, 0x001F}, {0x007F, 0x009F}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2066, 0x2069}, {0xFEFF, 0xFEFF}}};

}  // namespace

TerminalCharacter first_character(std::string_view text) {
  const auto [code, length] = first_utf8_character(text);
  if (length == 0) return {1, 1, false};
  if (is_in(kHarmful, code)) return {length, 1, false};
  if (code < 0x300) return {length, 1, true};
  return {length, is_in(kZeroWidth, code) ? 0U : is_in(kWide, code) ? 2U : 1U, true};
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const TerminalCharacter c = first_character(text);
    if (c.harmless) {
      result += text.substr(0, c.bytes);
    } else {
      result += static_cast<unsigned char>(text[0]) < 0x80 ? ' ' : '?';
    }
    text.remove_prefix(c.bytes);
  }
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const TerminalCharacter c = first_character(text);
    columns += c.columns;
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns < 4) return std::string(columns, '.');
  std::size_t kept = 0, used = 0;
  while (kept < text.size()) {
    const TerminalCharacter c = first_character(text.substr(kept));
    if (used + c.columns > columns - 3) break;
    used += c.columns;
    kept += c.bytes;
  }
  return std::string(text.substr(0, kept)) + "...";
}

}  // namespace orrery
