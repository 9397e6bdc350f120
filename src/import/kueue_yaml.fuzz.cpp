// Any bytes as Kueue's YAML: read or rejected with places inside the text; what is read makes a tree of queues.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "cluster/quota/kueue_model.hpp"
#include "import/kueue_yaml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const auto source =
      std::make_shared<SourceText>(SourceText{"fuzz", std::string(reinterpret_cast<const char*>(data), size)});
  Diagnostics diagnostics;
  const KueueSpec spec = read_kueue_yaml(source, diagnostics);
  for (const Diagnostic& d : diagnostics.all()) {
    if (d.span.line > size + 1 || d.span.column > size + 1) std::abort();
  }
  render_text(diagnostics.all(), true);
  if (diagnostics.has_errors()) return 0;
  const KueueModel model(spec, Names());
  if (model.queues.size() != spec.cluster_queues.size() || model.queues.empty()) std::abort();
  for (const KueueQueue& queue : model.queues) {
    for (std::size_t cell = 0; cell < model.tree.cells(); ++cell) {
      const Amount available = model.tree.available(queue.node, cell);
      if (available < 0 || available > model.tree.potential(queue.node, cell)) std::abort();
    }
  }
  return 0;
}
