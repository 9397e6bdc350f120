#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scenario/value.hpp"

namespace CLI {
class App;
}

namespace orrery {

/// What a command that simulates takes as input.
struct InputOptions {
  std::string scenario;           ///< Path of a TOML (or .json) file; empty: none.
  std::vector<std::string> sets;  ///< path=value, in order.
  std::string model;              ///< Preset, config.json or TOML file; empty: not given.
  std::string cluster;            ///< "h100-sxm:16384"; empty: not given.
  std::string software;           ///< A software profile; empty: not given.
  std::string megatron_args;      ///< Path of a Megatron-LM argument list or launch script; empty: none.
  std::uint64_t seed = 0;
  int threads = 0;  ///< 0: as many as the machine runs at once.
};

/// Adds SCENARIO, --model, --cluster, --software, --megatron-args, --set, --seed and --threads. `options` must outlive
/// the parsing.
void add_input_options(CLI::App& app, InputOptions& options);

/// Adds one of these alone, for commands that take other tables; `seed` says what it draws.
void add_set_option(CLI::App& app, InputOptions& options);
void add_seed_option(CLI::App& app, InputOptions& options, const std::string& help);
void add_threads_option(CLI::App& app, InputOptions& options);

/// Adds --write-scenario, whose file is `path`; empty where it is not given. `path` must outlive the parsing.
void add_write_scenario_option(CLI::App& app, std::string& path);

/// Writes the whole input of a run as a file that gives its answer again. `beside`: options that it takes besides.
/// Throws `OutputError`.
void write_scenario(const std::string& path, const Value& table, const std::string& command, const std::string& beside,
                    const std::vector<std::string>& assumptions);

/// "--seed 7", as `write_scenario` names it; empty for the seed that is taken without.
std::string seed_words(const InputOptions& options);

/// The table of a scenario file, empty where none is given; mistakes go to `diagnostics`.
Value scenario_file(const std::string& path, Diagnostics& diagnostics);

/// A check for an option's text: digits only, so that no sign, fraction or overflow slips through a conversion. `what`
/// is what a message calls the number.
std::function<std::string(const std::string&)> whole_number(const char* what, std::uint64_t least, std::uint64_t most);

/// The scenario's table: the file, then --software over it as `software`, then the job of --megatron-args, whose
/// switches change that profile, then --model and --cluster, then every --set in order. Mistakes go to `diagnostics`; a
/// file that does not read is left out of the table.
Value scenario_table(const InputOptions& options, Diagnostics& diagnostics);

}  // namespace orrery
