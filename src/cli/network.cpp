#include <CLI/App.hpp>

#include "cli/command.hpp"

namespace orrery {

RunCommand declare_network(CLI::App& app);

RunCommand declare_network(CLI::App& /*app*/) {
  return [](const OutputFlags&) -> int {
    throw InputError("which question of the network?", {}, "`orrery network size`; `orrery network --help` lists them");
  };
}

}  // namespace orrery
