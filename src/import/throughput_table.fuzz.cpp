// Any bytes as a throughput table: read or rejected with places inside the text; what is read makes a sound table.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "import/throughput_table.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  auto source = std::make_shared<SourceText>();
  source->name = "fuzz";
  source->text.assign(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const std::vector<ThroughputRow> rows = read_throughput_table(source, diagnostics);
  render_text(diagnostics.all(), true);
  if (diagnostics.has_errors()) {
    if (!rows.empty()) std::abort();
    return 0;
  }
  JobTable jobs;
  for (const ThroughputRow& row : rows) {
    if (row.gpus < 1 || row.kind.empty() || row.gpu_type.empty()) std::abort();
    if (!std::isfinite(row.steps_per_second) || row.steps_per_second < 0) std::abort();
    if (jobs.kinds.size() < 8) jobs.kinds.add(row.kind);
    if (jobs.gpu_types.size() < 8) jobs.gpu_types.add(row.gpu_type);
  }
  const RateTable rates = throughput_rates(rows, jobs, 4);
  for (std::int32_t kind = 0; kind < jobs.kinds.size(); ++kind) {
    for (std::int32_t type = 0; type < jobs.gpu_types.size(); ++type) {
      for (const std::int32_t gpus : {1, 3, 1'000'000}) {
        const double rate = rates.rate(kind, type, kNodeLevel, gpus);
        if (!std::isfinite(rate) || rate < 0) std::abort();
      }
    }
  }
  return 0;
}
