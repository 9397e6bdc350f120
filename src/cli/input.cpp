#include "cli/input.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <charconv>
#include <limits>
#include <memory>

#include "base/file.hpp"
#include "import/megatron_args.hpp"
#include "import/megatron_scenario.hpp"
#include "import/scenario_writer.hpp"
#include "scenario/json_reader.hpp"
#include "scenario/overrides.hpp"
#include "scenario/toml_reader.hpp"

namespace orrery {
namespace {

constexpr std::uint64_t kMostThreads = 1024;
constexpr std::size_t kLargestArguments = 1U << 20U;

/// The text of a file; null where it cannot be read, which is reported.
Source text_or_nothing(const std::string& path, std::size_t largest, Diagnostics& diagnostics) {
  try {
    return read_text_file(path, largest);
  } catch (const InputError& error) {
    for (const Diagnostic& d : error.diagnostics()) diagnostics.error(d.message, d.span, d.hint);
    return nullptr;
  }
}

}  // namespace

Value scenario_file(const std::string& path, Diagnostics& diagnostics) {
  if (path.empty()) return Value(Value::Table{}, {});
  const Source source = text_or_nothing(path, kLargestText, diagnostics);
  if (!source) return Value(Value::Table{}, {});
  if (!path.ends_with(".json")) return read_toml(source, diagnostics);
  Value value = read_json(source, diagnostics);
  if (value.table() != nullptr) return value;
  if (!diagnostics.has_errors()) diagnostics.error("a scenario is a table", Span{source, 1, 1, 1});
  return Value(Value::Table{}, Span{source, 1, 1, 1});
}

std::function<std::string(const std::string&)> whole_number(const char* what, std::uint64_t least, std::uint64_t most) {
  return [=](const std::string& text) -> std::string {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);  // no sign, no fraction
    if (error == std::errc() && stop == end && value >= least && value <= most) return "";
    return fmt::format("`{}` is no {} (a whole number from {} to {})", text.substr(0, 40), what, least, most);
  };
}

void add_set_option(CLI::App& app, InputOptions& options) {
  app.add_option("--set", options.sets, "Replace one input, as --set layout.tp=8 (may be repeated)")
      ->group("Input")
      ->type_name("PATH=VALUE")
      ->allow_extra_args(false);
}

void add_seed_option(CLI::App& app, InputOptions& options, const std::string& help) {
  app.add_option("--seed", options.seed, help)
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("seed", 0, std::numeric_limits<std::uint64_t>::max()));
}

void add_write_scenario_option(CLI::App& app, std::string& path) {
  const auto is_toml = [](const std::string& file) {
    return file.ends_with(".json") ? "a scenario is written as TOML: name it .toml" : std::string();
  };
  app.add_option("--write-scenario", path, "Write every input of this run, defaults included, as a scenario (TOML)")
      ->type_name("FILE")
      ->check(is_toml);
}

void write_scenario(const std::string& path, const Value& table, const std::string& command, const std::string& beside,
                    const std::vector<std::string>& assumptions) {
  write_file_atomically(path, scenario_text(table, command, beside, assumptions));
}

std::string seed_words(const InputOptions& options) {
  return options.seed == 0 ? "" : fmt::format("--seed {}", options.seed);
}

void add_input_options(CLI::App& app, InputOptions& options) {
  const std::string group = "Input";
  app.add_option("scenario", options.scenario, "Scenario file (TOML, or JSON where it ends in .json)");
  app.add_option("--model", options.model, "Model: a preset, a Hugging Face config.json or a TOML file")
      ->group(group)
      ->type_name("NAME|FILE");
  app.add_option("--cluster", options.cluster, "Machine: a node or chip, and how many chips, as h100-sxm:16384")
      ->group(group)
      ->type_name("NAME:CHIPS");
  app.add_option("--software", options.software, "Software profile, as megatron-2024")->group(group)->type_name("NAME");
  app.add_option("--megatron-args", options.megatron_args,
                 "Model, layout and training from Megatron-LM arguments or a launch script")
      ->group(group)
      ->type_name("FILE");
  add_set_option(app, options);
  add_seed_option(app, options, "Seed of random places and hashed paths [0]");
  add_threads_option(app, options);
}

void add_threads_option(CLI::App& app, InputOptions& options) {
  app.add_option("--threads", options.threads, "Threads; the answer does not depend on them [all]")
      ->group("Input")
      ->type_name("N")
      ->check(whole_number("number of threads", 0, kMostThreads));
}

Value scenario_table(const InputOptions& options, Diagnostics& diagnostics) {
  Value root = scenario_file(options.scenario, diagnostics);
  const auto option = [&](const char* path, const char* name, const std::string& text) {
    if (!text.empty()) apply_option(root, path, name, text, diagnostics);
  };
  option("software", "--software", options.software);
  if (!options.megatron_args.empty()) {
    const Source source = text_or_nothing(options.megatron_args, kLargestArguments, diagnostics);
    if (source) {
      const MegatronJob job = read_megatron_args(source, diagnostics);
      if (!diagnostics.has_errors()) lay_megatron_over(root, job, source);
    }
  }
  // What does not read says nothing about what is missing in it: the options are still checked by themselves.
  if (diagnostics.has_errors()) {
    root = Value(Value::Table{}, {});
    option("software", "--software", options.software);
  }
  option("model", "--model", options.model);
  option("cluster", "--cluster", options.cluster);
  apply_overrides(root, options.sets, diagnostics);
  return root;
}

}  // namespace orrery
