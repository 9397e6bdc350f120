#pragma once

#include <map>
#include <string>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "import/network_scenario.hpp"
#include "network/network.hpp"
#include "report/network_document.hpp"

namespace orrery {

/// What the commands of the network level take as input.
struct NetworkOptions {
  InputOptions input;
  std::map<std::string, std::string> texts;  ///< By the input that an option stands for: "cluster.fabric".
  bool sweep = false;
  std::string jobs, place, written;

  /// Whether an option names the machine, by any of its parts.
  bool names_machine() const;
  bool places_by_file() const;
  /// Throws `InputError` where options of one collective stand beside --jobs.
  void check_jobs() const;
};

/// Which of the options a command takes.
enum class NetworkInputs {
  Machine,  ///< Machine, placement, collective and group.
  All       ///< Also payload, sweep, algorithm, fidelity, failures and jobs.
};

/// Adds them, SCENARIO, --set and --seed. `options` must outlive the parsing.
void add_network_options(CLI::App& app, NetworkOptions& options, NetworkInputs which);

/// The table of the scenario file under the options and every --set.
Value network_table(const NetworkOptions& options, Diagnostics& diagnostics);

/// The scenario of a table, checked; throws `InputError` with every mistake, `diagnostics` included.
NetworkScenario load_network_scenario(const NetworkOptions& options, const Value& root, Diagnostics& diagnostics,
                                      const OutputFlags& flags);

/// The question of a scenario, with the ranks where --place puts them.
NetworkSpec network_question(const NetworkOptions& options, const NetworkScenario& scenario);

/// What an answer rests on.
NetworkContext network_context(const NetworkSpec& spec, const NetworkResult& result, const NetworkScenario& scenario);

}  // namespace orrery
