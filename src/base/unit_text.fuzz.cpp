#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/unit_text.hpp"

// A text is a finite quantity or an error with a message, in every dimension; what is printed reads back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  using orrery::Dimension;
  for (int d = 0; d <= static_cast<int>(Dimension::Frequency); ++d) {
    const auto dimension = static_cast<Dimension>(d);
    const auto value = orrery::parse_quantity(text, dimension);
    if (value ? !std::isfinite(*value) : value.error().message.empty()) std::abort();
    if (value && *orrery::parse_quantity(orrery::exact_quantity(*value, dimension), dimension) != *value) std::abort();
    if (value && std::abs(*value) > 1e-6 && std::abs(*value) < 1e18) {
      if (!orrery::parse_quantity(orrery::format_quantity(*value, dimension), dimension)) std::abort();
    }
  }
  return 0;
}
