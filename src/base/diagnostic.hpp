#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace orrery {

/// One text that inputs come from: a file, a `--set` argument, an embedded preset. Kept whole so that a message can
/// show the line it talks about.
struct SourceText {
  std::string name;  ///< What to call it: a path, "--set", "presets/chips/h100-sxm.toml".
  std::string text;
  enum class Kind { File, Preset, Override } kind = Kind::File;
  std::size_t first_line = 1;  ///< Line of the input on which `text` begins, where only a part is kept.
};
using Source = std::shared_ptr<const SourceText>;

/// A place in a source: 1-based line and column (in bytes), and the length in bytes of what is meant.
/// A span without a source (a default value, a value made by a program) prints no place.
struct Span {
  Source source;
  std::size_t line = 0;
  std::size_t column = 0;
  std::size_t length = 1;
};

enum class Severity { Error, Warning };

/// One thing that the user should know about an input, with the likely fix.
struct Diagnostic {
  Severity severity = Severity::Error;
  std::string message;  ///< What is wrong: "unknown key `bandwith` in [[network.tier]]".
  Span span;            ///< Where.
  std::string hint;     ///< Beside the caret: "did you mean `bandwidth`?"; may be empty.
};

/// The user's mistakes, all of them: thrown once, at the library's edge.
class InputError : public std::exception {
 public:
  explicit InputError(std::vector<Diagnostic> diagnostics);
  InputError(std::string message, Span span = {}, std::string hint = {});
  const std::vector<Diagnostic>& diagnostics() const { return diagnostics_; }
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::vector<Diagnostic> diagnostics_;
  std::string what_;
};

/// Collects mistakes while an input is read, so that all are reported at once.
class Diagnostics {
 public:
  void error(std::string message, Span span = {}, std::string hint = {});
  void warning(std::string message, Span span = {}, std::string hint = {});
  bool has_errors() const;
  const std::vector<Diagnostic>& all() const { return list_; }
  /// Throws `InputError` with everything collected when there is an error; otherwise does nothing.
  void throw_if_errors() const;

 private:
  std::vector<Diagnostic> list_;
};

/// The messages as a person reads them: severity and message, `--> file:line:column`, the line, a caret and the hint
/// under it. Columns count bytes from 1, as editors and compilers do; the caret stands under the character that the
/// terminal shows there. Control characters and overlong lines of the input are made harmless, and of more than a
/// hundred messages the rest are only counted.
std::string render_text(const std::vector<Diagnostic>& diagnostics, bool colour);

/// The last line of a report: "2 errors in colossus.toml; nothing was simulated\n". `consequence` may be empty.
std::string summary_line(const std::vector<Diagnostic>& diagnostics, std::string_view consequence);

/// The likeliest of `candidates` that a person meant by `word` (edit distance, case-insensitive), or "" when none is
/// near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace orrery
