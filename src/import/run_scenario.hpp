#pragma once

#include <optional>
#include <string>
#include <vector>

#include "import/step_scenario.hpp"
#include "run/run.hpp"
#include "run/run_fields.hpp"
#include "run/scale.hpp"
#include "step/result.hpp"

namespace orrery {

/// What a scenario says about a run: the table [run], and the job and its machine either as the step level reads them,
/// or, where [run] states a step time, [cluster] alone.
struct RunScenario {
  RunInput input;
  ScaleInput scale;
  Cluster cluster;
  std::optional<StepScenario> step;      ///< None where the step time is stated and no model is named.
  std::vector<std::string> assumptions;  ///< What was filled where the scenario is silent, in sentences.
  Provenance provenance;                 ///< Of everything that was written, with full paths.

  bool needs_step() const { return !input.step_time; }
};

/// Reads a scenario's tables; unknown tables and keys are mistakes, tables of other levels are left alone. A text
/// stands for a preset: `faults = "llama-3"`.
///
/// Fills: the faults of the preset "prior"; one level of asynchronous checkpoints to remote storage; the parts of a
/// restart that published systems take; a warm pool of spares.
RunScenario read_run_scenario(const Value& root, Diagnostics& diagnostics);

/// A table ([run]) with the preset of its `faults` expanded: these may be a preset's name or a table that starts from
/// one; where nothing is said, "prior".
Value with_faults(const Value& run, std::vector<std::string>& assumptions, Diagnostics& diagnostics);

/// The step that the run repeats, where the step level answered it.
struct RunStep {
  StepSpec spec;
  StepResult result;  ///< With its interval.
};

/// Nodes of a model replica, where they divide the job's; 0 where they do not, or no layout is known.
long long replica_nodes(const RunSpec& spec, const RunStep* step);

/// The run of a scenario; problems (run.hpp) go to `diagnostics` at the inputs that cause them, assumptions to the
/// scenario. Where replicas go on without each other and nothing says how many nodes leave together, these are the
/// layout's.
RunSpec run_spec(RunScenario& scenario, const RunStep* step, Diagnostics& diagnostics);

/// Every input of a scenario as `read_run_scenario` takes it, presets expanded and defaults written out, each number
/// with its source. `step`: the layout that was chosen, if one was.
Value run_scenario_table(const RunScenario& scenario, const RunSpec& spec, const RunStep* step);

}  // namespace orrery
