#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/law_text.hpp"

// A text is a law with a finite mean or an error with a message; what is printed reads back to the same law.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  using orrery::Dimension;
  for (const Dimension dimension : {Dimension::Time, Dimension::None}) {
    const auto law = orrery::parse_law(text, dimension);
    if (!law) {
      if (law.error().message.empty()) std::abort();
      continue;
    }
    if (std::isnan(law->mean()) || law->mean() < 0 || std::isnan(law->quantile(0.5))) std::abort();
    const auto again = orrery::parse_law(orrery::law_text(*law, dimension), dimension);
    if (!again || !(*again == *law)) std::abort();
    if (orrery::describe_law(*law, dimension).empty()) std::abort();
  }
  return 0;
}
