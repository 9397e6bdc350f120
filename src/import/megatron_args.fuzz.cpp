// Any bytes as a launch script: read or rejected with places inside the text.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "import/megatron_args.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const MegatronJob job = read_megatron_args(source, diagnostics);
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.span.source && d.span.line > source->text.size() + 1) std::abort();
  }
  if (!diagnostics.has_errors() && (job.layout.tp < 1 || job.training.sequence < 1)) std::abort();
  (void)render_text(diagnostics.all(), false);
  return 0;
}
