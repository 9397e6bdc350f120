#include "cli/program.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/output_file.hpp"
#include "report/render.hpp"

namespace orrery {
namespace {

constexpr std::size_t kHelpColumn = 32;
constexpr const char* kFooter =
    "Exit codes: 0 answer, 1 no feasible answer, 2 bad input, 3 a bug of ours.\n"
    "`orrery COMMAND --help` tells a command's options.";

/// What the output options said; both the program and each command take them.
struct OutputWords {
  bool json = false, csv = false, explain = false;
  std::string color = "auto", svg, html;
};

void add_output_options(CLI::App& app, OutputWords& words) {
  const std::string group = "Output";
  app.add_flag("--json", words.json, "The whole answer as JSON, errors too")->group(group);
  app.add_flag("--csv", words.csv, "The answer's main table as CSV")->group(group);
  app.add_option("--html", words.html, "Also write the answer as a page with charts, which needs no network")
      ->group(group)
      ->type_name("FILE");
  app.add_flag("--explain", words.explain, "Also what the answer rests on")->group(group);
  app.add_option("--color", words.color, "auto, always or never; auto obeys NO_COLOR [auto]")
      ->group(group)
      ->type_name("WHEN");
}

/// Reads the words of a parsed command line; reports contradictions.
OutputFlags output_flags(const OutputWords& words, Diagnostics& diagnostics) {
  OutputFlags flags;
  flags.explain = words.explain;
  flags.svg = words.svg;
  flags.html = words.html;
  if (words.json) flags.format = OutputFormat::Json;
  if (words.csv) flags.format = words.json ? OutputFormat::Json : OutputFormat::Csv;
  if (words.json && words.csv) diagnostics.error("`--json` and `--csv` exclude each other");
  if (words.color == "always") {
    flags.color = ColorChoice::Always;
  } else if (words.color == "never") {
    flags.color = ColorChoice::Never;
  } else if (words.color != "auto") {
    diagnostics.error(fmt::format("`--color` is auto, always or never, not `{}`", words.color.substr(0, 40)));
  }
  return flags;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string suggestion(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string meant = did_you_mean(word, candidates);
  return meant.empty() ? "" : fmt::format("did you mean `{}`?", meant);
}

/// What an option that a command does not have was likely meant to be.
std::string option_suggestion(const std::string& name, const CLI::App& app) {
  if (name != "--svg") return suggestion(name, option_names(app));
  std::vector<std::string> drawing;
  for (const Command& command : commands()) {
    if (command.draws) drawing.emplace_back(command.name);
  }
  return fmt::format("pictures are drawn by: {}", fmt::join(drawing, ", "));
}

/// Reports what the parser could not place in `app`: options that nobody knows, and arguments too many.
void report_extras(const CLI::App& app, const std::string& command, Diagnostics& diagnostics) {
  bool after_unknown = false;  // What follows an unknown option may be its value.
  for (const std::string& word : app.remaining()) {
    if (word.size() > 1 && word.front() == '-') {
      const std::string name = word.substr(0, word.find('='));
      diagnostics.error(fmt::format("unknown option `{}` of `{}`", name, command), {}, option_suggestion(name, app));
      after_unknown = word.find('=') == std::string::npos;
    } else if (!after_unknown) {
      diagnostics.error(fmt::format("unexpected argument `{}` of `{}`", word, command));
    }
  }
}

void report_unknown_command(const CLI::App& app, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  for (const std::string& word : app.remaining()) {
    if (!word.empty() && word.front() == '-') continue;
    std::string hint = suggestion(word, names);
    if (hint.empty()) hint = fmt::format("commands: {}", fmt::join(names, ", "));
    diagnostics.error(fmt::format("unknown command `{}`", word), {}, hint);
    return;
  }
  report_extras(app, "orrery", diagnostics);
  if (!diagnostics.has_errors())
    diagnostics.error("which command?", {}, fmt::format("commands: {}", fmt::join(names, ", ")));
}

/// The program, and the command and the topic that were given.
std::vector<const CLI::App*> with_subcommands(const CLI::App& app) {
  std::vector<const CLI::App*> all = {&app};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const CLI::App* sub : all[i]->get_subcommands()) all.push_back(sub);
  }
  return all;
}

/// The parser's complaint, in our words where its own say little. What checks of options say is ours already.
std::string complaint(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr) return error.what();
  for (const CLI::App* sub : with_subcommands(app)) {
    for (const CLI::Option* option : sub->get_options()) {
      if (option->get_items_expected_max() == 1 && option->count() > 1)
        return fmt::format("`{}` stands {} times; once is enough", option->get_name(), option->count());
    }
  }
  // "--set: 1 required PATH=VALUE missing": the option that the words end with, or that another follows.
  const std::string text = error.what();
  const std::string name = text.substr(0, text.find(':'));
  for (const CLI::App* place : with_subcommands(app)) {
    const CLI::Option* option = place->get_option_no_throw(name);
    if (option != nullptr && !name.empty()) return fmt::format("`{}` takes a value: {}", name, option->get_type_name());
  }
  return text;
}

