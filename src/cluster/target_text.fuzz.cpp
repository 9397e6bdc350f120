#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/diagnostic.hpp"
#include "cluster/target_text.hpp"

// A text is a target that its own text reads back to, or an error with a message that points into it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const orrery::Target target = orrery::parse_target(text);
    if (!std::isfinite(target.bound) || target.bound < 0) std::abort();
    if (target.quantile <= 0 || target.quantile >= 1) std::abort();
    if (target.least_gpus > target.most_gpus) std::abort();
    const orrery::Target again = orrery::parse_target(orrery::target_text(target));
    if (again.tenant != target.tenant || again.bound != target.bound || again.at_most != target.at_most) std::abort();
    if (again.least_gpus != target.least_gpus || again.most_gpus != target.most_gpus) std::abort();
    if (std::abs(again.quantile - target.quantile) > 1e-9 || again.statistic != target.statistic) std::abort();
  } catch (const orrery::InputError& error) {
    for (const orrery::Diagnostic& diagnostic : error.diagnostics()) {
      if (diagnostic.message.empty() || diagnostic.span.column > size + 1) std::abort();
    }
    if (orrery::render_text(error.diagnostics(), false).empty()) std::abort();
  }
  return 0;
}
