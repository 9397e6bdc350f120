#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/input.hpp"
#include "cli/output.hpp"
#include "import/run_scenario.hpp"

namespace orrery {

/// What `orrery run` takes.
struct RunInputs {
  InputOptions input;
  std::string gpus, tokens, steps, faults, deadline;  ///< As written; empty: not given.
  int replications = 0;                               ///< 0: as the scenario says.
  std::string optimise;                               ///< "interval,spares,policy".
  bool tornado = false;
  std::string replay;  ///< Path of a fault trace; empty: none.
  std::string nodes;   ///< Of the trace's machine, as written.
  std::string written;
};

void add_run_options(CLI::App& app, RunInputs& inputs);
/// Those that say which run it is, without the studies of it.
void add_scenario_of_run_options(CLI::App& app, RunInputs& inputs);

/// What --optimise asks for.
struct Studies {
  bool interval = false, spares = false, policy = false;
};
Studies studies_of(const RunInputs& inputs);

/// The scenario under the options; throws `InputError` with every mistake.
RunScenario load_run_scenario(const RunInputs& inputs, const OutputFlags& flags);

/// The step of a scenario: in its layout, or, where it states none, in the best that a search finds. A layout that does
/// not run, or fits in no memory, is an error or nothing: then `document` says why.
std::optional<RunStep> run_step(const RunScenario& scenario, const InputOptions& input, Document& document);

}  // namespace orrery
