// Any bytes as a config.json: a file can be rejected; it can not crash, hang or exhaust memory.
#include <cstdint>
#include <memory>
#include <string>

#include "base/diagnostic.hpp"
#include "model/hf_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace orrery;
  const std::string text(reinterpret_cast<const char*>(data), size);
  Diagnostics diagnostics;
  const Transformer model = read_hf_config(std::make_shared<SourceText>(SourceText{"config.json", text}), diagnostics);
  if (diagnostics.has_errors()) {
    render_text(diagnostics.all(), false);
  } else if (model.layers <= 1'000) {  // what was accepted can be counted
    if (!(parameters(model).total() > 0)) __builtin_trap();
    if (!(training_flops(model, 1e6, 4096, AttentionFlops::Causal).raw() > 0)) __builtin_trap();
  } else {
    __builtin_trap();
  }
  return 0;
}