/// An empty value is a variable that was not set: taken for a missing option it would change the answer in silence.
void report_empty_values(const CLI::App& app, Diagnostics& diagnostics) {
  for (const CLI::Option* option : app.get_options()) {
    const bool may_stand_alone = option->get_items_expected_min() == 0 && option->get_items_expected_max() > 0;
    for (const std::string& value : option->results()) {
      if (value.empty() && !may_stand_alone) diagnostics.error(fmt::format("`{}` is empty", option->get_name()));
    }
  }
}

/// Options that name a file to write.
constexpr const char* kOutputOptions[] = {"--html", "--svg", "--write-scenario", "--timeline"};

/// What was said beside one option: values of options and arguments, each of which may name a file.
std::vector<std::string> words_beside(const CLI::App& app, const CLI::Option& one) {
  std::vector<std::string> words;
  for (const CLI::App* place : with_subcommands(app)) {
    for (const CLI::Option* option : place->get_options()) {
      if (option == &one) continue;
      const std::vector<std::string>& values = option->results();
      words.insert(words.end(), values.begin(), values.end());
    }
  }
  return words;
}

/// Before anything runs: no output takes the place of an input or of another output.
void check_output_files(const CLI::App& app) {
  for (const CLI::App* place : with_subcommands(app)) {
    for (const char* name : kOutputOptions) {
      const CLI::Option* option = place->get_option_no_throw(name);
      if (option == nullptr || option->count() == 0) continue;
      check_output_file(name, option->results().front(), words_beside(app, *option));
    }
  }
}

/// The scenario file that the command line names, as a page shows it; empty where there is none.
std::string scenario_file(const CLI::App& app) {
  constexpr std::size_t kMost = 100'000;  // Of a page below 1 MB.
  for (const CLI::App* place : with_subcommands(app)) {
    const CLI::Option* option = place->get_option_no_throw("scenario");
    if (option == nullptr || option->count() == 0) continue;
    try {
      return read_text_file(option->results().front(), kMost)->text;
    } catch (const InputError&) {
      return "";  // The command says why, where it matters.
    }
  }
  return "";
}

/// A command or a topic as it was declared.
struct DeclaredCommand {
  const CLI::App* app = nullptr;
  std::string words;  ///< "network size".
  std::vector<std::string> topics;
  RunCommand run;
};

struct CommandLine {
  std::vector<DeclaredCommand> commands;  ///< Topics behind their command.
};

void declare_command(CLI::App& parent, const std::string& prefix, const Command& command, OutputWords& words,
                     CommandLine& line) {
  CLI::App* sub = parent.add_subcommand(command.name, command.help);
  sub->allow_extras();
  sub->footer(fmt::format("Example:\n  {}", command.example));
  DeclaredCommand declared{sub, prefix + command.name, {}, command.declare(*sub)};
  for (const Command& topic : command.topics) declared.topics.emplace_back(topic.name);
  line.commands.push_back(std::move(declared));
  add_output_options(*sub, words);
  if (command.draws) {
    sub->add_option("--svg", words.svg, "Also draw the answer, as an SVG picture")->group("Output")->type_name("FILE");
  }
  if (!command.topics.empty()) sub->require_subcommand(0, 1);
  for (const Command& topic : command.topics) {
    declare_command(*sub, prefix + command.name + " ", topic, words, line);
  }
}

