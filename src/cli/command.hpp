#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/output.hpp"

namespace CLI {
class App;
}

namespace orrery {

/// What a command does once its options are read. Returns the exit code, `kAnswer` or `kNoFeasibleAnswer`; the user's
/// mistakes are thrown as `InputError`, an output that fails as `OutputError`.
using RunCommand = std::function<int(const OutputFlags&)>;

/// A command of the program: one file in src/cli/ and one line in the table of commands.cpp.
struct Command {
  const char* name;
  const char* help;     ///< One line.
  const char* example;  ///< A command line that answers a question.
  /// Adds the command's options to `app` and returns what runs it. The options live in what is returned:
  ///
  ///     RunCommand declare_greet(CLI::App& app) {
  ///       const auto name = std::make_shared<std::string>();
  ///       app.add_option("name", *name, "Whom to greet")->required();
  ///       return [name](const OutputFlags& flags) {
  ///         Document document;
  ///         document.command = "greet";
  ///         document.answer = {"Hello " + *name};
  ///         emit(document, flags);
  ///         return kAnswer;
  ///       };
  ///     }
  RunCommand (*declare)(CLI::App& app);
  bool draws = false;             ///< Its documents have charts: it takes --svg.
  std::vector<Command> topics{};  ///< Commands below it: `orrery network size`. The one that is named runs instead.
};

/// Every command, in the order of `orrery --help`.
const std::vector<Command>& commands();

/// The options of a command as the command line declares them, for the completion script.
struct CommandWords {
  std::string command;               ///< "network size"; empty: those of the program itself.
  std::vector<std::string> options;  ///< "--model", in the order of --help.
  std::vector<std::string> topics;   ///< What may follow it: "size".
};
std::vector<CommandWords> command_words();

}  // namespace orrery
