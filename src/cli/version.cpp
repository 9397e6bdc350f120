#include <CLI/App.hpp>

#include "cli/command.hpp"
#include "report/render.hpp"

namespace orrery {

RunCommand declare_version(CLI::App&);

RunCommand declare_version(CLI::App&) {
  return [](const OutputFlags& flags) {
    Document document;
    document.command = "version";
    document.answer = {"orrery " ORRERY_VERSION};
    document.fields = {{"json_schema", "JSON output", std::string(kJsonSchema)}};
    emit(document, flags);
    return kAnswer;
  };
}

}  // namespace orrery
