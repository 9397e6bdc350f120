#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "import/scenario_tables.hpp"
#include "scenario/preset.hpp"

namespace orrery {

RunCommand declare_completion(CLI::App& app);

namespace {

std::string words(const std::vector<std::string>& list) {
  return fmt::format("{}", fmt::join(list, " "));
}

/// Preset names of the folders, for options that take a name.
std::string names(std::initializer_list<const char*> folders) {
  std::vector<std::string> all;
  for (const char* folder : folders) {
    for (std::string& name : preset_names(folder)) all.push_back(std::move(name));
  }
  return words(all);
}

std::string input_paths() {
  const std::vector<FieldInfo> fields = scenario_fields();
  const auto holds_tables = [&](const FieldInfo& list) {
    return std::any_of(fields.begin(), fields.end(),
                       [&](const FieldInfo& field) { return field.path.starts_with(list.path + "[]"); });
  };
  std::vector<std::string> paths;
  for (const FieldInfo& field : fields) {
    if (field.type == "table" || field.path.find("[]") != std::string::npos) continue;
    if (field.type != "list" || !holds_tables(field)) paths.push_back(field.path + "=");
  }
  return words(paths);
}

std::string bash_script() {
  std::string commands_text, topics, cases;
  for (const CommandWords& entry : command_words()) {
    if (entry.command.empty()) continue;
    const bool is_topic = entry.command.find(' ') != std::string::npos;
    if (!is_topic) commands_text += (commands_text.empty() ? "" : " ") + entry.command;
    const std::string below = entry.topics.empty() ? "" : fmt::format(" topics=\"{}\"", words(entry.topics));
    (is_topic ? topics : cases) +=
        fmt::format("    \"{}\") options=\"{}\"{} ;;\n", entry.command, words(entry.options), below);
  }
  const CommandWords program = command_words().front();
  std::string script = R"(# bash completion of orrery; load it with: source <(orrery completion bash)
_orrery() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="" options="" topics="" topic="" word
  COMPREPLY=()
  # Bash splits words at `:` and `=`; a value behind either is left to the shell.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case " @COMMANDS@ " in *" $word "*) command="$word"; break ;; esac
  done
  case "$previous" in
    --model) COMPREPLY=($(compgen -W "@MODELS@" -- "$current") $(compgen -f -- "$current")); return ;;
    --cluster|--node) COMPREPLY=($(compgen -W "@NODES@" -- "$current")); return ;;
    --fabric) COMPREPLY=($(compgen -W "@FABRICS@" -- "$current") $(compgen -f -- "$current")); return ;;
    --switch) COMPREPLY=($(compgen -W "@SWITCHES@" -- "$current")); return ;;
    --software) COMPREPLY=($(compgen -W "@SOFTWARE@" -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W "auto always never" -- "$current")); return ;;
    --set) compopt -o nospace 2>/dev/null; COMPREPLY=($(compgen -W "@PATHS@" -- "$current")); return ;;
    catalog) COMPREPLY=($(compgen -W "chips nodes fabrics switches optics models software" -- "$current")); return ;;
    chips) COMPREPLY=($(compgen -W "@CHIPS@" -- "$current")); return ;;
    nodes) COMPREPLY=($(compgen -W "@NODES@" -- "$current")); return ;;
    fabrics) COMPREPLY=($(compgen -W "@FABRICS@" -- "$current")); return ;;
    switches) COMPREPLY=($(compgen -W "@SWITCHES@" -- "$current")); return ;;
    optics) COMPREPLY=($(compgen -W "@OPTICS@" -- "$current")); return ;;
    models) COMPREPLY=($(compgen -W "@MODELS@" -- "$current")); return ;;
    software) COMPREPLY=($(compgen -W "@SOFTWARE@" -- "$current")); return ;;
    completion) COMPREPLY=($(compgen -W "bash" -- "$current")); return ;;
  esac
  case "$command" in
@CASES@    *) options="@OPTIONS@" ;;
  esac
  if [[ -n "$topics" ]]; then
    for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
      case " $topics " in *" $word "*) topic="$word"; break ;; esac
    done
  fi
  case "$command $topic" in
@TOPICS@  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  elif [[ -n "$topics" && -z "$topic" ]]; then
    COMPREPLY=($(compgen -W "$topics" -- "$current"))
  elif [[ -z "$command" ]]; then
    COMPREPLY=($(compgen -W "@COMMANDS@" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -F _orrery orrery
)";
  const auto replace = [&](const std::string& mark, const std::string& text) {
    for (std::size_t at = 0; (at = script.find(mark, at)) != std::string::npos; at += text.size())
      script.replace(at, mark.size(), text);
  };
  replace("@CASES@", cases);
  replace("@TOPICS@", topics);
  replace("@COMMANDS@", commands_text);
  replace("@OPTIONS@", words(program.options));
  replace("@MODELS@", names({"models"}));
  replace("@NODES@", names({"nodes"}));
  replace("@CHIPS@", names({"chips"}));
  replace("@FABRICS@", names({"fabrics"}));
  replace("@SWITCHES@", names({"switches"}));
  replace("@OPTICS@", names({"optics"}));
  replace("@SOFTWARE@", names({"software"}));
  replace("@PATHS@", input_paths());
  return script;
}

}  // namespace

RunCommand declare_completion(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  app.add_option("shell", *shell, "bash")->required();
  return [shell](const OutputFlags& flags) {
    if (!flags.html.empty()) throw InputError("a completion script is no answer that makes a page");
    if (*shell != "bash")
      throw InputError("`" + shell->substr(0, 40) + "` is no shell that completion is written for", {},
                       "for example: source <(orrery completion bash)");
    emit_text(bash_script());
    return kAnswer;
  };
}

}  // namespace orrery
