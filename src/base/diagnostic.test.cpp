#include "base/diagnostic.hpp"

#include <doctest/doctest.h>

#include "base/terminal_text.hpp"

namespace orrery {
namespace {

Source source_of(std::string text, std::string name = "colossus.toml") {
  SourceText source;
  source.name = std::move(name);
  source.text = std::move(text);
  return std::make_shared<SourceText>(std::move(source));
}

std::string rendered(const std::string& text, Span span, const std::string& hint = "") {
  span.source = source_of(text);
  return render_text({{Severity::Error, "wrong", span, hint}}, false);
}

/// The line under the input line, from the margin on.
std::string caret_line(const std::string& text) {
  const std::string body = text.substr(0, text.size() - 1);
  return body.substr(body.rfind('\n') + 1);
}

}  // namespace

TEST_CASE("diagnostics: hand-computed, the form that a person reads") {
  const Source source =
      source_of("# 1\n\n\n\n\n\n\n\n\n\n\n\n[[network.tier]]\nbandwith = \"400 Gbit/s\"\nlatency = 2\n");
  Diagnostics found;
  found.error("unknown key `bandwith` in [[network.tier]]", {source, 14, 1, 8}, "did you mean `bandwidth`?");
  found.error("`latency` has no unit", {source, 15, 11, 1}, "a time, for example \"2 us\"");
  CHECK(render_text(found.all(), false) ==
        "error: unknown key `bandwith` in [[network.tier]]\n"
        "  --> colossus.toml:14:1\n"
        "   |\n"
        "14 | bandwith = \"400 Gbit/s\"\n"
        "   | ^^^^^^^^ did you mean `bandwidth`?\n"
        "error: `latency` has no unit\n"
        "  --> colossus.toml:15:11\n"
        "   |\n"
        "15 | latency = 2\n"
        "   |           ^ a time, for example \"2 us\"\n");
  CHECK(summary_line(found.all(), "nothing was simulated") == "2 errors in colossus.toml; nothing was simulated\n");
}

TEST_CASE("diagnostics: hand-computed count lines") {
  const Source a = source_of("x", "a.toml"), b = source_of("y", "b.toml");
  CHECK(summary_line({{Severity::Error, "m", {}, ""}}, "") == "1 error\n");
  CHECK(summary_line({{Severity::Error, "m", {a, 1, 1, 1}, ""}, {Severity::Warning, "m", {b, 1, 1, 1}, ""}},
                     "stopped") == "1 error and 1 warning in 2 inputs; stopped\n");
}

TEST_CASE("diagnostics: hand-computed, no place and only a file") {
  CHECK(render_text({{Severity::Warning, "odd", {}, "look"}}, false) == "warning: odd\n  look\n");
  CHECK(render_text({{Severity::Error, "empty", {source_of("")}, ""}}, false) == "error: empty\n  --> colossus.toml\n");
}

TEST_CASE("diagnostics: hand-computed carets beside tabs, UTF-8 and wide characters") {
  // A tab is shown as one blank, so that the caret stands where the line shows the value.
  CHECK(caret_line(rendered("\tx = 2", {nullptr, 1, 6, 1})) == "  |      ^");
  // u-umlaut: two bytes, one column.
  CHECK(caret_line(rendered("\xC3\xBC = 2", {nullptr, 1, 6, 1})) == "  |     ^");
  // Two CJK characters: six bytes, four columns.
  CHECK(caret_line(rendered("\xE6\xB8\xAC\xE8\xA9\xA6 = 2", {nullptr, 1, 10, 1})) == "  |        ^");
  CHECK(caret_line(rendered("\xE6\xB8\xAC\xE8\xA9\xA6 = 2", {nullptr, 1, 1, 6})) == "  | ^^^^");
  // Past the end of the line, and of the file.
  CHECK(caret_line(rendered("x =", {nullptr, 1, 4, 1})) == "  |    ^");
  CHECK(caret_line(rendered("x =", {nullptr, 1, 99, 7})) == "  |    ^");
  CHECK(caret_line(rendered("x =", {nullptr, 9, 3, 7})) == "  | ^");
}

TEST_CASE("diagnostics: hand-computed, a line that could steer a terminal is made harmless") {
  const std::string text = rendered("a\x1b[31m = \xff\xE2\x80\xAE", {nullptr, 1, 1, 1}, "not\a this\nnor that");
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\a') == std::string::npos);
  CHECK(text.find("a [31m = ??") != std::string::npos);
  CHECK(text.find("^ not  this nor that\n") != std::string::npos);
}

TEST_CASE("diagnostics: hand-computed, a long line is cut around the place") {
  const std::string line = std::string(500, 'a') + "HERE" + std::string(500, 'b');
  const std::string text = rendered(line, {nullptr, 1, 501, 4});
  // 80 characters before the place stay, after "...".
  CHECK(text.find("1 | ..." + std::string(80, 'a') + "HERE" + std::string(76, 'b') + "...\n") != std::string::npos);
  CHECK(caret_line(text) == "  | " + std::string(83, ' ') + "^^^^");
  CHECK(rendered(line, {nullptr, 1, 1, 5000}).size() < 500);
}

TEST_CASE("diagnostics: law, any place in any bytes gives a text of bounded size") {
  std::string bytes;
  for (int i = 0; i < 700; ++i) bytes += static_cast<char>((i * 37) % 256);
  for (std::size_t column = 0; column < 720; ++column) {
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{9}, SIZE_MAX}) {
      const std::string text = rendered(bytes, {nullptr, 1 + column % 5, column, length});
      CHECK(text.size() < 2000);
      CHECK(text.find('\x1b') == std::string::npos);
    }
  }
}

