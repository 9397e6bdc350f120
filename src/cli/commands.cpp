#include "cli/command.hpp"

namespace orrery {

// One a file: src/cli/NAME.cpp.
RunCommand declare_catalog(CLI::App& app);
RunCommand declare_completion(CLI::App& app);
RunCommand declare_plan(CLI::App& app);
RunCommand declare_schema(CLI::App& app);
RunCommand declare_step(CLI::App& app);
RunCommand declare_validate(CLI::App& app);
RunCommand declare_version(CLI::App& app);

const std::vector<Command>& commands() {
  static const std::vector<Command> all = {
      {"plan", "The best parallel layouts of a model on a machine", declare_plan},
      {"step", "One training step explained: time, breakdown, memory", declare_step},
      {"validate", "Predictions against measured rows: errors by family, chip and regime", declare_validate},
      {"catalog", "What is known of chips, nodes, fabrics, models and software, with sources", declare_catalog},
      {"schema", "Every input that a scenario may say: path, type, unit, range, default", declare_schema},
      {"completion", "Script that completes commands and options in a shell", declare_completion},
      {"version", "Version of the program and of its JSON output", declare_version},
  };
  return all;
}

}  // namespace orrery
