#pragma once

#include <string>
#include <string_view>

namespace orrery {

/// Text as XML takes it: `&`, `<`, `>` and quotes escaped, what is no text or no XML character replaced.
std::string xml_escaped(std::string_view text);

/// A length in pixels to a hundredth, as short as it can be: "12.5", "0".
std::string pixels(double length);

/// About how wide a text of a sans-serif font is. Readers have different fonts: an upper estimate, not a measurement.
double text_width(std::string_view text, double font_size);

/// The text, cut at its end where it would be wider than `width` pixels.
std::string fitting(std::string_view text, double width, double font_size);

enum class TextAnchor { Start, Middle, End };
/// A `<text>` element with its foot at (x, y).
std::string svg_text(double x, double y, std::string_view text, TextAnchor anchor, std::string_view style = "ink");

}  // namespace orrery
