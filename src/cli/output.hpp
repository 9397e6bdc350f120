#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.hpp"
#include "report/document.hpp"

namespace orrery {

/// How a process ends.
inline constexpr int kAnswer = 0;
inline constexpr int kNoFeasibleAnswer = 1;
inline constexpr int kBadInput = 2;
inline constexpr int kOurBug = 3;

enum class OutputFormat { Terminal, Json, Csv };
enum class ColorChoice { Auto, Always, Never };

/// What the user said about the form of the answer.
struct OutputFlags {
  OutputFormat format = OutputFormat::Terminal;
  ColorChoice color = ColorChoice::Auto;
  bool explain = false;
  std::string svg{};                         ///< File for the document's charts; empty: none is asked for.
  std::string html{};                        ///< File for the document as a page; empty: none is asked for.
  std::string command_line{};                ///< As it can be typed again, where a page is asked for.
  std::string scenario{};                    ///< Text of the scenario file, where a page is asked for and there is one.
  std::vector<Document>* collect = nullptr;  ///< Receives documents instead of their being printed: `simulate`.
};

/// Prints a document on standard output in the form asked for, and its warnings on standard error; before that, draws
/// its charts where a picture is asked for, and writes its page. Throws `OutputError` when standard output or one of
/// these files cannot take it (closed pipe, full disk).
void emit(const Document& document, const OutputFlags& flags);

/// Prints text on standard output as it is: help, completion scripts, generated pages. Throws `OutputError`.
void emit_text(std::string_view text);

/// Prints the user's mistakes: on standard error for people, on standard output as JSON under --json.
void emit_mistakes(const std::vector<Diagnostic>& diagnostics, const OutputFlags& flags);

/// Prints the warnings that reading an input left behind, on standard error.
void emit_warnings(const Diagnostics& diagnostics, const OutputFlags& flags);

/// Prints on standard error; what it cannot take is lost.
void print_error(std::string_view text);

/// What draws a `Progress` on standard error, where that is a terminal on which a line can be drawn anew; otherwise
/// empty.
std::function<void(std::string_view)> progress_writer();

}  // namespace orrery
