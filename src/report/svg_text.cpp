#include "report/svg_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/terminal_text.hpp"
#include "base/utf8.hpp"

namespace orrery {
namespace {

// Of the font size: the means of digits and lower-case letters, and of capitals.
constexpr double kCharacter = 0.56, kCapital = 0.68;

}  // namespace

std::string xml_escaped(std::string_view text) {
  const std::string shown = printable(text);
  std::string result;
  for (std::size_t at = 0; at < shown.size();) {
    const Utf8Character c = first_utf8_character(std::string_view(shown).substr(at));
    const std::size_t bytes = std::max<std::size_t>(1, c.bytes);
    if (c.code == U'&') {
      result += "&amp;";
    } else if (c.code == U'<') {
      result += "&lt;";
    } else if (c.code == U'>') {
      result += "&gt;";
    } else if (c.code == U'"') {
      result += "&quot;";
    } else if (c.code == 0xFFFE || c.code == 0xFFFF) {
      result += '?';  // Not in the Char production of XML 1.0.
    } else {
      result.append(shown, at, bytes);
    }
    at += bytes;
  }
  return result;
}

std::string pixels(double length) {
  std::string text = fmt::format("{:.2f}", length);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

double text_width(std::string_view text, double font_size) {
  const auto capitals = std::count_if(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return font_size * (kCharacter * static_cast<double>(display_width(text)) +
                      (kCapital - kCharacter) * static_cast<double>(capitals));
}

std::string fitting(std::string_view text, double width, double font_size) {
  if (text_width(text, font_size) <= width) return std::string(text);
  const double columns = std::max(0.0, width) / (kCapital * font_size);
  return shortened(text, std::max<std::size_t>(4, static_cast<std::size_t>(columns)));
}

std::string svg_text(double x, double y, std::string_view text, TextAnchor anchor, std::string_view style) {
  const char* const place = anchor == TextAnchor::Start    ? ""
                            : anchor == TextAnchor::Middle ? R"( text-anchor="middle")"
                                                           : R"( text-anchor="end")";
  return fmt::format("<text class=\"{}\" x=\"{}\" y=\"{}\"{}>{}</text>\n", style, pixels(x), pixels(y), place,
                     xml_escaped(text));
}

}  // namespace orrery
