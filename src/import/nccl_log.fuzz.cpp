// Any bytes as the output of nccl-tests: read or rejected with places inside the text, and what is read is sound, and a
// question or a mistake on any machine.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "import/nccl_log.hpp"
#include "import/nccl_scenario.hpp"

namespace {

bool is_sound(const orrery::NcclTiming& timing) {
  return timing.time > orrery::Seconds(0) && std::isfinite(timing.time.raw()) && timing.bus_bandwidth.raw() >= 0 &&
         timing.wrong_count.value_or(0) >= 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data), size));
  Diagnostics diagnostics;
  const NcclLog log = read_nccl_log(in, "fuzz", diagnostics);
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.span.line > size + 1 || d.span.column > size + 1) std::abort();
  }
  render_text(diagnostics.all(), true);
  if (log.runs.empty() && !diagnostics.has_errors()) std::abort();
  for (const NcclRun& run : log.runs) {
    if (run.rows.empty() || run.ranks < 0) std::abort();
    for (const NcclDevice& device : run.devices) {
      if (device.host >= run.hosts.size() || device.model >= run.models.size()) std::abort();
    }
    for (const NcclRow& row : run.rows) {
      if (!(row.bytes > Bytes(0)) || (!row.out_of_place && !row.in_place)) std::abort();
      if (row.out_of_place && !is_sound(*row.out_of_place)) std::abort();
      if (row.in_place && !is_sound(*row.in_place)) std::abort();
    }
    Diagnostics of_run;
    const NetworkScenario scenario = read_nccl_scenario(Value(Value::Table{}, {}), run, "fuzz", of_run);
    const auto ranks = static_cast<long long>(run.devices.size());
    if (!of_run.has_errors() && run.ranks > 0 && scenario.cluster.chips != ranks) std::abort();
    render_text(of_run.all(), true);
  }
  return 0;
}