TEST_CASE("diagnostics: hand-computed, more than a hundred messages are counted") {
  const std::vector<Diagnostic> many(2500, {Severity::Error, "m", {}, ""});
  const std::string text = render_text(many, false);
  CHECK(text.ends_with("error: m\n... and 2400 more\n"));
  CHECK(summary_line(many, "") == "2500 errors\n");
}

TEST_CASE("diagnostics: hand-computed, colour only when told") {
  const std::vector<Diagnostic> one = {{Severity::Error, "m", {}, ""}};
  CHECK(render_text(one, true) == "\033[1;31merror\033[0m: \033[1mm\033[0m\n");
}

TEST_CASE("diagnostics: hand-computed, all are thrown at once and warnings alone are not") {
  Diagnostics found;
  found.warning("careful");
  CHECK_NOTHROW(found.throw_if_errors());
  found.error("first");
  found.error("second");
  try {
    found.throw_if_errors();
    FAIL("nothing was thrown");
  } catch (const InputError& error) {
    CHECK(error.diagnostics().size() == 3);
    CHECK(std::string(error.what()) == "first (and 2 more)");
  }
}

TEST_CASE("did you mean: hand-computed") {
  const std::vector<std::string> keys = {"bandwidth", "latency", "ranks", "tp", "micro_batch"};
  CHECK(did_you_mean("bandwith", keys) == "bandwidth");
  CHECK(did_you_mean("latnecy", keys) == "latency");  // a transposition is one edit
  CHECK(did_you_mean("Ranks", keys) == "ranks");
  CHECK(did_you_mean("microbatch", keys) == "micro_batch");
  CHECK(did_you_mean("TP", keys) == "tp");
  CHECK(did_you_mean("colour", keys).empty());
  CHECK(did_you_mean("", keys).empty());
  CHECK(did_you_mean("x", {}).empty());
  CHECK(did_you_mean(std::string(100000, 'x'), keys).empty());
}

TEST_CASE("terminal text: hand-computed widths") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("gr\xC3\xBC\xC3\x9F") == 4);
  CHECK(display_width("\xE6\xB8\xAC") == 2);      // CJK
  CHECK(display_width("\xF0\x9F\x98\x80") == 2);  // emoji
  CHECK(display_width("e\xCC\x81") == 1);         // combining acute
  CHECK(display_width("\xff\xfe") == 2);          // not UTF-8: one `?` each
  CHECK(display_width("\xC2\xB1") == 1);          // plus-minus
  CHECK(printable("a\tb\xC2\x85"
                  "c") == "a b?c");  // C1 control
  CHECK(shortened("abcdefghij", 10) == "abcdefghij");
  CHECK(shortened("abcdefghijk", 10) == "abcdefg...");
  CHECK(shortened("\xE6\xB8\xAC\xE6\xB8\xAC\xE6\xB8\xAC", 5) == "\xE6\xB8\xAC...");
}

}  // namespace orrery