CommandLine declare(CLI::App& app, OutputWords& words) {
  app.name("orrery");
  app.description("Models of AI supercomputers: how fast, how much, what fits, and how wrong the answer may be.");
  app.footer(kFooter);
  app.get_formatter()->column_width(kHelpColumn);
  app.set_help_flag("-h,--help", "Print this and exit");
  app.set_version_flag("--version", "orrery " ORRERY_VERSION, "Print the version and exit");
  app.allow_extras();
  app.require_subcommand(0, 1);  // words behind the command are its own, also when another command is called so
  add_output_options(app, words);
  CommandLine line;
  for (const Command& command : commands()) declare_command(app, "", command, words, line);
  return line;
}

/// A word where a topic may stand, and none was named: what follows it is then its own.
bool reports_unknown_topic(const DeclaredCommand& command, Diagnostics& diagnostics) {
  if (command.topics.empty() || !command.app->get_subcommands().empty()) return false;
  const std::vector<std::string> words = command.app->remaining();
  if (words.empty() || words.front().starts_with('-')) return false;
  std::string hint = suggestion(words.front(), command.topics);
  if (hint.empty()) hint = fmt::format("topics: {}", fmt::join(command.topics, ", "));
  diagnostics.error(fmt::format("unknown topic `{}` of `orrery {}`", words.front(), command.words), {}, hint);
  return true;
}

int parse_and_run(int argc, const char* const* argv, OutputFlags& flags) {
  CLI::App app;
  OutputWords words;
  const CommandLine line = declare(app, words);
  Diagnostics diagnostics;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    emit_text(app.help());
    return kAnswer;
  } catch (const CLI::CallForVersion&) {
    emit_text("orrery " ORRERY_VERSION "\n");
    return kAnswer;
  } catch (const CLI::ParseError& error) {
    throw InputError(complaint(app, error));
  }
  flags = output_flags(words, diagnostics);
  const RunCommand* run = nullptr;
  for (const DeclaredCommand& command : line.commands) {
    if (!command.app->parsed()) continue;
    if (!reports_unknown_topic(command, diagnostics))
      report_extras(*command.app, "orrery " + command.words, diagnostics);
    report_empty_values(*command.app, diagnostics);
    run = &command.run;
  }
  if (run == nullptr) {
    report_unknown_command(app, diagnostics);
  } else {
    report_extras(app, "orrery", diagnostics);
  }
  diagnostics.throw_if_errors();
  check_output_files(app);
  if (!flags.html.empty()) {
    flags.command_line = typed_again(argc, argv);
    flags.scenario = scenario_file(app);
  }
  return (*run)(flags);
}

int report_bug(const char* what, const OutputFlags& flags) {
  if (flags.format == OutputFormat::Json) emit_text(render_json({{Severity::Error, what, {}, ""}}, "internal"));
  print_error(fmt::format(
      "bug: {}\nThis is a mistake in orrery {}, not in your input. Please report it with the command line and its "
      "files.\n",
      what, ORRERY_VERSION));
  return kOurBug;
}

/// The exit code of whatever was thrown, after its message.
int report_exception(const OutputFlags& flags) {
  try {
    throw;
  } catch (const InputError& error) {
    emit_mistakes(error.diagnostics(), flags);
    return kBadInput;
  } catch (const OutputError&) {
    throw;
  } catch (const std::bad_alloc&) {
    print_error("error: out of memory\n");
    return kBadInput;
  } catch (const std::exception& error) {
    return report_bug(error.what(), flags);
  } catch (...) {
    return report_bug("an exception of unknown type", flags);
  }
}

}  // namespace

std::vector<CommandWords> command_words() {
  CLI::App app;
  OutputWords words;
  const CommandLine line = declare(app, words);
  std::vector<CommandWords> all = {{"", option_names(app), {}}};
  for (const DeclaredCommand& command : line.commands) {
    all.push_back({command.words, option_names(*command.app), command.topics});
  }
  return all;
}

int run_program(int argc, const char* const* argv) noexcept {
  OutputFlags flags;
  // Before the command line is understood, --json anywhere in it says how to report that it is not.
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--json") flags.format = OutputFormat::Json;
  }
  try {
    try {
      return parse_and_run(argc, argv, flags);
    } catch (...) {
      return report_exception(flags);
    }
  } catch (const OutputError& error) {
    print_error(std::string("error: ") + error.what() + "\n");
    return kBadInput;
  } catch (...) {
    print_error("bug: an error could not be reported\n");
    return kOurBug;
  }
}

}  // namespace orrery
