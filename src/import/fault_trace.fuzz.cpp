// Any bytes as a fault trace: read or rejected with places inside the text; what is read is sound, and a model fits it.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>

#include "base/unpacking_stream.hpp"
#include "import/fault_trace.hpp"
#include "run/trace_fit.hpp"
#include "run/trace_statistics.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  constexpr std::size_t kMost = std::size_t{1} << 20U;
  auto source = std::make_shared<SourceText>();
  source->name = "fuzz";
  std::istringstream packed(std::string(reinterpret_cast<const char*>(data), size));
  UnpackingStream in(packed);
  source->text.resize(kMost);
  in.read(source->text.data(), static_cast<std::streamsize>(kMost));
  source->text.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.problem().empty()) return 0;
  Diagnostics diagnostics;
  const FaultTrace trace = read_fault_trace(source, {}, diagnostics);
  render_text(diagnostics.all(), true);
  if (trace.faults.empty() != diagnostics.has_errors()) std::abort();
  if (trace.faults.empty()) return 0;
  for (const TraceFault& fault : trace.faults) {
    if (fault.node < 0 || fault.node >= trace.node_count) std::abort();
    if (fault.start < Seconds(0) || fault.end < fault.start || fault.end > trace.length) std::abort();
  }
  const TraceStatistics statistics = trace_statistics(trace);
  if (statistics.faults != static_cast<int>(trace.faults.size())) std::abort();
  const NodesAway away = nodes_away(trace, Seconds(0), trace.length);
  if (away.most() > trace.node_count) std::abort();
  if (trace.length > Seconds(0) && trace.length < Seconds(1e9)) {
    for (const FaultClass& c : fit_fault_model(trace).classes) {
      if (!std::isfinite(c.rate.raw()) || c.rate.raw() < 0) std::abort();
    }
  }
  return 0;
}
